//! Troubles that were seen and recorded. They stand until they are resolved, whatever telemetry forgets: a source that
//! keeps a day of data must not clear what tripped two days ago.
//!
//! Those of gates count for this stay, and only for gates that rest on telemetry: what people and tools recorded is in
//! the same log, and is never forgotten. Triggers and hard stops count for the present run.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::{
    Assessment, GateAssessment, History, Seen, TriggerState, Trouble, Verdict, context::Context, hard_stops::resolved,
    stage::Present, triggers::standing_raise, words::shorten,
};
use crate::{audit::Event, runbook::Runbook, snapshot::FlagReading, units::moment};

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

/// A trouble that stands by what is on record alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnRecord {
    /// Which.
    pub trouble: Trouble,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Who raised it, where a person did.
    pub operator: Option<String>,
    /// What was seen, in one line.
    pub reason: String,
}

/// What stands by the record alone, whatever telemetry shows: troubles that were seen in the present run, failed gates of
/// the present stay, and triggers that people raised; oldest first.
pub fn on_record(runbook: &Runbook, history: &History, now: DateTime<Utc>) -> Vec<OnRecord> {
    let candidate = history.candidate(None);
    let Some(present) = Present::find(runbook, history, &FlagReading::default(), candidate, now) else {
        return Vec::new();
    };
    let mut all: Vec<OnRecord> = Vec::new();
    let add = |all: &mut Vec<OnRecord>, one: OnRecord| {
        if all.iter().all(|known| known.trouble != one.trouble) {
            all.push(one);
        }
    };
    for trigger in &runbook.triggers {
        let Some(raised) = standing_raise(history, &trigger.key, now) else { continue };
        let (at, operator) = (raised.at, Some(raised.operator.clone()));
        let trouble = Trouble::Trigger { trigger: trigger.key.clone() };
        add(&mut all, OnRecord { trouble, at, operator, reason: raised.reason.clone() });
    }
    let exposes = !present.stage.exposure.is_off();
    for seen in &history.seen {
        let began = match &seen.trouble {
            Trouble::Gate { stage, .. } if *stage == present.stage.key => present.entered_at,
            Trouble::Guardrail { .. } => present.run_began,
            // Where nobody has the feature there is nothing to roll back.
            Trouble::Trigger { .. } if exposes => present.run_began,
            _ => continue,
        };
        if let Some(seen) = standing(history, &seen.trouble, began, now) {
            let (trouble, reason) = (seen.trouble.clone(), seen.reason.clone());
            add(&mut all, OnRecord { trouble, at: seen.at, operator: None, reason });
        }
    }
    all.sort_by_key(|one| one.at);
    all
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
