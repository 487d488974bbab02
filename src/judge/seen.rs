//! Troubles that were seen and recorded. They stand until they are resolved, whatever telemetry forgets: a source that
//! keeps a day of data must not clear what tripped two days ago.
//!
//! Those of gates count for this stay, and only for gates that rest on telemetry: what people and tools recorded is in
//! the same log, and is never forgotten. Triggers and hard stops count for the present run.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::{
    Assessment, GateAssessment, History, Seen, TriggerState, Trouble, Verdict, context::Context, hard_stops::resolved,
    words::shorten,
};
use crate::{audit::Event, units::moment};

/// The kinds of gate that rest on telemetry.
const BY_TELEMETRY: [&str; 5] =
    ["success_rate", "zero_tolerance", "declared_messages", "no_sustained_spike", "canary_control"];

/// The first record of a trouble that stands: from `began` on, and later than its last resolution.
fn standing<'a>(history: &'a History, trouble: &Trouble, began: DateTime<Utc>, now: DateTime<Utc>) -> Option<&'a Seen> {
    let mut seen = history.seen.iter().filter(|seen| seen.trouble == *trouble && seen.at >= began).peekable();
    seen.peek()?;
    let resolutions = history.resolutions.iter().filter(|resolution| resolution.trouble == *trouble);
    let resolved = resolutions.map(|resolution| resolution.at.min(now)).max();
    seen.find(|seen| resolved.is_none_or(|resolved| seen.at > resolved))
}

/// That a trouble of the present run is on record as seen, and stands.
pub(super) fn in_run<'a>(cx: &Context<'a>, trouble: &Trouble) -> Option<&'a Seen> {
    standing(cx.history, trouble, cx.present.run_began, cx.now)
}

/// As a reason: `seen at 2026-11-23 14:03 UTC: ...`.
pub(super) fn words(seen: &Seen) -> String {
    format!("seen at {}: {}", moment(seen.at), shorten(&seen.reason))
}

/// Hard stops that are on record as seen since the run began, and stand, by signature. There may be a thousand of them.
pub(super) fn hard_stops(history: &History, began: DateTime<Utc>, now: DateTime<Utc>) -> HashMap<&str, &Seen> {
    let mut all = HashMap::new();
    if history.seen.is_empty() {
        return all;
    }
    let resolved = resolved(&history.resolutions, now);
    for seen in history.seen.iter().filter(|seen| seen.at >= began) {
        let Trouble::Guardrail { signature } = &seen.trouble else { continue };
        if resolved.get(signature.as_str()).is_none_or(|resolved| seen.at > *resolved) {
            all.entry(signature.as_str()).or_insert(seen);
        }
    }
    all
}

/// The gates, those failed that are on record as failed in this stay.
pub(super) fn keep_failed(cx: &Context<'_>, mut gates: Vec<GateAssessment>) -> Vec<GateAssessment> {
    if cx.history.seen.is_empty() {
        return gates;
    }
    for gate in gates.iter_mut().filter(|gate| gate.verdict != Verdict::Fail && rests_on_telemetry(gate)) {
        let seen = standing(cx.history, &failure_of(gate), cx.present.entered_at, cx.now);
        let Some(seen) = seen else { continue };
        gate.verdict = Verdict::Fail;
        gate.reason = words(seen);
        gate.eta = None;
        gate.failed_at = Some(seen.at);
    }
    gates
}

fn rests_on_telemetry(gate: &GateAssessment) -> bool {
    BY_TELEMETRY.contains(&gate.kind)
}

fn failure_of(gate: &GateAssessment) -> Trouble {
    Trouble::Gate { stage: gate.stage.clone(), gate: gate.key.clone() }
}

/// What is to be recorded as seen: tripped triggers, hard stops and failed gates that stand and that no record covers.
/// Empty where the past is not known or the rollout was not opened yet.
pub fn unseen(assessment: &Assessment, history: &History) -> Vec<Event> {
    if history.blind.is_some() || history.visits.is_empty() {
        return Vec::new();
    }
    let now = assessment.at;
    let entered_at = assessment.stage.entered_at.unwrap_or(now);
    let run_began = assessment.standing.run_began.unwrap_or(entered_at);
    let tripped = assessment.triggers.iter().filter(|trigger| trigger.state == TriggerState::Tripped);
    let triggers =
        tripped.map(|trigger| (Trouble::Trigger { trigger: trigger.key.clone() }, run_began, &trigger.reason));
    let failed = assessment.gates.iter().filter(|gate| gate.verdict == Verdict::Fail && rests_on_telemetry(gate));
    let gates = failed.map(|gate| (failure_of(gate), entered_at, &gate.reason));
    let uncovered =
        triggers.chain(gates).filter(|(trouble, began, _)| standing(history, trouble, *began, now).is_none());
    let known = hard_stops(history, run_began, now);
    let stops = assessment.hard_stops.iter().filter(|stop| !known.contains_key(stop.signature.as_str())).map(|stop| {
        Event::Seen { trouble: Trouble::Guardrail { signature: stop.signature.clone() }, reason: stop.reason.clone() }
    });
    uncovered.map(|(trouble, _, reason)| Event::Seen { trouble, reason: reason.clone() }).chain(stops).collect()
}
