//! The stretch of time that evidence is taken from.

use chrono::{DateTime, TimeDelta, Utc};

use crate::snapshot::{Counts, minute_of, minute_start};

/// A stay in a stage, as a source of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    /// When it began.
    pub from: DateTime<Utc>,
    /// When it ended, if it has.
    pub until: Option<DateTime<Utc>>,
}

/// Whole minutes `from..to`, as [`minute_of`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Minutes {
    /// The first.
    pub from: i64,
    /// One past the last; never before `from`.
    pub to: i64,
}

impl Minutes {
    /// How many.
    pub fn len(self) -> usize {
        usize::try_from(self.to - self.from).unwrap_or(0)
    }

    /// The instants at which they begin and end.
    pub fn span(self) -> (DateTime<Utc>, DateTime<Utc>) {
        (minute_start(self.from), minute_start(self.to))
    }

    /// The last `n` of them.
    pub fn last(self, n: i64) -> Self {
        Self { from: self.from.max(self.to - n), to: self.to }
    }
}

impl Period {
    /// Its complete minutes, of which data is complete up to `newest`. The minute that is still filling, and the one
    /// in which the stage was entered, are not among them.
    pub fn minutes(&self, newest: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Minutes {
        let from = ceil_minute(self.from);
        let end = newest.map(|newest| newest.min(now).min(self.until.unwrap_or(now)));
        Minutes { from, to: end.map_or(from, minute_of).max(from) }
    }
}

/// The first minute that begins at `at` or later.
pub(super) fn ceil_minute(at: DateTime<Utc>) -> i64 {
    minute_of(at + TimeDelta::nanoseconds(59_999_999_999))
}

/// Occurrences at `at` or later, the minute that is still filling included.
///
/// Within the minute that `at` itself falls in, only the first and the latest occurrence are known to the instant; what
/// they do not settle is not counted, but never so that an occurrence known to be later counts for nothing.
pub(super) fn since(counts: &Counts, at: DateTime<Utc>) -> u64 {
    let (Some(first), Some(last)) = (counts.first(), counts.last()) else { return 0 };
    if last < at {
        return 0;
    }
    if first >= at {
        return counts.between(minute_of(at), i64::MAX);
    }
    counts.between(ceil_minute(at), i64::MAX).max(1)
}

/// The first occurrence at `at` or later that is known, to the minute where not to the instant.
pub(super) fn first_since(counts: &Counts, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let (first, last) = (counts.first()?, counts.last()?);
    if last < at {
        return None;
    }
    if first >= at {
        return Some(first);
    }
    let bucket = counts.range(ceil_minute(at), i64::MAX).first();
    Some(bucket.map_or(last, |&(minute, _)| minute_start(minute).min(last)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn counts(seconds: &[i64]) -> Counts {
        let mut counts = Counts::default();
        for &s in seconds {
            counts.add(at(s), 1);
        }
        counts
    }

    #[test]
    fn only_complete_minutes_are_evidence() {
        let period = |from, until: Option<i64>| Period { from: at(from), until: until.map(at) };
        for (from, until, newest, now, want) in [
            (61, None, Some(299), 300, (2, 4)),
            (60, None, Some(300), 300, (1, 5)),
            (60, Some(200), Some(500), 500, (1, 3)),
            (60, None, Some(900), 300, (1, 5)),
            (290, None, Some(299), 300, (5, 5)),
            (60, None, None, 300, (1, 1)),
        ] {
            let minutes = period(from, until).minutes(newest.map(at), at(now));
            assert_eq!((minutes.from, minutes.to), want, "from {from} until {until:?} newest {newest:?} now {now}");
        }
    }

    #[test]
    fn what_happened_since_is_never_less_than_what_is_known() {
        for (events, from, want) in [
            (vec![], 90, 0),
            (vec![70], 90, 0),
            (vec![70, 100], 90, 1),
            (vec![95, 100, 130], 90, 3),
            (vec![70, 100, 130], 90, 1),
            (vec![70, 130, 200], 90, 2),
            (vec![90], 90, 1),
        ] {
            assert_eq!(since(&counts(&events), at(from)), want, "{events:?} since {from}");
        }
        assert_eq!(first_since(&counts(&[70, 130]), at(90)), Some(at(120)));
        assert_eq!(first_since(&counts(&[70, 100]), at(90)), Some(at(100)));
        assert_eq!(first_since(&counts(&[95, 130]), at(90)), Some(at(95)));
        assert_eq!(first_since(&counts(&[70]), at(90)), None);
    }
}
