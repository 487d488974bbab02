//! What is refused, what cannot be judged, and what is said of that.

use chrono::TimeDelta;

use super::{
    binary::Home,
    day::{DROP, Day, LENGTH, gonogo, rfc3339, turns},
    faulty::{Faulty, Reply},
    past,
};

/// A file of events that says nothing.
fn quiet(home: &Home) -> String {
    format!("events:{}", home.write("quiet.ndjson", ""))
}

#[tokio::test]
async fn usage_is_refused_in_a_sentence() {
    let home = Home::new();
    let telemetry = quiet(&home);
    let known = ["--stage", "internal-canary"];
    for (arguments, sentence) in [
        (vec!["replay", "--from", "2h", "--to", "3h"], "--from must be before --to"),
        (vec!["replay", "--from", "now", "--to", "now"], "--from must be before --to"),
        (vec!["replay", "--from", "31d", "--to", "now"], "more than 30 days apart"),
        (vec!["replay", "--from", "2h", "--to", "2999-01-01T00:00:00Z"], "--to 2999-01-01T00:00:00Z is in the future"),
        (vec!["replay", "--from", "noon", "--to", "now"], "--from \"noon\" is no time; write it like 2026-03-01T"),
        (vec!["replay", "--from", "\u{1b}[31m", "--to", "now"], "--from \"[31m\" is no time"),
        (vec!["replay", "--from", "2h", "--to", "now", "--step", "30s"], "--step must be whole minutes"),
        (vec!["replay", "--from", "2h", "--to", "now", "--step", "0s"], "--step must be whole minutes"),
        (vec!["replay", "--from", "2h", "--to", "now", "--step", "90s"], "--step must be whole minutes"),
        (vec!["replay", "--from", "2h", "--to", "now", "--entered", "1h"], "--entered 20"),
        (vec!["replay", "--to", "now"], "--from <TIME>"),
        (vec!["status", "--at", "2999-01-01T00:00:00Z"], "is in the future"),
        (vec!["status", "--at", "2h"], "--stage needs --entered here"),
    ] {
        let mut all = arguments.clone();
        all.extend(known);
        let ran = gonogo(&home, &telemetry, &all).await.ended(2).told(sentence);
        assert_eq!(ran.out, "", "{arguments:?}");
    }
    let alone = ["replay", "--from", "2h", "--to", "now", "--entered", "3h"];
    gonogo(&home, &telemetry, &alone).await.ended(2).told("--stage <KEY>");
    let unknown = ["replay", "--from", "2h", "--to", "now", "--stage", "everyone"];
    let has = "the runbook has no stage \"everyone\"; it has dark-launch, internal-canary";
    gonogo(&home, &telemetry, &unknown).await.ended(2).told(has);
    gonogo(&home, &telemetry, &["status", "--stage", "dark-launch"]).await.ended(2).told("give --at as well");
}

#[tokio::test]
async fn without_a_stage_or_telemetry_it_says_what_to_give() {
    let (home, day) = (Home::new(), Day::ended_now());
    let telemetry = quiet(&home);
    let asked: [&[&str]; 2] = [&["replay", "--from", "6h", "--to", "now"], &["status", "--at", "6h"]];
    for arguments in asked {
        let what = "there is no audit log of this rollout, so the stage at";
        gonogo(&home, &telemetry, arguments).await.ended(2).told(what).told("with --stage (dark-launch, internal-");
        let mut nowhere = home.command(arguments);
        nowhere.args(["--runbook", past::RUNBOOK, "--flags", "flagd:/nowhere/flags.json"]);
        let out = nowhere.output().expect("gonogo starts");
        assert_eq!(out.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&out.stderr).contains("--telemetry prometheus+http://"));
    }
    day.logged(&home).await;
    for arguments in asked {
        gonogo(&home, &telemetry, arguments)
            .await
            .ended(2)
            .told("the audit log knows no stage at")
            .told("it begins at");
    }
}

#[tokio::test]
async fn telemetry_that_cannot_be_reached_is_unknown_or_a_fault() {
    let (home, day) = (Home::new(), Day::ended_now());
    day.logged(&home).await;
    let (from, to) = (day.time(60), day.time(LENGTH));
    for (address, what) in [
        ("prometheus+http://127.0.0.1:9", "127.0.0.1:9"),
        ("events:/nowhere/events.ndjson", "/nowhere/events.ndjson are not there"),
    ] {
        let ran = gonogo(&home, address, &["replay", "--from", &from, "--to", &to]).await.ended(1).told(what);
        assert_eq!(ran.out, "");
        let status = gonogo(&home, address, &["status", "--json", "--at", &to]).await.ended(5).json();
        for gate in status["gates"].as_array().expect("gates") {
            assert_eq!(gate["verdict"], "unknown", "{gate}");
        }
    }
}

