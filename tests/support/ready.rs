//! What a promotion rests on beside telemetry, half of it there: the built-in runbook's gate, checklist, evidence and roles.
#![allow(dead_code, missing_docs)]

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    judge::*,
    runbook::built_in,
    snapshot::{Counts, Health, Observation, Reading},
    tui::model::{Model, Screen},
};

use crate::cockpit::*;

pub const CANDIDATE: &str = "018e611c0ffee4a7d2b9e35f60c1d8a4b7e92f53";
pub const OTHER: &str = "9d2b77f0aa51c3e84e6f01b2c3d4e5f60718293a";
pub fn ago(minutes: i64) -> DateTime<Utc> {
    now() - TimeDelta::minutes(minutes)
}

pub fn kept(name: &str) -> KeptFile {
    KeptFile { path: format!("evidence/qa/{name}"), bytes: 48_112, digest: "5f".repeat(32), cut: false }
}

/// A run of the automated gate that gonogo made.
pub fn run(candidate: &str, minutes: i64, failed: Option<&str>, tree: Tree) -> QaReport {
    let gate = built_in().qa.as_ref().unwrap();
    let check =
        |id: &String| QaCheck { id: id.clone(), status: if failed == Some(id) { "fail" } else { "pass" }.to_owned() };
    QaReport {
        at: ago(minutes),
        operator: "oncall".into(),
        run: QaRun {
            command: gate.command.clone(),
            candidate: candidate.into(),
            started_at: ago(minutes + 7),
            completed_at: Some(ago(minutes)),
            dry_run: false,
            all_passed: failed.is_none(),
            checks: gate.checks.iter().map(check).collect(),
            odd: Vec::new(),
            digest: "ab".repeat(32),
            ran: Some(QaRan {
                exit: Some(i32::from(failed.is_some())),
                killed: None,
                duration_ms: 372_000,
                head: Some(candidate.into()),
                tree,
                output: Some(kept("5f5f5f5f5f5f-output.txt")),
                report: Some(kept("abababababab-report.json")),
            }),
        },
    }
}

pub fn made(check: &str, environment: &str, candidate: &str, outcome: CheckOutcome, minutes: i64) -> CheckResult {
    CheckResult {
        at: ago(minutes),
        check: check.into(),
        environment: environment.into(),
        outcome,
        candidate: Some(candidate.into()),
        operator: "alice".into(),
        note: String::new(),
        attached: None,
    }
}

pub fn attached(item: &str, attached: Attached) -> AttachmentRecord {
    let attachment = Attachment { item: item.into(), candidate: Some(CANDIDATE.into()), attached, note: String::new() };
    AttachmentRecord { at: ago(95), operator: "bob".into(), host: "ops-1".into(), attachment }
}

pub fn link(url: &str) -> Attached {
    Attached::Link { url: url.into() }
}

/// Staging is done, production is begun; two items of evidence are open.
pub fn midway() -> History {
    use CheckOutcome::{Blocked, Fail, Pass};
    let mut history = history();
    history.qa_reports = vec![run(OTHER, 3_000, None, Tree::Clean), run(CANDIDATE, 123, None, Tree::Clean)];
    for (i, check) in built_in().checklist.iter().enumerate() {
        history.checks.push(made(&check.key, "staging", CANDIDATE, Pass, 200 - i as i64));
    }
    history.checks[0].note = "one file of 2 GB, one of 12 bytes".into();
    history.checks[0].attached = Some(link("https://ci.example/vfs/staging/4711"));
    history.checks.extend([
        made("fresh-item", "production", CANDIDATE, Pass, 31),
        made("full-sequence", "production", CANDIDATE, Fail, 22),
        made("rekey", "production", CANDIDATE, Blocked, 20),
        made("share", "production", OTHER, Pass, 2_000),
    ]);
    history.attachments = vec![
        attached("staging-success", link("https://logs.example/d/42?from=now-6h")),
        attached(
            "staging-success",
            Attached::Logs {
                file: kept("0123456789ab-lines.ndjson"),
                lines: 12,
                source: "loki.example {service=\"api\"}".into(),
            },
        ),
    ];
    history.assigned.insert(
        "release-owner".into(),
        Assignment { at: ago(400), operator: "oncall".into(), name: Some("Dana".into()) },
    );
    history
}

