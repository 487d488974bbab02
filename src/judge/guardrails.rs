//! Guardrail signatures: what was seen, in which windows, and what stands as a hard stop.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    GuardrailAssessment, HardStop, WindowCounts,
    context::Context,
    evidence_limit,
    hard_stops::{resolved, standing},
    health::Cause,
    period::Period,
    period::since,
    seen,
};
use crate::{
    snapshot::{Counts, minute_of},
    text::cleaned,
};

/// Everything the guardrails say.
#[derive(Debug, Default)]
pub(super) struct Guarded {
    /// Rows: seen ones first, latest first; then listed ones that were never seen.
    pub rows: Vec<GuardrailAssessment>,
    /// What stands, earliest first.
    pub hard_stops: Vec<HardStop>,
    /// Why zeros are no zeros, if so.
    pub blind: Option<String>,
}

/// Every signature. One that nobody listed is counted and stops like any other.
pub(super) fn assess(cx: &Context<'_>) -> Guarded {
    let Some(guardrails) = &cx.runbook.guardrails else { return Guarded::default() };
    let listed: BTreeSet<&str> = guardrails.listed.iter().map(|known| known.signature.as_str()).collect();
    let mut guarded = Guarded { blind: blind(cx, &guardrails.signal), ..Guarded::default() };
    let resolved = resolved(&cx.history.resolutions, cx.now);
    for (labels, counts) in cx.snapshot.reading(&guardrails.signal).into_iter().flat_map(|reading| &reading.tallies) {
        let signature = cleaned(labels.join(":"));
        let stop = standing(&signature, counts, cx.present.run_began, resolved.get(signature.as_str()).copied());
        guarded.rows.push(GuardrailAssessment {
            listed: listed.contains(signature.as_str()),
            hard_stop: stop.is_some(),
            counts: windows(cx, counts),
            first_seen: counts.first(),
            last_seen: counts.last(),
            signature,
        });
        guarded.hard_stops.extend(stop);
    }
    // What was seen stands, although the source may have forgotten it.
    let mut forgotten = seen::hard_stops(cx.history, cx.present.run_began, cx.now);
    guarded.hard_stops.iter().for_each(|stop| _ = forgotten.remove(stop.signature.as_str()));
    for (signature, seen) in forgotten {
        match guarded.rows.iter_mut().find(|row| row.signature == signature) {
            Some(row) => row.hard_stop = true,
            None => guarded.rows.push(GuardrailAssessment {
                signature: signature.to_owned(),
                listed: listed.contains(signature),
                hard_stop: true,
                counts: WindowCounts::default(),
                first_seen: None,
                last_seen: None,
            }),
        }
        guarded.hard_stops.push(HardStop {
            signature: signature.to_owned(),
            count: 1,
            since: seen.at,
            reason: seen::words(seen),
        });
    }
    let seen = guarded.rows.len();
    for known in &guardrails.listed {
        if guarded.rows[..seen].iter().any(|row| row.signature == known.signature) {
            continue;
        }
        guarded.rows.push(GuardrailAssessment {
            signature: known.signature.clone(),
            listed: true,
            hard_stop: false,
            counts: WindowCounts::default(),
            first_seen: None,
            last_seen: None,
        });
    }
    // A stable sort: those never seen stay in the runbook's order.
    guarded.rows.sort_by_key(|row| std::cmp::Reverse(row.last_seen));
    guarded.hard_stops.sort_by(|a, b| a.since.cmp(&b.since).then_with(|| a.signature.cmp(&b.signature)));
    guarded
}

/// Violations of the whole run matter, so all of it must be in sight, as far back as telemetry is asked for. Where
/// nobody has the feature there may be nothing to report, except that of a run that was rolled back.
fn blind(cx: &Context<'_>, signal: &str) -> Option<String> {
    let from = cx.present.run_began.max(evidence_limit(cx.now));
    let blind = cx.sight(signal, Period { from, until: None }).blind?;
    let lost = blind.cause == Cause::Absent && cx.present.run_began < cx.present.entered_at;
    (cx.exposes() || lost || blind.cause.matters_unexposed()).then_some(blind.why)
}

/// Occurrences in the windows that are shown, the minute that is still filling included.
pub(super) fn windows(cx: &Context<'_>, counts: &Counts) -> WindowCounts {
    windows_of(counts, cx.present.entered_at, cx.now)
}

/// The same at `now`, in a stage that was entered then.
pub(super) fn windows_of(counts: &Counts, entered_at: DateTime<Utc>, now: DateTime<Utc>) -> WindowCounts {
    let ago = |span: TimeDelta| minute_of(now - span) + 1;
    let (m15, h1, h24) = (ago(TimeDelta::minutes(15)), ago(TimeDelta::hours(1)), ago(TimeDelta::hours(24)));
    let last_15 = counts.between(m15, i64::MAX);
    let last_hour = last_15.saturating_add(counts.between(h1, m15));
    let last_day = last_hour.saturating_add(counts.between(h24, h1));
    WindowCounts { m15: last_15, h1: last_hour, h24: last_day, stage: since(counts, entered_at) }
}
