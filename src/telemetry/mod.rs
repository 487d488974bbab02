//! Telemetry: the port, and one file per kind of source.

pub mod events;
pub mod prometheus;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::snapshot::{Poll, SourceStatus};

/// A source of telemetry.
///
/// It keeps what it has read, and asks only for what is new.
#[async_trait]
pub trait Telemetry: Send {
    /// Name, kind and address, before anything was heard.
    fn introduce(&self) -> SourceStatus;

    /// Reads every signal of the runbook, exact from `since` on. It never fails as a whole: what failed is in the
    /// health of each reading and in the status. `now` is gonogo's clock.
    async fn poll(&mut self, since: DateTime<Utc>, now: DateTime<Utc>) -> Poll;
}
