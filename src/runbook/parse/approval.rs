//! What a promotion rests on beside telemetry: checks, the automated gate, evidence, the sign-off, roles.

use std::{collections::BTreeMap, time::Duration};

use super::{
    logs::logs,
    nearest, one_of, rates,
    signals::{Read, field_path, matchers, metric as metric_name, prometheus_label},
    table::Table,
    value::Value,
};
use crate::runbook::{
    Check, Deployed, DeployedEvent, DeployedMetric, Duty, EvidenceFrom, EvidenceItem, Fill, QaGate, Role, SignOffField,
};

/// How long a run of the automated gate may take where nothing is said.
const LIMIT: Duration = Duration::from_secs(60 * 60);
/// What the file for the report is written for in `report`.
const REPORT: &str = "{report}";

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
        let checks = t.full_list("checks", Value::name);
        let qa = QaGate {
            command: t.need("command", Value::words),
            report: t.optional("report", report).unwrap_or_default(),
            reported_as: t.list("reported_as", Value::words),
            older: t.optional("older", |value| older(value, &checks)).unwrap_or_default(),
            checks,
            limit: t.optional("limit", Value::duration).unwrap_or(LIMIT),
            covers: t.list("covers", Value::words),
            max_age: t.need("max_age", Value::duration),
        };
        t.finish();
        Some(qa)
    })
}

/// `["--report-json", "{report}"]`
fn report(value: &Value<'_>) -> Option<Vec<String>> {
    let arguments = value.list(Value::name)?;
    if arguments.iter().any(|argument| argument.contains(REPORT)) {
        return Some(arguments);
    }
    value.refuse(format!("expected {REPORT} in one of them: the file that the command is to write"))
}

/// `{ "vfs-sync-guardrail" = "vfs-guardrail" }`
fn older(value: &Value<'_>, checks: &[String]) -> Option<BTreeMap<String, String>> {
    value.table(|t| {
        let mut older = BTreeMap::new();
        for (id, span, value) in t.pairs() {
            if checks.iter().any(|check| check == id) {
                t.doc.refuse(&span, &value.path, "expected an id that `checks` no longer has");
            }
            let now = value.name().filter(|now| {
                let known = checks.is_empty() || checks.contains(now);
                if !known {
                    let choice = nearest::choice(now, checks.iter().map(String::as_str));
                    value.refuse::<()>(format!("expected an id that is in `checks`; {choice}"));
                }
                known
            });
            older.extend(now.map(|now| (id.to_owned(), now)));
        }
        Some(older)
    })
}

/// Each item under a header of its own.
pub(super) fn evidence(value: &Value<'_>, root: &Table<'_>) -> Option<EvidenceItem> {
    const FROM: &[(&str, EvidenceFrom)] = &[
        ("by_hand", EvidenceFrom::ByHand),
        ("qa_report", EvidenceFrom::QaReport),
        ("qa_output", EvidenceFrom::QaOutput),
        ("sign_off", EvidenceFrom::SignOff),
    ];
    if value.node.get_ref().is_str() {
        return value.refuse("expected a table: write each item under [[evidence]], with `key` and `title`");
    }
    value.table(|t| {
        let (key, title) = (t.need("key", Value::slug), t.need("title", Value::words));
        let from = t.optional("from", |value| {
            let from = one_of(value, FROM)?;
            match from {
                EvidenceFrom::QaReport | EvidenceFrom::QaOutput => rests_on(value, root, "qa"),
                EvidenceFrom::SignOff => rests_on(value, root, "sign_off"),
                EvidenceFrom::ByHand | EvidenceFrom::Logs(_) => {}
            }
            Some(from)
        });
        let logs = t.optional("logs", logs).map(EvidenceFrom::Logs);
        if let (Some(_), Some(logs)) = (t.get("from"), t.get("logs")) {
            logs.refuse::<()>("expected `from` or `logs`, not both");
        }
        t.finish();
        Some(EvidenceItem { key, title, from: logs.or(from).unwrap_or(EvidenceFrom::ByHand) })
    })
}

/// Refuses what nothing could ever give, because the runbook lacks the section.
fn rests_on(value: &Value<'_>, root: &Table<'_>, section: &'static str) {
    let there = root.get(section).is_some_and(|v| v.node.get_ref().as_array().is_none_or(|list| !list.is_empty()));
    if !there {
        value.refuse::<()>(format!("expected `{section}` in the runbook: this rests on it"));
    }
}

/// The fields in order. One in words is filled in by whoever signs; a table says what fills it.
pub(super) fn sign_off(root: &Table<'_>) -> Vec<SignOffField> {
    let mut titles: Vec<String> = Vec::new();
    root.list("sign_off", |value| {
        let field = match value.node.get_ref().is_table() {
            true => filled(value, root),
            false => value.words().map(|title| SignOffField { title, fill: Fill::ByHand }),
        }?;
        if titles.contains(&field.title) {
            return value.refuse("expected another title: a field before it has the same");
        }
        titles.push(field.title.clone());
        Some(field)
    })
}

/// `{ title = "…", fill = "candidate" }`, or `evidence = "key"` instead of `fill`
fn filled(value: &Value<'_>, root: &Table<'_>) -> Option<SignOffField> {
    const FILLS: &[(&str, Fill)] = &[
        ("candidate", Fill::Candidate),
        ("gate_command", Fill::GateCommand),
        ("gate_result", Fill::GateResult),
        ("rollback_owner", Fill::RollbackOwner),
        ("decision", Fill::Decision),
    ];
    value.table(|t| {
        let title = t.need("title", Value::words);
        let fill = t.optional("fill", |value| {
            let fill = one_of(value, FILLS)?;
            match fill {
                Fill::GateCommand | Fill::GateResult => rests_on(value, root, "qa"),
                Fill::RollbackOwner if !value.doc.duties.iter().any(|duty| duty == "rollback_owner") => {
                    value.refuse::<()>("expected a [[role]] with duty = \"rollback_owner\": this rests on it");
                }
                _ => {}
            }
            Some(fill)
        });
        let item = t.optional("evidence", declared_evidence).map(Fill::Evidence);
        if let (Some(_), Some(item)) = (t.get("fill"), t.get("evidence")) {
            item.refuse::<()>("expected `fill` or `evidence`, not both");
        }
        t.finish();
        Some(SignOffField { title, fill: item.or(fill).unwrap_or(Fill::ByHand) })
    })
}

fn declared_evidence(value: &Value<'_>) -> Option<String> {
    let key = value.exact()?;
    if value.doc.evidence.contains(&key) {
        return Some(key);
    }
    let known = value.doc.evidence.iter().map(String::as_str);
    value.refuse(format!("expected a declared item of evidence; {}", nearest::choice(&key, known)))
}

pub(super) fn roles(root: &Table<'_>) -> Vec<Role> {
    const DUTIES: &[(&str, Duty)] = &[("release_owner", Duty::ReleaseOwner), ("rollback_owner", Duty::RollbackOwner)];
    let mut taken: Vec<Duty> = Vec::new();
    root.list("role", |value| {
        value.table(|t| {
            let (key, title) = (t.need("key", Value::slug), t.need("title", Value::words));
            let duty = t.optional("duty", |value| {
                let duty = one_of(value, DUTIES)?;
                if taken.contains(&duty) {
                    return value.refuse("expected each duty once: one role has it already");
                }
                taken.push(duty);
                Some(duty)
            });
            t.finish();
            Some(Role { key, title, duty, configured: None })
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
