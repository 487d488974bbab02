//! The frame around a panel: a box where there is room, else one rule; title on the left, summary on the right.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span, Text},
};

use super::{line, wide};
use crate::tui::{model::Model, theme::Theme};

/// Draws the frame and gives the room within.
pub fn open(frame: &mut Frame, area: Rect, title: &str, summary: Vec<Span<'static>>, theme: &Theme) -> Rect {
    if area.is_empty() {
        return area;
    }
    if wide(frame.area()) && area.height >= 3 {
        boxed(frame, area, (title, theme.strong), summary, theme.frame, theme)
    } else {
        let [_, _, _, _, horizontal, _] = theme.glyphs.frame;
        let inset = u16::from(area.width > 2);
        let area = Rect { x: area.x + inset, width: area.width - 2 * inset, ..area };
        let title = (title, theme.strong);
        frame.render_widget(rule(area.width, title, summary, ["", ""], horizontal, theme.frame, theme), area);
        Rect { y: area.y + 1, height: area.height - 1, ..area }
    }
}

/// Draws a box and gives the room within, one blank column on each side.
pub fn boxed(
    frame: &mut Frame,
    area: Rect,
    title: (&str, Style),
    summary: Vec<Span<'static>>,
    style: Style,
    theme: &Theme,
) -> Rect {
    let [top_left, top_right, bottom_left, bottom_right, horizontal, vertical] = theme.glyphs.frame;
    let top = rule(area.width, title, summary, [top_left, top_right], horizontal, style, theme);
    frame.render_widget(top, Rect { height: 1, ..area });
    let buffer = frame.buffer_mut();
    for y in area.y + 1..area.bottom().saturating_sub(1) {
        buffer.set_string(area.x, y, vertical, style);
        buffer.set_string(area.right() - 1, y, vertical, style);
    }
    if area.height >= 2 {
        let middle = horizontal.repeat(usize::from(area.width.saturating_sub(2)));
        buffer.set_string(area.x, area.bottom() - 1, format!("{bottom_left}{middle}{bottom_right}"), style);
    }
    Rect {
        x: area.x + 2.min(area.width),
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    }
}

fn rule(
    width: u16,
    (title, title_style): (&str, Style),
    summary: Vec<Span<'static>>,
    [begin, end]: [&str; 2],
    horizontal: &str,
    style: Style,
    theme: &Theme,
) -> Line<'static> {
    let width = usize::from(width);
    let lead = if begin.is_empty() { String::new() } else { format!("{begin}{horizontal} ") };
    let tail = if end.is_empty() { String::new() } else { format!(" {horizontal}{end}") };
    let mut left = vec![Span::styled(lead, style), line::text(title, title_style), line::gap(1)];
    let ends = line::width(&left) + crate::tui::words::width(&tail);
    // The summary may take all but the title and a piece of the rule.
    let room = width.saturating_sub(ends + 4);
    let summary = line::cut(summary, room, theme);
    let summary_width = line::width(&summary);
    let fill = width.saturating_sub(ends + summary_width + usize::from(summary_width > 0));
    left.push(Span::styled(horizontal.repeat(fill), style));
    if summary_width > 0 {
        left.push(line::gap(1));
        left.extend(summary);
        left.push(Span::styled(tail, style));
    } else {
        left.push(Span::styled(tail.replace(' ', horizontal), style));
    }
    Line::from(left)
}

/// A list of which one line is selected.
pub struct List<'a> {
    /// Its title.
    pub title: &'a str,
    /// Its summary.
    pub summary: Vec<Span<'static>>,
    /// The names of its columns.
    pub head: Option<Line<'static>>,
    /// Its lines, two columns narrower than the panel.
    pub rows: Vec<Line<'static>>,
}

/// A list and, below it, what is to know of the selected line; or that alone, where it was opened.
pub fn list_and_detail(
    frame: &mut Frame,
    area: Rect,
    list: List,
    (detail_title, detail): (&str, Vec<Line<'static>>),
    model: &Model,
) {
    let theme = &model.theme;
    let borders = if wide(frame.area()) { 2 } else { 1 };
    if model.place.open {
        let inner = open(frame, area, detail_title, Vec::new(), theme);
        let last = detail.len().saturating_sub(usize::from(inner.height));
        scrolled(frame, inner, detail, model.place.scroll.min(last));
        return;
    }
    // The list takes what it needs, and leaves the detail up to half.
    let rows_of = |n: usize| u16::try_from(n).unwrap_or(u16::MAX).saturating_add(borders);
    let wanted = rows_of(list.rows.len() + usize::from(list.head.is_some()));
    let below = match area.height {
        0..8 => 0,
        height => rows_of(detail.len()).min(height / 2).max(height.saturating_sub(wanted)),
    };
    let upper = Rect { height: area.height - below, ..area };
    let mut inner = open(frame, upper, list.title, list.summary, theme);
    if let Some(mut head) = list.head.filter(|_| inner.height > 1) {
        head.spans.insert(0, line::gap(2));
        frame.render_widget(head, Rect { height: 1, ..inner });
        inner = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
    }
    let (height, length) = (usize::from(inner.height), list.rows.len());
    let selected = model.place.selected.min(length.saturating_sub(1));
    let first = selected.saturating_sub(height / 2).min(length.saturating_sub(height));
    let mut rows = list.rows;
    for (i, row) in rows.iter_mut().enumerate() {
        let mark = match i == selected {
            true => Span::styled(format!("{} ", theme.glyphs.selected), theme.key),
            false => line::gap(2),
        };
        row.spans.insert(0, mark);
    }
    if let Some(row) = rows.get_mut(selected) {
        *row = std::mem::take(row).patch_style(theme.strong);
    }
    scrolled(frame, inner, rows, first);
    if below > 0 {
        let lower = Rect { y: area.y + upper.height, height: below, ..area };
        let more = usize::from(below - borders) < detail.len();
        let hint =
            if more { vec![line::text(format!("{} all of it", theme.glyphs.enter), theme.dim)] } else { Vec::new() };
        let inner = open(frame, lower, detail_title, hint, theme);
        scrolled(frame, inner, detail, 0);
    }
}

/// The lines from `first` on, as many as fit.
pub fn scrolled(frame: &mut Frame, area: Rect, rows: Vec<Line<'static>>, first: usize) {
    let rows: Vec<Line> = rows.into_iter().skip(first).take(usize::from(area.height)).collect();
    frame.render_widget(Text::from(rows), area);
}
