//! Success rates: each stage that was entered over its own window, and each step over the present one's.

use chrono::{DateTime, Utc};

use super::{
    ChartPoint, RateAssessment,
    context::Context,
    evidence_limit,
    health::{Blind, Cause, Sight},
    period::{Minutes, Period},
};
use crate::{
    runbook::{Outcome, Rate, RateScope},
    stats::{
        ALPHA, Decision,
        bernoulli::SloTest,
        cusum::Cusum,
        dispersion::{self, Dispersion},
    },
    text::clean,
    units,
};

/// Minutes with traffic that a Fail takes.
pub(super) const FAIL_BUCKETS: usize = 10;

/// Minutes with traffic that a Pass takes.
pub(super) const PASS_BUCKETS: usize = 60;

/// Minutes over which today's traffic is measured.
pub(super) const TRAFFIC_MINUTES: i64 = 30;

/// Minutes that the chart goes back.
const CHART_MINUTES: i64 = 24 * 60;

/// One rate over one period, and what it shows.
#[derive(Debug)]
pub(super) struct RateView<'a> {
    /// The rate.
    pub rate: &'a Rate,
    /// How well it is seen.
    pub sight: Sight,
    /// Its complete minutes.
    pub minutes: Minutes,
    /// Attempts that ended.
    pub attempts: u64,
    /// Attempts that succeeded.
    pub successes: u64,
    /// Attempts that failed.
    pub failures: u64,
    /// Over-dispersion.
    pub phi: f64,
    /// Minutes with traffic.
    pub buckets: usize,
    /// Attempts a minute over the last half hour.
    pub per_minute: f64,
    /// The test that decides.
    pub test: SloTest,
    /// What it says of the counts, minimum buckets aside.
    pub decision: Decision,
    /// The interval of success rates that is not excluded.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// The first time that all counts so far showed it to be below its SLO.
    pub whole: Option<Shortfall>,
    /// The first time that it dropped below its SLO for good, to which the counts of the whole period are slow (CUSUM).
    pub drop: Option<Shortfall>,
    /// What it is over.
    pub period: Period,
    /// `(attempts, failures)` by minute.
    series: Vec<(u64, u64)>,
}

/// That a rate was shown to be below its SLO. It stays shown: a rate that recovered has failed all the same, and so have
/// counts that later ones dilute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shortfall {
    /// The minute at whose beginning it was certain.
    pub at: i64,
    /// The first of the minutes that show it.
    pub from: i64,
    /// Attempts in them.
    pub attempts: u64,
    /// Those that failed.
    pub failures: u64,
}

/// The first time that each half of the test showed the rate to be below its SLO, at the end of a minute of `series`: all
/// counts so far, and the CUSUM.
fn shortfalls(series: &[(u64, u64)], from: i64, test: &SloTest, slo: f64) -> (Option<Shortfall>, Option<Shortfall>) {
    let mut cusum = Cusum::new(slo, ALPHA);
    let begun = Shortfall { at: from, from, attempts: 0, failures: 0 };
    let (mut so_far, mut falling) = (begun, begun);
    let (mut whole, mut drop) = (None, None);
    let (mut dispersion, mut buckets) = (Dispersion::default(), 0);
    for (minute, &(attempts, failures)) in (from..).zip(series).filter(|(_, bucket)| bucket.0 > 0) {
        if cusum.w() <= 0.0 {
            falling = Shortfall { from: minute, ..begun };
        }
        for shortfall in [&mut so_far, &mut falling] {
            shortfall.at = minute + 1;
            shortfall.attempts = shortfall.attempts.saturating_add(attempts);
            shortfall.failures = shortfall.failures.saturating_add(failures);
        }
        dispersion.add(attempts, failures);
        buckets += 1;
        if cusum.add(attempts, failures) {
            drop = drop.or(Some(falling));
        }
        if whole.is_none() && buckets >= FAIL_BUCKETS && shows(test, &so_far, &dispersion) {
            whole = Some(so_far);
        }
        if whole.is_some() && drop.is_some() {
            break;
        }
    }
    (whole, drop)
}

fn shows(test: &SloTest, whole: &Shortfall, dispersion: &Dispersion) -> bool {
    let (f, n) = (whole.failures as f64, whole.attempts as f64);
    // phi is at least one and only takes evidence away: most minutes are settled without it.
    if test.ln_e_fail_at_most(f, n) < test.bound() {
        return false;
    }
    let phi = dispersion.phi();
    test.decide(f / phi, n / phi) == Decision::Fail
}

