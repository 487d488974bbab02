//! The stage has been watched for its whole observation window.

use chrono::TimeDelta;

use super::Finding;
use crate::{
    judge::{
        Verdict,
        context::Context,
        health::{Blind, Cause, Sight},
        rates::RateView,
    },
    runbook::RateScope,
    units::duration,
};

/// The verdict on the window. Time that passes unseen is not watched: the primary rate must be in sight over the whole
/// of it, and where the feature is on for somebody there must have been attempts.
///
/// In the last stage it is a window without trouble: the rollout is complete once its checks have passed for a whole one,
/// so that what was resolved in it, a hard stop or a failed gate, has it begin again.
pub(super) fn judge(cx: &Context<'_>, rates: &[RateView<'_>]) -> Finding {
    let observe = TimeDelta::from_std(cx.present.stage.observe).unwrap_or(TimeDelta::MAX);
    let last = cx.present.index + 1 == cx.runbook.stages.len();
    let resolved = cx.history.resolutions.iter().filter(|_| last).map(|resolution| resolution.at.min(cx.now)).max();
    let from = cx.present.evidence_from().max(resolved.unwrap_or(cx.present.entered_at));
    let observed = (cx.now - from).max(TimeDelta::zero());
    let brief = format!("{} of {}", duration(observed), duration(observe));
    let primary = rates.iter().find(|view| view.rate.scope == RateScope::Rollout);
    let sight = primary.map_or_else(nothing_measured, |view| view.sight.clone());
    let exposes = cx.exposes();
    let blind = sight.blind.as_ref().filter(|blind| exposes || blind.cause.matters_unexposed());
    let attempts = primary.map_or(0, |view| view.attempts);
    let left = observe - observed;
    let found = match blind {
        Some(blind) => Finding::new(Verdict::Unknown, format!("{brief}, but it cannot be seen: {}", blind.why), brief),
        None if left > TimeDelta::zero() => {
            Finding::new(Verdict::Pending, format!("watched for {brief}; {} to go", duration(left)), brief)
                .eta(Some(left))
        }
        None if exposes && attempts == 0 => {
            Finding::new(Verdict::Pending, format!("watched for {brief}, but nothing was attempted in it"), brief)
        }
        None => Finding::new(Verdict::Pass, format!("watched for {brief}"), brief),
    };
    found
        .evidence([
            ("observed_s", observed.num_seconds() as f64),
            ("observe_s", observe.num_seconds() as f64),
            ("attempts", attempts as f64),
        ])
        .seen(sight)
}

fn nothing_measured() -> Sight {
    let why = "the runbook has no success rate for the rollout to watch";
    Sight { blind: Some(Blind::new(Cause::Unheard, why)), ..Sight::default() }
}
