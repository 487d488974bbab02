//! What calls for a rollback.

use super::{
    nearest,
    rates::{declared_rate, selection},
    table::Table,
    value::Value,
};
use crate::runbook::{Repetition, Trigger, TripWire};

pub(super) fn trigger(value: &Value<'_>) -> Option<Trigger> {
    value.table(|t| {
        let trigger = Trigger {
            key: t.need("key", Value::slug),
            title: t.need("title", Value::words),
            requirement: t.optional("requirement", Value::words),
            when: t.full_list("when", trip_wire),
        };
        t.finish();
        Some(trigger)
    })
}

/// The kinds of trip wire.
const KINDS: &[&str] = &["failure_rate", "repeated", "any"];

fn trip_wire(value: &Value<'_>) -> Option<TripWire> {
    value.table(|t| {
        let Some(kind) = t.get("kind") else {
            t.refuse(format!("expected a condition, as `kind`: {}", KINDS.join(", ")));
            return None;
        };
        let word = kind.exact()?;
        if !KINDS.contains(&word.as_str()) {
            let choice = nearest::choice(&word, KINDS.iter().copied());
            return kind.refuse(format!("expected a kind of trip wire; {choice}"));
        }
        let wire = wire(&word, &t);
        t.finish();
        wire
    })
}

fn wire(kind: &str, t: &Table<'_>) -> Option<TripWire> {
    if kind == "failure_rate" {
        return Some(TripWire::FailureRate { rate: t.need("rate", declared_rate) });
    }
    let events = t.required("events", selection);
    if kind == "any" {
        return Some(TripWire::Any { events: events? });
    }
    let at_least = t.need("at_least", |v| v.whole(1..=1_000_000, "a whole number from 1 to 1000000"));
    let within = t.need("within", Value::duration);
    Some(TripWire::Repeated { events: events?, threshold: Repetition::AtLeast(at_least), within })
}
