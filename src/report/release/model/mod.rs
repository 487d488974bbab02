//! The report as data, under stable names. Its schema is `assets/report.schema.json`.

mod approval;
mod judged;
mod past;

use chrono::{DateTime, Utc};
use serde::Serialize;

pub(super) use self::{approval::*, judged::*, past::*};
use super::chart::Charts;
use crate::judge::TimelineEntry;

/// Names this form of the report. It changes when a name or a meaning does.
pub const REPORT_SCHEMA: &str = "gonogo/report/1";

/// Everything a release tracker keeps of a rollout. Text in it is as it was recorded, without control characters.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report<'a> {
    pub(super) schema: &'static str,
    pub(super) rollout: Rollout,
    pub(super) made: super::facts::Made,
    pub(super) period: Period,
    pub(super) call: &'static str,
    pub(super) headline: String,
    pub(super) blockers: Vec<String>,
    pub(super) digest: String,
    pub(super) stage: Stage,
    pub(super) sources: Vec<Source>,
    pub(super) flag: Flag,
    pub(super) sign_off: Vec<Field>,
    pub(super) roles: Vec<Role>,
    pub(super) signatures: Vec<Signature>,
    pub(super) polls: Vec<Poll>,
    pub(super) stages: Vec<Visit>,
    pub(super) gates: Vec<Gate>,
    pub(super) rates: Vec<Rate>,
    pub(super) guardrails: Guardrails,
    pub(super) triggers: Vec<Trigger>,
    pub(super) holds: Vec<Hold>,
    pub(super) qa_runs: Vec<QaRun>,
    pub(super) checklist: Vec<Check>,
    pub(super) evidence: Vec<Evidence>,
    pub(super) attachments: Vec<Attachment>,
    pub(super) deployed: Option<Deployed>,
    pub(super) incidents: Vec<Incident>,
    pub(super) timeline: &'a [TimelineEntry],
    pub(super) audit: Audit,
    /// For pictures alone; the numbers behind them are in the rest.
    #[serde(skip)]
    pub(super) charts: Charts,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Rollout {
    pub key: String,
    pub title: String,
    pub flag: String,
    pub environment: String,
    /// Whole, as it was named or is on record.
    pub candidate: Option<String>,
    pub runbook: String,
    pub complete: bool,
}

/// What happened is told from here to there; none is no end. The call is always that of when it was made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Period {
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Stage {
    pub index: usize,
    pub of: usize,
    pub key: String,
    pub title: String,
    pub entered_at: Option<DateTime<Utc>>,
    pub inferred: bool,
    pub evidence_from: DateTime<Utc>,
    pub restarted: Option<String>,
    pub observed_s: i64,
    pub observe_s: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Source {
    pub name: String,
    pub address: String,
    pub state: &'static str,
    pub age_s: Option<i64>,
    pub error: Option<String>,
    pub note: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Flag {
    pub serves: Option<String>,
    pub version: Option<String>,
    pub drift: Option<String>,
    pub blind: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Deployed {
    pub commits: Vec<Instances>,
    pub matches: bool,
    pub why: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Instances {
    pub commit: String,
    pub instances: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Audit {
    pub place: String,
    pub count: u64,
    pub head: String,
    pub sound: bool,
    pub problem: Option<String>,
    /// Events that are not in it yet.
    pub waiting: usize,
    /// Lines of the timeline, and how many of them the period of this report has.
    pub lines: usize,
    pub told: usize,
}
