//! One action's two entries in the audit log, however the log behaves.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use tokio::{task::JoinHandle, time::timeout};

use super::recheck::PATIENCE;
use crate::{
    audit::{AuditLog, Begun, Event, Head},
    fault::{Fault, FaultKind},
};

/// How long a rollback waits for the audit log before it is sent. Its entry is written beside it all the same. A timer may
/// be a millisecond late, and the request is to go out within five of the key.
const MOMENT: Duration = Duration::from_millis(2);

type Append = JoinHandle<Result<(), Fault>>;

/// Records that an action begins and how it ended.
pub(super) struct Recorder {
    audit: Arc<dyn AuditLog>,
    operator: String,
    unsure: Option<Unsure>,
}

/// The entry that says that it begins, and is not known to be on record.
struct Unsure {
    at: DateTime<Utc>,
    begun: Event,
    /// It may still succeed, so that it is never made twice. None: it failed.
    append: Option<Append>,
    /// Whether it must be on record even where it failed: something was sent.
    needed: bool,
}

impl Recorder {
    pub(super) fn new(audit: Arc<dyn AuditLog>, operator: &str) -> Self {
        Self { audit, operator: operator.to_owned(), unsure: None }
    }

    /// Records that a rollback begins. What takes longer than a moment goes on beside it, and is no fault yet.
    pub(super) async fn begin_soon(&mut self, at: DateTime<Utc>, begun: Begun) -> Result<(), Fault> {
        let begun = Event::Begun(Box::new(begun));
        let mut append = self.soon(at, begun.clone());
        let (recorded, append) = match timeout(MOMENT, &mut append).await {
            Ok(appended) => (flat(appended), None),
            Err(_) => (Ok(()), Some(append)),
        };
        if recorded.is_err() || append.is_some() {
            self.unsure = Some(Unsure { at, begun, append, needed: true });
        }
        recorded
    }

    /// Waits so long until it is known whether the entry that says that it begins is on record.
    pub(super) async fn settle(&mut self, patience: Duration) {
        let Some(unsure) = &mut self.unsure else { return };
        let Some(append) = &mut unsure.append else { return };
        match timeout(patience, append).await.map(flat) {
            Ok(Ok(())) => self.unsure = None,
            Ok(Err(_)) => unsure.append = None,
            Err(_) => {}
        }
    }

    /// Records that anything else begins, if the log still ends at `head`.
    pub(super) async fn begin_after(&mut self, head: Head, at: DateTime<Utc>, begun: Begun) -> Result<(), Fault> {
        let begun = Event::Begun(Box::new(begun));
        let (audit, operator, event) = (Arc::clone(&self.audit), self.operator.clone(), begun.clone());
        let mut append: Append =
            tokio::spawn(async move { audit.append_after(&head, at, &operator, event).await.map(drop) });
        match timeout(PATIENCE, &mut append).await {
            Ok(appended) => flat(appended),
            Err(_) => {
                self.unsure = Some(Unsure { at, begun, append: Some(append), needed: false });
                Err(late())
            }
        }
    }

    /// Records how it ended. Gives back what is in no log yet, and why.
    pub(super) async fn end(&mut self, at: DateTime<Utc>, ended: Event) -> Result<(), (Fault, Vec<Event>)> {
        let (mut lost, mut why) = (Vec::new(), None);
        let mut kept = None;
        if let Some(unsure) = self.unsure.take() {
            let failed = match unsure.append {
                None => true,
                Some(mut append) => match timeout(PATIENCE, &mut append).await {
                    Ok(appended) => flat(appended).is_err(),
                    Err(_) => {
                        // A second append would hang behind the first. It follows it, should the log come back.
                        let (audit, operator, event) = (Arc::clone(&self.audit), self.operator.clone(), ended.clone());
                        tokio::spawn(async move {
                            let _ = append.await;
                            audit.append_soon(at, &operator, event).await
                        });
                        return Err((late(), vec![unsure.begun, ended]));
                    }
                },
            };
            if failed && unsure.needed {
                if self.keeps(&unsure.begun) {
                    kept = Some(unsure.begun);
                } else if let Err(fault) = self.within(self.soon(unsure.at, unsure.begun.clone())).await {
                    why = Some(fault);
                    lost.push(unsure.begun);
                }
            }
        }
        if let Err(fault) = self.within(self.soon(at, ended.clone())).await {
            why.get_or_insert(fault);
            lost.push(ended);
        }
        // What the log had kept in memory went with the end, if that went.
        if let Some(begun) = kept.filter(|begun| self.keeps(begun)) {
            why.get_or_insert_with(only_here);
            lost.insert(0, begun);
        }
        why.map_or(Ok(()), |fault| Err((fault, lost)))
    }

    fn soon(&self, at: DateTime<Utc>, event: Event) -> Append {
        let (audit, operator) = (Arc::clone(&self.audit), self.operator.clone());
        tokio::spawn(async move { audit.append_soon(at, &operator, event).await })
    }

    async fn within(&self, append: Append) -> Result<(), Fault> {
        timeout(PATIENCE, append).await.map_or_else(|_| Err(late()), flat)
    }

    /// Whether the log has this in memory already, and writes it when it can.
    fn keeps(&self, event: &Event) -> bool {
        self.audit.kept().iter().any(|(_, _, kept)| kept == event)
    }
}

fn flat(appended: Result<Result<(), Fault>, tokio::task::JoinError>) -> Result<(), Fault> {
    appended.unwrap_or_else(|_| Err(Fault::new(FaultKind::File, "writing the audit log crashed", "see the log file")))
}

fn late() -> Fault {
    let what = format!("the audit log was not written within {} s", PATIENCE.as_secs());
    Fault::new(FaultKind::Timeout, what, "see whether what it is on hangs: a disk, a database")
}

fn only_here() -> Fault {
    Fault::new(FaultKind::File, "the audit log could not be written; this is kept in memory", "put the log right")
}
