//! A session that opens before what it rests on is there: whoever asks for it waits, and the screen does not.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{
    audit::{AuditLog, Entry, Event, Head, Record, Waiting},
    fault::{Fault, FaultKind},
    session::{Pending, Session},
};

/// Set once: when it is there, or when it is known that it never will be.
pub(super) type Ready = Arc<OnceLock<Result<(), Fault>>>;

/// `session`, its sources and its audit log not used before `ready` is set.
pub(super) fn awaiting(session: Session, ready: &Ready) -> Session {
    Session {
        telemetry: pending(session.telemetry, ready),
        flags: pending(session.flags, ready),
        audit: Arc::new(Awaited { ready: Arc::clone(ready), log: session.audit }),
        ..session
    }
}

fn pending<T: 'static>(source: Pending<T>, ready: &Ready) -> Pending<T> {
    let (ready, connect) = (Arc::clone(ready), source.connect);
    Pending {
        introduction: source.introduction,
        connect: Box::new(move || ready.wait().clone().and_then(|()| connect())),
    }
}

struct Awaited {
    ready: Ready,
    log: Arc<dyn AuditLog>,
}

impl Awaited {
    async fn ready(&self) -> Result<(), Fault> {
        if let Some(ready) = self.ready.get() {
            return ready.clone();
        }
        let ready = Arc::clone(&self.ready);
        tokio::task::spawn_blocking(move || ready.wait().clone()).await.unwrap_or_else(|_| {
            Err(Fault::new(FaultKind::File, "waiting for the audit log was cut short", "start again"))
        })
    }
}

#[async_trait]
impl AuditLog for Awaited {
    async fn append(&self, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault> {
        self.ready().await?;
        self.log.append(at, operator, event).await
    }

    async fn append_after(&self, head: &Head, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault> {
        self.ready().await?;
        self.log.append_after(head, at, operator, event).await
    }

    async fn append_all_after(
        &self,
        head: &Head,
        at: DateTime<Utc>,
        operator: &str,
        events: Vec<Event>,
    ) -> Result<Vec<Entry>, Fault> {
        self.ready().await?;
        self.log.append_all_after(head, at, operator, events).await
    }

    async fn append_soon(&self, at: DateTime<Utc>, operator: &str, event: Event) -> Result<(), Fault> {
        self.ready().await?;
        self.log.append_soon(at, operator, event).await
    }

    fn place(&self) -> String {
        self.log.place()
    }

    fn kept(&self) -> Vec<(DateTime<Utc>, String, Event)> {
        self.log.kept()
    }

    fn waiting(&self) -> Waiting {
        self.log.waiting()
    }

    async fn flush(&self) -> Result<(), Fault> {
        self.ready().await?;
        self.log.flush().await
    }

    async fn read(&self) -> Result<Record, Fault> {
        self.ready().await?;
        self.log.read().await
    }

    async fn changed(&self, seen: &Head) {
        if self.ready().await.is_err() {
            return std::future::pending().await;
        }
        self.log.changed(seen).await;
    }
}
