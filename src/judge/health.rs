//! When telemetry cannot be relied on, and why. Blind is not green: whoever asks gets the reason first.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::period::Period;
use crate::{
    runbook::Runbook,
    snapshot::{Health, Observation, Reading, Snapshot},
    text::clean,
    units,
};

/// A source's clock may be off by this much before its times mean nothing to us.
const MAX_SKEW: TimeDelta = TimeDelta::minutes(2);

/// Data is stale when it is older than this and than three of the source's steps.
const MIN_STALE: TimeDelta = TimeDelta::minutes(2);

/// A source that claims to sample more rarely than this is not believed.
const MAX_STEP: TimeDelta = TimeDelta::minutes(5);

/// Failed polls in a row that make a source blind.
const MAX_FAILURES: u32 = 2;

/// The share of a window that may be missing.
const MAX_GAPS: f64 = 0.05;

/// Why telemetry cannot be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// Nothing has been heard of it yet, or it cannot be read from here at all.
    Unheard,
    /// The source says that its answer is incomplete, contradicts itself, or its clock is absurd.
    Untrue,
    /// The source knows of no such series or event.
    Absent,
    /// The source answers, and its newest data is old.
    Quiet,
    /// The source does not answer.
    Down,
    /// Parts of the window are missing.
    Patchy,
}

impl Cause {
    /// Whether what was counted did happen all the same, so that a failure found in it is a failure. What was not
    /// counted is missing in any case, so nothing ever passes.
    pub fn leaves_counts_sound(self) -> bool {
        matches!(self, Self::Quiet | Self::Down | Self::Patchy)
    }

    /// Whether it makes blind even where nobody has the feature. Then nothing is reported because there is nothing to
    /// report, and a rollout that waited for reports could never begin.
    pub fn matters_unexposed(self) -> bool {
        !matches!(self, Self::Absent | Self::Quiet)
    }
}

/// A reason not to rely on telemetry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Blind {
    /// Its class.
    pub cause: Cause,
    /// In words.
    pub why: String,
}

impl Blind {
    /// A reason, in words; made harmless, because servers have their say in it.
    pub fn new(cause: Cause, why: impl AsRef<str>) -> Self {
        Self { cause, why: clean(why.as_ref()) }
    }
}

/// How well one signal is seen over a period.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Sight {
    /// Its tallies are complete up to here; its heartbeat's, where it has nothing to report itself.
    pub newest: Option<DateTime<Utc>>,
    /// How old that is.
    pub age: Option<TimeDelta>,
    /// Why it cannot be relied on, if so.
    pub blind: Option<Blind>,
    /// The query behind it.
    pub query: Option<String>,
}

impl Sight {
    /// How well two signals are seen together: as well as the worse of them.
    pub fn with(self, other: Self) -> Self {
        Self {
            newest: self.newest.min(other.newest),
            age: self.age.max(other.age),
            blind: match (self.blind, other.blind) {
                // What leaves the counts sound must not hide what does not.
                (Some(a), Some(b)) if a.cause.leaves_counts_sound() && !b.cause.leaves_counts_sound() => Some(b),
                (a, b) => a.or(b),
            },
            query: self.query.or(other.query),
        }
    }
}

/// How well `key` is seen over `period`.
pub(super) fn sight(runbook: &Runbook, snapshot: &Snapshot, key: &str, period: Period, now: DateTime<Utc>) -> Sight {
    let Some(observation) = snapshot.telemetry.as_deref() else {
        let why = match &snapshot.telemetry_source.error {
            Some(fault) => format!("no telemetry yet: {}", fault.what),
            None => "no telemetry yet".to_owned(),
        };
        return Sight { blind: Some(Blind::new(Cause::Unheard, why)), ..Sight::default() };
    };
    let Some(own) = observation.readings.get(key) else {
        let why = format!("telemetry does not report `{key}`");
        return Sight { blind: Some(Blind::new(Cause::Unheard, why)), ..Sight::default() };
    };
    let heartbeat = runbook
        .signal(key)
        .and_then(|signal| observation.readings.get(signal.heartbeat.as_ref()?))
        .map(Arc::as_ref)
        .filter(|heartbeat| heartbeat.health == Health::Good);
    let newest = match own.health {
        // A detector with nothing to report is as fresh as what proves it alive. A failed reading is not: it may have
        // missed what it is there to see.
        Health::Good | Health::Absent => own.newest.max(heartbeat.and_then(|heartbeat| heartbeat.newest)),
        _ => own.newest,
    };
    let source_now = now + sane_skew(observation);
    Sight {
        newest,
        age: newest.map(|newest| (source_now - newest).max(TimeDelta::zero())),
        blind: blind(snapshot, observation, (key, own), heartbeat, newest, period, now),
        query: (!own.query.is_empty()).then(|| clean(&own.query)),
    }
}

