//! The dialogs as state: what is typed, where the focus is, what the confirmation is bound to.

use std::time::Duration;

use super::{field::Field, model::Model};
use crate::{
    judge::{Assessment, TriggerState, Verdict},
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
    /// Why the rollout cannot advance. Offers nothing to confirm.
    Blocked,
    /// How the action goes.
    Progress,
    /// Leave while an action runs?
    Quit(QuitForm),
}

/// The rollback's confirmation.
#[derive(Debug, Clone, PartialEq)]
pub struct RollbackForm {
    /// When it opened.
    pub opened: Duration,
    /// Where Enter goes.
    pub focus: RollbackFocus,
    /// Why; filled in already.
    pub reason: Field,
    /// Whether `y` confirms. It does not after a stray key, nor when `R` may have been a letter in a text field: then
    /// somebody is typing a sentence, and a `y` in it is no confirmation.
    pub armed: bool,
}

/// Where the focus is in the rollback's confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RollbackFocus {
    /// The way out; has the focus at first.
    Cancel,
    /// Does it.
    RollBack,
    /// The reason.
    Reason,
}

/// The advance's confirmation.
#[derive(Debug, Clone, PartialEq)]
pub struct AdvanceForm {
    /// When it opened.
    pub opened: Duration,
    /// Where Enter goes.
    pub focus: AdvanceFocus,
    /// What the operator sees, and what is checked again at the send.
    pub binding: Binding,
    /// The stage it leads to, as people call it.
    pub title: String,
    /// Who is served now.
    pub before: Exposure,
    /// Who will be.
    pub after: Exposure,
    /// The gates as judged: verdict, title, brief.
    pub gates: Vec<(Verdict, String, String)>,
    /// The next stage's key, as typed.
    pub stage: Field,
    /// Why.
    pub reason: Field,
    /// What changed under it. It can then no longer be confirmed.
    pub changed: Vec<String>,
    /// Why the last Enter did nothing.
    pub complaint: Option<&'static str>,
}

/// Where the focus is in the advance's confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdvanceFocus {
    /// The way out; has the focus at first.
    Cancel,
    /// The next stage's key.
    Stage,
    /// The reason.
    Reason,
    /// Does it.
    Advance,
}

/// Leave while an action runs?
#[derive(Debug, Clone, PartialEq)]
pub struct QuitForm {
    /// When it opened.
    pub opened: Duration,
}

impl RollbackForm {
    /// Opens it. `typing`: whether `R` was pressed in a text field.
    pub fn open(model: &Model, typing: bool) -> Self {
        Self {
            opened: model.uptime,
            focus: RollbackFocus::Cancel,
            reason: Field::new(&default_reason(model.assessment.as_deref())),
            armed: !typing,
        }
    }
}

/// Why anybody would roll back now: the worst thing known.
fn default_reason(assessment: Option<&Assessment>) -> String {
    let worst = assessment.and_then(|a| {
        let tripped = a.triggers.iter().find(|trigger| trigger.state == TriggerState::Tripped);
        let failed = a.gates.iter().find(|gate| gate.verdict == Verdict::Fail);
        a.hard_stops
            .first()
            .map(|stop| format!("hard stop {}: {}", stop.signature, stop.reason))
            .or_else(|| tripped.map(|trigger| format!("{}: {}", trigger.title, trigger.reason)))
            .or_else(|| failed.map(|gate| format!("{}: {}", gate.title, gate.reason)))
            .or_else(|| a.flag.drift.clone())
    });
    worst.unwrap_or_else(|| "operator's decision".to_owned())
}

impl AdvanceForm {
    /// Opens it if the assessment allows it and everything that it would be bound to is known.
    pub fn open(model: &Model) -> Option<Self> {
        let assessment = model.assessment.as_deref().filter(|a| a.advance.allowed)?;
        let runbook = &model.facts.runbook;
        let binding = binding(model, assessment)?;
        let (index, next) = runbook.stage(&binding.to_stage)?;
        Some(Self {
            opened: model.uptime,
            focus: AdvanceFocus::Cancel,
            title: format!("{index} {}", next.title),
            before: assessment.flag.serves.clone()?,
            after: next.exposure.clone(),
            gates: assessment.gates.iter().map(|g| (g.verdict, g.title.clone(), g.brief.clone())).collect(),
            stage: Field::default(),
            reason: Field::default(),
            changed: Vec::new(),
            complaint: None,
            binding,
        })
    }

    /// Notes what is not any more as the operator saw it.
    pub fn recheck(&mut self, model: &Model) {
        let now = model.assessment.as_deref().and_then(|a| Some((binding(model, a)?, a)));
        let mut changed = Vec::new();
        match now {
            None => changed.push("the rollout can no longer be seen well enough to advance".to_owned()),
            Some((now, assessment)) => {
                if now.from_stage != self.binding.from_stage || now.to_stage != self.binding.to_stage {
                    changed.push(format!("the rollout is now in stage {}", now.from_stage));
                }
                if now.candidate != self.binding.candidate {
                    changed.push("the candidate is another one".to_owned());
                }
                if now.flag_version != self.binding.flag_version {
                    changed.push("somebody changed the flag".to_owned());
                }
                if !assessment.advance.allowed {
                    changed.push("something stands against it now:".to_owned());
                    changed.extend(assessment.advance.blockers.iter().take(3).cloned());
                }
                if changed.is_empty() && now.digest != self.binding.digest {
                    changed.push("a gate, a trigger or the runbook is not as it was".to_owned());
                }
            }
        }
        // Once changed, always changed: what flickers is not what was seen.
        if !changed.is_empty() {
            self.changed = changed;
        }
    }

    /// What is still missing before it can be confirmed.
    pub fn missing(&self) -> Option<(AdvanceFocus, &'static str)> {
        if self.stage.text().trim() != self.binding.to_stage {
            Some((AdvanceFocus::Stage, "type the next stage's name as it is shown"))
        } else if self.reason.is_blank() {
            Some((AdvanceFocus::Reason, "give a reason; it goes into the audit log"))
        } else {
            None
        }
    }
}

fn binding(model: &Model, assessment: &Assessment) -> Option<Binding> {
    Some(Binding {
        from_stage: assessment.stage.key.clone(),
        to_stage: assessment.advance.to.clone()?,
        flag_version: assessment.flag.version.clone()?,
        candidate: model.facts.candidate.clone(),
        digest: assessment.digest.clone(),
        writes: Vec::new(),
    })
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
