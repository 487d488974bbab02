//! Grafana Loki: log lines by a LogQL query, over `GET /loki/api/v1/query_range`.

mod wire;

use std::collections::HashSet;

use async_trait::async_trait;

use super::{LogLine, LogLines, Logs};
use crate::{
    fault::{Fault, FaultKind},
    http::Http,
    snapshot::Span,
    text::clean,
};

/// A Loki server, or one that answers like it.
pub struct Loki {
    http: Http,
}

impl Loki {
    /// One that is reached by this client.
    pub fn new(http: Http) -> Self {
        Self { http }
    }

    fn fault(&self, kind: FaultKind, what: &str, next: &str) -> Fault {
        Fault::new(kind, format!("{} {what}", self.place()), next)
    }

    /// The server's words for a status, and what to do about it where that is not what it is for other servers.
    fn said(&self, fault: Fault) -> Fault {
        let next = match fault.kind {
            FaultKind::Server if fault.what.contains("(400") => "correct the item's query in the runbook",
            // How long the server said itself.
            FaultKind::Server if fault.next.starts_with("wait ") => return fault,
            FaultKind::Server if fault.what.contains("(429") => "wait a little, then fetch again",
            FaultKind::TooLarge => "narrow the item's query in the runbook, or its `within`",
            FaultKind::Timeout => "narrow the item's query, or give its profile a longer timeout",
            FaultKind::NotFound => "give Loki's own address, without /loki/api",
            _ => return fault,
        };
        Fault { next: next.to_owned(), ..fault }
    }
}

#[async_trait]
impl Logs for Loki {
    fn place(&self) -> String {
        let endpoint = self.http.endpoint();
        format!("{} at {}", endpoint.name, endpoint.base)
    }

    async fn read(&self, query: &str, (from, to): Span, most: usize) -> Result<LogLines, Fault> {
        let nanoseconds = |at: chrono::DateTime<chrono::Utc>| {
            let odd = || self.fault(FaultKind::Configuration, "cannot be asked of that time", "ask for less far back");
            at.timestamp_nanos_opt().map(|at| at.to_string()).ok_or_else(odd)
        };
        let asked = [
            ("query", query.to_owned()),
            ("start", nanoseconds(from)?),
            ("end", nanoseconds(to)?),
            ("limit", most.to_string()),
            ("direction", "backward".to_owned()),
        ];
        let answer = self.http.get("loki/api/v1/query_range", &asked).await;
        let answer = answer.map_err(|fault| self.said(fault))?;
        let found: wire::Answer = answer.json(&self.place())?;
        if found.status != "success" {
            let words = clean(found.error.as_deref().unwrap_or("no reason given"));
            let what = format!("answered with an error: {}", words.chars().take(200).collect::<String>());
            return Err(self.fault(FaultKind::Server, &what, "look at the server's log"));
        }
        let Some(data) = found.data else {
            return Err(self.fault(FaultKind::Malformed, "answered without data", "check that the address is Loki's"));
        };
        if data.kind != "streams" {
            let kind: String = clean(&data.kind).chars().take(20).collect();
            let what = format!("answered with numbers ({kind}) instead of log lines");
            return Err(self.fault(FaultKind::Configuration, &what, "give the item a query for lines, not a metric"));
        }
        let streams = wire::streams(data.result.get()).map_err(|why| {
            let what = format!("answered with what are no log lines: {why}");
            self.fault(FaultKind::Malformed, &what, "check what stands between here and the server")
        })?;
        Ok(merged(streams, most))
    }
}

/// All streams in one, oldest first; a line that came twice is one line. Lines of one instant stay together by stream, and
/// in the order in which they were written: a text over several lines, such as a key, is only known as one in that order.
fn merged(streams: Vec<wire::Stream>, most: usize) -> LogLines {
    let each = streams.into_iter().flat_map(|wire::Stream { stream, mut values }| {
        // The newest first, as asked for, and so within one instant; a server that answers the other way round is believed.
        let ascends = values.first().zip(values.last()).is_some_and(|(first, last)| first.at < last.at);
        if !ascends {
            values.reverse();
        }
        values.into_iter().map(move |wire::Value { at, line }| LogLine { at, labels: stream.clone(), text: line })
    });
    let mut lines: Vec<LogLine> = each.collect();
    let found = lines.len();
    // Stable: of lines of one instant, only their streams know the order.
    lines.sort_by_key(|line| line.at);
    let mut seen = HashSet::new();
    let mut first_time = lines.iter().map(|line| seen.insert(line)).collect::<Vec<bool>>().into_iter();
    lines.retain(|_| first_time.next().unwrap_or(true));
    // A server that gives more than it was asked for: the newest count.
    lines.drain(..lines.len().saturating_sub(most));
    LogLines { lines, more: found >= most }
}
