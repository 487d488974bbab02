//! What happened, newest first; narrowed by the line at the bottom. No more rows are made than there is room for.

use chrono::{DateTime, Utc};
use ratatui::{
    Frame,
    layout::Rect,
    style::{Modifier, Style},
    text::{Line, Span},
};

use super::{find, line, paint, panel, wide};
use crate::{
    judge::TimelineEntry,
    tui::{
        dialog::Narrowed,
        model::{Model, Screen},
        theme::Theme,
        words,
    },
    units,
};

/// From this width on there is a column for who did it.
const ROOMY: usize = 90;

/// From this width on other days have their time too.
const DATED: usize = 70;

/// The column of names is as wide as the names of so many latest entries need.
const LATEST: usize = 500;

/// What can be looked for.
const HINT: &str = "words  kind:rollback  who:ann  since:2h  until:14:00  -word  @14:05";

/// Draws the panel of the overview.
pub fn render(frame: &mut Frame, area: Rect, model: &Model) {
    let theme = &model.theme;
    let inner = panel::open(frame, area, "Timeline", summary(model), theme);
    let (columns, mut room) = (usize::from(inner.width), usize::from(inner.height));
    let mut rows = Vec::new();
    // White space where it costs nothing.
    if wide(frame.area()) && room > 4 {
        rows.push(Line::default());
        room -= 1;
    }
    match &model.history {
        None if model.warning.is_some() => rows.push(Line::from(line::text("the audit log cannot be read", theme.bad))),
        None => rows.push(Line::from(line::text("reading the audit log", theme.dim))),
        Some(history) if history.timeline.is_empty() => {
            rows.push(Line::from(line::text("nothing recorded yet", theme.dim)));
        }
        Some(history) => {
            let names = operator_width(&history.timeline);
            rows.extend(history.timeline.iter().rev().take(room).map(|entry| row(entry, columns, names, model)));
        }
    }
    paint::lines(frame, inner, rows);
}

fn summary(model: &Model) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let Some(history) = &model.history else { return Vec::new() };
    let all = history.timeline.len();
    let entries = match (all, model.screen == Screen::Timeline && model.narrowed.shown.is_some()) {
        (_, true) => counted(model),
        (1, _) => "1 entry".to_owned(),
        (n, _) => format!("{n} entries"),
    };
    let dot = theme.glyphs.dot;
    match &history.damage {
        Some(_) => vec![line::text(format!("{entries} {dot} "), theme.dim), line::text("DAMAGED", theme.bad)],
        None => vec![line::text(entries, theme.dim)],
    }
}

/// `12 of 340`.
fn counted(model: &Model) -> String {
    let timeline = model.history.as_deref().map(|history| history.timeline.as_slice()).unwrap_or_default();
    let shown = model.narrowed.count(timeline);
    format!("{} of {}", units::count(shown as u64), units::count(timeline.len() as u64))
}

fn row(entry: &TimelineEntry, columns: usize, names: usize, model: &Model) -> Line<'static> {
    let theme = &model.theme;
    let column = |text: &str, width: usize| format!("{:<width$}", words::fit(text, width - 1, theme.glyphs.ellipsis));
    let (when, width) = when(entry.at, model, columns);
    let mut left = vec![line::text(column(&when, width), theme.dim)];
    let kinds = if columns >= ROOMY { 13 } else { 10 };
    left.extend(marked(&column(&entry.kind, kinds), kind(&entry.kind, theme), model));
    // Who did it is in the detail too; what happened is not worth cutting for it.
    if columns >= ROOMY {
        left.extend(marked(&column(entry.operator.as_deref().unwrap_or(""), names), theme.dim, model));
    }
    // The kind stands before it already.
    let text = entry.text.strip_prefix(&entry.kind).and_then(|rest| rest.strip_prefix(' ')).unwrap_or(&entry.text);
    left.extend(marked(text, Style::new(), model));
    line::row(left, Vec::new(), columns, theme)
}

/// A text with the words in it that are looked for.
fn marked(text: &str, style: Style, model: &Model) -> Vec<Span<'static>> {
    if model.screen != Screen::Timeline {
        return vec![line::text(text, style)];
    }
    let mark = style.patch(model.theme.key).add_modifier(Modifier::UNDERLINED);
    let (mut spans, mut from) = (Vec::new(), 0);
    for range in model.narrowed.query.marks(text) {
        spans.extend([line::text(&text[from..range.start], style), line::text(&text[range.clone()], mark)]);
        from = range.end;
    }
    spans.push(line::text(&text[from..], style));
    spans
}

/// As wide as the longest name, within reason.
fn operator_width(timeline: &[TimelineEntry]) -> usize {
    let names = timeline.iter().rev().take(LATEST).filter_map(|entry| entry.operator.as_deref());
    names.map(words::width).max().unwrap_or(0).clamp(8, 18) + 2
}

