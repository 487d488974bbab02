//! What is due of a rollback's procedure once its switch is thrown. Pure: it says what, [`super::Attendant`] does it.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    audit::{Action, Entry, Event, Head, Outcome, Phase},
    judge::{Assessment, History, LegacyEvidence, RollbackRecord, StepState, Trouble},
};

/// After so long it is taken over from a machine that has not done it.
const SILENT: TimeDelta = TimeDelta::seconds(60);

/// Telemetry is kept from the entry into the stage that was left, but from no further back than this before the rollback.
const FURTHEST: TimeDelta = TimeDelta::hours(24);
/// And from at least so long before it.
const NEAREST: TimeDelta = TimeDelta::hours(1);

/// So many troubles go on record in one piece: telemetry that makes up names can bring thousands at a time.
pub const SEEN_AT_ONCE: usize = 256;

/// Names one thing to do: it is done once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Task {
    /// Keep diagnostics of this rollback.
    Keep(String, Phase),
    /// Record that the legacy path is confirmed after this rollback.
    ConfirmLegacy(String),
    /// Record that this was seen.
    Seen(Trouble),
}

/// Something to do now.
#[derive(Debug, Clone, PartialEq)]
pub enum Due {
    /// Keep diagnostics.
    Keep {
        /// Of which rollback.
        rollback: Box<RollbackRecord>,
        /// When in its procedure.
        phase: Phase,
        /// From when on telemetry is kept.
        since: DateTime<Utc>,
    },
    /// Record that telemetry shows uploads on the legacy path again.
    ConfirmLegacy {
        /// After which rollback.
        rollback: String,
        /// What it shows.
        evidence: LegacyEvidence,
    },
    /// Record troubles that were seen.
    RecordSeen {
        /// Which, and the entry of each; at most [`SEEN_AT_ONCE`].
        seen: Vec<(Trouble, Event)>,
        /// When they were seen: that counts, and not when it came on record. A rollback and a resolution may come between.
        at: DateTime<Utc>,
        /// Where the log ended that this was judged on.
        after: Head,
    },
}

impl Due {
    /// What names what is done with it.
    pub fn tasks(&self) -> Vec<Task> {
        match self {
            Self::Keep { rollback, phase, .. } => vec![Task::Keep(rollback.id.clone(), *phase)],
            Self::ConfirmLegacy { rollback, .. } => vec![Task::ConfirmLegacy(rollback.clone())],
            Self::RecordSeen { seen, .. } => seen.iter().map(|(trouble, _)| Task::Seen(trouble.clone())).collect(),
        }
    }

    /// What is done with it, in words.
    pub fn text(&self) -> &'static str {
        match self {
            Self::Keep { phase: Phase::AtOnce, .. } => "keeping diagnostics (at once)",
            Self::Keep { phase: Phase::AtTheEnd, .. } => "keeping diagnostics (at the end)",
            Self::ConfirmLegacy { .. } => "recording that the legacy path is confirmed",
            Self::RecordSeen { .. } => "recording what was seen",
        }
    }
}

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub struct Here<'a> {
    /// This machine, as the audit log names it.
    pub host: &'a str,
    /// gonogo's clock.
    pub now: DateTime<Utc>,
    /// What is being done.
    pub under_way: &'a [Task],
    /// What was done here, whether or not it could be recorded.
    pub done: &'a [Task],
    /// Whether troubles are being recorded: those that came since wait for the next piece.
    pub recording: bool,
}

impl Here<'_> {
    fn knows(&self, task: &Task) -> bool {
        self.under_way.contains(task) || self.done.contains(task)
    }

    /// Whether it falls to this machine: it rolled back, or that machine has been silent since `since`.
    fn falls_here(&self, rollback: &RollbackRecord, since: DateTime<Utc>) -> bool {
        rollback.host == self.host || self.now - since >= SILENT
    }
}

/// What is due, in the order in which to begin it. `unseen` are the troubles to record, as the judge tells them; `rollback`
/// is the one whose procedure stands, as [`standing`] gives it.
pub fn due(
    rollback: Option<&RollbackRecord>,
    history: &History,
    assessment: Option<&Assessment>,
    unseen: &[Event],
    here: Here<'_>,
) -> Vec<Due> {
    let mut due = Vec::new();
    if let Some(rollback) = rollback.filter(|rollback| rollback.left_at.is_none()) {
        let since = since(history, rollback);
        let keep = |phase| Due::Keep { rollback: Box::new(rollback.clone()), phase, since };
        let kept = |phase| rollback.kept.iter().any(|(_, kept, _)| *kept == phase);
        if !kept(Phase::AtOnce) && here.falls_here(rollback, rollback.at) {
            due.push(keep(Phase::AtOnce));
        }
        let confirmed = &rollback.legacy;
        if confirmed.is_none() {
            due.extend(confirm(rollback, assessment));
        }
        let here_too = here.done.contains(&Task::ConfirmLegacy(rollback.id.clone()));
        let legacy_at = confirmed.as_ref().map(|(at, _, _)| *at).or(here_too.then_some(here.now - SILENT));
        if let Some(at) = legacy_at
            && !kept(Phase::AtTheEnd)
            && here.falls_here(rollback, at)
        {
            due.push(keep(Phase::AtTheEnd));
        }
    }
    due.retain(|due| !due.tasks().iter().any(|task| here.knows(task)));
    due.extend(record_seen(history, assessment, unseen, here));
    due
}

