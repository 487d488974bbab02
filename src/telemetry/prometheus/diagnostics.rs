//! What is kept of an incident from Prometheus: each query behind the runbook's signals, and its answer as it came.
//!
//! For each counter its raw samples are asked for (`metric{...}[range]`), as gonogo itself counts them; beside them what
//! the server says of itself. None of it goes through the polls, and a server that hangs costs [`PATIENCE`], no more.

use std::{fmt::Write as _, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::{StreamExt, future::BoxFuture};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use crate::{
    fault::{Fault, FaultKind},
    http::{Body, Http, Raw},
    runbook::{Condition, Outcome, Runbook, Selection, Signal, TripWire},
    telemetry::{Diagnostics, Exhibit},
};

/// Of one answer no more than this is kept, in bytes.
const ANSWER: usize = 16 << 20;
/// Of all answers no more than this.
const ALL: usize = 64 << 20;
/// After this it ends, whatever is missing.
const PATIENCE: Duration = Duration::from_secs(20);
/// Questions under way at one time.
const AT_ONCE: usize = 4;
/// What is asked for where the whole window is too long for one answer, in seconds.
const SHORT: i64 = 3_600;

/// What the server says of itself; no configuration, which could hold what is none of gonogo's business.
const OF_ITSELF: [&str; 2] = ["api/v1/status/buildinfo", "api/v1/status/runtimeinfo"];

/// Asks a Prometheus server for what is kept.
pub struct Exhibits {
    http: Http,
    queries: Vec<Query>,
}

/// One counter.
struct Query {
    selector: String,
    /// For a file name: the first signal's key.
    key: String,
    /// What rests on it: `signal uploads`, `gate no_failures`.
    behind: Vec<String>,
}

/// One question and what came of it.
struct Asked {
    name: String,
    what: String,
    behind: Vec<String>,
    method: &'static str,
    path: String,
    form: Vec<(&'static str, String)>,
    at: DateTime<Utc>,
    answer: Result<Raw, Fault>,
    /// What is not as it was first asked for.
    instead: Option<String>,
}

impl Exhibits {
    pub fn new(http: Http) -> Self {
        Self { http, queries: Vec::new() }
    }

    /// Has the samples of a signal's counter kept; once for all signals that read the same.
    pub fn ask_for(&mut self, selector: &str, runbook: &Runbook, signal: &Signal) {
        let behind = behind(runbook, &signal.key);
        match self.queries.iter_mut().find(|query| query.selector == selector) {
            Some(query) => query.behind.extend(behind),
            None => {
                self.queries.push(Query { selector: selector.to_owned(), key: signal.key.clone(), behind });
            }
        }
    }

    async fn ask(&self, asked: Asked, until: Instant) -> Asked {
        let method = if asked.method == "GET" { Method::GET } else { Method::POST };
        let body = if asked.form.is_empty() { Body::None } else { Body::Form(&asked.form) };
        let answer = match timeout_at(until, self.http.raw(method, &asked.path, body, ANSWER)).await {
            Ok(answer) => answer,
            Err(_) => Err(Fault::new(
                FaultKind::Timeout,
                format!("it was not answered within the {} s that keeping diagnostics may take", PATIENCE.as_secs()),
                "ask it again by hand; the query is beside this",
            )),
        };
        Asked { answer, ..asked }
    }

    /// The samples of one counter; where they are too many, those of the last hour.
    async fn samples(&self, number: usize, query: &Query, since: i64, at: i64, until: Instant) -> Asked {
        let ask = |range: i64| {
            let form = vec![("query", format!("{}[{range}s]", query.selector)), ("time", at.to_string())];
            let name = format!("{number:02}-{}", file_name(&query.key));
            let what = format!("the raw samples of {} over {range} s", query.selector);
            self.ask(asked(name, what, query.behind.clone(), "POST", "api/v1/query".to_owned(), form), until)
        };
        let range = (at - since).max(60);
        let whole = ask(range).await;
        let refused = match &whole.answer {
            Ok(raw) if raw.cut.is_some() => "longer than can be kept".to_owned(),
            // 422: more samples than the server is willing to load.
            Ok(raw) if raw.status == 422 => "refused by the server (422)".to_owned(),
            _ => return whole,
        };
        if range <= SHORT {
            return whole;
        }
        let instead = format!("the answer over the whole {range} s was {refused}; this is the last hour");
        Asked { instead: Some(instead), ..ask(SHORT).await }
    }
}

#[async_trait]
impl Diagnostics for Exhibits {
    async fn collect(&self, since: DateTime<Utc>, until: DateTime<Utc>) -> Vec<Exhibit> {
        let deadline = Instant::now() + PATIENCE;
        let clock = asked(
            "server-clock".to_owned(),
            "the server's clock".to_owned(),
            Vec::new(),
            "POST",
            "api/v1/query".to_owned(),
            vec![("query", "time()".to_owned())],
        );
        let clock = self.ask(clock, deadline).await;
        // By the server's clock, which the samples are stored by.
        let ahead = clock.answer.as_ref().ok().and_then(server_time).map_or(0, |time| time - clock.at.timestamp());
        let (from, at) = (since.timestamp() + ahead, until.timestamp() + ahead);
        let mut questions: Vec<BoxFuture<'_, Asked>> = Vec::new();
        for (i, query) in self.queries.iter().enumerate() {
            questions.push(Box::pin(self.samples(i + 1, query, from, at, deadline)));
        }
        for path in OF_ITSELF {
            let name = path.rsplit('/').next().unwrap_or(path).to_owned();
            let what = "what the server says of itself".to_owned();
            let asked = asked(name, what, Vec::new(), "GET", path.to_owned(), Vec::new());
            questions.push(Box::pin(self.ask(asked, deadline)));
        }
        let mut answers = futures_util::stream::iter(questions).buffered(AT_ONCE);
        let mut room = ALL;
        let mut exhibits = exhibited(&self.http, clock, &mut room);
        while let Some(answer) = answers.next().await {
            exhibits.extend(exhibited(&self.http, answer, &mut room));
        }
        exhibits
    }
}

fn asked(
    name: String,
    what: String,
    behind: Vec<String>,
    method: &'static str,
    path: String,
    form: Vec<(&'static str, String)>,
) -> Asked {
    // Replaced by the answer; nobody sees it.
    let answer = Err(Fault::new(FaultKind::Timeout, "it was not asked", "ask it by hand"));
    Asked { name, what, behind, method, path, form, at: Utc::now(), answer, instead: None }
}

/// The question as one file, and the answer as another; `room` is what is left of [`ALL`].
fn exhibited(http: &Http, asked: Asked, room: &mut usize) -> Vec<Exhibit> {
    let form: serde_json::Map<String, Value> =
        asked.form.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let mut question = json!({
        "what": asked.what,
        "behind": asked.behind,
        "server": http.endpoint().base,
        "request": format!("{} /{}", asked.method, asked.path),
        "form": form,
        "asked_at": asked.at.to_rfc3339_opts(SecondsFormat::Millis, true),
    });
    let mut note = asked.what;
    let mut left_out: Vec<String> = asked.instead.into_iter().collect();
    let mut answer = None;
    match asked.answer {
        Ok(mut raw) => {
            if raw.body.len() > *room {
                raw.body.truncate(*room);
                raw.cut = Some(format!("all answers together are longer than the {ALL} bytes that are kept"));
            }
            *room -= raw.body.len();
            left_out.extend(raw.cut.map(|cut| format!("the answer ends before its end: {cut}")));
            if raw.scrubbed {
                left_out.push("a secret that the server repeated was replaced by ***".to_owned());
            }
            // Writing to a String does not fail.
            let _ = write!(note, ": HTTP {}, {} bytes", raw.status, raw.body.len());
            question["status"] = json!(raw.status);
            question["bytes"] = json!(raw.body.len());
            question["latency_ms"] = json!(raw.latency.as_millis() as u64);
            answer = Some(raw.body);
        }
        Err(fault) => {
            question["failed"] = json!(fault.to_string());
            left_out.push(format!("not answered: {}", fault.what));
        }
    }
    question["left_out"] = json!(left_out);
    for left_out in &left_out {
        let _ = write!(note, "; {left_out}");
    }
    let note = crate::text::clean(&note);
    let answer = answer.map(|bytes| Exhibit {
        name: format!("queries/{}.answer", asked.name),
        note: format!("the answer to {note}"),
        bytes,
    });
    let bytes = serde_json::to_vec_pretty(&question).unwrap_or_default();
    let question = Exhibit { name: format!("queries/{}.query.json", asked.name), note, bytes };
    [Some(question), answer].into_iter().flatten().collect()
}

/// The time that the server answered to `time()`, in seconds: `{"data":{"result":[TIME,"VALUE"]}}`.
fn server_time(raw: &Raw) -> Option<i64> {
    let answer: Value = serde_json::from_slice(&raw.body).ok()?;
    let seconds: f64 = answer.pointer("/data/result/1")?.as_str()?.parse().ok()?;
    seconds.is_finite().then_some(seconds as i64)
}

/// What of the runbook rests on a signal.
fn behind(runbook: &Runbook, signal: &str) -> Vec<String> {
    let reads = |selections: &[&Selection]| selections.iter().any(|selection| selection.signal == signal);
    let rates: Vec<&str> = runbook
        .rates
        .iter()
        .filter(|rate| {
            let (Outcome::Successes(outcome) | Outcome::Failures(outcome)) = &rate.outcome;
            reads(&[&rate.attempts, outcome])
        })
        .map(|rate| rate.key.as_str())
        .collect();
    let gates = runbook.stages.iter().flat_map(|stage| stage.gates.iter().map(move |gate| (stage, gate)));
    let gates = gates.filter(|(_, gate)| match &gate.condition {
        Condition::SuccessRate { rate } => rates.contains(&rate.as_str()),
        Condition::NoSustainedSpike { rates: named } => named.iter().any(|rate| rates.contains(&rate.as_str())),
        Condition::ZeroTolerance { events, exposure, .. } => reads(&[events, exposure]),
        Condition::DeclaredMessages { events, .. } => reads(&[events]),
        Condition::CanaryControl { canary, control, .. } => {
            reads(&[&canary.events, &canary.exposure, &control.events, &control.exposure])
        }
        _ => false,
    });
    let triggers = runbook.triggers.iter().filter(|trigger| {
        trigger.when.iter().any(|wire| match wire {
            TripWire::FailureRate { rate } => rates.contains(&rate.as_str()),
            TripWire::Repeated { events, .. } | TripWire::Any { events } => reads(&[events]),
            TripWire::Raised => false,
        })
    });
    let mut behind = vec![format!("signal {signal}")];
    behind.extend(rates.iter().map(|rate| format!("rate {rate}")));
    behind.extend(gates.map(|(stage, gate)| format!("gate {} of stage {}", gate.key, stage.key)));
    behind.extend(triggers.map(|trigger| format!("trigger {}", trigger.key)));
    if runbook.guardrails.as_ref().is_some_and(|guardrails| guardrails.signal == signal) {
        behind.push("guardrails".to_owned());
    }
    behind
}

/// Fit for a file name on any platform.
fn file_name(key: &str) -> String {
    key.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' }).take(60).collect()
}
