//! Somebody else changed the flag: three ways out, and what each would do.

use std::time::Duration;

use crate::{
    judge::Assessment,
    tui::{dialog::Change, model::Model},
};

/// The choice among them.
#[derive(Debug, Clone, PartialEq)]
pub struct DriftForm {
    /// When it opened.
    pub opened: Duration,
    /// The selected way out, as [`ways_out`] orders them.
    pub selected: usize,
}

/// One way out.
#[derive(Debug, Clone, PartialEq)]
pub struct WayOut {
    /// What it opens; None for the rollback.
    pub change: Option<Change>,
    /// Its name.
    pub title: &'static str,
    /// What it would do, in one sentence.
    pub would: String,
    /// Why it is not possible, worst first; empty where it is.
    pub blockers: Vec<String>,
}

/// The ways out, in the order in which they are shown.
pub fn ways_out(model: &Model, assessment: &Assessment) -> Vec<WayOut> {
    let standing = &assessment.standing;
    let served = assessment.flag.serves.as_ref().map_or_else(|| "what is served".to_owned(), ToString::to_string);
    let blockers = |action: &crate::judge::ActionAssessment| match action.allowed {
        true => Vec::new(),
        false if action.blockers.is_empty() => vec!["the judge does not allow it".to_owned()],
        false => action.blockers.clone(),
    };
    let stage = |key: &str| {
        let found = model.facts.runbook.stage(key);
        found.map_or_else(|| key.to_owned(), |(index, stage)| format!("{index} {}", stage.title))
    };
    let present = model.facts.runbook.stage(&assessment.stage.key);
    let says = present.map_or_else(|| "what the stage says".to_owned(), |(_, stage)| stage.exposure.to_string());
    let adopted = match &standing.adopt.to {
        Some(to) => {
            format!("The flag stays as it is, serving {served}; the rollout is in stage {} from then on.", stage(to))
        }
        None => "The flag stays as it is, and the stage that says just that is entered.".to_owned(),
    };
    vec![
        WayOut { change: Some(Change::Adopt), title: "Adopt", would: adopted, blockers: blockers(&standing.adopt) },
        WayOut {
            change: Some(Change::Restore),
            title: "Restore",
            would: format!("{says} is written again, rules of others are taken away; the stage stays."),
            blockers: blockers(&standing.restore),
        },
        WayOut {
            change: None,
            title: "Roll back",
            would: "Off for everyone.".to_owned(),
            blockers: blockers(&assessment.rollback),
        },
    ]
}
