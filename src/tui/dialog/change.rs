//! The short confirmations beside advance and rollback: back one stage, back to what the stage says, and on with what
//! somebody else made of the flag.

use std::time::Duration;

use super::{PlanSeen, binding, moved};
use crate::{
    judge::{ActionAssessment, Assessment},
    operations::Binding,
    runbook::Exposure,
    tui::{field::Field, model::Model},
};

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Back to the stage before, not all the way off.
    Reduce,
    /// Back to what the present stage says, rules of others taken away.
    Restore,
    /// What somebody else made of the flag is accepted. Nothing is written to the store.
    Adopt,
}

impl Change {
    /// Whether it may be done, as judged.
    pub fn judged(self, assessment: &Assessment) -> &ActionAssessment {
        match self {
            Self::Reduce => &assessment.standing.reduce,
            Self::Restore => &assessment.standing.restore,
            Self::Adopt => &assessment.standing.adopt,
        }
    }

    /// Whether the store is written to.
    pub fn writes(self) -> bool {
        self != Self::Adopt
    }

    /// The word on the button.
    pub fn button(self) -> &'static str {
        match self {
            Self::Reduce => "Reduce",
            Self::Restore => "Restore",
            Self::Adopt => "Adopt",
        }
    }

    /// Key of the stage it leads to: a restore stays in the present one.
    fn to(self, assessment: &Assessment) -> Option<String> {
        match self {
            Self::Restore => Some(assessment.stage.key.clone()),
            Self::Reduce | Self::Adopt => self.judged(assessment).to.clone(),
        }
    }
}

/// The confirmation.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeForm {
    /// When it opened.
    pub opened: Duration,
    /// What it does.
    pub change: Change,
    /// Where Enter goes.
    pub focus: ChangeFocus,
    /// What the operator sees. Its writes are those of the plan.
    pub binding: Binding,
    /// The stage it leads to, as people call it.
    pub title: String,
    /// Who is served now.
    pub before: Exposure,
    /// Who will be.
    pub after: Exposure,
    /// Whether somebody gains the feature by it. Then the stage's name is typed.
    pub grows: bool,
    /// What will be written; None where nothing is.
    pub plan: Option<PlanSeen>,
    /// The stage's key, as typed, where that is asked for.
    pub stage: Field,
    /// Why.
    pub reason: Field,
    /// What changed under it. It can then no longer be confirmed.
    pub changed: Vec<String>,
    /// Why the last Enter did nothing.
    pub complaint: Option<&'static str>,
    /// Whether `y` confirms; not after a stray key, and not where a name is to be typed.
    pub armed: bool,
}

/// Where the focus is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeFocus {
    /// The way out; has the focus at first.
    Cancel,
    /// The stage's key, where somebody gains the feature.
    Stage,
    /// The reason.
    Reason,
    /// Does it.
    Do,
}

impl ChangeForm {
    /// Opens it if the assessment allows it and everything that it would be bound to is known.
    pub fn open(model: &Model, change: Change, asked: u64) -> Option<Self> {
        let assessment = model.assessment.as_deref().filter(|a| change.judged(a).allowed)?;
        let binding = binding(model, assessment, change.to(assessment).as_ref())?;
        let (index, stage) = model.facts.runbook.stage(&binding.to_stage)?;
        let before = assessment.flag.serves.clone()?;
        // What is adopted is served already.
        let after = if change.writes() { stage.exposure.clone() } else { before.clone() };
        let grows = !before.covers(&after);
        let reason = match change {
            Change::Reduce => "fewer users while this is looked into",
            Change::Restore => "back to what the stage says",
            Change::Adopt => "",
        };
        Some(Self {
            opened: model.uptime,
            change,
            focus: ChangeFocus::Cancel,
            title: format!("{index} {}", stage.title),
            before,
            after,
            grows,
            plan: change.writes().then(|| PlanSeen::asked(asked)),
            stage: Field::default(),
            reason: Field::new(reason),
            changed: Vec::new(),
            complaint: None,
            armed: !grows && change != Change::Adopt,
            binding,
        })
    }

    /// The text that has the focus.
    pub fn field(&mut self) -> Option<&mut Field> {
        match self.focus {
            _ if !self.changed.is_empty() => None,
            ChangeFocus::Stage => Some(&mut self.stage),
            ChangeFocus::Reason => Some(&mut self.reason),
            ChangeFocus::Cancel | ChangeFocus::Do => None,
        }
    }

    /// Where the focus can be, in the order of Tab.
    pub fn order(&self) -> &'static [ChangeFocus] {
        use ChangeFocus::{Cancel, Do, Reason, Stage};
        if self.grows { &[Cancel, Stage, Reason, Do] } else { &[Cancel, Do, Reason] }
    }

    /// Notes what is not any more as the operator saw it. The digest is no part of it: no gate is asked.
    pub fn recheck(&mut self, model: &Model) {
        let now = model.assessment.as_deref();
        let now = now.and_then(|a| Some((binding(model, a, self.change.to(a).as_ref())?, a)));
        let mut changed = Vec::new();
        match now {
            None => changed.push("the rollout can no longer be seen well enough for this".to_owned()),
            Some((now, assessment)) => {
                changed.extend(moved(&self.binding, &now));
                let judged = self.change.judged(assessment);
                if !judged.allowed {
                    changed.push("something stands against it now:".to_owned());
                    changed.extend(judged.blockers.iter().take(3).cloned());
                }
            }
        }
        if !changed.is_empty() && self.changed.is_empty() {
            self.changed = changed;
        }
    }

    /// What is still missing before it can be confirmed.
    pub fn missing(&self) -> Option<(ChangeFocus, &'static str)> {
        if self.grows && self.stage.text().trim() != self.binding.to_stage {
            return Some((ChangeFocus::Stage, "type the stage's name as it is shown: somebody gains the feature"));
        }
        if self.reason.is_blank() {
            return Some((ChangeFocus::Reason, "give a reason; it goes into the audit log"));
        }
        self.plan.as_ref().and_then(PlanSeen::missing).map(|why| (ChangeFocus::Do, why))
    }
}
