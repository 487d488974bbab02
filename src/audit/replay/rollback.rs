//! Rollbacks that took the feature from somebody, and how far the procedure of each is.
//!
//! Whoever rolls back while one stands joins it: it stays one rollback, whatever the number of operators.

use chrono::{DateTime, Utc};

use crate::{
    audit::{Action, Begun, Entry, Event, Outcome},
    judge::{History, LegacyEvidence, Resolution, RollbackRecord, Trouble, Visit},
    snapshot::FlagState,
};

/// One rollback, and the actions that are part of it.
#[derive(Debug, Clone, PartialEq)]
pub struct RolledBack {
    /// How far it is.
    pub record: RollbackRecord,
    /// Ids of the actions, its own first; of one that was accepted from elsewhere, the hash of that entry.
    pub members: Vec<String>,
}

/// One rollback, and everybody who took part in it.
struct Group {
    record: RollbackRecord,
    /// The stage that exposes nobody.
    to_stage: String,
    /// Ids of those who took part, and whether each is still under way.
    members: Vec<(String, bool)>,
    /// What was known of it before somebody rolled back again, until that ends.
    known: Option<Known>,
}

/// When off was read back, and when, by whom and on what the old path was confirmed.
type Known = (DateTime<Utc>, Option<(DateTime<Utc>, String, LegacyEvidence)>);

impl Group {
    /// Whether it was verified or may still be.
    fn counts(&self) -> bool {
        self.record.verified_at.is_some() || self.members.iter().any(|(_, open)| *open)
    }

    /// Whether the stage that it entered was left again.
    fn left(&self, visits: &[Visit]) -> Option<DateTime<Utc>> {
        let verified_at = self.record.verified_at?;
        let entered = visits.iter().rposition(|visit| visit.stage == self.to_stage && visit.entered_at <= verified_at);
        visits.get(entered?)?.left_at
    }

    fn has(&self, id: &str) -> bool {
        self.members.iter().any(|(member, _)| member == id)
    }
}

/// Every rollback of a record.
#[derive(Default)]
pub(super) struct Rollbacks {
    groups: Vec<Group>,
}

impl Rollbacks {
    /// An action begins. A rollback where nobody has the feature is none.
    pub fn begin(&mut self, history: &History, entry: &Entry, begun: &Begun) {
        if begun.action != Action::Rollback {
            return;
        }
        if let Some(standing) = self.standing(&history.visits) {
            standing.members.push((begun.id.clone(), true));
            standing.record.joined.push(format!("{} on {}", entry.operator, entry.host));
            let serves = begun.before.as_ref().is_some_and(serves_somebody);
            if let Some(verified_at) = standing.record.verified_at.filter(|verified| serves && *verified < entry.at) {
                // Somebody had switched it on again: off is to be seen anew, and so is the old path.
                standing.known = Some((verified_at, standing.record.legacy.take()));
                standing.record.verified_at = None;
            }
            return;
        }
        let there = history.present().is_some_and(|present| present.stage == begun.to_stage);
        // Before any stage is on record, only the flag tells whether anybody had it.
        let nobody_had_it = begun.before.as_ref().is_some_and(|flag| !serves_somebody(flag));
        if there || begun.from_stage == begun.to_stage || (history.visits.is_empty() && nobody_had_it) {
            return;
        }
        let record = RollbackRecord {
            before: begun.before.as_ref().map(FlagState::serves),
            ..new_record(history, entry, &begun.id, &begun.from_stage, &begun.reason, begun.candidate.as_deref())
        };
        let members = vec![(begun.id.clone(), true)];
        self.groups.push(Group { record, to_stage: begun.to_stage.clone(), members, known: None });
    }

    /// A rollback ended.
    pub fn end(&mut self, entry: &Entry, id: &str, outcome: &Outcome) {
        let Some(group) = self.groups.iter_mut().rev().find(|group| group.has(id)) else { return };
        for (member, open) in &mut group.members {
            *open &= member != id;
        }
        match (outcome, group.known.take()) {
            (Outcome::Verified, _) => _ = group.record.verified_at.get_or_insert(entry.at),
            (_, Some((verified_at, legacy))) => {
                group.record.verified_at = Some(verified_at);
                group.record.legacy = legacy;
            }
            (_, None) => {}
        }
    }

