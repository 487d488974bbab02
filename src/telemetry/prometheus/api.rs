//! The two questions that are asked: what time is it, and what does this query say at that time.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde::Deserialize;
use tokio::sync::Semaphore;

use super::wire::{Envelope, Number, Series};
use crate::{
    fault::{Fault, FaultKind},
    http::{
        Answer, Body, Http,
        asked::{Asked, Outcome, Told},
    },
};

/// Requests that are under way at one time. More make no server faster, and crowd out its other users.
const AT_ONCE: usize = 8;

/// A larger answer is decoded on a thread of its own: this one may have a screen to draw.
const LARGE: usize = 64 << 10;

/// A Prometheus server, or one that answers like it, and what is known of it. Several sources may ask it.
pub struct Server {
    http: Http,
    permits: Arc<Semaphore>,
    asked: Asked,
    /// The latest `Date` header, and when it was received.
    date: Mutex<Option<(DateTime<Utc>, Instant)>>,
    marks_ends: AtomicBool,
}

impl Server {
    /// The server that this client talks to.
    pub fn new(http: Http) -> Self {
        Self {
            http,
            permits: Arc::new(Semaphore::new(AT_ONCE)),
            asked: Asked::default(),
            date: Mutex::new(None),
            marks_ends: AtomicBool::new(false),
        }
    }

    /// The client.
    pub fn http(&self) -> &Http {
        &self.http
    }
}

/// A server, asked by one source.
pub struct Api {
    shared: Arc<Server>,
    /// Who asks, among all who ask this server.
    me: u64,
}

/// What was made of an answer.
pub struct Answered<T> {
    /// That.
    pub result: T,
    /// The server's words, if it says that the answer is incomplete.
    pub warning: Option<String>,
}

impl Api {
    pub fn new(shared: Arc<Server>) -> Self {
        let me = shared.asked.asker();
        Self { shared, me }
    }

    /// Where it is, as it may be shown.
    pub fn address(&self) -> &str {
        &self.shared.http.endpoint().base
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.shared.http.endpoint().name
    }

    /// The server's clock, and the instant here at which it showed that.
    pub async fn clock(&self) -> Result<(DateTime<Utc>, Instant), Fault> {
        let told = self.ask("time()", None).await?;
        let asked = told.sent + told.received.duration_since(told.sent) / 2;
        let number = understood(&self.server(), &told.answer, |number: Number, _| {
            self.shared.marks_ends.store(number.is_vector(), Ordering::Relaxed);
            number.get()
        })?;
        number
            .result
            .filter(|seconds| seconds.is_finite())
            .and_then(|seconds| DateTime::from_timestamp_millis((seconds * 1000.0) as i64))
            .map(|time| (time, asked))
            .ok_or_else(|| {
                fault(&self.server(), FaultKind::Malformed, "answered time() with something else than a time")
            })
    }

    /// The clock of whoever wrote the latest `Date` header: coarser, and perhaps a proxy's.
    pub fn last_date(&self) -> Option<(DateTime<Utc>, Instant)> {
        self.shared.date.lock().ok().and_then(|date| *date)
    }

    /// Whether a NaN among the samples is no sample, but the server's mark for the end of a series. Prometheus keeps
    /// such marks to itself. VictoriaMetrics, known by its answer to `time()`, gives them away, and stores no other NaN.
    pub fn marks_ends(&self) -> bool {
        self.shared.marks_ends.load(Ordering::Relaxed)
    }

    /// What `query` says at `at`, in whole seconds since 1970. `read` is told the warning, too: it must take in both or
    /// neither, for whoever asked may have given up.
    pub async fn query<T: Send + 'static>(
        &self,
        query: &str,
        at: i64,
        read: impl FnOnce(Vec<Series<'_>>, Option<&str>) -> T + Send + 'static,
    ) -> Result<Answered<T>, Fault> {
        let told = self.ask(query, Some(at)).await?;
        let server = self.server();
        if told.answer.body.len() < LARGE {
            return understood(&server, &told.answer, read);
        }
        let server_too = server.clone();
        tokio::task::spawn_blocking(move || understood(&server, &told.answer, read))
            .await
            .unwrap_or_else(|_| Err(fault(&server_too, FaultKind::Malformed, "answered with what cannot be decoded")))
    }

    fn server(&self) -> String {
        format!("{} at {}", self.name(), self.address())
    }

    async fn ask(&self, query: &str, at: Option<i64>) -> Outcome {
        let http = &self.shared.http;
        let limit = http.endpoint().timeout;
        let send = || {
            let (http, permits) = (http.clone(), Arc::clone(&self.shared.permits));
            let mut form = vec![
                ("query", query.to_owned()),
                // A little less than what is waited here, so that the server's own words arrive.
                ("timeout", format!("{}ms", (limit.as_millis() * 9 / 10).max(1))),
                // VictoriaMetrics answers for half a minute ago without it; Prometheus does not know it.
                ("nocache", "1".to_owned()),
            ];
            form.extend(at.map(|at| ("time", at.to_string())));
            async move {
                // The semaphore is never closed.
                let _permit = permits.acquire().await;
                let sent = Instant::now();
                let answer = http.send(Method::POST, "api/v1/query", &[], Body::Form(&form)).await?;
                Ok(Arc::new(Told { answer, sent, received: Instant::now() }))
            }
        };
        let told = self.shared.asked.once(self.me, query, at, send).await?;
        if let (Some(date), Ok(mut last)) = (told.answer.date, self.shared.date.lock()) {
            // Cut to whole seconds: half a second later is the best guess.
            *last = Some((date + TimeDelta::milliseconds(500), told.received));
        }
        Ok(told)
    }
}

fn understood<'a, R: Deserialize<'a>, T>(
    server: &str,
    answer: &'a Answer,
    read: impl FnOnce(R, Option<&str>) -> T,
) -> Result<Answered<T>, Fault> {
    let envelope: Envelope<R> = answer.parse(server)?;
    if envelope.status != "success" {
        let words = envelope.error.unwrap_or_else(|| "no reason given".to_owned());
        return Err(fault(server, FaultKind::Server, &format!("answered with an error: {}", short(&words))));
    }
    let Some(data) = envelope.data else {
        return Err(fault(server, FaultKind::Malformed, "answered without data"));
    };
    let warning = match envelope.warnings.as_deref() {
        Some([first, rest @ ..]) => {
            let more = if rest.is_empty() { String::new() } else { format!(" (and {} more)", rest.len()) };
            Some(format!("{}{more}", short(first)))
        }
        _ => envelope.is_partial.then(|| "a storage node did not answer".to_owned()),
    };
    Ok(Answered { result: read(data.result, warning.as_deref()), warning })
}

fn fault(server: &str, kind: FaultKind, what: &str) -> Fault {
    let next = match kind {
        FaultKind::Server => "check the signal's `prometheus` entry in the runbook, and the server's log",
        _ => "check that the address is that of a Prometheus API",
    };
    Fault::new(kind, format!("{server} {what}"), next)
}

fn short(text: &str) -> String {
    crate::text::clean(text).chars().take(200).collect()
}
