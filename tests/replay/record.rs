//! What the audit log has on record counts, from when it was recorded on.

use std::collections::BTreeSet;

use chrono::DateTime;
use gonogo::{
    audit::{AuditLog, Event},
    runbook::Exposure,
    snapshot::FlagState,
};

use super::{
    binary::Home,
    day::{Day, gonogo, turns},
    past,
};

fn flag(version: &str, serves: Exposure) -> FlagState {
    FlagState {
        enabled: true,
        configured: serves,
        foreign: Vec::new(),
        version: version.to_owned(),
        changed_at: None,
        changed_by: Some("somebody".to_owned()),
        changed_what: None,
        raw: serde_json::Value::Null,
    }
}

#[tokio::test]
async fn the_flag_the_candidate_and_the_runbook_are_those_on_record() {
    let (home, day) = (Home::new(), Day::ended_now());
    let telemetry = format!("events:{}", home.write("events.ndjson", day.events()));
    let internal = Exposure { cohorts: BTreeSet::from(["internal".to_owned()]), ..Exposure::off() };
    let log = past::log(&home.data(), "production");
    let events = [
        // Opened late, in a stage that the flag had served since before.
        (
            30,
            Event::Opened {
                stage: "internal-canary".to_owned(),
                entered_at: day.entered,
                flag: Some(flag("1", internal.clone())),
                candidate: Some("abc".to_owned()),
                runbook: Some("another digest".to_owned()),
            },
        ),
        (70, Event::FlagFound { flag: flag("2", Exposure::everyone()) }),
        (80, Event::FlagFound { flag: flag("3", internal) }),
    ];
    for (minute, event) in events {
        log.append(day.minute(minute), "owner", event).await.expect("written");
    }
    let (from, to) = (day.time(10), day.time(90));
    let span = ["replay", "--json", "--from", &from, "--to", &to];
    let replay = gonogo(&home, &telemetry, &span).await.ended(0).json();
    let expected = [
        "26 gate no-silent-fallback pending pass",
        "60 gate observed pending pass",
        "61 gate success-rate pending pass",
        "61 call - hold go",
        // Somebody else's change: drift, and evidence begins again.
        "70 flag - internal everyone, drifted",
        "70 gate observed pass pending",
        "70 gate success-rate pass pending",
        "70 gate no-silent-fallback pass pending",
        "70 gate declared-messages pass pending",
        "70 call - go no-go",
        "72 gate declared-messages pending pass",
        "80 flag - everyone, drifted internal",
        "80 gate declared-messages pass pending",
        "80 call - no-go hold",
        "82 gate declared-messages pending pass",
    ];
    assert_eq!(turns(&day, &replay), expected);
    assert_eq!(replay["rollout"]["candidate"], "abc");
    let entered: DateTime<chrono::Utc> = replay["start"]["entered_at"].as_str().expect("a time").parse().expect("one");
    assert_eq!(entered, day.entered);
    let note = "the runbook has changed since: the past is judged by the one at hand";
    assert_eq!(replay["notes"], serde_json::json!([note]));

    // Another candidate was not the one under rollout: nothing of its evidence is there.
    let other = gonogo(&home, &telemetry, &[&span[..], &["--candidate", "def"]].concat()).await.ended(0).json();
    assert_eq!(other["rollout"]["candidate"], "def");
    let headline = other["start"]["headline"].as_str().expect("a headline");
    assert!(headline.contains("the candidate here is def, the one on record is abc"), "{headline}");
    assert!(!turns(&day, &other).iter().any(|turn| turn.ends_with(" go")), "{:?}", turns(&day, &other));
}

#[tokio::test]
async fn a_log_that_cannot_be_read_is_a_fault_unless_somebody_says_the_stage() {
    let (home, day) = (Home::new(), Day::ended_now());
    let telemetry = format!("events:{}", home.write("events.ndjson", day.events()));
    home.write("data/measurable/production/audit.ndjson/in-the-way", "");
    let (from, to) = (day.time(60), day.time(62));
    let span = ["replay", "--json", "--from", &from, "--to", &to];
    gonogo(&home, &telemetry, &span).await.ended(1).told("the audit log").told("could not be read");
    let entered = day.time(0);
    let told = ["--stage", "internal-canary", "--entered", &entered];
    let replay = gonogo(&home, &telemetry, &[&span[..], &told].concat()).await.ended(0).json();
    assert_eq!(turns(&day, &replay), ["61 gate success-rate pending pass", "61 call - hold go"]);
    let note = replay["notes"][0].as_str().expect("a note");
    assert!(note.starts_with("nothing of the audit log is in this"), "{note}");
}

#[tokio::test]
async fn what_was_deployed_is_what_telemetry_told_then() {
    const CANDIDATE: &str = "018e611abc1234567890abcdef1234567890abcd";
    const OTHER: &str = "51a7000000000000000000000000000000000000";
    let (home, day) = (Home::new(), Day::ended_now());
    day.logged(&home).await;
    let runbook = std::fs::read_to_string(past::RUNBOOK).expect("a runbook");
    let told = "\n[deployed]\nevents = { name = \"build_info\", commit = \"detail.commit\", instance = \"detail.instance\" }\n\
                required = true\n";
    let runbook = home.write("required.toml", format!("{runbook}{told}"));
    let mut events = day.events();
    for minute in (0..90).step_by(5) {
        let commit = if minute < 75 { CANDIDATE } else { OTHER };
        let at = day.minute(minute).timestamp_millis() + 30_000;
        let detail = serde_json::json!({ "commit": commit, "instance": "a" });
        let record = serde_json::json!({ "eventName": "build_info", "timestamp": at, "detail": detail });
        events.push_str(&format!("{record}\n"));
    }
    let telemetry = format!("events:{}", home.write("events.ndjson", events));
    let (from, to) = (day.time(10), day.time(99));
    let span = ["replay", "--json", "--from", &from, "--to", &to, "--candidate", CANDIDATE];
    let mut command = home.command(&span);
    command.args(["--telemetry", &telemetry, "--runbook", &runbook]);
    let replay = super::binary::run(command).await.ended(0).json();
    let calls: Vec<String> = turns(&day, &replay).into_iter().filter(|turn| turn.contains(" call ")).collect();
    // Another commit was told of at 75:30.
    assert_eq!(calls, ["61 call - hold go", "76 call - go no-go"]);
    let time = day.time(80);
    let mut command = home.command(&["status", "--json", "--at", &time, "--candidate", CANDIDATE]);
    command.args(["--telemetry", &telemetry, "--runbook", &runbook]);
    let status = super::binary::run(command).await.json();
    assert_eq!(status["headline"], "deployed is 51a700000000 on 1, the candidate is 018e611abc12");
}
