//! What calls for a rollback.

use std::time::Duration;

use super::{
    nearest,
    rates::{declared_rate, selection},
    table::Table,
    value::Value,
};
use crate::runbook::{Repetition, Trigger, TripWire};

pub(super) fn trigger(value: &Value<'_>) -> Option<Trigger> {
    value.table(|t| {
        let when = t.full_list("when", trip_wire);
        let automatic = t.optional("automatic", Value::truth).unwrap_or(false);
        if let Some(value) = t.get("automatic")
            && automatic
            && !when.is_empty()
            && when.iter().all(|wire| *wire == TripWire::Raised)
        {
            value.refuse::<()>("expected false where only people trip it: who raises it can roll back as well");
        }
        let trigger = Trigger {
            key: t.need("key", Value::slug),
            title: t.need("title", Value::words),
            requirement: t.optional("requirement", Value::words),
            automatic,
            when,
        };
        t.finish();
        Some(trigger)
    })
}

/// Seconds.
const DAY: f64 = 86_400.0;
/// The most that may be usual within the window of a wire.
const USUAL_WITHIN: f64 = 500.0;

/// The kinds of trip wire.
const KINDS: &[&str] = &["failure_rate", "repeated", "any", "raised"];

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
    match kind {
        "failure_rate" => return Some(TripWire::FailureRate { rate: t.need("rate", declared_rate) }),
        "raised" => return Some(TripWire::Raised),
        _ => {}
    }
    let events = t.required("events", selection);
    if kind == "any" {
        return Some(TripWire::Any { events: events? });
    }
    let within = t.need("within", Value::duration);
    let threshold = repetition(t, within);
    Some(TripWire::Repeated { events: events?, threshold: threshold?, within })
}

/// `at_least = 5`, or `background_per_day = 0.5`.
fn repetition(t: &Table<'_>, within: Duration) -> Option<Repetition> {
    let at_least = t.optional("at_least", |v| v.whole(1..=1_000_000, "a whole number from 1 to 1000000"));
    let background = t.optional("background_per_day", |v| background(v, within));
    match (t.get("at_least"), t.get("background_per_day")) {
        (None, None) => {
            t.refuse("expected `at_least` or `background_per_day`: how many are a repetition");
            None
        }
        (Some(_), Some(background)) => background.refuse("expected `at_least` or `background_per_day`, not both"),
        _ => at_least.map(Repetition::AtLeast).or(background.map(Repetition::BackgroundPerDay)),
    }
}

/// As many as are usual a day. So many within the window that their chance of being exceeded cannot be told from
/// nothing would be a wire that never trips.
fn background(value: &Value<'_>, within: Duration) -> Option<f64> {
    let a_day = value.number("a number above 0 and up to 10000: how many a day are usual", |number| {
        number > 0.0 && number <= 10_000.0
    })?;
    let usual = a_day * within.as_secs_f64() / DAY;
    if usual > USUAL_WITHIN {
        let message =
            format!("expected fewer a day, a shorter `within`, or `at_least`: {usual:.0} within it are usual");
        return value.refuse(message);
    }
    Some(a_day)
}
