//! Exact counting: what each sample of each series adds to what was counted before.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};

use super::wire::{Labels, Sample};

/// Beyond this, not every whole number is a float.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Series known at one time. Each takes some 30 bytes.
const MOST_SERIES: usize = 200_000;

/// Why a sample was not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is NaN.
    Nan,
    /// It is infinite.
    Infinite,
    /// It is below zero: no counter.
    Negative,
    /// It is too large to be exact.
    Inexact,
    /// It is a histogram.
    Histogram,
    /// There are too many series.
    TooMany,
    /// There are too many combinations of the labels that it is counted by.
    TooVaried,
}

impl Refusal {
    /// What the counter does, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Nan => "holds NaN",
            Self::Infinite => "holds an infinity",
            Self::Negative => "holds a negative number, so that it is no counter",
            Self::Inexact => "holds a number too large to be counted exactly",
            Self::Histogram => "holds histograms, which cannot be counted",
            Self::TooVaried => "has more than 10000 combinations of labels, not all of which are counted",
            Self::TooMany => "has more than 200000 series, not all of which are counted",
        }
    }
}

/// The last sample of every series.
///
/// A series is known by a hash of its labels, keyed at random and 64 bits wide: among 100,000 series, two share one
/// with a probability of 3e-10. This keeps a series that has long ended at 24 bytes, so that it can be remembered.
#[derive(Debug, Default)]
pub struct Ledger {
    hasher: RandomState,
    last: HashMap<u64, Sample>,
}

impl Ledger {
    /// Notes what a series was before the window, without counting it.
    pub fn begin(&mut self, labels: &Labels<'_>, sample: Sample) -> Result<(), Refusal> {
        let key = self.key(labels);
        let refusal = refusal(sample.value);
        // What it was is not known then: its next sample is where counting begins.
        let value = if refusal.is_some() { f64::NAN } else { sample.value };
        self.last.insert(key, Sample { value, ..sample });
        refusal.map_or(Ok(()), Err)
    }

    /// Counts the samples of a series that are later than `floor` and than what is known of it: `(when, how many)`
    /// for each that adds something. `seen` is told the time of each, that of the one before it in this answer, and up
    /// to when the series was known.
    pub fn count(
        &mut self,
        labels: &Labels<'_>,
        samples: &[Sample],
        floor: i64,
        increments: &mut Vec<(i64, u64)>,
        mut seen: impl FnMut(i64, Option<i64>, Option<i64>),
    ) -> Result<(), Refusal> {
        let key = self.key(labels);
        let mut last = self.last.get(&key).copied();
        if last.is_none() && self.last.len() >= MOST_SERIES {
            return Err(Refusal::TooMany);
        }
        let mut outcome = Ok(());
        let mut before = None;
        for sample in samples {
            if last.is_some_and(|last| sample.at <= last.at) {
                before = Some(sample.at);
                continue;
            }
            if sample.at <= floor {
                // Before the window: not counted, but counted on from.
                if refusal(sample.value).is_none() {
                    last = Some(*sample);
                }
                before = Some(sample.at);
                continue;
            }
            if let Some(refusal) = refusal(sample.value) {
                outcome = Err(refusal);
                continue;
            }
            let increment = match last {
                // A series that was not there before counts from zero.
                None => whole(sample.value),
                Some(last) if last.value.is_nan() => 0,
                // Below the one before: the process began again, from zero.
                Some(last) if sample.value < last.value => whole(sample.value),
                Some(last) => whole(sample.value) - whole(last.value),
            };
            if increment > 0 {
                increments.push((sample.at, increment));
            }
            seen(sample.at, before, last.map(|last| last.at));
            before = Some(sample.at);
            last = Some(*sample);
        }
        if let Some(last) = last {
            self.last.insert(key, last);
        }
        outcome
    }

    /// Forgets series whose last sample is before `at`.
    pub fn forget_before(&mut self, at: i64) {
        self.last.retain(|_, last| last.at >= at);
    }

    /// Whether no series is known.
    pub fn is_empty(&self) -> bool {
        self.last.is_empty()
    }

    /// The same for the same labels in any order.
    fn key(&self, Labels(labels): &Labels<'_>) -> u64 {
        labels.iter().fold(0, |key, (name, value)| key.wrapping_add(self.hasher.hash_one((&**name, &**value))))
    }
}

fn refusal(value: f64) -> Option<Refusal> {
    if value.is_nan() {
        Some(Refusal::Nan)
    } else if value.is_infinite() {
        Some(Refusal::Infinite)
    } else if value < 0.0 {
        Some(Refusal::Negative)
    } else if value > EXACT {
        Some(Refusal::Inexact)
    } else {
        None
    }
}

