//! The guard: nobody looks, and somebody must. It watches with the same poller and judge as the cockpit, says what
//! changes, tells people, and rolls back where the runbook marks the trigger automatic and the operator armed it.
//!
//! It never advances, adopts or restores. `changes` and `decision` are pure; `run` is the shell around them.

mod act;
mod attending;
mod changes;
mod decision;
mod facts;
mod line;
mod past;
mod progress;
mod run;
mod words;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

pub use changes::Changes;
pub use decision::{Decision, Guard, Why};
pub use line::{Lines, line};
pub use run::{Options, run};

/// Something worth saying.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// Which kind of news: `trigger-tripped`, `source-failing`.
    pub event: &'static str,
    /// What happened, in one line.
    pub what: String,
    /// Why, in one line; empty where there is nothing to say.
    pub reason: String,
    /// Since when, where that is known.
    pub since: Option<DateTime<Utc>>,
    /// Whether people are told, beside the log.
    pub tell: bool,
    /// Further facts, for machines.
    pub facts: Map<String, Value>,
}

impl Said {
    /// For the log alone.
    pub fn new(event: &'static str, what: impl Into<String>) -> Self {
        let (reason, since) = (String::new(), None);
        Self { event, what: what.into(), reason, since, tell: false, facts: Map::new() }
    }

    /// With a reason.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }

    /// With the time of its beginning.
    #[must_use]
    pub fn since(mut self, since: Option<DateTime<Utc>>) -> Self {
        self.since = since;
        self
    }

    /// With a fact for machines.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(key.to_owned(), value.into());
        self
    }

    /// And people are told.
    #[must_use]
    pub fn told(mut self) -> Self {
        self.tell = true;
        self
    }
}
