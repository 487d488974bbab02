//! When there were samples at all: the step between them, and the gaps.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta};

use crate::snapshot::Span;

/// Two samples no further apart than this have no gap between them, in milliseconds.
const NO_GAP: i64 = 60_000;

/// Distances that the step is the median of.
const DISTANCES: usize = 255;

/// The stretches in which some series had samples.
#[derive(Debug, Clone, Default)]
pub struct Presence {
    /// Each from its first to its last sample, oldest first, more than [`NO_GAP`] apart.
    spans: Vec<(i64, i64)>,
    distances: VecDeque<i64>,
}

impl Presence {
    /// There was a sample at `at`, and in its series none since `before`. Order does not matter.
    pub fn see(&mut self, at: i64, before: Option<i64>) {
        if let Some(before) = before {
            if self.distances.len() == DISTANCES {
                self.distances.pop_front();
            }
            self.distances.push_back(at - before);
        }
        // The first span that ends at `at` or so close before it that they join.
        let i = self.spans.partition_point(|span| span.1 + NO_GAP < at);
        match self.spans.get_mut(i) {
            Some(span) if at + NO_GAP >= span.0 => {
                *span = (span.0.min(at), span.1.max(at));
                while let (Some(&here), Some(&next)) = (self.spans.get(i), self.spans.get(i + 1)) {
                    if here.1 + NO_GAP < next.0 {
                        break;
                    }
                    self.spans[i].1 = here.1.max(next.1);
                    self.spans.remove(i + 1);
                }
            }
            _ => self.spans.insert(i, (at, at)),
        }
    }

    /// The median distance between the samples of a series; a minute while it is not known.
    pub fn step(&self) -> TimeDelta {
        let mut distances: Vec<i64> = self.distances.iter().copied().collect();
        let middle = distances.len() / 2;
        match distances.len() {
            0 => TimeDelta::minutes(1),
            _ => TimeDelta::milliseconds(*distances.select_nth_unstable(middle).1),
        }
    }

    /// Stretches without a sample, longer than two steps, from `from` on.
    pub fn gaps(&self, from: i64) -> Vec<Span> {
        let step = self.step().num_milliseconds();
        let instant = |at| DateTime::from_timestamp_millis(at).unwrap_or_default();
        self.spans
            .windows(2)
            .map(|pair| (pair[0].1.max(from), pair[1].0))
            .filter(|gap| gap.1 - gap.0 > NO_GAP.max(2 * step))
            .map(|gap| (instant(gap.0), instant(gap.1)))
            .collect()
    }

    /// The stretches in which some series had samples.
    pub fn spans(&self) -> Vec<Span> {
        let instant = |at| DateTime::from_timestamp_millis(at).unwrap_or_default();
        self.spans.iter().map(|&(first, last)| (instant(first), instant(last))).collect()
    }

    /// Forgets what is before `at`, but for the last stretch: it tells where the first gap begins.
    pub fn forget_before(&mut self, at: i64) {
        let ended = self.spans.partition_point(|span| span.1 < at);
        self.spans.drain(..ended.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaps(presence: &Presence, from: i64) -> Vec<(i64, i64)> {
        presence.gaps(from).iter().map(|gap| (gap.0.timestamp(), gap.1.timestamp())).collect()
    }

    #[test]
    fn gaps_in_any_order_of_arrival() {
        let mut times: Vec<i64> = (0..20).map(|i| i * 15).chain((0..20).map(|i| 1000 + i * 15)).collect();
        times.push(600);
        let expected = [(285, 600), (600, 1000)];
        for rotate in 0..times.len() {
            let mut presence = Presence::default();
            for i in 0..times.len() {
                presence.see(
                    1000 * times[(i * 7 + rotate) % times.len()],
                    Some(1000 * times[(i * 7 + rotate) % times.len()] - 15_000),
                );
            }
            assert_eq!(gaps(&presence, 0), expected);
            assert_eq!(presence.step().num_seconds(), 15);
            presence.forget_before(700_000);
            assert_eq!(gaps(&presence, 700_000), [(700, 1000)]);
        }
    }

    #[test]
    fn long_steps_are_no_gaps() {
        let mut presence = Presence::default();
        assert_eq!(presence.step().num_seconds(), 60);
        let mut before = None;
        for i in 0..10 {
            presence.see(i * 300_000, before);
            before = Some(i * 300_000);
        }
        assert!(presence.gaps(0).is_empty());
        presence.see(3_700_000, None);
        assert_eq!(gaps(&presence, 0), [(2700, 3700)]);
    }
}
