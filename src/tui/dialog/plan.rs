//! The writes that a confirmation is bound to, as the store plans them.

use crate::{
    fault::{Fault, FaultKind},
    flags::{Plan, Write},
};

/// What the store answered to the question which writes would be made.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanSeen {
    /// The number of the question. An answer to another one is none.
    pub asked: u64,
    /// The answer, once it is there.
    pub answer: Option<Result<Plan, Fault>>,
}

impl PlanSeen {
    /// Asked, and not answered.
    pub fn asked(asked: u64) -> Self {
        Self { asked, answer: None }
    }

    /// Takes an answer in, if it is the one to this question. A plan for another flag than the one seen is no plan.
    pub fn take(&mut self, asked: u64, answer: Result<Plan, Fault>, seen: &str) {
        if asked != self.asked {
            return;
        }
        self.answer = Some(answer.and_then(|plan| match plan.from_version == seen {
            true => Ok(plan),
            false => Err(Fault::new(
                FaultKind::Changed,
                "the flag changed while the writes were read",
                "close this and look again",
            )),
        }));
    }

    /// The writes, in order, once they are known.
    pub fn writes(&self) -> Option<&[Write]> {
        self.answer.as_ref()?.as_ref().ok().map(|plan| plan.writes.as_slice())
    }

    /// Why it cannot be confirmed, if so.
    pub fn missing(&self) -> Option<&'static str> {
        match &self.answer {
            None => Some("wait: what will be written is being read"),
            Some(Err(_)) => Some("this cannot be written as it is"),
            Some(Ok(_)) => None,
        }
    }
}
