//! What happened so far, with what the log does not know yet written down first.

use chrono::{DateTime, Utc};

use super::{opening, settle};
use crate::{
    audit::{AuditLog, replay},
    fault::Fault,
    judge::{self, History},
    runbook::Runbook,
    snapshot::Snapshot,
};

/// Reads the log, and adds to it how a cut-off action ended and where the rollout stood when it was first watched, as
/// far as the flag in `snapshot` tells.
///
/// # Errors
/// When the log cannot be read, or does not take the addition.
pub async fn recall(
    audit: &dyn AuditLog,
    runbook: &Runbook,
    snapshot: &Snapshot,
    candidate: Option<&str>,
    operator: &str,
    now: DateTime<Utc>,
) -> Result<History, Fault> {
    let record = audit.read().await?;
    let history = replay(&record);
    let Some(flag) = snapshot.flag.state.as_ref().filter(|_| snapshot.flag.fault.is_none()) else {
        return Ok(history);
    };
    let mut missing = settle(&record, flag, now);
    if history.visits.is_empty() {
        let assessment = judge::assess(runbook, snapshot, &history, candidate, now);
        missing.extend(opening(&history, &assessment, Some(flag)));
    }
    if missing.is_empty() {
        return Ok(history);
    }
    for event in missing {
        audit.append(now, operator, event).await?;
    }
    Ok(replay(&audit.read().await?))
}
