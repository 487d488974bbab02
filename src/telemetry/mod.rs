//! Telemetry: the port, and one file per kind of source.

pub mod events;
pub mod prometheus;

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::snapshot::{Poll, Presence, SourceStatus};

/// A source of telemetry.
///
/// It keeps what it has read, and asks only for what is new.
#[async_trait]
pub trait Telemetry: Send {
    /// Name, kind and address, before anything was heard.
    fn introduce(&self) -> SourceStatus;

    /// Whether what was asked for has been read in part only, and further polls read on: nothing failed, there is more.
    fn is_loading(&self) -> bool {
        false
    }

    /// When there was data, by signal key: what judging the past needs beside the readings.
    fn presence(&self) -> BTreeMap<String, Presence> {
        BTreeMap::new()
    }

    /// Reads every signal of the runbook, exact from `since` on. It never fails as a whole: what failed is in the
    /// health of each reading and in the status. `now` is gonogo's clock.
    async fn poll(&mut self, since: DateTime<Utc>, now: DateTime<Utc>) -> Poll;
}
