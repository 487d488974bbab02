//! One action's two entries in the audit log, however the log behaves.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use tokio::{task::JoinHandle, time::timeout};

use crate::{
    audit::{AuditLog, Begun, Entry, Event},
    fault::{Fault, FaultKind},
};

/// Records that an action begins and how it ended.
pub(super) struct Recorder {
    audit: Arc<dyn AuditLog>,
    operator: String,
    begun: Option<(DateTime<Utc>, Event)>,
    /// An append that was not waited for to the end. It may still succeed, so that it is never made twice.
    pending: Option<JoinHandle<Result<Entry, Fault>>>,
}

impl Recorder {
    pub(super) fn new(audit: Arc<dyn AuditLog>, operator: &str) -> Self {
        Self { audit, operator: operator.to_owned(), begun: None, pending: None }
    }

    /// Records that it begins. On a fault the entry is kept, and tried again at the end.
    pub(super) async fn begin(&mut self, at: DateTime<Utc>, begun: Begun, patience: Duration) -> Result<(), Fault> {
        let event = Event::Begun(Box::new(begun));
        self.begun = Some((at, event.clone()));
        self.append(at, event, patience).await.inspect(|()| self.begun = None)
    }

    /// Records how it ended. Gives back what could not be recorded, and why.
    pub(super) async fn end(
        &mut self,
        at: DateTime<Utc>,
        ended: Event,
        patience: Duration,
    ) -> Result<(), (Fault, Vec<Event>)> {
        if let Some((began, begun)) = self.begun.take() {
            let retried = match self.pending.take() {
                Some(append) => self.wait(append, patience).await,
                None => Err(None),
            };
            let recorded = match retried {
                Ok(()) => Ok(()),
                // The log still hangs: a second append would hang behind the first.
                Err(Some(fault)) if self.pending.is_some() => Err(fault),
                Err(_) => self.append(began, begun.clone(), patience).await,
            };
            if let Err(fault) = recorded {
                return Err((fault, vec![begun, ended]));
            }
        }
        self.append(at, ended.clone(), patience).await.map_err(|fault| (fault, vec![ended]))
    }

    async fn append(&mut self, at: DateTime<Utc>, event: Event, patience: Duration) -> Result<(), Fault> {
        let (audit, operator) = (Arc::clone(&self.audit), self.operator.clone());
        let append = tokio::spawn(async move { audit.append(at, &operator, event).await });
        self.wait(append, patience).await.map_err(|fault| fault.unwrap_or_else(crashed))
    }

    /// Waits for an append so long, and keeps it if it is not over then. No fault: it crashed.
    async fn wait(
        &mut self,
        mut append: JoinHandle<Result<Entry, Fault>>,
        patience: Duration,
    ) -> Result<(), Option<Fault>> {
        match timeout(patience, &mut append).await {
            Ok(Ok(Ok(_))) => Ok(()),
            Ok(Ok(Err(fault))) => Err(Some(fault)),
            Ok(Err(_)) => Err(None),
            Err(_) => {
                self.pending = Some(append);
                let what = format!("the audit log was not written within {} ms", patience.as_millis());
                Err(Some(Fault::new(FaultKind::Timeout, what, "see whether its disk hangs")))
            }
        }
    }
}

fn crashed() -> Fault {
    Fault::new(FaultKind::File, "writing the audit log crashed", "see the log file")
}
