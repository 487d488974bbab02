//! The entry that says that an action begins.

use super::{Asked, Context};
use crate::{
    audit::{Action, Begun},
    flags::{Plan, Write},
    runbook::Exposure,
    snapshot::FlagState,
};

/// Of a rollback. One that takes up another goes by that one's id.
pub(super) fn rollback(
    context: &Context,
    before: Option<FlagState>,
    off: &Write,
    reason: String,
    resumes: Option<String>,
) -> Begun {
    let from_version = before.as_ref().map(|flag| flag.version.clone()).unwrap_or_default();
    Begun {
        id: resumes.unwrap_or_else(new_id),
        action: Action::Rollback,
        from_stage: context.stage.clone(),
        to_stage: context.runbook.stages.first().map(|stage| stage.key.clone()).unwrap_or_default(),
        before,
        target: Exposure::off(),
        plan: Plan { from_version, target: Exposure::off(), writes: vec![off.clone()] },
        reason,
        candidate: context.candidate.clone(),
        digest: None,
        runbook: Some(context.runbook.digest.clone()),
        request: None,
        process: Some(std::process::id()),
    }
}

/// Of every other action; what is read when it is checked again is filled in then.
pub(super) fn change(context: &Context, asked: &Asked, target: Exposure, reason: String) -> Begun {
    let binding = &asked.binding;
    Begun {
        id: new_id(),
        action: asked.action,
        from_stage: binding.from_stage.clone(),
        to_stage: binding.to_stage.clone(),
        before: None,
        plan: Plan { from_version: binding.flag_version.clone(), target: target.clone(), writes: Vec::new() },
        target,
        reason,
        candidate: context.candidate.clone(),
        digest: (asked.action == Action::Advance).then(|| binding.digest.clone()),
        runbook: Some(context.runbook.digest.clone()),
        request: asked.request.clone().filter(|_| asked.two_people),
        process: Some(std::process::id()),
    }
}

fn new_id() -> String {
    format!("{:016x}", rand::random::<u64>())
}
