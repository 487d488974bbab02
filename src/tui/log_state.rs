//! How the audit log answers: what the sources view tells of it.

use chrono::{DateTime, Utc};

/// How reading the audit log has gone so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogState {
    /// Where it is, without any secret: a path, `postgres://HOST:PORT/DATABASE`.
    pub place: String,
    /// When it was last read in full.
    pub read_at: Option<DateTime<Utc>>,
    /// Readings that failed in a row.
    pub failures: u32,
}

impl LogState {
    /// It was read.
    pub fn read(&mut self, now: DateTime<Utc>) {
        (self.read_at, self.failures) = (Some(now), 0);
    }

    /// It could not be read.
    pub fn failed(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }
}
