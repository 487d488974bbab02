//! By which column the guardrails are sorted.

use std::cmp::{Ordering, Reverse};

use crate::judge::GuardrailAssessment;

/// The column. Hard stops come first whichever it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortBy {
    /// Last seen, latest first.
    #[default]
    Last,
    /// Occurrences in 15 minutes, most first.
    M15,
    /// Occurrences in an hour, most first.
    H1,
    /// Occurrences in 24 hours, most first.
    H24,
    /// Occurrences in the stage, most first.
    Stage,
    /// The signature, by the alphabet.
    Signature,
}

impl SortBy {
    const ALL: [Self; 6] = [Self::Last, Self::M15, Self::H1, Self::H24, Self::Stage, Self::Signature];

    /// The next column; after the last the first.
    #[must_use]
    pub fn next(self) -> Self {
        let here = Self::ALL.iter().position(|column| *column == self).unwrap_or_default();
        Self::ALL[(here + 1) % Self::ALL.len()]
    }

    /// The places of these rows in that order; none where they stand so already. Of what is alike, the latest first.
    pub fn order(self, rows: &[GuardrailAssessment]) -> Option<Vec<usize>> {
        if rows.is_sorted_by(|a, b| self.compare(a, b) != Ordering::Greater) {
            return None;
        }
        let mut places: Vec<usize> = (0..rows.len()).collect();
        places.sort_by(|&a, &b| self.compare(&rows[a], &rows[b]));
        Some(places)
    }

    fn compare(self, a: &GuardrailAssessment, b: &GuardrailAssessment) -> Ordering {
        let most = |of: fn(&GuardrailAssessment) -> u64| Reverse(of(a)).cmp(&Reverse(of(b)));
        let by_column = match self {
            Self::Last => Ordering::Equal,
            Self::M15 => most(|row| row.counts.m15),
            Self::H1 => most(|row| row.counts.h1),
            Self::H24 => most(|row| row.counts.h24),
            Self::Stage => most(|row| row.counts.stage),
            Self::Signature => a.signature.cmp(&b.signature),
        };
        Reverse(a.hard_stop)
            .cmp(&Reverse(b.hard_stop))
            .then(by_column)
            .then_with(|| Reverse(a.last_seen).cmp(&Reverse(b.last_seen)))
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::judge::WindowCounts;

    fn row(signature: &str, h1: u64, last: Option<i64>, hard_stop: bool) -> GuardrailAssessment {
        let at = last.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        GuardrailAssessment {
            signature: signature.to_owned(),
            listed: true,
            hard_stop,
            counts: WindowCounts { h1, ..WindowCounts::default() },
            first_seen: at,
            last_seen: at,
        }
    }

    #[test]
    fn hard_stops_come_first_and_the_latest_of_what_is_alike() {
        let rows = [
            row("d", 1, Some(90), false),
            row("c", 7, Some(80), false),
            row("b", 0, None, true),
            row("a", 7, None, false),
        ];
        assert_eq!(SortBy::Last.order(&rows), Some(vec![2, 0, 1, 3]));
        assert_eq!(SortBy::H1.order(&rows), Some(vec![2, 1, 3, 0]));
        assert_eq!(SortBy::Signature.order(&rows), Some(vec![2, 3, 1, 0]));
        assert_eq!(SortBy::Last.order(&rows[..2]), None, "they stand so already");
    }

    #[test]
    fn every_column_has_its_turn() {
        let mut column = SortBy::default();
        let mut seen = Vec::new();
        while !seen.contains(&column) {
            seen.push(column);
            column = column.next();
        }
        assert_eq!((seen.len(), column), (6, SortBy::default()));
    }
}
