//! Two thousand users, and whom a stage is to serve among them.
#![allow(dead_code, missing_docs)]

use std::collections::BTreeSet;

use gonogo::runbook::Exposure;
use serde_json::{Value, json};

pub const USERS: usize = 2_000;
const COHORT_EVERY: usize = 40;

/// Every user as an SDK is told of them.
pub fn contexts() -> Value {
    let group = |i: usize| if i.is_multiple_of(COHORT_EVERY) { "internal" } else { "customer" };
    (0..USERS).map(|i| json!({"userId": format!("user-{i}"), "properties": {"group": group(i)}})).collect()
}

/// Whom Unleash's own definition of a gradual rollout puts into the first `percent`.
fn in_percent(flag: &str, i: usize, percent: u8) -> bool {
    let hash = murmur3::murmur3_32(&mut format!("{flag}:user-{i}").as_bytes(), 0).expect("a hash");
    hash % 100 < u32::from(percent)
}

/// Who is to be served.
pub fn expected(flag: &str, target: &Exposure) -> BTreeSet<usize> {
    let internal = target.cohorts.contains("internal");
    (0..USERS)
        .filter(|&i| (internal && i.is_multiple_of(COHORT_EVERY)) || in_percent(flag, i, target.percent.get()))
        .collect()
}
