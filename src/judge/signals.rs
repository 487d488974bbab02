//! The tallies that no other part of the assessment shows.

use chrono::TimeDelta;

use super::{SignalAssessment, context::Context, period::since};
use crate::{snapshot::minute_of, text::clean};

/// Every tally of every signal, guardrails aside, in the runbook's order.
pub(super) fn assess(cx: &Context<'_>) -> Vec<SignalAssessment> {
    let guardrails = cx.runbook.guardrails.as_ref().map(|guardrails| guardrails.signal.as_str());
    let day = minute_of(cx.now - TimeDelta::hours(24)) + 1;
    let shown = cx.runbook.signals.iter().filter(|signal| Some(signal.key.as_str()) != guardrails);
    shown
        .filter_map(|signal| Some((signal, cx.snapshot.reading(&signal.key)?)))
        .flat_map(|(signal, reading)| reading.tallies.iter().map(move |(labels, counts)| (signal, labels, counts)))
        .map(|(signal, labels, counts)| SignalAssessment {
            key: signal.key.clone(),
            by: signal.by.iter().cloned().zip(labels.iter().map(|label| clean(label))).collect(),
            count: since(counts, cx.present.entered_at),
            h24: counts.between(day, i64::MAX),
        })
        .collect()
}