#[tokio::test]
async fn what_is_told_of_the_stage_wins_over_the_log() {
    let (home, day) = (Home::new(), Day::ended_now());
    let telemetry = format!("events:{}", home.write("events.ndjson", day.events()));
    let (from, to, entered) = (day.time(DROP), day.time(DROP + 10), day.time(20));
    let told = ["--stage", "internal-canary", "--entered", &entered];
    let span = ["replay", "--json", "--from", &from, "--to", &to];
    let without = gonogo(&home, &telemetry, &[&span[..], &told].concat()).await.ended(0).json();
    assert_eq!(without["start"]["stage"], "internal-canary");
    let at = chrono::DateTime::parse_from_rfc3339(without["start"]["entered_at"].as_str().expect("a time"));
    assert_eq!(rfc3339(at.expect("a time").to_utc()), entered);
    assert!(turns(&day, &without).contains(&format!("{} gate success-rate pass pending", DROP + 2)));
    assert_eq!(without["notes"].as_array().expect("notes").len(), 1, "{}", without["notes"]);

    past::entered(&home.data(), &[("dark-launch", day.minute(-20))]).await;
    let with = gonogo(&home, &telemetry, &[&span[..], &told].concat()).await.ended(0).json();
    assert_eq!(turns(&day, &with), turns(&day, &without));
    assert!(with["notes"][0].as_str().expect("a note").starts_with("--stage wins over"), "{}", with["notes"]);
    let logged = gonogo(&home, &telemetry, &span).await.ended(0).json();
    assert_eq!(logged["end"]["stage"], "dark-launch");
}

#[tokio::test]
async fn an_instant_within_a_minute_is_taken_to_its_beginning_and_that_is_said() {
    let (home, day) = (Home::new(), Day::ended_now());
    day.logged(&home).await;
    let telemetry = format!("events:{}", home.write("events.ndjson", day.events()));
    let within = rfc3339(day.minute(60) + TimeDelta::seconds(42));
    let ran = gonogo(&home, &telemetry, &["status", "--json", "--at", &within]).await.ended(4);
    let said = format!("--at {within} is judged as of {}", day.time(60));
    let ran = ran.told(&said).told("flag stores keep no history");
    assert_eq!(ran.json()["observed_at"], day.time(60).replace('Z', ".000Z"));
    let ran = gonogo(&home, &telemetry, &["replay", "--from", &within, "--to", &day.time(62)]).await.ended(0);
    ran.answered("note: --from").answered("2 changes in 3 looks over 2 m;").answered("note: flag stores");
}

/// The server's clock is years off, which does not matter to the past; it refuses one counter, which does.
#[tokio::test]
async fn a_server_is_asked_for_nothing_later_and_a_counter_that_it_refuses_is_given_up() {
    let (home, day) = (Home::new(), Day::ended_now());
    day.logged(&home).await;
    let server = Faulty::scripted(|request| {
        let result = |kind: &str, result: &str| {
            Reply::json(format!(r#"{{"status":"success","data":{{"resultType":"{kind}","result":{result}}}}}"#))
        };
        match request {
            _ if request.contains("vfs_upload_total") => {
                Reply::status(422, "application/json", r#"{"status":"error","error":"too old"}"#)
            }
            _ if request.contains("time%28%29") => result("scalar", r#"[1000000000,"1000000000"]"#),
            _ => result("vector", "[]"),
        }
    })
    .await;
    let (from, to) = (day.time(60), day.time(63));
    let telemetry = format!("prometheus+{}", server.base());
    let replay = gonogo(&home, &telemetry, &["replay", "--json", "--from", &from, "--to", &to]).await.ended(0).json();
    assert!(turns(&day, &replay).is_empty(), "{replay}");
    let notes = replay["notes"].to_string();
    assert!(notes.contains("telemetry answered in part") && notes.contains("too old"), "{notes}");
    let gates = replay["end"]["gates"].as_array().expect("gates");
    assert!(gates.iter().all(|gate| gate["is"] == "unknown"), "{gates:?}");
    let requests = server.requests();
    let latest = requests.iter().filter_map(|request| request.split("time=").nth(1)?.split('&').next()?.parse().ok());
    assert_eq!(latest.max(), Some(day.minute(63).timestamp()));
    let refused = requests.iter().filter(|request| request.contains("vfs_upload_total")).count();
    assert_eq!(refused, 4);
}
