//! The log as it was at some instant of the past. Pure.

use chrono::{DateTime, Utc};

use super::{Entry, Event, Outcome, Record};
use crate::snapshot::FlagState;

impl Record {
    /// What is recorded of the time up to `at`. An entry speaks for when it was written; the first one, for when the
    /// stage that was found then is taken to have been entered.
    pub fn until(&self, at: DateTime<Utc>) -> Self {
        let entries = self.entries.iter().filter(|entry| speaks_from(entry) <= at).cloned().collect();
        Self { entries, damage: self.damage.clone(), head: self.head.clone() }
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
            Event::FlagFound { flag } | Event::Adopted { flag, .. } => Some(flag),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{audit::Action, runbook::Exposure};

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(minutes * 60, 0).unwrap()
    }

    fn flag(version: &str) -> FlagState {
        FlagState {
            enabled: false,
            configured: Exposure::off(),
            foreign: Vec::new(),
            version: version.to_owned(),
            changed_at: None,
            changed_by: None,
            changed_what: None,
            raw: serde_json::Value::Null,
        }
    }

    fn entry(minutes: i64, event: Event) -> Entry {
        let text = String::new;
        let (operator, host, version) = (text(), text(), text());
        Entry { seq: 1, at: at(minutes), operator, host, version, event, previous: text(), hash: text() }
    }

    fn ended(outcome: Outcome, after: Option<&str>) -> Event {
        Event::Ended { id: "1".to_owned(), action: Action::Advance, outcome, after: after.map(flag) }
    }

    #[test]
    fn the_log_as_it_was_knows_nothing_of_what_came_later() {
        let refused = Outcome::Refused { why: Vec::new() };
        let opened = Event::Opened {
            stage: "dark".to_owned(),
            entered_at: at(10),
            flag: Some(flag("a")),
            candidate: None,
            runbook: None,
        };
        let record = Record {
            entries: vec![
                // Found at 30 as it had been since 10.
                entry(30, opened),
                entry(40, Event::FlagFound { flag: flag("b") }),
                entry(50, ended(Outcome::Verified, Some("c"))),
                // Its clock was set back.
                entry(45, Event::Note { text: "a remark".to_owned() }),
                entry(60, ended(refused, None)),
                entry(70, ended(Outcome::Verified, None)),
            ],
            head: crate::audit::Head::default(),
            damage: Some("a torn line".to_owned()),
        };
        for (minute, entries, version, more) in [
            (9, 0, None, Some(10)),
            (10, 1, Some("a"), Some(40)),
            (39, 1, Some("a"), Some(40)),
            (40, 2, Some("b"), Some(45)),
            (45, 3, Some("b"), Some(50)),
            (50, 4, Some("c"), Some(60)),
            (60, 5, Some("c"), Some(70)),
            // Verified, and nobody wrote down what was read back.
            (70, 6, None, None),
        ] {
            let then = record.until(at(minute));
            assert_eq!(then.entries.len(), entries, "at {minute}");
            assert_eq!(then.flag().map(|flag| flag.version.as_str()), version, "at {minute}");
            assert_eq!(record.says_more_after(at(minute)), more.map(at), "at {minute}");
            assert_eq!(then.damage, record.damage);
        }
    }
}
