//! Over-dispersion: failures that come in clumps say less than as many independent ones.

/// `phi = max(1, Pearson chi² / (J - 1))` over the J non-empty buckets of `(attempts, failures)`.
///
/// A test then uses `f/phi` and `n/phi`. One when there is nothing to tell: no failures, nothing but failures, fewer
/// than two buckets.
pub fn phi(buckets: impl Iterator<Item = (u64, u64)> + Clone) -> f64 {
    let filled = buckets.filter(|&(n, _)| n > 0).map(|(n, f)| (n as f64, f.min(n) as f64));
    let (j, n, f) = filled.clone().fold((0.0, 0.0, 0.0), |(j, n, f), (bn, bf)| (j + 1.0, n + bn, f + bf));
    if j < 2.0 || f <= 0.0 || f >= n {
        return 1.0;
    }
    let p: f64 = f / n;
    let chi2: f64 = filled.map(|(bn, bf)| (bf - bn * p).powi(2) / (bn * p * (1.0 - p))).sum();
    let phi = chi2 / (j - 1.0);
    if phi.is_finite() { phi.max(1.0) } else { 1.0 }
}
