//! A clipped CUSUM over one-minute buckets: quick to see a drop after hours of health, to which cumulative evidence is
//! slow.
//!
//! ```text
//! c = ln(horizon / alpha)          horizon 1,440 buckets: a day
//! W = max(0, W) + min(f ln k + (n - f)(ln1p(-k q0) - ln1p(-q0)), c/5)        k = 3
//! alarm at W >= c - 1e-9
//! ```
//!
//! The clip keeps one bad minute from raising the alarm: five in a row do.

/// The chart: its settings and where it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cusum {
    per_failure: f64,
    per_success: f64,
    clip: f64,
    threshold: f64,
    w: f64,
}

impl Cusum {
    /// The chart for a success rate's SLO, with the settings above.
    pub fn new(slo: f64, alpha: f64) -> Self {
        Self::with_settings(slo, alpha, 3.0, 1440.0, 5.0)
    }

    /// The chart that looks for `multiple` times the tolerated failure rate, at most one false alarm with probability
    /// `alpha` in `horizon` buckets, no bucket counting for more than one `clip`-th of the threshold.
    pub fn with_settings(slo: f64, alpha: f64, multiple: f64, horizon: f64, clip: f64) -> Self {
        let q0 = (1.0 - slo).clamp(1e-12, 1.0 - 1e-12);
        // With a low SLO three times its failure rate would be more than certain: as near to certain as can be computed.
        let q1 = (multiple * q0).min(1.0 - 1e-12).max(q0);
        let threshold = (horizon / alpha).ln();
        Self {
            per_failure: (q1 / q0).ln(),
            per_success: (-q1).ln_1p() - (-q0).ln_1p(),
            clip: threshold / clip,
            threshold,
            w: 0.0,
        }
    }

    /// What `w` must reach.
    pub fn threshold(&self) -> f64 {
        self.threshold
    }

    /// Where the chart stands.
    pub fn w(&self) -> f64 {
        self.w
    }

    /// Takes in one bucket; whether the alarm stands after it.
    pub fn add(&mut self, attempts: u64, failures: u64) -> bool {
        let f = failures.min(attempts) as f64;
        let step = f * self.per_failure + (attempts as f64 - f) * self.per_success;
        self.w = self.w.max(0.0) + step.min(self.clip);
        // Five full clips sum to the threshold exactly, but for rounding.
        self.w >= self.threshold - 1e-9
    }
}
