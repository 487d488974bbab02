//! Actions of a record: what was begun, and whether it ended.

use std::collections::BTreeMap;

use crate::{
    audit::{Begun, Entry, Event, Outcome, Record},
    judge::Unfinished,
};

/// The actions of a record that were begun and of whose end it says nothing, oldest first.
pub fn unfinished(record: &Record) -> Vec<(&Entry, &Begun)> {
    let mut actions = Actions::default();
    for entry in &record.entries {
        match &entry.event {
            Event::Begun(begun) => {
                actions.begin(entry, begun);
            }
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
pub(super) struct Actions<'a> {
    begun: Vec<(&'a Entry, &'a Begun)>,
    ended: BTreeMap<&'a str, bool>,
}

impl<'a> Actions<'a> {
    /// An entry that was tried again after a failing log may be there twice: whether this is its first.
    pub fn begin(&mut self, entry: &'a Entry, begun: &'a Begun) -> bool {
        let first = self.begun.iter().all(|(_, known)| known.id != begun.id);
        if first {
            self.begun.push((entry, begun));
        }
        first
    }

    /// The action that ended; None if it was never begun or was known to be verified already.
    pub fn end(&mut self, id: &'a str, outcome: &Outcome) -> Option<(&'a Entry, &'a Begun)> {
        let verified = self.ended.get(id).copied().unwrap_or(false);
        self.ended.insert(id, verified || *outcome == Outcome::Verified);
        let found = self.begun.iter().find(|(_, begun)| begun.id == id).copied()?;
        (!verified).then_some(found)
    }

    pub fn open(&self) -> impl DoubleEndedIterator<Item = (&'a Entry, &'a Begun)> {
        self.begun.iter().filter(|(_, begun)| !self.ended.contains_key(begun.id.as_str())).copied()
    }

    /// The last of those that did not end.
    pub fn last_open(&self) -> Option<Unfinished> {
        self.open().next_back().map(|(entry, begun)| Unfinished {
            action: begun.action.word().to_owned(),
            id: begun.id.clone(),
            operator: entry.operator.clone(),
            host: entry.host.clone(),
            process: begun.process,
            reason: begun.reason.clone(),
            at: entry.at,
            target: begun.target.clone(),
            stage: begun.to_stage.clone(),
        })
    }
}
