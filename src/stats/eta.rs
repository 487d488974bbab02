//! How many more attempts until a verdict, if they fail at a given rate.

use super::bernoulli::SloTest;

/// More attempts than anybody waits for.
pub const CAP: u64 = 1_000_000_000;

/// The smallest m with `lnE_pass(f + r m, n + m) >= ln(1/alpha)`; None past `cap`: it cannot pass at this rate.
pub fn to_pass(test: &SloTest, f: f64, n: f64, r: f64, cap: u64) -> Option<u64> {
    smallest(cap, |m| test.ln_e_pass(f + r * m, n + m) >= test.bound())
}

/// The smallest m with `lnE_fail(f + r m, n + m) >= ln(1/alpha)`; None past `cap`.
pub fn to_fail(test: &SloTest, f: f64, n: f64, r: f64, cap: u64) -> Option<u64> {
    smallest(cap, |m| test.ln_e_fail(f + r * m, n + m) >= test.bound())
}

/// The smallest number at which `holds` turns true and stays so, by doubling and bisection.
pub(super) fn smallest(cap: u64, holds: impl Fn(f64) -> bool) -> Option<u64> {
    let at = |m: u64| holds(m as f64);
    if at(0) {
        return Some(0);
    }
    let mut low = 0;
    let mut high = 1;
    while !at(high) {
        if high >= cap {
            return None;
        }
        low = high;
        high = (high * 2).min(cap);
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if at(middle) { high = middle } else { low = middle }
    }
    Some(high)
}
