//! One counter, followed: its history first, then whatever is new.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use super::{
    api::{Answered, Api},
    reader::Reader,
    window::{LOOK_BACK, RUN_IN, Window},
    wire::Series,
};
use crate::{
    fault::{Fault, FaultKind},
    snapshot::{Health, Presence, Reading},
};

/// So much of a history is asked for at once, in seconds, unless that is more than client or server can take.
const CHUNK: i64 = 6 * 3_600;

/// So much at once where it is little: a day's history of a usual counter then takes three questions.
const LARGEST_CHUNK: i64 = 4 * CHUNK + RUN_IN;

/// Samples that are little, for an answer: some 10 MB of them.
const LITTLE: i64 = 400_000;

/// Less than this is never asked for at once.
const LEAST_CHUNK: i64 = 300;

/// No series is looked for less far before the window than this, in seconds.
const LEAST_LOOK_BACK: i64 = 3_600;

/// One poll reads a history for no longer than this, and goes on in the next one.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// A window that was read in part is read anew no more often than this.
const RELOAD_EVERY: Duration = Duration::from_secs(60);

/// A window that a thread for decoding may be writing to, even after the poll that began it was given up.
type Shared = Arc<Mutex<Window>>;

/// Never kept across an await. A window stays consistent even if a decoder panicked: it only ever counts up.
fn open(window: &Shared) -> MutexGuard<'_, Window> {
    window.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A counter and the signals that are read from it.
pub struct Feed {
    selector: String,
    /// Labels that tell copies of the counter apart, sorted.
    replica_labels: Vec<String>,
    readers: Arc<Vec<Reader>>,
    chunk: i64,
    look_back: i64,
    /// What is shown.
    window: Option<Shared>,
    /// What will be shown once its history has been read.
    loading: Option<Shared>,
    fault: Option<Fault>,
    reloaded: Option<Instant>,
    /// How long the last poll asked, all its questions together.
    latency: Option<TimeDelta>,
    readings: Vec<Arc<Reading>>,
}

impl Feed {
    pub fn new(selector: String, replica_labels: Vec<String>, reader: Reader) -> Self {
        Self {
            selector,
            replica_labels,
            readers: Arc::new(vec![reader]),
            chunk: CHUNK,
            look_back: LOOK_BACK,
            window: None,
            loading: None,
            fault: None,
            reloaded: None,
            latency: None,
            readings: Vec::new(),
        }
    }

    /// Whether it reads just this, and takes the same series for copies.
    pub fn reads(&self, selector: &str, replica_labels: &[String]) -> bool {
        self.selector == selector && self.replica_labels == replica_labels
    }

    fn window(&self, start: i64) -> Shared {
        Arc::new(Mutex::new(Window::new(start, self.readers.len(), self.replica_labels.clone())))
    }

    /// Has one more signal read from it. Only before anything was read.
    pub fn share(&mut self, reader: Reader) {
        if let Some(readers) = Arc::get_mut(&mut self.readers) {
            readers.push(reader);
        }
    }

    /// Reads everything from `start` to `at`, both in seconds since 1970; what was read before is not read again.
    ///
    /// It may be dropped at any time: what was taken in by then is kept.
    pub async fn follow(&mut self, api: &Api, start: i64, at: i64, until: Instant) {
        self.aim(start);
        let began = Instant::now();
        let outcome = self.advance(api, start, at, until).await;
        self.latency = TimeDelta::from_std(began.elapsed()).ok();
        self.fault = outcome.err();
    }

    /// Nothing could be asked.
    pub fn fail(&mut self, fault: &Fault) {
        self.fault = Some(fault.clone());
        self.latency = None;
    }

    /// Sees to it that some window begins at `start`.
    fn aim(&mut self, start: i64) {
        let aimed = match (&self.loading, &self.window) {
            (Some(loading), _) => open(loading).start <= start,
            (None, Some(window)) => open(window).can_begin(start),
            (None, None) => false,
        };
        if !aimed {
            self.loading = Some(self.window(start));
        }
        if let Some(window) = &self.window {
            open(window).forget_before(start);
        }
    }

