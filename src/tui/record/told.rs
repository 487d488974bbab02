//! What became of the last thing that was to be recorded.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::{
    audit::{Entry, Event},
    facts,
    fault::Fault,
    judge::QaReport,
    runbook::Runbook,
};

/// The last thing that was to be recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// What it is, in a few words.
    pub what: String,
    /// Since when it is in this state, on the model's monotonic clock.
    pub at: Duration,
    /// How far it is.
    pub state: State,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// On its way to the log.
    Waiting,
    /// In the log, with what there is to say of it.
    Recorded(String),
    /// Not in the log.
    Failed(Fault),
    /// On its way to a file.
    Writing,
    /// In this file.
    Written(String),
    /// In no file.
    Unwritten(Fault),
}

impl Told {
    /// Whether it is still on its way.
    pub fn waits(&self) -> bool {
        matches!(self.state, State::Waiting | State::Writing)
    }
}

/// What to say of an entry: its number, and of a QA report whether the gate is green now.
pub fn answer(
    entry: &Entry,
    notes: &[String],
    runbook: &Runbook,
    reports: &[QaReport],
    candidate: Option<&str>,
    now: DateTime<Utc>,
) -> String {
    let mut text = format!("recorded as entry {}", entry.seq);
    if let (Event::QaReported(run), Some(gate)) = (&entry.event, &runbook.qa) {
        let mut reports = reports.to_vec();
        reports.push(QaReport { at: entry.at, operator: entry.operator.clone(), run: (**run).clone() });
        let missing = facts::qa_missing(gate, &reports, candidate, &run.candidate, now);
        text.push_str(&format!(": {}", facts::qa_answer(gate, &run.candidate, &missing)));
    }
    for note in notes {
        text.push_str(&format!("; {note}"));
    }
    if let Event::QaReported(run) = &entry.event {
        text.extend(facts::qa_remark(run).map(|remark| format!("; {remark}")));
    }
    text
}
