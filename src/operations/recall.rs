//! What happened so far, with what the log does not know yet written down first.

use chrono::{DateTime, Utc};

use super::{basis, flag_found, opening, settle};
use crate::{
    audit::{AuditLog, replay},
    fault::Fault,
    judge::{self, History},
    runbook::Runbook,
    snapshot::Snapshot,
};

/// What a gonogo may add to the log when it reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// The first of a run: what this run judges is what is judged from now on.
    First,
    /// A later one. Another gonogo may have been started for another candidate meanwhile, and that one stands.
    Later,
}

/// Reads the log, and adds to it how a cut-off action ended, where the rollout stood when it was first watched, what is
/// judged from now on and what became of the flag, as far as the flag in `snapshot` tells.
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
    let record = audit.read().await?;
    let history = replay(&record);
    let mut missing: Vec<_> =
        basis(&history, candidate, runbook).filter(|_| reading == Reading::First).into_iter().collect();
    if let Some(flag) = snapshot.flag.state.as_ref().filter(|_| snapshot.flag.fault.is_none()) {
        missing.extend(settle(&record, flag, now));
        if history.visits.is_empty() {
            let assessment = judge::assess(runbook, snapshot, &history, candidate, now);
            missing.extend(opening(&history, &assessment, Some(flag), candidate, runbook));
        }
        missing.extend(snapshot.flag.read_at.and_then(|read_at| flag_found(&record, &history, flag, read_at)));
    }
    if missing.is_empty() {
        return Ok(history);
    }
    for event in missing {
        audit.append(now, operator, event).await?;
    }
    Ok(replay(&audit.read().await?))
}