fn sane_skew(observation: &Observation) -> TimeDelta {
    observation.skew.filter(|skew| skew.abs() <= MAX_SKEW).unwrap_or_default()
}

fn blind(
    snapshot: &Snapshot,
    observation: &Observation,
    (key, own): (&str, &Reading),
    heartbeat: Option<&Reading>,
    newest: Option<DateTime<Utc>>,
    period: Period,
    now: DateTime<Utc>,
) -> Option<Blind> {
    match &own.health {
        Health::Unreadable => {
            let why = format!("the runbook does not say how to read `{key}` from {}", snapshot.telemetry_source.name);
            return Some(Blind::new(Cause::Unheard, why));
        }
        Health::Partial(why) => return Some(Blind::new(Cause::Untrue, format!("a partial answer: {why}"))),
        _ => {}
    }
    if let Some(why) = absurd_clock(observation, newest, now) {
        return Some(Blind::new(Cause::Untrue, why));
    }
    // A stay that is over and was seen to its end needs no source that answers now.
    let failures = snapshot.telemetry_source.failures;
    if period.until.is_none() && failures >= MAX_FAILURES {
        let what = snapshot.telemetry_source.error.as_ref().map_or(String::new(), |fault| format!(": {}", fault.what));
        return Some(Blind::new(Cause::Down, format!("{failures} polls failed in a row{what}")));
    }
    // Proof that zero is zero: the signal's own data, or else a heartbeat that is seen as well.
    let limit = (own.step.min(MAX_STEP) * 3).max(MIN_STALE);
    let end = period.until.unwrap_or(now + sane_skew(observation));
    let fresh = |newest: Option<DateTime<Utc>>| newest.is_some_and(|newest| end - newest <= limit);
    let witness = if own.health != Health::Absent && fresh(own.newest) { Some(own) } else { heartbeat };
    if own.health == Health::Absent && witness.is_none() {
        return Some(Blind::new(
            Cause::Absent,
            format!("no data for `{key}`: the source has never heard of it; check how the runbook reads it"),
        ));
    }
    // One that never answered has no beginning that could be too late: what it said instead is the reason.
    if let (Health::Failed(_), None) = (&own.health, newest) {
        return Some(Blind::new(Cause::Down, stale(own, newest, end, limit)));
    }
    let window = period.minutes(newest, now).span();
    // What is not covered is said before what is merely old: it does not come back.
    if let Some(late) = uncovered(own, window.0) {
        return Some(late);
    }
    if !fresh(newest) {
        let cause = if matches!(own.health, Health::Failed(_)) { Cause::Down } else { Cause::Quiet };
        return Some(Blind::new(cause, stale(own, newest, end, limit)));
    }
    [Some(own), witness]
        .into_iter()
        .flatten()
        .find_map(|reading| uncovered(reading, window.0).or_else(|| patchy(reading, window)))
}

fn absurd_clock(observation: &Observation, newest: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<String> {
    if let Some(skew) = observation.skew.filter(|skew| skew.abs() > MAX_SKEW) {
        let direction = if skew > TimeDelta::zero() { "ahead of" } else { "behind" };
        return Some(format!("the source's clock is {} {direction} gonogo's", units::duration(skew.abs())));
    }
    let ahead = newest? - (now + sane_skew(observation));
    (ahead > MAX_SKEW).then(|| format!("the newest data is {} in the future", units::duration(ahead)))
}

fn stale(own: &Reading, newest: Option<DateTime<Utc>>, end: DateTime<Utc>, limit: TimeDelta) -> String {
    let age = match newest {
        Some(newest) => {
            format!("no new data for {} (limit {})", units::duration(end - newest), units::duration(limit))
        }
        None => "nothing was ever seen of it".to_owned(),
    };
    match &own.health {
        Health::Failed(fault) => format!("{age}: {}", fault.what),
        _ => age,
    }
}

/// A reading that begins after the window does, by more than a minute.
fn uncovered(reading: &Reading, from: DateTime<Utc>) -> Option<Blind> {
    let late = reading.covered_from - from;
    (late > TimeDelta::minutes(1))
        .then(|| Blind::new(Cause::Patchy, format!("telemetry begins {} after the window does", units::duration(late))))
}

/// A reading that misses too much of the window.
fn patchy(reading: &Reading, (from, to): (DateTime<Utc>, DateTime<Utc>)) -> Option<Blind> {
    let window = (to - from).num_milliseconds();
    if window <= 0 {
        return None;
    }
    let missing: i64 = reading
        .gaps
        .iter()
        .map(|&(begin, end)| (end.min(to) - begin.max(from)).num_milliseconds().max(0))
        .fold(0, i64::saturating_add);
    let share = missing as f64 / window as f64;
    (share > MAX_GAPS).then(|| {
        let why = format!("{} of the window is missing (limit {})", units::percent(share), units::percent(MAX_GAPS));
        Blind::new(Cause::Patchy, why)
    })
}
