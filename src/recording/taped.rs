//! An audit log of which every reading is recorded.

use std::sync::{Arc, Mutex, PoisonError, mpsc::SyncSender};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::write::Item;
use crate::{
    audit::{AuditLog, Ending, Entry, Event, Head, Passing, Record, Waiting},
    clock::Clock,
    fault::Fault,
};

/// A log, and where its readings go.
pub struct Taped {
    log: Arc<dyn AuditLog>,
    clock: Clock,
    items: SyncSender<Item>,
    /// What was handed over last: where the log ended and what was damaged, or why it could not be read.
    told: Mutex<Option<Told>>,
}

type Told = Result<(Head, Option<String>), Fault>;

impl Taped {
    pub(super) fn new(log: Arc<dyn AuditLog>, clock: Clock, items: SyncSender<Item>) -> Self {
        Self { log, clock, items, told: Mutex::new(None) }
    }

    /// Hands it over, where it says something new. Never waits: what does not fit is handed over with the next reading.
    fn tell(&self, read: &Result<Record, Fault>) {
        let now: Told = read.as_ref().map(|record| (record.head.clone(), record.damage.clone())).map_err(Fault::clone);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.as_ref() == Some(&now) {
            return;
        }
        let item = match read {
            Ok(record) => Item::Log(self.clock.now(), Box::new(record.clone())),
            Err(fault) => Item::NoLog(self.clock.now(), fault.clone()),
        };
        if self.items.try_send(item).is_ok() {
            *told = Some(now);
        }
    }
}

#[async_trait]
impl AuditLog for Taped {
    fn place(&self) -> String {
        self.log.place()
    }

    async fn append(&self, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault> {
        self.log.append(at, operator, event).await
    }

    async fn append_after(&self, head: &Head, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault> {
        self.log.append_after(head, at, operator, event).await
    }

    async fn append_all_after(
        &self,
        head: &Head,
        at: DateTime<Utc>,
        operator: &str,
        events: Vec<Event>,
    ) -> Result<Vec<Entry>, Fault> {
        self.log.append_all_after(head, at, operator, events).await
    }

    async fn append_soon(&self, at: DateTime<Utc>, operator: &str, event: Event) -> Result<(), Fault> {
        self.log.append_soon(at, operator, event).await
    }

    async fn flush(&self) -> Result<(), Fault> {
        self.log.flush().await
    }

    fn kept(&self) -> Vec<(DateTime<Utc>, String, Event)> {
        self.log.kept()
    }

    fn waiting(&self) -> Waiting {
        self.log.waiting()
    }

    async fn read(&self) -> Result<Record, Fault> {
        let read = self.log.read().await;
        self.tell(&read);
        read
    }

    async fn read_each(&self, take: &mut Passing<'_>) -> Result<Ending, Fault> {
        self.log.read_each(take).await
    }

    async fn changed(&self, seen: &Head) {
        self.log.changed(seen).await;
    }
}
