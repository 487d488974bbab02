//! When occurrences of one signature are a repetition and no coincidence.

use std::collections::{BTreeSet, VecDeque};

/// The smallest N with `lambda_day * P(Poisson(lambda_day W) >= N - 1) <= budget`: with at most that many false
/// clusters a day, N occurrences within the window are a repetition.
pub fn threshold(background_per_day: f64, window_s: f64, budget_per_day: f64) -> u64 {
    let mean = (background_per_day * window_s / 86_400.0).max(0.0);
    // P(X >= k), from P(X >= 0) = 1 on; summing the tail itself would lose its digits to 1.
    let mut term = (-mean).exp();
    let mut tail = 1.0;
    for k in 0..10_000_u64 {
        if background_per_day * tail <= budget_per_day {
            return k + 1;
        }
        tail = (tail - term).max(0.0);
        term *= mean / (k + 1) as f64;
    }
    u64::MAX
}

/// The first time at which `n` occurrences by at least `units` different reporters fall within `(t - window, t]`.
/// Occurrences are `(time, reporter)`, sorted by time.
pub fn first<T: Ord + Copy>(
    occurrences: impl Iterator<Item = (i64, T)>,
    n: usize,
    window: i64,
    units: usize,
) -> Option<i64> {
    let mut recent: VecDeque<(i64, T)> = VecDeque::new();
    for (at, unit) in occurrences {
        recent.push_back((at, unit));
        while recent.front().is_some_and(|&(t, _)| t <= at - window) {
            recent.pop_front();
        }
        if recent.len() >= n && recent.iter().map(|r| r.1).collect::<BTreeSet<_>>().len() >= units {
            return Some(at);
        }
    }
    None
}
