//! Occurrences of one thing over time, exact.

use chrono::{DateTime, Utc};

/// The minute an instant falls in: whole minutes since 1970.
pub fn minute_of(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(60)
}

/// The instant at which a minute begins.
pub fn minute_start(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(minute.saturating_mul(60), 0).unwrap_or_default()
}

/// Occurrences in one-minute buckets, sparse: a minute without any is not stored.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counts {
    buckets: Vec<(i64, u64)>,
    first: Option<DateTime<Utc>>,
    last: Option<DateTime<Utc>>,
}

impl Counts {
    /// Counts `n` more occurrences at `at`. Order of arrival does not matter.
    pub fn add(&mut self, at: DateTime<Utc>, n: u64) {
        if n == 0 {
            return;
        }
        let minute = minute_of(at);
        match self.buckets.last_mut() {
            Some(last) if last.0 == minute => last.1 += n,
            Some(last) if last.0 < minute => self.buckets.push((minute, n)),
            None => self.buckets.push((minute, n)),
            Some(_) => match self.buckets.binary_search_by_key(&minute, |b| b.0) {
                Ok(i) => self.buckets[i].1 += n,
                Err(i) => self.buckets.insert(i, (minute, n)),
            },
        }
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
    }

    /// Adds another's occurrences to these.
    pub fn merge(&mut self, other: &Self) {
        for &(minute, n) in &other.buckets {
            match self.buckets.binary_search_by_key(&minute, |b| b.0) {
                Ok(i) => self.buckets[i].1 += n,
                Err(i) => self.buckets.insert(i, (minute, n)),
            }
        }
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = [self.last, other.last].into_iter().flatten().max();
    }

    /// All occurrences kept.
    pub fn total(&self) -> u64 {
        self.buckets.iter().map(|b| b.1).sum()
    }

    /// Occurrences in the minutes `from..to`, counted as [`minute_of`] counts.
    pub fn between(&self, from: i64, to: i64) -> u64 {
        self.range(from, to).iter().map(|b| b.1).sum()
    }

    /// The non-empty buckets in the minutes `from..to`, oldest first: `(minute, occurrences)`.
    pub fn range(&self, from: i64, to: i64) -> &[(i64, u64)] {
        let start = self.buckets.partition_point(|b| b.0 < from);
        let end = self.buckets.partition_point(|b| b.0 < to);
        &self.buckets[start..end.max(start)]
    }

    /// The first occurrence kept.
    pub fn first(&self) -> Option<DateTime<Utc>> {
        self.first
    }

    /// The latest occurrence.
    pub fn last(&self) -> Option<DateTime<Utc>> {
        self.last
    }

    /// Forgets the buckets before `minute`, to bound memory.
    pub fn forget_before(&mut self, minute: i64) {
        let keep = self.buckets.partition_point(|b| b.0 < minute);
        self.buckets.drain(..keep);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn order_of_arrival_does_not_matter() {
        let (mut a, mut b) = (Counts::default(), Counts::default());
        for s in [0, 61, 30, 200, 10] {
            a.add(at(s), 1);
        }
        for s in [200, 10, 0, 30, 61] {
            b.add(at(s), 1);
        }
        assert_eq!(a, b);
        assert_eq!(a.total(), 5);
        assert_eq!(a.between(0, 1), 3);
        assert_eq!(a.range(1, 4), &[(1, 1), (3, 1)]);
        assert_eq!((a.first(), a.last()), (Some(at(0)), Some(at(200))));
    }

    #[test]
    fn merging_adds_minute_by_minute() {
        let (mut a, mut b) = (Counts::default(), Counts::default());
        a.add(at(60), 2);
        b.add(at(0), 1);
        b.add(at(90), 3);
        a.merge(&b);
        assert_eq!(a.range(0, 9), &[(0, 1), (1, 5)]);
        assert_eq!(a.first(), Some(at(0)));
    }
}
