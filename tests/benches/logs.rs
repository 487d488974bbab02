//! The audit logs that a rollback is recorded in, each behind the outbox and the note of its head as the product wires it.

use std::{path::Path, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use gonogo::{
    audit::{Anchored, AuditLog, Entry, Event, FileLog, Head, Outbox, PostgresLog, Record, postgres::Address},
    fault::Fault,
};

fn wired(log: Arc<dyn AuditLog>, folder: &Path, near: bool) -> Arc<dyn AuditLog> {
    Arc::new(Anchored::new(Arc::new(Outbox::new(log, folder, near)), folder))
}

pub fn file(folder: &Path) -> Arc<dyn AuditLog> {
    wired(Arc::new(FileLog::at(folder)), folder, true)
}

pub fn postgres(folder: &Path, address: &str) -> Arc<dyn AuditLog> {
    let address = Address::parse(address).expect("an address");
    wired(Arc::new(PostgresLog::new(address, None, None, "bench", "production")), folder, false)
}

/// A log that never answers. `near`: it is on a disk that hangs, else in a database that does.
pub fn hanging(folder: &Path, near: bool) -> Arc<dyn AuditLog> {
    wired(Arc::new(Hanging), folder, near)
}

struct Hanging;

#[async_trait]
impl AuditLog for Hanging {
    fn place(&self) -> String {
        "nowhere".to_owned()
    }

    async fn append(&self, _: DateTime<Utc>, _: &str, _: Event) -> Result<Entry, Fault> {
        std::future::pending().await
    }

    async fn append_after(&self, _: &Head, _: DateTime<Utc>, _: &str, _: Event) -> Result<Entry, Fault> {
        std::future::pending().await
    }

    async fn read(&self) -> Result<Record, Fault> {
        std::future::pending().await
    }
}
