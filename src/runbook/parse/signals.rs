//! What is measured, and how it is read from each kind of source.

use std::collections::BTreeMap;

use super::{nearest, table::Table, value::Value};
use crate::runbook::{EventRead, MatchOp, Matcher, PrometheusRead, Signal};

/// Stands for the environment under rollout.
const ENVIRONMENT: &str = "{environment}";

pub(super) fn signal(value: &Value<'_>) -> Option<Signal> {
    value.table(|t| {
        let by = t.full_list("by", Value::slug);
        let signal = Signal {
            key: t.need("key", Value::slug),
            title: t.need("title", Value::words),
            heartbeat: t.optional("heartbeat", declared_signal),
            prometheus: t.optional("prometheus", |v| prometheus(v, &by)),
            events: t.optional("events", |v| events(v, &by)),
            by,
        };
        if t.get("prometheus").is_none() && t.get("events").is_none() {
            t.refuse("expected `prometheus` or `events`: no source can read the signal");
        }
        t.finish();
        Some(signal)
    })
}

/// The key of a signal that the runbook declares.
pub(super) fn declared_signal(value: &Value<'_>) -> Option<String> {
    let key = value.exact()?;
    if value.doc.signals.contains_key(&key) {
        return Some(key);
    }
    let known = value.doc.signals.keys().map(String::as_str);
    value.refuse(format!("expected a declared signal; {}", nearest::choice(&key, known)))
}

fn prometheus(value: &Value<'_>, by: &[String]) -> Option<PrometheusRead> {
    value.table(|t| {
        let metric = t.need("metric", metric);
        let matchers = t.optional("match", |v| matchers(v, Read::Prometheus)).unwrap_or_default();
        let labels = prometheus_labels(&t, by);
        let replica_labels = replica_labels(&t, &labels, &matchers);
        t.finish();
        Some(PrometheusRead { metric, matchers, labels, replica_labels })
    })
}

/// The label that Prometheus's operator gives each of two servers that scrape the same.
const REPLICA: &str = "prometheus_replica";

/// Labels that tell copies of one counter apart. What a signal counts by or picks by says what a series is about, and
/// cannot be one of them.
fn replica_labels(t: &Table<'_>, labels: &[String], matchers: &[Matcher]) -> Vec<String> {
    let mut replicas = t.list("replica_labels", |value| {
        let label = value.name_like(PROMETHEUS_LABEL, is_prometheus_label)?;
        if labels.contains(&label) {
            return value
                .refuse("expected a label that the signal does not count by: that tells apart what is counted");
        }
        if matchers.iter().any(|matcher| matcher.field == label) {
            return value.refuse("expected a label that `match` does not name: that says what is counted");
        }
        Some(label)
    });
    if ![labels, &replicas[..]].iter().any(|known| known.iter().any(|label| label == REPLICA)) {
        replicas.push(REPLICA.to_owned());
    }
    replicas
}

pub(super) fn metric(value: &Value<'_>) -> Option<String> {
    value.name_like("a Prometheus metric name: letters, digits, _ and :, not first a digit", |name| {
        !name.starts_with(|c: char| c.is_ascii_digit())
            && !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':'))
    })
}

