//! The stages, who each exposes the feature to, and its exit gates.

use std::collections::BTreeSet;

use super::{
    nearest,
    rates::{declared_rate, label_of, selection},
    table::Table,
    value::Value,
};
use crate::runbook::{Condition, Exposure, Gate, Percent, Stage};

/// The stages in order. Their exposures only grow.
pub(super) fn stages(root: &Table<'_>) -> Vec<Stage> {
    let mut before: Option<Exposure> = None;
    let mut first = true;
    root.full_list("stage", |value| {
        value.table(|t| {
            t.refuse_repeats("gate", &["key"]);
            let exposure = t.required("exposure", exposure);
            if let (Some(exposure), Some(value)) = (&exposure, t.get("exposure")) {
                if first && !exposure.is_off() {
                    value.refuse::<()>("expected \"off\" in the first stage: a rollback returns to it");
                }
                if let Some(before) = before.as_ref().filter(|before| !exposure.covers(before)) {
                    value
                        .refuse::<()>(format!("expected at least the exposure of the stage before, which is {before}"));
                }
                before = Some(exposure.clone());
            }
            first = false;
            let stage = Stage {
                key: t.need("key", Value::slug),
                title: t.need("title", Value::words),
                exposure: exposure.unwrap_or_default(),
                observe: t.need("observe", Value::duration),
                actions: t.list("actions", Value::words),
                gates: t.full_list("gate", |value| gate(value, root)),
            };
            t.finish();
            Some(stage)
        })
    })
}

/// `"off"`, `"everyone"`, or `{ cohorts = ["internal"], percent = 5 }`.
fn exposure(value: &Value<'_>) -> Option<Exposure> {
    const EXPECTED: &str = "expected \"off\", \"everyone\", or { cohorts = [\"…\"], percent = 5 } with either or both";
    match value.node.get_ref().as_str() {
        Some("off") => return Some(Exposure::off()),
        Some("everyone") => return Some(Exposure::everyone()),
        _ if !value.node.get_ref().is_table() => return value.refuse(EXPECTED),
        _ => {}
    }
    value.table(|t| {
        let (cohorts, percent) = (t.get("cohorts"), t.get("percent"));
        if cohorts.is_none() && percent.is_none() {
            return value.refuse(EXPECTED);
        }
        let cohorts = cohorts.map_or(Some(Vec::new()), |v| {
            let listed = v.node.get_ref().as_array().map_or(0, |array| array.len());
            // A cohort that was refused leaves an exposure that nothing can be compared with.
            v.full_list(declared_cohort).filter(|read| read.len() == listed)
        });
        let percent = percent.map_or(Some(Percent::ZERO), |v| {
            let number = v.whole(0..=100, "a whole number from 0 to 100")?;
            u8::try_from(number).ok().and_then(Percent::new)
        });
        t.finish();
        Some(Exposure { cohorts: BTreeSet::from_iter(cohorts?), percent: percent? })
    })
}

fn declared_cohort(value: &Value<'_>) -> Option<String> {
    let key = value.exact()?;
    if value.doc.cohorts.contains(&key) {
        return Some(key);
    }
    let known = value.doc.cohorts.iter().map(String::as_str);
    value.refuse(format!("expected a declared cohort; {}", nearest::choice(&key, known)))
}

fn gate(value: &Value<'_>, root: &Table<'_>) -> Option<Gate> {
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
    "observation_window",
    "qa_report",
    "checklist",
    "attestation",
    "sign_off",
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
            let tolerated = t.need("tolerated", |v| v.fraction("a rate above 0 and below 1, such as 0.001"));
            Condition::ZeroTolerance { events: events?, exposure: exposure?, tolerated }
        }
        "declared_messages" => {
            rests_on("failure_message");
            let events = t.required("events", selection);
            let label = label_of(t, "label", events.as_ref());
            Condition::DeclaredMessages { events: events?, label }
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
        _ => return None,
    })
}
