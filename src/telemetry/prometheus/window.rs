//! What has been read of one counter since the beginning of a window.

use super::{
    ledger::{Ledger, Refusal},
    presence::Presence,
    reader::{Reader, Tallies},
    wire::Series,
};
use crate::snapshot::{minute_of, minute_start};

/// How far before the window a series is looked for, in seconds: its last value there is what it counts on from.
///
/// A series that was silent for longer counts from zero when it is back, as a new one would. Three days outlast a
/// weekend without scraping; more would make the first query of every counter expensive.
pub const LOOK_BACK: i64 = 3 * 86_400;

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
    /// All samples up to here have been read, in seconds; none before the values at the beginning are known.
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
    pub fn new(start: i64, readers: usize) -> Self {
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
            ledger: Ledger::default(),
        }
    }

    /// Whether it can be made to begin at `start` by forgetting.
    pub fn can_begin(&self, start: i64) -> bool {
        self.start <= start && self.read_to.is_some_and(|read| start <= read)
    }

    /// Takes in the last values before the window.
    pub fn begin(&mut self, series: Vec<Series<'_>>, warning: Option<&str>) {
        self.warn(warning);
        let at = self.start * 1000;
        for series in series {
            let outcome = match series.value {
                Some(sample) => self.ledger.begin(&series.metric, super::wire::Sample { at, ..sample }),
                None => Err(Refusal::Histogram),
            };
            self.note(outcome, at);
            self.older = true;
        }
        self.read_to = Some(self.start);
    }

    /// Where to read on from, if it is `at` now: a little before what was read, for what arrived late.
    pub fn resume(&self, at: i64) -> i64 {
        let read = self.read_to.unwrap_or(self.start).min(at);
        let newest = self.newest.map_or(self.start, |newest| (newest / 1000).min(read));
        (newest - LATE).max(read - SILENT).max(self.start)
    }

    /// Takes in the samples of some series, up to `to`.
    pub fn absorb(&mut self, readers: &[Reader], series: Vec<Series<'_>>, warning: Option<&str>, to: i64) {
        self.warn(warning);
        let floor = self.start * 1000;
        let mut increments = Vec::new();
        for series in series {
            increments.clear();
            let Self { ledger, presence, oldest, newest, changed, .. } = self;
            let mut outcome =
                ledger.count(&series.metric, &series.values, floor, &mut increments, |at, before, known| {
                    *changed = true;
                    presence.see(at, before);
                    // There before the window, and still there: what is missing at its beginning is a gap. One
                    // that is born within it leaves none, for it counts from zero.
                    if known.is_some_and(|known| known <= floor) {
                        presence.see(floor, None);
                    }
                    *oldest = Some(oldest.map_or(at, |oldest| oldest.min(at)));
                    *newest = Some(newest.map_or(at, |newest| newest.max(at)));
                });
            if !series.histograms.is_empty() {
                outcome = Err(Refusal::Histogram);
            }
            for (reader, tallies) in readers.iter().zip(&mut self.tallies) {
                if !reader.add(tallies, &series.metric, &increments) {
                    outcome = Err(Refusal::TooVaried);
                }
            }
            self.note(outcome, to * 1000);
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

    fn note(&mut self, outcome: Result<(), Refusal>, at: i64) {
        if let Err(refusal) = outcome {
            self.refused = Some((at, refusal));
        }
    }
}
