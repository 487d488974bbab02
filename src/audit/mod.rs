//! The audit log: append-only, hash-chained. Replaying it gives the [`crate::judge::History`].

mod anchor;
mod chain;
mod event;
mod file;
mod journal;
mod moving;
mod outbox;
mod past;
pub mod postgres;
mod replay;
mod waiting;

pub use anchor::Anchored;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
pub use event::*;
pub use file::FileLog;
pub(crate) use file::make_private;
pub use moving::{Movable, move_log};
pub use outbox::Outbox;
pub use postgres::PostgresLog;
pub use replay::{Replay, RolledBack, replay, unfinished};
use serde::{Deserialize, Serialize};
pub use waiting::{Kept, Waiting};

use crate::fault::Fault;

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// 1, 2, 3, ...
    pub seq: u64,
    /// When, by gonogo's clock.
    pub at: DateTime<Utc>,
    /// Who.
    pub operator: String,
    /// On which machine.
    pub host: String,
    /// By which version of gonogo.
    pub version: String,
    /// What happened.
    pub event: Event,
    /// Hash of the entry before; of the first, 64 zeros.
    pub previous: String,
    /// SHA-256 of this entry without this field, lower-case hex.
    pub hash: String,
}

/// The log as it was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record {
    /// Whole entries, oldest first.
    pub entries: Vec<Entry>,
    /// What could not be read, in words: a torn last line, a broken chain.
    pub damage: Option<String>,
    /// Where it ends.
    pub head: Head,
}

/// Where a log ends: names everything in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// How many entries there are, those of other versions included.
    pub count: u64,
    /// Hash of the last; empty where there is none.
    pub hash: String,
}

/// How a log ends, once every entry was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ending {
    /// What could not be read, in words: a torn last line, a broken chain.
    pub damage: Option<String>,
    /// Where it ends.
    pub head: Head,
}

impl Head {
    /// Whether a log that reads like `record` is this one, gone on; if not, what became of it, in words.
    ///
    /// # Errors
    /// Where it ends earlier, or where what it ended with then is not in it.
    pub fn is_in(&self, record: &Record) -> Result<(), String> {
        chain::continues(record, self)
    }
}

/// A log as text: what can be read of it, and whether every line is as it was written and follows the one before it.
/// Entries of another version are damage to whoever reads them, and none to the chain.
pub fn read_text(text: &[u8]) -> (Record, bool) {
    let reading = chain::read(text);
    let intact = reading.intact;
    (reading.into_record(), intact)
}
/// Who takes entries as they go by.
pub type Passing<'a> = dyn FnMut(&Entry) + Send + 'a;

/// An append-only log.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Where it is, without any secret: a path, `postgres://HOST:PORT/DATABASE`.
    fn place(&self) -> String;

    /// Appends one event, and returns when it is durable in the log.
    ///
    /// # Errors
    /// When it could not be made durable. It is then not in the log, and will not be found there later; where a database
    /// went away while it was made durable and did not come back in time, the fault says that this is not known.
    async fn append(&self, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault>;

    /// Appends one event if the log still ends at `head`: so that of many who decide on the same past, one acts.
    ///
    /// # Errors
    /// [`crate::fault::FaultKind::Changed`] where somebody else has appended since; else as for [`AuditLog::append`].
    async fn append_after(&self, head: &Head, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault>;

    /// Appends these events one after the other, if the log still ends at `head`. A log that can makes them durable in
    /// one piece: all of them, or none.
    ///
    /// # Errors
    /// As for [`AuditLog::append_after`]. Where a log takes them one by one, those before the one that failed are in it.
    async fn append_all_after(
        &self,
        head: &Head,
        at: DateTime<Utc>,
        operator: &str,
        events: Vec<Event>,
    ) -> Result<Vec<Entry>, Fault> {
        let (mut head, mut entries) = (head.clone(), Vec::with_capacity(events.len()));
        for event in events {
            let entry = self.append_after(&head, at, operator, event).await?;
            head = Head { count: entry.seq, hash: entry.hash.clone() };
            entries.push(entry);
        }
        Ok(entries)
    }

    /// Takes one event in charge: when it returns, the event is durable here or in the log, and what is only here goes to
    /// the log, once and in order, as soon as that takes it. For what must be recorded and must not wait.
    ///
    /// # Errors
    /// When it is durable nowhere. It is kept in memory, shown by [`AuditLog::kept`], and tried again all the same.
    async fn append_soon(&self, at: DateTime<Utc>, operator: &str, event: Event) -> Result<(), Fault> {
        self.append(at, operator, event).await.map(drop)
    }

    /// Sends what is only here to the log: when it returns, everything that was taken in charge until now is in the log.
    ///
    /// # Errors
    /// Where the log does not take it. It then still waits.
    async fn flush(&self) -> Result<(), Fault> {
        Ok(())
    }

    /// What is not in the log yet, oldest first: when, who, what.
    fn kept(&self) -> Vec<(DateTime<Utc>, String, Event)> {
        Vec::new()
    }

    /// The same, by where it is kept. A log that keeps nothing on the disk keeps it in memory.
    fn waiting(&self) -> Waiting {
        Waiting { in_memory: self.kept(), ..Waiting::default() }
    }

    /// Everything so far.
    ///
    /// # Errors
    /// When the log is there and cannot be opened. A log that is not there yet is empty.
    async fn read(&self) -> Result<Record, Fault>;

    /// The same, entry by entry and oldest first: for whoever keeps less of a long log than all of it.
    ///
    /// # Errors
    /// As for [`AuditLog::read`]; entries may have been given by then.
    async fn read_each(&self, take: &mut Passing<'_>) -> Result<Ending, Fault> {
        let Record { entries, damage, head } = self.read().await?;
        entries.iter().for_each(take);
        Ok(Ending { damage, head })
    }

    /// Whether somebody looks at what the log says. Where nobody does, that somebody else added to it may be told some
    /// seconds later: many logs may be watched behind the one that is looked at.
    fn attended(&self, _attended: bool) {}

    /// Returns when the log may end elsewhere than at `seen`: within a second of an append, whoever made it. It also
    /// returns where it cannot tell, then not sooner than after a second.
    async fn changed(&self, _seen: &Head) {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}
