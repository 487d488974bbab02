//! The rate of events in a canary against a control at the same time.
//!
//! Given the total, the canary's `x` events of `x + y` are binomial, so the [`Mixture`] decides about the canary's
//! share of them. `s = t1 / (t1 + t0)` is that share when both rates are equal. Fail: the ratio is above 1, tested at
//! `s`. Pass: it is below `rho`, tested at `rho s / (rho s + 1 - s)`. Both with the prior at `s`.
//!
//! Where the exposure changed, each stretch of it is a [`Segment`] with an `s` of its own, and the log e-values are added.

use super::{Decision, eta::smallest, mixture::Mixture};

/// The test of one pair of exposures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatioTest {
    mixture: Mixture,
    /// Share of the events in the canary at a ratio of one.
    pub null_share: f64,
    /// Share at the largest ratio that is tolerated.
    pub share_at_max: f64,
    odds: f64,
    alpha: f64,
}

impl RatioTest {
    /// The test for a canary's exposure and a control's, and the largest ratio of rates that is tolerated.
    pub fn new(canary_exposure: f64, control_exposure: f64, rho_max: f64, alpha: f64) -> Self {
        let s = canary_exposure / (canary_exposure + control_exposure);
        Self {
            mixture: Mixture::at_null(s),
            null_share: s,
            share_at_max: rho_max * s / (rho_max * s + 1.0 - s),
            odds: control_exposure / canary_exposure,
            alpha,
        }
    }

    /// Log evidence that the ratio is above one.
    pub fn ln_e_fail(&self, canary: u64, control: u64) -> f64 {
        self.above_one(canary as f64, control as f64)
    }

    fn above_one(&self, canary: f64, control: f64) -> f64 {
        self.mixture.ln_e_above(self.null_share, canary, canary + control)
    }

    /// Log evidence that the ratio is below the largest tolerated.
    pub fn ln_e_pass(&self, canary: u64, control: u64) -> f64 {
        self.below_max(canary as f64, control as f64)
    }

    fn below_max(&self, canary: f64, control: f64) -> f64 {
        self.mixture.ln_e_below(self.share_at_max, canary, canary + control)
    }

    /// What these events show.
    pub fn decide(&self, canary: u64, control: u64) -> Decision {
        let bound = -self.alpha.ln();
        match () {
            () if self.ln_e_fail(canary, control) >= bound => Decision::Fail,
            () if self.ln_e_pass(canary, control) >= bound => Decision::Pass,
            () => Decision::Undecided,
        }
    }

    /// The ratios that are not excluded: `share / (1 - share) * t0 / t1`. The upper end may be infinite.
    pub fn interval(&self, canary: u64, control: u64) -> (f64, f64) {
        let (low, high) = self.mixture.interval(canary as f64, canary as f64 + control as f64, self.alpha);
        let ratio = |share: f64| if share >= 1.0 { f64::INFINITY } else { share / (1.0 - share) * self.odds };
        (ratio(low), ratio(high))
    }
}

/// Events and exposure of both arms in the same minutes: of one minute, or of a stretch of constant exposure.
///
/// Whole numbers, or what is expected of them: then fractions.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Segment {
    /// Events in the canary.
    pub canary_events: f64,
    /// What they could have happened to.
    pub canary_exposure: f64,
    /// Events in the control.
    pub control_events: f64,
    /// What they could have happened to.
    pub control_exposure: f64,
}

impl Segment {
    /// This one and `times` another.
    pub fn plus(self, other: Self, times: f64) -> Self {
        Self {
            canary_events: self.canary_events + times * other.canary_events,
            canary_exposure: self.canary_exposure + times * other.canary_exposure,
            control_events: self.control_events + times * other.control_events,
            control_exposure: self.control_exposure + times * other.control_exposure,
        }
    }

    /// Of both arms.
    pub fn events(self) -> f64 {
        self.canary_events + self.control_events
    }

    /// Whether it says anything about the ratio: there were events, and either arm could have had them.
    fn tells(self) -> bool {
        self.events() > 0.0 && self.canary_exposure > 0.0 && self.control_exposure > 0.0
    }

