//! The rate that speaks for the rollout: now, against its SLO, over the stage's window; by stage and by step.

mod looked;
mod marks;
mod rows;
mod screen;

use chrono::TimeDelta;
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use super::{chart::Chart, line, paint, panel, tallies, wide};
use crate::{
    judge::{Assessment, RateAssessment},
    runbook::RateScope,
    tui::{model::Model, theme::Theme, words},
    units::count,
};

pub use self::screen::{length, render_screen};

/// The line goes back at most so far: older minutes are not kept.
const CHART: TimeDelta = TimeDelta::hours(24);

/// Draws the panel.
pub fn render(frame: &mut Frame, area: Rect, model: &Model) {
    let theme = &model.theme;
    let title = model.facts.runbook.primary_rate().map_or("Success", |rate| rate.title.as_str());
    let found = model.assessment.as_deref().and_then(|a| Some((a, present(a, model)?)));
    let Some((assessment, rate)) = found else {
        let inner = panel::open(frame, area, title, Vec::new(), theme);
        let mut rows = vec![Line::from(line::text("no data yet", theme.dim))];
        // Where the figures come to stand.
        if wide(frame.area()) && inner.height >= 7 {
            rows.insert(0, Line::default());
        }
        paint::lines(frame, inner, rows);
        return;
    };
    let chart = Chart {
        to: rate.to,
        blind: rate.blind.is_some(),
        times: model.times,
        ..Chart::new(&assessment.chart, rate.slo, rate.from.max(rate.to - CHART))
    };
    let mean = chart.mean_of();
    let inner = panel::open(frame, area, title, summary(rate, mean.as_deref(), area.height, theme), theme);
    if inner.is_empty() {
        return;
    }
    let columns = usize::from(inner.width);
    let boxed = wide(frame.area());
    let room = usize::from(inner.height);
    let white = |from: usize| u16::from(boxed && room >= from);
    let mut below = Vec::new();
    if rate.attempts > 0 && room >= 8 {
        let tables = tables(assessment, columns, theme);
        below = if room >= 10 + tables.len() { tables } else { vec![steps(assessment, columns, theme)] };
        below.retain(|row| row.width() > 0);
    }
    let [_, figures_area, _, middle, _, below_area] = Layout::vertical([
        Constraint::Length(white(7)),
        Constraint::Length(1),
        Constraint::Length(white(10)),
        Constraint::Fill(1),
        Constraint::Length(u16::from(below.len() > 1)),
        Constraint::Length(u16::try_from(below.len()).unwrap_or(u16::MAX)),
    ])
    .areas(inner);
    // Where nothing of it is on, what happens instead is what there is to see: at least the most frequent of it.
    let idle = rate.attempts == 0;
    let instead = if idle && middle.height < 2 { tallies::first(model) } else { Vec::new() };
    paint::line(frame, figures_area, &line::row(figures(rate, theme, true), instead, columns, theme));
    paint::lines(frame, below_area, below);
    if idle {
        paint::lines(frame, middle, tallies::rows(model, columns, usize::from(middle.height)));
    } else if mean.is_some() {
        chart.render(frame.buffer_mut(), middle, theme);
    } else {
        frame.render_widget(Line::from(line::text("too few attempts yet for a line", theme.dim)), middle);
    }
}

/// What the numbers and the line speak for; where they cannot be relied on, why.
fn summary(rate: &RateAssessment, mean: Option<&str>, rows: u16, theme: &Theme) -> Vec<Span<'static>> {
    let dot = theme.glyphs.dot;
    match (&rate.blind, mean) {
        _ if rows == 1 => figures(rate, theme, false),
        (Some(blind), _) => vec![line::text(format!("{} {blind}", theme.glyphs.unknown), theme.blind)],
        (None, Some(mean)) if rows > 4 => vec![line::text(format!("stage window {dot} {mean}"), theme.dim)],
        (None, _) => vec![line::text("stage window", theme.dim)],
    }
}

/// The primary rate in the present stage's window.
fn present<'a>(assessment: &'a Assessment, model: &Model) -> Option<&'a RateAssessment> {
    let key = &model.facts.runbook.primary_rate()?.key;
    let scope = format!("stage:{}", assessment.stage.key);
    let of_key = || assessment.rates.iter().filter(|rate| rate.key == *key && rate.kind == RateScope::Rollout);
    of_key().rfind(|rate| rate.scope == scope).or_else(|| of_key().next_back())
}

