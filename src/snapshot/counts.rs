//! Occurrences of one thing over time, exact.

use chrono::{DateTime, TimeDelta, Utc};

/// The minute an instant falls in: whole minutes since 1970.
pub fn minute_of(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(60)
}

/// The instant at which a minute begins.
pub fn minute_start(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(minute.saturating_mul(60), 0).unwrap_or_default()
}

/// Occurrences in one-minute buckets, sparse: a minute without any is not stored.
///
/// A sum over any window takes two binary searches, however many buckets are in it.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    buckets: Vec<(i64, u64)>,
    /// For each bucket, the occurrences in it and in those before it; from the same start as the others, which need
    /// not be zero.
    sums: Vec<u64>,
    first: Option<DateTime<Utc>>,
    last: Option<DateTime<Utc>>,
}

/// The sums follow from the buckets, whatever they start from.
impl PartialEq for Counts {
    fn eq(&self, other: &Self) -> bool {
        (&self.buckets, self.first, self.last) == (&other.buckets, other.first, other.last)
    }
}

impl Counts {
    /// The tally of these buckets, `(minute, occurrences)`: minutes ascending, none empty.
    pub(crate) fn of(buckets: Vec<(i64, u64)>, first: Option<DateTime<Utc>>, last: Option<DateTime<Utc>>) -> Self {
        let running = buckets.iter().scan(0_u64, |sum, bucket| {
            *sum = sum.saturating_add(bucket.1);
            Some(*sum)
        });
        Self { sums: running.collect(), buckets, first, last }
    }

    /// Counts `n` more occurrences at `at`. Order of arrival does not matter.
    pub fn add(&mut self, at: DateTime<Utc>, n: u64) {
        if n == 0 {
            return;
        }
        self.put(minute_of(at), n);
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
    }

    fn put(&mut self, minute: i64, n: u64) {
        let i = match self.buckets.last() {
            None => 0,
            Some(last) if last.0 < minute => self.buckets.len(),
            Some(last) if last.0 == minute => self.buckets.len() - 1,
            Some(_) => self.buckets.partition_point(|bucket| bucket.0 < minute),
        };
        match self.buckets.get_mut(i) {
            Some(bucket) if bucket.0 == minute => bucket.1 = bucket.1.saturating_add(n),
            _ => {
                let before = self.sum_before(i);
                self.buckets.insert(i, (minute, n));
                self.sums.insert(i, before);
            }
        }
        for sum in &mut self.sums[i..] {
            *sum = sum.saturating_add(n);
        }
    }

    /// Occurrences before the bucket at `i`, from where the sums start.
    fn sum_before(&self, i: usize) -> u64 {
        match i.checked_sub(1) {
            Some(before) => self.sums[before],
            None => self.start(),
        }
    }

    /// What the sums start from.
    fn start(&self) -> u64 {
        self.sums.first().zip(self.buckets.first()).map_or(0, |(sum, bucket)| sum.saturating_sub(bucket.1))
    }

    /// Adds another's occurrences to these.
    pub fn merge(&mut self, other: &Self) {
        for &(minute, n) in &other.buckets {
            self.put(minute, n);
        }
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = [self.last, other.last].into_iter().flatten().max();
    }

    /// All occurrences kept.
    pub fn total(&self) -> u64 {
        self.between(i64::MIN, i64::MAX)
    }

    /// Occurrences in the minutes `from..to`, counted as [`minute_of`] counts.
    pub fn between(&self, from: i64, to: i64) -> u64 {
        let (start, end) = self.places(from, to);
        if start == end { 0 } else { self.sums[end - 1].saturating_sub(self.sum_before(start)) }
    }

    /// The non-empty buckets in the minutes `from..to`, oldest first: `(minute, occurrences)`.
    pub fn range(&self, from: i64, to: i64) -> &[(i64, u64)] {
        let (start, end) = self.places(from, to);
        &self.buckets[start..end]
    }

    fn places(&self, from: i64, to: i64) -> (usize, usize) {
        let start = self.place(from);
        (start, if to == i64::MAX { self.buckets.len() } else { self.place(to).max(start) })
    }

