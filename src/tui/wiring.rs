//! Where the cockpit meets the judge, the audit log and the operations: the calls that the event loop makes.

// INTEGRATION: each body here is a stand-in until its module has the function; replace the bodies, keep the names.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::mpsc::UnboundedSender;

use crate::{
    audit::{AuditLog, Outcome},
    fault::{Fault, FaultKind},
    flags::FlagStore,
    judge::{Assessment, History},
    operations::{Confirmed, Progress},
    runbook::Runbook,
    snapshot::Snapshot,
};

/// What the driver of an action needs.
#[derive(Clone)]
pub struct Context {
    /// Where the flag is.
    pub store: Arc<dyn FlagStore>,
    /// Where it is recorded.
    pub audit: Arc<dyn AuditLog>,
}

/// INTEGRATION: `judge::assess(runbook, snapshot, history, candidate, now)`.
pub fn assess(
    _runbook: &Runbook,
    _snapshot: &Snapshot,
    _history: &History,
    _candidate: Option<&str>,
    _now: DateTime<Utc>,
) -> Option<Assessment> {
    None
}

/// INTEGRATION: `judge::evidence_since(history, now)`.
pub fn evidence_since(_history: &History, now: DateTime<Utc>) -> DateTime<Utc> {
    now - TimeDelta::days(1)
}

/// INTEGRATION: `audit::replay(&audit.read().await?)`.
///
/// # Errors
/// When the log is there and cannot be read.
pub async fn history(audit: &dyn AuditLog) -> Result<History, Fault> {
    audit.read().await.map(|record| History { damage: record.damage, ..History::default() })
}

/// INTEGRATION: `operations::perform(confirmed, context, updates)`.
pub async fn perform(_confirmed: Confirmed, _context: Context, updates: UnboundedSender<Progress>) {
    let fault =
        Fault::new(FaultKind::Configuration, "actions are not built in yet", "use the flag store's own console");
    // The cockpit may be gone; then nobody needs to know.
    let _ = updates.send(Progress::Ended { outcome: Outcome::Refused { why: vec![fault.to_string()] }, after: None });
}
