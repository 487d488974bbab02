//! The rollback owner, and the go/no-go poll.
//!
//! An answer counts if who has the role gave it, a decision if the release owner made it. What others put on record
//! stays there and changes nothing.

use chrono::{DateTime, Utc};

use crate::{
    judge::{
        Decision, History, PollAnswer, PollAssessment, PollRecord, PollRole, RoleAnswer, Vote, candidate,
        context::Context, roles, stage::Present,
    },
    runbook::{Duty, Role, Runbook},
    snapshot::FlagReading,
    text::clean,
};

/// The rollback owner that is missing, if the next stage serves somebody and nobody has that duty.
pub(super) fn missing_rollback_owner<'a>(cx: &Context<'a>) -> Option<&'a Role> {
    let next = cx.runbook.stages.get(cx.present.index + 1)?;
    let role = cx.runbook.on_duty(Duty::RollbackOwner)?;
    (!next.exposure.is_off() && roles::holder(cx.history, role).is_none()).then_some(role)
}

/// The poll of the present stage, by the log alone: that of the candidate that is named, else on record.
pub fn present_poll(
    runbook: &Runbook,
    history: &History,
    named: Option<&str>,
    now: DateTime<Utc>,
) -> Option<PollAssessment> {
    let candidate = history.candidate(named);
    let present = Present::find(runbook, history, &FlagReading::default(), candidate, now)?;
    let asked = Asked { runbook, history, candidate };
    asked.poll(&present)
}

/// The poll of the present stage.
pub(in crate::judge) fn poll(cx: &Context<'_>) -> Option<PollAssessment> {
    Asked { runbook: cx.runbook, history: cx.history, candidate: cx.candidate }.poll(&cx.present)
}

/// What a poll is judged by.
struct Asked<'a> {
    runbook: &'a Runbook,
    history: &'a History,
    candidate: Option<&'a str>,
}

impl Asked<'_> {
    /// The latest poll since the stage was entered that still counts; else the latest. One that was opened for another
    /// candidate does not lift a NO-GO of this one.
    fn poll(&self, present: &Present<'_>) -> Option<PollAssessment> {
        let here = |poll: &&PollRecord| poll.stage == present.stage.key && poll.at >= present.entered_at;
        let polls = || self.history.polls.iter().filter(here);
        let record = polls().rfind(|poll| self.fell(poll).is_none()).or_else(|| polls().next_back())?;
        Some(self.assess(record))
    }

    /// Why a poll counts no more, if so. It does not count again when the candidate comes back.
    fn fell(&self, poll: &PollRecord) -> Option<&'static str> {
        let same = |named: Option<&str>| candidate::same(self.candidate, named);
        let since = || self.history.bases.iter().filter(|basis| basis.since > poll.at);
        if !same(poll.candidate.as_deref()) || since().any(|basis| !same(basis.candidate.as_deref())) {
            return Some("the candidate is another one");
        }
        let another = poll.runbook != self.runbook.digest || since().any(|basis| basis.runbook != poll.runbook);
        another.then_some("the runbook is another one")
    }

    fn assess(&self, poll: &PollRecord) -> PollAssessment {
        let (votes, decision) = self.counted(poll);
        let votes: Vec<Vote> = votes.into_iter().map(harmless_vote).collect();
        let answers = poll.roles.iter().map(|asked| RoleAnswer {
            key: asked.key.clone(),
            title: clean(&asked.title),
            name: self.runbook.role(&asked.key).and_then(|role| roles::holder(self.history, role)),
            vote: votes.iter().rfind(|vote| vote.role == asked.key).cloned(),
        });
        let answers = answers.collect();
        let asked = poll.roles.iter().map(|role| PollRole { key: role.key.clone(), title: clean(&role.title) });
        let record = PollRecord {
            poll: clean(&poll.poll),
            at: poll.at,
            operator: clean(&poll.operator),
            stage: clean(&poll.stage),
            candidate: poll.candidate.as_deref().map(clean),
            runbook: clean(&poll.runbook),
            roles: asked.collect(),
            question: clean(&poll.question),
            votes,
            decision: decision.map(harmless_decision),
            closings: Vec::new(),
        };
        PollAssessment { record, fell: self.fell(poll).map(str::to_owned), answers }
    }

    /// The answers and the decision that count: of each closing that somebody recorded, the first by who may decide.
    fn counted<'p>(&self, poll: &'p PollRecord) -> (Vec<&'p Vote>, Option<&'p Decision>) {
        let holds = |vote: &&Vote| {
            let asked = poll.roles.iter().any(|role| role.key == vote.role);
            let role = self.runbook.role(&vote.role).filter(|_| asked);
            role.is_some_and(|role| roles::has(self.history, role, &vote.operator))
        };
        let until = |n: usize| poll.votes.iter().take(n).filter(holds).collect::<Vec<_>>();
        let all = poll.votes.len();
        let told = poll.decision.iter().filter(|_| poll.closings.is_empty()).map(|decision| (all, decision));
        let mut closings = told.chain(poll.closings.iter().map(|(n, decision)| (*n, decision)));
        let decided = closings.find(|(n, decision)| {
            // Who goes on against somebody's NO-GO says why.
            let reasoned = || !clean(&decision.reason).trim().is_empty() || !dissents(poll, &until(*n));
            roles::releases(self.runbook, self.history, &decision.operator)
                && (decision.answer == PollAnswer::NoGo || reasoned())
        });
        match decided {
            Some((n, decision)) => (until(n), Some(decision)),
            None => (until(all), None),
        }
    }
}

fn dissents(poll: &PollRecord, votes: &[&Vote]) -> bool {
    poll.roles.iter().any(|role| {
        let latest = votes.iter().rfind(|vote| vote.role == role.key);
        latest.is_some_and(|vote| vote.answer == PollAnswer::NoGo)
    })
}

fn harmless_vote(vote: &Vote) -> Vote {
    Vote { operator: clean(&vote.operator), reason: clean(&vote.reason), ..vote.clone() }
}

fn harmless_decision(decision: &Decision) -> Decision {
    Decision { operator: clean(&decision.operator), reason: clean(&decision.reason), ..decision.clone() }
}
