//! What others did, by the log. Pure.

use chrono::{DateTime, Utc};

use crate::{
    audit::{Action, Begun, Entry, Event, Outcome, Record},
    units::moment,
};

/// Something that somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acted {
    /// What: `rollback`.
    pub what: &'static str,
    /// Who.
    pub operator: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl std::fmt::Display for Acted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}'s {} of {}", self.operator, self.what, moment(self.at))
    }
}

fn acted(entry: &Entry, what: &'static str) -> Acted {
    Acted { what, operator: entry.operator.clone(), at: entry.at }
}

/// Who last changed the stage, or what is served in it.
pub(super) fn last_change(record: &Record) -> Option<Acted> {
    record.entries.iter().rev().find_map(|entry| match &entry.event {
        Event::Ended { action, outcome: Outcome::Verified, .. } => Some(acted(entry, action.word())),
        Event::Adopted { .. } => Some(acted(entry, "adoption")),
        _ => None,
    })
}

/// The actions that were begun after this one and not refused, oldest first; all, where this one is not on record.
pub(super) fn begun_after<'a>(record: &'a Record, id: &'a str) -> impl Iterator<Item = (&'a Entry, &'a Begun)> {
    let own = record.entries.iter().position(|entry| matches!(&entry.event, Event::Begun(begun) if begun.id == id));
    record.entries.iter().skip(own.map_or(0, |own| own + 1)).filter_map(move |entry| match &entry.event {
        Event::Begun(begun) if begun.id != id && !refused(record, &begun.id) => Some((entry, begun.as_ref())),
        _ => None,
    })
}

/// The rollback that somebody began after the action of this id, which is on record.
pub(super) fn overtaken(record: &Record, id: &str) -> Option<Acted> {
    let mut rollbacks = begun_after(record, id).filter(|(_, begun)| begun.action == Action::Rollback);
    rollbacks.next().map(|(entry, _)| acted(entry, "rollback"))
}

/// Whether somebody was changing the flag in another way than by a rollback when the rollback of this id was recorded, or
/// after.
pub(super) fn contested(record: &Record, id: &str) -> bool {
    let own = record.entries.iter().position(|entry| matches!(&entry.event, Event::Begun(begun) if begun.id == id));
    let ended = |id: &str| {
        record.entries.iter().position(|entry| matches!(&entry.event, Event::Ended { id: ended, .. } if ended == id))
    };
    let still = |id: &str| ended(id).is_none_or(|end| own.is_none_or(|own| end > own));
    record.entries.iter().any(
        |entry| matches!(&entry.event, Event::Begun(begun) if begun.action != Action::Rollback && still(&begun.id)),
    )
}

/// The rollback that the one of this id joined: the first of those that were under way before it, or were verified, since
/// the stage was last entered in another way.
pub(super) fn joined(record: &Record, id: &str) -> Option<Acted> {
    let own = record.entries.iter().position(|entry| matches!(&entry.event, Event::Begun(begun) if begun.id == id));
    let before = &record.entries[..own.unwrap_or(record.entries.len())];
    let mut first = None;
    for entry in before.iter().rev() {
        match &entry.event {
            Event::Begun(begun) if begun.action == Action::Rollback && begun.id != id => {
                let was_off = begun.before.as_ref().is_some_and(|flag| flag.serves_nobody() && flag.foreign.is_empty());
                let failed =
                    matches!(end(record, &begun.id), Some(Outcome::Refused { .. } | Outcome::NotConfirmed { .. }));
                if !was_off && !failed {
                    first = Some(acted(entry, "rollback"));
                }
            }
            Event::Ended { action, outcome: Outcome::Verified, .. } if *action != Action::Rollback => break,
            Event::Adopted { .. } | Event::Opened { .. } => break,
            _ => {}
        }
    }
    first
}

fn refused(record: &Record, id: &str) -> bool {
    matches!(end(record, id), Some(Outcome::Refused { .. }))
}

fn end<'a>(record: &'a Record, id: &str) -> Option<&'a Outcome> {
    record.entries.iter().rev().find_map(|entry| match &entry.event {
        Event::Ended { id: ended, outcome, .. } if ended == id => Some(outcome),
        _ => None,
    })
}