impl<'a> RateView<'a> {
    /// This rate over this period.
    pub fn new(cx: &Context<'a>, rate: &'a Rate, period: Period) -> Self {
        let (outcome, are_failures) = match &rate.outcome {
            Outcome::Successes(selection) => (selection, false),
            Outcome::Failures(selection) => (selection, true),
        };
        let mut sight = cx.sight(&rate.attempts.signal, period);
        if outcome.signal != rate.attempts.signal {
            sight = sight.with(cx.sight(&outcome.signal, period));
            // Where one of two signals is missing for a while, their quotient is not just less certain, it is wrong.
            if let Some(blind) = sight.blind.as_mut().filter(|blind| blind.cause == Cause::Patchy) {
                blind.cause = Cause::Untrue;
            }
        }
        let minutes = period.minutes(sight.newest, cx.now);
        let (attempts_by, outcome_by) = (by_minute(cx, &rate.attempts, minutes), by_minute(cx, outcome, minutes));
        let total = |series: &[u64]| series.iter().copied().fold(0, u64::saturating_add);
        let (attempts, outcomes) = (total(&attempts_by), total(&outcome_by));
        if outcomes > attempts {
            let what = if are_failures { "failures" } else { "successes" };
            let why = format!("{} {what} of {} attempts", units::count(outcomes), units::count(attempts));
            sight.blind = Some(Blind::new(Cause::Untrue, why));
        }
        let rest = attempts.saturating_sub(outcomes);
        let (successes, failures) = if are_failures { (rest, outcomes.min(attempts)) } else { (outcomes, rest) };
        let series: Vec<(u64, u64)> =
            attempts_by.iter().zip(&outcome_by).map(|(&n, &o)| bucket(n, o, are_failures)).collect();
        let phi = dispersion::phi(series.iter().copied());
        let recent = minutes.last(TRAFFIC_MINUTES);
        let recent_attempts: u64 =
            series.iter().rev().take(recent.len()).map(|bucket| bucket.0).fold(0, u64::saturating_add);
        let test = SloTest::new(rate.slo, ALPHA);
        let (f, n) = (failures as f64 / phi, attempts as f64 / phi);
        let (low, high) = test.success_interval(f, n);
        let (whole, drop) = shortfalls(&series, minutes.from, &test, rate.slo);
        Self {
            rate,
            sight,
            minutes,
            attempts,
            successes,
            failures,
            phi,
            buckets: series.iter().filter(|bucket| bucket.0 > 0).count(),
            per_minute: recent_attempts as f64 / recent.len().max(1) as f64,
            test,
            decision: test.decide(f, n),
            low,
            high,
            whole,
            drop,
            period,
            series,
        }
    }

    /// The share that succeeded; none without attempts, or where the counts contradict each other.
    pub fn share(&self) -> Option<f64> {
        (self.attempts > 0 && self.successes <= self.attempts).then(|| self.successes as f64 / self.attempts as f64)
    }

    /// Failures and attempts as the test counts them.
    pub fn effective(&self) -> (f64, f64) {
        (self.failures as f64 / self.phi, self.attempts as f64 / self.phi)
    }

    /// That the rate was shown to be below its SLO, by counts that are sound. It stays shown when telemetry goes silent
    /// afterwards: what failed has failed.
    pub fn sound_shortfall(&self) -> Option<Shortfall> {
        let sound = self.sight.blind.as_ref().is_none_or(|blind| blind.cause.leaves_counts_sound());
        let first = [self.whole, self.drop].into_iter().flatten().min_by_key(|shortfall| shortfall.at);
        first.filter(|_| sound)
    }

    /// Whether the counts of the whole period show it below its SLO now.
    pub fn shows_below(&self) -> bool {
        self.decision == Decision::Fail && self.buckets >= FAIL_BUCKETS
    }

    /// Whether it is shown to hold its SLO.
    pub fn passes(&self) -> bool {
        let unbroken = self.whole.is_none() && self.drop.is_none() && self.sight.blind.is_none();
        self.decision == Decision::Pass && self.buckets >= PASS_BUCKETS && unbroken
    }

    /// For the screen and the status.
    pub fn assessment(&self, scope: String) -> RateAssessment {
        let (from, to) = self.minutes.span();
        RateAssessment {
            scope,
            kind: self.rate.scope,
            key: self.rate.key.clone(),
            title: clean(&self.rate.title),
            successes: self.successes,
            attempts: self.attempts,
            rate: self.share(),
            low: self.low,
            high: self.high,
            slo: self.rate.slo,
            from,
            to,
            blind: self.sight.blind.as_ref().map(|blind| blind.why.clone()),
        }
    }

