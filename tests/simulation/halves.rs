//! The two halves of a success rate's verdict, minute by minute: the test of everything so far, and the CUSUM.
//!
//! They are put together here as the judge puts them together, but each minute costs the same however long the day
//! was. So thousands of days can be followed; the judge itself is asked wherever the verdict changes.

use gonogo::{
    judge::Verdict,
    stats::{ALPHA, Decision, bernoulli::SloTest, cusum::Cusum},
};

use super::traffic::Ended;

/// Which of them says Fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// The test of everything so far.
    Cumulative,
    /// The CUSUM.
    Cusum,
}

/// Both halves, up to now.
#[derive(Debug)]
pub struct Halves {
    test: SloTest,
    cusum: Cusum,
    attempts: f64,
    failures: f64,
    /// The sum of f²/n over the minutes with traffic, from which over-dispersion follows.
    squares: f64,
    busy: usize,
    holds: bool,
    /// What failed first, if anything did: a gate that failed once has failed.
    pub failed: Option<Half>,
}

impl Halves {
    /// Nothing seen yet.
    pub fn new(slo: f64) -> Self {
        Self {
            test: SloTest::new(slo, ALPHA),
            cusum: Cusum::new(slo, ALPHA),
            attempts: 0.0,
            failures: 0.0,
            squares: 0.0,
            busy: 0,
            holds: false,
            failed: None,
        }
    }

    /// Takes in a minute.
    pub fn add(&mut self, minute: Ended) {
        let (n, f) = (minute.attempts as f64, minute.failures as f64);
        if n > 0.0 {
            self.attempts += n;
            self.failures += f;
            self.squares += f * f / n;
            self.busy += 1;
        }
        let phi = self.phi();
        let decision = self.test.decide(self.failures / phi, self.attempts / phi);
        self.holds = decision == Decision::Pass && self.busy >= 60;
        let alarm = self.cusum.add(minute.attempts, minute.failures);
        let now = match () {
            () if decision == Decision::Fail && self.busy >= 10 => Some(Half::Cumulative),
            () if alarm => Some(Half::Cusum),
            () => None,
        };
        self.failed = self.failed.or(now);
    }

    /// Over-dispersion: Pearson's chi² over its degrees of freedom, at least one.
    pub fn phi(&self) -> f64 {
        let (n, f) = (self.attempts, self.failures);
        if self.busy < 2 || f == 0.0 || f == n {
            return 1.0;
        }
        let p = f / n;
        let chi2 = (self.squares - f * p) / (p * (1.0 - p));
        (chi2 / (self.busy as f64 - 1.0)).max(1.0)
    }

    /// What a gate says now.
    pub fn verdict(&self) -> Verdict {
        match () {
            () if self.failed.is_some() => Verdict::Fail,
            () if self.holds => Verdict::Pass,
            () => Verdict::Pending,
        }
    }
}
