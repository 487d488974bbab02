//! What may be done.

use super::{ActionAssessment, call::Reason, stage::Present};
use crate::runbook::Runbook;

/// On to the next stage: only with no reason against it, and only where there is a next stage.
pub(super) fn advance(runbook: &Runbook, present: &Present<'_>, reasons: Vec<Reason<'_>>) -> ActionAssessment {
    let to = runbook.stages.get(present.index + 1).map(|stage| stage.key.clone());
    let last = to.is_none().then(|| "this is the last stage".to_owned());
    let blockers: Vec<String> = last.into_iter().chain(reasons.into_iter().map(|reason| reason.long)).collect();
    ActionAssessment { allowed: blockers.is_empty(), to, blockers }
}

/// Off for everyone: always, also where it is off already. It leads to the stage that exposes nobody.
pub(super) fn rollback(runbook: &Runbook) -> ActionAssessment {
    let to = runbook.stages.iter().find(|stage| stage.exposure.is_off()).map(|stage| stage.key.clone());
    ActionAssessment { allowed: true, to, blockers: Vec::new() }
}
