//! A rate by the minute, over whatever stretch somebody looks at; and what it could be, as that came to be known.

use chrono::{DateTime, Utc};

use super::{
    ChartPoint, History, StageAssessment,
    period::{Minutes, ceil_minute},
    rates::bucket,
    select::Selected,
};
use crate::{
    runbook::{Outcome, Rate, Runbook},
    snapshot::{Snapshot, Span, minute_of},
    stats::{ALPHA, bernoulli::SloTest, dispersion::Dispersion},
};

/// A rate by the minute.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// The first minute, as [`minute_of`] counts.
    first: i64,
    /// `(attempts, failures)` by minute.
    series: Vec<(u64, u64)>,
    slo: f64,
    /// Stretches without data, oldest first.
    pub gaps: Vec<Span>,
    /// Telemetry says nothing of the time before this.
    pub kept_from: DateTime<Utc>,
    /// It is complete up to here.
    pub newest: Option<DateTime<Utc>>,
}

/// A rate in the whole minutes between two instants; None where telemetry never told of its signals.
pub fn trace(
    runbook: &Runbook,
    snapshot: &Snapshot,
    rate: &Rate,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Option<Trace> {
    let (outcome, are_failures) = match &rate.outcome {
        Outcome::Successes(selection) => (selection, false),
        Outcome::Failures(selection) => (selection, true),
    };
    let readings = [snapshot.reading(&rate.attempts.signal)?, snapshot.reading(&outcome.signal)?];
    let kept_from = readings.iter().map(|reading| reading.covered_from).max()?;
    let newest = readings.iter().filter_map(|reading| reading.newest).min();
    // Before anything is kept there is nothing to count, however far back somebody looks.
    let begin = ceil_minute(from.max(kept_from));
    let minutes = Minutes { from: begin, to: minute_of(to).max(begin) };
    let by_minute = |selection| {
        let mut series = vec![0; minutes.len()];
        Selected::new(runbook, snapshot, selection).add_to(&mut series, minutes);
        series
    };
    let (attempts, outcomes): (Vec<u64>, Vec<u64>) = (by_minute(&rate.attempts), by_minute(outcome));
    let mut gaps: Vec<Span> = readings.iter().flat_map(|reading| reading.gaps.iter().copied()).collect();
    gaps.sort_unstable();
    gaps.dedup();
    Some(Trace {
        first: minutes.from,
        series: attempts.iter().zip(&outcomes).map(|(&n, &o)| bucket(n, o, are_failures)).collect(),
        slo: rate.slo,
        gaps,
        kept_from,
        newest,
    })
}

impl Trace {
    /// The minutes with attempts, oldest first.
    pub fn points(&self) -> Vec<ChartPoint> {
        let minutes = (self.first..).zip(&self.series).filter(|(_, bucket)| bucket.0 > 0);
        minutes.map(|(minute, &(n, f))| ChartPoint { minute, successes: n - f.min(n), attempts: n }).collect()
    }

    /// Attempts and failures in the minutes `from..to`.
    pub fn between(&self, from: i64, to: i64) -> (u64, u64) {
        let place = |minute: i64| usize::try_from(minute - self.first).unwrap_or(0).min(self.series.len());
        let (from, to) = (place(from), place(to));
        let part = self.series.get(from..to).unwrap_or_default();
        part.iter().fold((0, 0), |sum, bucket| (sum.0.saturating_add(bucket.0), sum.1.saturating_add(bucket.1)))
    }

    /// The interval of success rates that was not excluded (95 %, valid at any number of looks) when each of these
    /// minutes began, by what was counted since evidence had last begun. The minutes ascend; None where nothing was
    /// counted yet.
    pub fn intervals(&self, begins: &[DateTime<Utc>], minutes: &[i64]) -> Vec<Option<(f64, f64)>> {
        let test = SloTest::new(self.slo, ALPHA);
        let mut begins: Vec<i64> = begins.iter().map(|at| ceil_minute(*at)).collect();
        begins.sort_unstable();
        let mut buckets = (self.first..).zip(&self.series).peekable();
        let (mut sums, mut next) = (Sums::default(), 0);
        let mut begun = false;
        minutes
            .iter()
            .map(|&until| {
                while let Some((minute, &(attempts, failures))) = buckets.next_if(|(minute, _)| *minute < until) {
                    while begins.get(next).is_some_and(|begin| *begin <= minute) {
                        (sums, next, begun) = (Sums::default(), next + 1, true);
                    }
                    if begun {
                        sums.add(attempts, failures);
                    }
                }
                sums.interval(&test)
            })
            .collect()
    }
}

/// What was counted since evidence began.
#[derive(Default)]
struct Sums {
    attempts: u64,
    failures: u64,
    dispersion: Dispersion,
}

impl Sums {
    fn add(&mut self, attempts: u64, failures: u64) {
        self.attempts = self.attempts.saturating_add(attempts);
        self.failures = self.failures.saturating_add(failures);
        self.dispersion.add(attempts, failures);
    }

    fn interval(&self, test: &SloTest) -> Option<(f64, f64)> {
        let phi = self.dispersion.phi();
        (self.attempts > 0).then(|| test.success_interval(self.failures as f64 / phi, self.attempts as f64 / phi))
    }
}

/// When evidence began, and began again: each stage as it was entered, and the present one where something changed in it.
pub fn evidence_begins(history: &History, stage: &StageAssessment) -> Vec<DateTime<Utc>> {
    let mut begins: Vec<DateTime<Utc>> = history.visits.iter().map(|visit| visit.entered_at).collect();
    begins.extend(stage.entered_at.into_iter().chain([stage.evidence_from]));
    begins.sort_unstable();
    begins.dedup();
    begins
}
