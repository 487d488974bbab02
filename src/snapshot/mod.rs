//! What one poll saw: immutable data that telemetry and flag stores produce and the judge reads.

mod counts;
mod deployments;
mod flag;
mod past;
mod reading;
mod source;

use std::sync::Arc;

use chrono::{DateTime, Utc};
pub use counts::{Counts, minute_of, minute_start};
pub use deployments::Deployments;
pub use flag::{FlagReading, FlagState};
pub use past::{Presence, as_of};
pub use reading::{Health, Observation, Poll, Reading, Span};
pub use source::{SourceKind, SourceState, SourceStatus};

/// Everything known at one instant. Shared, never changed.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The instant it speaks for, by gonogo's clock.
    pub at: DateTime<Utc>,
    /// Counts up by one with every snapshot of a run.
    pub generation: u64,
    /// The latest telemetry, if any has ever arrived.
    pub telemetry: Option<Arc<Observation>>,
    /// The telemetry source: state, age, error.
    pub telemetry_source: SourceStatus,
    /// The flag as last read, and whether the last reading succeeded.
    pub flag: FlagReading,
    /// The flag store: state, age, error.
    pub flag_source: SourceStatus,
}

impl Snapshot {
    /// A snapshot before anything has been heard.
    pub fn empty(at: DateTime<Utc>, telemetry_source: SourceStatus, flag_source: SourceStatus) -> Self {
        Self { at, generation: 0, telemetry: None, telemetry_source, flag: FlagReading::default(), flag_source }
    }

    /// The reading of a signal, if telemetry has ever arrived and knows it.
    pub fn reading(&self, signal: &str) -> Option<&Reading> {
        self.telemetry.as_ref()?.readings.get(signal).map(Arc::as_ref)
    }
}
