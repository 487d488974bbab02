//! The present, read and judged afresh right before anything is sent.

use std::time::Duration;

use tokio::time::timeout;

use super::{Acted, Context, Present, driver::bounded, others::last_change};
use crate::{
    audit::{Action, Head, Record, replay},
    fault::{Fault, FaultKind},
    judge::{Assessment, Unfinished},
    runbook::Exposure,
    snapshot::{FlagReading, FlagState, Snapshot, SourceState},
};

/// How long what needs the audit log waits for it.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// The present as it was read and judged, and where the log ends that this rests on: it counts for no other.
pub(super) struct Afresh {
    pub(super) flag: FlagState,
    pub(super) assessment: Assessment,
    pub(super) unfinished: Option<Unfinished>,
    pub(super) last: Option<Acted>,
    pub(super) head: Head,
}

/// Reads the log and the flag, and judges afresh on them.
pub(super) async fn look(context: &Context) -> Result<Afresh, Fault> {
    // The log first: what is written into it after this makes the head another one.
    let record = read(context, PATIENCE).await?;
    let flag = bounded(context.store.read()).await?;
    let history = replay(&record);
    let now = context.clock.now();
    let mut snapshot = Snapshot::clone(&context.latest.borrow());
    snapshot.at = now;
    snapshot.flag = FlagReading { state: Some(flag.clone()), read_at: Some(now), fault: None };
    snapshot.flag_source.state = SourceState::Ok;
    snapshot.flag_source.last_ok = Some(now);
    snapshot.flag_source.error = None;
    let assessment = (context.assess)(&context.runbook, &snapshot, &history, context.candidate.as_deref(), now);
    let last = last_change(&record);
    Ok(Afresh { flag, assessment, unfinished: history.unfinished, last, head: record.head })
}

/// The same, with the way to the target.
pub(super) async fn recheck(
    context: &Context,
    action: Action,
    target: &Exposure,
) -> Result<(Box<Present>, Head), Fault> {
    let Afresh { flag, assessment, unfinished, last, head } = look(context).await?;
    let plan = match action {
        Action::Restore => bounded(context.store.restore(&flag, target)).await,
        _ => bounded(context.store.plan(&flag, target)).await,
    };
    let candidate = context.candidate.clone();
    Ok((Box::new(Present { flag, assessment, plan, candidate, unfinished, last }), head))
}

/// The log as it is, if it answers in time.
pub(super) async fn read(context: &Context, patience: Duration) -> Result<Record, Fault> {
    timeout(patience, context.audit.read()).await.unwrap_or_else(|_| {
        let what = format!("this waits for the audit log, silent for {} s", patience.as_secs());
        Err(Fault::new(FaultKind::Timeout, what, "check what it is on: a disk, a database"))
    })
}
