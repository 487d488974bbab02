//! Multi-window burn rate: how many times faster than allowed the error budget is spent.
//!
//! A long window says that it matters, a short one that it goes on; both at or over a threshold is sustained. Four pairs
//! of them, from fast and steep to slow and long, are watched side by side (the multiwindow, multi-burn-rate alerts of the
//! SRE workbook).
//!
//! Of an SLO so low that `threshold * (1 - slo) > 1`, not even nothing but failures reaches the threshold: such a pair
//! never says anything, and the CUSUM beside it is what sees a spike.

/// Failures that the long window takes, so that one or two among few attempts are no spike.
pub const MIN_FAILURES: u64 = 5;

/// The steepest threshold. Scaling to a shorter stage does not go beyond it.
const STEEPEST: f64 = 14.4;

/// A long and a short window, and the burn rate at which both of them together are sustained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Minutes in the long window.
    pub long: usize,
    /// Minutes in the short window.
    pub short: usize,
    /// The burn rate that both must reach.
    pub threshold: f64,
}

impl Pair {
    /// The same after so many minutes of evidence. What has elapsed of the long window can have spent the pair's share of
    /// the budget only by burning so much faster.
    pub fn after(self, elapsed: usize) -> Self {
        let share = self.threshold * self.long as f64 / elapsed.clamp(1, self.long.max(1)) as f64;
        Self { threshold: share.min(STEEPEST).max(self.threshold), ..self }
    }
}

/// The pairs, each of which stands for a share of a 30-day budget: 2, 5, 10 and 10 %.
pub const PAIRS: [Pair; 4] = [
    Pair { long: 60, short: 5, threshold: STEEPEST },
    Pair { long: 360, short: 30, threshold: 6.0 },
    Pair { long: 1440, short: 120, threshold: 3.0 },
    Pair { long: 4320, short: 360, threshold: 1.0 },
];

/// The pairs, scaled to a stage of so many minutes, shortest first.
///
/// A long window is no longer than the stage, a short one a twelfth of it; the threshold rises such that the pair still
/// stands for the same share of the budget, up to the steepest. Of pairs with the same windows the lowest threshold stays.
pub fn pairs_within(minutes: usize) -> Vec<Pair> {
    let mut scaled: Vec<Pair> = Vec::new();
    for pair in PAIRS {
        let long = pair.long.min(minutes).max(1);
        let threshold = (pair.threshold * pair.long as f64 / long as f64).min(STEEPEST);
        match scaled.last_mut() {
            Some(last) if last.long == long => last.threshold = last.threshold.min(threshold),
            _ => scaled.push(Pair { long, short: (long / 12).max(1), threshold }),
        }
    }
    scaled
}

/// Failures and attempts in one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Failures.
    pub failures: u64,
    /// Attempts.
    pub attempts: u64,
}

impl Window {
    /// `(f/n) / (1 - slo)`; None without attempts.
    pub fn burn(self, slo: f64) -> Option<f64> {
        let q0 = 1.0 - slo;
        (self.attempts > 0 && q0 > 0.0).then(|| self.failures as f64 / self.attempts as f64 / q0)
    }

    fn burns(self, slo: f64, threshold: f64) -> bool {
        // 1 - slo is not exact: a burn rate right on the threshold counts as on it.
        self.burn(slo).is_some_and(|burn| burn >= threshold * (1.0 - 1e-9))
    }
}

/// What the two windows say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Burn {
    /// No attempts in the long window.
    NoData,
    /// Neither window burns.
    Ok,
    /// The short window alone burns.
    Spike,
    /// Both burn.
    Sustained,
    /// The long window alone burns.
    Recovering,
}

/// The state of a pair of windows. The long one burns only with at least `min_failures` in it.
pub fn state(long: Window, short: Window, slo: f64, threshold: f64, min_failures: u64) -> Burn {
    if long.attempts == 0 {
        return Burn::NoData;
    }
    let long_burns = long.failures >= min_failures && long.burns(slo, threshold);
    match (long_burns, short.burns(slo, threshold)) {
        (true, true) => Burn::Sustained,
        (false, true) => Burn::Spike,
        (true, false) => Burn::Recovering,
        (false, false) => Burn::Ok,
    }
}

/// A rate by minute, such that the counts of any window of it take two look-ups.
#[derive(Debug, Clone)]
pub struct Series {
    /// Before each minute, and after the last: attempts and failures so far.
    sums: Vec<(u64, u64)>,
}

