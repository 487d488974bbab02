//! What a promotion rests on beside telemetry: checks, the automated gate, evidence, the sign-off, roles.

use std::{collections::BTreeMap, time::Duration};

use super::{
    nearest, one_of, rates,
    signals::{Read, field_path, matchers, metric as metric_name, prometheus_label},
    table::Table,
    value::Value,
};
use crate::runbook::{
    Check, Deployed, DeployedEvent, DeployedMetric, Duty, EvidenceFrom, EvidenceItem, Fill, LogRead, QaGate, Role,
    SignOffField,
};

/// How long a run of the automated gate may take where nothing is said.
const LIMIT: Duration = Duration::from_secs(60 * 60);
/// How far back logs are looked at where nothing is said.
const WITHIN: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) fn check(value: &Value<'_>) -> Option<Check> {
    value.table(|t| {
        let check = Check {
            key: t.need("key", Value::slug),
            title: t.need("title", Value::words),
            seen: t.list("seen", rates::selection),
        };
        t.finish();
        Some(check)
    })
}

pub(super) fn qa(value: &Value<'_>) -> Option<QaGate> {
    value.table(|t| {
        let qa = QaGate {
            command: t.need("command", Value::words),
            report: t.list("report", Value::name),
            reported_as: t.list("reported_as", Value::words),
            checks: t.full_list("checks", Value::name),
            older: t.optional("older", older).unwrap_or_default(),
            limit: t.optional("limit", Value::duration).unwrap_or(LIMIT),
            covers: t.list("covers", Value::words),
            max_age: t.need("max_age", Value::duration),
        };
        t.finish();
        Some(qa)
    })
}

/// `{ "vfs-sync-guardrail" = "vfs-guardrail" }`
fn older(value: &Value<'_>) -> Option<BTreeMap<String, String>> {
    value.table(|t| Some(t.pairs().filter_map(|(id, _, now)| Some((id.to_owned(), now.name()?))).collect()))
}

pub(super) fn evidence(value: &Value<'_>) -> Option<EvidenceItem> {
    const FROM: &[(&str, Source)] = &[
        ("by_hand", Source::ByHand),
        ("qa_report", Source::QaReport),
        ("qa_output", Source::QaOutput),
        ("sign_off", Source::SignOff),
    ];
    value.table(|t| {
        let (key, title) = (t.need("key", Value::slug), t.need("title", Value::words));
        let from = t.optional("from", |value| one_of(value, FROM));
        let logs = t.optional("logs", logs);
        t.finish();
        let from = match (logs, from.unwrap_or(Source::ByHand)) {
            (Some(logs), _) => EvidenceFrom::Logs(logs),
            (None, Source::ByHand) => EvidenceFrom::ByHand,
            (None, Source::QaReport) => EvidenceFrom::QaReport,
            (None, Source::QaOutput) => EvidenceFrom::QaOutput,
            (None, Source::SignOff) => EvidenceFrom::SignOff,
        };
        Some(EvidenceItem { key, title, from })
    })
}

#[derive(Clone, Copy)]
enum Source {
    ByHand,
    QaReport,
    QaOutput,
    SignOff,
}

fn logs(value: &Value<'_>) -> Option<LogRead> {
    value.table(|t| {
        let logs = LogRead {
            query: t.need("query", Value::name),
            environment: t.need("environment", Value::slug),
            within: t.optional("within", Value::duration).unwrap_or(WITHIN),
        };
        t.finish();
        Some(logs)
    })
}

/// A field in words is filled in by the one who signs; a table says what fills it.
pub(super) fn sign_off(value: &Value<'_>, evidence: &[EvidenceItem]) -> Option<SignOffField> {
    const FILLS: &[(&str, Filler)] = &[
        ("candidate", Filler::Candidate),
        ("gate_command", Filler::GateCommand),
        ("gate_result", Filler::GateResult),
        ("rollback_owner", Filler::RollbackOwner),
        ("decision", Filler::Decision),
    ];
    if !value.node.get_ref().is_table() {
        return value.words().map(|title| SignOffField { title, fill: Fill::ByHand });
    }
    value.table(|t| {
        let title = t.need("title", Value::words);
        let fill = t.optional("fill", |value| one_of(value, FILLS));
        let item = t.optional("evidence", |value| declared_evidence(value, evidence));
        t.finish();
        let fill = match (item, fill) {
            (Some(item), _) => Fill::Evidence(item),
            (None, Some(Filler::Candidate)) => Fill::Candidate,
            (None, Some(Filler::GateCommand)) => Fill::GateCommand,
            (None, Some(Filler::GateResult)) => Fill::GateResult,
            (None, Some(Filler::RollbackOwner)) => Fill::RollbackOwner,
            (None, Some(Filler::Decision)) => Fill::Decision,
            (None, None) => Fill::ByHand,
        };
        Some(SignOffField { title, fill })
    })
}

#[derive(Clone, Copy)]
enum Filler {
    Candidate,
    GateCommand,
    GateResult,
    RollbackOwner,
    Decision,
}

fn declared_evidence(value: &Value<'_>, evidence: &[EvidenceItem]) -> Option<String> {
    let key = value.exact()?;
    if evidence.iter().any(|item| item.key == key) {
        return Some(key);
    }
    let known = evidence.iter().map(|item| item.key.as_str());
    value.refuse(format!("expected a declared item of evidence; {}", nearest::choice(&key, known)))
}

pub(super) fn roles(root: &Table<'_>) -> Vec<Role> {
    const DUTIES: &[(&str, Duty)] = &[("release_owner", Duty::ReleaseOwner), ("rollback_owner", Duty::RollbackOwner)];
    let mut taken: Vec<Duty> = Vec::new();
    root.list("role", |value| {
        value.table(|t| {
            let duty = t.optional("duty", |value| {
                let duty = one_of(value, DUTIES)?;
                if taken.contains(&duty) {
                    return value.refuse("expected each duty once: one role has it already");
                }
                taken.push(duty);
                Some(duty)
            });
            let role =
                Role { key: t.need("key", Value::slug), title: t.need("title", Value::words), duty, configured: None };
            t.finish();
            Some(role)
        })
    })
}

pub(super) fn deployed(value: &Value<'_>) -> Option<Deployed> {
    value.table(|t| {
        let deployed = Deployed {
            prometheus: t.optional("prometheus", metric),
            events: t.optional("events", event),
            required: t.optional("required", Value::truth).unwrap_or(false),
        };
        if t.get("prometheus").is_none() && t.get("events").is_none() {
            t.refuse("expected `prometheus` or `events`: no source can tell what is deployed");
        }
        t.finish();
        Some(deployed)
    })
}

fn metric(value: &Value<'_>) -> Option<DeployedMetric> {
    value.table(|t| {
        let metric = DeployedMetric {
            metric: t.need("metric", metric_name),
            matchers: t.optional("match", |v| matchers(v, Read::Prometheus)).unwrap_or_default(),
            commit: t.need("commit", prometheus_label),
        };
        t.finish();
        Some(metric)
    })
}

fn event(value: &Value<'_>) -> Option<DeployedEvent> {
    value.table(|t| {
        let event = DeployedEvent {
            name_field: t.optional("name_field", field_path).unwrap_or_else(|| "eventName".to_owned()),
            names: t.need("name", |value| value.one_or_more(Value::name)),
            commit: t.need("commit", field_path),
            instance: t.optional("instance", field_path),
        };
        t.finish();
        Some(event)
    })
}
