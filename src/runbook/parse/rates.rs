//! Success rates, and the selections they and others count.

use std::collections::BTreeSet;

use super::{
    nearest, one_of,
    signals::{Read, declared_signal, matchers},
    table::Table,
    value::Value,
};
use crate::runbook::{MatchOp, Outcome, Rate, RateScope, Selection};

pub(super) fn rate(value: &Value<'_>) -> Option<Rate> {
    value.table(|t| {
        let key = t.need("key", Value::slug);
        let title = t.need("title", Value::words);
        let scope = t.required("scope", |v| one_of(v, &[("rollout", RateScope::Rollout), ("step", RateScope::Step)]));
        let slo = t.need("slo", |v| {
            v.fraction("a rate above 0 and below 1; for \"never\" or \"always\" use a zero-tolerance gate")
        });
        let attempts = t.required("attempts", selection);
        let successes = t.optional("successes", selection).map(Outcome::Successes);
        let failures = t.optional("failures", selection).map(Outcome::Failures);
        match (t.get("successes"), t.get("failures")) {
            (None, None) => t.refuse("expected `successes` or `failures`: what of the attempts is counted"),
            (Some(_), Some(failures)) => {
                failures.refuse::<()>("expected `successes` or `failures`, not both").unwrap_or_default();
            }
            _ => {}
        }
        t.finish();
        Some(Rate { key, title, scope: scope?, attempts: attempts?, outcome: successes.or(failures)?, slo })
    })
}

/// `{ signal = "key", match = { label = "value" } }`
pub(super) fn selection(value: &Value<'_>) -> Option<Selection> {
    value.table(|t| {
        let signal = t.required("signal", declared_signal);
        let by = signal.as_ref().and_then(|key| value.doc.signals.get(key));
        let matchers = match by {
            Some(by) => t.optional("match", |v| matchers(v, Read::Signal(by))).unwrap_or_default(),
            // Of which signal these are the labels is not known.
            None => {
                t.get("match");
                Vec::new()
            }
        };
        t.finish();
        Some(Selection { signal: signal?, matchers })
    })
}

/// Whether both select the same, however it is written.
pub(super) fn same(one: &Selection, other: &Selection) -> bool {
    let conditions = |selection: &Selection| -> BTreeSet<(String, bool, BTreeSet<String>)> {
        let each = selection.matchers.iter().map(|matcher| match &matcher.op {
            MatchOp::In(values) => (matcher.field.clone(), true, values.iter().cloned().collect()),
            MatchOp::NotIn(values) => (matcher.field.clone(), false, values.iter().cloned().collect()),
        });
        each.collect()
    };
    one.signal == other.signal && conditions(one) == conditions(other)
}

/// The key of a rate that the runbook declares.
pub(super) fn declared_rate(value: &Value<'_>) -> Option<String> {
    let key = value.exact()?;
    if value.doc.rates.contains(&key) {
        return Some(key);
    }
    let known = value.doc.rates.iter().map(String::as_str);
    value.refuse(format!("expected a declared rate; {}", nearest::choice(&key, known)))
}

/// A label of the signal that `selection` counts.
pub(super) fn label_of(t: &Table<'_>, key: &'static str, selection: Option<&Selection>) -> String {
    t.need(key, |value| {
        let label = value.exact()?;
        let Some(by) = selection.and_then(|selection| value.doc.signals.get(&selection.signal)) else {
            return Some(label);
        };
        if by.is_empty() || by.contains(&label) {
            return Some(label);
        }
        let choice = nearest::choice(&label, by.iter().map(String::as_str));
        value.refuse(format!("expected a label of the signal; {choice}"))
    })
}
