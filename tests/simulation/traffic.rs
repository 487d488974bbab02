//! Uploads as they end: arrivals at random, and each of them may fail.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Binomial, Distribution, Poisson};

/// What ended in a minute, or in a second of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ended {
    /// Attempts.
    pub attempts: u64,
    /// Those that failed.
    pub failures: u64,
}

/// How the failure rate behaves from minute to minute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Failing {
    /// Each attempt fails with this probability, whatever the others do.
    Steadily(f64),
    /// The same, with another probability from a minute on.
    Worse {
        /// The probability before.
        before: f64,
        /// The minute.
        from: usize,
        /// The probability from then on.
        after: f64,
    },
    /// Failures come in clumps: each stretch of minutes draws its own probability from a beta distribution.
    Clumped {
        /// Its mean.
        mean: f64,
        /// The correlation of two attempts in one stretch.
        correlation: f64,
        /// How long a stretch is.
        minutes: usize,
    },
}

/// A stream of minutes, the same for the same seed.
#[derive(Debug)]
pub struct Traffic {
    rng: ChaCha8Rng,
    arrivals: Poisson<f64>,
    failing: Failing,
    minute: usize,
    probability: f64,
}

impl Traffic {
    /// Attempts that end at random moments, so many a minute on average.
    pub fn new(seed: u64, per_minute: f64, failing: Failing) -> Self {
        let arrivals = Poisson::new(per_minute).expect("a rate above zero");
        Self { rng: ChaCha8Rng::seed_from_u64(seed), arrivals, failing, minute: 0, probability: 0.0 }
    }

    /// The next minute.
    pub fn minute(&mut self) -> Ended {
        match self.failing {
            Failing::Steadily(probability) => self.probability = probability,
            Failing::Worse { before, from, after } => {
                self.probability = if self.minute < from { before } else { after };
            }
            Failing::Clumped { mean, correlation, minutes } if self.minute.is_multiple_of(minutes) => {
                // Of a beta distribution with the shapes a and b, the correlation is 1 / (a + b + 1).
                let size = 1.0 / correlation - 1.0;
                let beta = Beta::new(mean * size, (1.0 - mean) * size).expect("shapes above zero");
                self.probability = beta.sample(&mut self.rng);
            }
            Failing::Clumped { .. } => {}
        }
        self.minute += 1;
        let attempts = self.arrivals.sample(&mut self.rng) as u64;
        let failures = Binomial::new(attempts, self.probability).expect("a probability").sample(&mut self.rng);
        Ended { attempts, failures }
    }

    /// The seconds of a minute: given how many there are, arrivals at random lie anywhere in it alike.
    pub fn seconds(&mut self, minute: Ended) -> [Ended; 60] {
        let mut seconds = [Ended::default(); 60];
        for i in 0..minute.attempts {
            let second = &mut seconds[self.rng.random_range(0..60)];
            second.attempts += 1;
            second.failures += u64::from(i < minute.failures);
        }
        seconds
    }
}
