//! What the pictures of a report show, as numbers.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    judge::{Assessment, ChartPoint, History},
    runbook::{RateScope, Runbook},
    snapshot::minute_start,
};

/// So many points are drawn at most; more minutes than that are taken together.
const POINTS: i64 = 144;

/// Everything that is drawn.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Charts {
    /// The primary success rate over the present stage; none without attempts.
    pub rate: Option<RateChart>,
}

/// A success rate over time.
#[derive(Debug, Clone, PartialEq)]
pub struct RateChart {
    /// Name for people.
    pub title: String,
    /// Where it begins.
    pub from: DateTime<Utc>,
    /// Where it ends.
    pub to: DateTime<Utc>,
    /// How long each point is.
    pub step: TimeDelta,
    /// Successes and attempts of each step, oldest first; no attempts are a gap.
    pub points: Vec<(u64, u64)>,
    /// The worst acceptable rate.
    pub slo: f64,
    /// What the rate of the whole stage can be.
    pub interval: (f64, f64),
    /// When exposure changed, and what happened then, oldest first.
    pub changes: Vec<(DateTime<Utc>, String)>,
}

impl Charts {
    /// Those of this assessment.
    pub(super) fn of(runbook: &Runbook, assessment: &Assessment, history: &History) -> Self {
        Self { rate: rate(runbook, assessment, history) }
    }
}

fn rate(runbook: &Runbook, assessment: &Assessment, history: &History) -> Option<RateChart> {
    let scope = format!("stage:{}", assessment.stage.key);
    let of_stage = |rate: &&crate::judge::RateAssessment| rate.kind == RateScope::Rollout && rate.scope == scope;
    let rate = assessment.rates.iter().rfind(of_stage)?;
    let (first, last) = (assessment.chart.first()?.minute, assessment.chart.last()?.minute);
    let minutes = last - first + 1;
    let step = (minutes + POINTS - 1) / POINTS;
    let points = points(&assessment.chart, first, minutes, step);
    let (from, to) = (minute_start(first), minute_start(first + step * points.len() as i64));
    Some(RateChart {
        title: crate::text::clean(&rate.title),
        from,
        to,
        step: TimeDelta::minutes(step),
        points,
        slo: rate.slo,
        interval: (rate.low, rate.high),
        changes: changes(runbook, history, from, to),
    })
}

fn points(chart: &[ChartPoint], first: i64, minutes: i64, step: i64) -> Vec<(u64, u64)> {
    let mut points = vec![(0u64, 0u64); usize::try_from((minutes + step - 1) / step).unwrap_or(0)];
    for point in chart {
        let place = usize::try_from((point.minute - first) / step).ok();
        if let Some((successes, attempts)) = place.and_then(|place| points.get_mut(place)) {
            *successes = successes.saturating_add(point.successes);
            *attempts = attempts.saturating_add(point.attempts);
        }
    }
    points
}

fn changes(
    runbook: &Runbook,
    history: &History,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Vec<(DateTime<Utc>, String)> {
    let during = |at: DateTime<Utc>| (from - TimeDelta::minutes(1)..=to).contains(&at);
    let entered = history.visits.iter().filter(|visit| during(visit.entered_at)).map(|visit| {
        let stage = runbook.stages.iter().find(|stage| stage.key == visit.stage);
        let serves = stage.map_or_else(String::new, |stage| format!(": {}", stage.exposure));
        (visit.entered_at, crate::text::clean(&format!("{}{serves}", visit.stage)))
    });
    let mut changes: Vec<(DateTime<Utc>, String)> = entered.collect();
    // What an entry into a stage wrote is no other change.
    let flags = history.flags.iter().filter(|change| during(change.at));
    let others = flags.filter(|change| {
        let near = |at: DateTime<Utc>| (at - change.at).abs() < TimeDelta::minutes(1);
        !history.visits.iter().any(|visit| near(visit.entered_at))
    });
    changes.extend(others.map(|change| (change.at, "the flag was changed".to_owned())));
    changes.sort_by_key(|(at, _)| *at);
    changes
}
