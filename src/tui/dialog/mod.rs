//! The dialogs as state: what is typed, where the focus is, what the confirmation is bound to. One file per dialog.

mod advance;
mod attest;
mod change;
mod drift;
mod find;
mod focus;
mod palette;
mod plan;
mod qa;
mod record;
mod rollback;
mod seek;

use std::time::Duration;

pub use advance::{AdvanceFocus, AdvanceForm, Way};
pub use attest::{LegacyFocus, LegacyForm};
pub use change::{Change, ChangeFocus, ChangeForm};
pub use drift::{DriftForm, WayOut, ways_out};
pub use find::{FindForm, Narrowed, Spot};
pub use focus::Focus;
pub use palette::{PaletteForm, Typed, home, is_named, offers};
pub use plan::PlanSeen;
pub use qa::{GateEnd, GateRun, QaForm, no_run};
pub use record::{Answer, Draft, RecordForm};
pub use rollback::{RollbackFocus, RollbackForm};
pub use seek::SeekForm;

use super::{field::Field, model::Model};
use crate::{
    judge::Assessment,
    operations::Binding,
    runbook::{Exposure, Percent, Runbook},
};

/// A confirming key this soon after a dialog opened was on its way before anybody could read it.
pub const TOO_SOON: Duration = Duration::from_millis(150);

/// What lies over the screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Dialog {
    /// Off for everyone?
    Rollback(RollbackForm),
    /// On to the next stage?
    Advance(Box<AdvanceForm>),
    /// Back one stage, back to what the stage says, or on with what somebody else made of the flag?
    Change(Box<ChangeForm>),
    /// Somebody else changed the flag: the ways out. Confirms nothing itself.
    Drift(DriftForm),
    /// The line in which a list is searched. It lies over nothing.
    Find(FindForm),
    /// Everything that keys do, by name. Does what the key does, and no more.
    Palette(PaletteForm),
    /// Which time of the recording is to be shown.
    Seek(SeekForm),
    /// Something for the audit log.
    Record(Box<RecordForm>),
    /// Somebody's word that uploads are on the old path again.
    Legacy(LegacyForm),
    /// Why the rollout cannot advance. Offers nothing to confirm.
    Blocked,
    /// Why one of the short changes is not possible. Offers nothing to confirm.
    NotNow(Change),
    /// Why this operator cannot do that on the briefing. Offers nothing to confirm.
    NotAllowed(NotAllowed),
    /// The automated gate: run it, or how the run is.
    Qa(QaForm),
    /// How the action goes, or the rollback procedure.
    Progress,
    /// Leave while an action runs?
    Quit(QuitForm),
}

impl Dialog {
    /// The text that keys go to now; None where keys are no letters.
    pub fn field(&mut self) -> Option<&mut Field> {
        match self {
            Self::Rollback(form) => (form.focus == RollbackFocus::Reason).then_some(&mut form.reason),
            Self::Advance(form) => form.field(),
            Self::Change(form) => form.field(),
            Self::Record(form) => form.field(),
            Self::Find(form) => Some(&mut form.field),
            Self::Palette(form) => Some(&mut form.field),
            Self::Seek(form) => Some(&mut form.field),
            Self::Legacy(form) => (form.focus == LegacyFocus::Statement).then_some(&mut form.statement),
            Self::Drift(_)
            | Self::Qa(_)
            | Self::Blocked
            | Self::NotNow(_)
            | Self::NotAllowed(_)
            | Self::Progress
            | Self::Quit(_) => None,
        }
    }

    /// Whether letters are text in it, whatever has the focus: then a capital R may be the beginning of a sentence.
    pub fn takes_text(&self) -> bool {
        match self {
            Self::Rollback(form) => form.focus == RollbackFocus::Reason,
            Self::Advance(form) => form.changed.is_empty(),
            Self::Change(form) => form.changed.is_empty(),
            Self::Record(form) => form.typing(),
            Self::Legacy(_) | Self::Find(_) | Self::Palette(_) | Self::Seek(_) => true,
            Self::Drift(_)
            | Self::Qa(_)
            | Self::Blocked
            | Self::NotNow(_)
            | Self::NotAllowed(_)
            | Self::Progress
            | Self::Quit(_) => false,
        }
    }
}

/// What cannot be done, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAllowed {
    /// What was asked for.
    pub title: &'static str,
    /// Why not, in one sentence.
    pub why: String,
}

/// Leave while an action runs?
#[derive(Debug, Clone, PartialEq)]
pub struct QuitForm {
    /// When it opened.
    pub opened: Duration,
}

/// What an action to `to` is bound to, as it is seen now; None where something of it is not known.
fn binding(model: &Model, assessment: &Assessment, to: Option<&String>) -> Option<Binding> {
    Some(Binding {
        from_stage: assessment.stage.key.clone(),
        to_stage: to?.clone(),
        flag_version: assessment.flag.version.clone()?,
        candidate: model.facts.candidate.clone(),
        digest: assessment.digest.clone(),
        writes: Vec::new(),
    })
}

/// How what an action is bound to is not any more as the operator saw it. The digest aside: not every action rests on it.
fn moved(seen: &Binding, now: &Binding) -> Vec<String> {
    let mut changed = Vec::new();
    if now.from_stage != seen.from_stage || now.to_stage != seen.to_stage {
        changed.push(format!("the rollout is now in stage {}", now.from_stage));
    }
    if now.candidate != seen.candidate {
        changed.push("the candidate is another one".to_owned());
    }
    if now.flag_version != seen.flag_version {
        changed.push("somebody changed the flag".to_owned());
    }
    changed
}

/// Who gains the feature between two exposures, in words.
pub fn gains(before: &Exposure, after: &Exposure, runbook: &Runbook) -> String {
    if before.covers(after) {
        return "nobody".to_owned();
    }
    if after.is_everyone() {
        return "everyone who does not have it yet".to_owned();
    }
    let mut parts: Vec<String> = after
        .cohorts
        .difference(&before.cohorts)
        .map(|key| runbook.cohort(key).map_or_else(|| key.clone(), |cohort| cohort.title.clone()))
        .collect();
    if after.percent > before.percent {
        let from =
            if before.percent == Percent::ZERO { String::new() } else { format!(", {} before", before.percent.get()) };
        parts.push(format!("{} % of all users{from}", after.percent.get()));
    }
    parts.join(" and ")
}
