//! The present, read and judged afresh right before anything is sent.

use std::time::Duration;

use tokio::time::timeout;

use super::{Context, Present, driver::bounded, others::last_change};
use crate::{
    audit::{Action, Head, Record, replay},
    fault::{Fault, FaultKind},
    runbook::Exposure,
    snapshot::{FlagReading, Snapshot, SourceState},
};

/// How long what needs the audit log waits for it.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Reads the flag and the log, judges afresh on them, and plans the way to the target. Gives also where that log ends: what
/// was decided on it counts for no other.
pub(super) async fn recheck(
    context: &Context,
    action: Action,
    target: &Exposure,
) -> Result<(Box<Present>, Head), Fault> {
    // The log first: what is written into it after this makes the head another one.
    let record = read(context, PATIENCE).await?;
    let flag = bounded(context.store.read()).await?;
    let history = replay(&record);
    let plan = match action {
        Action::Restore => bounded(context.store.restore(&flag, target)).await,
        _ => bounded(context.store.plan(&flag, target)).await,
    };
    let now = context.clock.now();
    let mut snapshot = Snapshot::clone(&context.latest.borrow());
    snapshot.at = now;
    snapshot.flag = FlagReading { state: Some(flag.clone()), read_at: Some(now), fault: None };
    snapshot.flag_source.state = SourceState::Ok;
    snapshot.flag_source.last_ok = Some(now);
    snapshot.flag_source.error = None;
    let candidate = context.candidate.clone();
    let assessment = (context.assess)(&context.runbook, &snapshot, &history, candidate.as_deref(), now);
    let (unfinished, last) = (history.unfinished, last_change(&record));
    Ok((Box::new(Present { flag, assessment, plan, candidate, unfinished, last }), record.head))
}

/// The log as it is, if it answers in time.
pub(super) async fn read(context: &Context, patience: Duration) -> Result<Record, Fault> {
    timeout(patience, context.audit.read()).await.unwrap_or_else(|_| {
        let what = format!("this waits for the audit log, silent for {} s", patience.as_secs());
        Err(Fault::new(FaultKind::Timeout, what, "check what it is on: a disk, a database"))
    })
}
