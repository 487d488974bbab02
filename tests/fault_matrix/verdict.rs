//! What must hold of a cell, whatever went wrong in it.

use std::collections::BTreeSet;

use gonogo::audit::{Outcome, unfinished};

use super::{
    binary::Ran,
    cell::{Action, Cell},
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
            (Action::Advance | Action::Reduce, 6) => {
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
