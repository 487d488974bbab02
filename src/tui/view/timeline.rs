//! What happened, newest first.

use chrono::{DateTime, Utc};
use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span, Text},
};

use super::{line, panel, wide};
use crate::{
    judge::TimelineEntry,
    tui::{model::Model, theme::Theme, words},
};

/// From this width on there is a column for who did it.
const ROOMY: usize = 90;

/// From this width on other days have their time too.
const DATED: usize = 70;

/// Draws the panel of the overview.
pub fn render(frame: &mut Frame, area: Rect, model: &Model) {
    let theme = &model.theme;
    let inner = panel::open(frame, area, "Timeline", summary(model), theme);
    let (columns, mut room) = (usize::from(inner.width), usize::from(inner.height));
    let mut rows = Vec::new();
    match &model.history {
        None if model.warning.is_some() => rows.push(Line::from(line::text("the audit log cannot be read", theme.bad))),
        None => rows.push(Line::from(line::text("reading the audit log", theme.dim))),
        Some(history) if history.timeline.is_empty() => {
            rows.push(Line::from(line::text("nothing recorded yet", theme.dim)));
        }
        Some(history) => {
            if wide(frame.area()) && room > 4 {
                rows.push(Line::default());
                room -= 1;
            }
            rows.extend(history.timeline.iter().rev().take(room).map(|entry| row(entry, columns, model)));
        }
    }
    frame.render_widget(Text::from(rows), inner);
}

fn summary(model: &Model) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let Some(history) = &model.history else { return Vec::new() };
    let entries = match history.timeline.len() {
        1 => "1 entry".to_owned(),
        n => format!("{n} entries"),
    };
    let dot = theme.glyphs.dot;
    match &history.damage {
        Some(_) => vec![line::text(format!("{entries} {dot} "), theme.dim), line::text("DAMAGED", theme.bad)],
        None => vec![line::text(entries, theme.dim)],
    }
}

fn row(entry: &TimelineEntry, columns: usize, model: &Model) -> Line<'static> {
    let theme = &model.theme;
    let column = |text: &str, width: usize| format!("{:<width$}", words::fit(text, width - 1, theme.glyphs.ellipsis));
    let (when, width) = when(entry.at, model.now, columns);
    let mut left = vec![
        line::text(column(&when, width), theme.dim),
        line::text(column(&entry.kind, 10), kind(&entry.kind, theme)),
    ];
    // Who did it is in the detail too; what happened is not worth cutting for it.
    if columns >= ROOMY {
        left.push(line::text(column(entry.operator.as_deref().unwrap_or(""), operator_width(model)), theme.dim));
    }
    // The kind stands before it already.
    let text = entry.text.strip_prefix(&entry.kind).and_then(|rest| rest.strip_prefix(' ')).unwrap_or(&entry.text);
    left.push(line::plain(text));
    line::row(left, Vec::new(), columns, theme)
}

/// As wide as the longest name, within reason.
fn operator_width(model: &Model) -> usize {
    let names =
        model.history.iter().flat_map(|history| &history.timeline).filter_map(|entry| entry.operator.as_deref());
    names.map(words::width).max().unwrap_or(0).clamp(8, 18) + 2
}

/// The time, with its day where that is not today; and the columns that it takes. Where there is little room, of
/// another day only the day.
fn when(at: DateTime<Utc>, now: DateTime<Utc>, columns: usize) -> (String, usize) {
    let roomy = columns >= DATED;
    let format = match at.date_naive() == now.date_naive() {
        true => "%H:%M:%S",
        false if roomy => "%d %b %H:%M",
        false => "%d %b",
    };
    (at.format(format).to_string(), if roomy { 14 } else { 10 })
}

fn kind(kind: &str, theme: &Theme) -> Style {
    match kind {
        "advance" => theme.accent,
        "rollback" => theme.bad,
        "gate" | "qa" | "resolution" => theme.good,
        _ => Style::new(),
    }
}

/// Draws the full screen.
pub fn render_screen(frame: &mut Frame, area: Rect, model: &Model) {
    let Some(history) = model.history.as_deref().filter(|history| !history.timeline.is_empty()) else {
        return render(frame, area, model);
    };
    let columns = super::panel_size(model).0;
    let rows = history.timeline.iter().rev().map(|entry| row(entry, columns.saturating_sub(2), model)).collect();
    let list = panel::List { title: "Timeline", summary: summary(model), head: None, rows };
    let (title, detail) = selected(model, columns).unwrap_or_default();
    panel::list_and_detail(frame, area, list, (&title, detail), model);
}

/// Title and detail of the selected entry.
pub fn selected(model: &Model, columns: usize) -> Option<(String, Vec<Line<'static>>)> {
    let entry = model.history.as_ref()?.timeline.iter().rev().nth(model.place.selected)?;
    Some(("Entry".to_owned(), detail(entry, columns, &model.theme)))
}

fn detail(entry: &TimelineEntry, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    let fact =
        |label: &str, body: &str| line::paragraph(&format!("{label:<13}"), theme.dim, body, Style::new(), columns);
    [
        fact("when", &entry.at.format("%Y-%m-%d %H:%M:%S%.3f UTC").to_string()),
        fact("what", &entry.kind),
        fact("who", entry.operator.as_deref().unwrap_or("gonogo")),
        fact("text", &entry.text),
    ]
    .concat()
}
