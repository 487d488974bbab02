//! What a dashboard says that knows nothing of looking often: three rules that people do write.

use std::collections::VecDeque;

use gonogo::{judge::Verdict, stats::wilson};

use super::traffic::Ended;

/// Attempts below which a threshold says nothing.
const ENOUGH: u64 = 100;

/// The rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The success rate since the stage began against the SLO.
    SinceBegin,
    /// The success rate of the last hour against the SLO.
    LastHour,
    /// A 95 % interval of the success rate since the stage began (Wilson's, made to be looked at once).
    Interval,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::SinceBegin, Self::LastHour, Self::Interval];
}

/// A dashboard with one rule.
#[derive(Debug)]
pub struct Dashboard {
    rule: Rule,
    slo: f64,
    minutes: VecDeque<Ended>,
    attempts: u64,
    failures: u64,
}

impl Dashboard {
    /// Nothing seen yet.
    pub fn new(rule: Rule, slo: f64) -> Self {
        Self { rule, slo, minutes: VecDeque::new(), attempts: 0, failures: 0 }
    }

    /// Takes in a minute.
    pub fn add(&mut self, minute: Ended) {
        self.attempts += minute.attempts;
        self.failures += minute.failures;
        self.minutes.push_back(minute);
        if self.rule == Rule::LastHour && self.minutes.len() > 60 {
            let old = self.minutes.pop_front().unwrap_or_default();
            self.attempts -= old.attempts;
            self.failures -= old.failures;
        }
    }

    /// What it says now.
    pub fn verdict(&self) -> Verdict {
        let successes = self.attempts - self.failures;
        let (low, high) = match self.rule {
            Rule::Interval => wilson::interval(successes, self.attempts),
            _ if self.attempts < ENOUGH => return Verdict::Pending,
            _ => {
                let share = successes as f64 / self.attempts as f64;
                (share, share)
            }
        };
        match () {
            () if high < self.slo => Verdict::Fail,
            () if self.rule == Rule::Interval && low <= self.slo => Verdict::Pending,
            () => Verdict::Pass,
        }
    }
}
