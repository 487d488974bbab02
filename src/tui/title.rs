//! The window's title: the call, before anything else.

use super::{model::Model, words};

/// Longest title, in columns: a task bar shows less.
const LONGEST: usize = 120;

/// `gonogo: NO-GO VFS secure upload production`; without a call while nothing is judged.
pub fn title(model: &Model) -> String {
    let facts = &model.facts;
    let call = model.assessment.as_ref().map_or("not judged yet", |assessment| assessment.call.banner());
    let text = format!("gonogo: {call} {} {}", facts.runbook.title, facts.environment);
    words::fit(&text, LONGEST, "..")
}
