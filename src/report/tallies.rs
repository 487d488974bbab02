//! What was counted, and what stands because of it, as in the status.

use std::collections::BTreeMap;

use serde::Serialize;

use super::status::time;
use crate::judge::{
    GuardrailAssessment, HardStop as StandingStop, MonitorAssessment, MonitorRow, SignalAssessment, TriggerAssessment,
    WindowCounts,
};

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Counts {
    m15: u64,
    h1: u64,
    h24: u64,
    stage: u64,
}

impl Counts {
    fn of(counts: WindowCounts) -> Self {
        let WindowCounts { m15, h1, h24, stage } = counts;
        Self { m15, h1, h24, stage }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Guardrail {
    signature: String,
    listed: bool,
    hard_stop: bool,
    counts: Counts,
    first_seen: Option<String>,
    last_seen: Option<String>,
}

impl Guardrail {
    pub(super) fn of(guardrail: &GuardrailAssessment) -> Self {
        Self {
            signature: guardrail.signature.clone(),
            listed: guardrail.listed,
            hard_stop: guardrail.hard_stop,
            counts: Counts::of(guardrail.counts),
            first_seen: guardrail.first_seen.map(time),
            last_seen: guardrail.last_seen.map(time),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Monitor {
    key: String,
    title: String,
    counts: Counts,
    rows: Vec<Row>,
    blind: Option<String>,
}

impl Monitor {
    pub(super) fn of(monitor: &MonitorAssessment) -> Self {
        Self {
            key: monitor.key.clone(),
            title: monitor.title.clone(),
            counts: Counts::of(monitor.counts),
            rows: monitor.rows.iter().map(Row::of).collect(),
            blind: monitor.blind.clone(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Row {
    value: String,
    class: Option<String>,
    listed: bool,
    counts: Counts,
    first_seen: Option<String>,
    last_seen: Option<String>,
}

impl Row {
    fn of(row: &MonitorRow) -> Self {
        Self {
            value: row.value.clone(),
            class: row.class.clone(),
            listed: row.listed,
            counts: Counts::of(row.counts),
            first_seen: row.first_seen.map(time),
            last_seen: row.last_seen.map(time),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Signal {
    key: String,
    by: BTreeMap<String, String>,
    count: u64,
}

impl Signal {
    pub(super) fn of(signal: &SignalAssessment) -> Self {
        Self { key: signal.key.clone(), by: signal.by.clone(), count: signal.count }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Trigger {
    key: String,
    title: String,
    state: &'static str,
    reason: String,
    since: Option<String>,
    by: Option<String>,
}

impl Trigger {
    pub(super) fn of(trigger: &TriggerAssessment) -> Self {
        Self {
            key: trigger.key.clone(),
            title: trigger.title.clone(),
            state: trigger.state.word(),
            reason: trigger.reason.clone(),
            since: trigger.since.map(time),
            by: trigger.by.clone(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct HardStop {
    signature: String,
    count: u64,
    since: String,
    reason: String,
}

impl HardStop {
    pub(super) fn of(stop: &StandingStop) -> Self {
        Self {
            signature: stop.signature.clone(),
            count: stop.count,
            since: time(stop.since),
            reason: stop.reason.clone(),
        }
    }
}
