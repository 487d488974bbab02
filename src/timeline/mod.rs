//! The timeline, searched: a query in one line, what it finds, and that as a document. Pure.

mod document;
mod moment;
mod query;
mod word;

pub use document::{About, csv, markdown};
pub use moment::{Moment, Named, moment};
pub use query::{Complaint, Query};
pub use word::Words;

use chrono::{DateTime, Utc};

use crate::judge::TimelineEntry;

/// The places of the entries that fit, newest first.
pub fn select(timeline: &[TimelineEntry], query: &Query) -> Vec<usize> {
    (0..timeline.len()).rev().filter(|&i| query.fits(&timeline[i])).collect()
}

/// Which of these instants is nearest to `at`; of two that are as near, the first. None where there is none.
pub fn nearest(instants: impl Iterator<Item = DateTime<Utc>>, at: DateTime<Utc>) -> Option<usize> {
    instants.enumerate().min_by_key(|(_, instant)| (*instant - at).abs()).map(|(i, _)| i)
}
