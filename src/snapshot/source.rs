//! The state of a source: what the header shows.

use chrono::{DateTime, TimeDelta, Utc};

use crate::fault::Fault;

/// What a source is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// Telemetry.
    Telemetry,
    /// The flag store.
    Flags,
}

/// Where the connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceState {
    /// Nothing has been heard yet.
    Connecting,
    /// The last poll succeeded in full.
    Ok,
    /// The last poll succeeded in part.
    Partial,
    /// The last poll failed.
    Failed,
}

impl SourceState {
    /// The word for it, as in `status --json`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Ok => "ok",
            Self::Partial => "partial",
            Self::Failed => "failed",
        }
    }
}

/// One source's state.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceStatus {
    /// `prometheus`, `events`, `unleash`, `flagd`.
    pub name: String,
    /// What it is read for.
    pub kind: SourceKind,
    /// Address or path, without secrets.
    pub address: String,
    /// Where the connection stands.
    pub state: SourceState,
    /// The last poll that succeeded, by gonogo's clock.
    pub last_ok: Option<DateTime<Utc>>,
    /// Why the last poll failed or is partial.
    pub error: Option<Fault>,
    /// How long the last answer took.
    pub latency: Option<TimeDelta>,
    /// Polls that failed in a row.
    pub failures: u32,
    /// Something worth knowing that is no failure: malformed lines, clock skew.
    pub note: Option<String>,
}

impl SourceStatus {
    /// A source of which nothing has been heard yet.
    pub fn connecting(name: &str, kind: SourceKind, address: String) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            address,
            state: SourceState::Connecting,
            last_ok: None,
            error: None,
            latency: None,
            failures: 0,
            note: None,
        }
    }

    /// How long ago the last successful poll was.
    pub fn age(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        self.last_ok.map(|at| (now - at).max(TimeDelta::zero()))
    }
}