/// The next piece of what is to be recorded as seen. That it was recorded before says nothing: what was seen can be
/// resolved and seen again.
fn record_seen(history: &History, assessment: Option<&Assessment>, unseen: &[Event], here: Here<'_>) -> Option<Due> {
    if here.recording {
        return None;
    }
    let under_way: HashSet<&Task> = here.under_way.iter().collect();
    let each = unseen.iter().filter_map(|event| match event {
        Event::Seen { trouble, .. } => Some((trouble.clone(), event.clone())),
        _ => None,
    });
    let news = each.filter(|(trouble, _)| !under_way.contains(&Task::Seen(trouble.clone())));
    let seen: Vec<(Trouble, Event)> = news.take(SEEN_AT_ONCE).collect();
    let at = assessment.map_or(here.now, |assessment| assessment.at);
    (!seen.is_empty()).then(|| Due::RecordSeen { seen, at, after: history.head.clone() })
}

/// That telemetry shows the legacy path in use again, if it does.
fn confirm(rollback: &RollbackRecord, assessment: Option<&Assessment>) -> Option<Due> {
    let procedure = assessment?.standing.procedure.as_ref().filter(|procedure| procedure.rollback == rollback.id)?;
    let legacy = &procedure.legacy;
    (legacy.state == StepState::Verified).then(|| Due::ConfirmLegacy {
        rollback: rollback.id.clone(),
        evidence: LegacyEvidence::Telemetry {
            last_gone: legacy.last_gone,
            back: legacy.back,
            found: legacy.found.clone(),
        },
    })
}

/// From when on telemetry is kept: from the entry into the stage that was left, within reason.
fn since(history: &History, rollback: &RollbackRecord) -> DateTime<Utc> {
    let left =
        history.visits.iter().rev().find(|visit| visit.stage == rollback.from_stage && visit.entered_at < rollback.at);
    let entered = left.map_or(rollback.at - NEAREST, |visit| visit.entered_at);
    entered.clamp(rollback.at - FURTHEST, rollback.at - NEAREST)
}

/// The rollback whose procedure stands: the one on record, else the one of which no log says anything yet, because it is
/// only in `kept`, on this `host`.
pub fn standing(history: &History, kept: &[(DateTime<Utc>, String, Event)], host: &str) -> Option<RollbackRecord> {
    let begun = kept.iter().rev().find_map(|(at, operator, event)| match event {
        Event::Begun(begun) if begun.action == Action::Rollback => Some((*at, operator, begun)),
        _ => None,
    });
    let mut record = match (&history.rollback, begun) {
        // A rollback while another stands joins it.
        (Some(record), _) if record.left_at.is_none() => record.clone(),
        (_, Some((at, operator, begun))) if begun.before.as_ref().is_none_or(|flag| !flag.serves_nobody()) => {
            RollbackRecord {
                id: begun.id.clone(),
                at,
                operator: operator.clone(),
                host: host.to_owned(),
                reason: begun.reason.clone(),
                from_stage: begun.from_stage.clone(),
                candidate: begun.candidate.clone(),
                before: begun.before.as_ref().map(crate::snapshot::FlagState::serves),
                joined: Vec::new(),
                verified_at: None,
                legacy: None,
                kept: Vec::new(),
                resolved: None,
                left_at: None,
            }
        }
        _ => return history.rollback.clone(),
    };
    for (at, operator, event) in kept {
        match event {
            Event::Ended { id, outcome: Outcome::Verified, .. } if *id == record.id => {
                record.verified_at = record.verified_at.or(Some(*at));
            }
            Event::LegacyConfirmed { rollback, by } if *rollback == record.id => {
                let by = || (*at, operator.clone(), by.clone());
                record.legacy = record.legacy.take().or_else(|| Some(by()));
            }
            Event::DiagnosticsKept { rollback, phase, folder, .. } if *rollback == record.id => {
                record.kept.push((*at, *phase, format!("{host}:{folder}")));
            }
            _ => {}
        }
    }
    Some(record)
}

/// Whether these entries say of a task that it is done: whoever recorded it first did it.
pub fn recorded<'a>(task: &Task, entries: impl Iterator<Item = &'a Event>) -> bool {
    entries.fold(false, |done, event| match (task, event) {
        (Task::Keep(id, phase), Event::DiagnosticsKept { rollback, phase: kept, .. }) => {
            done || (id == rollback && phase == kept)
        }
        (Task::ConfirmLegacy(id), Event::LegacyConfirmed { rollback, .. }) => done || id == rollback,
        (Task::Seen(trouble), Event::Seen { trouble: seen, .. }) => done || trouble == seen,
        (Task::Seen(trouble), Event::Resolved { trouble: resolved, .. }) => done && trouble != resolved,
        _ => done,
    })
}

/// Whether an entry that was not known when `trouble` was seen at `at` takes the ground from under that: somebody resolved
/// it, or the rollout had gone to another stage by then. It is judged afresh with this entry.
pub fn outdates(entry: &Entry, trouble: &Trouble, at: DateTime<Utc>) -> bool {
    match &entry.event {
        Event::Resolved { trouble: resolved, .. } => resolved == trouble,
        Event::Ended { outcome: Outcome::Verified, .. } | Event::Adopted { .. } | Event::Opened { .. } => {
            entry.at <= at
        }
        _ => false,
    }
}
