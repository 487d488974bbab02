//! The stages, and who each exposes the feature to.

use std::{collections::BTreeSet, time::Duration};

use super::{gates::gate, nearest, table::Table, value::Value};
use crate::runbook::{Exposure, Percent, Stage};

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
            let second_person = t.optional("second_person", |value| second_person(value, first));
            first = false;
            let stage = Stage {
                key: t.need("key", Value::slug),
                title: t.need("title", Value::words),
                exposure: exposure.unwrap_or_default(),
                observe: t.need("observe", Value::duration),
                second_person,
                actions: t.list("actions", Value::words),
                gates: t.full_list("gate", |value| gate(value, root)),
            };
            t.finish();
            Some(stage)
        })
    })
}

/// How long a request to enter the stage stands. People need time to look.
fn second_person(value: &Value<'_>, first: bool) -> Option<Duration> {
    if first {
        return value.refuse("expected no second person for the first stage: nobody advances to it");
    }
    let within = value.duration()?;
    if within < Duration::from_secs(60) {
        return value.refuse("expected \"1m\" or more: the second person has to look first");
    }
    Some(within)
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
