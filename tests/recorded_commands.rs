//! The commands that record facts, through the binary: what is recorded, what the gates then say, and what is refused.

#[path = "support/binary.rs"]
mod binary;

use std::fs;

use binary::{Home, Ran, run, unwritable};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

const SHA: &str = "018e611abc1234567890abcdef1234567890abcd";
const OTHER: &str = "77aa00bbccddeeff00112233445566778899aabb";

const RUNBOOK: &str = r#"
key = "quick"
title = "Quick"
sign_off = [{ title = "Candidate commit SHA", fill = "candidate" }]
[flag]
key = "quick"
[[signal]]
key = "work"
title = "Work done"
by = ["success"]
events = { name = "work", labels = { success = "success" } }
[[rate]]
key = "work"
title = "Work"
scope = "rollout"
attempts = { signal = "work" }
successes = { signal = "work", match = { success = "true" } }
slo = 0.9
[[trigger]]
key = "work-fails"
title = "Work fails"
[[trigger.when]]
kind = "failure_rate"
rate = "work"
[[trigger]]
key = "integrity"
title = "Data at risk"
[[trigger.when]]
kind = "raised"
[[check]]
key = "fresh-item"
title = "A fresh item persists."
[[check]]
key = "restart"
title = "A restart recovers."
[qa]
command = "make qa"
checks = ["unit", "contract"]
max_age = "24h"
[[stage]]
key = "dark"
title = "Dark"
exposure = "off"
observe = "1s"
[[stage.gate]]
key = "qa"
title = "Green"
kind = "qa_report"
[[stage.gate]]
key = "list"
title = "Checked in staging"
kind = "checklist"
environment = "staging"
[[stage.gate]]
key = "logs"
title = "Logs are clean"
kind = "attestation"
statement = "the logs are clean"
[[stage.gate]]
key = "owner"
title = "Signed"
kind = "sign_off"
[[stage]]
key = "wide"
title = "Wide"
exposure = "everyone"
observe = "1s"
[[stage.gate]]
key = "owner"
title = "Signed"
kind = "sign_off"
"#;

/// A rollout that is off, with its runbook, its flag and its events.
struct Rollout {
    home: Home,
    runbook: String,
    flags: String,
    events: String,
}

impl Rollout {
    fn new() -> Self {
        let home = Home::new();
        let runbook = home.write("quick.toml", RUNBOOK);
        let flag = json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"});
        let flags = format!("flagd:{}", home.write("flags.json", json!({"flags": {"quick": flag}}).to_string()));
        let record = json!({"eventName": "work", "success": true, "timestamp": Utc::now().timestamp_millis()});
        let events = format!("events:{}", home.write("work.ndjson", format!("{record}\n")));
        Self { home, runbook, flags, events }
    }

    /// Without a candidate, and without any source.
    async fn bare(&self, arguments: &[&str]) -> Ran {
        let mut all = arguments.to_vec();
        all.extend(["--runbook", &self.runbook]);
        run(self.home.command(&all)).await
    }

    async fn run(&self, arguments: &[&str]) -> Ran {
        let mut all = arguments.to_vec();
        all.extend(["--candidate", SHA]);
        self.bare(&all).await
    }

    /// With both sources, on the candidate.
    async fn looks(&self, arguments: &[&str]) -> Ran {
        let sources = ["--flags", &self.flags, "--telemetry", &self.events];
        self.run(&[arguments, &sources].concat()).await
    }

    async fn status(&self, candidate: &str) -> Value {
        self.status_by(&[], candidate).await
    }

    async fn status_by(&self, given: &[&str], candidate: &str) -> Value {
        let sources = ["--flags", &self.flags, "--telemetry", &self.events];
        let mut all = vec!["status", "--json", "--candidate", candidate];
        all.extend(sources);
        all.extend(given);
        self.bare(&all).await.json()
    }

    async fn verdict(&self, candidate: &str, gate: &str) -> String {
        self.verdict_by(&[], candidate, gate).await
    }

    async fn verdict_by(&self, given: &[&str], candidate: &str, gate: &str) -> String {
        let status = self.status_by(given, candidate).await;
        let gates = status["gates"].as_array().expect("gates");
        let found = gates.iter().find(|found| found["key"] == gate).expect("a gate");
        found["verdict"].as_str().expect("a verdict").to_owned()
    }

    fn audit(&self) -> Vec<Value> {
        let path = self.home.data().join("quick/production/audit.ndjson");
        let text = fs::read_to_string(path).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).expect("an entry")).collect()
    }

    fn signatures(&self) -> usize {
        self.audit().iter().filter(|entry| entry["event"]["kind"] == "signed-off").count()
    }

    fn report(&self, name: &str, report: &Value) -> String {
        self.home.write(name, report.to_string())
    }
}

fn ago(minutes: i64) -> DateTime<Utc> {
    Utc::now() - TimeDelta::minutes(minutes)
}

