//! The audit log of a team: one table in a PostgreSQL database, its rows the lines of the chain.

mod address;
mod append;
mod connection;
mod failure;
mod listen;
mod table;

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

pub use address::Address;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
pub use connection::Database;
use connection::Session;
use table::Rows;
use tokio::{sync::watch, time::timeout};
use tokio_postgres::error::SqlState;

use super::{
    AuditLog, Entry, Event, Head, Record,
    chain::{self, Reading},
    moving::{Lines, Movable},
};
use crate::{
    config::TokenSource,
    fault::{Fault, FaultKind},
};

/// What the place of every such log begins with.
pub(super) const SCHEME: &str = "postgres:";

/// Time between two looks where no notification comes.
const LOOK: Duration = Duration::from_secs(1);

/// The same where nobody looks: one of many logs.
const LOOK_UNATTENDED: Duration = Duration::from_secs(10);

/// An audit log in a database. Nothing is connected before the first append or read.
pub struct PostgresLog {
    database: Arc<Database>,
    rows: Rows,
    place: String,
    host: String,
    read: Mutex<Known>,
    /// Set by the database's listener whenever somebody appended.
    news: watch::Sender<u64>,
    unattended: AtomicBool,
}

/// What was read so far.
#[derive(Default)]
struct Known {
    reading: Reading,
    last_line: String,
}

impl PostgresLog {
    /// The log of this rollout in this environment.
    pub fn new(
        address: Address,
        password: Option<TokenSource>,
        ca_file: Option<PathBuf>,
        rollout: &str,
        environment: &str,
    ) -> Self {
        Self::on(Arc::new(Database::new(address, password, ca_file)), rollout, environment)
    }

    /// The same in a database that has other logs, too: they share its connections.
    pub fn on(database: Arc<Database>, rollout: &str, environment: &str) -> Self {
        let rows = Rows { rollout: rollout.to_owned(), environment: environment.to_owned() };
        Self {
            place: database.place(),
            news: database.news_of(&rows.name()),
            database,
            rows,
            host: crate::text::clean(&gethostname::gethostname().to_string_lossy()),
            read: Mutex::default(),
            unattended: AtomicBool::default(),
        }
    }

    async fn seal(&self, head: Option<&Head>, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault> {
        let lines = |last: &Reading| {
            if let Some(refusal) = self.refusal(last, head) {
                return Err(refusal);
            }
            let sealed = chain::seal(last.last.as_ref(), at, operator, &self.host, event.clone());
            sealed.map(|(_, line)| vec![line.trim_end().to_owned()]).map_err(|error| self.no_json(&error))
        };
        let lines = self.add(&lines).await?;
        serde_json::from_str(lines.first().map_or("", String::as_str)).map_err(|error| self.no_json(&error))
    }

    /// Time until the next look.
    fn rest(&self) -> Duration {
        if self.unattended.load(Ordering::Relaxed) { LOOK_UNATTENDED } else { LOOK }
    }

    fn no_json(&self, error: &serde_json::Error) -> Fault {
        let what = format!("the entry for the audit log {} cannot be written: {error}", self.place);
        Fault::new(FaultKind::Malformed, what, "report this")
    }

    /// Asks for lines, within a time; on another connection where a kept one turns out to be closed. Gives how many
    /// there are in all, and those from the entry `seq` on, or else the last; nothing where there is no table.
    async fn ask(&self, seq: Option<i64>) -> Result<(i64, Vec<String>), Fault> {
        let turn = self.database.turn().await?;
        loop {
            let session = self.database.session().await.map_err(|fault| turn.failed(fault))?;
            let question = async {
                match seq {
                    Some(seq) => self.rows.from(&session.client, seq).await,
                    None => self.rows.last(&session.client).await.map(|last| (0, last.into_iter().collect())),
                }
            };
            let late = |_| turn.failed(failure::late(&self.place, append::PATIENCE));
            match timeout(append::PATIENCE, question).await.map_err(late)? {
                Ok(answer) => {
                    self.database.keep(session);
                    return Ok(answer);
                }
                Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => return Ok((0, Vec::new())),
                Err(_) if session.used && session.client.is_closed() => {}
                Err(error) => return Err(failure::fault(&self.place, &error)),
            }
        }
    }

    /// Where it ends, as it says itself.
    async fn head(&self) -> Result<Head, Fault> {
        let mut reading = Reading::new();
        for line in self.ask(None).await?.1 {
            reading.push(line.as_bytes());
        }
        Ok(reading.head())
    }

    /// Everything, read anew where it is not what it was.
    async fn known(&self) -> Result<(Reading, Vec<String>), Fault> {
        let (mut reading, last_line) = {
            let known = self.read.lock().unwrap_or_else(PoisonError::into_inner);
            (known.reading.clone(), known.last_line.clone())
        };
        let count = reading.head().count;
        let mut lines = None;
        if count > 0 && reading.intact {
            let (total, mut newer) = self.ask(Some(append::number(count))).await?;
            // The last known line must still be there, and as many before it as there were.
            let same = newer.first() == Some(&last_line) && total == append::number(count - 1 + newer.len() as u64);
            lines = same.then(|| newer.split_off(1));
        }
        let lines = match lines {
            Some(newer) => newer,
            None => {
                reading = Reading::new();
                self.ask(Some(i64::MIN)).await?.1
            }
        };
        for line in &lines {
            reading.push(line.as_bytes());
        }
        let last_line = lines.last().cloned().unwrap_or(last_line);
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = Known { reading: reading.clone(), last_line };
        Ok((reading, lines))
    }
}

#[async_trait]
impl AuditLog for PostgresLog {
    fn place(&self) -> String {
        self.place.clone()
    }

    async fn append(&self, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault> {
        self.seal(None, at, operator, event).await
    }

    async fn append_after(&self, head: &Head, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault> {
        self.seal(Some(head), at, operator, event).await
    }

    async fn read(&self) -> Result<Record, Fault> {
        Ok(self.known().await?.0.record())
    }

    fn attended(&self, attended: bool) {
        self.unattended.store(!attended, Ordering::Relaxed);
    }

    async fn changed(&self, seen: &Head) {
        self.database.listen();
        let mut news = self.news.subscribe();
        loop {
            news.mark_unchanged();
            match self.head().await {
                Ok(head) if head == *seen => {}
                Ok(_) => return,
                Err(_) => return tokio::time::sleep(self.rest()).await,
            }
            // A notification can be lost with its connection.
            let _ = timeout(self.rest(), news.changed()).await;
        }
    }
}

#[async_trait]
impl Movable for PostgresLog {
    async fn lines(&self) -> Result<Lines, Fault> {
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = Known::default();
        let (reading, lines) = self.known().await?;
        Ok(Lines::of(reading, lines))
    }

    async fn extend(&self, head: &Head, lines: Vec<String>) -> Result<(), Fault> {
        let copy = |last: &Reading| match last.head() == *head {
            true => Ok(lines.clone()),
            false => Err(chain::overtaken(&self.place)),
        };
        self.add(&copy).await.map(drop)
    }

    fn takes(&self, to: &str) -> bool {
        to.starts_with(SCHEME)
    }
}
