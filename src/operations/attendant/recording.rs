//! Puts on record what many may see at the same time: the first record wins.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::{sync::mpsc, time::timeout};

use super::{AttendantContext, AttendantReport};
use crate::{
    audit::{Entry, Event, Head, Record},
    fault::{Fault, FaultKind},
    judge::Trouble,
    operations::procedure::{Task, outdates, recorded},
};

/// How long the audit log is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// So often it is decided again because others wrote meanwhile; then after a rest.
const TRIES: usize = 5;

/// What an entry rests on.
pub(super) enum Ground {
    /// It is so whatever the log says by now.
    Fact,
    /// A trouble stood at `at`, by a log that ended at `after`.
    Judged { trouble: Trouble, at: DateTime<Utc>, after: Head },
}

impl Ground {
    /// The entries that can say that it is on record already.
    fn news<'a>(&self, record: &'a Record) -> &'a [Entry] {
        match self {
            Self::Fact => &record.entries,
            // What the judge knew does not cover it: it may be of an earlier run.
            Self::Judged { after, .. } => {
                let known = record.entries.partition_point(|entry| entry.seq <= after.count);
                &record.entries[known..]
            }
        }
    }

    fn outdated_by(&self, news: &[Entry]) -> bool {
        match self {
            Self::Fact => false,
            Self::Judged { trouble, at, .. } => news.iter().any(|entry| outdates(entry, trouble, *at)),
        }
    }

    /// The time of the entry.
    fn at(&self, context: &AttendantContext) -> DateTime<Utc> {
        match self {
            Self::Fact => context.clock.now(),
            Self::Judged { at, .. } => *at,
        }
    }
}

/// Records `event` unless somebody did before, and says whether that is done with.
pub(super) async fn record(
    context: &AttendantContext,
    task: &Task,
    event: Event,
    ground: Ground,
    report: AttendantReport,
    reports: &mpsc::UnboundedSender<AttendantReport>,
) -> bool {
    for _ in 0..TRIES {
        let appended = match read(context).await {
            Ok(record) => {
                let news = ground.news(&record);
                if ground.outdated_by(news) {
                    return false;
                }
                if recorded(task, news.iter().map(|entry| &entry.event)) {
                    return true;
                }
                let at = ground.at(context);
                let append = context.audit.append_after(&record.head, at, &context.operator, event.clone());
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
                tell(context, ground.at(context), event, &report.text(), reports).await;
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
    at: DateTime<Utc>,
    event: Event,
    what: &str,
    reports: &mpsc::UnboundedSender<AttendantReport>,
) {
    let append = context.audit.append_soon(at, &context.operator, event);
    let told = timeout(PATIENCE, append).await.unwrap_or_else(|_| Err(silent()));
    if let Err(fault) = told {
        let _ = reports.send(AttendantReport::NotRecorded { what: what.to_owned(), fault });
    }
}

fn silent() -> Fault {
    let what = format!("the audit log was silent for {} s", PATIENCE.as_secs());
    Fault::new(FaultKind::Timeout, what, "check the disk or the database that it is on")
}
