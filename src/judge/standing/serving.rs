//! Whether the present stage has been seen to serve: the first attempts that were counted in it.

use crate::judge::{ServingAssessment, context::Context};

/// None where the stage exposes nobody, or where the runbook has no rate that speaks for the whole rollout.
pub(super) fn assess(cx: &Context<'_>) -> Option<ServingAssessment> {
    if cx.present.stage.exposure.is_off() {
        return None;
    }
    let attempts = &cx.runbook.primary_rate()?.attempts;
    let selected = cx.select(attempts);
    Some(ServingAssessment {
        since: selected.first_since(cx.present.entered_at),
        attempts: selected.since(cx.present.entered_at),
        blind: cx.sight(&attempts.signal, cx.stay()).blind.map(|blind| blind.why),
    })
}