/// Nothing is open but the signature.
pub fn ready() -> History {
    let mut history = midway();
    for check in &built_in().checklist {
        history.checks.push(made(&check.key, "production", CANDIDATE, CheckOutcome::Pass, 12));
    }
    history.attachments.push(attached("staging-forced-failure", link("https://logs.example/d/43")));
    history
}

/// The last stage, with who has which role and what runs.
pub fn assessed(owner: Option<&str>, commits: &[(&str, u64)]) -> Assessment {
    let mut a = hold();
    (a.stage.index, a.stage.key, a.stage.title) = (3, "default-on".into(), "Default-on".into());
    let unsigned = GateAssessment {
        key: "owner-sign-off".into(),
        title: "Release owner signs off".into(),
        stage: "default-on".into(),
        kind: "sign_off",
        verdict: Verdict::Pending,
        reason: "nobody has signed for 018e611c0ffe: gonogo sign-off --statement".into(),
        brief: "not signed".into(),
        ..a.gates[0].clone()
    };
    a.gates.push(unsigned);
    let name = |key: &str| match key {
        "release-owner" => Some("Dana".to_owned()),
        "rollback-owner" => owner.map(str::to_owned),
        _ => None,
    };
    let role = |role: &gonogo::runbook::Role| RoleAssessment {
        key: role.key.clone(),
        title: role.title.clone(),
        duty: role.duty,
        name: name(&role.key),
    };
    a.standing.roles = built_in().roles.iter().map(role).collect();
    let matches = !commits.is_empty() && commits.iter().all(|(commit, _)| *commit == CANDIDATE);
    let why = (!matches).then(|| "deployed is 9d2b77f0aa51 on 3, the candidate is 018e611c0ffe".to_owned());
    let commits: Vec<_> = commits.iter().map(|(commit, n)| ((*commit).to_owned(), *n)).collect();
    let on_candidate = commits.iter().filter(|(commit, _)| commit == CANDIDATE).map(|(_, n)| n).sum();
    let differs = commits.iter().any(|(commit, _)| commit != CANDIDATE);
    let blocks = !commits.is_empty() && !matches;
    a.standing.deployed = Some(DeployedAssessment { commits, on_candidate, differs, matches, why, blocks });
    a
}

pub fn telemetry() -> Observation {
    let reading = |tallies: &[(&[&str], u64)]| {
        let tallies = tallies.iter().map(|(labels, n)| {
            let mut counts = Counts::default();
            counts.add(ago(30), *n);
            (labels.iter().map(|label| (*label).to_owned()).collect(), counts)
        });
        Arc::new(Reading {
            tallies: tallies.collect(),
            health: Health::Good,
            query: "count".into(),
            covered_from: ago(3_000),
            newest: Some(now()),
            gaps: Vec::new(),
            step: TimeDelta::minutes(1),
            latency: None,
        })
    };
    let readings = BTreeMap::from([
        (
            "blob_operation".to_owned(),
            reading(&[(&["stage", "true", ""], 41), (&["commit", "true", ""], 40), (&["attach", "true", ""], 40)]),
        ),
        ("secure_upload".to_owned(), reading(&[(&["true", ""], 39), (&["false", "flush"], 1)])),
    ]);
    Observation { at: now(), skew: None, readings, deployed: None }
}

pub fn at(history: History, assessment: Assessment, size: (u16, u16)) -> Model {
    let mut model = model(assessment, size);
    model.facts.runbook = Arc::new(built_in().clone());
    model.facts.candidate = Some(CANDIDATE.into());
    let mut snapshot = snapshot();
    snapshot.telemetry = Some(Arc::new(telemetry()));
    model.snapshot = Arc::new(snapshot);
    model.history = Some(Arc::new(history));
    model.screen = Screen::Readiness;
    model
}

pub fn mixed(size: (u16, u16)) -> Model {
    at(midway(), assessed(None, &[(CANDIDATE, 9), (OTHER, 3)]), size)
}

pub fn complete(size: (u16, u16)) -> Model {
    at(ready(), assessed(Some("Kim"), &[(CANDIDATE, 12)]), size)
}
