//! What has been read of one counter since the beginning of a window.

use super::{
    ledger::{Ledger, Refusal, Tell},
    presence::Presence,
    reader::{Reader, Tallies},
    wire::{Labels, Sample, Series},
};
use crate::snapshot::{minute_of, minute_start};

/// How far before the window a series is looked for, in seconds: its last value there is what it counts on from.
///
/// A series that was silent for longer counts from zero when it is back, as a new one would. Three days outlast a
/// weekend without scraping; more would make the first query of every counter expensive.
pub const LOOK_BACK: i64 = 3 * 86_400;

/// Reading begins so much before the window, in seconds: which copies of a counter were alive then, and which had been
/// silent for days, is not to be seen from their last values.
pub const RUN_IN: i64 = 120;

/// Samples may reach the server this late, in seconds: so much is asked for again.
const LATE: i64 = 120;

/// A counter that fell silent is asked for again from its last sample on, for what a sender may have held back; but no
/// further back than this, in seconds.
const SILENT: i64 = 6 * 3_600 - LATE;

/// The counts of one counter over a window, as far as they have been read.
#[derive(Debug)]
pub struct Window {
    /// Its beginning, a whole minute, in seconds since 1970.
    pub start: i64,
    /// All samples up to here have been read, in seconds; none before the values from before the window are known.
    pub read_to: Option<i64>,
    /// By reader.
    pub tallies: Vec<Tallies>,
    /// When there were samples.
    pub presence: Presence,
    /// The oldest sample in the window, in milliseconds.
    pub oldest: Option<i64>,
    /// The newest, in milliseconds.
    pub newest: Option<i64>,
    /// Whether some series was there before the window.
    pub older: bool,
    /// Why some answer was incomplete, by the server's words.
    pub doubt: Option<String>,
    /// The latest sample that could not be counted, in milliseconds, and why.
    pub refused: Option<(i64, Refusal)>,
    /// Whether anything was taken in or forgotten since this was last set to false.
    pub changed: bool,
    ledger: Ledger,
}

impl Window {
    pub fn new(start: i64, readers: usize, replica_labels: Vec<String>) -> Self {
        Self {
            start,
            read_to: None,
            tallies: vec![Tallies::new(); readers],
            presence: Presence::default(),
            oldest: None,
            newest: None,
            older: false,
            doubt: None,
            refused: None,
            changed: true,
            ledger: Ledger::new(replica_labels),
        }
    }

    /// Whether it can be made to begin at `start` by forgetting.
    pub fn can_begin(&self, start: i64) -> bool {
        self.start <= start && self.read_to.is_some_and(|read| start <= read)
    }

    /// When reading begins.
    pub fn run_in(&self) -> i64 {
        self.start - RUN_IN
    }

    /// Takes in the values at [`Window::run_in`].
    pub fn begin(&mut self, series: Vec<Series<'_>>, warning: Option<&str>) {
        self.warn(warning);
        let at = self.run_in() * 1000;
        for series in series {
            let outcome = match series.value {
                Some(sample) => self.ledger.begin(&series.metric, Sample { at, ..sample }),
                None => Err(Refusal::Histogram),
            };
            if let Err(refusal) = outcome {
                self.refused = Some((self.start * 1000, refusal));
            }
            self.older = true;
        }
        self.read_to = Some(self.run_in());
    }

    /// Where to read on from, if it is `at` now: a little before what was read, for what arrived late.
    pub fn resume(&self, at: i64) -> i64 {
        let read = self.read_to.unwrap_or(self.run_in()).min(at);
        let newest = self.newest.map_or(self.start, |newest| (newest / 1000).min(read));
        (newest - LATE).max(read - SILENT).max(self.run_in())
    }

    /// Takes in the samples of some series, up to `to`.
    pub fn absorb(&mut self, readers: &[Reader], series: Vec<Series<'_>>, warning: Option<&str>, to: i64) {
        self.warn(warning);
        let floor = self.start * 1000;
        let Self { ledger, presence, oldest, newest, changed, tallies, refused, older, .. } = self;
        *older |= series.iter().any(|series| series.values.first().is_some_and(|sample| sample.at <= floor));
        let mut account = Account { readers, tallies, presence, oldest, newest, changed, floor, refused: None };
        ledger.count(&series, floor, &mut account);
        let histogram = series.iter().any(|series| !series.histograms.is_empty());
        if let Some(refusal) = histogram.then_some(Refusal::Histogram).or(account.refused) {
            *refused = Some((to * 1000, refusal));
        }
        self.read_to = Some(self.read_to.map_or(to, |read| read.max(to)));
    }

    /// Moves the beginning forward, and forgets what was before it.
    pub fn forget_before(&mut self, start: i64) {
        if start <= self.start {
            return;
        }
        self.start = start;
        self.changed = true;
        let minute = minute_of(chrono::DateTime::from_timestamp(start, 0).unwrap_or_default());
        let millis = minute_start(minute).timestamp_millis();
        for tallies in &mut self.tallies {
            tallies.retain(|_, counts| {
                counts.forget_before(minute);
                counts.total() > 0
            });
        }
        self.presence.forget_before(millis);
        // As if it had been read from there: what was silent for longer than the look-back is not remembered.
        self.ledger.forget_before(millis - LOOK_BACK * 1000);
        self.refused = self.refused.filter(|refused| refused.0 >= millis);
        self.newest = self.newest.filter(|newest| *newest >= millis);
        self.oldest = self.newest.and(self.oldest).map(|oldest| oldest.max(millis));
        self.older = self.older || !self.ledger.is_empty();
    }

    fn warn(&mut self, warning: Option<&str>) {
        if let Some(warning) = warning {
            self.doubt = Some(warning.to_owned());
        }
    }
}

/// Where what is counted goes.
struct Account<'a> {
    readers: &'a [Reader],
    tallies: &'a mut [Tallies],
    presence: &'a mut Presence,
    oldest: &'a mut Option<i64>,
    newest: &'a mut Option<i64>,
    changed: &'a mut bool,
    floor: i64,
    refused: Option<Refusal>,
}

impl Tell for Account<'_> {
    fn seen(&mut self, at: i64, before: Option<i64>, known: Option<i64>) {
        *self.changed = true;
        self.presence.see(at, before);
        // There before the window, and still there: what is missing at its beginning is a gap. One that is born within
        // it leaves none, for it counts from zero.
        if known.is_some_and(|known| known <= self.floor) {
            self.presence.see(self.floor, None);
        }
        *self.oldest = Some(self.oldest.map_or(at, |oldest| oldest.min(at)));
        *self.newest = Some(self.newest.map_or(at, |newest| newest.max(at)));
    }

    fn counted(&mut self, labels: &Labels<'_>, increments: &[(i64, u64)]) {
        for (reader, tallies) in self.readers.iter().zip(&mut *self.tallies) {
            if !reader.add(tallies, labels, increments) {
                self.refused = Some(Refusal::TooVaried);
            }
        }
    }

    fn refused(&mut self, refusal: Refusal) {
        self.refused = Some(refusal);
    }
}
