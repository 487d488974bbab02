//! `status --json` and its schema hold each other: every real output is valid, and nothing in the schema is never there.

#[path = "support/scene.rs"]
mod scene;

use std::{collections::BTreeSet, process::Command};

use gonogo::{
    audit::Request,
    judge::{
        Assignment, Attached, Attachment, AttachmentRecord, Decision, OpenRequest, Paused, PollAnswer, PollRecord,
        PollRole, RaisedHold, RollbackRecord, SignOff, Vote,
    },
    runbook::{Deployed, Duty, EvidenceFrom, EvidenceItem, Fill, Role, SignOffField},
};
use scene::{Scene, ago, exposure, select};
use serde_json::Value;

fn schema() -> Value {
    serde_json::from_str(include_str!("../assets/status.schema.json")).unwrap()
}

fn gonogo(arguments: &[&str]) -> (Value, i32) {
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_gonogo"))
        .args(arguments)
        .env_clear()
        .env("HOME", home.path())
        .env("TMPDIR", home.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let status = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e} in {arguments:?}: {told}"));
    (status, output.status.code().unwrap())
}

fn valid(status: &Value) {
    let schema = schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(status).map(|e| format!("{} at {}", e, e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// Every property that the schema names, by its path.
fn declared(schema: &Value, path: &str, into: &mut BTreeSet<String>) {
    for branch in schema["oneOf"].as_array().into_iter().flatten() {
        declared(branch, path, into);
    }
    if schema["items"].is_object() {
        declared(&schema["items"], path, into);
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}/{name}");
        declared(property, &path, into);
        into.insert(path);
    }
}

/// Every property that an output has, by its path; what is below a map of free names is left out.
fn present(value: &Value, path: &str, into: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| present(item, path, into)),
        Value::Object(fields) if !["/gates/evidence", "/signals/by"].contains(&path) => {
            for (name, field) in fields {
                let path = format!("{path}/{name}");
                present(field, &path, into);
                into.insert(path);
            }
        }
        _ => {}
    }
}

#[test]
fn real_outputs_are_valid_and_together_have_every_property() {
    let mut seen = BTreeSet::new();
    for scenario in ["healthy", "guardrail"] {
        let (status, code) = gonogo(&["demo", scenario, "--after", "3h", "--json"]);
        valid(&status);
        present(&status, "", &mut seen);
        let expected = match status["call"].as_str().unwrap() {
            "go" => [0, 0],
            "no-go" => [3, 3],
            _ => [4, 5],
        };
        assert!(expected.contains(&code), "{code} for {}", status["call"]);
    }
    // No demo has all of it at once: held, paused, asked for, rolled back by two, polled and signed.
    for status in [stopped(), rolled_back(), approved()] {
        valid(&status);
        present(&status, "", &mut seen);
    }
    let mut all = BTreeSet::new();
    declared(&schema(), "", &mut all);
    assert_eq!(all, seen);
}

fn told(scene: &Scene) -> Value {
    let assessment = scene.judge();
    let text = gonogo::report::text(&scene.runbook, "production", None, &assessment);
    let status = gonogo::report::Status::new(&scene.runbook, "production", None, &assessment);
    let mut status = serde_json::to_value(status).unwrap();
    // For the test's own eyes.
    status["headline"] = Value::from(format!("{}\n{text}", assessment.headline));
    status
}

/// Held, paused, asked for, and the flag changed by somebody else.
fn stopped() -> Value {
    let mut scene = Scene::healthy();
    let text = |text: &str| text.to_owned();
    scene.history.holds = vec![RaisedHold {
        at: ago(7),
        hold: text("h1"),
        operator: text("ann"),
        reason: text("sums differ"),
        evidence: text("ticket 9"),
    }];
    scene.history.paused = Some(Paused { at: ago(9), operator: text("bob"), reason: text("weekend") });
    scene.runbook.stages[3].second_person = Some(std::time::Duration::from_secs(1800));
    let request = Request {
        id: text("q1"),
        from_stage: text("limited"),
        to_stage: text("everyone"),
        flag_version: text("v1"),
        candidate: None,
        digest: "f".repeat(64),
        writes: Vec::new(),
        reason: text("all green"),
        expires_at: ago(1),
    };
    scene.history.request = Some(OpenRequest { at: ago(30), operator: text("ann"), request });
    let state = scene.flag.state.as_mut().unwrap();
    state.enabled = false;
    (state.changed_at, state.changed_by, state.changed_what) =
        (Some(ago(4)), Some(text("eve")), Some(text("disabled")));
    told(&scene)
}

