//! The product's side: counters of which every increment is known, first as history, then live.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use chrono::Utc;

use super::{
    faulty::{Faulty, Reply},
    prometheus::Known,
};

pub const UPLOADS: &str = "vfs_secure_upload_total";
pub const PATHS: &str = "vfs_upload_total";
pub const BLOBS: &str = "vfs_blob_flush_operation_total";
pub const FAILURES: &str = "vfs_secure_upload_failure_total";
pub const GUARDRAILS: &str = "vfs_sync_guardrail_violation_total";
pub const STORAGE: &str = "vfs_blob_storage_error_total";
pub const MISMATCHES: &str = "vfs_envelope_mismatch_total";

/// Seconds between two samples of the history.
const STEP: i64 = 15;

/// One counter of one process: what each of its samples shows to have been added.
#[derive(Debug, Clone)]
pub struct Series {
    pub metric: &'static str,
    pub labels: BTreeMap<&'static str, String>,
    /// What it had counted before its first sample.
    before: u64,
    /// `(seconds since 1970, how many more)`, one for each sample.
    shows: Vec<(i64, u64)>,
    /// Samples before which the process began anew.
    restarts: BTreeSet<i64>,
    /// Whether it goes on after the history.
    pub lives: bool,
    /// Whether two servers scraped it, behind a store that keeps both copies.
    twice: bool,
}

impl Series {
    /// A process's counter that is first seen at `from` and last at `to`, `each` more at every sample before `quiet`.
    fn new(
        metric: &'static str,
        labels: &[(&'static str, &str)],
        (from, to): (i64, i64),
        each: u64,
        quiet: i64,
    ) -> Self {
        let shows = (from..=to).step_by(STEP as usize).map(|at| (at, if at < quiet { each } else { 0 })).collect();
        let labels = labels.iter().map(|&(name, value)| (name, value.to_owned()));
        let labels = [("environment", "production".to_owned())].into_iter().chain(labels).collect();
        Self { metric, labels, before: 0, shows, restarts: BTreeSet::new(), lives: false, twice: false }
    }

    /// One that appears with `n` and stays there.
    fn once(metric: &'static str, labels: &[(&'static str, &str)], at: i64, n: u64, end: i64) -> Self {
        let mut series = Self::new(metric, labels, (at, end), 0, at);
        series.shows[0].1 = n;
        series
    }

    fn living(self) -> Self {
        Self { lives: true, ..self }
    }

    /// There a day and more before, at so much.
    fn since_ever(mut self, before: u64) -> Self {
        let first = self.shows[0].0;
        self.shows.splice(0..0, (first - 26 * 3600..first).step_by(60).map(|at| (at, 0)));
        Self { before, ..self }
    }

    fn restarted(mut self, at: i64) -> Self {
        self.restarts.insert(at);
        self
    }

    /// Not scraped in `from..to`: the next sample shows all that was added meanwhile.
    fn unscraped(mut self, from: i64, to: i64) -> Self {
        let missed = self.added(from, to);
        let next = self.shows.iter_mut().find(|(at, _)| *at >= to);
        next.into_iter().for_each(|(_, n)| *n += missed);
        self.shows.retain(|(at, _)| !(from..to).contains(at));
        self
    }

    fn twice(self) -> Self {
        Self { twice: true, ..self }
    }

    fn elsewhere(mut self, environment: &str) -> Self {
        self.labels.insert("environment", environment.to_owned());
        self
    }

    pub fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }

    /// What it added in `from..to`: the truth.
    pub fn added(&self, from: i64, to: i64) -> u64 {
        self.shows.iter().filter(|(at, _)| (from..to).contains(at)).map(|(_, n)| n).sum()
    }

    /// What is scraped of it.
    fn values(&self) -> Vec<(i64, u64)> {
        let mut value = self.before;
        let sample = |&(at, n): &(i64, u64)| {
            value = if self.restarts.contains(&at) { n } else { value + n };
            (at, value)
        };
        self.shows.iter().map(sample).collect()
    }

    fn exposition(&self) -> String {
        let labels: Vec<String> = self.labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
        labels.join(",")
    }
}

/// A counter's metric and labels, and how many more.
pub type Increment<'a> = (&'static str, &'a [(&'static str, &'a str)], u64);

/// What the product did, and does.
pub struct Fleet {
    /// The end of the history: nothing was added from the minute on in which it lies.
    pub end: i64,
    pub series: Vec<Series>,
    target: Faulty,
    live: Arc<Mutex<BTreeMap<(&'static str, String), u64>>>,
}

impl Fleet {
    /// Five hours of healthy production beside a staging environment that burns; with incidents, a production in which
    /// everything went wrong that can be told.
    pub async fn new(incidents: bool) -> Self {
        Self::until(Utc::now().timestamp(), incidents).await
    }

