//! Actions of a record: what was begun, and whether it ended.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::{
    audit::{Begun, Entry, Event, Outcome, Record},
    judge::Unfinished,
};

/// The actions of a record that were begun and of whose end it says nothing, oldest first.
pub fn unfinished(record: &Record) -> Vec<(&Entry, &Begun)> {
    let mut open: Vec<(&Entry, &Begun)> = Vec::new();
    let mut ended: BTreeSet<&str> = BTreeSet::new();
    for entry in &record.entries {
        match &entry.event {
            Event::Begun(begun) if open.iter().all(|(_, known)| known.id != begun.id) => open.push((entry, begun)),
            Event::Ended { id, .. } => _ = ended.insert(id),
            _ => {}
        }
    }
    open.retain(|(_, begun)| !ended.contains(begun.id.as_str()));
    open
}

/// An action that was begun, and the entry that says so.
#[derive(Debug, Clone)]
pub(super) struct BegunIn {
    pub seq: u64,
    pub at: DateTime<Utc>,
    pub operator: String,
    host: String,
    pub begun: Begun,
}

/// Actions by id, in the order in which they were begun. They are kept apart from their log, which need not be.
#[derive(Default)]
pub(super) struct Actions {
    begun: Vec<BegunIn>,
    ended: BTreeMap<String, bool>,
}

impl Actions {
    /// An entry that was tried again after a failing log may be there twice: whether this is its first.
    pub fn begin(&mut self, entry: &Entry, begun: &Begun) -> bool {
        let first = self.begun.iter().all(|known| known.begun.id != begun.id);
        if first {
            let (operator, host) = (entry.operator.clone(), entry.host.clone());
            self.begun.push(BegunIn { seq: entry.seq, at: entry.at, operator, host, begun: begun.clone() });
        }
        first
    }

    /// The action that ended; None if it was never begun or was known to be verified already.
    pub fn end(&mut self, id: &str, outcome: &Outcome) -> Option<BegunIn> {
        let verified = self.ended.get(id).copied().unwrap_or(false);
        self.ended.insert(id.to_owned(), verified || *outcome == Outcome::Verified);
        let found = self.begun.iter().find(|known| known.begun.id == id)?;
        (!verified).then(|| found.clone())
    }

    pub fn open(&self) -> impl DoubleEndedIterator<Item = &BegunIn> {
        self.begun.iter().filter(|known| !self.ended.contains_key(&known.begun.id))
    }

    /// The last of those that did not end.
    pub fn last_open(&self) -> Option<Unfinished> {
        self.open().next_back().map(|BegunIn { at, operator, host, begun, .. }| Unfinished {
            action: begun.action.word().to_owned(),
            id: begun.id.clone(),
            operator: operator.clone(),
            host: host.clone(),
            process: begun.process,
            reason: begun.reason.clone(),
            at: *at,
            target: begun.target.clone(),
            stage: begun.to_stage.clone(),
        })
    }
}