    async fn advance(&mut self, api: &Api, start: i64, at: i64, until: Instant) -> Result<(), Fault> {
        if self.loading.is_none()
            && let Some(window) = self.window.clone()
        {
            let doubted = open(&window).doubt.is_some();
            let in_full = self.read(api, &window, at, until).await?;
            // A series that an incomplete answer left out would count whole when it is back: once the server
            // answers in full again, the window is read anew.
            let rested = self.reloaded.is_none_or(|reloaded| reloaded.elapsed() >= RELOAD_EVERY);
            if !(doubted && in_full && rested) {
                return Ok(());
            }
            self.reloaded = Some(Instant::now());
            self.loading = Some(self.window(start));
        }
        let Some(loading) = self.loading.clone() else { return Ok(()) };
        let (begun, beginning) = {
            let loading = open(&loading);
            (loading.read_to.is_some(), loading.run_in())
        };
        if !begun {
            let query = format!("last_over_time({}[{}s])", self.selector, self.look_back);
            let window = Arc::clone(&loading);
            let begun = api.query(&query, beginning, move |series, warning| open(&window).begin(series, warning)).await;
            if let Err(fault) = begun {
                // It may have been too much for the server: the next poll looks back half as far.
                if matches!(fault.kind, FaultKind::Timeout | FaultKind::TooLarge | FaultKind::Server) {
                    self.look_back = (self.look_back / 2).max(LEAST_LOOK_BACK);
                }
                return Err(fault);
            }
        }
        self.read(api, &loading, at, until).await?;
        if open(&loading).read_to.is_some_and(|read| read >= at) {
            open(&loading).forget_before(start);
            self.window = self.loading.take();
            self.look_back = LOOK_BACK;
        }
        Ok(())
    }