    /// The same, which ended at `now`.
    pub async fn until(now: i64, incidents: bool) -> Self {
        let end = now.div_euclid(STEP) * STEP;
        let mut series = healthy(end);
        if incidents {
            series.extend(bad(end));
            series.extend(hard_to_count(end));
            // For some minutes of the stage before, nobody was scraped.
            let silence = (end.div_euclid(60) * 60 - 7170, end.div_euclid(60) * 60 - 6900);
            series = series.into_iter().map(|series| series.unscraped(silence.0, silence.1)).collect();
        }
        let live: BTreeMap<_, _> = series
            .iter()
            .filter(|series| series.lives)
            .map(|series| ((series.metric, series.exposition()), series.values().last().expect("a sample").1))
            .collect();
        let live = Arc::new(Mutex::new(live));
        let counters = Arc::clone(&live);
        let target = Faulty::scripted(move |_| {
            let counters = counters.lock().expect("no poison");
            let text = counters.iter().map(|((metric, labels), value)| format!("{metric}{{{labels}}} {value}\n"));
            Reply::status(200, "text/plain; version=0.0.4", text.collect::<String>())
        })
        .await;
        Self { end, series, target, live }
    }

    pub fn target(&self) -> SocketAddr {
        self.target.address
    }

    /// The history as a server stores it: a series that lives on is the one that is scraped afterwards.
    pub fn history(&self) -> Vec<Known> {
        let mut history = Vec::new();
        for series in &self.series {
            let instance = match series.labels.contains_key("instance") {
                true => String::new(),
                false => format!(",instance=\"{}\"", self.target()),
            };
            let labels = format!("{}{instance},job=\"live\"", series.exposition());
            let samples: Vec<(i64, f64)> =
                series.values().iter().map(|&(at, value)| (at * 1000, value as f64)).collect();
            if !series.twice {
                history.push(Known { metric: series.metric, labels, samples });
                continue;
            }
            // The second server scrapes four seconds later, and was not there for the third of the time.
            let of = |server: &str| format!("{labels},prometheus_replica=\"{server}\"");
            let there = |(i, (at, value)): (usize, &(i64, f64))| {
                (i < samples.len() / 2 || i > samples.len() * 5 / 6).then_some((at + 4_000, *value))
            };
            let second = samples.iter().enumerate().filter_map(there).collect();
            history.push(Known { metric: series.metric, labels: of("b"), samples: second });
            history.push(Known { metric: series.metric, labels: of("a"), samples });
        }
        history
    }

