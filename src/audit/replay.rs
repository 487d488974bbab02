//! Replaying the log: what happened so far, as verdicts and people need it. Pure.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Action, Begun, Entry, Event, Outcome, Record};
use crate::{
    judge::{
        Attestation, Basis, CheckOutcome, CheckResult, FlagChange, History, QaReport, Raised, Resolution, SignOff,
        TimelineEntry, Unfinished, Visit,
    },
    snapshot::FlagState,
};

/// The rollout's past, from its log.
pub fn replay(record: &Record) -> History {
    let mut history = History { damage: record.damage.clone(), ..History::default() };
    let mut actions = Actions::default();
    for entry in &record.entries {
        match &entry.event {
            Event::Opened { stage, entered_at, flag, candidate, runbook } => {
                // A stage that was recorded is better known than one that was inferred.
                if history.visits.is_empty() {
                    let visit =
                        Visit { stage: stage.clone(), entered_at: *entered_at, left_at: None, by_rollback: false };
                    history.visits.push(visit);
                }
                rest_on(&mut history, *entered_at, candidate.as_ref(), runbook.as_ref());
                found(&mut history, *entered_at, flag.as_ref());
                line(&mut history, entry, "opened", opened(stage, flag.as_ref()));
            }
            Event::Begun(begun) => actions.begin(entry, begun),
            Event::Ended { id, outcome, after, action } => {
                let begun = actions.end(id, outcome);
                if let (Outcome::Verified, Some(begun)) = (outcome, begun) {
                    enter(&mut history, entry, begun);
                    rest_on(&mut history, entry.at, begun.candidate.as_ref(), begun.runbook.as_ref());
                }
                found(&mut history, entry.at, after.as_ref());
                line(&mut history, entry, action.word(), ended(*action, begun, outcome, after.as_ref()));
            }
            Event::Basis { candidate, runbook } => {
                let before = history.bases.last().cloned();
                rest_on(&mut history, entry.at, candidate.as_ref(), Some(runbook));
                line(&mut history, entry, "basis", basis(before.as_ref(), candidate.as_deref(), runbook));
            }
            Event::FlagFound { flag } => {
                let known = history.flags.last().map(|known| known.at);
                let told = flag.changed_at.filter(|at| known.is_none_or(|known| known < *at) && *at <= entry.at);
                found(&mut history, told.unwrap_or(entry.at), Some(flag));
                let who = flag.changed_by.as_ref().map_or_else(String::new, |who| format!(" by {who}"));
                line(
                    &mut history,
                    entry,
                    "flag",
                    format!("the flag was changed elsewhere{who}: it serves {}", flag.serves()),
                );
            }
            Event::Resolved { trouble, evidence } => {
                history.resolutions.push(Resolution {
                    at: entry.at,
                    trouble: trouble.clone(),
                    operator: entry.operator.clone(),
                    evidence: evidence.clone(),
                });
                line(&mut history, entry, "resolution", format!("{trouble} resolved: {evidence}"));
            }
            Event::Raised { trigger, reason } => {
                history.raised.push(Raised {
                    at: entry.at,
                    trigger: trigger.clone(),
                    operator: entry.operator.clone(),
                    reason: reason.clone(),
                });
                line(&mut history, entry, "raised", format!("rollback trigger {trigger} raised: {reason}"));
            }
            Event::Attested { .. } | Event::QaReported(_) | Event::Checked { .. } | Event::SignedOff { .. } => {
                let (kind, text) = recorded(&mut history, entry);
                line(&mut history, entry, kind, text);
            }
            Event::Note { text } => line(&mut history, entry, "note", text.clone()),
            _ => {}
        }
    }
    for (entry, begun) in actions.open() {
        let text = format!("{} begun, and how it ended is not known: {}", way(begun), begun.reason);
        line(&mut history, entry, begun.action.word(), text);
    }
    history.timeline.sort_by_key(|line| line.at);
    history.unfinished = actions.open().next_back().map(|(entry, begun)| Unfinished {
        action: begun.action.word().to_owned(),
        id: begun.id.clone(),
        operator: entry.operator.clone(),
        host: entry.host.clone(),
        process: begun.process,
        reason: begun.reason.clone(),
        at: entry.at,
        target: begun.target.clone(),
        stage: begun.to_stage.clone(),
    });
    history
}

/// The actions of a record that were begun and of whose end it says nothing, oldest first.
pub fn unfinished(record: &Record) -> Vec<(&Entry, &Begun)> {
    let mut actions = Actions::default();
    for entry in &record.entries {
        match &entry.event {
            Event::Begun(begun) => actions.begin(entry, begun),
            Event::Ended { id, outcome, .. } => {
                actions.end(id, outcome);
            }
            _ => {}
        }
    }
    actions.open().collect()
}

/// Actions by id, in the order in which they were begun.
#[derive(Default)]
struct Actions<'a> {
    begun: Vec<(&'a Entry, &'a Begun)>,
    ended: BTreeMap<&'a str, bool>,
}

impl<'a> Actions<'a> {
    /// An entry that was tried again after a failing log may be there twice.
    fn begin(&mut self, entry: &'a Entry, begun: &'a Begun) {
        if self.begun.iter().all(|(_, known)| known.id != begun.id) {
            self.begun.push((entry, begun));
        }
    }