/// The time, with its day where that is not today; and the columns that it takes. Where there is little room, of
/// another day only the day.
fn when(at: DateTime<Utc>, model: &Model, columns: usize) -> (String, usize) {
    let roomy = columns >= DATED;
    let times = model.times;
    let format = match times.day(at) == times.day(model.now) {
        true => "%H:%M:%S",
        false if roomy => "%d %b %H:%M",
        false => "%d %b",
    };
    (times.write(at, format), if roomy { 14 } else { 10 })
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
    let (theme, columns) = (&model.theme, super::panel_size(model).0);
    let (title, detail) = selected(model, columns).unwrap_or_default();
    if model.place.open && !detail.is_empty() {
        let inner = panel::open(frame, area, &title, Vec::new(), theme);
        let last = detail.len().saturating_sub(usize::from(inner.height));
        panel::scrolled(frame, inner, detail, model.place.scroll.min(last));
        return;
    }
    let timeline = &history.timeline;
    let (length, line) = (model.narrowed.count(timeline), find_line(model, columns));
    let borders = if wide(frame.area()) { 2 } else { 1 };
    let rows_of = |n: usize| u16::try_from(n).unwrap_or(u16::MAX).saturating_add(borders);
    // The list takes what it needs, and leaves the detail up to half.
    // As many rows as without what is looked for: nothing jumps while that is typed.
    let needed = rows_of(timeline.len().max(if line.is_some() { EMPTY } else { 1 }) + usize::from(line.is_some()));
    let below = match area.height {
        0..8 => 0,
        height => rows_of(detail.len()).min(height / 2).max(height.saturating_sub(needed)),
    };
    let upper = Rect { height: area.height - below, ..area };
    let mut inner = panel::open(frame, upper, "Timeline", summary(model), theme);
    if let Some(line) = line.filter(|_| inner.height > 0) {
        inner.height -= 1;
        frame.render_widget(line, Rect { y: inner.bottom(), height: 1, ..inner });
    }
    let rows =
        if length == 0 { nothing(&model.narrowed, columns, theme) } else { rows(model, timeline, inner, columns) };
    panel::scrolled(frame, inner, rows, 0);
    if below > 0 {
        let lower = Rect { y: area.y + upper.height, height: below, ..area };
        let more = usize::from(below - borders) < detail.len();
        let hint = if more { format!("{} all of it", theme.glyphs.enter) } else { String::new() };
        let hint = if more { vec![line::text(hint, theme.dim)] } else { Vec::new() };
        let inner = panel::open(frame, lower, if title.is_empty() { "Entry" } else { &title }, hint, theme);
        panel::scrolled(frame, inner, detail, 0);
    }
}

/// The rows of the list that are seen, the selected one among them.
fn rows(model: &Model, timeline: &[TimelineEntry], area: Rect, columns: usize) -> Vec<Line<'static>> {
    let (theme, narrowed) = (&model.theme, &model.narrowed);
    let (height, length) = (usize::from(area.height), narrowed.count(timeline));
    let selected = model.place.selected.min(length.saturating_sub(1));
    let first = panel::first(selected, height, length, model);
    model.drawn.mark_lines(area, first, length);
    let names = operator_width(timeline);
    let seen = narrowed.from(timeline, first).take(height).enumerate().map(|(i, entry)| {
        let mut row = row(entry, columns.saturating_sub(2), names, model);
        let here = first + i == selected;
        let mark = if here { Span::styled(format!("{} ", theme.glyphs.selected), theme.key) } else { line::gap(2) };
        row.spans.insert(0, mark);
        if here { row.patch_style(theme.strong) } else { row }
    });
    seen.collect()
}

/// Rows that say that nothing fits.
const EMPTY: usize = 3;

/// How to find something after all.
fn nothing(narrowed: &Narrowed, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    let widen = "leave a word out, look further back, or clear it with Esc";
    let kinds = format!("kinds here: {}", narrowed.kinds.join(", "));
    let mut rows = vec![Line::from(line::text("no entry fits", theme.wait))];
    rows.extend(line::excerpt(widen, theme.dim, columns, 1, theme));
    rows.extend(line::excerpt(&kinds, theme.dim, columns, 2, theme));
    rows
}

/// The line that is typed, or what stays of it; none where nothing is looked for.
fn find_line(model: &Model, columns: usize) -> Option<Line<'static>> {
    let (theme, narrowed) = (&model.theme, &model.narrowed);
    let field = find::field(model);
    if field.is_none() && narrowed.line.trim().is_empty() {
        return None;
    }
    let mut left = vec![Span::styled("/ ", theme.key)];
    match field {
        Some(field) => {
            left.extend(find::typed(field, columns.saturating_sub(24).max(8)));
            if field.text().is_empty() {
                left.extend([line::gap(1), line::text(HINT, theme.dim)]);
            }
        }
        None => left.push(line::plain(&narrowed.line)),
    }
    let right = match &narrowed.complaint {
        Some(complaint) => vec![line::text(words::fit(complaint, columns / 2, theme.glyphs.ellipsis), theme.wait)],
        None if field.is_none() => vec![line::text("Esc clears", theme.dim)],
        None => Vec::new(),
    };
    Some(line::row(left, right, columns, theme))
}

/// Title and detail of the selected entry.
pub fn selected(model: &Model, columns: usize) -> Option<(String, Vec<Line<'static>>)> {
    let timeline = &model.history.as_ref()?.timeline;
    let entry = model.narrowed.from(timeline, model.place.selected).next()?;
    Some(("Entry".to_owned(), detail(entry, columns, model)))
}

fn detail(entry: &TimelineEntry, columns: usize, model: &Model) -> Vec<Line<'static>> {
    let fact = |label: &str, body: &str| {
        line::paragraph(&format!("{label:<13}"), model.theme.dim, body, Style::new(), columns)
    };
    [
        fact("when", &model.times.millisecond(entry.at)),
        fact("what", &entry.kind),
        fact("who", entry.operator.as_deref().unwrap_or("gonogo")),
        fact("text", &entry.text),
    ]
    .concat()
}
