//! Adding to the log: one transaction under a lock, and what became of it where nobody answered.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use tokio_postgres::{Client, Error, error::SqlState};

use super::{PostgresLog, Session, failure, table::Rows};
use crate::{
    audit::{
        Head,
        chain::{self, Reading},
    },
    fault::{Fault, FaultKind},
};

/// How long a transaction may take, its wait for others included.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Makes the lines to add from where the log ends.
pub(super) trait Lines: Send + Sync {
    /// The lines, without their ends.
    fn after(&self, last: &Reading) -> Result<Vec<String>, Fault>;
}

impl<F: Fn(&Reading) -> Result<Vec<String>, Fault> + Send + Sync> Lines for F {
    fn after(&self, last: &Reading) -> Result<Vec<String>, Fault> {
        self(last)
    }
}

/// Why a transaction was not made.
enum Stop {
    /// What was to be added does not fit the log.
    Refused(Fault),
    /// The database failed.
    Failed(Error),
    /// It did not answer in time.
    Late,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// What was sent to be committed: the first entry's number, and all lines.
type Sent = Option<(i64, Vec<String>)>;

impl PostgresLog {
    /// Adds lines, and returns when they are on the server's disk.
    pub(super) async fn add(&self, lines: &dyn Lines) -> Result<Vec<String>, Fault> {
        let mut again = true;
        loop {
            let session = self.database.session().await?;
            let (used, mut sent) = (session.used, None);
            let until = Instant::now() + PATIENCE;
            let answer = timeout_at(until, self.transact(&session.client, lines, &mut sent)).await;
            match (answer.unwrap_or(Err(Stop::Late)), sent) {
                (Ok(()), Some((_, lines))) => {
                    self.database.keep(session);
                    return Ok(lines);
                }
                (Ok(()), None) => return Ok(Vec::new()),
                (Err(Stop::Refused(fault)), _) => {
                    if timeout_at(until, session.client.batch_execute("ROLLBACK")).await.is_ok_and(|done| done.is_ok())
                    {
                        self.database.keep(session);
                    }
                    return Err(fault);
                }
                // It was asked to be made durable, and nobody said whether it is.
                (Err(_), Some((seq, lines))) => {
                    drop(session);
                    if self.is_there(seq, &lines).await? {
                        return Ok(lines);
                    }
                    if !std::mem::take(&mut again) {
                        return Err(self.gone("the connection was lost before anything was written"));
                    }
                }
                (Err(Stop::Failed(error)), None) => match error.code() {
                    Some(code) if *code == SqlState::UNDEFINED_TABLE && std::mem::take(&mut again) => {
                        drop(session);
                        self.make().await?;
                    }
                    // A connection that was kept may have been closed long ago.
                    _ if used && session.client.is_closed() => {}
                    _ => return Err(failure::fault(&self.place, &error)),
                },
                (Err(Stop::Late), None) => return Err(failure::late(&self.place, PATIENCE)),
            }
        }
    }

    async fn make(&self) -> Result<(), Fault> {
        let session = self.database.session().await?;
        let made = tokio::time::timeout(PATIENCE, Rows::make(&session.client)).await;
        made.map_err(|_| failure::late(&self.place, PATIENCE))?.map_err(|error| failure::fault(&self.place, &error))?;
        self.database.keep(session);
        Ok(())
    }

    async fn transact(&self, client: &Client, lines: &dyn Lines, sent: &mut Sent) -> Result<(), Stop> {
        self.rows.lock(client).await?;
        let mut reading = Reading::new();
        if let Some(last) = self.rows.last(client).await?
            && !reading.push(last.as_bytes())
        {
            return Err(Stop::Refused(self.unreadable()));
        }
        let new = lines.after(&reading).map_err(Stop::Refused)?;
        let seq = number(reading.head().count + 1);
        self.rows.put(client, seq, &new).await?;
        *sent = Some((seq, new));
        client.batch_execute("COMMIT").await?;
        Ok(())
    }

    /// Whether what was sent is in the log. Behind the same lock: a transaction that is still being made is waited for.
    async fn is_there(&self, seq: i64, lines: &[String]) -> Result<bool, Fault> {
        let until = Instant::now() + PATIENCE;
        let mut wait = Duration::from_millis(20);
        loop {
            let look = async {
                let session = self.database.open(Box::new(|_| {})).await?;
                self.look(&session, seq).await.map_err(|error| failure::fault(&self.place, &error))
            };
            let fault = match timeout_at(until, look).await {
                Ok(Ok(found)) => return Ok(found.as_ref() == lines.first()),
                Ok(Err(fault)) => fault,
                Err(_) => failure::late(&self.place, PATIENCE),
            };
            if Instant::now() + wait >= until {
                let what = format!("{}; whether the entry that was sent to it is in it is not known", fault.what);
                return Err(Fault::new(fault.kind, what, "read the log when it is back, before it is sent again"));
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
    }

    async fn look(&self, session: &Session, seq: i64) -> Result<Option<String>, Error> {
        self.rows.lock(&session.client).await?;
        self.rows.line(&session.client, seq).await
    }

    /// What speaks against adding to a log that ends like this.
    pub(super) fn refusal(&self, reading: &Reading, head: Option<&Head>) -> Option<Fault> {
        if let Some(to) = reading.moved.as_deref().filter(|to| !to.starts_with(super::SCHEME)) {
            return Some(chain::moved(&self.place, to));
        }
        head.is_some_and(|head| *head != reading.head()).then(|| chain::overtaken(&self.place))
    }

    fn unreadable(&self) -> Fault {
        let what = format!("the last entry of the audit log {} cannot be read: it was changed by others", self.place);
        Fault::new(FaultKind::Malformed, what, "see `gonogo audit verify`, and put the entry back as it was")
    }

    fn gone(&self, why: &str) -> Fault {
        let what = format!("the audit log {} was not written: {why}", self.place);
        Fault::new(FaultKind::Unreachable, what, "check that the database runs, and do it again")
    }
}

/// As the database counts.
pub(super) fn number(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}