/// Rolled back by two, a fortnight of steps ahead.
fn rolled_back() -> Value {
    let mut scene = Scene::healthy();
    scene.enter("dark", 10);
    scene.add("path", &["secure"], ago(30), 100);
    let text = |text: &str| text.to_owned();
    scene.runbook.legacy = Some(gonogo::runbook::LegacyPath {
        gone: select("path", &[("path", "secure")]),
        back: select("path", &[("path", "legacy")]),
        sdk_poll: std::time::Duration::from_secs(15),
    });
    scene.history.rollback = Some(RollbackRecord {
        id: text("r1"),
        at: ago(10),
        operator: text("ann"),
        host: text("box"),
        reason: text("uploads fail"),
        from_stage: text("limited"),
        candidate: Some(text("018e611abc12")),
        before: Some(exposure(&["internal"], 5)),
        joined: vec![text("bob on two")],
        verified_at: Some(ago(10)),
        legacy: None,
        kept: Vec::new(),
        resolved: None,
        left_at: None,
    });
    told(&scene)
}

/// A poll that was decided against one voice, a deployment under way, evidence, and a signature.
fn approved() -> Value {
    let mut scene = Scene::healthy();
    let text = |text: &str| text.to_owned();
    let sha = || Some("018e611".to_owned());
    let role = |key: &str, title: &str, duty| Role { key: text(key), title: text(title), duty, configured: None };
    scene.runbook.roles = vec![
        role("release-owner", "Release owner", Some(Duty::ReleaseOwner)),
        role("api", "API", None),
        role("storage", "Storage", None),
    ];
    for (key, name) in [("release-owner", "ada"), ("api", "ann")] {
        let assigned = Assignment { at: ago(50), operator: text("ada"), name: Some(text(name)) };
        scene.history.assigned.insert(text(key), assigned);
    }
    let asked = scene.runbook.roles.iter();
    let asked = asked.map(|role| PollRole { key: role.key.clone(), title: role.title.clone() }).collect();
    let (answer, reason) = (PollAnswer::NoGo, text("two errors left"));
    scene.history.polls = vec![PollRecord {
        poll: text("p1"),
        at: ago(40),
        operator: text("ada"),
        stage: text("limited"),
        candidate: sha(),
        runbook: scene.runbook.digest.clone(),
        roles: asked,
        question: text("on to everyone?"),
        votes: vec![Vote { at: ago(30), role: text("api"), operator: text("ann"), answer, reason }],
        decision: Some(Decision {
            at: ago(20),
            operator: text("ada"),
            answer: PollAnswer::Go,
            reason: text("both are known"),
        }),
        closings: Vec::new(),
    }];
    scene.runbook.deployed = Some(Deployed { prometheus: None, events: None, required: true });
    scene.deployed = Some([(text("018e611"), 2), (text("77aa00bbccdd"), 1)].into());
    scene.runbook.evidence =
        vec![EvidenceItem { key: text("logs"), title: text("Staging logs"), from: EvidenceFrom::ByHand }];
    let attached = Attached::Link { url: text("https://logs.example/1") };
    scene.history.attachments = vec![AttachmentRecord {
        at: ago(30),
        operator: text("ann"),
        host: text("box"),
        attachment: Attachment { item: text("logs"), candidate: sha(), attached, note: String::new() },
    }];
    scene.runbook.sign_off = vec![SignOffField { title: text("Candidate"), fill: Fill::Candidate }];
    scene.history.sign_offs = vec![SignOff {
        at: ago(10),
        stage: text("limited"),
        candidate: sha(),
        runbook: scene.runbook.digest.clone(),
        operator: text("ada"),
        statement: text("go on"),
        approval: Some(scene.judge().approval),
        block: vec![(text("Candidate"), text("018e611"))],
    }];
    told(&scene)
}