/// A report as the product's tool writes it.
fn report(candidate: &str, minutes: i64, statuses: [&str; 2]) -> Value {
    let checks: Vec<Value> = ["unit", "contract"]
        .into_iter()
        .zip(statuses)
        .map(|(id, status)| {
            json!({"id": id, "description": id, "command": "make", "args": [id], "status": status, "durationMs": 12})
        })
        .collect();
    json!({
        "command": "make qa", "candidateSha": candidate,
        "startedAt": ago(minutes + 1).to_rfc3339(), "completedAt": ago(minutes).to_rfc3339(), "dryRun": false,
        "checksRun": 2, "passed": statuses.iter().filter(|status| **status == "pass").count(),
        "failed": statuses.iter().filter(|status| **status == "fail").count(),
        "skipped": statuses.iter().filter(|status| **status == "skipped").count(),
        "allPassed": !statuses.contains(&"fail"), "checks": checks,
    })
}

/// One sentence on stderr, nothing on stdout.
#[track_caller]
fn sentence(ran: Ran, code: i32, told: &str) {
    let ran = ran.ended(code).told(told);
    assert_eq!(ran.out, "");
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    assert!(ran.err.starts_with("gonogo: ") && ran.err.len() < 500, "{}", ran.err);
    assert!(ran.err.chars().all(|c| c == '\n' || !c.is_control()), "{:?}", ran.err);
}

