//! Exposure as flagd targeting, and back: only what gonogo itself writes is recognised.
//!
//! ```json
//! {"if": [{"in": [{"var": "group"}, ["internal"]]}, "on", {"fractional": [["on", 5], ["off", 95]]}]}
//! ```
//!
//! `fractional` without a bucketing value hashes the flag's key and the user's `targetingKey`. The true variant comes
//! first and the weights always add up to 100, so a larger percentage keeps everybody who has the feature. A context
//! without a `targetingKey` falls to the default variant, which is the false one; with `{"cat": [flagKey,
//! targetingKey]}` all such contexts would share one bucket and be served all or none.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::rules::Variants;
use crate::runbook::{AttributeRule, Cohort, Exposure, Percent};

/// The targeting that serves `exposure`, which is neither off nor everyone; `rules` tell its cohorts.
pub(super) fn compose(exposure: &Exposure, variants: &Variants, rules: &[&AttributeRule]) -> Value {
    let percent = exposure.percent.get();
    let rest = if percent == 0 {
        Value::from(variants.no())
    } else {
        json!({"fractional": [[variants.yes(), percent], [variants.no(), 100 - percent]]})
    };
    if rules.is_empty() {
        return rest;
    }
    let branches =
        rules.iter().flat_map(|rule| [json!({"in": [{"var": rule.name}, rule.values]}), variants.yes().into()]);
    json!({"if": branches.chain([rest]).collect::<Vec<Value>>()})
}

/// Whom `targeting` serves, or why that cannot be told.
pub(super) fn recognise(targeting: &Value, variants: &Variants, cohorts: &[Cohort]) -> Result<Exposure, String> {
    if mentions_ref(targeting) {
        return Err("targeting by a shared rule ($ref) that gonogo did not write".to_owned());
    }
    own(targeting, variants, cohorts)
        .ok_or_else(|| format!("targeting that gonogo did not write: {}", excerpt(targeting)))
}

fn own(targeting: &Value, variants: &Variants, cohorts: &[Cohort]) -> Option<Exposure> {
    let Some(arguments) = operands(targeting, "if") else {
        return Some(Exposure { percent: fraction(targeting, variants)?, ..Exposure::off() });
    };
    let (rest, branches) = arguments.split_last()?;
    let (branches, []) = branches.as_chunks::<2>() else { return None };
    let mut exposure = Exposure::off();
    for [condition, variant] in branches {
        let cohort = cohort(condition, cohorts)?;
        let serves = variants.value(variant.as_str()?) == Some(true);
        if !serves || !exposure.cohorts.insert(cohort.key.clone()) {
            return None;
        }
    }
    exposure.percent = match rest.as_str() {
        Some(name) if variants.value(name) == Some(false) && !branches.is_empty() => Percent::ZERO,
        Some(_) => return None,
        None => fraction(rest, variants)?,
    };
    Some(exposure)
}

/// What the one operation of `node` is applied to, if it is `operator`.
fn operands<'a>(node: &'a Value, operator: &str) -> Option<&'a [Value]> {
    let operation = node.as_object().filter(|operation| operation.len() == 1)?;
    operation.get(operator)?.as_array().map(Vec::as_slice)
}

fn fraction(node: &Value, variants: &Variants) -> Option<Percent> {
    let [yes, no] = operands(node, "fractional")? else { return None };
    let weight = |bucket: &Value, serves: bool| {
        let [Value::String(name), weight] = bucket.as_array()?.as_slice() else { return None };
        (variants.value(name) == Some(serves)).then(|| weight.as_u64()).flatten()
    };
    let (yes, no) = (weight(yes, true)?, weight(no, false)?);
    (yes.checked_add(no) == Some(100)).then(|| Percent::new(u8::try_from(yes).ok()?)).flatten()
}

