//! What of the rates is looked at: which of them, over which window.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    judge::{Assessment, RateAssessment, Trace, trace},
    runbook::{Rate, RateScope},
    tui::{model::Model, zoom::Zoom},
};

/// The mean that the line is, at most: the line begins at the left edge.
const LEAD: TimeDelta = TimeDelta::hours(1);

/// Every rate in the order of the tables: the present stage, those before it, then its steps, the worst first.
pub fn ordered(assessment: &Assessment) -> Vec<&RateAssessment> {
    let mut all: Vec<&RateAssessment> = stages(assessment);
    all.extend(steps(assessment));
    all
}

/// The rollout's rates, the latest stage first.
pub fn stages(assessment: &Assessment) -> Vec<&RateAssessment> {
    assessment.rates.iter().rev().filter(|rate| rate.kind == RateScope::Rollout).collect()
}

/// The steps' rates, the worst first; those without attempts last.
pub fn steps(assessment: &Assessment) -> Vec<&RateAssessment> {
    let mut steps: Vec<&RateAssessment> = assessment.rates.iter().filter(|rate| rate.kind == RateScope::Step).collect();
    let margin = |rate: &RateAssessment| rate.rate.map_or(f64::INFINITY, |share| share - rate.slo);
    // A stable sort: those alike stay in the runbook's order.
    steps.sort_by(|a, b| margin(a).total_cmp(&margin(b)));
    steps
}

/// A window, and how smooth the line in it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its begin.
    pub from: DateTime<Utc>,
    /// Its end.
    pub to: DateTime<Utc>,
    /// Minutes of the mean.
    pub mean: usize,
}

impl Window {
    /// As it is zoomed; it ends where what is judged of the rate ends.
    pub fn of(rate: &RateAssessment, zoom: Zoom) -> Self {
        let (from, mean) = match (zoom, zoom.span()) {
            (Zoom::Quarter, Some(span)) => (rate.to - span, 5),
            (Zoom::Hour, Some(span)) => (rate.to - span, 15),
            (_, Some(span)) => (rate.to - span, 60),
            (_, None) => (rate.from, 60),
        };
        Self { from: from.min(rate.to), to: rate.to, mean }
    }
}

/// The runbook's rate that this speaks of.
pub fn source<'a>(rate: &RateAssessment, model: &'a Model) -> Option<&'a Rate> {
    model.facts.runbook.rate(&rate.key)
}

/// The rate by the minute, from where its interval in this window begins to be known.
pub fn traced(rate: &RateAssessment, window: Window, begins: &[DateTime<Utc>], model: &Model) -> Option<Trace> {
    let begun = begins.iter().copied().filter(|begin| *begin <= window.from).max();
    let from = begun.unwrap_or(window.from).min(window.from - LEAD);
    trace(&model.facts.runbook, &model.snapshot, source(rate, model)?, (from, window.to))
}
