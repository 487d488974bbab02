//! The tables below the chart: one row for each stage and each step, with how much of it failed over the window.

use ratatui::text::{Line, Span};

use super::{
    super::{line, spark},
    interval, judged,
    looked::{Window, traced},
};
use crate::{
    judge::RateAssessment,
    snapshot::minute_of,
    tui::{model::Model, words, zoom::Zoom},
    units::count,
};

/// Columns of the figures.
const FIGURES: usize = 7 + 17 + 8 + 10;
/// Columns of the name, at least.
const NAME: usize = 20;

/// The columns that a table has for its bars; none where there is too little room.
fn bars(columns: usize) -> usize {
    let room = columns.saturating_sub(NAME + FIGURES + 2);
    if room < 8 { 0 } else { room.min(40) }
}

/// The names of the columns, behind the table's own.
pub fn head(title: &str, columns: usize, model: &Model) -> Line<'static> {
    let theme = &model.theme;
    line::row(vec![line::text(title, theme.strong)], names(columns, model), columns, theme)
}

/// The names of the columns alone.
pub fn names(columns: usize, model: &Model) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let bars = bars(columns);
    let whole = format!("failing in {}", model.zoom.word());
    let title =
        if words::width(&whole) + 1 < bars { whole } else { words::fit("failing", bars, theme.glyphs.ellipsis) };
    let figures = format!("{:>7}{:>17}{:>8}{:>10}", "rate", "95 %", "SLO", "n");
    vec![line::text(format!("{title:<bars$}{figures}"), theme.dim)]
}

/// One rate.
pub fn row(rate: &RateAssessment, columns: usize, model: &Model) -> Line<'static> {
    let theme = &model.theme;
    let value = rate.rate.map_or_else(|| theme.glyphs.dash.to_owned(), words::percent);
    let range = if rate.attempts == 0 { String::new() } else { interval(rate, theme) };
    let mut right = failing(rate, bars(columns), model);
    right.push(line::text(format!("{value:>7}"), judged(rate, theme)));
    let facts = format!("{range:>17}{:>8}{:>10}", words::percent(rate.slo), count(rate.attempts));
    right.push(line::text(facts, theme.dim));
    let name = match &rate.blind {
        Some(_) => vec![line::plain(name(rate, model)), line::text(format!(" {}", theme.glyphs.unknown), theme.blind)],
        None => vec![line::plain(name(rate, model))],
    };
    line::row(name, right, columns, theme)
}

/// `2 Limited external`, or the step.
pub fn name(rate: &RateAssessment, model: &Model) -> String {
    match rate.scope.strip_prefix("stage:") {
        Some(key) => match model.facts.runbook.stage(key) {
            Some((index, stage)) => format!("{index} {}", stage.title),
            None => key.to_owned(),
        },
        None => rate.title.clone(),
    }
}

/// The share that failed over the window, piece by piece: half as high as the SLO allows at the most, the SLO being the
/// middle.
fn failing(rate: &RateAssessment, columns: usize, model: &Model) -> Vec<Span<'static>> {
    if columns == 0 {
        return Vec::new();
    }
    let theme = &model.theme;
    // Each over the same window: they are compared.
    let window = Window::of(rate, model.zoom);
    let Some(trace) = traced(rate, window, &[], model).filter(|_| rate.attempts > 0 || model.zoom != Zoom::Stage)
    else {
        return vec![line::gap(columns)];
    };
    let (first, last) = (minute_of(window.from), minute_of(window.to));
    let width = columns.saturating_sub(2);
    let edge = |piece: usize| first + (last - first) * piece as i64 / width.max(1) as i64;
    let budget = 1.0 - rate.slo;
    let bar = |piece: usize| match trace.between(edge(piece), edge(piece + 1).max(edge(piece) + 1)) {
        (0, _) => line::gap(1),
        (attempts, failures) => {
            let share = failures as f64 / attempts as f64;
            let style = if rate.blind.is_some() {
                theme.dim
            } else if share > budget {
                theme.bad
            } else {
                theme.good
            };
            spark::bar(share / (2.0 * budget), style, theme)
        }
    };
    let mut spans: Vec<Span> = (0..width).map(bar).collect();
    spans.push(line::gap(columns - width));
    spans
}
