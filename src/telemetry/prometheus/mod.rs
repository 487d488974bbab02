//! The Prometheus HTTP API, and whatever answers like it: VictoriaMetrics, Thanos, Mimir.
//!
//! Counts are exact. Not `increase()`, which extrapolates and cannot see a series' first increment, but the raw
//! samples themselves are asked for (`metric{...}[range]`) and diffed here, series by series.
//!
//! - A value below the one before is a reset, and counts from zero. A series that was not there before counts from
//!   zero, too: its first sample counts whole. One that came and went within the window is in the range like any other.
//! - What a series was before the window is asked for once, when the window's history is read.
//! - An increment is counted at the time of the sample that shows it.
//! - A counter that several servers scrape is counted once, although their store holds a copy of each.
//! - Each counter is asked for once, however many signals are read from it, and only for what is new.

mod api;
mod copies;
mod deployed;
mod diagnostics;
mod feed;
mod ledger;
mod presence;
mod reader;
mod selector;
mod window;
mod wire;

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use api::Api;
pub use api::Server;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use deployed::Question;
use diagnostics::Exhibits;
use feed::{Feed, PATIENCE};
use futures_util::future::{join_all, join3, join4};
use reader::Reader;

use super::{Diagnostics, Telemetry};
use crate::{
    fault::{Fault, FaultKind},
    http::Http,
    runbook::Runbook,
    snapshot::{Deployments, Health, Observation, Poll, Presence, Reading, SourceKind, SourceState, SourceStatus},
};

/// A server's clock further off than this is worth a note.
const SKEW: TimeDelta = TimeDelta::minutes(2);

/// No history is read from further back.
const LONGEST: TimeDelta = TimeDelta::days(90);

/// A Prometheus server as a source of telemetry.
pub struct Prometheus {
    api: Api,
    exhibits: Arc<Exhibits>,
    feeds: Vec<Feed>,
    /// Signals that the runbook does not say how to read from Prometheus.
    unreadable: Vec<String>,
    /// What is asked for what is deployed, where the runbook says how that is told.
    question: Option<Question>,
    /// What this poll was told of that; not known where it could not be asked.
    deployed: Result<Option<BTreeMap<String, u64>>, Fault>,
    /// What was deployed over time, where the past is asked for, with the stretch it was read of, in seconds since 1970.
    deployments: Option<((i64, i64), Deployments)>,
    /// The server's clock minus ours, as last seen.
    skew: Option<TimeDelta>,
    /// Whether `now` is told to be some time ago.
    past: bool,
    /// The beginning of the present window, in seconds since 1970.
    start: Option<i64>,
    /// The server has nothing from before this; none while that is not known.
    data_from: Option<DateTime<Utc>>,
    status: SourceStatus,
}

impl Prometheus {
    /// A source of the runbook's signals in `environment`.
    ///
    /// # Errors
    /// [`FaultKind::Configuration`] for a signal that cannot be asked for in PromQL.
    pub fn new(http: Http, runbook: &Runbook, environment: &str) -> Result<Self, Fault> {
        Self::on(Arc::new(Server::new(http)), runbook, environment)
    }

    /// The same on a server that others ask, too: what several ask at the same instant is asked once, and all of them
    /// together have no more questions under way than one.
    ///
    /// # Errors
    /// As for [`Prometheus::new`].
    pub fn on(server: Arc<Server>, runbook: &Runbook, environment: &str) -> Result<Self, Fault> {
        let mut feeds: Vec<Feed> = Vec::new();
        let mut exhibits = Exhibits::new(server.http().clone());
        let mut unreadable = Vec::new();
        for signal in &runbook.signals {
            let Some(read) = &signal.prometheus else {
                unreadable.push(signal.key.clone());
                continue;
            };
            let selector = selector::selector(read, environment)?;
            exhibits.ask_for(&selector, runbook, signal);
            let reader = Reader::new(runbook, signal, &read.labels);
            let replica_labels = selector::replica_labels(read);
            match feeds.iter_mut().find(|feed| feed.reads(&selector, &replica_labels)) {
                Some(feed) => feed.share(reader),
                None => feeds.push(Feed::new(selector, replica_labels, reader)),
            }
        }
        let told = runbook.deployed.as_ref().and_then(|deployed| deployed.prometheus.as_ref());
        let question = told.map(|read| Question::new(read, environment)).transpose()?;
        let api = Api::new(server);
        let status = SourceStatus::connecting(api.name(), SourceKind::Telemetry, api.address().to_owned());
        let exhibits = Arc::new(exhibits);
        Ok(Self {
            api,
            exhibits,
            feeds,
            unreadable,
            question,
            deployed: Ok(None),
            deployments: None,
            skew: None,
            past: false,
            start: None,
            data_from: None,
            status,
        })
    }

