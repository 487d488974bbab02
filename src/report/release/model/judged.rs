//! What telemetry says: gates, rates, and what stops a rollout.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct Gate {
    pub key: String,
    pub title: String,
    pub kind: &'static str,
    pub asks: String,
    pub verdict: &'static str,
    pub reason: String,
    pub brief: String,
    pub evidence: BTreeMap<String, f64>,
    pub since: Option<DateTime<Utc>>,
    pub age_s: Option<i64>,
    pub query: Option<String>,
    pub source: Option<String>,
    pub failed_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct Rate {
    pub scope: String,
    pub key: String,
    pub title: String,
    pub successes: u64,
    pub attempts: u64,
    pub rate: Option<f64>,
    pub low: f64,
    pub high: f64,
    pub slo: f64,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    pub blind: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct Guardrails {
    pub blind: Option<String>,
    pub tallies: Vec<Tally>,
    pub never_seen: usize,
    pub hard_stops: Vec<HardStop>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct Tally {
    pub signature: String,
    pub listed: bool,
    pub hard_stop: bool,
    pub m15: u64,
    pub h1: u64,
    pub h24: u64,
    pub stage: u64,
    pub first_seen: Option<DateTime<Utc>>,
    pub last_seen: Option<DateTime<Utc>>,
}

/// A hard stop that stands, or stood and was resolved.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct HardStop {
    pub signature: String,
    pub since: Option<DateTime<Utc>>,
    pub count: Option<u64>,
    pub reason: String,
    pub stands: bool,
    pub resolutions: Vec<Resolved>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct Resolved {
    pub at: DateTime<Utc>,
    pub operator: String,
    pub evidence: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct Trigger {
    pub key: String,
    pub title: String,
    pub state: &'static str,
    pub reason: String,
    pub since: Option<DateTime<Utc>>,
    pub by: Option<String>,
    pub resolutions: Vec<Resolved>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct Hold {
    pub hold: String,
    pub at: DateTime<Utc>,
    pub operator: String,
    pub reason: String,
    pub evidence: String,
    pub cleared: Option<Resolved>,
}
