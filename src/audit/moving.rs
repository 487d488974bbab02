//! From one place to another: every line as it is, then an entry in both that says so.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    AuditLog, Event, Head,
    chain::{self, Reading},
};
use crate::fault::{Fault, FaultKind};

/// How often a move begins again because somebody wrote meanwhile.
const ATTEMPTS: usize = 20;

/// All of a log, as it is written.
pub struct Lines {
    /// The lines, without their ends.
    pub(super) lines: Vec<String>,
    /// Where it ends.
    pub(super) head: Head,
    /// Whether every line is as it was written and follows the one before it.
    pub(super) intact: bool,
    /// Where its last entry says that it went, if that is what it says.
    pub(super) moved: Option<String>,
}

impl Lines {
    pub(super) fn of(reading: Reading, lines: Vec<String>) -> Self {
        Self { lines, head: reading.head(), intact: reading.intact, moved: reading.moved }
    }
}

/// A log that can be moved, and moved to: its lines can be read and added as they are.
#[async_trait]
pub trait Movable: AuditLog {
    /// All lines.
    ///
    /// # Errors
    /// As for [`AuditLog::read`].
    async fn lines(&self) -> Result<Lines, Fault>;

    /// All of it as it is kept, byte for byte where it is a file: a torn tail, too.
    ///
    /// # Errors
    /// As for [`AuditLog::read`].
    async fn text(&self) -> Result<Vec<u8>, Fault> {
        let lines = self.lines().await?.lines;
        Ok(lines.iter().flat_map(|line| [line.as_bytes(), b"\n"]).flatten().copied().collect())
    }

    /// Adds lines that were sealed elsewhere, all or none, if the log ends at `head`.
    ///
    /// # Errors
    /// As for [`AuditLog::append_after`].
    async fn extend(&self, head: &Head, lines: Vec<String>) -> Result<(), Fault>;

    /// Whether a log that moved to `to` moved here. By its kind: a database has several names, and a folder is moved.
    fn takes(&self, to: &str) -> bool;
}

/// Moves a log. What was cut off is finished by doing it again; done again after that, it changes nothing.
///
/// # Errors
/// Where the log is damaged, where the target holds something else, and whatever reading and writing either fails with.
pub async fn move_log(from: &dyn Movable, to: &dyn Movable, at: DateTime<Utc>, operator: &str) -> Result<Head, Fault> {
    if to.takes(&from.place()) {
        let what = format!("the audit log is in {} already", from.place());
        return Err(Fault::new(
            FaultKind::Configuration,
            what,
            "name where it is now with --audit, and where it is to be with --to",
        ));
    }
    for _ in 0..ATTEMPTS {
        let (source, target) = (from.lines().await?, to.lines().await?);
        let (lines, there) = (&source.lines, &target.lines);
        for (log, reading) in [(from.place(), &source), (to.place(), &target)] {
            if !reading.intact {
                let what = format!("the audit log {log} is damaged, and is not moved");
                return Err(Fault::new(FaultKind::Malformed, what, "see `gonogo audit verify`"));
            }
        }
        let closed = source.moved.as_deref().is_some_and(|place| to.takes(place));
        if let Some(elsewhere) = source.moved.as_deref().filter(|place| closed && *place != to.place()) {
            return Err(chain::moved(&from.place(), elsewhere));
        }
        if closed && there.starts_with(lines) {
            return Ok(target.head);
        }
        if !lines.starts_with(there) {
            let what =
                format!("{} holds entries that {} does not: two logs are not made one", to.place(), from.place());
            return Err(Fault::new(
                FaultKind::Changed,
                what,
                "name a place that is empty, or where this log was before",
            ));
        }
        let ahead = lines[there.len()..].to_vec();
        if !ahead.is_empty() {
            to.extend(&target.head, ahead).await?;
        }
        if closed {
            return Ok(source.head);
        }
        // From here on nobody adds to the source; who added before this is copied on the next round.
        match from.append_after(&source.head, at, operator, Event::Moved { to: to.place() }).await {
            Err(fault) if fault.kind != FaultKind::Changed => return Err(fault),
            _ => {}
        }
    }
    let what = format!("others write into {} faster than it can be moved", from.place());
    Err(Fault::new(FaultKind::Changed, what, "try again"))
}
