//! The present, as the shell sees it. Core code never asks: it is told.

use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};

/// Where the present comes from.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// The system's clock.
    System,
    /// A simulated clock, for the demo: at `began` it showed `shown`, and it runs `speed` times as fast as real time.
    Simulated {
        /// The real instant at which it was started.
        began: Instant,
        /// What it showed then.
        shown: DateTime<Utc>,
        /// Simulated seconds in one real second.
        speed: f64,
    },
}

impl Clock {
    /// The present instant, in UTC.
    pub fn now(&self) -> DateTime<Utc> {
        match *self {
            Self::System => Utc::now(),
            Self::Simulated { began, shown, speed } => {
                shown + TimeDelta::milliseconds((began.elapsed().as_secs_f64() * speed * 1000.0) as i64)
            }
        }
    }
}
