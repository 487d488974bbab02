//! What happened: visits of stages, and each rollback with its steps.

use chrono::{DateTime, Utc};
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct Visit {
    pub stage: String,
    pub title: String,
    pub entered_at: DateTime<Utc>,
    pub left_at: Option<DateTime<Utc>>,
    pub lasted_s: i64,
    pub by_rollback: bool,
    /// Who entered it; none where that was found, not done.
    pub by: Option<String>,
    pub why: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct Incident {
    pub rollback: String,
    pub from_stage: String,
    pub candidate: Option<String>,
    pub before: Option<String>,
    /// In order: detected, tripped, requested, written, confirmed, legacy, kept, resolved, fixed, green, left.
    pub steps: Vec<Step>,
    pub called_for: Vec<Mark>,
    pub attempts: Vec<Attempt>,
    pub detection_to_request_s: Option<i64>,
    pub request_to_confirmed_s: Option<i64>,
    pub request_to_legacy_s: Option<i64>,
    pub total_s: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct Step {
    pub step: &'static str,
    /// None where it is not on record.
    pub at: Option<DateTime<Utc>>,
    /// Since the order; negative before it.
    pub after_s: Option<i64>,
    pub by: Option<String>,
    pub what: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct Mark {
    pub at: DateTime<Utc>,
    pub by: Option<String>,
    pub what: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct Attempt {
    pub id: String,
    pub at: DateTime<Utc>,
    pub by: String,
    pub reason: String,
    pub ended_at: Option<DateTime<Utc>>,
    pub ended: String,
    pub confirmed: bool,
}
