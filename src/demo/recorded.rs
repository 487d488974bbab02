//! What people and tools recorded in a demo's past: for each gate that rests on it, enough to pass.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::{
    audit::Event,
    fingerprint::sha256,
    judge::{CheckOutcome, QaCheck, QaRun},
    runbook::{Condition, QaGate, Runbook, Stage},
};

/// The checks were made one after the other, the first so long before the stage was done, and took so long together.
const CHECKS_FROM: TimeDelta = TimeDelta::minutes(60);
const CHECKS_TOOK: TimeDelta = TimeDelta::minutes(35);
/// The automated gate began so long before, took so long, and was recorded so much later.
const QA_BEGAN_BEFORE: TimeDelta = TimeDelta::minutes(20);
pub(super) const QA_TOOK: TimeDelta = TimeDelta::minutes(9);
const QA_RECORDED_AFTER: TimeDelta = TimeDelta::minutes(1);
/// Somebody gave their word so long before.
const ATTESTED_BEFORE: TimeDelta = TimeDelta::minutes(3);

/// What was recorded in `stage` up to `until`, oldest first.
pub(super) fn recorded(
    runbook: &Runbook,
    stage: &Stage,
    until: DateTime<Utc>,
    candidate: &str,
) -> Vec<(DateTime<Utc>, Event)> {
    let mut events: Vec<(DateTime<Utc>, Event)> = Vec::new();
    for gate in &stage.gates {
        match &gate.condition {
            Condition::QaReport => events.extend(runbook.qa.as_ref().map(|qa| qa_report(qa, until, candidate))),
            Condition::Checklist { environment } => events.extend(checks(runbook, environment, until, candidate)),
            Condition::Attestation { statement } => {
                let attested = Event::Attested {
                    stage: stage.key.clone(),
                    gate: gate.key.clone(),
                    statement: statement.clone(),
                    candidate: Some(candidate.to_owned()),
                    evidence: "smoke runs of the last three nights, all resolved".to_owned(),
                };
                events.push((until - ATTESTED_BEFORE, attested));
            }
            _ => {}
        }
    }
    events.sort_by_key(|(at, _)| *at);
    events
}

/// A green run, as its own tool reports it.
pub(super) fn green_report(qa: &QaGate, started_at: DateTime<Utc>, candidate: &str) -> serde_json::Value {
    let completed_at = started_at + QA_TOOK;
    json!({
        "command": qa.command,
        "candidateSha": candidate,
        "startedAt": started_at,
        "completedAt": completed_at,
        "dryRun": false,
        "checksRun": qa.checks.len(),
        "passed": qa.checks.len(),
        "failed": 0,
        "skipped": 0,
        "allPassed": true,
        "checks": green(qa).collect::<Vec<_>>(),
    })
}

fn green(qa: &QaGate) -> impl Iterator<Item = QaCheck> {
    qa.checks.iter().map(|id| QaCheck { id: id.clone(), status: "pass".to_owned() })
}

/// A green run on record.
fn qa_report(qa: &QaGate, until: DateTime<Utc>, candidate: &str) -> (DateTime<Utc>, Event) {
    let started_at = until - QA_BEGAN_BEFORE;
    let completed_at = started_at + QA_TOOK;
    let report = green_report(qa, started_at, candidate);
    let reported = QaRun {
        command: qa.command.clone(),
        candidate: candidate.to_owned(),
        started_at,
        completed_at: Some(completed_at),
        dry_run: false,
        all_passed: true,
        checks: green(qa).collect(),
        digest: sha256(report.to_string()),
        ran: None,
        odd: Vec::new(),
    };
    (completed_at + QA_RECORDED_AFTER, Event::QaReported(Box::new(reported)))
}

/// Every check of the checklist, passed.
fn checks<'a>(
    runbook: &'a Runbook,
    environment: &'a str,
    until: DateTime<Utc>,
    candidate: &'a str,
) -> impl Iterator<Item = (DateTime<Utc>, Event)> + 'a {
    let each = CHECKS_TOOK / i32::try_from(runbook.checklist.len().max(1)).unwrap_or(i32::MAX);
    (1..).zip(&runbook.checklist).map(move |(n, check)| {
        let checked = Event::Checked {
            check: check.key.clone(),
            environment: environment.to_owned(),
            outcome: CheckOutcome::Pass,
            candidate: Some(candidate.to_owned()),
            note: "as described".to_owned(),
            attached: None,
        };
        (until - CHECKS_FROM + each * n, checked)
    })
}
