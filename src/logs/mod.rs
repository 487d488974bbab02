//! Logs: the port, and one file per kind of source. What is read is evidence, never a verdict.

pub mod loki;
mod query;

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, Utc};
pub use query::{Meant, fill};

use crate::{fault::Fault, snapshot::Span};

/// A source of log lines.
#[async_trait]
pub trait Logs: Send + Sync {
    /// What it is and where, as it may be shown: `loki at https://logs.example`.
    fn place(&self) -> String;

    /// The newest lines that the query finds within the span, at most `most` of them; oldest first.
    ///
    /// # Errors
    /// When they cannot be had: what failed, on what, and what next.
    async fn read(&self, query: &str, span: Span, most: usize) -> Result<LogLines, Fault>;
}

/// What a query found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogLines {
    /// The lines, oldest first.
    pub lines: Vec<LogLine>,
    /// Whether there were as many as were asked for: there may be older ones.
    pub more: bool,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LogLine {
    /// Nanoseconds since 1970.
    pub at: i64,
    /// The stream that it is from: label name to value.
    pub labels: BTreeMap<String, String>,
    /// As it was logged; from outside.
    pub text: String,
}

impl LogLine {
    /// As it is kept: instant, labels, text. Not made harmless yet.
    pub fn written(&self) -> String {
        let at: DateTime<Utc> = DateTime::from_timestamp_nanos(self.at);
        let labels: Vec<String> = self.labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
        format!("{} {{{}}} {}", at.to_rfc3339_opts(SecondsFormat::Nanos, true), labels.join(","), self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_written_with_its_instant_and_its_stream() {
        let labels = BTreeMap::from([("app".to_owned(), "api".to_owned()), ("a".to_owned(), "\"".to_owned())]);
        let line = LogLine { at: 1_570_818_238_000_000_001, labels, text: "stored".to_owned() };
        assert_eq!(line.written(), r#"2019-10-11T18:23:58.000000001Z {a="\"",app="api"} stored"#);
    }
}