fn figures(rate: &RateAssessment, theme: &Theme, whole: bool) -> Vec<Span<'static>> {
    let Some(value) = rate.rate else {
        let none = if whole { "no attempts in this stage" } else { "no attempts" };
        return vec![line::text(none, theme.dim), line::gap(3), line::text(slo(rate), theme.dim)];
    };
    let style = if rate.blind.is_some() { theme.dim } else { judged(rate, theme) };
    let mut spans = vec![line::text(format!("{} %", words::percent(value)), style.patch(theme.strong))];
    if whole {
        spans.extend([line::gap(2), line::text(interval(rate, theme), theme.dim), line::gap(3)]);
        spans.extend([line::plain("SLO "), line::text(words::percent(rate.slo), theme.strong), line::gap(3)]);
        spans.extend([line::text("n ", theme.dim), line::plain(count(rate.attempts))]);
    } else {
        spans.extend([line::gap(1), line::text(slo(rate), theme.dim)]);
    }
    spans
}

fn slo(rate: &RateAssessment) -> String {
    format!("SLO {}", words::percent(rate.slo))
}

fn interval(rate: &RateAssessment, theme: &Theme) -> String {
    format!("{} {} {}", words::percent(rate.low), theme.glyphs.dash, words::percent(rate.high))
}

/// Good and bad only where the whole interval is on one side of the SLO.
fn judged(rate: &RateAssessment, theme: &Theme) -> ratatui::style::Style {
    if rate.blind.is_some() || rate.attempts == 0 {
        theme.dim
    } else if rate.low >= rate.slo {
        theme.good
    } else if rate.high < rate.slo {
        theme.bad
    } else {
        theme.wait
    }
}

/// The steps in one row: name and rate. Where there is no room for all, the worst are shown.
fn steps(assessment: &Assessment, columns: usize, theme: &Theme) -> Line<'static> {
    let mut steps: Vec<_> = assessment.rates.iter().filter(|rate| rate.kind == RateScope::Step).collect();
    let whole = steps.len();
    loop {
        let missing = steps.len() < whole;
        for gap in [3, 2, 1] {
            let mut spans: Vec<Span> = steps.iter().flat_map(|rate| step(rate, gap, theme)).collect();
            spans.pop();
            if missing {
                spans.push(line::text(format!(" {}", theme.glyphs.ellipsis), theme.dim));
            }
            if line::width(&spans) <= columns {
                return Line::from(spans);
            }
        }
        let best = |a: &&RateAssessment, b: &&RateAssessment| a.rate.unwrap_or(1.0).total_cmp(&b.rate.unwrap_or(1.0));
        let Some((drop, _)) = steps.iter().enumerate().max_by(|a, b| best(a.1, b.1)) else { return Line::default() };
        steps.remove(drop);
    }
}

fn step(rate: &RateAssessment, gap: usize, theme: &Theme) -> [Span<'static>; 3] {
    let value = match rate.rate {
        None => theme.glyphs.dash.to_owned(),
        Some(1.0) => "100".to_owned(),
        Some(rate) => words::percent(rate),
    };
    [line::text(format!("{} ", rate.key), theme.dim), line::text(value, judged(rate, theme)), line::gap(gap)]
}

/// Every rate: one row each, by stage and then by step.
fn tables(assessment: &Assessment, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut rows = Vec::new();
    for (kind, title) in [(RateScope::Rollout, "By stage"), (RateScope::Step, "By step, in this stage")] {
        let rates: Vec<_> = assessment.rates.iter().filter(|rate| rate.kind == kind).collect();
        if rates.is_empty() {
            continue;
        }
        let head = match rows.is_empty() {
            true => format!("{:>7}{:>19}{:>9}{:>10}", "rate", "95 % interval", "SLO", "n"),
            false => String::new(),
        };
        rows.push(line::row(vec![line::text(title, theme.dim)], vec![line::text(head, theme.dim)], columns, theme));
        for rate in rates {
            let name = match rate.scope.strip_prefix("stage:") {
                Some(stage) => stage,
                None => &rate.title,
            };
            let value = rate.rate.map_or_else(|| theme.glyphs.dash.to_owned(), words::percent);
            let interval = if rate.attempts == 0 { String::new() } else { interval(rate, theme) };
            let right = vec![
                line::text(format!("{value:>7}"), judged(rate, theme)),
                line::text(
                    format!("{interval:>19}{:>9}{:>10}", words::percent(rate.slo), count(rate.attempts)),
                    theme.dim,
                ),
            ];
            rows.push(line::row(vec![line::gap(2), line::plain(name)], right, columns, theme));
        }
    }
    rows
}
