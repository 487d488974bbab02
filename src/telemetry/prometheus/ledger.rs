//! Exact counting: what each sample of each series adds to what was counted before.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::{BuildHasher, RandomState},
};

use super::{
    copies::Copies,
    wire::{Labels, Sample, Series},
};

/// Beyond this, not every whole number is a float.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Series known at one time. Each takes some 50 bytes.
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
/// with a probability of 3e-10. This keeps a series that has long ended at some 50 bytes, so that it can be remembered.
#[derive(Debug)]
pub struct Ledger {
    hasher: RandomState,
    /// Labels that tell copies of one counter apart.
    replica_labels: Vec<String>,
    /// By the hash of all other labels.
    counters: HashMap<u64, Counter>,
    /// Series known, copies and all.
    series: usize,
}

/// One counter: the series that shows it, or several.
#[derive(Debug)]
enum Counter {
    /// By the hash of its replica labels.
    Sole(u64, Sample),
    Copied(Box<Copies>),
}

impl Counter {
    fn last(&self, copy: u64) -> Option<Sample> {
        match self {
            Self::Sole(sole, last) => (*sole == copy).then_some(*last),
            Self::Copied(copies) => copies.last(copy),
        }
    }

    /// The counter as one that has copies.
    fn copied(&mut self) -> &mut Copies {
        if let Self::Sole(copy, last) = *self {
            *self = Self::Copied(Box::new(Copies::of(copy, last)));
        }
        match self {
            Self::Copied(copies) => copies,
            Self::Sole(..) => unreachable!("it was made a copied one"),
        }
    }

    /// How much the next sample of a copy adds.
    fn count(&mut self, copy: u64, sample: Sample) -> u64 {
        match self {
            Self::Sole(sole, last) if *sole == copy => {
                let added = if last.value.is_nan() {
                    0
                } else if sample.value < last.value {
                    // Below the one before: the process began again, from zero.
                    whole(sample.value)
                } else {
                    whole(sample.value) - whole(last.value)
                };
                *last = sample;
                added
            }
            _ => self.copied().count(copy, sample),
        }
    }
}

/// What one series of an answer is a series of.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Of which counter: the hash of its labels but the replica labels.
    counter: u64,
    /// Which copy: the hash of its replica labels; zero without any.
    copy: u64,
    /// Where in the answer.
    index: usize,
}

/// What is told of an answer while it is counted.
pub trait Tell {
    /// A sample was taken in: its time, that of the one before it in this answer, and up to when its series was known.
    fn seen(&mut self, at: i64, before: Option<i64>, known: Option<i64>);

    /// A counter with these labels rose: `(when, how much)`, one for each sample that adds something.
    fn counted(&mut self, labels: &Labels<'_>, increments: &[(i64, u64)]);

    /// Something was not counted.
    fn refused(&mut self, refusal: Refusal);
}

impl Ledger {
    /// Series that differ in nothing but these labels are copies of one counter.
    pub fn new(replica_labels: Vec<String>) -> Self {
        Self { hasher: RandomState::new(), replica_labels, counters: HashMap::new(), series: 0 }
    }

    /// Notes what a series was before the window, without counting it.
    pub fn begin(&mut self, labels: &Labels<'_>, sample: Sample) -> Result<(), Refusal> {
        let Place { counter, copy, .. } = self.place(labels, 0);
        let refusal = refusal(sample.value);
        // What it was is not known then: its next sample is where counting begins.
        let value = if refusal.is_some() { f64::NAN } else { sample.value };
        let sample = Sample { value, ..sample };
        match self.counters.entry(counter) {
            Entry::Vacant(vacant) => {
                vacant.insert(Counter::Sole(copy, sample));
                self.series += 1;
            }
            Entry::Occupied(mut known) => match known.get_mut() {
                Counter::Sole(sole, last) if *sole == copy => *last = sample,
                counter => {
                    self.series += usize::from(counter.last(copy).is_none());
                    counter.copied().begin(copy, sample);
                }
            },
        }
        refusal.map_or(Ok(()), Err)
    }

