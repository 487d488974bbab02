//! The rate that speaks for the rollout: now, against its SLO, over the stage's window; by stage and by step.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span, Text},
};

use super::{chart::Chart, line, panel, wide};
use crate::{
    judge::{Assessment, RateAssessment},
    runbook::RateScope,
    tui::{model::Model, theme::Theme, words},
};

/// Draws the panel.
pub fn render(frame: &mut Frame, area: Rect, model: &Model) {
    let theme = &model.theme;
    let primary = model.assessment.as_deref().and_then(|a| present(a, model));
    let title = model.facts.runbook.primary_rate().map_or("Success", |rate| rate.title.as_str());
    let summary = match primary {
        _ if area.height == 1 => primary.map(|rate| figures(rate, theme, false)).unwrap_or_default(),
        Some(rate) => vec![line::text(format!("stage window, n {}", words::count(rate.attempts)), theme.dim)],
        None => Vec::new(),
    };
    let inner = panel::open(frame, area, title, summary, theme);
    if inner.is_empty() {
        return;
    }
    let columns = usize::from(inner.width);
    let (Some(assessment), Some(rate)) = (model.assessment.as_deref(), primary) else {
        frame.render_widget(Line::from(line::text("no data yet", theme.dim)), inner);
        return;
    };
    let tables = tables(assessment, columns, theme);
    let boxed = wide(frame.area());
    let room = usize::from(inner.height);
    let below = if room >= 10 + tables.len() {
        tables
    } else if room >= 8 {
        steps(assessment, columns, theme).into_iter().collect()
    } else {
        Vec::new()
    };
    let white = |from: usize| u16::from(boxed && room >= from);
    let [_, figures_area, _, chart_area, _, below_area] = Layout::vertical([
        Constraint::Length(white(7)),
        Constraint::Length(1),
        Constraint::Length(white(12)),
        Constraint::Fill(1),
        Constraint::Length(u16::from(below.len() > 1)),
        Constraint::Length(u16::try_from(below.len()).unwrap_or(u16::MAX)),
    ])
    .areas(inner);
    let mut figures = figures(rate, theme, true);
    if let Some(blind) = &rate.blind {
        figures.extend([line::gap(3), line::text(format!("{} {blind}", theme.glyphs.unknown), theme.blind)]);
    }
    frame.render_widget(line::row(figures, Vec::new(), columns, theme), figures_area);
    if rate.attempts == 0 {
        frame.render_widget(Line::from(line::text("nothing was tried in this stage yet", theme.dim)), chart_area);
    } else {
        let chart = Chart {
            points: &assessment.chart,
            slo: rate.slo,
            from: rate.from,
            to: rate.to,
            blind: rate.blind.is_some(),
        };
        chart.render(frame.buffer_mut(), chart_area, theme);
    }
    frame.render_widget(Text::from(below), below_area);
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
        return vec![line::text("no attempts", theme.dim), line::gap(3), line::text(slo(rate), theme.dim)];
    };
    let style = if rate.blind.is_some() { theme.dim } else { judged(rate, theme) };
    let mut spans = vec![line::text(format!("{} %", words::percent(value)), style.patch(theme.strong))];
    if whole {
        spans.extend([line::gap(2), line::text(interval(rate, theme), theme.dim), line::gap(4)]);
        spans.extend([line::plain("SLO "), line::text(words::percent(rate.slo), theme.strong)]);
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

/// The steps in one row: name and rate.
fn steps(assessment: &Assessment, columns: usize, theme: &Theme) -> Option<Line<'static>> {
    let mut spans = Vec::new();
    for rate in assessment.rates.iter().filter(|rate| rate.kind == RateScope::Step) {
        let value = rate.rate.map_or_else(|| theme.glyphs.dash.to_owned(), words::percent);
        spans.extend([
            line::text(format!("{} ", rate.key), theme.dim),
            line::text(value, judged(rate, theme)),
            line::gap(2),
        ]);
    }
    spans.pop();
    (!spans.is_empty()).then(|| line::row(spans, Vec::new(), columns, theme))
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
                    format!("{interval:>19}{:>9}{:>10}", words::percent(rate.slo), words::count(rate.attempts)),
                    theme.dim,
                ),
            ];
            rows.push(line::row(vec![line::gap(2), line::plain(name)], right, columns, theme));
        }
    }
    rows
}
