//! Which stage the rollout is in, when the run that it belongs to began, and where the evidence of this stay begins.

use chrono::{DateTime, Utc};

use super::{History, evidence_limit, period::Period};
use crate::{
    runbook::{Runbook, Stage},
    snapshot::FlagReading,
    text::clean,
};

/// Why evidence begins where it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// The stage was entered.
    Entered,
    /// The candidate or the runbook changed.
    Basis,
    /// Somebody else changed the flag.
    Flag,
}

/// A stretch of a stay in which nothing changed that evidence is about. It ends where the next one begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    /// Where it begins.
    pub from: DateTime<Utc>,
    /// Why.
    pub start: Start,
}

/// The present stage.
#[derive(Debug, Clone)]
pub(super) struct Present<'a> {
    /// Its index.
    pub index: usize,
    /// The stage.
    pub stage: &'a Stage,
    /// When it was entered, as recorded or as inferred.
    pub entered_at: DateTime<Utc>,
    /// Whether it was inferred from the flag.
    pub inferred: bool,
    /// The stage that the audit log names, where this runbook has none of that name.
    pub unknown_stage: Option<String>,
    /// When the present run began: violations from here on stand until they are resolved.
    pub run_began: DateTime<Utc>,
    /// The stretches of this stay, oldest first; never empty, and the last is the present one.
    pub stretches: Vec<Stretch>,
    /// How what is judged here is not what the audit log says, in words: another candidate, another runbook.
    pub unrecorded: Option<String>,
}

impl<'a> Present<'a> {
    /// The stage of the last recorded visit, else the one whose exposure is what the flag serves. None only for a
    /// runbook without stages, which parsing refuses.
    pub fn find(
        runbook: &'a Runbook,
        history: &History,
        flag: &FlagReading,
        candidate: Option<&str>,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let unrecorded = unrecorded(runbook, history, candidate);
        let stretches = |entered_at| stretches(history, flag, unrecorded.is_some(), entered_at, now);
        let recorded = history.present();
        if let Some((visit, (index, stage))) = recorded.and_then(|visit| Some((visit, runbook.stage(&visit.stage)?))) {
            let entered_at = visit.entered_at.min(now);
            let run_began = run_began(runbook, history).map_or(entered_at, |began| began.min(entered_at));
            let stretches = stretches(entered_at);
            let unknown_stage = None;
            return Some(Self {
                index,
                stage,
                entered_at,
                inferred: false,
                unknown_stage,
                run_began,
                stretches,
                unrecorded,
            });
        }
        let state = flag.state.as_ref();
        let served = state.map(|state| state.serves());
        let index = runbook
            .stages
            .iter()
            .position(|stage| served.as_ref().is_some_and(|served| stage.exposure.same_as(served)))
            .unwrap_or(0);
        let entered_at = state.and_then(|state| state.changed_at).filter(|&at| at <= now).unwrap_or(now);
        Some(Self {
            index,
            stage: runbook.stages.get(index)?,
            entered_at,
            inferred: true,
            unknown_stage: recorded.map(|visit| clean(&visit.stage)),
            run_began: run_began(runbook, history).map_or(entered_at, |began| began.min(entered_at)),
            stretches: stretches(entered_at),
            unrecorded,
        })
    }

    /// Where the evidence of this stay begins.
    pub fn evidence_from(&self) -> DateTime<Utc> {
        self.stretches.last().map_or(self.entered_at, |stretch| stretch.from)
    }

    /// Why evidence began again since the stage was entered, if it did.
    pub fn restarted(&self) -> Option<&'static str> {
        match self.stretches.last()?.start {
            Start::Entered => None,
            Start::Basis => Some("the candidate or the runbook changed"),
            Start::Flag => Some("the flag was changed elsewhere"),
        }
    }

    /// The stretch of evidence, as far back as telemetry is asked for.
    pub fn period(&self, now: DateTime<Utc>) -> Period {
        Period { from: self.evidence_from().max(evidence_limit(now)), until: None }
    }
}

/// How candidate or runbook are not those on record. Their evidence begins once they are.
fn unrecorded(runbook: &Runbook, history: &History, candidate: Option<&str>) -> Option<String> {
    let basis = history.bases.last()?;
    let name = |candidate: Option<&str>| candidate.map_or_else(|| "none".to_owned(), clean);
    if basis.candidate.as_deref() != candidate {
        let (here, there) = (name(candidate), name(basis.candidate.as_deref()));
        return Some(format!("the candidate here is {here}, the one on record is {there}"));
    }
    (basis.runbook != runbook.digest).then(|| "this version of the runbook is not the one on record".to_owned())
}

/// Where evidence begins in a stay, and where it began again: at each change of what it is about.
fn stretches(
    history: &History,
    flag: &FlagReading,
    unrecorded: bool,
    entered_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Vec<Stretch> {
    // What is first on record is no change: of what was before, nothing is known.
    let bases = history.bases.iter().skip(1).map(|basis| Stretch { from: basis.since, start: Start::Basis });
    let flags = history.flags.windows(2).filter(|pair| pair[0].version != pair[1].version);
    let flags = flags.map(|pair| Stretch { from: pair[1].at, start: Start::Flag });
    let inside = |stretch: &Stretch| entered_at < stretch.from && stretch.from <= now;
    let mut all: Vec<Stretch> = bases.chain(flags).filter(inside).collect();
    all.sort_by_key(|stretch| stretch.from);
    all.insert(0, Stretch { from: entered_at, start: Start::Entered });
    // A change that is not on record yet.
    if let (Some(state), Some(known)) = (&flag.state, history.flags.last())
        && state.version != known.version
    {
        let after = |at: &DateTime<Utc>| all.last().is_some_and(|last| last.from < *at) && *at <= now;
        all.push(Stretch { from: state.changed_at.filter(after).unwrap_or(now), start: Start::Flag });
    }
    if unrecorded {
        all.push(Stretch { from: now, start: Start::Basis });
    }
    all
}

/// When the rollout last left "off", even if it was rolled back since: a violation of the run that was rolled back
/// stands until it is resolved. Without such a run, when the rollout was first watched. A stage that this runbook does
/// not know counts as exposing.
fn run_began(runbook: &Runbook, history: &History) -> Option<DateTime<Utc>> {
    let exposes = |key: &str| runbook.stage(key).is_none_or(|(_, stage)| !stage.exposure.is_off());
    let latest = history.visits.iter().rposition(|visit| exposes(&visit.stage));
    let Some(latest) = latest else { return history.visits.first().map(|visit| visit.entered_at) };
    history.visits[..=latest]
        .iter()
        .rev()
        .take_while(|visit| exposes(&visit.stage))
        .last()
        .map(|visit| visit.entered_at)
}
