//! Zero tolerance: how much exposure without an event shows that events are rarer than a tolerated rate.

/// Exposure without an event after which a rate of `tolerated` is excluded: `ceil(ln(alpha) / ln1p(-r))`.
pub fn needed(tolerated: f64, alpha: f64) -> u64 {
    let exposure = (alpha.ln() / (-tolerated).ln_1p()).ceil();
    // `as` saturates; a rate of zero is never shown.
    if exposure.is_nan() || exposure < 0.0 { u64::MAX } else { exposure as u64 }
}

/// The same for events that are rare beside a continuous exposure: `-ln(alpha) / r`.
pub fn needed_poisson(tolerated: f64, alpha: f64) -> f64 {
    -alpha.ln() / tolerated
}

/// The rate that `n` exposures without an event exclude: `1 - alpha^(1/n)`; 1 at none.
pub fn upper_bound(n: u64, alpha: f64) -> f64 {
    if n == 0 { 1.0 } else { -(alpha.ln() / n as f64).exp_m1() }
}
