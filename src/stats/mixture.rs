//! The Beta mixture: evidence about a probability that stays valid at any number of looks.
//!
//! A Beta(a, b) prior over the probability is averaged over; the ratio of that average likelihood to the likelihood at
//! one value `q` is a test martingale under `q`, so it exceeds `1/alpha` at *any* time with probability at most `alpha`
//! (Ville's inequality). `f` is events, `n` is trials; both may be fractions of a count (over-dispersion).
//!
//! ```text
//! lnB(x, y) = lgamma x + lgamma y - lgamma(x + y)
//! lnM       = lnB(a + f, b + n - f) - lnB(a, b)
//! LL(q)     = f ln q + (n - f) ln1p(-q)            0 ln 0 = 0
//! ```

use libm::lgamma;

/// A Beta(a, b) mixture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mixture {
    a: f64,
    b: f64,
    /// lnB(a, b), once.
    ln_beta: f64,
}

impl Mixture {
    /// The prior with its mean at `q0` and shape 1/2 on the rarer side.
    pub fn at_null(q0: f64) -> Self {
        let q0 = probability(q0).clamp(1e-12, 1.0 - 1e-12);
        if q0 <= 0.5 {
            Self::with_shapes(0.5, (1.0 - q0) / (2.0 * q0))
        } else {
            Self::with_shapes(q0 / (2.0 * (1.0 - q0)), 0.5)
        }
    }

    /// A prior of these shapes, each above zero.
    pub fn with_shapes(a: f64, b: f64) -> Self {
        let positive = |x: f64| if x.is_finite() && x > 0.0 { x } else { 0.5 };
        let (a, b) = (positive(a), positive(b));
        Self { a, b, ln_beta: ln_beta(a, b) }
    }

    /// Log of the average likelihood of `f` events in `n` trials.
    pub fn ln_marginal(&self, f: f64, n: f64) -> f64 {
        let (f, n) = sane(f, n);
        if n == 0.0 {
            return 0.0;
        }
        ln_beta(self.a + f, self.b + n - f) - self.ln_beta
    }

    /// Log evidence that the probability is not `q`. It is infinite where `q` is 0 or 1 and the data refute it.
    pub fn ln_e_not(&self, q: f64, f: f64, n: f64) -> f64 {
        let (f, n) = sane(f, n);
        self.ln_marginal(f, n) - ln_likelihood(probability(q), f, n)
    }

    /// Log evidence that the probability is above `q`.
    pub fn ln_e_above(&self, q: f64, f: f64, n: f64) -> f64 {
        let (f, n) = sane(f, n);
        if n == 0.0 { 0.0 } else { self.ln_marginal(f, n) - ln_likelihood(probability(q).min(f / n), f, n) }
    }

    /// Log evidence that the probability is below `q`.
    pub fn ln_e_below(&self, q: f64, f: f64, n: f64) -> f64 {
        let (f, n) = sane(f, n);
        if n == 0.0 { 0.0 } else { self.ln_marginal(f, n) - ln_likelihood(probability(q).max(f / n), f, n) }
    }

    /// The values of the probability that the evidence does not exclude at `alpha`: `{q : lnM - LL(q) < ln(1/alpha)}`.
    ///
    /// By bisection on each side of f/n, in closed form where one side is missing. It excludes a value exactly when the
    /// one-sided evidence against that value reaches `1/alpha`, so it cannot disagree with a verdict.
    pub fn interval(&self, f: f64, n: f64, alpha: f64) -> (f64, f64) {
        let (f, n) = sane(f, n);
        if n == 0.0 {
            return (0.0, 1.0);
        }
        let ln_marginal = self.ln_marginal(f, n);
        let bound = -alpha.ln();
        let c = bound - ln_marginal;
        let mode = f / n;
        let excluded = |q: f64| ln_marginal - ln_likelihood(q, f, n) >= bound;
        let low = match () {
            () if f == 0.0 => 0.0,
            () if f == n => (-c / n).exp(),
            () => bisect(0.0, mode, |q| !excluded(q)).0,
        };
        let high = match () {
            () if f == n => 1.0,
            () if f == 0.0 => -(-c / n).exp_m1(),
            () => bisect(mode, 1.0, excluded).1,
        };
        (low.clamp(0.0, 1.0), high.clamp(0.0, 1.0))
    }
}

/// The two neighbours between which `holds` turns from false (at `low`) to true (at `high`).
fn bisect(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> (f64, f64) {
    // 1e-15 is the spacing of f64 near one: there is nothing to gain beyond it.
    while high - low > 1e-15 {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if holds(middle) { high = middle } else { low = middle }
    }
    (low, high)
}

fn ln_beta(x: f64, y: f64) -> f64 {
    lgamma(x) + lgamma(y) - lgamma(x + y)
}

/// `0 ln 0 = 0` on both sides.
fn ln_likelihood(q: f64, f: f64, n: f64) -> f64 {
    let events = if f > 0.0 { f * q.ln() } else { 0.0 };
    let others = if n > f { (n - f) * (-q).ln_1p() } else { 0.0 };
    events + others
}

fn probability(q: f64) -> f64 {
    if q.is_nan() { 0.5 } else { q.clamp(0.0, 1.0) }
}

/// Counts that hold together: no NaN, nothing negative, not more events than trials, nothing that overflows.
fn sane(f: f64, n: f64) -> (f64, f64) {
    let n = if n.is_finite() && n > 0.0 { n.min(1e15) } else { 0.0 };
    let f = if f.is_nan() { n } else { f.clamp(0.0, n) };
    (f, n)
}