fn cohort<'a>(condition: &Value, cohorts: &'a [Cohort]) -> Option<&'a Cohort> {
    let [variable, Value::Array(values)] = operands(condition, "in")? else { return None };
    let name = variable.as_object().filter(|variable| variable.len() == 1)?.get("var")?.as_str()?;
    let values: BTreeSet<&str> = values.iter().map(Value::as_str).collect::<Option<_>>()?;
    cohorts.iter().find(|cohort| {
        cohort.attribute.as_ref().is_some_and(|rule| {
            rule.name == name && rule.values.iter().map(String::as_str).collect::<BTreeSet<_>>() == values
        })
    })
}

fn mentions_ref(node: &Value) -> bool {
    match node {
        Value::Object(map) => map.iter().any(|(key, value)| key == "$ref" || mentions_ref(value)),
        Value::Array(values) => values.iter().any(mentions_ref),
        _ => false,
    }
}

fn excerpt(node: &Value) -> String {
    let text = crate::text::clean(&node.to_string());
    if text.chars().count() <= 80 { text } else { text.chars().take(79).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cohorts() -> Vec<Cohort> {
        ["internal", "beta", "staff"]
            .map(|key| Cohort {
                key: key.to_owned(),
                title: key.to_owned(),
                segment: None,
                attribute: Some(AttributeRule {
                    name: "group".to_owned(),
                    values: vec![key.to_owned(), "x".to_owned()],
                }),
            })
            .to_vec()
    }

    fn variants() -> Variants {
        Variants::strict(Some(&json!({"on": true, "off": false}))).unwrap()
    }

    proptest! {
        #[test]
        fn what_is_composed_is_recognised(percent in 0u8..100, members in proptest::collection::btree_set(0usize..3, 0..3)) {
            let cohorts = cohorts();
            let chosen: Vec<_> = members.iter().map(|&i| &cohorts[i]).collect();
            let exposure = Exposure {
                cohorts: chosen.iter().map(|cohort| cohort.key.clone()).collect(),
                percent: Percent::new(percent).unwrap(),
            };
            prop_assume!(!exposure.is_off());
            let rules: Vec<_> = chosen.iter().map(|cohort| cohort.attribute.as_ref().unwrap()).collect();
            let targeting = compose(&exposure, &variants(), &rules);
            prop_assert_eq!(recognise(&targeting, &variants(), &cohorts), Ok(exposure));
        }
    }

    #[test]
    fn anything_else_is_foreign() {
        for targeting in [
            json!({"fractional": [["on", 5]]}),
            json!({"fractional": [["on", 5], ["off", 5]]}),
            json!({"fractional": [["off", 95], ["on", 5]]}),
            json!({"fractional": [["on", 5.5], ["off", 94.5]]}),
            json!({"fractional": [["on", -5], ["off", 105]]}),
            json!({"fractional": [{"var": "email"}, ["on", 5], ["off", 95]]}),
            json!({"fractional": [{"cat": [{"var": "$flagd.flagKey"}, {"var": "targetingKey"}]}, ["on", 5], ["off", 95]]}),
            json!({"if": [{"in": [{"var": "group"}, ["internal"]]}, "on", "off"]}),
            json!({"if": [{"in": [{"var": "group"}, ["internal", "x"]]}, "on", "on"]}),
            json!({"if": [{"in": [{"var": "group"}, ["internal", "x"]]}, "off", "on"]}),
            json!({"if": [{"in": [{"var": "group"}, ["internal", "x"]]}, "on"]}),
            json!({"if": [{"!": {"in": [{"var": "group"}, ["internal", "x"]]}}, "on", "off"]}),
            json!({"if": ["off"]}),
            json!({"if": []}),
            json!({"if": [{"in": [{"var": "group"}, ["internal", "x"]]}, "on", {"if": [true, "on", "off"]}]}),
            json!({"in": ["@corp.com", {"var": "email"}]}),
            json!({"$ref": "staff"}),
            json!("on"),
            json!("off"),
            json!(true),
            json!([]),
        ] {
            assert!(recognise(&targeting, &variants(), &cohorts()).is_err(), "{targeting}");
        }
    }
}
