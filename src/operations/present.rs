//! The present, and how it is not what an operator confirmed. Pure.

use super::{Acted, Asked, people::objections};
use crate::{
    audit::Action,
    fault::Fault,
    flags::Plan,
    judge::{ActionAssessment, Assessment, Unfinished},
    snapshot::FlagState,
    units::moment,
};

/// The present, freshly read and judged, and the way from it to the target.
#[derive(Debug, Clone, PartialEq)]
pub struct Present {
    /// The flag.
    pub flag: FlagState,
    /// The assessment that rests on it.
    pub assessment: Assessment,
    /// The writes that lead to the target.
    pub plan: Result<Plan, Fault>,
    /// The candidate under rollout.
    pub candidate: Option<String>,
    /// An action on record of whose end nothing is known.
    pub unfinished: Option<Unfinished>,
    /// Who last changed the stage or what is served in it, by the log.
    pub last: Option<Acted>,
}

/// What the judge says of an action other than a rollback.
pub fn allowance(action: Action, assessment: &Assessment) -> &ActionAssessment {
    match action {
        Action::Advance => &assessment.advance,
        Action::Reduce => &assessment.standing.reduce,
        Action::Restore => &assessment.standing.restore,
        Action::Rollback => &assessment.rollback,
    }
}

/// What is not as it was when the operator confirmed, or stands against it, worst first.
pub(super) fn changes(asked: &Asked, present: &Present) -> Vec<String> {
    let (binding, assessment) = (&asked.binding, &present.assessment);
    let mut why = Vec::new();
    why.extend(present.unfinished.as_ref().map(under_way));
    if assessment.stage.key != binding.from_stage {
        let after = present.last.as_ref().map_or_else(String::new, |last| format!(", after {last}"));
        let moved = format!("the rollout is in stage {}, no longer in {}", assessment.stage.key, binding.from_stage);
        why.push(moved + &after);
    }
    if present.candidate != binding.candidate {
        let name = |candidate: &Option<String>| candidate.clone().unwrap_or_else(|| "none".to_owned());
        why.push(format!("the candidate is {}, no longer {}", name(&present.candidate), name(&binding.candidate)));
    }
    if present.flag.version != binding.flag_version {
        let by = present.flag.changed_by.as_ref().map_or_else(String::new, |who| format!(" by {who}"));
        why.push(format!("the flag was changed{by} since you looked; it serves {}", present.flag.serves()));
    }
    let allowance = allowance(asked.action, assessment);
    why.extend(blockers(allowance));
    if leads_elsewhere(asked, allowance) {
        let to = allowance.to.as_deref().unwrap_or("none");
        why.push(format!("the stage that it leads to is {to}, not {}", binding.to_stage));
    }
    if asked.action == Action::Advance && asked.two_people {
        let standing = assessment.standing.request.as_ref();
        why.extend(objections(asked.request.as_deref(), standing, &asked.operator, &binding.to_stage, assessment.at));
    }
    if let (Ok(plan), true) = (&present.plan, why.is_empty())
        && plan.writes != binding.writes
    {
        why.push("the changes are others than those you saw; look again".to_owned());
    }
    // What is less, or what was, is asked no gates.
    if why.is_empty() && asked.action == Action::Advance && assessment.digest != binding.digest {
        why.push("the evidence changed since you looked; look again".to_owned());
    }
    why
}

/// That somebody's action stands in the way.
pub(super) fn under_way(action: &Unfinished) -> String {
    let (who, what, at) = (&action.operator, &action.action, moment(action.at));
    format!("{who}'s {what} of {at} is not over, or was cut off; wait for its end, or roll back")
}

/// Why the judge does not allow it, worst first; empty where it does.
pub fn blockers(allowance: &ActionAssessment) -> Vec<String> {
    match (allowance.allowed, allowance.blockers.as_slice()) {
        (true, _) => Vec::new(),
        (false, []) => vec!["the judge does not allow it".to_owned()],
        (false, blockers) => blockers.to_vec(),
    }
}

fn leads_elsewhere(asked: &Asked, allowance: &ActionAssessment) -> bool {
    let binding = &asked.binding;
    match asked.action {
        Action::Restore => binding.to_stage != binding.from_stage,
        _ => allowance.to.as_ref() != Some(&binding.to_stage),
    }
}