    /// From the next scrape on the product shows so many more; a counter that was not there is born.
    pub fn add(&self, more: &[Increment<'_>]) {
        let mut live = self.live.lock().expect("no poison");
        for &(metric, labels, n) in more {
            let series = Series::new(metric, labels, (0, 0), 0, 0);
            *live.entry((metric, series.exposition())).or_insert(0) += n;
        }
    }
}

fn healthy(end: i64) -> Vec<Series> {
    let quiet = end.div_euclid(60) * 60;
    let start = quiet - 5 * 3600;
    let attach = ("operation_kind", "attach");
    let failed = ("message", "Secure upload failed (stage_attach)");
    vec![
        // There before at a high count, restarted twice.
        Series::new(UPLOADS, &[("success", "true"), ("pod", "a")], (start, end), 20, quiet)
            .since_ever(70_000)
            .restarted(quiet - 2 * 3600)
            .restarted(quiet - 2010)
            .living(),
        // A pod that came and went, and one of its name after it.
        Series::new(UPLOADS, &[("success", "true"), ("pod", "b")], (quiet - 3000, quiet - 1500), 5, quiet),
        Series::new(
            UPLOADS,
            &[("success", "true"), ("pod", "b"), ("build", "2")],
            (quiet - 1200, quiet - 900),
            5,
            quiet,
        ),
        // One that writes booleans as digits.
        Series::new(UPLOADS, &[("success", "1"), ("pod", "c")], (quiet - 1800, end), 3, quiet).living(),
        // The first failure ever, and one of the stage before.
        Series::once(
            UPLOADS,
            &[("success", "false"), ("fail_stage", "stage_attach"), ("pod", "a")],
            quiet - 2400,
            1,
            end,
        )
        .living(),
        Series::once(
            UPLOADS,
            &[("success", "false"), ("fail_stage", "flush"), ("pod", "z")],
            quiet - 9000,
            1,
            quiet - 8000,
        ),
        Series::new(PATHS, &[("path", "secure"), ("secure_flag", "on")], (start, end), 23, quiet).living(),
        Series::new(BLOBS, &[attach, ("success", "true"), ("status_code", "200")], (start, end), 23, quiet).living(),
        Series::once(BLOBS, &[attach, ("success", "false"), ("status_code", "500")], quiet - 2400, 1, end).living(),
        Series::new(BLOBS, &[("operation_kind", "chunk"), ("success", "true")], (start, end), 40, quiet).living(),
        Series::once(FAILURES, &[failed], quiet - 2400, 1, end).living(),
        // What stands since before anybody looked has not happened in this rollout.
        Series::once(GUARDRAILS, &[("stage", "reconcile"), ("code", "old")], start, 0, end).since_ever(3).living(),
        // Another environment, on fire.
        Series::new(UPLOADS, &[("success", "false"), ("fail_stage", "flush")], (start, end), 900, quiet)
            .elsewhere("staging")
            .living(),
        Series::once(GUARDRAILS, &[("stage", "pull"), ("code", "x")], quiet - 900, 7, end)
            .elsewhere("staging")
            .living(),
        Series::new(PATHS, &[("path", "legacy"), ("secure_flag", "on")], (start, end), 9, quiet).elsewhere("staging"),
    ]
}

/// Healthy, but not easily counted.
fn hard_to_count(end: i64) -> Vec<Series> {
    let quiet = end.div_euclid(60) * 60;
    let of = |pod| [("success", "true"), ("pod", pod)];
    let on = |pod, instance| [("success", "true"), ("pod", pod), ("instance", instance)];
    vec![
        // Scraped by two servers, over a restart; the second pod was there before anybody looked.
        Series::new(UPLOADS, &of("d"), (quiet - 4005, quiet - 600), 4, quiet).restarted(quiet - 2505).twice(),
        Series::new(UPLOADS, &of("e"), (quiet - 4 * 3600, quiet - 1200), 2, quiet)
            .since_ever(9_000)
            .restarted(quiet - 1995)
            .twice(),
        // Alone not scraped for a while.
        Series::new(UPLOADS, &of("f"), (quiet - 3300, end), 3, quiet).unscraped(quiet - 2010, quiet - 1710).living(),
        // Gone, and back under the same name elsewhere.
        Series::new(UPLOADS, &on("g", "10.0.0.1:9464"), (quiet - 3600, quiet - 2700), 2, quiet),
        Series::new(UPLOADS, &on("g", "10.0.0.2:9464"), (quiet - 2400, quiet - 1500), 2, quiet),
    ]
}

fn bad(end: i64) -> Vec<Series> {
    let quiet = end.div_euclid(60) * 60;
    let replay = [("stage", "pull"), ("code", "pullDuplicateOpReplay")];
    let of = |pod| [replay[0], replay[1], ("pod", pod)];
    let cursor = [("stage", "reconcile"), ("code", "reconcileCursorRegression")];
    vec![
        // In the last quarter of an hour, by two pods; in the last hour; in the stage before.
        Series::once(GUARDRAILS, &of("a"), quiet - 300, 1, quiet - 240),
        Series::once(GUARDRAILS, &of("b"), quiet - 360, 2, end).living(),
        Series::once(GUARDRAILS, &of("c"), quiet - 2400, 4, quiet - 2000).twice(),
        Series::once(GUARDRAILS, &cursor, quiet - 6000, 8, quiet - 5000),
        // Nobody listed it.
        Series::once(GUARDRAILS, &[("stage", "hydrate"), ("code", "brandNew")], quiet - 420, 1, end).living(),
        Series::once(PATHS, &[("path", "legacy"), ("secure_flag", "on")], quiet - 600, 3, end).living(),
        Series::once(STORAGE, &[("code", "NoSuchKey")], quiet - 500 / STEP * STEP, 1, end).living(),
        Series::once(FAILURES, &[("message", "Oops")], quiet - 1200, 2, end).living(),
        Series::once(MISMATCHES, &[("route", "attach")], quiet - 1800, 5, quiet - 1700),
        Series::new(UPLOADS, &[("success", "0"), ("fail_stage", "register")], (quiet - 2700, quiet - 1800), 2, quiet),
        Series::new(
            BLOBS,
            &[("operation_kind", "stage"), ("success", "false")],
            (quiet - 2700, quiet - 2400),
            1,
            quiet,
        ),
    ]
}
