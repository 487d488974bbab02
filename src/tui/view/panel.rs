//! The frame around a panel: a box where there is room, else one rule; title on the left, summary on the right.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{line, paint, wide};
use crate::tui::{model::Model, theme::Theme};

/// Draws the frame and gives the room within.
pub fn open(frame: &mut Frame, area: Rect, title: &str, summary: Vec<Span<'static>>, theme: &Theme) -> Rect {
    titled(frame, area, vec![line::text(title, theme.strong)], summary, theme)
}

/// The same, with a title of several parts.
pub fn titled(
    frame: &mut Frame,
    area: Rect,
    title: Vec<Span<'static>>,
    summary: Vec<Span<'static>>,
    theme: &Theme,
) -> Rect {
    if area.is_empty() {
        return area;
    }
    if wide(frame.area()) && area.height >= 3 {
        edged(frame, area, title, summary, theme.frame, theme)
    } else {
        let [_, _, _, _, horizontal, _] = theme.glyphs.frame;
        let inset = u16::from(area.width > 2);
        let area = Rect { x: area.x + inset, width: area.width - 2 * inset, ..area };
        paint::line(frame, area, &rule(area.width, title, summary, ["", ""], horizontal, theme.frame, theme));
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
    edged(frame, area, vec![line::text(title.0, title.1)], summary, style, theme)
}

fn edged(
    frame: &mut Frame,
    area: Rect,
    title: Vec<Span<'static>>,
    summary: Vec<Span<'static>>,
    style: Style,
    theme: &Theme,
) -> Rect {
    let [top_left, top_right, bottom_left, bottom_right, horizontal, vertical] = theme.glyphs.frame;
    let top = rule(area.width, title, summary, [top_left, top_right], horizontal, style, theme);
    paint::line(frame, area, &top);
    let buffer = frame.buffer_mut();
    for y in area.y + 1..area.bottom().saturating_sub(1) {
        paint::cell(buffer, area.x, y, vertical, style);
        paint::cell(buffer, area.right() - 1, y, vertical, style);
    }
    if area.height >= 2 {
        let y = area.bottom() - 1;
        for x in area.x + 1..area.right().saturating_sub(1) {
            paint::cell(buffer, x, y, horizontal, style);
        }
        paint::cell(buffer, area.right() - 1, y, bottom_right, style);
        paint::cell(buffer, area.x, y, bottom_left, style);
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
    title: Vec<Span<'static>>,
    summary: Vec<Span<'static>>,
    [begin, end]: [&str; 2],
    horizontal: &str,
    style: Style,
    theme: &Theme,
) -> Line<'static> {
    let width = usize::from(width);
    let lead = if begin.is_empty() { String::new() } else { format!("{begin}{horizontal} ") };
    let tail = if end.is_empty() { String::new() } else { format!(" {horizontal}{end}") };
    let mut left = vec![Span::styled(lead, style)];
    left.extend(title);
    left.push(line::gap(1));
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

/// The first row that is shown of a list of so many, around the one at that place; where a line was clicked on, the list
/// stays as it was.
pub fn first(at: usize, height: usize, length: usize, model: &Model) -> usize {
    let first = model.place.clicked.map_or_else(|| at.saturating_sub(height / 2), |clicked| clicked.first);
    let first = first.min(length.saturating_sub(height));
    model.drawn.mark_first(first);
    first
}

/// The lines from `first` on, as many as fit.
pub fn scrolled(frame: &mut Frame, area: Rect, rows: Vec<Line<'static>>, first: usize) {
    paint::lines(frame, area, rows.into_iter().skip(first));
}
