//! Where in the past an entry belongs.
//!
//! An entry that could not be recorded at once, such as a rollback's while the log was away, is appended late: what
//! others recorded meanwhile stands before it. On one machine the order of the log is the order in which things happened,
//! whatever its clock says: it may have been set back. Between machines the clocks decide.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::{
    audit::Entry,
    judge::{Basis, FlagChange, Visit},
    snapshot::FlagState,
};

/// The latest instant that each machine has recorded so far.
#[derive(Default)]
pub(super) struct Clocks {
    latest: BTreeMap<String, DateTime<Utc>>,
}

impl Clocks {
    /// Takes note of an entry, and tells whether it is late: others recorded later things before it, and it is no clock
    /// of its own machine that was set back.
    pub fn late(&mut self, entry: &Entry) -> bool {
        let others = self.latest.iter().filter(|(host, _)| **host != entry.host).map(|(_, at)| *at).max();
        let own = self.latest.get(entry.host.as_str()).copied();
        let late = others.is_some_and(|others| entry.at < others) && own.is_none_or(|own| own <= entry.at);
        match self.latest.get_mut(&entry.host) {
            Some(latest) => *latest = entry.at.max(*latest),
            None => _ = self.latest.insert(entry.host.clone(), entry.at),
        }
        late
    }
}

/// Enters a stage. Nothing is entered twice in a row: what comes to a stay that is there already can make it longer only.
/// Gives whether it was put before what was known already.
pub(super) fn enter(visits: &mut Vec<Visit>, visit: Visit, from_stage: Option<&str>, late: bool) -> bool {
    if let Some(i) = late.then(|| in_force(visits, from_stage, visit.entered_at)).flatten() {
        let at = visit.entered_at;
        match visits.get_mut(i + 1) {
            Some(next) if next.stage == visit.stage => {
                next.entered_at = at;
                next.by_rollback |= visit.by_rollback;
            }
            next => {
                let left_at = next.map(|next| next.entered_at);
                visits.insert(i + 1, Visit { left_at, ..visit });
            }
        }
        visits[i].left_at = Some(at);
        return true;
    }
    if let Some(present) = visits.last_mut() {
        if present.stage == visit.stage {
            return false;
        }
        present.left_at = Some(visit.entered_at.max(present.entered_at));
    }
    visits.push(visit);
    false
}

/// The stay in this stage that lasted at this instant, if another stage was entered since.
fn in_force(visits: &[Visit], stage: Option<&str>, at: DateTime<Utc>) -> Option<usize> {
    let i = visits.iter().rposition(|visit| visit.entered_at <= at)?;
    (i + 1 < visits.len() && Some(visits[i].stage.as_str()) == stage).then_some(i)
}

/// Notes what evidence is about, where that is another thing than before.
pub(super) fn rest_on(bases: &mut Vec<Basis>, basis: Basis) {
    let same = |known: &Basis| known.candidate == basis.candidate && known.runbook == basis.runbook;
    if !bases.last().is_some_and(same) {
        bases.push(basis);
    }
}

/// Notes the flag's configuration, where it was read and is another than before.
pub(super) fn found(flags: &mut Vec<FlagChange>, at: DateTime<Utc>, flag: Option<&FlagState>, late: bool) {
    let Some(flag) = flag else { return };
    let i = if late { flags.partition_point(|known| known.at <= at) } else { flags.len() };
    if i > 0 && flags[i - 1].version == flag.version {
        return;
    }
    match flags.get_mut(i) {
        // It was so from here on already.
        Some(next) if next.version == flag.version => next.at = at,
        _ => flags.insert(i, FlagChange { at, version: flag.version.clone() }),
    }
}
