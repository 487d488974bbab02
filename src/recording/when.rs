//! Instants and lengths of time that can be reckoned with, whoever wrote them.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// An instant between 1970 and 2200: with any other, reckoning could overflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "DateTime<Utc>", into = "DateTime<Utc>")]
pub struct At(DateTime<Utc>);

/// The last second of 2199.
const LATEST: i64 = 7_258_118_399;

impl At {
    /// This instant; the nearest that is allowed.
    pub fn new(at: DateTime<Utc>) -> Self {
        let nearest = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
        Self(at.clamp(nearest(0), nearest(LATEST)))
    }

    /// The instant.
    pub fn get(self) -> DateTime<Utc> {
        self.0
    }
}

impl TryFrom<DateTime<Utc>> for At {
    type Error = String;

    fn try_from(at: DateTime<Utc>) -> Result<Self, String> {
        match Self::new(at) {
            same if same.0 == at => Ok(same),
            _ => Err(format!("{at} is not between 1970 and 2200")),
        }
    }
}

impl From<At> for DateTime<Utc> {
    fn from(at: At) -> Self {
        at.0
    }
}

/// A length of time, in nanoseconds: at most 292 years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Nanos(i64);

impl Nanos {
    /// This length; the longest there is where it is longer.
    pub fn new(length: TimeDelta) -> Self {
        let longest = if length < TimeDelta::zero() { i64::MIN } else { i64::MAX };
        Self(length.num_nanoseconds().unwrap_or(longest))
    }

    /// The length.
    pub fn get(self) -> TimeDelta {
        TimeDelta::nanoseconds(self.0)
    }
}
