//! The exit gates of a stage, and what decides each.

use super::{
    nearest,
    rates::{declared_rate, label_of, same, selection},
    table::Table,
    value::Value,
};
use crate::runbook::{Arm, Condition, Gate};

/// What a `canary_control` gate rules out where the runbook does not say: a ratio, and a rate where nothing happens.
const MAX_RATIO: f64 = 2.0;
const TOLERATED: f64 = 0.001;

pub(super) fn gate(value: &Value<'_>, root: &Table<'_>) -> Option<Gate> {
    value.table(|t| {
        let key = t.need("key", Value::slug);
        let title = t.need("title", Value::words);
        let requirement = t.optional("requirement", Value::words);
        let Some(kind) = t.get("kind") else {
            t.refuse(format!("expected a condition, as `kind`: {}", KINDS.join(", ")));
            t.abandon();
            return None;
        };
        let condition = kind.exact().and_then(|word| match condition(&word, &t, root) {
            Some(condition) => Some(condition),
            None if KINDS.contains(&word.as_str()) => None,
            None => {
                let choice = nearest::choice(&word, KINDS.iter().copied());
                kind.refuse(format!("expected a kind of gate; {choice}"))
            }
        });
        match kind.node.get_ref().as_str() {
            Some(word) if KINDS.contains(&word) => t.finish(),
            _ => t.abandon(),
        }
        Some(Gate { key, title, requirement, condition: condition? })
    })
}

/// The kinds of gate, as [`Condition::kind`] names them.
const KINDS: &[&str] = &[
    "success_rate",
    "zero_tolerance",
    "declared_messages",
    "no_sustained_spike",
    "canary_control",
    "observation_window",
    "qa_report",
    "checklist",
    "attestation",
    "sign_off",
    "poll",
];

/// The condition of this kind. A gate that rests on a section needs that section to be there.
fn condition(kind: &str, t: &Table<'_>, root: &Table<'_>) -> Option<Condition> {
    let rests_on = |section: &'static str| {
        let there = root.get(section).is_some_and(|v| v.node.get_ref().as_array().is_none_or(|a| !a.is_empty()));
        if !there {
            t.refuse(format!("expected `{section}` in the runbook: a {kind} gate rests on it"));
        }
    };
    Some(match kind {
        "success_rate" => Condition::SuccessRate { rate: t.need("rate", declared_rate) },
        "zero_tolerance" => {
            let events = t.required("events", selection);
            let exposure = t.required("exposure", selection);
            let tolerated = t.need("tolerated", tolerated);
            Condition::ZeroTolerance { events: events?, exposure: exposure?, tolerated }
        }
        "declared_messages" => {
            rests_on("failure_message");
            let events = t.required("events", selection);
            let label = label_of(t, "label", events.as_ref());
            Condition::DeclaredMessages { events: events?, label }
        }
        "no_sustained_spike" => Condition::NoSustainedSpike { rates: t.full_list("rates", declared_rate) },
        "canary_control" => {
            let canary = t.required("canary", arm);
            let control = t.required("control", arm);
            if let (Some(canary), Some(control)) = (&canary, &control)
                && same(&canary.events, &control.events)
            {
                t.optional("control", |v| {
                    v.refuse::<()>("expected other events than those of `canary`: nothing is compared with itself")
                });
            }
            let max_ratio = t.optional("max_ratio", max_ratio).unwrap_or(MAX_RATIO);
            let tolerated = t.optional("tolerated", tolerated).unwrap_or(TOLERATED);
            Condition::CanaryControl { canary: canary?, control: control?, max_ratio, tolerated }
        }
        "observation_window" => Condition::ObservationWindow,
        "qa_report" => {
            rests_on("qa");
            Condition::QaReport
        }
        "checklist" => {
            rests_on("check");
            Condition::Checklist { environment: t.need("environment", Value::slug) }
        }
        "attestation" => Condition::Attestation { statement: t.need("statement", Value::words) },
        "sign_off" => {
            rests_on("sign_off");
            Condition::SignOff
        }
        "poll" => {
            rests_on("role");
            Condition::Poll
        }
        _ => return None,
    })
}

fn tolerated(value: &Value<'_>) -> Option<f64> {
    value.fraction("a rate above 0 and below 1, such as 0.001")
}

/// Beyond a hundredfold nobody would call it the same.
fn max_ratio(value: &Value<'_>) -> Option<f64> {
    value.number("a ratio above 1 and up to 100, such as 2.0", |ratio| ratio > 1.0 && ratio <= 100.0)
}

/// `{ events = { … }, exposure = { … } }`
fn arm(value: &Value<'_>) -> Option<Arm> {
    value.table(|t| {
        let events = t.required("events", selection);
        let exposure = t.required("exposure", selection);
        t.finish();
        Some(Arm { events: events?, exposure: exposure? })
    })
}