    /// That somebody else took the feature away was accepted: that is a rollback, too.
    pub fn adopt(&mut self, history: &History, entry: &Entry, stage: &str, flag: &FlagState, reason: &str) -> bool {
        let from = history.present().filter(|present| present.stage != stage).map(|present| present.stage.clone());
        let Some(from) = from.filter(|_| !serves_somebody(flag)) else { return false };
        let record = RollbackRecord {
            verified_at: Some(entry.at),
            ..new_record(history, entry, &entry.hash, &from, reason, None)
        };
        let members = vec![(entry.hash.clone(), false)];
        self.groups.push(Group { record, to_stage: stage.to_owned(), members, known: None });
        true
    }

    /// What was done of the procedure.
    pub fn note(&mut self, entry: &Entry) {
        let (Event::LegacyConfirmed { rollback: id, .. }
        | Event::DiagnosticsKept { rollback: id, .. }
        | Event::Resolved { trouble: Trouble::Rollback { rollback: id }, .. }) = &entry.event
        else {
            return;
        };
        let Some(Group { record, .. }) = self.groups.iter_mut().rev().find(|group| group.has(id)) else { return };
        match &entry.event {
            Event::LegacyConfirmed { by, .. } => {
                record.legacy.get_or_insert_with(|| (entry.at, entry.operator.clone(), by.clone()));
            }
            Event::DiagnosticsKept { phase, folder, .. } => {
                record.kept.push((entry.at, *phase, format!("{}:{folder}", entry.host)));
            }
            Event::Resolved { trouble, evidence } => {
                record.resolved = Some(Resolution {
                    at: entry.at,
                    trouble: trouble.clone(),
                    operator: entry.operator.clone(),
                    evidence: evidence.clone(),
                });
            }
            _ => {}
        }
    }

    /// Who began the rollback that this one belongs to, if that is somebody else's.
    pub fn joined(&self, id: &str) -> Option<&RollbackRecord> {
        let group = self.groups.iter().rev().find(|group| group.has(id))?;
        (group.record.id != id).then_some(&group.record)
    }

    /// The last one that counts.
    pub fn last(&self, visits: &[Visit]) -> Option<RollbackRecord> {
        let last = self.groups.iter().rev().find(|group| group.counts())?;
        let left_at = last.left(visits);
        Some(RollbackRecord { left_at, ..last.record.clone() })
    }

    /// Every one, those that were never confirmed included, oldest first.
    pub fn all(self, visits: &[Visit]) -> Vec<RolledBack> {
        let each = self.groups.into_iter().map(|group| {
            let left_at = group.left(visits);
            let members = group.members.into_iter().map(|(id, _)| id).collect();
            RolledBack { record: RollbackRecord { left_at, ..group.record }, members }
        });
        each.collect()
    }

    /// The one that another rollback joins: it is under way, or the stage that it entered was not left yet.
    fn standing(&mut self, visits: &[Visit]) -> Option<&mut Group> {
        let last = self.groups.iter_mut().rev().find(|group| group.counts())?;
        last.left(visits).is_none().then_some(last)
    }
}

fn new_record(
    history: &History,
    entry: &Entry,
    id: &str,
    from_stage: &str,
    reason: &str,
    candidate: Option<&str>,
) -> RollbackRecord {
    RollbackRecord {
        id: id.to_owned(),
        at: entry.at,
        operator: entry.operator.clone(),
        host: entry.host.clone(),
        reason: reason.to_owned(),
        from_stage: from_stage.to_owned(),
        candidate: history.candidate(candidate).map(str::to_owned),
        before: None,
        joined: Vec::new(),
        verified_at: None,
        legacy: None,
        kept: Vec::new(),
        resolved: None,
        left_at: None,
    }
}

/// Whether anybody may get the feature. Of rules that are not gonogo's, nobody knows from here.
fn serves_somebody(flag: &FlagState) -> bool {
    !flag.serves().is_off() || (flag.enabled && !flag.foreign.is_empty())
}
