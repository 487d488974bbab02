//! Over-dispersion: failures that come in clumps say less than as many independent ones.
//!
//! ```text
//! phi = max(1, Pearson chi² / (J - 1))        over the J non-empty buckets
//! chi² = Σ (f - n p)² / (n p (1 - p))  =  (Σ f²/n - F²/N) / (p (1 - p))        p = F / N
//! ```
//!
//! A test then uses `f/phi` and `n/phi`.

/// The sums of a series of buckets, from which its dispersion follows at any time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Dispersion {
    /// Non-empty buckets.
    buckets: f64,
    attempts: f64,
    failures: f64,
    /// Σ f²/n.
    squares: f64,
}

impl Dispersion {
    /// Takes in one bucket; an empty one says nothing.
    pub fn add(&mut self, attempts: u64, failures: u64) {
        if attempts == 0 {
            return;
        }
        let (n, f) = (attempts as f64, failures.min(attempts) as f64);
        self.buckets += 1.0;
        self.attempts += n;
        self.failures += f;
        self.squares += f * f / n;
    }

    /// How many times the variance is that of independent failures; at least 1, and 1 where there is nothing to tell: no
    /// failures, nothing but failures, fewer than two buckets.
    pub fn phi(&self) -> f64 {
        let Self { buckets, attempts, failures, squares } = *self;
        if buckets < 2.0 || failures <= 0.0 || failures >= attempts {
            return 1.0;
        }
        let p = failures / attempts;
        let phi = (squares - failures * p) / (p * (1.0 - p)) / (buckets - 1.0);
        if phi.is_finite() { phi.max(1.0) } else { 1.0 }
    }
}

/// The dispersion of a series of buckets of `(attempts, failures)`.
pub fn phi(buckets: impl Iterator<Item = (u64, u64)>) -> f64 {
    let mut dispersion = Dispersion::default();
    buckets.for_each(|(attempts, failures)| dispersion.add(attempts, failures));
    dispersion.phi()
}
