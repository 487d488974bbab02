//! A success rate against its SLO: the sequential test behind the success-rate gate.
//!
//! With `q0 = 1 - SLO`, `f` failures in `n` attempts and the [`Mixture`] whose mean is at `q0`:
//!
//! ```text
//! lnE_fail = lnM - LL(min(q0, f/n))        evidence that the failure rate is above q0
//! lnE_pass = lnM - LL(max(q0, f/n))        evidence that it is below q0          (both 0 at n = 0)
//! ```
//!
//! Fail when `lnE_fail >= ln(1/alpha)`, else Pass when `lnE_pass >= ln(1/alpha)`.

use super::{Decision, mixture::Mixture};

/// The test of one success rate against one SLO.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SloTest {
    mixture: Mixture,
    q0: f64,
    alpha: f64,
}

impl SloTest {
    /// The test for this SLO, 0 < slo < 1, at this false-alarm probability.
    pub fn new(slo: f64, alpha: f64) -> Self {
        Self::with_prior(slo, alpha, Mixture::at_null(1.0 - slo))
    }

    /// The same with another prior on the failure probability.
    pub fn with_prior(slo: f64, alpha: f64, mixture: Mixture) -> Self {
        Self { mixture, q0: 1.0 - slo, alpha }
    }

    /// `ln(1/alpha)`: what evidence must reach.
    pub fn bound(&self) -> f64 {
        -self.alpha.ln()
    }

    /// Log evidence that the failure rate is above what the SLO allows.
    pub fn ln_e_fail(&self, f: f64, n: f64) -> f64 {
        self.mixture.ln_e_above(self.q0, f, n)
    }

    /// No less than [`SloTest::ln_e_fail`], and cheap: the likelihood at the best fit is no less than an average of
    /// likelihoods. Where this does not reach the bound, nothing does.
    pub fn ln_e_fail_at_most(&self, f: f64, n: f64) -> f64 {
        if n <= 0.0 || f <= self.q0 * n {
            return 0.0;
        }
        let q = f / n;
        let others = if q < 1.0 { (n - f) * ((-q).ln_1p() - (-self.q0).ln_1p()) } else { 0.0 };
        f * (q / self.q0).ln() + others
    }

    /// Log evidence that the failure rate is below what the SLO allows.
    pub fn ln_e_pass(&self, f: f64, n: f64) -> f64 {
        self.mixture.ln_e_below(self.q0, f, n)
    }

    /// Log evidence that the failure rate is not exactly what the SLO allows.
    pub fn ln_e_two_sided(&self, f: f64, n: f64) -> f64 {
        self.mixture.ln_e_not(self.q0, f, n)
    }

    /// What `f` failures in `n` attempts show.
    pub fn decide(&self, f: f64, n: f64) -> Decision {
        match () {
            () if self.ln_e_fail(f, n) >= self.bound() => Decision::Fail,
            () if self.ln_e_pass(f, n) >= self.bound() => Decision::Pass,
            () => Decision::Undecided,
        }
    }

    /// The failure probabilities that are not excluded, low and high.
    pub fn failure_interval(&self, f: f64, n: f64) -> (f64, f64) {
        self.mixture.interval(f, n, self.alpha)
    }

    /// The success probabilities that are not excluded, low and high.
    pub fn success_interval(&self, f: f64, n: f64) -> (f64, f64) {
        let (low, high) = self.failure_interval(f, n);
        (1.0 - high, 1.0 - low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_failures_pass_after_the_documented_attempts() {
        for (slo, n) in [(0.995, 820.0), (0.999, 4105.0)] {
            let test = SloTest::new(slo, 0.05);
            assert_eq!(test.decide(0.0, n), Decision::Pass);
            assert_eq!(test.decide(0.0, n - 1.0), Decision::Undecided);
        }
    }

    #[test]
    fn nonsense_gives_numbers_all_the_same() {
        for slo in [f64::NAN, 1e-9, 0.5, 1.0 - 1e-9] {
            let test = SloTest::new(slo, 0.05);
            for (f, n) in [(f64::NAN, 5.0), (5.0, f64::NAN), (9.0, 3.0), (-1.0, 3.0), (1.0, f64::INFINITY), (0.0, 0.0)]
            {
                let (low, high) = test.success_interval(f, n);
                for x in [test.ln_e_fail(f, n), test.ln_e_pass(f, n), low, high] {
                    assert!(x.is_finite(), "slo {slo}, f {f}, n {n}: {x}");
                }
            }
        }
    }
}
