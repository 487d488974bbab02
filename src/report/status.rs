//! `status --json`: the assessment under stable names. Its schema is `assets/status.schema.json`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::Serialize;

use super::{
    standing::{Allowed, Standing},
    tallies::{Guardrail, HardStop, Monitor, Signal, Trigger},
};
use crate::{
    judge::Assessment,
    runbook::{Exposure, Runbook},
    snapshot::SourceKind,
};

/// Names this form of the status. It changes when a name or a meaning does.
pub const SCHEMA: &str = "gonogo/status/1";

/// The whole status.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Status {
    schema: &'static str,
    rollout: Rollout,
    observed_at: String,
    call: &'static str,
    headline: String,
    /// Whether the rollout is complete.
    complete: bool,
    stage: Stage,
    flag: Flag,
    sources: Vec<Source>,
    gates: Vec<Gate>,
    rates: Vec<Rate>,
    guardrails: Vec<Guardrail>,
    monitors: Vec<Monitor>,
    signals: Vec<Signal>,
    triggers: Vec<Trigger>,
    hard_stops: Vec<HardStop>,
    actions: Actions,
    standing: Standing,
    digest: String,
    approval: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Rollout {
    name: String,
    flag: String,
    environment: String,
    candidate: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Stage {
    index: usize,
    key: String,
    title: String,
    entered_at: Option<String>,
    evidence_from: String,
    restarted: Option<String>,
    observed_s: f64,
    observe_s: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Flag {
    enabled: Option<bool>,
    exposure: Option<Served>,
    version: Option<String>,
    age_s: Option<f64>,
    drift: Option<String>,
    changed_at: Option<String>,
    changed_by: Option<String>,
    changed_what: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Served {
    cohorts: BTreeSet<String>,
    percent: u8,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Source {
    name: String,
    kind: &'static str,
    state: &'static str,
    age_s: Option<f64>,
    error: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Gate {
    key: String,
    title: String,
    stage: String,
    kind: &'static str,
    asks: String,
    verdict: &'static str,
    reason: String,
    evidence: BTreeMap<String, f64>,
    age_s: Option<f64>,
    query: Option<String>,
    eta_s: Option<f64>,
    since: Option<String>,
    failed_at: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Rate {
    scope: String,
    key: String,
    successes: u64,
    attempts: u64,
    rate: Option<f64>,
    low: f64,
    high: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Actions {
    advance: Allowed,
    rollback: Rollback,
    reduce: Allowed,
    restore: Allowed,
    adopt: Allowed,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Rollback {
    allowed: bool,
    called_for: Vec<String>,
    blockers: Vec<String>,
}

impl Status {
    /// The status that this assessment is.
    pub fn new(runbook: &Runbook, environment: &str, candidate: Option<&str>, assessment: &Assessment) -> Self {
        let (now, standing) = (assessment.at, &assessment.standing);
        let changed = standing.changed.as_ref();
        Self {
            schema: SCHEMA,
            rollout: Rollout {
                name: runbook.key.clone(),
                flag: runbook.flag.key.clone(),
                environment: environment.to_owned(),
                candidate: candidate.map(str::to_owned),
            },
            observed_at: time(now),
            call: assessment.call.word(),
            headline: assessment.headline.clone(),
            complete: assessment.complete,
            stage: Stage {
                index: assessment.stage.index,
                key: assessment.stage.key.clone(),
                title: assessment.stage.title.clone(),
                entered_at: assessment.stage.entered_at.map(time),
                evidence_from: time(assessment.stage.evidence_from),
                restarted: assessment.stage.restarted.clone(),
                observed_s: seconds(assessment.stage.observed),
                observe_s: seconds(assessment.stage.observe),
            },
            flag: Flag {
                enabled: assessment.flag.enabled,
                exposure: assessment.flag.serves.as_ref().map(served),
                version: assessment.flag.version.clone(),
                age_s: assessment.flag.age.map(seconds),
                drift: assessment.flag.drift.clone(),
                changed_at: changed.and_then(|changed| changed.at).map(time),
                changed_by: changed.and_then(|changed| changed.by.clone()),
                changed_what: changed.and_then(|changed| changed.what.clone()),
            },
            sources: sources(assessment),
            gates: gates(assessment),
            rates: rates(assessment),
            guardrails: assessment.guardrails.iter().map(Guardrail::of).collect(),
            monitors: assessment.monitors.iter().map(Monitor::of).collect(),
            signals: assessment.signals.iter().map(Signal::of).collect(),
            triggers: assessment.triggers.iter().map(Trigger::of).collect(),
            hard_stops: assessment.hard_stops.iter().map(HardStop::of).collect(),
            actions: Actions {
                advance: Allowed::of(&assessment.advance),
                rollback: Rollback {
                    allowed: assessment.rollback.allowed,
                    called_for: assessment.rollback_called_for.clone(),
                    blockers: assessment.rollback.blockers.clone(),
                },
                reduce: Allowed::of(&standing.reduce),
                restore: Allowed::of(&standing.restore),
                adopt: Allowed::of(&standing.adopt),
            },
            standing: Standing::of(standing),
            digest: assessment.digest.clone(),
            approval: assessment.approval.clone(),
        }
    }
}

fn sources(assessment: &Assessment) -> Vec<Source> {
    let word = |kind| match kind {
        SourceKind::Telemetry => "telemetry",
        SourceKind::Flags => "flags",
    };
    let each = assessment.sources.iter().map(|source| Source {
        name: source.name.clone(),
        kind: word(source.kind),
        state: source.state.word(),
        age_s: source.age(assessment.at).map(seconds),
        error: source.error.as_ref().map(ToString::to_string),
    });
    each.collect()
}

fn gates(assessment: &Assessment) -> Vec<Gate> {
    let each = assessment.gates.iter().map(|gate| Gate {
        key: gate.key.clone(),
        title: gate.title.clone(),
        stage: gate.stage.clone(),
        kind: gate.kind,
        asks: gate.asks.clone(),
        verdict: gate.verdict.word(),
        reason: gate.reason.clone(),
        evidence: gate.evidence.clone(),
        age_s: gate.age.map(seconds),
        query: gate.query.clone(),
        eta_s: gate.eta.map(seconds),
        since: gate.since.map(time),
        failed_at: gate.failed_at.map(time),
    });
    each.collect()
}

fn rates(assessment: &Assessment) -> Vec<Rate> {
    let each = assessment.rates.iter().map(|rate| Rate {
        scope: rate.scope.clone(),
        key: rate.key.clone(),
        successes: rate.successes,
        attempts: rate.attempts,
        rate: rate.rate,
        low: rate.low,
        high: rate.high,
    });
    each.collect()
}

pub(super) fn served(exposure: &Exposure) -> Served {
    Served { cohorts: exposure.cohorts.clone(), percent: exposure.percent.get() }
}

pub(super) fn seconds(span: TimeDelta) -> f64 {
    span.num_milliseconds() as f64 / 1000.0
}

pub(super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