    /// For the chart: minutes without traffic are gaps.
    pub fn chart(&self) -> Vec<ChartPoint> {
        let skip = self.series.len().saturating_sub(self.minutes.last(CHART_MINUTES).len());
        let points = (self.minutes.from..).zip(&self.series).skip(skip).filter(|(_, bucket)| bucket.0 > 0);
        points.map(|(minute, &(n, f))| ChartPoint { minute, successes: n - f.min(n), attempts: n }).collect()
    }

    /// `(attempts, failures)` by minute.
    pub(super) fn series(&self) -> &[(u64, u64)] {
        &self.series
    }
}

/// `(attempts, failures)` of a minute with so many outcomes of one kind.
pub(super) fn bucket(attempts: u64, outcomes: u64, are_failures: bool) -> (u64, u64) {
    (attempts, if are_failures { outcomes.min(attempts) } else { attempts.saturating_sub(outcomes) })
}

fn by_minute<'a>(cx: &Context<'a>, selection: &'a crate::runbook::Selection, minutes: Minutes) -> Vec<u64> {
    let mut series = vec![0; minutes.len()];
    cx.select(selection).add_to(&mut series, minutes);
    series
}

/// A rate over a period: the view that is there already where it is over the same.
pub(super) fn over<'v, 'a>(
    cx: &Context<'a>,
    views: &'v [RateView<'a>],
    rate: &'a Rate,
    period: Period,
    own: &'v mut Option<RateView<'a>>,
) -> &'v RateView<'a> {
    let known = views.iter().find(|view| view.rate.key == rate.key && view.period == period);
    known.unwrap_or_else(|| own.insert(RateView::new(cx, rate, period)))
}

/// The first time after `from` that the rate was shown to be below its SLO in a stretch of this stay that is over.
pub(super) fn earlier_shortfall<'a>(cx: &Context<'a>, rate: &'a Rate, from: DateTime<Utc>) -> Option<Shortfall> {
    cx.stretches_before(from).find_map(|period| RateView::new(cx, rate, period).sound_shortfall())
}

/// Every rate of the runbook over the present stage, in the runbook's order.
pub(super) fn present<'a>(cx: &Context<'a>) -> Vec<RateView<'a>> {
    cx.runbook.rates.iter().map(|rate| RateView::new(cx, rate, cx.present.period(cx.now))).collect()
}

/// Each stage's rates over its own latest stay, oldest first, then each step over the present one.
pub(super) fn assess(cx: &Context<'_>, present: &[RateView<'_>]) -> Vec<RateAssessment> {
    let mut all = Vec::new();
    for (key, period) in earlier(cx) {
        for rate in cx.runbook.rates.iter().filter(|rate| rate.scope == RateScope::Rollout) {
            all.push(RateView::new(cx, rate, period).assessment(format!("stage:{key}")));
        }
    }
    let of = |scope| present.iter().filter(move |view| view.rate.scope == scope);
    let here = format!("stage:{}", cx.present.stage.key);
    all.extend(of(RateScope::Rollout).map(|view| view.assessment(here.clone())));
    all.extend(of(RateScope::Step).map(|view| view.assessment("step".to_owned())));
    all
}

/// The stages that were left, each with its latest stay, in the order in which they were left.
fn earlier(cx: &Context<'_>) -> Vec<(String, Period)> {
    let past = cx.history.visits.split_last().map_or(&[][..], |(_, past)| past);
    let is_latest = |i: usize, key: &str| !past[i + 1..].iter().any(|visit| visit.stage == key);
    let next = |i: usize| -> Option<DateTime<Utc>> { cx.history.visits.get(i + 1).map(|visit| visit.entered_at) };
    past.iter()
        .enumerate()
        .filter(|&(i, visit)| {
            visit.stage != cx.present.stage.key
                && cx.runbook.stage(&visit.stage).is_some()
                && is_latest(i, &visit.stage)
        })
        .map(|(i, visit)| {
            let until = visit.left_at.or_else(|| next(i)).unwrap_or(cx.now);
            // Nothing is asked of telemetry that is older: a clock that was not set would make a day of half a century.
            let from = visit.entered_at.max(evidence_limit(cx.now));
            (visit.stage.clone(), Period { from, until: Some(until) })
        })
        .collect()
}