    /// For polls whose `now` is some time ago: what the server knew then, nothing later, is read. Its clock cannot be
    /// compared with that, and is taken to have been right.
    pub fn in_the_past(mut self) -> Self {
        self.past = true;
        self.skew = None;
        self
    }

    /// Takes in the server's clock: what it said of the time, else the date of its latest answer.
    fn correct(&mut self, clock: &Result<(DateTime<Utc>, Instant), Fault>, now: DateTime<Utc>, began: Instant) {
        if self.past {
            self.skew = Some(TimeDelta::zero());
            return;
        }
        let told = clock.as_ref().ok().copied().or_else(|| self.api.last_date());
        if let Some((time, seen)) = told.filter(|(_, seen)| *seen >= began) {
            let here = now + TimeDelta::from_std(seen.saturating_duration_since(began)).unwrap_or_default();
            self.skew = Some(time - here);
        }
    }

    /// Whether the server had any data at the beginning of the window, if that has to be found out.
    ///
    /// Some series of the runbook that was there before is proof, and so is `up` at that time. Without either, nobody
    /// can tell a server that did not run yet (or has forgotten) from one where nothing happened: then the window is
    /// covered from its first sample on only.
    async fn had_data(api: &Api, known: bool, start: i64) -> Option<bool> {
        if known {
            return None;
        }
        api.query("count(up)", start, |series, _| !series.is_empty()).await.ok().map(|answered| answered.result)
    }

