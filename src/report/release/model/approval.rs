//! What people record of the candidate: answers, signatures, checks, evidence.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::judge::KeptFile;

/// A field of the sign-off block: what is in it, or why it is open.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct Field {
    pub title: String,
    pub value: Option<String>,
    pub open: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct Role {
    pub key: String,
    pub title: String,
    pub name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct Signature {
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
pub(in super::super) struct Poll {
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
pub(in super::super) struct Answer {
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
pub(in super::super) struct Decision {
    pub at: DateTime<Utc>,
    pub operator: String,
    pub answer: &'static str,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct QaRun {
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
pub(in super::super) struct QaCheck {
    pub id: String,
    pub status: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct Check {
    pub key: String,
    pub title: String,
    pub environments: Vec<CheckIn>,
}

/// The latest result of a check in one environment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct CheckIn {
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
pub(in super::super) struct Evidence {
    pub key: String,
    pub title: String,
    pub open: Option<String>,
    pub shown: Vec<Shown>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct Shown {
    pub at: DateTime<Utc>,
    pub operator: String,
    pub text: String,
}

/// Something that was attached; its file is on the machine that is named.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct Attachment {
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
