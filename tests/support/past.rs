//! A past for a rollout: an audit log whose stages were entered when a test says so.
#![allow(dead_code, missing_docs)]

use std::{fs, io, path::Path};

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    audit::{Action, AuditLog, Begun, Event, FileLog, Outcome},
    flags::Plan,
    runbook::{Runbook, load},
};

/// The runbook of which telemetry alone decides each exit gate.
pub const RUNBOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/runbooks/measurable.toml");

pub fn runbook() -> Runbook {
    load(Path::new(RUNBOOK)).expect("the runbook of the tests")
}

/// The log of this runbook within a data folder.
pub fn log(data: &Path, environment: &str) -> FileLog {
    FileLog::at(&data.join("measurable").join(environment))
}

/// Writes that these stages were entered then, one after the other.
pub async fn entered(data: &Path, visits: &[(&str, DateTime<Utc>)]) {
    let (runbook, log) = (runbook(), log(data, "production"));
    let append = async |at, event| log.append(at, "release-owner", event).await.map(drop).expect("written");
    let (first, at) = visits[0];
    append(at, Event::Opened { stage: first.to_owned(), entered_at: at, flag: None, candidate: None, runbook: None })
        .await;
    for pair in visits.windows(2) {
        let ((from, _), (to, at)) = (pair[0], pair[1]);
        let target = runbook.stage(to).expect("a stage").1.exposure.clone();
        let id = format!("to-{to}");
        let plan = Plan { from_version: String::new(), target: target.clone(), writes: Vec::new() };
        let begun = Begun {
            id: id.clone(),
            action: Action::Advance,
            from_stage: from.to_owned(),
            to_stage: to.to_owned(),
            before: None,
            target,
            plan,
            reason: "all gates pass".to_owned(),
            candidate: None,
            digest: None,
            runbook: None,
            request: None,
            process: None,
        };
        append(at - TimeDelta::seconds(1), Event::Begun(Box::new(begun))).await;
        append(at, Event::Ended { id, action: Action::Advance, outcome: Outcome::Verified, after: None }).await;
    }
}

/// Lets time pass: everything in the log happened so much earlier.
pub async fn let_pass(data: &Path, environment: &str, time: TimeDelta) {
    let log = log(data, environment);
    let record = log.read().await.expect("a log");
    assert_eq!(record.damage, None);
    fs::remove_file(log.path()).expect("removed");
    // Written again it has other hashes than the head that was noted beside it.
    let noted = fs::remove_file(log.path().with_file_name("audit.head"));
    assert!(noted.is_ok() || noted.is_err_and(|error| error.kind() == io::ErrorKind::NotFound));
    for entry in record.entries {
        let event = match entry.event {
            Event::Opened { stage, entered_at, flag, candidate, runbook } => {
                Event::Opened { stage, entered_at: entered_at - time, flag, candidate, runbook }
            }
            other => other,
        };
        log.append(entry.at - time, &entry.operator, event).await.expect("written");
    }
}
