//! A gonogo that really watched, poll by poll, and one that is asked for that instant afterwards come to the same.

use std::{path::Path, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    audit::{AuditLog, replay},
    http::{Auth, Endpoint, Http},
    judge::{self, Assessment},
    snapshot::{FlagReading, FlagState, Poll, Snapshot, SourceKind, SourceStatus},
    telemetry::{Telemetry, events::Events, prometheus::Prometheus},
};
use serde_json::Value;

use super::{
    binary::Home,
    day::{DROP, Day, LENGTH, VIOLATION, gonogo, rfc3339},
    past, support, victoria,
};

/// What was judged of a poll, with the flag as the stage says.
async fn judged(home: &Home, poll: &Poll, at: DateTime<Utc>) -> Assessment {
    let runbook = past::runbook();
    let history = replay(&past::log(&home.data(), "production").read().await.expect("a log"));
    let exposure = runbook.stage("internal-canary").expect("a stage").1.exposure.clone();
    let flag = FlagState {
        enabled: true,
        configured: exposure,
        foreign: Vec::new(),
        version: "assumed".to_owned(),
        changed_at: None,
        changed_by: None,
        changed_what: None,
        raw: Value::Null,
    };
    let status = SourceStatus::connecting("flags", SourceKind::Flags, "none".to_owned());
    let mut snapshot = Snapshot::empty(at, poll.status.clone(), status);
    snapshot.telemetry = Some(poll.observation.clone());
    snapshot.flag = FlagReading { state: Some(flag), read_at: Some(at), fault: None };
    judge::assess(&runbook, &snapshot, &history, None, at)
}

/// Every verdict: what the digest of an assessment is made of, the flag's version aside.
fn verdicts(assessment: &Assessment) -> Vec<String> {
    let mut all = vec![format!("call {}", assessment.call.word()), format!("stage {}", assessment.stage.key)];
    all.extend(assessment.gates.iter().map(|it| format!("gate {} {}", it.key, it.verdict.word())));
    all.extend(assessment.triggers.iter().map(|it| format!("trigger {} {}", it.key, it.state.word())));
    all.extend(assessment.hard_stops.iter().map(|it| format!("stop {} {}", it.signature, it.count)));
    all.extend(assessment.rates.iter().map(|it| format!("rate {} {} of {}", it.key, it.successes, it.attempts)));
    all
}

/// The same of a status.
fn told(status: &Value) -> Vec<String> {
    let each = |list: &str| status[list].as_array().expect("a list").clone();
    let word = |it: &Value, key: &str| it[key].as_str().expect("a word").to_owned();
    let mut all = vec![format!("call {}", word(status, "call")), format!("stage {}", word(&status["stage"], "key"))];
    all.extend(each("gates").iter().map(|it| format!("gate {} {}", word(it, "key"), word(it, "verdict"))));
    all.extend(each("triggers").iter().map(|it| format!("trigger {} {}", word(it, "key"), word(it, "state"))));
    all.extend(each("hard_stops").iter().map(|it| format!("stop {} {}", word(it, "signature"), it["count"])));
    all.extend(
        each("rates").iter().map(|it| format!("rate {} {} of {}", word(it, "key"), it["successes"], it["attempts"])),
    );
    all
}

async fn asked_afterwards(home: &Home, telemetry: &str, at: &str) -> Vec<String> {
    let ran = gonogo(home, telemetry, &["status", "--json", "--at", at]).await;
    told(&ran.json())
}

fn prometheus(base: &str) -> Prometheus {
    let endpoint = Endpoint {
        name: "prometheus".to_owned(),
        base: base.to_owned(),
        auth: Auth::None,
        headers: Vec::new(),
        ca_file: None,
        timeout: Duration::from_secs(10),
        body_limit: 64 << 20,
    };
    Prometheus::new(Http::new(endpoint).expect("a client"), &past::runbook(), "production").expect("a source")
}