/// Differences of rounded values add up to the rounded whole; rounded differences would not.
fn whole(value: f64) -> u64 {
    value.round() as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels<'a>(pairs: &[(&'a str, &'a str)]) -> Labels<'a> {
        Labels(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
    }

    fn samples(values: &[(i64, f64)]) -> Vec<Sample> {
        values.iter().map(|&(at, value)| Sample { at, value }).collect()
    }

    fn count(ledger: &mut Ledger, values: &[(i64, f64)]) -> (Vec<(i64, u64)>, Result<(), Refusal>) {
        let mut increments = Vec::new();
        let outcome = ledger.count(&labels(&[("a", "x")]), &samples(values), 0, &mut increments, |_, _, _| {});
        (increments, outcome)
    }

    #[test]
    fn a_newborn_counts_from_nothing_and_a_reset_from_zero() {
        let mut ledger = Ledger::default();
        let (increments, _) = count(&mut ledger, &[(10, 1.0), (20, 1.0), (30, 4.0), (40, 2.0), (50, 2.0), (60, 0.0)]);
        assert_eq!(increments, [(10, 1), (30, 3), (40, 2)]);
        // Asked again with an overlap, only what is later counts.
        let (increments, _) = count(&mut ledger, &[(30, 4.0), (40, 2.0), (60, 0.0), (70, 5.0)]);
        assert_eq!(increments, [(70, 5)]);
    }

    #[test]
    fn what_was_there_before_the_window_is_not_counted() {
        let mut ledger = Ledger::default();
        ledger.begin(&labels(&[("a", "x"), ("b", "y")]), Sample { at: 5, value: 100.0 }).unwrap();
        let mut increments = Vec::new();
        // Nor is what is seen to have been there only now.
        let unknown = labels(&[("a", "z")]);
        ledger
            .count(&unknown, &samples(&[(3, 90.0), (4, 95.0), (10, 97.0)]), 5, &mut increments, |_, _, _| {})
            .unwrap();
        assert_eq!(std::mem::take(&mut increments), [(10, 2)]);
        let swapped = labels(&[("b", "y"), ("a", "x")]);
        ledger.count(&swapped, &samples(&[(3, 90.0), (10, 103.0)]), 5, &mut increments, |_, _, _| {}).unwrap();
        assert_eq!(increments, [(10, 3)]);
    }

    #[test]
    fn what_is_no_count_is_refused_and_never_counted() {
        for (value, refusal) in [
            (f64::NAN, Refusal::Nan),
            (f64::INFINITY, Refusal::Infinite),
            (f64::NEG_INFINITY, Refusal::Infinite),
            (-1.0, Refusal::Negative),
            (1e16, Refusal::Inexact),
        ] {
            let (increments, outcome) = count(&mut Ledger::default(), &[(10, 2.0), (20, value), (30, 3.0)]);
            assert_eq!(increments, [(10, 2), (30, 1)]);
            assert_eq!(outcome, Err(refusal));
        }
        let mut ledger = Ledger::default();
        assert!(ledger.begin(&labels(&[("a", "x")]), Sample { at: 5, value: f64::NAN }).is_err());
        assert_eq!(count(&mut ledger, &[(10, 7.0), (20, 8.0)]).0, [(20, 1)]);
    }

    #[test]
    fn whole_numbers_are_exact_to_the_last_one() {
        let (increments, _) = count(&mut Ledger::default(), &[(10, EXACT - 1.0), (20, EXACT)]);
        assert_eq!(increments, [(10, (1 << 53) - 1), (20, 1)]);
        let (increments, _) = count(&mut Ledger::default(), &[(10, 0.4), (20, 0.8), (30, 1.2), (40, 1.6)]);
        assert_eq!(increments.iter().map(|i| i.1).sum::<u64>(), 2);
    }

    proptest! {
        /// However the answers are cut and overlap, the increments are those of a process that counted.
        #[test]
        fn the_cut_of_the_answers_does_not_matter(
            steps in prop::collection::vec((0u64..50, prop::bool::weighted(0.1)), 1..60),
            cuts in prop::collection::vec((0usize..60, 0usize..60), 0..20),
        ) {
            let (mut value, mut true_total) = (0u64, 0u64);
            let mut history = Vec::new();
            for (i, (step, restart)) in steps.iter().enumerate() {
                // A restart that catches up at once cannot be told from no restart.
                if *restart && *step < value { value = 0; }
                value += step;
                true_total += step;
                history.push((10 * (i as i64 + 1), value as f64));
            }
            let mut ledger = Ledger::default();
            let mut total = 0;
            let mut done = 0;
            for (overlap, length) in cuts.into_iter().chain([(0, history.len())]) {
                let to = (done + length).min(history.len());
                let slice = &history[done.saturating_sub(overlap)..to];
                total += count(&mut ledger, slice).0.iter().map(|i| i.1).sum::<u64>();
                done = to;
            }
            prop_assert_eq!(total, true_total);
        }
    }
}