impl Series {
    /// Of `(attempts, failures)` by minute.
    pub fn new(minutes: &[(u64, u64)]) -> Self {
        let mut sum = (0_u64, 0_u64);
        let after = minutes.iter().map(|&(attempts, failures)| {
            sum = (sum.0.saturating_add(attempts), sum.1.saturating_add(failures.min(attempts)));
            sum
        });
        Self { sums: std::iter::once((0, 0)).chain(after).collect() }
    }

    /// How many minutes it has.
    pub fn minutes(&self) -> usize {
        self.sums.len() - 1
    }

    /// The last `minutes` before `end`, or as many as there are.
    pub fn window(&self, end: usize, minutes: usize) -> Window {
        let end = end.min(self.minutes());
        let (from, to) = (self.sums[end.saturating_sub(minutes)], self.sums[end]);
        Window { failures: to.1.saturating_sub(from.1), attempts: to.0.saturating_sub(from.0) }
    }

    /// What a pair says after the first `end` minutes. While no more than the short window has elapsed, both windows are
    /// the same minutes, and what they see is a spike.
    pub fn state(&self, end: usize, slo: f64, pair: Pair) -> Burn {
        let (long, short) = (self.window(end, pair.long), self.window(end, pair.short));
        match state(long, short, slo, pair.after(end).threshold, MIN_FAILURES) {
            Burn::Sustained if end.min(self.minutes()) <= pair.short => Burn::Spike,
            state => state,
        }
    }

    /// The first time that a pair is sustained: after how many minutes, and which.
    pub fn first_sustained(&self, slo: f64, pairs: &[Pair]) -> Option<(usize, Pair)> {
        if self.sums.last().is_none_or(|sum| sum.1 < MIN_FAILURES) {
            return None;
        }
        (1..=self.minutes()).find_map(|end| {
            let sustained = pairs.iter().find(|&&pair| self.state(end, slo, pair) == Burn::Sustained);
            sustained.map(|&pair| (end, pair))
        })
    }

    /// How many minutes without any attempt after the last one the long window of a pair takes until it does not burn.
    pub fn minutes_to_recover(&self, slo: f64, pair: Pair) -> usize {
        let end = self.minutes();
        let burns = |window: Window| window.failures >= MIN_FAILURES && window.burns(slo, pair.threshold);
        (0..=pair.long).find(|&more| !burns(self.window(end, pair.long - more))).unwrap_or(pair.long)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_scale_to_a_shorter_stage() {
        let hours = |hours: usize| hours * 60;
        for (minutes, want) in [
            (hours(1000), vec![(60, 5, 14.4), (360, 30, 6.0), (1440, 120, 3.0), (4320, 360, 1.0)]),
            (hours(72), vec![(60, 5, 14.4), (360, 30, 6.0), (1440, 120, 3.0), (4320, 360, 1.0)]),
            (hours(48), vec![(60, 5, 14.4), (360, 30, 6.0), (1440, 120, 3.0), (2880, 240, 1.5)]),
            (hours(24), vec![(60, 5, 14.4), (360, 30, 6.0), (1440, 120, 3.0)]),
            (hours(5), vec![(60, 5, 14.4), (300, 25, 7.2)]),
            (90, vec![(60, 5, 14.4), (90, 7, 14.4)]),
            (60, vec![(60, 5, 14.4)]),
            (11, vec![(11, 1, 14.4)]),
            (1, vec![(1, 1, 14.4)]),
            (0, vec![(1, 1, 14.4)]),
        ] {
            let got: Vec<_> =
                pairs_within(minutes).iter().map(|pair| (pair.long, pair.short, pair.threshold)).collect();
            assert_eq!(got, want, "a stage of {minutes} minutes");
        }
    }

    #[test]
    fn nothing_is_sustained_before_the_short_window_has_elapsed() {
        let pair = PAIRS[0];
        let series = Series::new(&[(100, 50); 30]);
        assert_eq!(series.state(pair.short, 0.995, pair), Burn::Spike);
        assert_eq!(series.state(pair.short + 1, 0.995, pair), Burn::Sustained);
        assert_eq!(series.first_sustained(0.995, &PAIRS), Some((pair.short + 1, pair)));
    }

    #[test]
    fn a_burst_leaves_its_window() {
        let pair = PAIRS[0];
        let mut minutes = [(100, 0); 60];
        minutes[10] = (1000, 1000);
        let series = Series::new(&minutes);
        assert_eq!(series.state(60, 0.995, pair), Burn::Recovering);
        // Eleven minutes later it is out of the last sixty.
        assert_eq!(series.minutes_to_recover(0.995, pair), 11);
        assert_eq!(Series::new(&[]).minutes_to_recover(0.995, pair), 0);
    }
}