    /// Reads all counters up to the server's present. It fails if even the server's clock could not be read.
    async fn read(&mut self, since: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Fault> {
        self.deployed = Ok(None);
        let began = Instant::now();
        let until = tokio::time::Instant::now() + PATIENCE;
        let mut clock = None;
        if self.skew.is_none() {
            let first = self.api.clock().await;
            if let Err(fault) = &first
                && !matches!(fault.kind, FaultKind::Server | FaultKind::Malformed)
            {
                // Each further question would fail like this one, and take as long.
                self.feeds.iter_mut().for_each(|feed| feed.fail(fault));
                return Err(fault.clone());
            }
            self.correct(&first, now, began);
            clock = Some(first);
        }
        let here = now + TimeDelta::from_std(began.elapsed()).unwrap_or_default();
        // The nearest second: servers differ in what they make of fractions. An instant of the past stands still.
        let at = match self.past {
            true => now.timestamp(),
            false => (here + self.skew.unwrap_or_default() + TimeDelta::milliseconds(500)).timestamp(),
        };
        let start = since.timestamp().max(at - LONGEST.num_seconds()).min(at).div_euclid(60) * 60;
        if self.start.is_some_and(|before| start < before) {
            self.data_from = None;
        }
        self.start = Some(start);
        let api = &self.api;
        let fed = join_all(self.feeds.iter_mut().map(|feed| feed.follow(api, start, at, until)));
        let had_data = Self::had_data(api, self.data_from.is_some(), start);
        let deployed = async {
            match &self.question {
                Some(question) => question.ask(api, at).await,
                None => Ok(None),
            }
        };
        let (had_data, clock, deployed) = match clock {
            Some(clock) => {
                let (had_data, deployed, _) = join3(had_data, deployed, fed).await;
                (had_data, clock, deployed)
            }
            None => {
                let (had_data, clock, deployed, _) = join4(had_data, api.clock(), deployed, fed).await;
                (had_data, clock, deployed)
            }
        };
        self.deployed = deployed;
        if let Some(question) = self.question.as_ref().filter(|_| self.past)
            && self.deployments.as_ref().is_none_or(|(read, _)| *read != (start, at))
        {
            self.deployments = match question.over(&self.api, start, at).await {
                Ok(deployments) => Some(((start, at), deployments)),
                Err(fault) => {
                    self.deployed = Err(fault);
                    None
                }
            };
        }
        self.correct(&clock, now, began);
        if self.data_from.is_none() {
            let begins = DateTime::from_timestamp(start, 0);
            let oldest = self.feeds.iter().filter_map(Feed::oldest).min().and_then(DateTime::from_timestamp_millis);
            self.data_from = match had_data {
                Some(true) => begins,
                _ if self.feeds.iter().any(|feed| feed.older(start)) => begins,
                _ if self.feeds.iter().any(Feed::is_loading) => None,
                Some(false) => oldest.or(DateTime::from_timestamp(at, 0)),
                None => None,
            };
        }
        clock.map(|_| ())
    }

    /// What is known after a poll.
    fn observation(&mut self, now: DateTime<Utc>) -> Observation {
        let at = now + self.skew.unwrap_or_default();
        let data_from = self.data_from.unwrap_or(at);
        let mut readings = BTreeMap::new();
        for feed in &mut self.feeds {
            readings.extend(feed.readings(data_from));
        }
        for signal in &self.unreadable {
            let reading = Reading {
                tallies: BTreeMap::new(),
                health: Health::Unreadable,
                query: String::new(),
                covered_from: at,
                newest: None,
                gaps: Vec::new(),
                step: TimeDelta::minutes(1),
                latency: None,
            };
            readings.insert(signal.clone(), Arc::new(reading));
        }
        Observation { at, skew: self.skew, readings, deployed: self.deployed.clone().ok().flatten() }
    }

    fn note_status(&mut self, clock: Result<(), Fault>, now: DateTime<Utc>, latency: TimeDelta) {
        let status = &mut self.status;
        let mut failed: Vec<&Fault> = self.feeds.iter().filter_map(Feed::fault).collect();
        let all = failed.len() == self.feeds.len() && (clock.is_err() || !failed.is_empty());
        // Without its clock the date of its answers is used: no failure while the counters can be read.
        failed.extend(clock.as_ref().err().filter(|_| all));
        let partial = self.feeds.iter().find_map(Feed::partial);
        status.latency = Some(latency);
        status.error = failed.first().map(|fault| (*fault).clone()).or_else(|| {
            partial.map(|words| {
                Fault::new(
                    FaultKind::Server,
                    format!("{} at {} answers in part: {words}", self.api.name(), self.api.address()),
                    "look at the server and at what exports the counter",
                )
            })
        });
        if all {
            status.state = SourceState::Failed;
            status.failures += 1;
        } else {
            status.state = if status.error.is_some() { SourceState::Partial } else { SourceState::Ok };
            status.failures = 0;
            status.last_ok = Some(now);
        }
        status.note = self.skew.filter(|skew| skew.abs() > SKEW).map(|skew| {
            let off = humantime::format_duration(std::time::Duration::from_secs(skew.num_seconds().unsigned_abs()));
            let way = if skew > TimeDelta::zero() { "ahead of" } else { "behind" };
            format!("the clock of {} is {off} {way} the clock here", self.api.name())
        });
        if let Err(fault) = &self.deployed {
            status.note.get_or_insert_with(|| format!("what is deployed is not known: {fault}"));
        }
    }
}

#[async_trait]
impl Telemetry for Prometheus {
    fn introduce(&self) -> SourceStatus {
        SourceStatus::connecting(self.api.name(), SourceKind::Telemetry, self.api.address().to_owned())
    }

    fn is_loading(&self) -> bool {
        self.feeds.iter().any(|feed| feed.is_loading() && feed.fault().is_none())
    }

    fn diagnostics(&self) -> Option<Arc<dyn Diagnostics>> {
        Some(Arc::clone(&self.exhibits) as _)
    }

    fn presence(&self) -> BTreeMap<String, Presence> {
        self.feeds.iter().flat_map(Feed::presence).collect()
    }

    fn deployments(&self) -> Deployments {
        self.deployments.as_ref().map(|(_, deployments)| deployments.clone()).unwrap_or_default()
    }

    async fn poll(&mut self, since: DateTime<Utc>, now: DateTime<Utc>) -> Poll {
        let began = Instant::now();
        let clock = self.read(since, now).await;
        let latency = TimeDelta::from_std(began.elapsed()).unwrap_or_default();
        self.note_status(clock, now, latency);
        Poll { observation: Arc::new(self.observation(now)), status: self.status.clone() }
    }
}
