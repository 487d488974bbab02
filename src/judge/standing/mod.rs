//! Where the operations stand: what else may be done, what is frozen, held, asked for, rolled back.
//!
//! What people stopped is not in the digest: whoever confirms has no reason against it, so each of these that comes up
//! afterwards is a reason that refuses.

mod approvals;
mod deployed;
mod exposure;
mod interlock;
mod procedure;
mod request;
mod serving;

pub(super) use approvals::poll;
pub use approvals::present_poll;
use chrono::TimeDelta;

use super::{
    DeployedAssessment, FlagAssessment, FlagChanged, GateAssessment, HardStop, InterlockAssessment, Paused,
    PollAssessment, RaisedHold, RollbackRecord, SignOff, Standing, TriggerAssessment, Trouble, context::Context,
    evidence::evidence_assessments, roles, sign_off_block,
};
use crate::text::clean;

/// What people stopped, and what a rollback left behind.
pub(super) struct Stops {
    /// Who froze promotions.
    pub paused: Option<Paused>,
    /// Holds that nobody cleared, oldest first.
    pub holds: Vec<RaisedHold>,
    /// What the rollback before asks for.
    pub interlock: Option<InterlockAssessment>,
    /// The poll of the present stage.
    pub poll: Option<PollAssessment>,
    /// What is deployed.
    pub deployed: Option<DeployedAssessment>,
    /// The role of the rollback owner, where nobody has it and somebody is to be served next.
    pub no_rollback_owner: Option<String>,
}

/// What was judged already.
pub(super) struct Judged<'a> {
    pub flag: &'a FlagAssessment,
    pub gates: &'a [GateAssessment],
    pub hard_stops: &'a [HardStop],
    pub triggers: &'a [TriggerAssessment],
    /// The next stage.
    pub to: Option<&'a str>,
    pub digest: &'a str,
    /// The signature that stands.
    pub signature: Option<&'a SignOff>,
}

impl Stops {
    /// Those that stand.
    pub fn of(cx: &Context<'_>) -> Self {
        let cleared = |raised: &RaisedHold| cx.resolved(&Trouble::Hold { hold: raised.hold.clone() }).is_some();
        Self {
            paused: cx.history.paused.as_ref().map(harmless_pause),
            holds: cx.history.holds.iter().filter(|raised| !cleared(raised)).map(harmless_hold).collect(),
            interlock: standing_rollback(cx).and_then(|record| interlock::assess(cx, record)),
            poll: approvals::poll(cx),
            deployed: deployed::assess(cx),
            no_rollback_owner: approvals::missing_rollback_owner(cx).map(|role| clean(&role.title)),
        }
    }
}

/// The last rollback, until the stage that it entered is left again.
fn standing_rollback<'a>(cx: &Context<'a>) -> Option<&'a RollbackRecord> {
    cx.history.rollback.as_ref().filter(|record| record.left_at.is_none())
}

/// All of it.
pub(super) fn assess(cx: &Context<'_>, stops: Stops, judged: &Judged<'_>) -> Standing {
    let next = cx.runbook.stages.get(cx.present.index + 1);
    let roles = roles::roles(cx.runbook, cx.history);
    let block = sign_off_block(cx.runbook, cx.history, &roles, cx.candidate, judged.signature, cx.now);
    Standing {
        reduce: exposure::reduce(cx, judged),
        restore: exposure::restore(cx, judged, &stops.holds),
        adopt: exposure::adopt(cx, judged),
        procedure: standing_rollback(cx).map(|record| procedure::assess(cx, record, stops.interlock.as_ref())),
        serving: serving::assess(cx),
        second_person: next.and_then(|next| TimeDelta::from_std(next.second_person?).ok()),
        request: request::assess(cx, judged),
        changed: changed(cx),
        run_began: Some(cx.present.run_began),
        roles,
        poll: stops.poll,
        signature: judged.signature.map(harmless_signature),
        evidence: evidence_assessments(cx.runbook, cx.history, cx.candidate, judged.signature, cx.now),
        sign_off: block,
        deployed: stops.deployed,
        paused: stops.paused,
        holds: stops.holds,
        interlock: stops.interlock,
    }
}

fn harmless_pause(paused: &Paused) -> Paused {
    Paused { at: paused.at, operator: clean(&paused.operator), reason: clean(&paused.reason) }
}

fn harmless_hold(raised: &RaisedHold) -> RaisedHold {
    RaisedHold {
        at: raised.at,
        hold: clean(&raised.hold),
        operator: clean(&raised.operator),
        reason: clean(&raised.reason),
        evidence: clean(&raised.evidence),
    }
}

fn harmless_signature(signed: &SignOff) -> SignOff {
    SignOff {
        at: signed.at,
        stage: clean(&signed.stage),
        candidate: signed.candidate.as_deref().map(clean),
        runbook: clean(&signed.runbook),
        operator: clean(&signed.operator),
        statement: clean(&signed.statement),
        approval: signed.approval.as_deref().map(clean),
        block: signed.block.iter().map(|(title, value)| (clean(title), clean(value))).collect(),
    }
}

fn changed(cx: &Context<'_>) -> Option<FlagChanged> {
    let state = cx.snapshot.flag.state.as_ref()?;
    let (by, what) = (state.changed_by.as_deref().map(clean), state.changed_what.as_deref().map(clean));
    let told = state.changed_at.is_some() || by.is_some() || what.is_some();
    told.then_some(FlagChanged { at: state.changed_at, by, what })
}
