//! Which stage the rollout is in, and when the run that it belongs to began.

use chrono::{DateTime, Utc};

use super::{History, evidence_limit, period::Period};
use crate::{
    runbook::{Runbook, Stage},
    snapshot::FlagReading,
    text::clean,
};

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
}

impl<'a> Present<'a> {
    /// The stage of the last recorded visit, else the one whose exposure is what the flag serves. None only for a
    /// runbook without stages, which parsing refuses.
    pub fn find(runbook: &'a Runbook, history: &History, flag: &FlagReading, now: DateTime<Utc>) -> Option<Self> {
        let recorded = history.present();
        if let Some((visit, (index, stage))) = recorded.and_then(|visit| Some((visit, runbook.stage(&visit.stage)?))) {
            let entered_at = visit.entered_at.min(now);
            let run_began = run_began(runbook, history).map_or(entered_at, |began| began.min(entered_at));
            return Some(Self { index, stage, entered_at, inferred: false, unknown_stage: None, run_began });
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
        })
    }

    /// The present stay, as far back as telemetry is asked for.
    pub fn period(&self, now: DateTime<Utc>) -> Period {
        Period { from: self.entered_at.max(evidence_limit(now)), until: None }
    }
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