/// A name of Prometheus's own (`__name__`) is no label to count by or to match.
fn is_prometheus_label(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with("__")
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

const PROMETHEUS_LABEL: &str = "a Prometheus label name: letters, digits and _, not first a digit or __";

/// The name of a Prometheus label.
pub(super) fn prometheus_label(value: &Value<'_>) -> Option<String> {
    value.name_like(PROMETHEUS_LABEL, is_prometheus_label)
}

fn is_field_path(path: &str) -> bool {
    path.split('.').all(|part| !part.is_empty() && !part.chars().any(|c| c.is_whitespace() || c.is_control()))
}

const FIELD_PATH: &str = "the path of an event's field, such as \"detail.failStage\"";

/// For each of `by`, the Prometheus label that holds it: its own name where no other is given.
fn prometheus_labels(t: &Table<'_>, by: &[String]) -> Vec<String> {
    let given = t.optional("labels", |v| labels(v, by, PROMETHEUS_LABEL, is_prometheus_label)).unwrap_or_default();
    for label in by.iter().filter(|label| !given.contains_key(*label) && !is_prometheus_label(label)) {
        t.refuse(format!("expected the Prometheus label of `{label}` in `labels`: that name is none itself"));
    }
    by.iter().map(|label| given.get(label).unwrap_or(label).clone()).collect()
}

/// For each of `by`, the field that holds it. Records of different products are alike in nothing, so all are given.
fn event_labels(t: &Table<'_>, by: &[String]) -> Vec<String> {
    let Some(given) = t.required("labels", |v| labels(v, by, FIELD_PATH, is_field_path)) else {
        return Vec::new();
    };
    let absent: Vec<&str> = by.iter().filter(|label| !given.contains_key(*label)).map(String::as_str).collect();
    // A label that was refused as unknown is likely to be the one that seems to be absent.
    let mistaken = given.keys().any(|label| !by.contains(label));
    if let (false, false, Some(value)) = (absent.is_empty(), mistaken, t.get("labels")) {
        value.refuse::<()>(format!("expected the field of each label in `by`; not given: {}", absent.join(", ")));
    }
    by.iter().map(|label| given.get(label).cloned().unwrap_or_default()).collect()
}

fn labels(
    value: &Value<'_>,
    by: &[String],
    expected: &str,
    fits: impl Fn(&str) -> bool,
) -> Option<BTreeMap<String, String>> {
    value.table(|t| {
        let mut given = BTreeMap::new();
        for (label, span, value) in t.pairs() {
            if !by.is_empty() && !by.iter().any(|known| known == label) {
                let choice = nearest::choice(label, by.iter().map(String::as_str));
                t.doc.refuse(&span, &value.path, format!("expected a label that is in `by`; {choice}"));
            }
            // What was refused still is the label's entry, and not a missing one.
            given.insert(label.to_owned(), value.name_like(expected, &fits).unwrap_or_default());
        }
        Some(given)
    })
}

fn events(value: &Value<'_>, by: &[String]) -> Option<EventRead> {
    value.table(|t| {
        let read = EventRead {
            name_field: t.optional("name_field", field_path).unwrap_or_else(|| "eventName".to_owned()),
            names: t.need("name", |v| v.one_or_more(Value::name)),
            matchers: t.optional("match", |v| matchers(v, Read::Events)).unwrap_or_default(),
            labels: event_labels(&t, by),
            value_field: t.optional("value", field_path),
        };
        t.finish();
        Some(read)
    })
}

pub(super) fn field_path(value: &Value<'_>) -> Option<String> {
    value.name_like(FIELD_PATH, is_field_path)
}

/// What the fields of a matcher are.
#[derive(Clone, Copy)]
pub(super) enum Read<'l> {
    /// Labels of a Prometheus series.
    Prometheus,
    /// Fields of an event record.
    Events,
    /// The labels of a signal of the runbook; none where they cannot be told.
    Signal(&'l [String]),
}

/// `{ field = "a", field = ["a", "b"], field = { not = "a" } }`
pub(super) fn matchers(value: &Value<'_>, read: Read<'_>) -> Option<Vec<Matcher>> {
    value.table(|t| {
        let mut matchers = Vec::new();
        for (field, span, value) in t.pairs() {
            let refuse = |message: String| t.doc.refuse(&span, &value.path, message);
            match read {
                Read::Prometheus if !is_prometheus_label(field) => refuse(format!("expected {PROMETHEUS_LABEL}")),
                Read::Events if !is_field_path(field) => refuse(format!("expected {FIELD_PATH}")),
                Read::Signal(by) if !by.is_empty() && !by.iter().any(|label| label == field) => {
                    let choice = nearest::choice(field, by.iter().map(String::as_str));
                    refuse(format!("expected a label of the signal; {choice}"));
                }
                _ => {}
            }
            let matched = |v: &Value<'_>| matched_value(v, read);
            let op = if value.node.get_ref().is_table() {
                value.table(|t| {
                    let Some(excluded) = t.get("not") else {
                        t.refuse("expected { not = … }; a field's dotted name is put in quotes: \"detail.code\"");
                        return None;
                    };
                    t.finish();
                    excluded.one_or_more(matched).map(MatchOp::NotIn)
                })
            } else {
                value.one_or_more(matched).map(MatchOp::In)
            };
            matchers.extend(op.map(|op| Matcher { field: field.to_owned(), op }));
        }
        Some(matchers)
    })
}

/// A placeholder that nobody fills in would be compared to the letter, match nothing, and look like silence.
fn matched_value(value: &Value<'_>, read: Read<'_>) -> Option<String> {
    let text = value.exact()?;
    if !(text.starts_with('{') && text.ends_with('}')) {
        return Some(text);
    }
    match read {
        Read::Prometheus if text == ENVIRONMENT => Some(text),
        Read::Prometheus => value.refuse(format!("expected {ENVIRONMENT}, the only placeholder there is")),
        _ => value.refuse("expected a value: placeholders are filled in for Prometheus only"),
    }
}

/// Refuses signals that prove themselves alive, alone or in a circle.
pub(super) fn refuse_circles(root: &Table<'_>) {
    let mut heartbeats: BTreeMap<String, (String, Value<'_>)> = BTreeMap::new();
    root.list("signal", |signal| {
        let table = signal.node.get_ref().as_table()?;
        let key = table.get("key")?.get_ref().as_str()?;
        let node = table.get("heartbeat")?;
        let heartbeat = Value { doc: signal.doc, path: "heartbeat".to_owned(), node };
        heartbeats.insert(key.to_owned(), (node.get_ref().as_str()?.to_owned(), heartbeat));
        Some(())
    });
    for (start, (first, value)) in &heartbeats {
        let mut chain = vec![start.as_str()];
        let mut next = first.as_str();
        while !chain.contains(&next) {
            chain.push(next);
            match heartbeats.get(next) {
                Some((after, _)) => next = after,
                None => break,
            }
        }
        // Each circle once, at the first of its signals by name.
        let closed = next == start && chain.iter().all(|key| start.as_str() <= *key);
        if closed {
            chain.push(start);
            value.refuse::<()>(format!("expected a signal that does not lead back here: {}", chain.join(" -> ")));
        }
    }
}
