//! A flag's configuration in one environment, as Unleash's admin API gives it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Everything that decides who is served. Kept whole for the audit log, and what the version is a digest of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Config {
    /// The environment's switch.
    pub(super) enabled: bool,
    pub(super) strategies: Vec<Strategy>,
    /// The segments that the strategies name by id, and those that the runbook names.
    pub(super) segments: Vec<Segment>,
    /// Flags that this one depends on.
    pub(super) dependencies: Vec<Value>,
}

impl Config {
    /// The strategy of this title; the caller knows that there is but one.
    pub(super) fn strategy(&self, title: &str) -> Option<&Strategy> {
        self.strategies.iter().find(|strategy| strategy.title.as_deref() == Some(title))
    }

    /// The segment of this name.
    pub(super) fn segment(&self, name: &str) -> Option<&Segment> {
        self.segments.iter().find(|segment| segment.name == name)
    }
}

/// One activation strategy; who satisfies any of them is served.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Strategy {
    /// Never used under another environment's address: Unleash would change this very strategy all the same.
    pub(super) id: String,
    pub(super) name: String,
    pub(super) title: Option<String>,
    #[serde(default)]
    pub(super) disabled: bool,
    #[serde(default)]
    pub(super) constraints: Vec<Value>,
    #[serde(default)]
    pub(super) variants: Vec<Value>,
    /// None where the answer leaves them out, which is not the same as none being set.
    pub(super) segments: Option<Vec<i64>>,
    #[serde(default)]
    pub(super) parameters: Map<String, Value>,
    /// Whatever else there is, so that a change of it is a change.
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

impl Strategy {
    /// What people call it.
    pub(super) fn label(&self) -> &str {
        self.title.as_deref().filter(|title| !title.is_empty()).unwrap_or(&self.name)
    }

    /// A parameter that is text.
    pub(super) fn parameter(&self, key: &str) -> Option<&str> {
        self.parameters.get(key)?.as_str()
    }
}

/// A named group of users.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Segment {
    pub(super) id: i64,
    pub(super) name: String,
    #[serde(default)]
    pub(super) constraints: Vec<Value>,
}

impl Segment {
    /// Whether it leaves anybody out: without constraints, or with empty ones, it matches everyone.
    pub(super) fn constrains(&self) -> bool {
        let given = |constraint: &Value| {
            let values = constraint.get("values").and_then(Value::as_array).is_some_and(|values| !values.is_empty());
            let value = constraint.get("value").and_then(Value::as_str).is_some_and(|value| !value.is_empty());
            values || value
        };
        self.constraints.iter().any(given)
    }
}
