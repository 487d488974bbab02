//! How often something was counted, for whoever looks at one thing that no verdict rests on.

use chrono::{DateTime, Utc};

use super::{WindowCounts, guardrails::windows_of, period::Minutes, select::Selected};
use crate::{
    runbook::{Runbook, Selection},
    snapshot::{Counts, Snapshot, minute_of, minute_start},
    text::clean,
};

/// What is looked at: some of a signal's tallies.
#[derive(Debug, Clone, Copy)]
pub struct Picked<'a> {
    /// Which of them.
    pub selection: &'a Selection,
    /// Only those whose label has this value, if one is named; as it is shown.
    pub only: Option<(&'a str, &'a str)>,
}

/// Windows of what was picked, and when it was first and last seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tallied {
    /// Occurrences.
    pub counts: WindowCounts,
    /// First occurrence known.
    pub first_seen: Option<DateTime<Utc>>,
    /// Latest occurrence.
    pub last_seen: Option<DateTime<Utc>>,
}

fn tallies<'a>(runbook: &Runbook, snapshot: &'a Snapshot, picked: Picked<'a>) -> Vec<&'a Counts> {
    let signal = runbook.signal(&picked.selection.signal);
    let label = picked.only.map(|(name, value)| {
        let place = signal.and_then(|signal| signal.by.iter().position(|by| by == name));
        (place, value)
    });
    let is_meant = |labels: &[String]| {
        label.is_none_or(|(place, value)| {
            let found = place.and_then(|place| labels.get(place)).map_or("", String::as_str);
            clean(found) == value
        })
    };
    let all = Selected::new(runbook, snapshot, picked.selection);
    all.tallies().filter(|(labels, _)| is_meant(labels)).map(|(_, counts)| counts).collect()
}

/// Occurrences by window, at `now`, in a stage that was entered then.
pub fn tallied(
    runbook: &Runbook,
    snapshot: &Snapshot,
    picked: Picked<'_>,
    entered_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Tallied {
    let mut all = Tallied::default();
    for counts in tallies(runbook, snapshot, picked) {
        all.counts.add(windows_of(counts, entered_at, now));
        all.first_seen = [all.first_seen, counts.first()].into_iter().flatten().min();
        all.last_seen = all.last_seen.max(counts.last());
    }
    all
}

/// Occurrences in so many equal pieces between two instants, oldest first; None for one of which telemetry has no data.
pub fn pieces(
    runbook: &Runbook,
    snapshot: &Snapshot,
    picked: Picked<'_>,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    pieces: usize,
) -> Vec<Option<u64>> {
    let minutes = Minutes { from: minute_of(from), to: minute_of(to).max(minute_of(from)) };
    let edge = |piece: usize| minutes.from + (piece * minutes.len() / pieces.max(1)) as i64;
    let tallies = tallies(runbook, snapshot, picked);
    let reading = snapshot.reading(&picked.selection.signal);
    let missing = |from: DateTime<Utc>, to: DateTime<Utc>| {
        reading.is_none_or(|reading| {
            let in_gap = reading.gaps.iter().any(|gap| gap.0 <= from && to <= gap.1);
            in_gap || to <= reading.covered_from
        })
    };
    let within = |piece: usize| {
        let (from, to) = (edge(piece), edge(piece + 1));
        let sum = tallies.iter().map(|counts| counts.between(from, to)).fold(0, u64::saturating_add);
        // What was counted was there, whatever is said of gaps.
        (sum > 0 || !missing(minute_start(from), minute_start(to))).then_some(sum)
    };
    (0..pieces).map(within).collect()
}