    /// How many buckets there are before `minute`.
    ///
    /// No minute has two buckets, so there are no more of them before it than minutes since the first, and no more from it
    /// on than minutes to the last. Of a tally without empty minutes that leaves nothing to search.
    fn place(&self, minute: i64) -> usize {
        let (Some(first), Some(last)) = (self.buckets.first(), self.buckets.last()) else { return 0 };
        let len = self.buckets.len();
        if minute <= first.0 {
            return 0;
        }
        if minute > last.0 {
            return len;
        }
        let at_most = usize::try_from(minute.abs_diff(first.0)).unwrap_or(len).min(len);
        let from_it_on = usize::try_from(last.0.abs_diff(minute)).unwrap_or(len).saturating_add(1);
        let at_least = len.saturating_sub(from_it_on).min(at_most);
        at_least + self.buckets[at_least..at_most].partition_point(|bucket| bucket.0 < minute)
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
        let keep = self.buckets.partition_point(|bucket| bucket.0 < minute);
        self.buckets.drain(..keep);
        self.sums.drain(..keep);
    }

    /// What was known before the minute `minute` began: nothing from it on. The latest occurrence is then known to the
    /// minute only, and is taken to be at its end.
    pub fn until(&self, minute: i64) -> Self {
        let keep = self.buckets.partition_point(|bucket| bucket.0 < minute);
        let buckets = self.buckets[..keep].to_vec();
        let end = |&(minute, _): &(i64, u64)| minute_start(minute + 1) - TimeDelta::milliseconds(1);
        Self {
            first: self.first.filter(|_| keep > 0),
            last: self.last.and_then(|last| Some(last.min(end(buckets.last()?)))),
            sums: self.sums[..keep].to_vec(),
            buckets,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    #[test]
    fn sums_hold_after_any_order_of_adding_and_forgetting() {
        let mut counts = Counts::default();
        for (s, n) in [(600, 3), (60, 2), (600, 1), (300, 5), (0, 7), (900, u64::MAX / 2)] {
            counts.add(at(s), n);
        }
        assert_eq!(counts.between(0, 11), 18);
        assert_eq!((counts.between(1, 10), counts.between(5, 6), counts.between(6, 10)), (7, 5, 0));
        assert_eq!(counts.until(15).total(), 18);
        counts.forget_before(2);
        assert_eq!((counts.between(i64::MIN, 15), counts.range(0, 15)), (9, &[(5, 5), (10, 4)][..]));
        counts.add(at(120), 1);
        assert_eq!((counts.between(0, 5), counts.between(0, 11), counts.between(3, 11)), (1, 10, 9));
    }

    #[test]
    fn what_was_known_then_has_nothing_of_what_came_after() {
        let mut counts = Counts::default();
        for s in [10, 70, 75, 130] {
            counts.add(at(s), 1);
        }
        let then = counts.until(2);
        assert_eq!((then.total(), then.first()), (3, Some(at(10))));
        assert_eq!(then.last().map(|last| last.timestamp_millis()), Some(119_999));
        assert_eq!(counts.until(3).last(), Some(at(130)));
        assert_eq!(counts.until(0), Counts::default());
    }

    proptest! {
        #[test]
        fn every_window_counts_what_lies_in_it(
            added in prop::collection::vec((-50i64..50, 1u64..9), 0..60),
            forgotten in -60i64..60,
            windows in prop::collection::vec((-60i64..60, -60i64..60), 1..20),
        ) {
            let mut counts = Counts::default();
            for &(minute, n) in &added {
                counts.add(at(minute * 60), n);
            }
            counts.forget_before(forgotten);
            for (from, to) in windows {
                let inside = |minute: i64| minute >= forgotten && (from..to).contains(&minute);
                let want: u64 = added.iter().filter(|(minute, _)| inside(*minute)).map(|(_, n)| n).sum();
                prop_assert_eq!(counts.between(from, to), want);
                prop_assert_eq!(counts.range(from, to).iter().map(|bucket| bucket.1).sum::<u64>(), want);
            }
        }
    }
}
