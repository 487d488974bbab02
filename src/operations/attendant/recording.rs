//! Puts on record what many may see at the same time: the first record wins.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use tokio::{sync::mpsc, time::timeout};

use super::{AttendantContext, AttendantReport};
use crate::{
    audit::{Entry, Event, Head, Record},
    fault::{Fault, FaultKind},
    operations::procedure::{Task, outdates, recorded},
};

/// How long the audit log is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// So often it is decided again because others wrote meanwhile; then after a rest.
const TRIES: usize = 5;

/// Something to put on record: what it does, the entry, and what is reported of it.
pub(super) struct ToRecord {
    pub(super) task: Task,
    pub(super) event: Event,
    pub(super) report: AttendantReport,
}

/// What entries rest on.
pub(super) enum Ground {
    /// It is so whatever the log says by now.
    Fact,
    /// The troubles stood at `at`, by a log that ended at `after`.
    Judged { at: DateTime<Utc>, after: Head },
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

    fn outdated_by(&self, news: &[Entry], task: &Task) -> bool {
        match (self, task) {
            (Self::Judged { at, .. }, Task::Seen(trouble)) => news.iter().any(|entry| outdates(entry, trouble, *at)),
            _ => false,
        }
    }

    /// The time of the entries.
    fn at(&self, context: &AttendantContext) -> DateTime<Utc> {
        match self {
            Self::Fact => context.clock.now(),
            Self::Judged { at, .. } => *at,
        }
    }
}

/// Records these unless somebody did before, in one piece where the log can; gives what is done with, and what is not.
pub(super) async fn record(
    context: &AttendantContext,
    mut left: Vec<ToRecord>,
    ground: Ground,
    reports: &mpsc::UnboundedSender<AttendantReport>,
) -> Vec<(Task, bool)> {
    let mut settled = Vec::with_capacity(left.len());
    for _ in 0..TRIES {
        let appended = match read(context).await {
            Ok(record) => {
                let news = ground.news(&record);
                left.retain(|one| {
                    let outdated = ground.outdated_by(news, &one.task);
                    let done = !outdated && recorded(&one.task, news.iter().map(|entry| &entry.event));
                    if outdated || done {
                        settled.push((one.task.clone(), done));
                    }
                    !outdated && !done
                });
                if left.is_empty() {
                    return settled;
                }
                let (at, events) = (ground.at(context), left.iter().map(|one| one.event.clone()).collect());
                let append = context.audit.append_all_after(&record.head, at, &context.operator, events);
                match timeout(PATIENCE, append).await {
                    Ok(appended) => appended.map(drop),
                    // It may still be made: the next look at the log tells.
                    Err(_) => break,
                }
            }
            Err(fault) => Err(fault),
        };
        match appended {
            Ok(()) => {
                settled.extend(left.drain(..).map(|one| {
                    let _ = reports.send(one.report);
                    (one.task, true)
                }));
                return settled;
            }
            Err(fault) if fault.kind == FaultKind::Changed => {}
            Err(_) => {
                // Side by side: a log that hangs does so once, and not once for each.
                let told = left.drain(..).map(async |one| {
                    let what = one.report.text();
                    let _ = reports.send(one.report);
                    tell(context, ground.at(context), one.event, &what, reports).await;
                    (one.task, true)
                });
                settled.extend(join_all(told).await);
                return settled;
            }
        }
    }
    settled.extend(left.into_iter().map(|one| (one.task, false)));
    settled
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
