//! The report as data, under stable names. Its schema is `assets/report.schema.json`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::chart::Charts;
use crate::judge::{KeptFile, TimelineEntry};

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

/// A field of the sign-off block: what is in it, or why it is open.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Field {
    pub title: String,
    pub value: Option<String>,
    pub open: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Role {
    pub key: String,
    pub title: String,
    pub name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Signature {
    pub at: DateTime<Utc>,
    pub stage: String,
    pub candidate: Option<String>,
    pub operator: String,
    pub statement: String,
    pub approval: Option<String>,
    /// Whether it counts for the present stage and candidate.
    pub stands: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Poll {
    pub poll: String,
    pub at: DateTime<Utc>,
    pub operator: String,
    pub stage: String,
    pub candidate: Option<String>,
    pub question: String,
    /// Why it counts no more, if so. Known of the present stage's last poll alone.
    pub fell: Option<String>,
    pub answers: Vec<Answer>,
    pub decision: Option<Decision>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Answer {
    pub role: String,
    pub title: String,
    /// Who answered, else who has the role now.
    pub name: Option<String>,
    /// `GO`, `NO-GO`; none where nobody answered.
    pub answer: Option<&'static str>,
    pub at: Option<DateTime<Utc>>,
    pub reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Decision {
    pub at: DateTime<Utc>,
    pub operator: String,
    pub answer: &'static str,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Visit {
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
pub(super) struct Gate {
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
pub(super) struct Rate {
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
pub(super) struct Guardrails {
    pub blind: Option<String>,
    pub tallies: Vec<Tally>,
    pub never_seen: usize,
    pub hard_stops: Vec<HardStop>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Tally {
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
pub(super) struct HardStop {
    pub signature: String,
    pub since: Option<DateTime<Utc>>,
    pub count: Option<u64>,
    pub reason: String,
    pub stands: bool,
    pub resolutions: Vec<Resolved>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Resolved {
    pub at: DateTime<Utc>,
    pub operator: String,
    pub evidence: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Trigger {
    pub key: String,
    pub title: String,
    pub state: &'static str,
    pub reason: String,
    pub since: Option<DateTime<Utc>>,
    pub by: Option<String>,
    pub resolutions: Vec<Resolved>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Hold {
    pub hold: String,
    pub at: DateTime<Utc>,
    pub operator: String,
    pub reason: String,
    pub evidence: String,
    pub cleared: Option<Resolved>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct QaRun {
    pub at: DateTime<Utc>,
    pub operator: String,
    pub command: String,
    pub candidate: String,
    pub passed: usize,
    pub checks: Vec<QaCheck>,
    pub dry_run: bool,
    /// `clean`, `dirty`, `unknown`; `imported` where gonogo did not run it.
    pub tree: &'static str,
    /// What is known of that tree beside the word.
    pub tree_note: Option<String>,
    pub started_at: DateTime<Utc>,
    pub completed_at: Option<DateTime<Utc>>,
    pub duration_s: Option<f64>,
    pub exit: Option<i32>,
    pub killed: Option<String>,
    /// SHA-256 of the report; empty where there was none.
    pub digest: String,
    pub output: Option<KeptFile>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct QaCheck {
    pub id: String,
    pub status: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Check {
    pub key: String,
    pub title: String,
    pub environments: Vec<CheckIn>,
}

/// The latest result of a check in one environment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct CheckIn {
    pub environment: String,
    /// `pass`, `fail`, `blocked`; none where it was not made.
    pub outcome: Option<&'static str>,
    pub at: Option<DateTime<Utc>>,
    pub operator: Option<String>,
    pub candidate: Option<String>,
    /// Whether it was made on the candidate of this report.
    pub of_candidate: bool,
    pub note: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Evidence {
    pub key: String,
    pub title: String,
    pub open: Option<String>,
    pub shown: Vec<Shown>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Shown {
    pub at: DateTime<Utc>,
    pub operator: String,
    pub text: String,
}

/// Something that was attached; its file is on the machine that is named.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Attachment {
    pub at: DateTime<Utc>,
    pub operator: String,
    pub host: String,
    /// `evidence ITEM`, `check KEY in ENVIRONMENT`.
    pub of: String,
    pub candidate: Option<String>,
    pub url: Option<String>,
    pub name: Option<String>,
    pub path: Option<String>,
    pub bytes: Option<u64>,
    /// SHA-256 of the file as kept.
    pub digest: Option<String>,
    pub note: String,
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
pub(super) struct Incident {
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
pub(super) struct Step {
    pub step: &'static str,
    /// None where it is not on record.
    pub at: Option<DateTime<Utc>>,
    /// Since the order; negative before it.
    pub after_s: Option<i64>,
    pub by: Option<String>,
    pub what: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Mark {
    pub at: DateTime<Utc>,
    pub by: Option<String>,
    pub what: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Attempt {
    pub id: String,
    pub at: DateTime<Utc>,
    pub by: String,
    pub reason: String,
    pub ended_at: Option<DateTime<Utc>>,
    pub ended: String,
    pub confirmed: bool,
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
