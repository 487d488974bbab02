//! Replaying the log: what happened so far, as verdicts and people need it. Pure.

use std::collections::BTreeMap;

use super::{Action, Begun, Entry, Event, Outcome, Record};
use crate::{
    judge::{History, Resolution, TimelineEntry, Unfinished, Visit},
    snapshot::FlagState,
};

/// The rollout's past, from its log.
pub fn replay(record: &Record) -> History {
    let mut history = History { damage: record.damage.clone(), ..History::default() };
    let mut actions = Actions::default();
    for entry in &record.entries {
        match &entry.event {
            Event::Opened { stage, entered_at, flag } => {
                // A stage that was recorded is better known than one that was inferred.
                if history.visits.is_empty() {
                    let visit =
                        Visit { stage: stage.clone(), entered_at: *entered_at, left_at: None, by_rollback: false };
                    history.visits.push(visit);
                }
                line(&mut history, entry, "opened", opened(stage, flag.as_ref()));
            }
            Event::Begun(begun) => actions.begin(entry, begun),
            Event::Ended { id, outcome, after, action } => {
                let begun = actions.end(id, outcome);
                if let (Outcome::Verified, Some(begun)) = (outcome, begun) {
                    enter(&mut history, entry, begun);
                }
                line(&mut history, entry, word(*action), ended(*action, begun, outcome, after.as_ref()));
            }
            Event::Resolved { signature, evidence } => {
                history.resolutions.push(Resolution {
                    at: entry.at,
                    signature: signature.clone(),
                    operator: entry.operator.clone(),
                    evidence: evidence.clone(),
                });
                line(&mut history, entry, "resolution", format!("hard stop {signature} resolved: {evidence}"));
            }
            Event::Note { text } => line(&mut history, entry, "note", text.clone()),
        }
    }
    for (entry, begun) in actions.open() {
        let text = format!("{} begun, and how it ended is not known: {}", way(begun), begun.reason);
        line(&mut history, entry, word(begun.action), text);
    }
    history.timeline.sort_by_key(|line| line.at);
    history.unfinished = actions.open().next_back().map(|(entry, begun)| Unfinished {
        action: word(begun.action).to_owned(),
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

fn word(action: Action) -> &'static str {
    match action {
        Action::Advance => "advance",
        Action::Rollback => "rollback",
    }
}

fn way(begun: &Begun) -> String {
    match begun.action {
        Action::Advance => format!("advance {} → {}", begun.from_stage, begun.to_stage),
        Action::Rollback => format!("rollback from {}", begun.from_stage),
    }
}

fn opened(stage: &str, flag: Option<&FlagState>) -> String {
    match flag {
        Some(flag) => format!("watched from stage {stage} on; the flag serves {}", flag.serves()),
        None => format!("watched from stage {stage} on; the flag could not be read"),
    }
}

fn ended(action: Action, begun: Option<&Begun>, outcome: &Outcome, after: Option<&FlagState>) -> String {
    let what = begun.map_or_else(|| word(action).to_owned(), way);
    let serves = after.map_or_else(String::new, |flag| format!("; the flag serves {}", flag.serves()));
    let why = begun.map_or_else(String::new, |begun| format!(": {}", begun.reason));
    match outcome {
        Outcome::Verified => format!("{what} verified{why}{serves}"),
        Outcome::Refused { why } => format!("{what} refused, nothing was sent: {}", why.join("; ")),
        Outcome::NotConfirmed { fault } => format!("{what} not confirmed: {}{serves}", fault.what),
    }
}