    /// Reads a window on to `at`, a chunk at a time; whether every answer was complete.
    async fn read(&mut self, api: &Api, window: &Shared, at: i64, until: Instant) -> Result<bool, Fault> {
        let mut from = open(window).resume(at);
        let mut in_full = true;
        while from < at {
            let to = at.min(from + self.chunk);
            // One second more: some servers leave the sample at the very beginning out.
            let query = format!("{}[{}s]", self.selector, to - from + 1);
            let (target, readers, marks) = (Arc::clone(window), Arc::clone(&self.readers), api.marks_ends());
            let taken_in = move |mut series: Vec<Series<'_>>, warning: Option<&str>| {
                if marks {
                    series.iter_mut().for_each(|series| series.values.retain(|sample| !sample.value.is_nan()));
                }
                let samples: usize = series.iter().map(|series| series.values.len()).sum();
                open(&target).absorb(&readers, series, warning, to);
                samples
            };
            match api.query(&query, to, taken_in).await {
                Ok(Answered { warning, result: samples }) => {
                    in_full &= warning.is_none();
                    let at_most =
                        i64::try_from(samples).unwrap_or(i64::MAX).saturating_mul(LARGEST_CHUNK) / (to - from);
                    let is_little = at_most <= LITTLE && self.chunk >= CHUNK;
                    self.chunk = if is_little { LARGEST_CHUNK } else { (self.chunk * 2).min(CHUNK) };
                    from = to;
                }
                Err(fault) => {
                    // Half of it may succeed: now if the server said so at once, else in the next poll.
                    let at_once = is_too_much(&fault) && self.chunk > LEAST_CHUNK;
                    self.chunk = (self.chunk / 2).max(LEAST_CHUNK);
                    if !at_once {
                        return Err(fault);
                    }
                }
            }
            if Instant::now() >= until {
                break;
            }
        }
        Ok(in_full)
    }

    /// Why the answer is not the whole truth, if so.
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// Whether a window is still being read.
    pub fn is_loading(&self) -> bool {
        self.loading.is_some()
    }

    /// Whether some series was there before `start`.
    pub fn older(&self, start: i64) -> bool {
        self.window.as_ref().map(open).is_some_and(|window| window.older && window.start <= start)
    }

    /// The oldest sample in the window, in milliseconds.
    pub fn oldest(&self) -> Option<i64> {
        open(self.window.as_ref()?).oldest
    }

    /// When there were samples, by signal key.
    pub fn presence(&self) -> Vec<(String, Presence)> {
        let Some(window) = self.window.as_ref().map(open) else { return Vec::new() };
        let known_since = window.oldest.and_then(DateTime::from_timestamp_millis);
        let presence = Presence { known_since, spans: window.presence.spans() };
        self.readers.iter().map(|reader| (reader.signal.clone(), presence.clone())).collect()
    }

    fn health(&self) -> Health {
        if let Some(fault) = &self.fault {
            return Health::Failed(fault.clone());
        }
        let Some(window) = self.window.as_ref().filter(|_| self.loading.is_none()).map(open) else {
            return Health::Partial("its history is still being read".to_owned());
        };
        if let Some(doubt) = &window.doubt {
            return Health::Partial(format!("the server says that its answer is incomplete: {doubt}"));
        }
        if let Some((_, refusal)) = window.refused {
            return Health::Partial(format!("the counter {} {}", self.selector, refusal.words()));
        }
        if window.newest.is_none() { Health::Absent } else { Health::Good }
    }

    /// What is known now, by signal key. `data_from`: the server has nothing from before.
    pub fn readings(&mut self, data_from: DateTime<Utc>) -> Vec<(String, Arc<Reading>)> {
        let health = self.health();
        let instant = |millis| DateTime::from_timestamp_millis(millis).unwrap_or_default();
        let mut window = self.window.as_ref().map(open);
        let (newest, covered_from) = match &window {
            Some(window) => (window.newest.map(instant), data_from.max(instant(window.start * 1000))),
            None => (None, data_from),
        };
        // While no sample arrives, which is most of the time, the tallies are not copied again.
        let changed = window.as_mut().is_some_and(|window| std::mem::take(&mut window.changed));
        let stands = |reading: &Arc<Reading>| {
            reading.health == health
                && reading.covered_from == covered_from
                && !is_slower(reading.latency, self.latency)
        };
        if changed || self.readings.is_empty() || !self.readings.iter().all(stands) {
            let window = window.as_deref();
            let gaps = window.map_or_else(Vec::new, |w| w.presence.gaps(covered_from.timestamp_millis()));
            let step = window.map_or(TimeDelta::minutes(1), |window| window.presence.step());
            self.readings = (0..self.readers.len())
                .map(|i| {
                    Arc::new(Reading {
                        tallies: window.map_or_else(Default::default, |window| window.tallies[i].clone()),
                        health: health.clone(),
                        query: self.selector.clone(),
                        covered_from,
                        newest,
                        gaps: gaps.clone(),
                        step,
                        latency: self.latency,
                    })
                })
                .collect();
        }
        self.readers.iter().map(|reader| reader.signal.clone()).zip(self.readings.iter().cloned()).collect()
    }

    /// What is wrong with it, in words, if it can be relied on in part only.
    pub fn partial(&self) -> Option<String> {
        match self.health() {
            Health::Partial(words) => Some(words),
            _ => None,
        }
    }
}

/// Whether an answer took so much longer than what is shown that somebody should know.
fn is_slower(shown: Option<TimeDelta>, now: Option<TimeDelta>) -> bool {
    let shown = shown.unwrap_or_default().max(TimeDelta::seconds(1));
    now.is_some_and(|now| now > shown * 2)
}

/// Whether the server, or this client, refused an answer for its size.
fn is_too_much(fault: &Fault) -> bool {
    const WORDS: [&str; 4] = ["too many samples", "amplesPerQuery", "sample limit", "exceeded the maximum"];
    fault.kind == FaultKind::TooLarge
        || (fault.kind == FaultKind::Server && WORDS.iter().any(|words| fault.what.contains(words)))
}
