//! The log as it was at some instant of the past. Pure.

use chrono::{DateTime, Utc};

use super::{Entry, Event, Outcome, Record};
use crate::snapshot::FlagState;

impl Record {
    /// What is recorded of the time up to `at`. An entry speaks for when it was written; the first one, for when the
    /// stage that was found then is taken to have been entered.
    pub fn until(&self, at: DateTime<Utc>) -> Self {
        let entries = self.entries.iter().filter(|entry| speaks_from(entry) <= at).cloned().collect();
        Self { entries, damage: self.damage.clone() }
    }

    /// When the record next says something more than at `at`, if it ever does.
    pub fn says_more_after(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.entries.iter().map(speaks_from).filter(|from| *from > at).min()
    }

    /// The flag as it was last found, if that is on record: an action that was verified without saying what was read
    /// back leaves it open.
    pub fn flag(&self) -> Option<&FlagState> {
        self.entries.iter().fold(None, |known, entry| match &entry.event {
            Event::Opened { flag, .. } => flag.as_ref().or(known),
            Event::FlagFound { flag } => Some(flag),
            Event::Ended { after: Some(after), .. } => Some(after),
            Event::Ended { after: None, outcome: Outcome::Verified, .. } => None,
            _ => known,
        })
    }
}

fn speaks_from(entry: &Entry) -> DateTime<Utc> {
    match &entry.event {
        Event::Opened { entered_at, .. } => entry.at.min(*entered_at),
        _ => entry.at,
    }
}
