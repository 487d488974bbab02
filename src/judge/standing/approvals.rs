//! Who has which role, and the go/no-go poll.

use crate::{
    judge::{PollAnswer, PollAssessment, PollRecord, RoleAnswer, RoleAssessment, candidate, context::Context},
    runbook::{Duty, Role},
    text::clean,
};

/// Who has a role: who the log says, else who the configuration says.
pub(super) fn name(cx: &Context<'_>, role: &Role) -> Option<String> {
    let name = match cx.history.assigned.get(&role.key) {
        Some(assigned) => assigned.name.as_deref(),
        None => role.configured.as_deref(),
    };
    name.map(clean).filter(|name| !name.trim().is_empty())
}

pub(super) fn roles(cx: &Context<'_>) -> Vec<RoleAssessment> {
    let each = cx.runbook.roles.iter().map(|role| RoleAssessment {
        key: role.key.clone(),
        title: clean(&role.title),
        duty: role.duty,
        name: name(cx, role),
    });
    each.collect()
}

/// The rollback owner that is missing, if the next stage serves somebody and nobody has that duty.
pub(super) fn missing_rollback_owner<'a>(cx: &Context<'a>) -> Option<&'a Role> {
    let next = cx.runbook.stages.get(cx.present.index + 1)?;
    let role = cx.runbook.on_duty(Duty::RollbackOwner)?;
    (!next.exposure.is_off() && name(cx, role).is_none()).then_some(role)
}

/// The latest poll since the present stage was entered, and why it counts no more, if so.
pub(in crate::judge) fn latest_poll<'a>(cx: &Context<'a>) -> Option<(&'a PollRecord, Option<String>)> {
    let here = |poll: &&PollRecord| poll.stage == cx.present.stage.key && poll.at >= cx.present.entered_at;
    let poll = cx.history.polls.iter().rfind(here)?;
    let same = |named: Option<&str>| candidate::same(cx.candidate, named);
    let since = || cx.history.bases.iter().filter(|basis| basis.since > poll.at);
    let fell = if !same(poll.candidate.as_deref()) || since().any(|basis| !same(basis.candidate.as_deref())) {
        Some("the candidate is another one".to_owned())
    } else if poll.runbook != cx.runbook.digest || since().any(|basis| basis.runbook != poll.runbook) {
        Some("the runbook is another one".to_owned())
    } else {
        None
    };
    Some((poll, fell))
}

pub(super) fn poll(cx: &Context<'_>) -> Option<PollAssessment> {
    let (record, fell) = latest_poll(cx)?;
    let answers = record.roles.iter().map(|asked| {
        let vote = record.answer(&asked.key).cloned();
        let name = cx.runbook.role(&asked.key).and_then(|role| name(cx, role));
        RoleAnswer { key: asked.key.clone(), title: clean(&asked.title), name, vote }
    });
    let answers = answers.collect();
    Some(PollAssessment { record: record.clone(), fell, answers })
}

impl PollAssessment {
    /// Roles that say NO-GO, in order.
    pub fn dissent(&self) -> impl Iterator<Item = &RoleAnswer> {
        self.answers.iter().filter(|answer| answer.vote.as_ref().is_some_and(|vote| vote.answer == PollAnswer::NoGo))
    }

    /// How many roles have answered.
    pub fn answered(&self) -> usize {
        self.answers.iter().filter(|answer| answer.vote.is_some()).count()
    }
}
