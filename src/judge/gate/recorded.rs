//! What the gates share that rest on what people and tools recorded, not on telemetry.

use chrono::{DateTime, TimeDelta, Utc};

use super::Finding;
use crate::{
    judge::{Trouble, Verdict, candidate, context::Context, health::Sight},
    runbook::Gate,
    text::clean,
};

/// The candidate that recorded facts must be about.
///
/// # Errors
/// The finding where there is none to be about: the past cannot be read, or no candidate is named. An approval that is
/// bound to nothing would outlive what it approved.
pub(super) fn candidate<'a>(cx: &Context<'a>) -> Result<&'a str, Box<Finding>> {
    if let Some(blind) = &cx.history.blind {
        let reason = format!("what was recorded is not known: {}", clean(blind));
        return Err(Box::new(Finding::new(Verdict::Unknown, reason, "not known")));
    }
    candidate::named(cx.candidate).ok_or_else(|| {
        let why = match cx.candidate {
            Some(given) if !given.trim().is_empty() => "the candidate is not known",
            _ => "no candidate is named",
        };
        let reason = format!("{why}: name the commit under rollout with --candidate, what is recorded counts for it");
        Box::new(Finding::new(Verdict::Pending, reason, "no candidate"))
    })
}

/// Up to when failures of this gate are resolved.
pub(super) fn resolved(cx: &Context<'_>, gate: &Gate) -> Option<DateTime<Utc>> {
    let trouble = Trouble::Gate { stage: cx.present.stage.key.clone(), gate: gate.key.clone() };
    cx.resolved(&trouble)
}

/// How old something recorded then is.
pub(super) fn age(cx: &Context<'_>, at: DateTime<Utc>) -> TimeDelta {
    (cx.now - at).max(TimeDelta::zero())
}

/// What was recorded then, as a source that is seen.
pub(super) fn seen(cx: &Context<'_>, at: DateTime<Utc>) -> Sight {
    Sight { newest: Some(at), age: Some(age(cx, at)), ..Sight::default() }
}

/// Seconds, for the evidence.
pub(super) fn seconds(span: TimeDelta) -> f64 {
    span.num_milliseconds() as f64 / 1000.0
}

/// The first few of many, in one line.
pub(super) fn first_of(many: &[String]) -> String {
    const SHOWN: usize = 3;
    let mut text = many.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("; ");
    if many.len() > SHOWN {
        text.push_str(&format!("; and {} more", many.len() - SHOWN));
    }
    text
}
