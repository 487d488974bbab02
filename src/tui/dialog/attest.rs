//! Somebody's word that uploads are on the old path again, where telemetry cannot see it.

use std::time::Duration;

use crate::tui::{field::Field, model::Model};

/// The attestation.
#[derive(Debug, Clone, PartialEq)]
pub struct LegacyForm {
    /// When it opened.
    pub opened: Duration,
    /// Where Enter goes.
    pub focus: LegacyFocus,
    /// Id of the rollback that it speaks for.
    pub rollback: String,
    /// What was looked at.
    pub statement: Field,
    /// Why the last Enter did nothing.
    pub complaint: Option<&'static str>,
}

/// Where the focus is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegacyFocus {
    /// The way out.
    Cancel,
    /// The statement; has the focus at first: it must be typed.
    Statement,
    /// Records it.
    Confirm,
}

impl LegacyForm {
    /// Opens it where a rollback stands whose legacy path telemetry cannot see.
    pub fn open(model: &Model) -> Option<Self> {
        let procedure = model.procedure().filter(|procedure| model.legacy_is_blind(procedure))?;
        Some(Self {
            opened: model.uptime,
            focus: LegacyFocus::Statement,
            rollback: procedure.rollback.clone(),
            statement: Field::default(),
            complaint: None,
        })
    }
}
