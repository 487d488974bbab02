//! What is rolled out, and to whom: the flag and the cohorts.

use super::value::Value;
use crate::runbook::{AttributeRule, Cohort, Flag};

/// Longest flag key.
const LONGEST_FLAG: usize = 100;

pub(super) fn flag(value: &Value<'_>) -> Option<Flag> {
    value.table(|t| {
        let flag = Flag { key: t.need("key", flag_key), legacy: t.optional("legacy", flag_key) };
        t.finish();
        Some(flag)
    })
}

/// A flag key stands in addresses, so nothing that could change an address is in it.
fn flag_key(value: &Value<'_>) -> Option<String> {
    value.name_like("a flag's name of letters, digits and . _ ~ : -", |name| {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '~' | ':' | '-');
        (1..=LONGEST_FLAG).contains(&name.len()) && name.chars().all(fits) && !matches!(name, "." | "..")
    })
}

pub(super) fn cohort(value: &Value<'_>) -> Option<Cohort> {
    value.table(|t| {
        let cohort = Cohort {
            key: t.need("key", Value::slug),
            title: t.need("title", Value::words),
            segment: t.optional("unleash", segment),
            attribute: t.optional("flagd", attribute),
        };
        if t.get("unleash").is_none() && t.get("flagd").is_none() {
            t.refuse("expected `unleash` or `flagd`: without them no flag store knows who is in the cohort");
        }
        t.finish();
        Some(cohort)
    })
}

fn segment(value: &Value<'_>) -> Option<String> {
    value.table(|t| {
        let segment = t.need("segment", Value::name);
        t.finish();
        Some(segment)
    })
}

fn attribute(value: &Value<'_>) -> Option<AttributeRule> {
    value.table(|t| {
        let rule = AttributeRule { name: t.need("attribute", Value::name), values: t.full_list("values", Value::name) };
        t.finish();
        Some(rule)
    })
}