/// The server gets the day in pieces, and is polled after each. What it gets afterwards is of no account.
#[tokio::test]
async fn of_a_server_that_is_polled_as_its_samples_arrive() {
    // Its last watched minute is the present one, as the clocks of both are the same.
    for watched in [DROP + 1, DROP + 3, DROP + 8, VIOLATION + 4] {
        let now = Day::ended_now();
        let day = Day { entered: now.entered + TimeDelta::minutes(LENGTH - watched) };
        let Some(server) = victoria::start(&[]).await else { return support::missing("VictoriaMetrics") };
        let home = Home::new();
        day.logged(&home).await;
        let since = day.entered - TimeDelta::hours(24);
        let mut source = prometheus(&server.base);
        let mut from = -30;
        for to in [20, 70, DROP - 1, DROP + 1, watched] {
            if to > from {
                server.import(&day.counters(from, to)).await;
                source.poll(since, Utc::now()).await;
                from = to;
            }
        }
        let at = day.minute(watched);
        let seen = judged(&home, &source.poll(since, Utc::now()).await, Utc::now()).await;
        server.import(&day.counters(watched, watched + 20)).await;
        let address = format!("prometheus+{}", server.base);
        assert_eq!(asked_afterwards(&home, &address, &rfc3339(at)).await, verdicts(&seen), "watched for {watched}");
    }
}

/// A file that grows, read as it grows.
#[tokio::test]
async fn of_a_file_that_is_followed_as_it_grows() {
    let day = Day::ended_now();
    let home = Home::new();
    day.logged(&home).await;
    let whole = day.events();
    // Where in the file each minute ends: it has three records more for each second, and one in between.
    let until = |minute: i64| {
        let limit = day.minute(minute).timestamp_millis();
        let later = |line: &str| {
            let event: Value = serde_json::from_str(line).expect("a record");
            event["timestamp"].as_i64().is_some_and(|at| at >= limit)
        };
        whole.lines().take_while(|line| !later(line)).fold(0, |length, line| length + line.len() + 1)
    };
    let live = home.write("live.ndjson", "");
    let mut source = Events::new(Path::new(&live).to_owned(), &past::runbook(), "production");
    let since = day.entered - TimeDelta::hours(24);
    let all = home.write("all.ndjson", &whole);
    for minute in [40, 61, DROP + 2, DROP + 6, VIOLATION, VIOLATION + 1, LENGTH] {
        std::fs::write(&live, &whole[..until(minute)]).expect("written");
        let at = day.minute(minute);
        let seen = judged(&home, &source.poll(since, at).await, at).await;
        let afterwards = asked_afterwards(&home, &format!("events:{all}"), &rfc3339(at)).await;
        assert_eq!(afterwards, verdicts(&seen), "at {minute}");
    }
}

/// An absurd clock never hides a violation: it happened when the record before it did, then as now.
#[tokio::test]
async fn of_a_violation_whose_time_is_absurd() {
    let day = Day::ended_now();
    let home = Home::new();
    day.logged(&home).await;
    let violation = |time: i64| {
        let tags = serde_json::json!({ "stage": "pull", "code": "absurd" });
        let name = "vfs_sync_guardrail_violation_total";
        serde_json::json!({ "metricName": name, "value": 1, "timestamp": time, "tags": tags }).to_string()
    };
    let upload = |minute: i64| {
        let at = day.minute(minute).timestamp_millis() + 500;
        serde_json::json!({ "eventName": "vfs_secure_upload", "success": true, "timestamp": at }).to_string()
    };
    let year_2999 = 32_472_144_000_000;
    let lines = [upload(0), upload(30), violation(year_2999), upload(60), violation(year_2999), upload(61)];
    let telemetry = format!("events:{}", home.write("events.ndjson", lines.join("\n") + "\n"));
    for (minute, count) in [(30, None), (31, Some(1)), (60, Some(1)), (61, Some(2))] {
        let at = day.time(minute);
        let status = gonogo(&home, &telemetry, &["status", "--json", "--at", &at]).await.json();
        assert_eq!(status["hard_stops"][0]["count"].as_u64(), count, "at {minute}");
    }
}
