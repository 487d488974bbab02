//! The words in which a runbook's parts are said.

use std::time::Duration;

use crate::runbook::{MatchOp, Matcher, Selection};

pub(super) fn named(title: &str, key: &str) -> String {
    format!("{title} [{key}]")
}

pub(super) fn selection(selection: &Selection) -> String {
    selection.signal.clone() + &conditions(&selection.matchers)
}

/// ` where a is x or y and b is not z`
pub(super) fn conditions(matchers: &[Matcher]) -> String {
    let all: Vec<String> = matchers
        .iter()
        .map(|matcher| match &matcher.op {
            MatchOp::In(values) => format!("{} is {}", matcher.field, any_of(values)),
            MatchOp::NotIn(values) => format!("{} is not {}", matcher.field, any_of(values)),
        })
        .collect();
    if all.is_empty() { String::new() } else { format!(" where {}", all.join(" and ")) }
}

pub(super) fn any_of(values: &[String]) -> String {
    let shown: Vec<&str> = values.iter().map(|value| if value.is_empty() { "\"\"" } else { value }).collect();
    shown.join(" or ")
}

/// A share as a percentage, without digits that say nothing.
pub(super) fn percent(share: f64) -> String {
    let digits = format!("{:.6}", share * 100.0);
    format!("{} %", digits.trim_end_matches('0').trim_end_matches('.'))
}

/// A duration in its largest whole unit up to hours, as rollouts speak of them.
pub(super) fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds % 3600, seconds % 60) {
        (0, _) => format!("{} h", seconds / 3600),
        (_, 0) => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}
