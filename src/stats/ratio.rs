//! The rate of events in a canary against a control at the same time.
//!
//! Given the total, the canary's `x` events of `x + y` are binomial, so the [`Mixture`] decides about the canary's
//! share of them. `s = t1 / (t1 + t0)` is that share when both rates are equal. Fail: the ratio is above 1, tested at
//! `s`. Pass: it is below `rho`, tested at `rho s / (rho s + 1 - s)`. Both with the prior at `s`.

use super::{Decision, mixture::Mixture};

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
        self.mixture.ln_e_above(self.null_share, canary as f64, canary as f64 + control as f64)
    }

    /// Log evidence that the ratio is below the largest tolerated.
    pub fn ln_e_pass(&self, canary: u64, control: u64) -> f64 {
        self.mixture.ln_e_below(self.share_at_max, canary as f64, canary as f64 + control as f64)
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
