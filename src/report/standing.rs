//! Where the operations stand, as in the status.

use serde::Serialize;

use super::{
    approvals::Approvals,
    status::{Served, seconds, served, time},
};
use crate::{
    judge::{self, ActionAssessment, StepState},
    runbook::StepKind,
};

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Standing {
    paused: Option<Paused>,
    holds: Vec<Hold>,
    interlock: Option<Interlock>,
    procedure: Option<Procedure>,
    serving: Option<Serving>,
    second_person_s: Option<f64>,
    request: Option<Request>,
    #[serde(flatten)]
    approvals: Approvals,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Paused {
    at: String,
    operator: String,
    reason: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Hold {
    id: String,
    at: String,
    operator: String,
    reason: String,
    evidence: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Interlock {
    rollback: String,
    rolled_back: Option<String>,
    locked: bool,
    needs: Vec<Need>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Need {
    key: &'static str,
    title: String,
    met: bool,
    found: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Procedure {
    rollback: String,
    at: String,
    operator: String,
    host: String,
    reason: String,
    from_stage: String,
    before: Option<Served>,
    joined: Vec<String>,
    steps: Vec<Step>,
    legacy: Legacy,
    done_at: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Step {
    title: String,
    does: StepKind,
    state: &'static str,
    found: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Legacy {
    state: &'static str,
    gone: u64,
    back: u64,
    last_gone: Option<String>,
    sdks_by: Option<String>,
    found: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Serving {
    since: Option<String>,
    attempts: u64,
    blind: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Request {
    id: String,
    at: String,
    operator: String,
    to: String,
    reason: String,
    expires_at: String,
    fallen: Vec<String>,
}

/// Whether an action may be taken.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Allowed {
    allowed: bool,
    to: Option<String>,
    blockers: Vec<String>,
}

impl Allowed {
    pub(super) fn of(action: &ActionAssessment) -> Self {
        Self { allowed: action.allowed, to: action.to.clone(), blockers: action.blockers.clone() }
    }
}

impl Standing {
    pub(super) fn of(standing: &judge::Standing) -> Self {
        Self {
            paused: standing.paused.as_ref().map(|paused| Paused {
                at: time(paused.at),
                operator: paused.operator.clone(),
                reason: paused.reason.clone(),
            }),
            holds: standing.holds.iter().map(Hold::of).collect(),
            interlock: standing.interlock.as_ref().map(Interlock::of),
            procedure: standing.procedure.as_ref().map(Procedure::of),
            serving: standing.serving.as_ref().map(|serving| Serving {
                since: serving.since.map(time),
                attempts: serving.attempts,
                blind: serving.blind.clone(),
            }),
            second_person_s: standing.second_person.map(seconds),
            request: standing.request.as_ref().map(Request::of),
            approvals: Approvals::of(standing),
        }
    }
}

impl Hold {
    fn of(hold: &judge::RaisedHold) -> Self {
        Self {
            id: hold.hold.clone(),
            at: time(hold.at),
            operator: hold.operator.clone(),
            reason: hold.reason.clone(),
            evidence: hold.evidence.clone(),
        }
    }
}

impl Interlock {
    fn of(interlock: &judge::InterlockAssessment) -> Self {
        let needs = interlock.needs.iter().map(|need| Need {
            key: need.key,
            title: need.title.clone(),
            met: need.met,
            found: need.found.clone(),
        });
        Self {
            rollback: interlock.rollback.clone(),
            rolled_back: interlock.rolled_back.clone(),
            locked: interlock.locked(),
            needs: needs.collect(),
        }
    }
}

impl Procedure {
    fn of(procedure: &judge::ProcedureAssessment) -> Self {
        let steps = procedure.steps.iter().map(|step| Step {
            title: step.title.clone(),
            does: step.does,
            state: key(step.state),
            found: step.found.clone(),
        });
        let legacy = &procedure.legacy;
        Self {
            rollback: procedure.rollback.clone(),
            at: time(procedure.at),
            operator: procedure.operator.clone(),
            host: procedure.host.clone(),
            reason: procedure.reason.clone(),
            from_stage: procedure.from_stage.clone(),
            before: procedure.before.as_ref().map(served),
            joined: procedure.joined.clone(),
            steps: steps.collect(),
            legacy: Legacy {
                state: key(legacy.state),
                gone: legacy.gone,
                back: legacy.back,
                last_gone: legacy.last_gone.map(time),
                sdks_by: legacy.sdks_by.map(time),
                found: legacy.found.clone(),
            },
            done_at: procedure.done_at.map(time),
        }
    }
}

impl Request {
    fn of(request: &judge::RequestAssessment) -> Self {
        Self {
            id: request.id.clone(),
            at: time(request.at),
            operator: request.operator.clone(),
            to: request.to.clone(),
            reason: request.reason.clone(),
            expires_at: time(request.expires_at),
            fallen: request.fallen.clone(),
        }
    }
}

/// A state's stable name.
fn key(state: StepState) -> &'static str {
    match state {
        StepState::Blind => "blind",
        StepState::ByHand => "by-hand",
        other => other.word(),
    }
}
