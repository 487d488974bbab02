//! Who gets the feature.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

/// Name of a cohort.
pub type CohortKey = String;

/// A whole percentage, 0 to 100. Flag stores agree on whole numbers only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Percent(u8);

impl Percent {
    /// Nobody.
    pub const ZERO: Self = Self(0);
    /// Everybody.
    pub const ALL: Self = Self(100);

    /// The percentage, if it is one.
    pub fn new(value: u8) -> Option<Self> {
        (value <= 100).then_some(Self(value))
    }

    /// The number, 0 to 100.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Percent {
    type Error = String;

    fn try_from(value: u8) -> Result<Self, String> {
        Self::new(value).ok_or_else(|| format!("{value} is not a percentage from 0 to 100"))
    }
}

impl From<Percent> for u8 {
    fn from(value: Percent) -> Self {
        value.0
    }
}

/// Who gets the feature: everybody in these cohorts, and this percentage of everybody.
///
/// No cohort and 0 % is off; 100 % is everyone, whatever the cohorts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Exposure {
    /// Cohorts that get the feature whole.
    pub cohorts: BTreeSet<CohortKey>,
    /// Share of all users that gets it, by a stable hash of the user.
    pub percent: Percent,
}

impl Exposure {
    /// Nobody gets the feature.
    pub fn off() -> Self {
        Self::default()
    }

    /// Everybody gets the feature.
    pub fn everyone() -> Self {
        Self { cohorts: BTreeSet::new(), percent: Percent::ALL }
    }

    /// Whether nobody gets the feature.
    pub fn is_off(&self) -> bool {
        self.cohorts.is_empty() && self.percent == Percent::ZERO
    }

    /// Whether everybody gets the feature.
    pub fn is_everyone(&self) -> bool {
        self.percent == Percent::ALL
    }

    /// Whether everybody who gets the feature under `other` gets it under `self` too.
    pub fn covers(&self, other: &Self) -> bool {
        self.is_everyone() || (self.percent >= other.percent && self.cohorts.is_superset(&other.cohorts))
    }

    /// Whether both expose the feature to the same people. Cohorts are immaterial once everyone has it.
    pub fn same_as(&self, other: &Self) -> bool {
        self.covers(other) && other.covers(self)
    }
}

impl fmt::Display for Exposure {
    /// For people: `off`, `internal`, `internal + 5 %`, `5 %`, `everyone`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_off() {
            return f.write_str("off");
        }
        if self.is_everyone() {
            return f.write_str("everyone");
        }
        let mut parts: Vec<String> = self.cohorts.iter().cloned().collect();
        if self.percent > Percent::ZERO {
            parts.push(format!("{} %", self.percent.get()));
        }
        f.write_str(&parts.join(" + "))
    }
}
