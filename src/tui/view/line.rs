//! Lines made of what matters on the left and facts on the right, cut to fit.

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use crate::tui::{theme::Theme, words};

/// Text in a style.
pub fn text(content: impl AsRef<str>, style: Style) -> Span<'static> {
    Span::styled(crate::text::clean(content.as_ref()), style)
}

/// Text as it is.
pub fn plain(content: impl AsRef<str>) -> Span<'static> {
    text(content, Style::new())
}

/// So many blanks.
pub fn gap(columns: usize) -> Span<'static> {
    Span::raw(" ".repeat(columns))
}

/// How many columns these take.
pub fn width(spans: &[Span]) -> usize {
    spans.iter().map(|span| words::width(&span.content)).sum()
}

/// These, in at most `columns` columns.
pub fn cut(spans: Vec<Span<'static>>, columns: usize, theme: &Theme) -> Vec<Span<'static>> {
    if width(&spans) <= columns {
        return spans;
    }
    let mut room = columns;
    let mut out = Vec::with_capacity(spans.len());
    let mut rest = width(&spans);
    for span in spans {
        let w = words::width(&span.content);
        rest -= w;
        // The last one that fits whole must leave room for the sign that something is missing.
        if w < room || (w == room && rest == 0) {
            room -= w;
            out.push(span);
        } else {
            let mut wanted = span.content.into_owned();
            if w == room {
                wanted.push(' ');
            }
            out.push(Span::styled(words::fit(&wanted, room, theme.glyphs.ellipsis), span.style));
            break;
        }
    }
    out
}

/// `left` as far as it fits, and `right` at the right end. Where there is no room for both, the right gives way.
pub fn row(left: Vec<Span<'static>>, right: Vec<Span<'static>>, columns: usize, theme: &Theme) -> Line<'static> {
    let right_width = width(&right);
    if right.is_empty() || right_width + 8 > columns {
        return Line::from(cut(left, columns, theme));
    }
    let mut spans = cut(left, columns - right_width - 1, theme);
    spans.push(gap(columns - right_width - width(&spans)));
    spans.extend(right);
    Line::from(spans)
}

/// A bar of so many cells.
pub fn bar(share: f64, cells: usize, theme: &Theme) -> Vec<Span<'static>> {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    // Full only when it is full, empty only when it is empty.
    let full = (share * cells as f64).floor() as usize;
    let full = if share > 0.0 { full.max(1) } else { 0 }.min(cells);
    vec![
        Span::styled(theme.glyphs.bar_full.repeat(full), theme.accent),
        Span::styled(theme.glyphs.bar_empty.repeat(cells - full), theme.dim),
    ]
}

/// A wrapped text in at most so many rows, with a sign where it was cut.
pub fn excerpt(body: &str, style: Style, columns: usize, rows: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut lines = words::wrap(body, columns);
    if lines.len() > rows && rows > 0 {
        let rest = lines.split_off(rows - 1).join(" ");
        lines.push(words::fit(&rest, columns, theme.glyphs.ellipsis));
    }
    lines.into_iter().take(rows).map(|line| Line::styled(line, style)).collect()
}

/// Each line of a wrapped text: the first after `label`, the others below it.
pub fn paragraph(label: &str, label_style: Style, body: &str, style: Style, columns: usize) -> Vec<Line<'static>> {
    let indent = words::width(label);
    words::wrap(body, columns.saturating_sub(indent))
        .into_iter()
        .enumerate()
        .map(|(i, line)| {
            let head = if i == 0 { Span::styled(label.to_owned(), label_style) } else { gap(indent) };
            Line::from(vec![head, Span::styled(line, style)])
        })
        .collect()
}
