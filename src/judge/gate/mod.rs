//! The exit gates of the present stage, one file per kind.

mod asks;
mod attestation;
mod canary_control;
mod checklist;
mod declared_messages;
mod no_sustained_spike;
mod observation_window;
mod poll;
mod qa_report;
mod recorded;
pub(super) mod sign_off;
mod success_rate;
mod zero_tolerance;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    GateAssessment, SignOff, Verdict,
    context::Context,
    health::{Blind, Sight},
    period::Minutes,
    rates::{RateView, TRAFFIC_MINUTES},
    select::Selected,
};
use crate::{
    runbook::{Condition, Gate},
    text::clean,
};

/// What one kind of gate finds.
#[derive(Debug)]
struct Finding {
    verdict: Verdict,
    reason: String,
    brief: String,
    evidence: BTreeMap<String, f64>,
    eta: Option<TimeDelta>,
    /// How well what it rests on is seen; none where it rests on no telemetry.
    sight: Option<Sight>,
    /// When it failed, if it has.
    failed_at: Option<DateTime<Utc>>,
    /// Where what it rests on begins, if not where a gate's evidence does.
    since: Option<DateTime<Utc>>,
}

impl Finding {
    fn new(verdict: Verdict, reason: impl Into<String>, brief: impl Into<String>) -> Self {
        Self {
            verdict,
            reason: reason.into(),
            brief: brief.into(),
            evidence: BTreeMap::new(),
            eta: None,
            sight: None,
            failed_at: None,
            since: None,
        }
    }

    fn unknown(blind: &Blind, brief: impl Into<String>) -> Self {
        Self::new(Verdict::Unknown, format!("cannot be seen: {}", blind.why), brief)
    }

    fn seen(mut self, sight: Sight) -> Self {
        self.sight = Some(sight);
        self
    }

    fn since(mut self, at: DateTime<Utc>) -> Self {
        self.since = Some(at);
        self
    }

    fn failed_at(mut self, at: Option<DateTime<Utc>>) -> Self {
        self.failed_at = at;
        self
    }

    fn eta(mut self, eta: Option<TimeDelta>) -> Self {
        self.eta = eta;
        self
    }

    /// Adds numbers; one that is not finite is left out.
    fn evidence<const N: usize>(mut self, numbers: [(&str, f64); N]) -> Self {
        let finite = numbers.into_iter().filter(|(_, value)| value.is_finite());
        self.evidence.extend(finite.map(|(key, value)| (key.to_owned(), value)));
        self
    }
}

/// The gates of the present stage that ask for no signature, in the runbook's order: what a signature rests on is judged
/// before the signature.
pub(super) fn assess(cx: &Context<'_>, rates: &[RateView<'_>]) -> Vec<GateAssessment> {
    let gates = cx.present.stage.gates.iter();
    gates.filter_map(|gate| Some(assessment(cx, gate, found(cx, rates, gate)?))).collect()
}

/// All gates of the present stage, in the runbook's order: those that are judged already, and those that ask for the
/// signature, which is given if it stands.
pub(super) fn with_signature(
    cx: &Context<'_>,
    judged: Vec<GateAssessment>,
    standing: Option<&SignOff>,
) -> Vec<GateAssessment> {
    let mut places: Vec<_> = cx.present.stage.gates.iter().enumerate().collect();
    places.retain(|(_, gate)| sign_off::asks(gate));
    let mut gates = judged;
    for (place, gate) in places {
        let found = sign_off::judge(cx, &gates, standing);
        gates.insert(place.min(gates.len()), assessment(cx, gate, found));
    }
    gates
}

/// What a gate finds; none where it asks for a signature.
fn found<'a>(cx: &Context<'a>, rates: &[RateView<'a>], gate: &'a Gate) -> Option<Finding> {
    Some(match &gate.condition {
        Condition::SuccessRate { rate } => match cx.runbook.rate(rate) {
            Some(rate) => success_rate::judge(cx, gate, rate, rates),
            None => Finding::new(Verdict::Unknown, format!("the runbook has no rate `{rate}`"), "-"),
        },
        Condition::ZeroTolerance { events, exposure, tolerated } => {
            zero_tolerance::judge(cx, gate, events, exposure, *tolerated)
        }
        Condition::NoSustainedSpike { rates: keys } => no_sustained_spike::judge(cx, gate, keys, rates),
        Condition::CanaryControl { canary, control, max_ratio, tolerated } => {
            canary_control::judge(cx, gate, canary, control, *max_ratio, *tolerated)
        }
        Condition::DeclaredMessages { events, label } => declared_messages::judge(cx, gate, events, label),
        Condition::ObservationWindow => observation_window::judge(cx, rates),
        Condition::QaReport => qa_report::judge(cx, gate),
        Condition::Checklist { environment } => checklist::judge(cx, gate, environment),
        Condition::Attestation { statement } => attestation::judge(cx, gate, statement),
        Condition::SignOff => return None,
        Condition::Poll => poll::judge(cx, gate),
    })
}

fn assessment(cx: &Context<'_>, gate: &Gate, found: Finding) -> GateAssessment {
    let (age, query) = found.sight.map_or((None, None), |sight| (sight.age, sight.query));
    GateAssessment {
        key: gate.key.clone(),
        title: clean(&gate.title),
        stage: cx.present.stage.key.clone(),
        kind: gate.condition.kind(),
        asks: clean(&asks::asks(cx, gate)),
        verdict: found.verdict,
        reason: clean(&found.reason),
        brief: clean(&found.brief),
        evidence: found.evidence,
        age,
        query,
        eta: found.eta,
        since: found.since.or(Some(cx.passes_over(gate).from)),
        failed_at: found.failed_at,
    }
}

/// Minutes from now until so many more, at this many a minute; none where nothing comes.
fn at_traffic(more: f64, per_minute: f64) -> Option<TimeDelta> {
    let minutes = more / per_minute;
    // Beyond a year it is no estimate any more.
    (minutes.is_finite() && minutes < 525_600.0).then(|| TimeDelta::seconds((minutes * 60.0).ceil() as i64))
}

/// Occurrences a minute over the last half hour that is complete.
fn traffic(exposure: &Selected<'_>, minutes: Minutes) -> f64 {
    let recent = minutes.last(TRAFFIC_MINUTES);
    exposure.between(recent) as f64 / recent.len().max(1) as f64
}
