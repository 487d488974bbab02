//! Wilson's score interval: for closed buckets in a sparkline or a table, never for a live verdict.

/// The quantile of the normal distribution that makes a two-sided 95 % interval.
pub const Z95: f64 = 1.959_963_984_540_054;

/// The 95 % interval of a proportion `successes / attempts`; everything at no attempts.
pub fn interval(successes: u64, attempts: u64) -> (f64, f64) {
    interval_at(successes, attempts, Z95)
}

/// The same at another quantile `z`.
pub fn interval_at(successes: u64, attempts: u64, z: f64) -> (f64, f64) {
    if attempts == 0 {
        return (0.0, 1.0);
    }
    let n = attempts as f64;
    let p = successes.min(attempts) as f64 / n;
    let z2 = z * z;
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let low = if successes == 0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if successes >= attempts { 1.0 } else { (centre + half).min(1.0) };
    (low, high)
}
