//! What a report needs of the audit log, taken entry by entry: a long log is never held whole.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::incident::{Incident, Incidents};
use crate::{
    audit::{Action, Ending, Entry, Event, Outcome, Replay, RolledBack},
    judge::History,
    runbook::Runbook,
};

/// A log while it is read.
#[derive(Default)]
pub struct LogReading {
    replay: Replay,
    incidents: Incidents,
    /// Who began an action, and why, by its id.
    begun: BTreeMap<String, (String, String)>,
    entered: Vec<Entered>,
}

/// Who entered a stage, and why.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entered {
    pub at: DateTime<Utc>,
    pub operator: String,
    pub reason: String,
}

/// A log that was read.
#[derive(Debug, Clone, Default)]
pub struct Log {
    /// What happened so far.
    pub history: History,
    rolled_back: Vec<RolledBack>,
    incidents: Incidents,
    pub(super) entered: Vec<Entered>,
}

impl LogReading {
    /// Takes the next entry.
    pub fn pass(&mut self, entry: &Entry) {
        self.replay.pass(entry);
        self.incidents.pass(entry);
        match &entry.event {
            Event::Begun(begun) => {
                let who = (entry.operator.clone(), begun.reason.clone());
                self.begun.entry(begun.id.clone()).or_insert(who);
            }
            Event::Ended { id, action, outcome: Outcome::Verified, .. } if *action != Action::Restore => {
                if let Some((operator, reason)) = self.begun.get(id).cloned() {
                    self.entered.push(Entered { at: entry.at, operator, reason });
                }
            }
            Event::Adopted { reason, .. } => {
                let (operator, reason) = (entry.operator.clone(), reason.clone());
                self.entered.push(Entered { at: entry.at, operator, reason });
            }
            _ => {}
        }
    }

    /// What was read, once it was read to its end.
    pub fn finish(self, ending: Ending) -> Log {
        let (history, rolled_back) = self.replay.finish(ending);
        Log { history, rolled_back, incidents: self.incidents, entered: self.entered }
    }
}

impl Log {
    /// A log that cannot be read.
    pub fn blind(why: String) -> Self {
        Self { history: History { blind: Some(why), ..History::default() }, ..Self::default() }
    }

    /// Each rollback, oldest first.
    pub fn incidents(&self, runbook: &Runbook) -> Vec<Incident> {
        self.incidents.clone().finish(runbook, &self.history, &self.rolled_back)
    }
}
