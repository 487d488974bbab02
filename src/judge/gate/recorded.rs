//! Gates that rest on what people and tools record, not on telemetry.

use super::Finding;
use crate::{
    judge::{Verdict, context::Context, words::shorten},
    runbook::Condition,
    units::plural,
};

/// Nothing of this can be recorded yet, so all of it is Pending, and says what will be asked for.
pub(super) fn judge(cx: &Context<'_>, condition: &Condition) -> Finding {
    let candidate = match cx.candidate {
        Some(candidate) => format!("candidate {}", shorten(candidate)),
        None => "the candidate (none is named)".to_owned(),
    };
    let (missing, brief) = match condition {
        Condition::QaReport => match &cx.runbook.qa {
            Some(qa) => (format!("a green run of `{}` on {candidate}", qa.command), "no report"),
            None => (format!("a green QA report on {candidate}"), "no report"),
        },
        Condition::Checklist { environment } => {
            let checks = plural(cx.runbook.checklist.len(), "check");
            (format!("{checks} done in {environment} on {candidate}"), "not done")
        }
        Condition::Attestation { statement } => (format!("somebody's word that \"{}\"", shorten(statement)), "no word"),
        _ => (format!("the release owner's sign-off of {candidate}"), "not signed"),
    };
    Finding::new(Verdict::Pending, format!("cannot be recorded yet: {missing}"), brief)
}
