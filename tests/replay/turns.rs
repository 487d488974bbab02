//! What turned, at the right minutes, from counters and from events alike.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    binary::Home,
    day::{DROP, Day, LENGTH, VIOLATED, VIOLATION, gonogo, turns},
    prometheus::{self, Options},
    support, victoria,
};

/// Everything that turns in the day.
///
/// A minute's counts are evidence once a sample of a later minute says that it is complete, which is known when that
/// one is over: hence two minutes after a drop the gate no longer passes. It fails once the drop is certain. A violation
/// is known when the minute is over that it happened in.
fn expected() -> Vec<String> {
    let known = VIOLATION + 1;
    vec![
        "0 stage internal-canary dark-launch internal-canary".to_owned(),
        "0 flag - off internal".to_owned(),
        "0 gate observed - pending".to_owned(),
        "0 gate success-rate - pending".to_owned(),
        "0 gate no-silent-fallback - pending".to_owned(),
        "0 gate declared-messages - pending".to_owned(),
        "2 gate declared-messages pending pass".to_owned(),
        // 3,000 uploads rule out one in a thousand; 120 a minute.
        "26 gate no-silent-fallback pending pass".to_owned(),
        "60 gate observed pending pass".to_owned(),
        // Sixty minutes with traffic, each of them complete.
        "61 gate success-rate pending pass".to_owned(),
        "61 call - hold go".to_owned(),
        format!("{} gate success-rate pass pending", DROP + 2),
        format!("{} call - go hold", DROP + 2),
        format!("{} trigger failure-rate armed tripped", DROP + 6),
        format!("{} gate success-rate pending fail", DROP + 6),
        format!("{} call - hold no-go", DROP + 6),
        format!("{known} hard-stop {VIOLATED} clear standing"),
        format!("{known} trigger repeated-guardrail armed tripped"),
    ]
}

fn valid(document: &Value) {
    let schema: Value = serde_json::from_str(include_str!("../../assets/replay.schema.json")).expect("a schema");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> =
        validator.iter_errors(document).map(|e| format!("{e} at {}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let mut wrong = document.clone();
    wrong["changes"][0]["what"] = "weather".into();
    assert!(!validator.is_valid(&wrong));
}

/// The verdict words of a status, by key.
fn verdicts(status: &Value) -> BTreeSet<String> {
    let of = |list: &str, key: &str, word: &str| {
        let each = status[list].as_array().expect("a list").iter();
        each.map(|it| format!("{list} {} {}", it[key], it.get(word).unwrap_or(&Value::Null))).collect::<Vec<_>>()
    };
    let call = format!("call {}", status["call"]);
    let hard_stops = of("hard_stops", "signature", "is");
    std::iter::once(call)
        .chain(of("gates", "key", "verdict"))
        .chain(of("triggers", "key", "state"))
        .chain(hard_stops)
        .collect()
}

fn verdict<'a>(status: &'a Value, gate: &str) -> &'a str {
    let gates = status["gates"].as_array().expect("gates");
    gates.iter().find(|it| it["key"] == gate).expect("the gate")["verdict"].as_str().expect("a verdict")
}

async fn replayed(telemetry: &str, day: &Day) {
    let home = Home::new();
    day.logged(&home).await;
    let (from, to) = (day.time(-10), day.time(LENGTH));
    let span = ["--from", &from, "--to", &to];
    let ran = gonogo(&home, telemetry, &[&["replay", "--json"][..], &span].concat()).await.ended(0);
    let document = ran.json();
    valid(&document);
    assert_eq!(turns(day, &document), expected());
    assert_eq!((&document["looks"], &document["step_s"]), (&Value::from(LENGTH + 11), &Value::from(60)));
    assert_eq!((&document["start"]["call"], &document["end"]["call"]), (&Value::from("hold"), &Value::from("no-go")));
    assert_eq!(document["notes"].as_array().expect("notes").len(), 1, "{}", document["notes"]);

    // The same for people: the beginning, a line for each change, what it came to.
    let text = gonogo(&home, telemetry, &[&["replay"][..], &span].concat()).await.ended(0).out;
    let lines: Vec<&str> = text.lines().filter(|line| line.contains(" UTC  ")).collect();
    assert_eq!(lines.len(), 1 + expected().len(), "{text}");
    let reasons = document["changes"].as_array().expect("changes").iter().map(|it| it["reason"].as_str().expect("why"));
    let before = lines[1..].iter().zip(reasons).map(|(line, reason)| line.strip_suffix(reason).map(str::len));
    let columns: BTreeSet<Option<usize>> = before.collect();
    assert!(columns.len() == 1 && !columns.contains(&None), "each reason stands below the one above: {text}");
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    let last = text.lines().last().expect("a summary");
    assert!(last.starts_with("18 changes in 161 looks over 2 h 40 m; at "), "{last}");
    assert!(last.contains("NO-GO"), "{last}");
    assert!(text.contains("gate       success-rate"), "{text}");

    // A look at one instant says what the replay says of it: before, at and after each turn.
    for (minute, rate, stops, code) in [
        (60, "pending", 0, 4),
        (61, "pass", 0, 0),
        (DROP + 1, "pass", 0, 0),
        (DROP + 2, "pending", 0, 4),
        (DROP + 5, "pending", 0, 4),
        (DROP + 6, "fail", 0, 3),
        (VIOLATION, "fail", 0, 3),
        (VIOLATION + 1, "fail", 1, 3),
        (LENGTH, "fail", 1, 3),
    ] {
        let at = day.time(minute);
        let status = gonogo(&home, telemetry, &["status", "--json", "--at", &at]).await.ended(code).json();
        assert_eq!(verdict(&status, "success-rate"), rate, "at {minute}");
        assert_eq!(status["hard_stops"].as_array().expect("hard stops").len(), stops, "at {minute}");
        let (before, to) = (day.time(minute - 1), day.time(minute));
        let replay = gonogo(&home, telemetry, &["replay", "--json", "--from", &before, "--to", &to]).await.ended(0);
        let mut end = replay.json()["end"].take();
        for (list, key, word) in
            [("gates", "key", "verdict"), ("triggers", "key", "state"), ("hard_stops", "signature", "")]
        {
            for it in end[list].as_array_mut().expect("a list") {
                let (name, is) = (it["key"].clone(), it["is"].clone());
                *it = if word.is_empty() {
                    serde_json::json!({ key: name })
                } else {
                    serde_json::json!({ key: name, word: is })
                };
            }
        }
        assert_eq!(verdicts(&end), verdicts(&status), "at {minute}");
    }
}

#[tokio::test]
async fn prometheus_tells_when_each_verdict_turned() {
    let day = Day::ended_now();
    let history = day.counters(-30, LENGTH);
    let options = Options { history: &history, ..Options::default() };
    let Some(server) = prometheus::start(&options) else { return support::missing("Prometheus") };
    replayed(&format!("prometheus+{}", server.base), &day).await;
}

#[tokio::test]
async fn victoria_metrics_tells_the_same() {
    let day = Day::ended_now();
    let Some(server) = victoria::start(&day.counters(-30, LENGTH)).await else {
        return support::missing("VictoriaMetrics");
    };
    replayed(&format!("prometheus+{}", server.base), &day).await;
}

#[tokio::test]
async fn event_files_tell_the_same() {
    let day = Day::ended_now();
    let home = Home::new();
    let events = home.write("events.ndjson", day.events());
    replayed(&format!("events:{events}"), &day).await;
}
