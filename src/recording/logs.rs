//! The audit log as a recording tells it: each state that it was in. Pure.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{
    decode::Broken,
    line::{At, Log},
    wire,
};
use crate::{
    audit::{Ending, Entry, Head, Replay},
    fault::Fault,
    judge::History,
    text::cleaned,
};

/// No more entries are kept.
const MOST_ENTRIES: usize = 200_000;

/// No more bytes of entries are kept.
const MOST_BYTES: usize = 128 << 20;

/// All that a recording says of the log.
#[derive(Debug, Default)]
pub(super) struct Logs {
    /// The entries of one log after the other: mostly there is one.
    books: Vec<Vec<Entry>>,
    states: Vec<State>,
    entries: usize,
    bytes: usize,
}

/// The log, as it was read at some time.
#[derive(Debug, Clone)]
struct State {
    /// None before it was read for the first time.
    book: Option<usize>,
    entries: usize,
    foreign: usize,
    damage: Option<String>,
    head: Head,
    fault: Option<Fault>,
}

impl Logs {
    /// Takes the next line, which took so many bytes.
    pub(super) fn take(&mut self, line: Log, bytes: usize) -> Result<(), Broken> {
        let before = self.states.last();
        if let Some(fault) = line.fault {
            let before = before.cloned();
            let unread =
                || State { book: None, entries: 0, foreign: 0, damage: None, head: Head::default(), fault: None };
            let state = State { fault: Some(wire::read_fault(fault)), ..before.unwrap_or_else(unread) };
            self.states.push(state);
            return Ok(());
        }
        let goes_on = before.filter(|_| !line.fresh).and_then(|before| Some((before.book?, before.foreign)));
        let (book, mut foreign) = goes_on.unwrap_or_else(|| {
            self.books.push(Vec::new());
            (self.books.len() - 1, 0)
        });
        self.entries = self.entries.saturating_add(line.entries.len());
        self.bytes = self.bytes.saturating_add(bytes);
        if self.entries > MOST_ENTRIES || self.bytes > MOST_BYTES {
            return Err(Broken::TooMuch);
        }
        for entry in line.entries {
            match Some(entry).filter(is_sane).and_then(|entry| serde_json::from_value(entry).ok()) {
                Some(entry) => self.books[book].push(entry),
                None => foreign += 1,
            }
        }
        let entries = self.books[book].len();
        let damage = line.damage.map(cleaned);
        self.states.push(State { book: Some(book), entries, foreign, damage, head: line.head, fault: None });
        Ok(())
    }

    /// How many states it was in so far.
    pub(super) fn len(&self) -> usize {
        self.states.len()
    }

    /// What happened, as the log said after so many states, and why it could not be read then. Neither before the first.
    pub(super) fn after(&self, states: usize) -> (Option<History>, Option<Fault>) {
        let Some(state) = states.checked_sub(1).and_then(|last| self.states.get(last)) else { return (None, None) };
        let history = state.book.map(|book| {
            let mut replay = Replay::default();
            self.books[book][..state.entries].iter().for_each(|entry| replay.pass(entry));
            let foreign = match state.foreign {
                0 => None,
                1 => Some("1 entry in the recording cannot be read".to_owned()),
                n => Some(format!("{n} entries in the recording cannot be read")),
            };
            let damage: Vec<String> = state.damage.iter().cloned().chain(foreign).collect();
            let damage = (!damage.is_empty()).then(|| damage.join("; "));
            replay.finish(Ending { damage, head: state.head.clone() }).0
        });
        (history, state.fault.clone())
    }
}

/// Whether each instant in it is one that can be reckoned with.
fn is_sane(value: &Value) -> bool {
    match value {
        Value::String(text) => text.parse::<DateTime<Utc>>().map_or(true, |at| At::try_from(at).is_ok()),
        Value::Array(values) => values.iter().all(is_sane),
        Value::Object(values) => values.values().all(is_sane),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}