    /// Counts the samples of an answer that are later than what is known of their series. Those up to `floor` are
    /// before the window: not counted, but counted on from.
    pub fn count(&mut self, answer: &[Series<'_>], floor: i64, tell: &mut impl Tell) {
        let mut places: Vec<Place> =
            answer.iter().enumerate().map(|(index, series)| self.place(&series.metric, index)).collect();
        if places.iter().any(|place| place.copy != 0) {
            // Copies beside each other. The sort is stable: otherwise the answer's order stays.
            places.sort_by_key(|place| place.counter);
        }
        let mut increments = Vec::new();
        for copies in places.chunk_by(|a, b| a.counter == b.counter) {
            increments.clear();
            match copies {
                [one] => self.count_in_order(one.counter, shown(*one, answer), floor, &mut increments, tell),
                [first, ..] => {
                    let mut samples: Vec<Shown> = copies.iter().flat_map(|&place| shown(place, answer)).collect();
                    // At the same instant the higher one first: if they are of two lives, it is of the earlier one.
                    samples.sort_by(|(_, _, a), (_, _, b)| a.at.cmp(&b.at).then(b.value.total_cmp(&a.value)));
                    self.count_in_order(first.counter, samples.into_iter(), floor, &mut increments, tell);
                }
                [] => {}
            }
            if let [first, ..] = copies
                && !increments.is_empty()
            {
                tell.counted(&answer[first.index].metric, &increments);
            }
        }
    }

    /// Counts what one counter has shown, in the order of time.
    fn count_in_order(
        &mut self,
        counter: u64,
        samples: impl Iterator<Item = Shown>,
        floor: i64,
        increments: &mut Vec<(i64, u64)>,
        tell: &mut impl Tell,
    ) {
        let mut known = self.counters.remove(&counter);
        for (copy, before, sample) in samples {
            let last = known.as_ref().and_then(|known| known.last(copy));
            if last.is_some_and(|last| sample.at <= last.at) {
                continue;
            }
            if let Some(refusal) = refusal(sample.value) {
                if sample.at > floor {
                    tell.refused(refusal);
                }
                continue;
            }
            if last.is_none() {
                if self.series >= MOST_SERIES {
                    tell.refused(Refusal::TooMany);
                    continue;
                }
                self.series += 1;
            }
            let added = match &mut known {
                Some(known) => known.count(copy, sample),
                // A series that was not there before counts from zero.
                None => {
                    known = Some(Counter::Sole(copy, sample));
                    whole(sample.value)
                }
            };
            if sample.at > floor {
                tell.seen(sample.at, before, last.map(|last| last.at));
                if added > 0 {
                    increments.push((sample.at, added));
                }
            }
        }
        if let Some(known) = known {
            self.counters.insert(counter, known);
        }
    }

    /// Forgets series whose last sample is before `at`.
    pub fn forget_before(&mut self, at: i64) {
        let Self { counters, series, .. } = self;
        counters.retain(|_, counter| match counter {
            Counter::Sole(_, last) => {
                let keep = last.at >= at;
                *series -= usize::from(!keep);
                keep
            }
            Counter::Copied(copies) => {
                *series -= copies.forget_before(at);
                !copies.is_empty()
            }
        });
    }

    /// Whether no series is known.
    pub fn is_empty(&self) -> bool {
        self.counters.is_empty()
    }

    /// The same for the same labels in any order.
    fn place(&self, Labels(labels): &Labels<'_>, index: usize) -> Place {
        let (mut counter, mut copy) = (0u64, 0u64);
        for (name, value) in labels {
            let hash = self.hasher.hash_one((&**name, &**value));
            let part = if self.replica_labels.iter().any(|label| label == name) { &mut copy } else { &mut counter };
            *part = part.wrapping_add(hash);
        }
        Place { counter, copy, index }
    }
}

/// A sample of a copy, and when the one before it in the same answer was taken.
type Shown = (u64, Option<i64>, Sample);

fn shown(place: Place, answer: &[Series<'_>]) -> impl Iterator<Item = Shown> {
    let values = &answer[place.index].values;
    let before = std::iter::once(None).chain(values.iter().map(|sample| Some(sample.at)));
    values.iter().zip(before).map(move |(sample, before)| (place.copy, before, *sample))
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
pub fn whole(value: f64) -> u64 {
    value.round() as u64
}

#[cfg(test)]
pub mod tests {
    use proptest::prelude::*;

    use super::*;

    pub fn labels<'a>(pairs: &[(&'a str, &'a str)]) -> Labels<'a> {
        Labels(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
    }

    fn samples(values: &[(i64, f64)]) -> Vec<Sample> {
        values.iter().map(|&(at, value)| Sample { at, value }).collect()
    }

    /// What is told, kept.
    #[derive(Default)]
    pub struct Told {
        pub increments: Vec<(i64, u64)>,
        pub refused: Option<Refusal>,
    }

    impl Tell for Told {
        fn seen(&mut self, _: i64, _: Option<i64>, _: Option<i64>) {}

        fn counted(&mut self, _: &Labels<'_>, increments: &[(i64, u64)]) {
            self.increments.extend(increments);
        }

        fn refused(&mut self, refusal: Refusal) {
            self.refused = Some(refusal);
        }
    }

    pub fn ledger() -> Ledger {
        Ledger::new(vec!["prometheus_replica".to_owned()])
    }

    /// A series of an answer: its labels and its samples.
    pub type Shows<'a> = (&'a [(&'a str, &'a str)], &'a [(i64, f64)]);

    pub fn take(ledger: &mut Ledger, series: &[Shows<'_>], floor: i64) -> Told {
        let series: Vec<Series<'_>> = series
            .iter()
            .map(|(pairs, values)| Series {
                metric: labels(pairs),
                values: samples(values),
                value: None,
                histograms: Vec::new(),
            })
            .collect();
        let mut told = Told::default();
        ledger.count(&series, floor, &mut told);
        told
    }

    fn count(ledger: &mut Ledger, values: &[(i64, f64)]) -> (Vec<(i64, u64)>, Result<(), Refusal>) {
        let told = take(ledger, &[(&[("a", "x")], values)], 0);
        (told.increments, told.refused.map_or(Ok(()), Err))
    }

    #[test]
    fn a_newborn_counts_from_nothing_and_a_reset_from_zero() {
        let mut ledger = ledger();
        let (increments, _) = count(&mut ledger, &[(10, 1.0), (20, 1.0), (30, 4.0), (40, 2.0), (50, 2.0), (60, 0.0)]);
        assert_eq!(increments, [(10, 1), (30, 3), (40, 2)]);
        // Asked again with an overlap, only what is later counts.
        let (increments, _) = count(&mut ledger, &[(30, 4.0), (40, 2.0), (60, 0.0), (70, 5.0)]);
        assert_eq!(increments, [(70, 5)]);
    }

    #[test]
    fn what_was_there_before_the_window_is_not_counted() {
        let mut ledger = ledger();
        ledger.begin(&labels(&[("a", "x"), ("b", "y")]), Sample { at: 5, value: 100.0 }).unwrap();
        // Nor is what is seen to have been there only now.
        let told = take(&mut ledger, &[(&[("a", "z")], &[(3, 90.0), (4, 95.0), (10, 97.0)])], 5);
        assert_eq!(told.increments, [(10, 2)]);
        let told = take(&mut ledger, &[(&[("b", "y"), ("a", "x")], &[(3, 90.0), (10, 103.0)])], 5);
        assert_eq!(told.increments, [(10, 3)]);
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
            let (increments, outcome) = count(&mut ledger(), &[(10, 2.0), (20, value), (30, 3.0)]);
            assert_eq!(increments, [(10, 2), (30, 1)]);
            assert_eq!(outcome, Err(refusal));
        }
        let mut ledger = ledger();
        assert!(ledger.begin(&labels(&[("a", "x")]), Sample { at: 5, value: f64::NAN }).is_err());
        assert_eq!(count(&mut ledger, &[(10, 7.0), (20, 8.0)]).0, [(20, 1)]);
    }

    #[test]
    fn whole_numbers_are_exact_to_the_last_one() {
        let (increments, _) = count(&mut ledger(), &[(10, EXACT - 1.0), (20, EXACT)]);
        assert_eq!(increments, [(10, (1 << 53) - 1), (20, 1)]);
        let (increments, _) = count(&mut ledger(), &[(10, 0.4), (20, 0.8), (30, 1.2), (40, 1.6)]);
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
            let mut ledger = ledger();
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
