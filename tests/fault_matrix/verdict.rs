//! What must hold of a cell, whatever went wrong in it.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use gonogo::audit::{Entry, Event, Outcome, unfinished};

use super::{
    binary::Ran,
    cell::{Action, Cell},
    past,
};

/// Who is served when it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ends {
    /// Who was to be.
    New,
    /// Who was before.
    Old,
    /// Nobody, and that was not asked for.
    Nobody,
    /// Fewer than before or than asked for.
    Fewer,
}

impl Cell {
    /// Who is served now, which must not be anybody who was served neither before nor after.
    pub async fn ends(&self, what: &str) -> Ends {
        let (old, new, served) = (self.users_of(&self.old()), self.users_of(&self.new_exposure()), self.served().await);
        let within = |whole: &BTreeSet<usize>| served.is_subset(whole);
        assert!(within(&old) || within(&new), "{what}: {} users, of {} or {}", served.len(), old.len(), new.len());
        match served {
            served if served == new => Ends::New,
            served if served == old => Ends::Old,
            served if served.is_empty() => Ends::Nobody,
            _ => Ends::Fewer,
        }
    }

    /// The store made a change so late that nothing waited for it any more: fewer have the feature than was said. Whoever
    /// looks next is told, and the log has both.
    pub async fn fewer_is_shown(&self, what: &str) {
        let ran = self.gonogo(&["status", "--json"]).await;
        let status = ran.json();
        assert!(ran.code == 3 && status["flag"]["drift"].is_string(), "{what}: exit {}: {status:#}", ran.code);
        assert_eq!(self.last_end().await, Some(Outcome::Verified), "{what}");
        // What is fresh could be the change itself.
        past::let_pass(&self.home.data(), "production", TimeDelta::minutes(1)).await;
        let ran = self.gonogo(&self.doing.arguments()).await;
        let record = self.record().await;
        let found = |entry: &Entry| matches!(&entry.event, Event::FlagFound { flag } if flag.serves().is_off());
        assert!(record.entries.iter().any(found), "{what}: exit {}: {}{}", ran.code, ran.out, ran.err);
    }

    /// How it ended and what was said of it must fit who is served, and the log must say the same.
    pub async fn judge(&self, what: &str, ran: &Ran) -> Ends {
        let ends = self.ends(what).await;
        let said = format!("{what}: {ends:?}, exit {}\n{}{}", ran.code, ran.out, ran.err);
        let doubtful = ran.err.contains("NOT CONFIRMED");
        match (self.doing.action, ran.code) {
            (Action::RollBack, 0) => {
                assert_eq!(ends, Ends::New, "{said}");
                assert!(ran.out.contains("the store, read again, says off"), "{said}");
            }
            (_, 0) => {
                assert_eq!(ends, Ends::New, "{said}");
                let serves = format!("serves {}", self.new_exposure());
                assert!(ran.out.contains("the store, read again") && ran.out.contains(&serves), "{said}");
            }
            (Action::RollBack, 1) => assert!(doubtful && ran.out.is_empty(), "{said}"),
            (_, 1) => {
                assert!(doubtful && ran.out.is_empty(), "{said}");
                if ran.err.contains("switched off again") || ran.err.contains("the flag was switched off") {
                    assert!(ends == Ends::Nobody || (ends == Ends::Old && self.old().is_off()), "{said}");
                }
            }
            // Nothing was sent, and so nobody gained or lost anything by it.
            (Action::Advance | Action::Reduce | Action::Restore, 6) => {
                assert!(ran.err.contains("refused, nothing was sent") && ends == Ends::Old, "{said}");
            }
            _ => panic!("{said}"),
        }
        let record = self.record().await;
        assert!(unfinished(&record).is_empty(), "{said}");
        match (ran.code, self.last_end().await) {
            (0, Some(Outcome::Verified)) | (1, Some(Outcome::NotConfirmed { .. })) => {}
            // Refused before it was begun, it has an entry or none.
            (6, Some(Outcome::Refused { .. }) | None) => {}
            (_, end) => panic!("{said}the log says {end:?}"),
        }
        ends
    }
}
