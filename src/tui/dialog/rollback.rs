//! The rollback's confirmation.

use std::time::Duration;

use crate::{
    judge::{Assessment, TriggerState, Verdict},
    tui::{field::Field, model::Model},
};

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
