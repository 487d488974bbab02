//! The automated gate: asked for, watched, ended.

use std::time::Duration;

use crate::{
    qa::Progress,
    tui::{keys::Command, model::Model},
};

/// The dialog of the gate.
#[derive(Debug, Clone, PartialEq)]
pub struct QaForm {
    /// When it opened.
    pub opened: Duration,
    /// Whether it asks for a run; else it shows the one that there is.
    pub asks: bool,
    /// When the key that ends the run was pressed once.
    pub kill: Option<Duration>,
}

impl QaForm {
    /// Shows the run that goes on, or asks for one.
    pub fn open(model: &Model) -> Self {
        Self { opened: model.uptime, asks: !model.gate_runs(), kill: None }
    }
}

/// A run of the gate that was asked for here.
#[derive(Debug, Clone, PartialEq)]
pub struct GateRun {
    /// 1, 2, 3, ... in this run of the cockpit.
    pub number: u64,
    /// When it was asked for, on the model's monotonic clock.
    pub since: Duration,
    /// How long the run before it took.
    pub before: Option<Duration>,
    /// How each check stands, as far as the output says.
    pub progress: Progress,
    /// The last lines of the output.
    pub tail: Vec<String>,
    /// Whether it is being ended.
    pub killing: bool,
    /// How it ended.
    pub ended: Option<GateEnd>,
}

/// How a run of the gate ended.
#[derive(Debug, Clone, PartialEq)]
pub struct GateEnd {
    /// How long it took.
    pub took: Duration,
    /// Whether the gate is green now.
    pub green: bool,
    /// What there is to say of it, the answer first.
    pub text: Vec<String>,
}

/// Why the gate cannot be run from here, if it cannot.
pub fn no_run(model: &Model) -> Option<String> {
    if model.facts.runbook.qa.is_none() {
        return Some("the runbook has no automated gate".to_owned());
    }
    if model.facts.read_only {
        return Some("this session is read-only: a run would be recorded".to_owned());
    }
    if crate::judge::candidate::named(model.facts.candidate.as_deref()).is_none() {
        let enter = model.keymap.shown(Command::Record);
        let what = "no candidate is named: the gate runs on one commit";
        return Some(format!("{what}. Name it with {enter}, or start with --candidate"));
    }
    None
}
