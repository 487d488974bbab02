//! The PromQL selector of a counter, from what the runbook says of it.

use std::collections::BTreeSet;

use crate::{
    fault::{Fault, FaultKind},
    runbook::{MatchOp, PrometheusRead},
};

/// Stands for the environment under rollout in the value of a matcher.
const ENVIRONMENT: &str = "{environment}";

/// What the Prometheus operator names the label by which servers that scrape the same targets differ.
const REPLICA: &str = "prometheus_replica";

/// `metric{label="value",...}`; the same for the same conditions in any order.
///
/// # Errors
/// [`FaultKind::Configuration`] for names that PromQL does not know, and a condition that nothing can meet.
pub fn selector(read: &PrometheusRead, environment: &str) -> Result<String, Fault> {
    let mut parts = Vec::new();
    for matcher in &read.matchers {
        named(&matcher.field)?;
        parts.push(match &matcher.op {
            MatchOp::In(values) if values.is_empty() => {
                return Err(unusable(format!("{} of {} can equal nothing", matcher.field, read.metric)));
            }
            MatchOp::In(values) => condition(&matcher.field, ("=", "=~"), &meant(values, environment)),
            MatchOp::NotIn(values) if values.is_empty() => continue,
            MatchOp::NotIn(values) => condition(&matcher.field, ("!=", "!~"), &meant(values, environment)),
        });
    }
    for label in &read.labels {
        named(label)?;
    }
    parts.sort();
    parts.dedup();
    if read.metric.is_empty() {
        return Err(unusable("a metric without a name".to_owned()));
    }
    let plain = is_name(&read.metric, |c| c == ':');
    if !plain {
        // Names beyond the classic alphabet can be matched as a label, by old servers and new.
        parts.insert(0, format!("__name__={}", quoted(&read.metric)));
    }
    let metric = if plain { read.metric.as_str() } else { "" };
    Ok(if parts.is_empty() { metric.to_owned() } else { format!("{metric}{{{}}}", parts.join(",")) })
}

/// The labels that tell copies of a counter apart, sorted: those that the runbook names, and the one that servers in
/// pairs carry by custom. One that the signal is counted by tells more than copies apart.
pub fn replica_labels(read: &PrometheusRead) -> Vec<String> {
    let named = read.replica_labels.iter().map(String::as_str).chain([REPLICA]);
    let labels: BTreeSet<&str> = named.filter(|name| !read.labels.iter().any(|label| label == name)).collect();
    labels.into_iter().map(str::to_owned).collect()
}

/// The values meant: the environment put in; and `1`/`0` beside `true`/`false`, as some exporters write booleans.
fn meant(values: &[String], environment: &str) -> Vec<String> {
    let mut meant: Vec<String> = values.iter().map(|value| value.replace(ENVIRONMENT, environment)).collect();
    for (word, digit) in [("true", "1"), ("false", "0")] {
        if meant.iter().any(|value| value == word) {
            meant.push(digit.to_owned());
        }
    }
    meant.sort();
    meant.dedup();
    meant
}

fn condition(label: &str, (exact, pattern): (&str, &str), values: &[String]) -> String {
    match values {
        [value] => format!("{label}{exact}{}", quoted(value)),
        // PromQL anchors patterns at both ends by itself.
        values => {
            let alternatives: Vec<String> = values.iter().map(|value| literal(value)).collect();
            format!("{label}{pattern}{}", quoted(&alternatives.join("|")))
        }
    }
}

/// A pattern that matches this text and nothing else.
fn literal(text: &str) -> String {
    text.chars().fold(String::new(), |mut pattern, c| {
        if r"\.+*?()|[]{}^$".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
        pattern
    })
}

/// A PromQL string.
fn quoted(text: &str) -> String {
    let mut string = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => string.push_str("\\\""),
            '\\' => string.push_str("\\\\"),
            '\n' => string.push_str("\\n"),
            c if c.is_ascii_control() => string.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => string.push(c),
        }
    }
    string.push('"');
    string
}

fn is_name(text: &str, also: impl Fn(char) -> bool) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.is_empty()
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || also(c))
}

fn named(label: &str) -> Result<(), Fault> {
    if is_name(label, |_| false) { Ok(()) } else { Err(unusable(format!("{label:?} is no label name"))) }
}

fn unusable(what: String) -> Fault {
    Fault::new(
        FaultKind::Configuration,
        format!("the runbook names what Prometheus cannot be asked for: {what}"),
        "correct the signal's `prometheus` entry in the runbook",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::Matcher;

    fn read(metric: &str, matchers: Vec<(&str, MatchOp)>) -> PrometheusRead {
        let matchers = matchers.into_iter().map(|(field, op)| Matcher { field: field.to_owned(), op }).collect();
        PrometheusRead { metric: metric.to_owned(), matchers, labels: vec!["x".to_owned()], replica_labels: vec![] }
    }

    fn is(values: &[&str]) -> MatchOp {
        MatchOp::In(values.iter().map(|value| (*value).to_owned()).collect())
    }

    fn is_not(values: &[&str]) -> MatchOp {
        MatchOp::NotIn(values.iter().map(|value| (*value).to_owned()).collect())
    }

    #[test]
    fn selectors() {
        for (metric, matchers, expected) in [
            ("up", vec![], "up"),
            ("a:b_c", vec![("environment", is(&["{environment}"]))], r#"a:b_c{environment="prod\"u\\ction"}"#),
            ("m", vec![("z", is(&["1"])), ("a", is_not(&["x"]))], r#"m{a!="x",z="1"}"#),
            ("m", vec![("a", is(&["x.y", "a|b", "("]))], r#"m{a=~"\\(|a\\|b|x\\.y"}"#),
            ("m", vec![("a", is_not(&["x", "y\n"]))], r#"m{a!~"x|y\n"}"#),
            ("m", vec![("ok", is(&["true"]))], r#"m{ok=~"1|true"}"#),
            ("m", vec![("a", is_not(&[]))], "m"),
            ("my.metric-1", vec![("a", is(&[""]))], r#"{__name__="my.metric-1",a=""}"#),
        ] {
            assert_eq!(selector(&read(metric, matchers), "prod\"u\\ction").unwrap(), expected);
        }
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        for bad in [read("m", vec![("a b", is(&["x"]))]), read("m", vec![("a", is(&[]))]), read("", vec![])] {
            assert_eq!(selector(&bad, "production").unwrap_err().kind, FaultKind::Configuration);
        }
        let labels = vec!["x} or up{".to_owned()];
        assert!(selector(&PrometheusRead { labels, ..read("m", vec![]) }, "production").is_err());
    }
}