#[test]
fn what_was_approved_is_told_to_machines_and_people() {
    let status = approved();
    let standing = &status["standing"];
    for (pointer, want) in [
        ("/roles/0/duty", Value::from("release_owner")),
        ("/roles/2/name", Value::Null),
        ("/poll/open", Value::from(false)),
        ("/poll/answered", Value::from(1)),
        ("/poll/answers/1/vote/answer", Value::from("no-go")),
        ("/poll/answers/2/vote", Value::Null),
        ("/poll/decision/reason", Value::from("both are known")),
        ("/deployed/on_candidate", Value::from(2)),
        ("/deployed/under_way", Value::from(true)),
        ("/signature/operator", Value::from("ada")),
        ("/evidence/0/shown/0/text", Value::from("https://logs.example/1")),
        ("/sign_off/0/value", Value::from("018e611")),
    ] {
        assert_eq!(standing.pointer(pointer), Some(&want), "{pointer} in {standing:#}");
    }
    assert_eq!(status["approval"], standing["signature"]["approval"]);
    let said = status["headline"].as_str().unwrap();
    for part in [
        "Deployed: a deployment is under way: 2 of 3 instances run the candidate 018e611, beside 77aa00bbccdd on 1",
        "Roles: Release owner ada, API ann",
        "Poll p1 of 2026-03-01 11:20 UTC: on to everyone?; GO by ada at 2026-03-01 11:40 UTC: both are known",
        "  NO-GO   API (ann): two errors left",
        "  -       Storage (nobody)",
        "Signed by ada at 2026-03-01 11:50 UTC: go on",
    ] {
        assert!(said.contains(part), "{part:?} is not in:\n{said}");
    }
    let healthy = told(&Scene::healthy());
    for part in ["Deployed", "Roles", "Poll", "Signed"] {
        assert!(!healthy["headline"].as_str().unwrap().contains(part), "{part}");
    }
}

#[test]
fn people_are_told_what_stands_and_how_it_is_lifted() {
    let said = |status: Value| status["headline"].as_str().unwrap().to_owned();
    let stopped = said(stopped());
    for part in [
        "HELD since 2026-03-01 11:53 UTC by ann: sums differ (ticket 9)",
        "clear it: `gonogo hold clear --hold h1 --evidence …`",
        "PAUSED since 2026-03-01 11:51 UTC by bob: weekend",
        "changed by eve at 2026-03-01 11:56 UTC: disabled",
        "ways out: accept it as stage dark, roll back",
        "Requested by ann at 2026-03-01 11:30 UTC: everyone: all green",
        "it fell: nobody confirmed it until",
    ] {
        assert!(stopped.contains(part), "{part:?} is not in:\n{stopped}");
    }
    let rolled_back = said(rolled_back());
    for part in [
        "Rolled back from limited at 2026-03-01 11:50 UTC by ann: uploads fail",
        "together with bob on two",
        "1. Disable the flag, verified: the store, read again, said off at 11:50:30",
        "2. Confirm the old path, converging:",
        "4. Fix before re-enabling, locked: needed: another candidate, a green automated gate on it, a resolution",
        "interlock: a resolution: write down what was found and fixed: gonogo hold clear --rollback --evidence …",
    ] {
        assert!(rolled_back.contains(part), "{part:?} is not in:\n{rolled_back}");
    }
    let healthy = said(told(&Scene::healthy()));
    for part in ["HELD", "PAUSED", "Rolled back", "interlock", "Requested", "ways out"] {
        assert!(!healthy.contains(part), "{part:?} is in:\n{healthy}");
    }
    assert!(healthy.contains("Reduce to internal: ready"));
}

#[test]
fn nothing_heard_is_valid_too_and_unknown() {
    let (status, code) = gonogo(&[
        "status",
        "--json",
        "--wait",
        "2s",
        "--telemetry",
        "prometheus+http://127.0.0.1:9",
        "--flags",
        "flagd:/nowhere/flags.json",
    ]);
    valid(&status);
    assert_eq!((status["call"].as_str(), code), (Some("hold"), 5));
    assert_eq!(status["flag"]["exposure"], Value::Null);
    for source in status["sources"].as_array().unwrap() {
        assert_eq!(source["state"], "failed");
        assert!(source["error"].is_string());
    }
    assert_eq!(status["actions"]["advance"]["allowed"], false);
    assert_eq!(status["actions"]["rollback"]["allowed"], true);
}

#[test]
fn the_schema_refuses_what_it_does_not_know() {
    let (mut status, _) = gonogo(&["status", "--json", "--wait", "1s", "--flags", "flagd:/nowhere/flags.json"]);
    valid(&status);
    let schema = schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (pointer, wrong) in [("/call", "maybe"), ("/observed_at", "today"), ("/schema", "other")] {
        let right = status.pointer_mut(pointer).unwrap().take();
        *status.pointer_mut(pointer).unwrap() = Value::from(wrong);
        assert!(!validator.is_valid(&status), "{pointer} = {wrong}");
        *status.pointer_mut(pointer).unwrap() = right;
    }
    status["stage"]["more"] = Value::from(1);
    assert!(!validator.is_valid(&status));
}
