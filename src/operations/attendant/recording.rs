//! Puts on record what many may see at the same time: the first record wins.

use std::time::Duration;

use tokio::{sync::mpsc, time::timeout};

use super::{AttendantContext, AttendantReport};
use crate::{
    audit::{Event, Record},
    fault::{Fault, FaultKind},
    operations::procedure::{Task, recorded},
};

/// How long the audit log is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// So often it is decided again because others wrote meanwhile; then after a rest.
const TRIES: usize = 5;

/// Records `event` unless somebody did before, and says whether that is done with.
pub(super) async fn record(
    context: &AttendantContext,
    task: &Task,
    event: Event,
    report: AttendantReport,
    reports: &mpsc::UnboundedSender<AttendantReport>,
) -> bool {
    for _ in 0..TRIES {
        let appended = match read(context).await {
            Ok(record) if recorded(task, record.entries.iter().map(|entry| &entry.event)) => return true,
            Ok(record) => {
                let now = context.clock.now();
                let append = context.audit.append_after(&record.head, now, &context.operator, event.clone());
                match timeout(PATIENCE, append).await {
                    Ok(appended) => appended.map(drop),
                    // It may still be made: the next look at the log tells.
                    Err(_) => return false,
                }
            }
            Err(fault) => Err(fault),
        };
        match appended {
            Ok(()) => {
                let _ = reports.send(report);
                return true;
            }
            Err(fault) if fault.kind == FaultKind::Changed => {}
            Err(_) => {
                let _ = reports.send(report.clone());
                tell(context, event, &report.text(), reports).await;
                return true;
            }
        }
    }
    false
}

/// The audit log, if it answers in time.
pub(super) async fn read(context: &AttendantContext) -> Result<Record, Fault> {
    timeout(PATIENCE, context.audit.read()).await.unwrap_or_else(|_| Err(silent()))
}

/// Leaves an entry to the log, which takes it when it can.
pub(super) async fn tell(
    context: &AttendantContext,
    event: Event,
    what: &str,
    reports: &mpsc::UnboundedSender<AttendantReport>,
) {
    let append = context.audit.append_soon(context.clock.now(), &context.operator, event);
    let told = timeout(PATIENCE, append).await.unwrap_or_else(|_| Err(silent()));
    if let Err(fault) = told {
        let _ = reports.send(AttendantReport::NotRecorded { what: what.to_owned(), fault });
    }
}

fn silent() -> Fault {
    let what = format!("the audit log was silent for {} s", PATIENCE.as_secs());
    Fault::new(FaultKind::Timeout, what, "check the disk or the database that it is on")
}