    /// The action that ended; None if it was never begun or was known to be verified already.
    fn end(&mut self, id: &'a str, outcome: &Outcome) -> Option<&'a Begun> {
        let verified = self.ended.get(id).copied().unwrap_or(false);
        self.ended.insert(id, verified || *outcome == Outcome::Verified);
        let (_, begun) = self.begun.iter().find(|(_, begun)| begun.id == id)?;
        (!verified).then_some(begun)
    }

    fn open(&self) -> impl DoubleEndedIterator<Item = (&'a Entry, &'a Begun)> {
        self.begun.iter().filter(|(_, begun)| !self.ended.contains_key(begun.id.as_str())).copied()
    }
}

/// What people and tools recorded, as the gates that rest on it read it.
fn recorded(history: &mut History, entry: &Entry) -> (&'static str, String) {
    let (at, operator) = (entry.at, entry.operator.clone());
    match entry.event.clone() {
        Event::Attested { stage, gate, statement, candidate, evidence } => {
            let text = format!("attested for gate {gate}: {statement} ({evidence})");
            history.attestations.push(Attestation { at, stage, gate, statement, candidate, operator, evidence });
            ("attestation", text)
        }
        Event::QaReported(run) => {
            let passed = run.checks.iter().filter(|check| check.status == "pass").count();
            let text =
                format!("`{}` on {}: {passed} of {} checks passed", run.command, run.candidate, run.checks.len());
            history.qa_reports.push(QaReport { at, operator, run: *run });
            ("qa", text)
        }
        Event::Checked { check, environment, outcome, candidate, note } => {
            let word = match outcome {
                CheckOutcome::Pass => "passed",
                CheckOutcome::Fail => "failed",
                CheckOutcome::Blocked => "blocked",
            };
            let text = format!("check {check} in {environment} {word}: {note}");
            history.checks.push(CheckResult { at, check, environment, outcome, candidate, operator, note });
            ("check", text)
        }
        Event::SignedOff { stage, candidate, runbook, statement } => {
            let text = format!("signed off {stage}: {statement}");
            history.sign_offs.push(SignOff { at, stage, candidate, runbook, operator, statement });
            ("sign-off", text)
        }
        _ => ("other", String::new()),
    }
}

/// Notes what evidence is about, where that is told and is another thing than before.
fn rest_on(history: &mut History, since: DateTime<Utc>, candidate: Option<&String>, runbook: Option<&String>) {
    let Some(runbook) = runbook else { return };
    // Where none was named, it went on with the one on record.
    let candidate = history.candidate(candidate.map(String::as_str)).map(str::to_owned);
    let same = |basis: &Basis| basis.candidate == candidate && basis.runbook == *runbook;
    if !history.bases.last().is_some_and(same) {
        history.bases.push(Basis { since, candidate, runbook: runbook.clone() });
    }
}

/// Notes the flag's configuration, where it was read and is another than before.
fn found(history: &mut History, at: DateTime<Utc>, flag: Option<&FlagState>) {
    let Some(flag) = flag else { return };
    if history.flags.last().is_none_or(|known| known.version != flag.version) {
        history.flags.push(FlagChange { at, version: flag.version.clone() });
    }
}

fn basis(before: Option<&Basis>, candidate: Option<&str>, runbook: &str) -> String {
    let name = |candidate: Option<&str>| candidate.unwrap_or("none").to_owned();
    let mut changes = Vec::new();
    if before.is_none_or(|before| before.candidate.as_deref() != candidate) {
        changes.push(format!("candidate {}", name(candidate)));
    }
    if before.is_none_or(|before| before.runbook != runbook) {
        changes.push(format!("runbook {}", runbook.chars().take(12).collect::<String>()));
    }
    format!("evidence begins again: {}", changes.join(", "))
}

/// The stage was entered when its exposure was read back.
fn enter(history: &mut History, entry: &Entry, begun: &Begun) {
    if let Some(present) = history.visits.last_mut() {
        present.left_at = Some(entry.at);
    }
    history.visits.push(Visit {
        stage: begun.to_stage.clone(),
        entered_at: entry.at,
        left_at: None,
        by_rollback: begun.action == Action::Rollback,
    });
}

fn line(history: &mut History, entry: &Entry, kind: &str, text: String) {
    history.timeline.push(TimelineEntry {
        at: entry.at,
        kind: kind.to_owned(),
        operator: Some(entry.operator.clone()),
        text: crate::text::clean(&text),
    });
}

fn way(begun: &Begun) -> String {
    match begun.action {
        Action::Advance => format!("advance {} → {}", begun.from_stage, begun.to_stage),
        Action::Rollback => format!("rollback from {}", begun.from_stage),
        Action::Reduce => format!("reduce {} → {}", begun.from_stage, begun.to_stage),
        Action::Restore => format!("restore of {}", begun.to_stage),
    }
}

fn opened(stage: &str, flag: Option<&FlagState>) -> String {
    match flag {
        Some(flag) => format!("watched from stage {stage} on; the flag serves {}", flag.serves()),
        None => format!("watched from stage {stage} on; the flag could not be read"),
    }
}

fn ended(action: Action, begun: Option<&Begun>, outcome: &Outcome, after: Option<&FlagState>) -> String {
    let what = begun.map_or_else(|| action.word().to_owned(), way);
    let serves = after.map_or_else(String::new, |flag| format!("; the flag serves {}", flag.serves()));
    let why = begun.map_or_else(String::new, |begun| format!(": {}", begun.reason));
    match outcome {
        Outcome::Verified => format!("{what} verified{why}{serves}"),
        Outcome::Refused { why } => format!("{what} refused, nothing was sent: {}", why.join("; ")),
        Outcome::NotConfirmed { fault } => format!("{what} not confirmed: {}{serves}", fault.what),
    }
}
