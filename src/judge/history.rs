//! What the audit log says happened so far.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::runbook::Exposure;

/// The rollout's past, as far as verdicts depend on it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// Stages entered, oldest first; the last is the present one. Empty before anything was recorded.
    pub visits: Vec<Visit>,
    /// Hard stops that were resolved, oldest first.
    pub resolutions: Vec<Resolution>,
    /// An action that was begun and of whose end nothing is known.
    pub unfinished: Option<Unfinished>,
    /// What is shown as the timeline, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// Why nothing of the past is known, if so: there is a log, and it cannot be read.
    pub blind: Option<String>,
    /// Entries that could not be read, in words.
    pub damage: Option<String>,
}

impl History {
    /// The present stage, if one was recorded.
    pub fn present(&self) -> Option<&Visit> {
        self.visits.last()
    }
}

/// A stay in a stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Visit {
    /// Stage key.
    pub stage: String,
    /// When it was entered (its exposure was read back).
    pub entered_at: DateTime<Utc>,
    /// When it was left.
    pub left_at: Option<DateTime<Utc>>,
    /// Whether it was entered by a rollback.
    pub by_rollback: bool,
}

/// A hard stop that somebody resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resolution {
    /// Violations up to here are resolved.
    pub at: DateTime<Utc>,
    /// The signature that was resolved, `stage:code`.
    pub signature: String,
    /// By whom.
    pub operator: String,
    /// How, with evidence.
    pub evidence: String,
}

/// An action whose end is not known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unfinished {
    /// `advance`, `rollback`.
    pub action: String,
    /// When it was begun.
    pub at: DateTime<Utc>,
    /// What it was to serve.
    pub target: Exposure,
    /// The stage it was to enter.
    pub stage: String,
}

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// When.
    pub at: DateTime<Utc>,
    /// `advance`, `rollback`, `note`, `resolution`, `opened`, ...
    pub kind: String,
    /// Who, if a person.
    pub operator: Option<String>,
    /// What, in one line.
    pub text: String,
}
