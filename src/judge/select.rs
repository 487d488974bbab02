//! The tallies that a selection picks from a reading, without copying them.

use chrono::{DateTime, Utc};

use super::period::{Minutes, first_since, since};
use crate::{
    runbook::{MatchOp, Runbook, Selection},
    snapshot::{Counts, Reading, Snapshot},
};

/// A selection over the reading that it selects from.
#[derive(Debug, Clone)]
pub(super) struct Selected<'a> {
    reading: Option<&'a Reading>,
    /// Which label each matcher is on; none for a label that the signal does not have, which is the empty string.
    matchers: Vec<(Option<usize>, &'a MatchOp)>,
}

impl<'a> Selected<'a> {
    /// What `selection` picks from this snapshot.
    pub fn new(runbook: &Runbook, snapshot: &'a Snapshot, selection: &'a Selection) -> Self {
        let reading = snapshot.reading(&selection.signal);
        let by = runbook.signal(&selection.signal).map_or(&[][..], |signal| &signal.by[..]);
        let position = |field: &str| by.iter().position(|label| label == field);
        Self { reading, matchers: selection.matchers.iter().map(|m| (position(&m.field), &m.op)).collect() }
    }

    /// The tallies, with their labels.
    pub fn tallies(&self) -> impl Iterator<Item = (&'a [String], &'a Counts)> {
        self.reading.into_iter().flat_map(|reading| &reading.tallies).filter_map(|(labels, counts)| {
            let value = |i: Option<usize>| i.and_then(|i| labels.get(i)).map_or("", String::as_str);
            self.matchers.iter().all(|&(i, op)| op.holds(value(i))).then_some((&labels[..], counts))
        })
    }

    /// Occurrences in these minutes.
    pub fn between(&self, minutes: Minutes) -> u64 {
        self.tallies().map(|(_, counts)| counts.between(minutes.from, minutes.to)).fold(0, u64::saturating_add)
    }

    /// Occurrences at `at` or later, those of the minute that is still filling included.
    pub fn since(&self, at: DateTime<Utc>) -> u64 {
        self.tallies().map(|(_, counts)| since(counts, at)).fold(0, u64::saturating_add)
    }

    /// The first occurrence at `at` or later that is known.
    pub fn first_since(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.tallies().filter_map(|(_, counts)| first_since(counts, at)).min()
    }

    /// The latest minute from this one on that has an occurrence.
    pub fn latest(&self, from: i64) -> Option<i64> {
        self.tallies().filter_map(|(_, counts)| counts.range(from, i64::MAX).last()).map(|bucket| bucket.0).max()
    }

    /// Adds the occurrences of each minute to `series`, whose first entry is the first of `minutes`.
    pub fn add_to(&self, series: &mut [u64], minutes: Minutes) {
        for (_, counts) in self.tallies() {
            for &(minute, n) in counts.range(minutes.from, minutes.to) {
                if let Some(sum) = usize::try_from(minute - minutes.from).ok().and_then(|i| series.get_mut(i)) {
                    *sum = sum.saturating_add(n);
                }
            }
        }
    }
}
