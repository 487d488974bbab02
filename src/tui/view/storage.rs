//! Storage and attach: what telemetry counts beside the primary rate, class by class and code by code; and what the
//! runbook knows of the selected one.

mod detail;
mod items;

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use self::items::{Item, items};
use super::{guardrails::short_count, line, list, panel, spark, state};
use crate::{
    judge::{Assessment, Tallied, pieces},
    tui::{model::Model, words},
};

/// Columns of the counts and the age.
const FIGURES: usize = 5 + 5 + 6 + 7 + 6;
/// From this width of the screen on what is known of the selected line stands beside the list.
const BESIDE: u16 = 160;
/// Columns of a name, at least.
const NAME: usize = 30;

/// How many lines can be selected.
pub fn length(model: &Model) -> usize {
    model.assessment.as_deref().map_or(0, |assessment| items(assessment, model).len())
}

/// What the line at this place is known by.
pub fn name(model: &Model, place: usize) -> Option<String> {
    items(model.assessment.as_deref()?, model).get(place).map(Item::name)
}

/// What can be looked for, of each line.
pub fn texts(model: &Model) -> Vec<String> {
    let items = model.assessment.as_deref().map(|assessment| items(assessment, model)).unwrap_or_default();
    items.iter().map(Item::name).collect()
}

/// Draws the full screen.
pub fn render_screen(frame: &mut Frame, area: Rect, model: &Model) {
    let theme = &model.theme;
    let alone = |frame: &mut Frame, state: state::State| {
        let inner = panel::open(frame, area, TITLE, Vec::new(), theme);
        state.render(frame, inner, model);
    };
    if let Some(state) = state::of_telemetry(model) {
        return alone(frame, state);
    }
    let Some(assessment) = model.assessment.as_deref() else { return };
    let items = items(assessment, model);
    if items.is_empty() {
        return alone(
            frame,
            state::State::Empty {
                what: "nothing beside the primary rate was counted in this stage or in 24 h".to_owned(),
                next: "the runbook names what is counted, under [[signal]] and [[monitor]]".to_owned(),
            },
        );
    }
    let list = list::List {
        title: TITLE,
        summary: summary(&items, model),
        total: items.len(),
        head: &|columns| Some(head(columns, model)),
        row: &|place, columns| {
            items.get(place).map_or_else(Line::default, |item| row(item, assessment, columns, model))
        },
        under: &|_, _| Vec::new(),
        sections: Vec::new(),
        detail: &|columns| selected(model, columns),
        beside_from: BESIDE,
        share: 36,
    };
    list::render(frame, area, &list, model);
}

const TITLE: &str = "Storage and attach";

/// Title and detail of the selected line.
pub fn selected(model: &Model, columns: usize) -> Option<(String, Vec<Line<'static>>)> {
    let assessment = model.assessment.as_deref()?;
    let items = items(assessment, model);
    let item = items.get(model.chosen()?)?;
    Some((item.name(), detail::of(item, assessment, columns, model)))
}

/// How much of it was seen at all.
fn summary(items: &[Item<'_>], model: &Model) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let blind = items.iter().filter(|item| item.blind().is_some()).count();
    let unlisted = items.iter().filter(|item| item.unlisted()).count();
    match (blind, unlisted) {
        (0, 0) => vec![line::text("each by its codes", theme.dim)],
        (0, n) => vec![line::text(format!("{n} unlisted"), theme.wait)],
        (n, _) => vec![line::text(format!("{} {n} not seen", theme.glyphs.unknown), theme.blind)],
    }
}

/// Columns of the bars of a day; none where there is too little room.
fn bars(columns: usize) -> usize {
    let room = columns.saturating_sub(NAME + FIGURES + 1);
    match room {
        0..8 => 0,
        8..24 => room,
        // The names grow, too.
        _ => (room * 2 / 3).min(48),
    }
}

fn head(columns: usize, model: &Model) -> Line<'static> {
    let theme = &model.theme;
    let bars = bars(columns);
    let day = if bars == 0 { String::new() } else { format!("{:<bars$}", "last 24 h") };
    let right = format!("{day}{:>5}{:>5}{:>6}{:>7}{:>6}", "15m", "1h", "24h", "stage", "last");
    line::row(vec![line::text("class and code", theme.dim)], vec![line::text(right, theme.dim)], columns, theme)
}

fn row(item: &Item<'_>, assessment: &Assessment, columns: usize, model: &Model) -> Line<'static> {
    let theme = &model.theme;
    let Tallied { counts, last_seen, .. } = item.tallied(assessment, model);
    let seen = counts.h24 + counts.stage > 0;
    let style = match seen {
        true if item.whole() => theme.strong,
        true => ratatui::style::Style::new(),
        false => theme.dim,
    };
    let mut left = vec![line::gap(if item.whole() { 0 } else { 2 }), line::text(item.name(), style)];
    if item.unlisted() {
        left.push(line::text("  unlisted", theme.wait));
    } else if let Some(class) = item.class() {
        left.push(line::text(format!("  {class}"), theme.dim));
    }
    if item.blind().is_some() {
        let unseen = vec![line::text(format!("{} not seen", theme.glyphs.unknown), theme.blind)];
        return line::row(left, unseen, columns, theme);
    }
    let mut right = day(item, bars(columns), model);
    let last = last_seen.map_or_else(|| theme.glyphs.dash.to_owned(), |at| words::age(model.now - at));
    let [m15, h1, h24, stage] = [counts.m15, counts.h1, counts.h24, counts.stage].map(short_count);
    right.push(line::text(format!("{m15:>5}{h1:>5}{h24:>6}{stage:>7}{last:>6}"), style));
    line::row(left, right, columns, theme)
}

/// How often it came in the last day, piece by piece; each line on its own scale.
fn day(item: &Item<'_>, columns: usize, model: &Model) -> Vec<Span<'static>> {
    let width = columns.saturating_sub(2);
    if width == 0 {
        return Vec::new();
    }
    let selection = item.selection();
    let window = (model.now - chrono::TimeDelta::hours(24), model.now);
    let numbers = pieces(&model.facts.runbook, &model.snapshot, item.picked(&selection), window, width);
    let most = numbers.iter().flatten().copied().max().unwrap_or(0).max(1);
    let style = if item.unlisted() { model.theme.wait } else { model.theme.accent };
    let bar = |n: &Option<u64>| match n {
        // A gap is a gap, and not nothing.
        None => line::gap(1),
        Some(n) => spark::bar(*n as f64 / most as f64, style, &model.theme),
    };
    let mut spans: Vec<Span> = numbers.iter().map(bar).collect();
    spans.push(line::gap(columns - width));
    spans
}
