//! The flag as its store holds it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{fault::Fault, runbook::Exposure};

/// The flag's configuration in one environment, as read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlagState {
    /// Whether anybody can get the feature: the environment's switch, and something behind it.
    pub enabled: bool,
    /// Whom gonogo's own rules would serve while the switch is on. What is served is [`FlagState::serves`].
    pub configured: Exposure,
    /// Rules that are not gonogo's, in words; while there is one, nobody knows from here who is served.
    pub foreign: Vec<String>,
    /// An opaque digest of the configuration: two readings with the same version are the same configuration.
    pub version: String,
    /// When the store says that it was last changed.
    pub changed_at: Option<DateTime<Utc>>,
    /// Who the store says changed it.
    pub changed_by: Option<String>,
    /// What the store says was changed then, in one line.
    #[serde(default)]
    pub changed_what: Option<String>,
    /// The configuration as the store gave it, for the audit log and the evidence.
    pub raw: serde_json::Value,
}

impl FlagState {
    /// Who gets the feature now, foreign rules aside.
    pub fn serves(&self) -> Exposure {
        if self.enabled { self.configured.clone() } else { Exposure::off() }
    }

    /// Whether this configuration gives the feature to nobody. Rules of others matter only while the switch is on.
    pub fn serves_nobody(&self) -> bool {
        !self.enabled || (self.configured.is_off() && self.foreign.is_empty())
    }
}

/// The last reading of the flag.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FlagReading {
    /// The last configuration that was read, if any ever was.
    pub state: Option<FlagState>,
    /// When that was, by gonogo's clock.
    pub read_at: Option<DateTime<Utc>>,
    /// Why the latest reading failed, if it did.
    pub fault: Option<Fault>,
}