    /// No less than the log evidence that the ratio is above one, and cheap: the likelihood at the best fit is no less than
    /// an average of likelihoods.
    fn ln_e_fail_at_most(self) -> f64 {
        let (x, y, n) = (self.canary_events, self.control_events, self.events());
        let s = self.null_share();
        if !self.tells() || x <= s * n {
            return 0.0;
        }
        let part = |events: f64, share: f64| if events > 0.0 { events * (events / (n * share)).ln() } else { 0.0 };
        part(x, s) + part(y, 1.0 - s)
    }

    /// The canary's share of the events at a ratio of one. Kept off 0 and 1, at which one event would be proof.
    fn null_share(self) -> f64 {
        (self.canary_exposure / (self.canary_exposure + self.control_exposure)).clamp(1e-12, 1.0 - 1e-12)
    }
}

/// The test over segments, oldest first. With one of them it is a [`RatioTest`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SegmentedTest {
    /// The largest ratio of rates that is tolerated; above 1.
    pub rho_max: f64,
    /// The probability of a false alarm, and that of a false Pass.
    pub alpha: f64,
}

/// What a scan, minute by minute, found.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// The sums of each segment.
    pub totals: Vec<Segment>,
    /// When the ratio was first shown to be above one, if it was: segment and minute, and the sums up to there.
    pub failed: Option<(usize, usize, Vec<Segment>)>,
}

impl SegmentedTest {
    /// `ln(1/alpha)`: what evidence must reach.
    pub fn bound(&self) -> f64 {
        -self.alpha.ln()
    }

    fn sum(&self, segments: &[Segment], evidence: impl Fn(&RatioTest, f64, f64) -> f64) -> f64 {
        let telling = segments.iter().filter(|segment| segment.tells());
        let each = telling.map(|segment| {
            let s = segment.null_share();
            let test = RatioTest::new(s, 1.0 - s, self.rho_max, self.alpha);
            evidence(&test, segment.canary_events, segment.control_events)
        });
        each.sum()
    }

    /// Log evidence that the ratio is above one.
    pub fn ln_e_fail(&self, segments: &[Segment]) -> f64 {
        self.sum(segments, RatioTest::above_one)
    }

    /// Log evidence that the ratio is below the largest tolerated.
    pub fn ln_e_pass(&self, segments: &[Segment]) -> f64 {
        self.sum(segments, RatioTest::below_max)
    }

    /// Whether the ratio is shown to be above one.
    pub fn fails(&self, segments: &[Segment]) -> bool {
        self.ln_e_fail(segments) >= self.bound()
    }

    /// Whether the ratio is shown to be below the largest tolerated.
    pub fn passes(&self, segments: &[Segment]) -> bool {
        self.ln_e_pass(segments) >= self.bound()
    }

    /// Looks at the minutes of each segment, oldest first, wherever one brings an event. The first Fail counts: what came
    /// after it does not take it back.
    pub fn scan(&self, segments: &[Vec<Segment>]) -> Scan {
        let mut totals: Vec<Segment> = Vec::with_capacity(segments.len());
        let mut failed = None;
        for (i, minutes) in segments.iter().enumerate() {
            // Evidence of what went before does not change any more.
            let before = self.ln_e_fail(&totals);
            let mut sum = Segment::default();
            for (minute, &counted) in minutes.iter().enumerate() {
                sum = sum.plus(counted, 1.0);
                let now =
                    counted.events() > 0.0 && failed.is_none() && before + sum.ln_e_fail_at_most() >= self.bound();
                if now && before + self.ln_e_fail(&[sum]) >= self.bound() {
                    failed = Some((i, minute, totals.iter().copied().chain([sum]).collect()));
                }
            }
            totals.push(sum);
        }
        Scan { totals, failed }
    }

    /// The most likely ratio; none without events, infinite without any in the control.
    pub fn ratio(&self, segments: &[Segment]) -> Option<f64> {
        let telling: Vec<Segment> = segments.iter().copied().filter(|segment| segment.tells()).collect();
        match telling.as_slice() {
            [] => None,
            all if all.iter().all(|segment| segment.canary_events <= 0.0) => Some(0.0),
            all if all.iter().all(|segment| segment.control_events <= 0.0) => Some(f64::INFINITY),
            all => Some(likeliest(all).exp()),
        }
    }

