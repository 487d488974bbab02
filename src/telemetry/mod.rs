//! Telemetry: the port, and one file per kind of source.

pub mod events;
pub mod prometheus;

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::snapshot::{Deployments, Poll, Presence, SourceStatus};

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

    /// What was deployed in each minute that was read, where the source is asked for the past and tells; else nothing.
    fn deployments(&self) -> Deployments {
        Deployments::default()
    }

    /// Reads every signal of the runbook, exact from `since` on. It never fails as a whole: what failed is in the
    /// health of each reading and in the status. `now` is gonogo's clock.
    async fn poll(&mut self, since: DateTime<Utc>, now: DateTime<Utc>) -> Poll;

    /// What keeps diagnostics from this source, beside the polls; none where the source has nothing to keep.
    fn diagnostics(&self) -> Option<Arc<dyn Diagnostics>> {
        None
    }
}

/// Reads from a source what is worth keeping of an incident, as the source gives it.
#[async_trait]
pub trait Diagnostics: Send + Sync {
    /// Queries and raw answers, failing event records as they came, from `since` to `until`. It never fails as a whole:
    /// what failed is an exhibit that says so. Bounded in time and in size; what was left out is told in the exhibit's note.
    async fn collect(&self, since: DateTime<Utc>, until: DateTime<Utc>) -> Vec<Exhibit>;
}

/// One file of kept diagnostics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exhibit {
    /// Fit for a file name within a folder: `failing-events.ndjson`.
    pub name: String,
    /// What it is, where it came from, what was left out; in one line.
    pub note: String,
    /// As it came.
    pub bytes: Vec<u8>,
}
