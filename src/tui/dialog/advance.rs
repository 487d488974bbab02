//! The advance's confirmation: by one person, or by two of whom the first asks and the second confirms.

use std::time::Duration;

use chrono::TimeDelta;

use super::{PlanSeen, binding, moved};
use crate::{
    judge::{Assessment, RequestAssessment, Verdict},
    operations::Binding,
    runbook::Exposure,
    tui::{field::Field, model::Model},
};

/// The advance's confirmation.
#[derive(Debug, Clone, PartialEq)]
pub struct AdvanceForm {
    /// When it opened.
    pub opened: Duration,
    /// Where Enter goes.
    pub focus: AdvanceFocus,
    /// What confirming it does.
    pub way: Way,
    /// What the operator sees, and what is checked again at the send. Its writes are those of the plan.
    pub binding: Binding,
    /// The stage it leads to, as people call it.
    pub title: String,
    /// Who is served now.
    pub before: Exposure,
    /// Who will be.
    pub after: Exposure,
    /// The gates as judged: verdict, title, brief.
    pub gates: Vec<(Verdict, String, String)>,
    /// What will be written.
    pub plan: PlanSeen,
    /// The next stage's key, as typed.
    pub stage: Field,
    /// Why.
    pub reason: Field,
    /// What changed under it. It can then no longer be confirmed.
    pub changed: Vec<String>,
    /// Why the last Enter did nothing.
    pub complaint: Option<&'static str>,
}

/// What confirming the dialog does: it depends on how many people it takes, and on who has spoken.
#[derive(Debug, Clone, PartialEq)]
pub enum Way {
    /// One person is enough: it advances.
    Alone,
    /// It takes two, and nobody asks yet: it asks. The request stands for so long.
    Request {
        /// For how long.
        stands: TimeDelta,
        /// Why an earlier request of this stage fell, if one did.
        fallen: Option<String>,
    },
    /// Somebody else asks: it confirms, and advances.
    Confirm(RequestAssessment),
    /// The operator asks already: another person must confirm. It can be taken back.
    Own(RequestAssessment),
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

impl AdvanceForm {
    /// Opens it if the assessment allows it and everything that it would be bound to is known. `asked`: the number of the
    /// question which writes will be made.
    pub fn open(model: &Model, asked: u64) -> Option<Self> {
        let assessment = model.assessment.as_deref()?;
        let way = way(assessment, &model.facts.operator);
        // One's own request can be taken back, whatever stands against advancing.
        if !assessment.advance.allowed && !matches!(way, Way::Own(_)) {
            return None;
        }
        let binding = binding(model, assessment, assessment.advance.to.as_ref())?;
        let (index, next) = model.facts.runbook.stage(&binding.to_stage)?;
        Some(Self {
            opened: model.uptime,
            focus: AdvanceFocus::Cancel,
            way,
            title: format!("{index} {}", next.title),
            before: assessment.flag.serves.clone()?,
            after: next.exposure.clone(),
            gates: assessment.gates.iter().map(|g| (g.verdict, g.title.clone(), g.brief.clone())).collect(),
            plan: PlanSeen::asked(asked),
            stage: Field::default(),
            reason: Field::default(),
            changed: Vec::new(),
            complaint: None,
            binding,
        })
    }

    /// Whether it only takes a request back: then nothing is planned and nothing typed.
    pub fn withdraws(&self) -> bool {
        matches!(self.way, Way::Own(_))
    }

    /// Id of the request that confirming it would confirm.
    pub fn request(&self) -> Option<&str> {
        match &self.way {
            Way::Confirm(request) => Some(&request.id),
            _ => None,
        }
    }

    /// The text that has the focus.
    pub fn field(&mut self) -> Option<&mut Field> {
        match self.focus {
            _ if !self.changed.is_empty() => None,
            AdvanceFocus::Stage => Some(&mut self.stage),
            AdvanceFocus::Reason => Some(&mut self.reason),
            AdvanceFocus::Cancel | AdvanceFocus::Advance => None,
        }
    }

    /// Notes what is not any more as the operator saw it.
    pub fn recheck(&mut self, model: &Model) {
        let now = model.assessment.as_deref();
        let now = now.and_then(|a| Some((binding(model, a, a.advance.to.as_ref())?, a)));
        let mut changed = Vec::new();
        match now {
            None => changed.push("the rollout can no longer be seen well enough to advance".to_owned()),
            Some((now, assessment)) => {
                if !self.withdraws() {
                    changed.extend(moved(&self.binding, &now));
                    if !assessment.advance.allowed {
                        changed.push("something stands against it now:".to_owned());
                        changed.extend(assessment.advance.blockers.iter().take(3).cloned());
                    }
                    if changed.is_empty() && now.digest != self.binding.digest {
                        changed.push("a gate, a trigger or the runbook is not as it was".to_owned());
                    }
                }
                if changed.is_empty() {
                    changed.extend(spoken(&self.way, &way(assessment, &model.facts.operator)));
                }
            }
        }
        // Once changed, always changed: what flickers is not what was seen.
        if !changed.is_empty() && self.changed.is_empty() {
            self.changed = changed;
        }
    }

    /// What is still missing before it can be confirmed.
    pub fn missing(&self) -> Option<(AdvanceFocus, &'static str)> {
        if self.withdraws() {
            return None;
        }
        if self.stage.text().trim() != self.binding.to_stage {
            Some((AdvanceFocus::Stage, "type the next stage's name as it is shown"))
        } else if self.reason.is_blank() {
            Some((AdvanceFocus::Reason, "give a reason; it goes into the audit log"))
        } else {
            self.plan.missing().map(|why| (AdvanceFocus::Advance, why))
        }
    }
}

/// What the operator can do towards the next stage.
fn way(assessment: &Assessment, operator: &str) -> Way {
    let standing = &assessment.standing;
    let Some(stands) = standing.second_person else { return Way::Alone };
    let same = |one: &str, other: &str| one.trim().to_lowercase() == other.trim().to_lowercase();
    let request = standing.request.as_ref().filter(|request| Some(&request.to) == assessment.advance.to.as_ref());
    match request {
        Some(request) if !request.fallen.is_empty() => {
            let fallen = format!("{} asked before; that fell: {}", request.operator, request.fallen.join("; "));
            Way::Request { stands, fallen: Some(fallen) }
        }
        Some(request) if same(&request.operator, operator) => Way::Own(request.clone()),
        Some(request) => Way::Confirm(request.clone()),
        None => Way::Request { stands, fallen: None },
    }
}

/// What somebody said meanwhile, so that confirming would now do something else.
fn spoken(seen: &Way, now: &Way) -> Option<String> {
    let fell = |fallen: &Option<String>| fallen.clone().unwrap_or_else(|| "the request was taken back".to_owned());
    match (seen, now) {
        (Way::Alone, Way::Alone) | (Way::Request { .. }, Way::Request { .. }) => None,
        (Way::Confirm(seen) | Way::Own(seen), Way::Confirm(now) | Way::Own(now)) if seen.id == now.id => None,
        (Way::Confirm(_) | Way::Own(_), Way::Request { fallen, .. }) => Some(fell(fallen)),
        (_, Way::Confirm(now) | Way::Own(now)) => Some(format!("{} asks for it now", now.operator)),
        _ => Some("how many people it takes is not as it was".to_owned()),
    }
}