    /// The ratios that are not excluded. The upper end may be infinite. None where the segments contradict each other so
    /// much that no ratio fits them all.
    pub fn interval(&self, segments: &[Segment]) -> Option<(f64, f64)> {
        let telling: Vec<Segment> = segments.iter().copied().filter(|segment| segment.tells()).collect();
        if telling.is_empty() {
            return Some((0.0, f64::INFINITY));
        }
        let likeliest = likeliest(&telling);
        let ln_marginal = ln_marginal(&telling);
        let excluded = |ln_ratio: f64| ln_marginal - ln_likelihood(&telling, ln_ratio) >= self.bound();
        if excluded(likeliest) {
            return None;
        }
        let low = if excluded(-FARTHEST) { turn(likeliest, -FARTHEST, excluded).exp() } else { 0.0 };
        let high = if excluded(FARTHEST) { turn(likeliest, FARTHEST, excluded).exp() } else { f64::INFINITY };
        Some((low, high))
    }

    /// The smallest number of minutes, each of which brings `per_minute` to the last segment, after which `shown` holds;
    /// none past `cap`.
    pub fn minutes_until(
        &self,
        segments: &[Segment],
        per_minute: Segment,
        cap: u64,
        shown: impl Fn(&Self, &[Segment]) -> bool,
    ) -> Option<u64> {
        let (&last, before) = segments.split_last()?;
        let after =
            |minutes: f64| -> Vec<Segment> { before.iter().copied().chain([last.plus(per_minute, minutes)]).collect() };
        smallest(cap, |minutes| shown(self, &after(minutes)))
    }
}

/// Beyond `e^±60` a ratio is nothing, or anything.
const FARTHEST: f64 = 60.0;

/// Log-odds of an event being the canary's at a ratio of one.
fn log_odds(segment: &Segment) -> f64 {
    let s = segment.null_share();
    s.ln() - (-s).ln_1p()
}

/// `ln(1 + e^x)` without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// Log of the average likelihood, all segments together.
fn ln_marginal(segments: &[Segment]) -> f64 {
    let each = segments.iter().map(|segment| {
        let mixture = Mixture::at_null(segment.null_share());
        mixture.ln_marginal(segment.canary_events, segment.events())
    });
    each.sum()
}

/// Log likelihood of a ratio of `e^ln_ratio`, all segments together.
fn ln_likelihood(segments: &[Segment], ln_ratio: f64) -> f64 {
    let each = segments.iter().map(|segment| {
        let z = ln_ratio + log_odds(segment);
        -segment.canary_events * softplus(-z) - segment.control_events * softplus(z)
    });
    each.sum()
}

/// The log of the ratio that fits best: where as many events are expected in the canary as there were.
fn likeliest(segments: &[Segment]) -> f64 {
    let excess = |ln_ratio: f64| -> f64 {
        let of = |segment: &Segment| {
            let share = 1.0 / (1.0 + (-(ln_ratio + log_odds(segment))).exp());
            segment.events() * share - segment.canary_events
        };
        segments.iter().map(of).sum()
    };
    turn(-FARTHEST, FARTHEST, |ln_ratio| excess(ln_ratio) >= 0.0)
}

