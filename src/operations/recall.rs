//! What happened so far, with what the log does not know yet written down first.

use chrono::{DateTime, Utc};

use super::{basis, flag_found, opening, runs, settle};
use crate::{
    audit::{AuditLog, Event, Record, replay},
    fault::{Fault, FaultKind},
    judge::{self, History},
    runbook::Runbook,
    snapshot::Snapshot,
};

/// Others may write into the log between a reading and an addition so often. Each time all is looked at again.
const ATTEMPTS: usize = 50;

/// What a gonogo may add to the log when it reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// The first of a run: what this run judges is what is judged from now on.
    First,
    /// A later one. Another gonogo may have been started for another candidate meanwhile, and that one stands.
    Later,
}

/// Reads the log, and adds to it how a cut-off action ended, where the rollout stood when it was first watched, what is
/// judged from now on and what became of the flag, as far as the flag in `snapshot` tells. Of many who do so together, one
/// adds it.
///
/// # Errors
/// When the log cannot be read, or does not take the addition.
pub async fn recall(
    audit: &dyn AuditLog,
    runbook: &Runbook,
    snapshot: &Snapshot,
    candidate: Option<&str>,
    operator: &str,
    reading: Reading,
    now: DateTime<Utc>,
) -> Result<History, Fault> {
    for _ in 0..ATTEMPTS {
        let record = audit.read().await?;
        let history = replay(&record);
        let Some(event) = missing(&record, &history, runbook, snapshot, candidate, reading, now) else {
            return Ok(history);
        };
        match audit.append_after(&record.head, now, operator, event).await {
            // What else is missing, and whether somebody else has added it, is in the log.
            Ok(_) => {}
            Err(fault) if fault.kind == FaultKind::Changed => {}
            Err(fault) => return Err(fault),
        }
    }
    let what = format!("others wrote into the audit log {} each of {ATTEMPTS} times", audit.place());
    Err(Fault::new(FaultKind::Changed, what, "find out who writes into it so often"))
}

/// The first of what the log does not know yet.
fn missing(
    record: &Record,
    history: &History,
    runbook: &Runbook,
    snapshot: &Snapshot,
    candidate: Option<&str>,
    reading: Reading,
    now: DateTime<Utc>,
) -> Option<Event> {
    if let Some(basis) = basis(history, candidate, runbook).filter(|_| reading == Reading::First) {
        return Some(basis);
    }
    let flag = snapshot.flag.state.as_ref().filter(|_| snapshot.flag.fault.is_none())?;
    if let Some(ended) = settle(record, flag, now, runs).into_iter().next() {
        return Some(ended);
    }
    if history.visits.is_empty() {
        let assessment = judge::assess(runbook, snapshot, history, candidate, now);
        if let Some(opened) = opening(history, &assessment, Some(flag), candidate, runbook) {
            return Some(opened);
        }
    }
    snapshot.flag.read_at.and_then(|read_at| flag_found(record, history, flag, read_at))
}
