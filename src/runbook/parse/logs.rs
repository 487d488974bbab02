//! Log lines as evidence: the query that finds them.

use std::time::Duration;

use super::{nearest::nearest, value::Value};
use crate::runbook::LogRead;

/// How far back logs are looked at where nothing is said.
const WITHIN: Duration = Duration::from_secs(24 * 60 * 60);
/// What is filled in.
const PLACEHOLDERS: [&str; 2] = ["environment", "candidate"];

/// `{ environment = "staging", query = '{service="api", environment="{environment}"}', within = "24h" }`
pub(super) fn logs(value: &Value<'_>) -> Option<LogRead> {
    value.table(|t| {
        let logs = LogRead {
            query: t.need("query", query),
            environment: t.need("environment", Value::slug),
            within: t.optional("within", Value::duration).unwrap_or(WITHIN),
        };
        t.finish();
        Some(logs)
    })
}

/// Braces are LogQL's own as well: only a slip in one of the placeholders is refused. Nobody would fill it in, and
/// nothing would be found.
fn query(value: &Value<'_>) -> Option<String> {
    let query = value.name()?;
    let braced = query.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(word, _)| word);
    let slip = braced.filter(|word| !PLACEHOLDERS.contains(word)).find_map(|word| nearest(word, PLACEHOLDERS));
    match slip {
        Some(meant) => value.refuse(format!("expected a known placeholder; did you mean `{{{meant}}}`?")),
        None => Some(query),
    }
}