/// Where `holds` turns from false, at `from`, to true, at `to`.
fn turn(mut from: f64, mut to: f64, holds: impl Fn(f64) -> bool) -> f64 {
    // 2^-60 of the span is below the spacing of its numbers.
    for _ in 0..60 {
        let middle = from + (to - from) / 2.0;
        if holds(middle) { to = middle } else { from = middle }
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(canary_events: u32, canary_exposure: u32, control_events: u32, control_exposure: u32) -> Segment {
        Segment {
            canary_events: canary_events.into(),
            canary_exposure: canary_exposure.into(),
            control_events: control_events.into(),
            control_exposure: control_exposure.into(),
        }
    }

    const TEST: SegmentedTest = SegmentedTest { rho_max: 2.0, alpha: 0.05 };

    #[test]
    fn one_segment_is_one_pair_of_exposures() {
        for (x, t1, y, t0) in
            [(0, 1000, 0, 19000), (3, 1000, 0, 19000), (0, 1000, 9, 19000), (40, 5000, 60, 9000), (7, 300, 1, 300)]
        {
            let one = RatioTest::new(t1.into(), t0.into(), 2.0, 0.05);
            let segments = [segment(x, t1, y, t0)];
            let near = |a: f64, b: f64| a == b || (a - b).abs() <= 1e-9 * b.abs().max(1.0);
            assert!(near(TEST.ln_e_fail(&segments), one.ln_e_fail(x.into(), y.into())), "{segments:?}");
            assert!(near(TEST.ln_e_pass(&segments), one.ln_e_pass(x.into(), y.into())), "{segments:?}");
            let (low, high) = TEST.interval(&segments).expect("an interval");
            let want = one.interval(x.into(), y.into());
            assert!(near(low, want.0) && near(high, want.1), "{segments:?}: {low} to {high}, want {want:?}");
            let ratio = f64::from(x) / f64::from(t1) / (f64::from(y) / f64::from(t0));
            assert!(x + y == 0 || near(TEST.ratio(&segments).expect("a ratio"), ratio), "{segments:?}");
        }
    }

    #[test]
    fn evidence_of_segments_adds_up_each_at_its_own_exposure() {
        let (a, b) = (segment(4, 1000, 10, 19000), segment(9, 5000, 20, 15000));
        assert_eq!(TEST.ln_e_fail(&[a, b]), TEST.ln_e_fail(&[a]) + TEST.ln_e_fail(&[b]));
        assert_eq!(TEST.ln_e_pass(&[a, b]), TEST.ln_e_pass(&[a]) + TEST.ln_e_pass(&[b]));
        // Equal rates at both exposures: thrown together they would look like a ratio of 1.5.
        let (five, half) = (segment(5, 500, 95, 9500), segment(200, 5000, 200, 5000));
        let ratio = TEST.ratio(&[five, half]).expect("a ratio");
        assert!((ratio - 1.0).abs() < 1e-9, "{ratio}");
        // A stretch in which one arm had nothing to count says nothing.
        assert_eq!(TEST.ln_e_fail(&[a, segment(9, 100, 0, 0)]), TEST.ln_e_fail(&[a]));
    }

    #[test]
    fn segments_that_contradict_each_other_have_no_interval() {
        assert_eq!(TEST.interval(&[segment(200, 1000, 0, 1000), segment(0, 1000, 200, 1000)]), None);
    }

    #[test]
    fn the_first_fail_stays() {
        let bad = segment(1, 10, 0, 190);
        let good = segment(0, 10, 1, 190);
        let mut minutes = vec![bad; 8];
        minutes.extend(vec![good; 400]);
        let scan = TEST.scan(&[vec![good; 3], minutes]);
        let (at, minute, sums) = scan.failed.expect("it fails");
        assert_eq!((at, sums.len()), (1, 2));
        assert!(TEST.fails(&sums) && minute < 8, "in minute {minute}: {sums:?}");
        assert!(!TEST.fails(&scan.totals), "it recovered");
    }

    #[test]
    fn nonsense_gives_numbers_all_the_same() {
        for bad in [f64::NAN, f64::INFINITY, -1.0, 1e300] {
            let segments = [Segment { canary_events: bad, ..segment(1, 10, 2, 20) }, segment(1, 10, 2, 20)];
            for x in [TEST.ln_e_fail(&segments), TEST.ln_e_pass(&segments)] {
                assert!(!x.is_nan(), "{bad}: {x}");
            }
        }
    }

    #[test]
    fn time_to_a_verdict_is_the_first_minute_that_has_it() {
        let (none, rate) = (Segment::default(), segment(1, 50, 19, 950));
        let minutes = TEST.minutes_until(&[none], rate, 1_000_000, SegmentedTest::passes).expect("it passes");
        let after = |m: u64| [none.plus(rate, m as f64)];
        assert!(TEST.passes(&after(minutes)) && !TEST.passes(&after(minutes - 1)));
        assert_eq!(TEST.minutes_until(&[none], segment(2, 50, 19, 950), 1_000_000, SegmentedTest::passes), None);
        assert_eq!(TEST.minutes_until(&[], rate, 10, SegmentedTest::passes), None);
    }
}
