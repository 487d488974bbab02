//! The present, as the shell sees it. Core code never asks: it is told.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Instant,
};

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
        /// Milliseconds that it was put forward since. Shared by every copy of the clock.
        ahead: &'static AtomicI64,
    },
    /// A clock that shows what it was set to last, in milliseconds since 1970: that of a recording.
    Set(&'static AtomicI64),
}

impl Clock {
    /// The present instant, in UTC.
    pub fn now(&self) -> DateTime<Utc> {
        match *self {
            Self::System => Utc::now(),
            Self::Simulated { began, shown, speed, ahead } => {
                let ran = (began.elapsed().as_secs_f64() * speed * 1000.0) as i64;
                shown + TimeDelta::milliseconds(ran.saturating_add(ahead.load(Ordering::Acquire)))
            }
            Self::Set(shown) => DateTime::from_timestamp_millis(shown.load(Ordering::Acquire)).unwrap_or_default(),
        }
    }

    /// A simulated clock that shows `shown` now. It lives as long as the process does.
    pub fn simulated(shown: DateTime<Utc>, speed: f64) -> Self {
        Self::Simulated { began: Instant::now(), shown, speed, ahead: Box::leak(Box::new(AtomicI64::new(0))) }
    }

    /// A clock that stands still at `shown` until it is set. It lives as long as the process does.
    pub fn standing(shown: DateTime<Utc>) -> Self {
        Self::Set(Box::leak(Box::new(AtomicI64::new(shown.timestamp_millis()))))
    }

    /// Sets a clock that is set, for everybody who looks at it.
    pub fn set(&self, to: DateTime<Utc>) {
        if let Self::Set(shown) = self {
            shown.store(to.timestamp_millis(), Ordering::Release);
        }
    }

    /// Puts a simulated clock forward, for everybody who looks at it. Nobody puts the system's clock forward.
    pub fn put_forward(&self, by: TimeDelta) {
        if let Self::Simulated { ahead, .. } = self {
            ahead.fetch_add(by.num_milliseconds().max(0), Ordering::AcqRel);
        }
    }
}
