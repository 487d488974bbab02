//! The present, and how it is not what an operator confirmed. Pure.

use super::Binding;
use crate::{fault::Fault, flags::Plan, judge::Assessment, snapshot::FlagState};

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
}

/// What is not as it was when the operator confirmed, worst first.
pub(super) fn changes(binding: &Binding, present: &Present) -> Vec<String> {
    let assessment = &present.assessment;
    let mut why = Vec::new();
    if assessment.stage.key != binding.from_stage {
        why.push(format!("the rollout is in stage {}, no longer in {}", assessment.stage.key, binding.from_stage));
    }
    if present.candidate != binding.candidate {
        let name = |candidate: &Option<String>| candidate.clone().unwrap_or_else(|| "none".to_owned());
        why.push(format!("the candidate is {}, no longer {}", name(&present.candidate), name(&binding.candidate)));
    }
    if present.flag.version != binding.flag_version {
        let by = present.flag.changed_by.as_ref().map_or_else(String::new, |who| format!(" by {who}"));
        why.push(format!("the flag was changed{by} since you looked; it serves {}", present.flag.serves()));
    }
    if !assessment.advance.allowed {
        why.extend(assessment.advance.blockers.iter().cloned());
        if assessment.advance.blockers.is_empty() {
            why.push("the judge does not allow it".to_owned());
        }
    }
    if assessment.advance.to.as_ref() != Some(&binding.to_stage) {
        let next = assessment.advance.to.as_deref().unwrap_or("none");
        why.push(format!("the next stage is {next}, not {}", binding.to_stage));
    }
    if why.is_empty() && assessment.digest != binding.digest {
        why.push("the evidence changed since you looked; look again".to_owned());
    }
    why
}
