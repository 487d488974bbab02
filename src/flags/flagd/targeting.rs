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

/// The targeting that serves `exposure`, which is neither off nor everyone.
pub(super) fn compose(exposure: &Exposure, variants: &Variants, rules: &[(&str, &AttributeRule)]) -> Value {
    let percent = exposure.percent.get();
    let rest = if percent == 0 {
        Value::from(variants.no())
    } else {
        json!({"fractional": [[variants.yes(), percent], [variants.no(), 100 - percent]]})
    };
    rules
        .iter()
        .rev()
        .fold(rest, |rest, (_, rule)| json!({"if": [{"in": [{"var": rule.name}, rule.values]}, variants.yes(), rest]}))
}

/// Whom `targeting` serves, or why that cannot be told.
pub(super) fn recognise(targeting: &Value, variants: &Variants, cohorts: &[Cohort]) -> Result<Exposure, String> {
    if mentions_ref(targeting) {
        return Err("targeting by a shared rule ($ref) that gonogo did not write".to_owned());
    }
    let mut exposure = Exposure::off();
    let mut node = targeting;
    loop {
        let foreign = || format!("targeting that gonogo did not write: {}", excerpt(node));
        match node {
            Value::String(name) if variants.value(name) == Some(false) && !exposure.cohorts.is_empty() => {
                return Ok(exposure);
            }
            Value::Object(operation) if operation.len() == 1 => match operation.iter().next() {
                Some((name, Value::Array(arguments))) if name == "fractional" => {
                    exposure.percent = fraction(arguments, variants).ok_or_else(foreign)?;
                    return Ok(exposure);
                }
                Some((name, Value::Array(arguments))) if name == "if" => {
                    let [condition, Value::String(then), otherwise] = arguments.as_slice() else {
                        return Err(foreign());
                    };
                    let cohort = cohort(condition, cohorts).ok_or_else(foreign)?;
                    if variants.value(then) != Some(true) || !exposure.cohorts.insert(cohort.key.clone()) {
                        return Err(foreign());
                    }
                    node = otherwise;
                }
                _ => return Err(foreign()),
            },
            _ => return Err(foreign()),
        }
    }
}

fn fraction(buckets: &[Value], variants: &Variants) -> Option<Percent> {
    let [yes, no] = buckets else { return None };
    let weight = |bucket: &Value, serves: bool| {
        let [Value::String(name), weight] = bucket.as_array()?.as_slice() else { return None };
        (variants.value(name) == Some(serves)).then(|| weight.as_u64()).flatten()
    };
    let (yes, no) = (weight(yes, true)?, weight(no, false)?);
    (yes.checked_add(no) == Some(100)).then(|| Percent::new(u8::try_from(yes).ok()?)).flatten()
}

fn cohort<'a>(condition: &Value, cohorts: &'a [Cohort]) -> Option<&'a Cohort> {
    let [variable, Value::Array(values)] = condition.as_object()?.get("in")?.as_array()?.as_slice() else {
        return None;
    };
    let name = variable.as_object()?.get("var")?.as_str()?;
    if condition.as_object()?.len() != 1 || variable.as_object()?.len() != 1 {
        return None;
    }
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
            let rules: Vec<_> = chosen.iter().map(|c| (c.key.as_str(), c.attribute.as_ref().unwrap())).collect();
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
