//! Multi-window burn rate: how many times faster than allowed the error budget is spent.

/// Failures and attempts in one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Failures.
    pub failures: u64,
    /// Attempts.
    pub attempts: u64,
}

impl Window {
    /// `(f/n) / (1 - slo)`; None without attempts.
    pub fn burn(self, slo: f64) -> Option<f64> {
        let q0 = 1.0 - slo;
        (self.attempts > 0 && q0 > 0.0).then(|| self.failures as f64 / self.attempts as f64 / q0)
    }

    fn burns(self, slo: f64, threshold: f64) -> bool {
        // 1 - slo is not exact: a burn rate right on the threshold counts as on it.
        self.burn(slo).is_some_and(|burn| burn >= threshold * (1.0 - 1e-9))
    }
}

/// What the two windows say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Burn {
    /// No attempts in the long window.
    NoData,
    /// Neither window burns.
    Ok,
    /// The short window alone burns.
    Spike,
    /// Both burn.
    Sustained,
    /// The long window alone burns.
    Recovering,
}

/// The state of a pair of windows. The long one burns only with at least `min_failures` in it.
pub fn state(long: Window, short: Window, slo: f64, threshold: f64, min_failures: u64) -> Burn {
    if long.attempts == 0 {
        return Burn::NoData;
    }
    let long_burns = long.failures >= min_failures && long.burns(slo, threshold);
    match (long_burns, short.burns(slo, threshold)) {
        (true, true) => Burn::Sustained,
        (false, true) => Burn::Spike,
        (true, false) => Burn::Recovering,
        (false, false) => Burn::Ok,
    }
}