#[tokio::test]
async fn what_is_recorded_passes_the_gates_that_ask_for_it_on_that_candidate_alone() {
    let rollout = Rollout::new();
    let gates = ["qa", "list", "logs", "owner"];
    for gate in gates {
        assert_eq!(rollout.verdict(SHA, gate).await, "pending", "{gate}");
    }
    let green = rollout.report("green.json", &report(SHA, 5, ["pass", "pass"]));
    rollout.run(&["qa", "import", &green]).await.ended(0).answered("recorded as entry 1: green on 018e611abc12");
    for check in ["fresh-item", "restart"] {
        let ran = rollout.run(&["check", "pass", check, "--in", "staging", "--note", "run 7"]).await.ended(0);
        ran.answered(&format!("check {check} in staging on {SHA}: pass"));
    }
    let ran = rollout.run(&["attest", "logs", "--evidence", "https://logs.example/7"]).await.ended(0);
    ran.answered("attested for logs of dark on").answered("the logs are clean");
    let ran = rollout.looks(&["sign-off", "--statement", "go on", "--operator", "Ada"]).await.ended(0);
    ran.answered(&format!("- Candidate commit SHA: {SHA}\n")).answered("recorded as entry 6: signed off dark for");
    for gate in gates {
        assert_eq!(rollout.verdict(SHA, gate).await, "pass", "{gate}");
        assert_eq!(rollout.verdict(&SHA[..12], gate).await, "pass", "{gate}, by twelve digits");
        assert_eq!(rollout.verdict(&SHA[..7], gate).await, "pending", "{gate}, by seven digits");
        assert_eq!(rollout.verdict(OTHER, gate).await, "pending", "{gate}, on another candidate");
    }
    let audit = rollout.audit();
    let kinds: Vec<&str> = audit.iter().map(|entry| entry["event"]["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["qa-reported", "checked", "checked", "attested", "opened", "signed-off"]);
    assert_eq!(audit[1]["event"]["note"], "run 7");
    assert_eq!(audit[5]["operator"], "Ada");
    let signed = &audit[5]["event"];
    assert_eq!((signed["runbook"].as_str().unwrap().len(), signed["approval"].as_str().unwrap().len()), (64, 64));
    assert_eq!(signed["block"], json!([["Candidate commit SHA", SHA]]));

    // Another version of the runbook: the signature falls, what was checked stays.
    rollout.home.write("quick.toml", format!("{RUNBOOK}\n# changed\n"));
    assert_eq!(rollout.verdict(SHA, "owner").await, "pending");
    assert_eq!(rollout.verdict(SHA, "list").await, "pass");

    // What fails later fails.
    rollout.run(&["check", "fail", "restart", "--in", "staging"]).await.ended(0);
    assert_eq!(rollout.verdict(SHA, "list").await, "fail");
    rollout.run(&["hold", "clear", "--gate", "list", "--evidence", "fixed in 1c2d3e4"]).await.ended(0);
    assert_eq!(rollout.verdict(SHA, "list").await, "pending");
    rollout.run(&["check", "pass", "restart", "--in", "staging"]).await.ended(0);
    assert_eq!(rollout.verdict(SHA, "list").await, "pass");
}

#[tokio::test]
async fn a_trigger_that_somebody_raised_stands_until_it_is_resolved() {
    let rollout = Rollout::new();
    let trigger = async || {
        let status = rollout.status(SHA).await;
        let all = status["triggers"].as_array().unwrap().clone();
        (status["call"].clone(), all.into_iter().find(|trigger| trigger["key"] == "integrity").unwrap())
    };
    assert_eq!(trigger().await.1["state"], "armed");
    rollout.run(&["hold", "raise", "--trigger", "integrity", "--reason", "manifests do not match"]).await.ended(0);
    let (call, raised) = trigger().await;
    assert_eq!(
        (call.as_str(), raised["state"].as_str(), raised["by"].as_str()),
        (Some("no-go"), Some("tripped"), Some("ann"))
    );
    assert!(raised["reason"].as_str().unwrap().ends_with(": manifests do not match"), "{raised}");
    assert!(raised["since"].is_string());
    rollout.run(&["hold", "clear", "--trigger", "integrity", "--evidence", "recounted: they do"]).await.ended(0);
    assert_eq!(trigger().await.1["state"], "armed");
}

#[tokio::test]
async fn an_import_says_what_is_missing_and_ends_with_0_only_where_it_is_green() {
    let rollout = Rollout::new();
    let import = async |name: &str, report: &Value, options: &[&str]| {
        let path = rollout.report(name, report);
        let mut arguments = vec!["qa", "import", path.as_str(), "--json"];
        arguments.extend(options);
        rollout.bare(&arguments).await
    };
    let ran = import("skipped", &report(SHA, 9, ["pass", "skipped"]), &[]).await.ended(6);
    assert_eq!(ran.json(), json!({"green": false, "candidate": SHA, "missing": ["check contract was skipped"]}));
    let ran = import("failed", &report(SHA, 8, ["fail", "pass"]), &[]).await.ended(6);
    assert_eq!(ran.json()["missing"], json!(["check unit failed"]));
    assert_eq!(rollout.verdict(SHA, "qa").await, "fail", "the gate says the same");
    let ran = import("older", &report(SHA, 9, ["pass", "pass"]), &[]).await.ended(6);
    assert_eq!(ran.json()["missing"], json!(["check unit failed"]), "an older run repairs nothing");
    let ran = import("green", &report(SHA, 2, ["pass", "pass"]), &[]).await.ended(0);
    assert_eq!(ran.json(), json!({"green": true, "candidate": SHA, "missing": []}));
    assert_eq!(rollout.verdict(SHA, "qa").await, "pass");

    let ran = import("unknown", &report("unknown", 1, ["pass", "pass"]), &[]).await.ended(6);
    assert_eq!(ran.json()["missing"], json!(["the report does not say on which commit it ran"]));
    let ran = import("other", &report(OTHER, 1, ["pass", "pass"]), &["--candidate", &"b".repeat(40)]).await.ended(6);
    assert_eq!(ran.json()["candidate"], OTHER);
    let missing = "the latest report is on 77aa00bbccdd, the candidate is bbbbbbbbbbbb";
    assert_eq!(ran.json()["missing"], json!([missing]));

    let path = rollout.report("words", &report(OTHER, 1, ["pass", "skipped"]));
    let ran = rollout.bare(&["qa", "import", &path]).await.ended(6);
    assert_eq!(
        ran.out,
        "recorded as entry 7: a run on 77aa00bbccdd, not green:\n  check contract was skipped\n  \
         imported: nothing is known of the tree\n",
        "{}",
        ran.err
    );
    let mut odd = report(OTHER, 0, ["pass", "pass"]);
    odd["passed"] = json!(7);
    import("odd", &odd, &[]).await.ended(6).answered("it counts 7 passed and lists 2");
}

#[tokio::test]
async fn a_file_that_is_no_report_is_one_sentence_and_leaves_nothing() {
    let rollout = Rollout::new();
    let whole = report(SHA, 5, ["pass", "pass"]).to_string();
    let typed = |field: &str, value: Value| {
        let mut report = report(SHA, 5, ["pass", "pass"]);
        report[field] = value;
        report.to_string()
    };
    for (name, content, told) in [
        ("empty", String::new(), "it is empty"),
        ("blank", " \n ".to_owned(), "it is empty"),
        ("cut", whole[..whole.len() / 2].to_owned(), "at line 1"),
        ("trailing", format!("{whole}}}"), "trailing characters"),
        ("html", "<!doctype html>\n<p>Sign in".to_owned(), "it is not a JSON object"),
        ("list", "[]".to_owned(), "it is not a JSON object"),
        ("other", "{}".to_owned(), "missing field `command`"),
        ("hostile", typed("dryRun", json!("\u{1b}[2J\u{202e}")), "expected a boolean"),
        ("word", typed("allPassed", json!("true")), "expected a boolean"),
        ("time", typed("startedAt", json!("2026-13-01T00:00:00Z")), "is no time as in RFC 3339"),
        ("checks", typed("checks", json!({"unit": "pass"})), "expected a sequence"),
        ("many", typed("checks", json!(vec![json!({"id": "x", "status": "pass"}); 1001])), "it has 1001 checks"),
    ] {
        let path = rollout.home.write(name, content);
        sentence(rollout.bare(&["qa", "import", &path]).await, 2, told);
    }
    let vast = rollout.home.write("vast", "{");
    fs::File::options().write(true).open(&vast).and_then(|file| file.set_len(20 << 20)).expect("20 MiB");
    let bytes = rollout.home.write("bytes", [b'{', 0xff, 0xfe]);
    let folder = rollout.home.data().parent().unwrap().display().to_string();
    let gone = rollout.home.path("gone").display().to_string();
    for (path, told) in [
        (vast, "is larger than 16 MiB"),
        (bytes, "is no report"),
        (folder, "is a folder; name the JSON file in it"),
        (gone, "cannot be read"),
        ("/dev/null".to_owned(), "is not a regular file"),
    ] {
        sentence(rollout.bare(&["qa", "import", &path]).await, 2, told);
    }
    assert_eq!(rollout.audit(), Vec::<Value>::new());
}

#[tokio::test]
async fn names_that_the_runbook_lacks_are_refused_with_what_may_be_meant() {
    let rollout = Rollout::new();
    for (arguments, told) in [
        (
            vec!["check", "pass", "fresh-itme", "--in", "staging"],
            "has no check \"fresh-itme\"; did you mean `fresh-item`?",
        ),
        (vec!["check", "fail", "zzz", "--in", "staging"], "known: fresh-item, restart"),
        (vec!["check", "blocked", "restart", "--in", " "], "name the environment with --in"),
        (vec!["attest", "log", "--evidence", "x"], "did you mean `logs`?"),
        (vec!["attest", "qa", "--evidence", "x"], "gate qa of stage dark is a qa_report gate; those to attest: logs"),
        (
            vec!["attest", "owner", "--evidence", "x", "--stage", "wide"],
            "no gate of stage wide asks for somebody's word",
        ),
        (vec!["attest", "logs", "--evidence", "x", "--stage", "drak"], "did you mean `dark`?"),
        (vec!["attest", "logs", "--evidence", " \u{1b}"], "a word rests on something"),
        (vec!["sign-off", "--statement", " "], "a signature says what was decided"),
        (vec!["note", "\u{7}\u{200b}"], "a note says something"),
        (vec!["hold", "clear", "--trigger", "work-fail", "--evidence", "x"], "did you mean `work-fails`?"),
        (vec!["hold", "clear", "--gate", "ownre", "--evidence", "x"], "did you mean `owner`?"),
        (
            vec!["hold", "clear", "--gate", "logs", "--stage", "wide", "--evidence", "x"],
            "has no gate in stage wide, \"logs\"",
        ),
        (vec!["hold", "clear", "--signature", "a:b", "--trigger", "no", "--evidence", "x"], "no trigger \"no\""),
        (
            vec!["hold", "raise", "--trigger", "work-fails", "--reason", "x"],
            "tripped by telemetry, nobody can raise it;",
        ),
        (vec!["hold", "raise", "--trigger", "work", "--reason", "x"], "the runbook has no trigger \"work\""),
        (vec!["hold", "raise", "--trigger", "work-fails", "--reason", ""], "raised for a reason"),
        (vec!["hold", "clear", "--evidence", "x"], "--signature <SIGNATURE>"),
        (vec!["hold", "clear", "--signature", "a:b", "--stage", "dark", "--evidence", "x"], "--gate <KEY>"),
    ] {
        let ran = rollout.run(&arguments).await.ended(2).told(told);
        assert_eq!(ran.out, "", "{arguments:?}");
    }
    assert_eq!(rollout.audit(), Vec::<Value>::new(), "nothing of it is recorded, and no part of it");
}

#[tokio::test]
async fn what_counts_for_one_commit_wants_one_named() {
    let rollout = Rollout::new();
    for arguments in [
        vec!["check", "pass", "restart", "--in", "staging"],
        vec!["attest", "logs", "--evidence", "x"],
        vec!["sign-off", "--statement", "x", "--telemetry", &rollout.events, "--flags", &rollout.flags],
    ] {
        sentence(rollout.bare(&arguments).await, 2, "name it with --candidate");
        for (candidate, told) in [
            ("unknown", "name it with --candidate"),
            (" ", "name it with --candidate"),
            ("a\u{1b}[31mb", "names no commit"),
            ("two words", "names no commit"),
        ] {
            let mut arguments = arguments.clone();
            arguments.extend(["--candidate", candidate]);
            sentence(rollout.bare(&arguments).await, 2, told);
        }
    }
    assert_eq!(rollout.audit(), Vec::<Value>::new());
    let ran = rollout.bare(&["attest", "logs", "--evidence", "x", "--candidate", "018e611"]).await.ended(0);
    ran.told("018e611 is abbreviated: it counts only where the candidate is written the same way");
    assert_eq!(rollout.verdict("018e611", "logs").await, "pass");
    assert_eq!(rollout.verdict(SHA, "logs").await, "pending");
    rollout.bare(&["note", "no commit needed"]).await.ended(0);
}

#[tokio::test]
async fn hostile_words_come_out_clean_wherever_they_are_shown() {
    let rollout = Rollout::new();
    let hostile = "\u{1b}[31mred\u{7}\u{202e}\nnext\tline\u{9b}2J";
    for arguments in [
        vec!["note", hostile],
        vec!["check", "blocked", "restart", "--in", "staging", "--note", hostile],
        vec!["check", "pass", "fresh-item", "--in", hostile],
        vec!["attest", "logs", "--evidence", hostile],
        vec!["hold", "clear", "--signature", "a:\u{1b}[31mb", "--evidence", hostile],
    ] {
        let ran = rollout.run(&arguments).await.ended(0);
        assert_eq!(ran.out.lines().count(), 1, "{arguments:?}: {}", ran.out);
        for text in [&ran.out, &ran.err] {
            assert!(text.chars().all(|c| c == '\n' || !c.is_control()) && !text.contains('\u{202e}'), "{text:?}");
        }
    }
    let audit = rollout.audit();
    let clean = "[31mred next line2J";
    for (entry, field) in audit.iter().zip(["text", "note", "environment", "evidence", "evidence"]) {
        assert_eq!(entry["event"][field], clean, "{entry}");
    }
    assert_eq!(audit.len(), 5);
    let ran = rollout.run(&["check", "list"]).await.ended(0).answered(clean);
    assert!(ran.out.chars().all(|c| c == '\n' || !c.is_control()), "{:?}", ran.out);
    let status = rollout.status(SHA).await.to_string();
    assert!(status.contains(clean) && !status.contains("\\u001b"), "{status}");
}

#[tokio::test]
async fn the_checklist_lists_the_latest_result_in_each_environment() {
    let rollout = Rollout::new();
    rollout.run(&["check", "list"]).await.ended(0).answered("restart  A restart recovers.\n  staging: not made\n");
    let made = async |outcome: &str, environment: &str, candidate: &str| {
        let arguments = ["check", outcome, "restart", "--in", environment, "--candidate", candidate];
        rollout.bare(&arguments).await.ended(0)
    };
    made("fail", "staging", SHA).await;
    made("pass", "staging", SHA).await;
    made("fail", "staging", OTHER).await;
    let ran = made("blocked", "production", OTHER).await;
    ran.told("no gate asks for the checklist in production (asked for: staging)");
    let listed = rollout.run(&["check", "list", "--json"]).await.ended(0).json();
    assert_eq!(listed[0]["key"], "fresh-item");
    assert_eq!(
        listed[0]["results"][1],
        json!({
            "environment": "staging", "outcome": null, "counts": false, "candidate": null, "at": null, "operator": null,
            "note": null, "attached": null
        })
    );
    let results = &listed[1]["results"];
    assert_eq!((&results[1]["outcome"], &results[1]["counts"]), (&json!("pass"), &json!(true)));
    assert_eq!(results[1]["candidate"], SHA);
    assert_eq!((&results[0]["outcome"], &results[0]["counts"]), (&json!("blocked"), &json!(false)));
    let ran = rollout.run(&["check", "list"]).await.ended(0);
    let ran = ran.answered("  production: blocked on 77aa00bbccdd, not the candidate: does not count, ann at ");
    ran.answered("  staging: pass on 018e611abc12, ann at ");
    // Without a candidate, the latest of all is shown.
    rollout.bare(&["check", "list"]).await.ended(0).answered("  staging: fail on 77aa00bbccdd, ann at ");
}

#[tokio::test]
async fn several_troubles_are_resolved_at_once_and_json_is_what_was_recorded() {
    let rollout = Rollout::new();
    let arguments = [
        "hold",
        "clear",
        "--signature",
        "pull:x",
        "--signature",
        "pull:x",
        "--trigger",
        "work-fails",
        "--gate",
        "owner",
        "--stage",
        "wide",
        "--evidence",
        "incident 7",
        "--json",
    ];
    let entries = rollout.run(&arguments).await.ended(0).json();
    assert_eq!(entries.as_array().unwrap().len(), 3, "each once: {entries}");
    assert_eq!(entries, Value::Array(rollout.audit()));
    let events: Vec<Value> = rollout.audit().iter().map(|entry| entry["event"].clone()).collect();
    assert_eq!(
        events,
        [
            json!({"kind": "resolved", "signature": "pull:x", "evidence": "incident 7"}),
            json!({"kind": "resolved", "trigger": "work-fails", "evidence": "incident 7"}),
            json!({"kind": "resolved", "stage": "wide", "gate": "owner", "evidence": "incident 7"}),
        ]
    );
    for arguments in [
        vec!["note", "seen"],
        vec!["check", "pass", "restart", "--in", "staging"],
        vec!["attest", "logs", "--evidence", "x"],
    ] {
        let mut arguments = arguments;
        arguments.push("--json");
        let entry = rollout.run(&arguments).await.ended(0).json();
        assert_eq!(Some(&entry), rollout.audit().last());
    }
}

#[tokio::test]
async fn the_present_stage_is_what_the_audit_log_says() {
    let rollout = Rollout::new();
    let log = rollout.home.data().join("quick/production");
    let log = gonogo::audit::FileLog::at(&log);
    let opened = |stage: &str| gonogo::audit::Event::Opened {
        stage: stage.to_owned(),
        entered_at: ago(60),
        flag: None,
        candidate: None,
        runbook: None,
    };
    gonogo::audit::AuditLog::append(&log, ago(50), "ann", opened("wide")).await.unwrap();
    rollout.run(&["attest", "logs", "--evidence", "x"]).await.ended(2).told("no gate of stage wide");
    let ran = rollout.run(&["attest", "logs", "--evidence", "x", "--stage", "dark"]).await.ended(0);
    ran.answered("attested for logs of dark");

    let lost = Rollout::new();
    let log = gonogo::audit::FileLog::at(&lost.home.data().join("quick/production"));
    gonogo::audit::AuditLog::append(&log, ago(50), "ann", opened("gone")).await.unwrap();
    sentence(lost.run(&["attest", "logs", "--evidence", "x"]).await, 2, "in stage \"gone\", which this runbook lacks");
    lost.run(&["attest", "logs", "--evidence", "x", "--stage", "dark"]).await.ended(0);
}

#[tokio::test]
async fn nobody_signs_while_anything_is_open() {
    let rollout = Rollout::new();
    let refused = async |arguments: &[&str], why: &[&str]| {
        let before = rollout.signatures();
        let ran = rollout.looks(&[&["sign-off", "--statement", "go on", "--json"], arguments].concat()).await.ended(6);
        let said = ran.json();
        assert_eq!(said["outcome"], "refused");
        for why in why {
            assert!(said["why"].to_string().contains(why), "{why:?} is not in {said}");
        }
        assert_eq!(rollout.signatures(), before);
    };
    refused(&[], &["gate Green (pending)", "gate Checked in staging", "gate Logs are clean"]).await;
    refused(&["--stage", "wide"], &["the rollout is in stage dark, not in wide"]).await;
    let printed = rollout.looks(&["sign-off", "--statement", "go on", "--print"]).await.ended(6);
    printed.answered(&format!("- Candidate commit SHA: {SHA}\n")).answered("open: gate Green (pending)");

    let green = rollout.report("green.json", &report(SHA, 5, ["pass", "pass"]));
    rollout.run(&["qa", "import", &green]).await.ended(0);
    for check in ["fresh-item", "restart"] {
        rollout.run(&["check", "pass", check, "--in", "staging"]).await.ended(0);
    }
    rollout.run(&["attest", "logs", "--evidence", "https://logs.example/7"]).await.ended(0);
    rollout.run(&["hold", "raise", "--trigger", "integrity", "--reason", "a lost file"]).await.ended(0);
    refused(&[], &["rollback trigger Data at risk"]).await;
    rollout.run(&["hold", "clear", "--trigger", "integrity", "--evidence", "found again"]).await.ended(0);

    // Fields of the block, and who may sign.
    let more = RUNBOOK.replace(
        "{ title = \"Candidate commit SHA\", fill = \"candidate\" }",
        "{ title = \"Candidate\", fill = \"candidate\" }, \"Dashboard\"",
    );
    let roles = "[[role]]\nkey = \"owner\"\ntitle = \"Release owner\"\nduty = \"release_owner\"\n[flag]";
    rollout.home.write("quick.toml", more.replacen("[flag]", roles, 1));
    refused(&[], &["Dashboard: filled in by the one who signs", "nobody is named as Release owner"]).await;
    let config_of = |owner: &str| format!("profile = \"p\"\n[profiles.p.roles]\nowner = {owner:?}\n");
    let config = rollout.home.write("config.toml", config_of("ann"));
    let field = ["--config", &config, "--field", "dashboard=https://d.example/\u{1b}7"];
    refused(&[&field[..], &["--operator", "bob"]].concat(), &["Release owner is ann, who signs, and you are bob"])
        .await;
    for (field, told) in [
        ("Dashbord=x", "did you mean `Dashboard`?"),
        ("Candidate=x", "Candidate is filled from what is on record"),
        ("Dashboard", "is not like"),
        ("Dashboard= ", "has no value"),
    ] {
        rollout.looks(&["sign-off", "--statement", "x", "--field", field]).await.ended(2).told(told);
    }
    rollout.looks(&["sign-off", "--statement", "x", "--stage", "nowhere"]).await.ended(2).told("known: dark, wide");
    rollout.looks(&["sign-off", "--statement", " "]).await.ended(2).told("a signature says what was decided");

    let print = [&["sign-off", "--statement", "go on", "--print", "--json"][..], &field].concat();
    let printed = rollout.looks(&print).await.ended(0).json();
    assert_eq!(printed["open"], json!([]));
    assert_eq!(printed["block"][1], json!({"title": "Dashboard", "value": "https://d.example/7", "open": null}));
    assert_eq!(rollout.signatures(), 0, "printing signs nothing");
    let hostile = "\u{1b}[31mgo\u{202e} on\n";
    let sign = [&["sign-off", "--statement", hostile, "--json"][..], &field].concat();
    let signed = rollout.looks(&sign).await.ended(0).told("Release owner is ann, as the configuration says").json();
    assert_eq!(signed["event"]["statement"], "[31mgo on");
    assert_eq!(signed["event"]["approval"], printed["approval"], "what was printed is what was signed");
    assert_eq!(signed["event"]["block"], json!([["Candidate", SHA], ["Dashboard", "https://d.example/7"]]));
    assert_eq!(rollout.signatures(), 1);
    let audit = rollout.audit();
    let before = &audit[audit.len() - 2]["event"];
    assert_eq!(before, &json!({"kind": "assigned", "role": "owner", "name": "ann"}));
    // It stands for whoever looks, without that profile and with one that names somebody else.
    assert_eq!(rollout.verdict(SHA, "owner").await, "pass");
    let other = rollout.home.write("other.toml", config_of("eve"));
    assert_eq!(rollout.verdict_by(&["--config", &other], SHA, "owner").await, "pass");
    rollout.run(&["role", "assign", "owner", "eve"]).await.ended(0);
    for given in [&[][..], &["--config", &config], &["--config", &other]] {
        assert_eq!(rollout.verdict_by(given, SHA, "owner").await, "pending", "{given:?}");
    }
}

#[tokio::test]
async fn a_check_is_shown_by_what_is_attached_to_it() {
    let rollout = Rollout::new();
    let made = ["check", "pass", "restart", "--in", "staging"];
    rollout.run(&[&made[..], &["--link", "https://ci.example/7"]].concat()).await.ended(0);
    rollout.run(&["check", "list"]).await.ended(0).answered("    https://ci.example/7\n");
    let picture = rollout.home.write("screen.png", b"\x89PNG");
    rollout.run(&[&made[..], &["--file", &picture]].concat()).await.ended(0);
    let listed = rollout.run(&["check", "list", "--json"]).await.ended(0).json();
    let shown = listed[1]["results"][0]["attached"].as_str().expect("a file");
    assert!(shown.starts_with("screen.png (sha256 "), "{shown}");
    rollout.bare(&["evidence", "verify"]).await.ended(0).answered("1 file on record: 1 whole");
    let audit = rollout.audit();
    let kept = audit[1]["event"]["attached"]["file"]["path"].as_str().expect("a path");
    let kept = rollout.home.data().join("quick/production").join(kept);
    fs::write(&kept, b"\x89PNX").unwrap();
    rollout.bare(&["evidence", "verify"]).await.ended(3).answered("check restart in staging").answered("was changed");
    fs::remove_file(&kept).unwrap();
    rollout.bare(&["evidence", "verify"]).await.ended(3).answered("it is missing");
    for (arguments, told) in [
        (vec!["--link", "ftp://h/x"], "a link is of http or https"),
        (vec!["--file", "/nowhere"], "cannot be read"),
        (vec!["--link", "https://h", "--file", "x"], "cannot be used with"),
    ] {
        rollout.run(&[&made[..], &arguments].concat()).await.ended(2).told(told);
    }
    assert_eq!(rollout.audit().len(), 2);
}

#[tokio::test]
async fn telemetry_is_shown_beside_the_checks_that_it_can_see() {
    let rollout = Rollout::new();
    let seen = "title = \"A restart recovers.\"\nseen = [{ signal = \"work\", match = { success = \"true\" } }]";
    rollout.home.write("quick.toml", RUNBOOK.replace("title = \"A restart recovers.\"", seen));
    let ran = rollout.bare(&["check", "list", "--telemetry", &rollout.events]).await.ended(0);
    ran.answered("  telemetry: cannot be seen in staging: events:").answered("is of production alone");
    // A profile of that environment says where its telemetry is.
    let config = format!("[profiles.s]\nenvironment = \"staging\"\ntelemetry = {{ address = {:?} }}\n", rollout.events);
    let config = rollout.home.write("config.toml", config);
    let listed = rollout.bare(&["check", "list", "--json", "--config", &config]).await.ended(0).json();
    assert_eq!(listed[0]["seen"], json!([]), "of which telemetry sees nothing");
    let seen = &listed[1]["seen"][0];
    assert_eq!((&seen["environment"], &seen["seen"]), (&json!("staging"), &json!("seen")));
    let text = seen["text"].as_str().expect("words");
    assert!(text.starts_with("seen in staging since ") && text.ends_with(" UTC: Work done 1"), "{text}");
}

#[tokio::test]
async fn read_only_records_nothing_and_still_lists() {
    let rollout = Rollout::new();
    let green = rollout.report("green.json", &report(SHA, 5, ["pass", "pass"]));
    for arguments in [
        vec!["qa", "import", &green],
        vec!["check", "pass", "restart", "--in", "staging"],
        vec!["check", "fail", "restart", "--in", "staging"],
        vec!["check", "blocked", "restart", "--in", "staging"],
        vec!["attest", "logs", "--evidence", "x"],
        vec!["sign-off", "--statement", "x", "--telemetry", &rollout.events, "--flags", &rollout.flags],
        vec!["note", "x"],
        vec!["hold", "clear", "--gate", "owner", "--evidence", "x"],
        vec!["hold", "raise", "--trigger", "work-fails", "--reason", "x"],
    ] {
        let mut arguments = arguments;
        arguments.push("--read-only");
        sentence(rollout.run(&arguments).await, 6, "refused: this is read-only");
    }
    rollout.run(&["check", "list", "--read-only"]).await.ended(0).answered("not made");
    assert_eq!(rollout.audit(), Vec::<Value>::new());
}

#[tokio::test]
async fn a_log_that_cannot_be_written_is_told_and_a_broken_source_is_no_matter() {
    let rollout = Rollout::new();
    let blocked = unwritable(&rollout.home);
    let ran = rollout.run(&["note", "x", "--data-dir", &blocked]).await;
    sentence(ran, 1, "could not be written");
    let ran = rollout.run(&["note", "x", "--telemetry", "nonsense", "--flags", "nonsense"]).await;
    ran.ended(0).answered("recorded as entry 1: note: x");
    // The runbook that is built in has no quick gate; one without an automated gate has nothing to import.
    let start = RUNBOOK.find("[qa]").unwrap();
    let end = RUNBOOK.find("[[stage]]").unwrap();
    let without = format!("{}{}", &RUNBOOK[..start], &RUNBOOK[end..]);
    let gate = without.find("[[stage.gate]]\nkey = \"qa\"").unwrap();
    let next = without.find("[[stage.gate]]\nkey = \"list\"").unwrap();
    let without = rollout.home.write("without.toml", format!("{}{}", &without[..gate], &without[next..]));
    let green = rollout.report("green.json", &report(SHA, 5, ["pass", "pass"]));
    let ran = run(rollout.home.command(&["qa", "import", &green, "--runbook", &without])).await;
    sentence(ran, 2, "the runbook has no automated gate");
}

#[tokio::test]
async fn a_hold_is_raised_listed_and_cleared() {
    let rollout = Rollout::new();
    let raise = ["hold", "raise", "--reason", "sums differ", "--evidence", "ticket 9"];
    let first = rollout.bare(&raise).await;
    assert_eq!(first.code, 0, "{}", first.err);
    assert!(first.out.contains("hold h1 raised: sums differ"), "{}", first.out);
    assert!(first.out.contains("gonogo hold clear --hold h1 --evidence"), "{}", first.out);
    let second: Value =
        serde_json::from_str(&rollout.bare(&[&raise[..], &["--json"]].concat()).await.out).expect("an entry");
    assert_eq!((&second["event"]["kind"], &second["event"]["hold"]), (&json!("hold-raised"), &json!("h2")));
    let doubtful = rollout.bare(&["hold", "raise", "--reason", "a feeling"]).await;
    assert_eq!(doubtful.code, 2, "{}", doubtful.out);

    let status = rollout.status(SHA).await;
    assert_eq!(status["standing"]["holds"][1]["id"], "h2");
    assert!(status["actions"]["advance"]["blockers"].to_string().contains("hold h1, raised by"), "{status}");
    let raised = rollout.bare(&["hold", "raise", "--trigger", "integrity", "--reason", "seen by support"]).await;
    assert_eq!(raised.code, 0, "{}", raised.err);
    let listed: Value = serde_json::from_str(&rollout.bare(&["hold", "list", "--json"]).await.out).expect("a list");
    let each = listed.as_array().expect("a list").iter();
    let each: Vec<_> = each.map(|one| (one["kind"].clone(), one["key"].clone())).collect();
    assert_eq!(each, [("hold", "h1"), ("hold", "h2"), ("trigger", "integrity")].map(|(a, b)| (json!(a), json!(b))));
    assert_eq!(listed[2]["clear"], "gonogo hold clear --trigger integrity --evidence …");

    let clear =
        |what: &'static [&'static str]| [&["hold", "clear", "--evidence", "it was the test data"], what].concat();
    let unknown = rollout.bare(&clear(&["--hold", "h7"])).await;
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("is not on record; those that stand: h1, h2"), "{}", unknown.err);
    let none = rollout.bare(&clear(&["--rollback"])).await;
    assert!(none.code == 2 && none.err.contains("no rollback stands"), "{}", none.err);
    let cleared = rollout.bare(&clear(&["--hold", "h1", "--hold", "h2", "--trigger", "integrity"])).await;
    assert_eq!(cleared.code, 0, "{}", cleared.err);
    let again = rollout.bare(&clear(&["--hold", "h1"])).await;
    assert!(again.code == 2 && again.err.contains("is cleared already"), "{}", again.err);
    let listed = rollout.bare(&["hold", "list"]).await;
    assert_eq!(listed.out, "nothing on record stands; what telemetry shows now: gonogo status\n");
    assert_eq!(rollout.status(SHA).await["standing"]["holds"], json!([]));
}
