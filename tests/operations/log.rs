//! An audit log in memory that misbehaves on cue.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use gonogo::{
    audit::{AuditLog, Begun, Entry, Event, Head, Outcome, Record},
    fault::{Fault, FaultKind},
};

#[derive(Default)]
pub struct Log {
    pub entries: Mutex<Vec<Entry>>,
    pub hangs: bool,
    /// What makes the test's judge say no.
    pub damage: Mutex<Option<String>>,
    /// So many of the next appends fail.
    pub failures: Mutex<u32>,
    /// Somebody else writes each of these right before an append.
    pub before: Mutex<Vec<Event>>,
    /// What somebody does while this log is being written.
    pub meanwhile: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    kept: Mutex<Vec<(DateTime<Utc>, String, Event)>>,
}

impl Log {
    pub fn failing(times: u32) -> Arc<Self> {
        Arc::new(Self { failures: Mutex::new(times), ..Self::default() })
    }

    pub fn hanging() -> Arc<Self> {
        Arc::new(Self { hangs: true, ..Self::default() })
    }

    pub fn kinds(&self) -> Vec<&'static str> {
        self.entries.lock().unwrap().iter().map(|entry| kind(&entry.event)).collect()
    }

    pub fn begun(&self) -> Vec<(String, Begun)> {
        let entries = self.entries.lock().unwrap();
        let begun = entries.iter().filter_map(|entry| match &entry.event {
            Event::Begun(begun) => Some((entry.operator.clone(), begun.as_ref().clone())),
            _ => None,
        });
        begun.collect()
    }

    pub fn record(&self) -> Record {
        let entries = self.entries.lock().unwrap().clone();
        let head = head(&entries);
        Record { entries, damage: self.damage.lock().unwrap().clone(), head }
    }

    pub fn put(&self, at: DateTime<Utc>, operator: &str, event: Event) -> Entry {
        let mut entries = self.entries.lock().unwrap();
        let seq = entries.len() as u64 + 1;
        let entry = Entry {
            seq,
            at,
            operator: operator.to_owned(),
            host: "here".to_owned(),
            version: String::new(),
            event,
            previous: head(&entries).hash,
            hash: format!("hash {seq}"),
        };
        entries.push(entry.clone());
        entry
    }

    async fn ready(&self) -> Result<(), Fault> {
        if self.hangs {
            std::future::pending::<()>().await;
        }
        tokio::task::yield_now().await;
        let mut failures = self.failures.lock().unwrap();
        if *failures > 0 {
            *failures -= 1;
            return Err(Fault::new(FaultKind::File, "no space is left", "free space"));
        }
        Ok(())
    }
}

pub fn kind(event: &Event) -> &'static str {
    match event {
        Event::Begun(_) => "begun",
        Event::Ended { outcome: Outcome::Verified, .. } => "verified",
        Event::Ended { outcome: Outcome::Refused { .. }, .. } => "refused",
        Event::Ended { outcome: Outcome::NotConfirmed { .. }, .. } => "not confirmed",
        Event::Adopted { .. } => "adopted",
        _ => "other",
    }
}

fn head(entries: &[Entry]) -> Head {
    let hash = entries.last().map(|entry| entry.hash.clone()).unwrap_or_default();
    Head { count: entries.len() as u64, hash }
}

#[async_trait]
impl AuditLog for Log {
    async fn append(&self, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault> {
        self.ready().await?;
        Ok(self.put(at, operator, event))
    }

    fn place(&self) -> String {
        "memory".to_owned()
    }

    async fn append_after(&self, seen: &Head, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault> {
        self.ready().await?;
        if let Some(other) = self.before.lock().unwrap().pop() {
            self.put(at, "bob", other);
        }
        if self.record().head != *seen {
            return Err(Fault::new(FaultKind::Changed, "somebody else wrote into the log", "look again"));
        }
        Ok(self.put(at, operator, event))
    }

    async fn append_soon(&self, at: DateTime<Utc>, operator: &str, event: Event) -> Result<(), Fault> {
        self.kept.lock().unwrap().push((at, operator.to_owned(), event));
        self.ready().await?;
        for (at, operator, event) in std::mem::take(&mut *self.kept.lock().unwrap()) {
            self.put(at, &operator, event);
        }
        Ok(())
    }

    async fn flush(&self) -> Result<(), Fault> {
        if let Some(meanwhile) = self.meanwhile.lock().unwrap().take() {
            meanwhile();
        }
        Ok(())
    }

    fn kept(&self) -> Vec<(DateTime<Utc>, String, Event)> {
        self.kept.lock().unwrap().clone()
    }

    async fn read(&self) -> Result<Record, Fault> {
        if self.hangs {
            std::future::pending::<()>().await;
        }
        tokio::task::yield_now().await;
        Ok(self.record())
    }
}
