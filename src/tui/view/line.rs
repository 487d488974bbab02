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

/// Columns of a fact's name.
pub const NAME: usize = 13;
/// In fewer columns what a fact says goes on below its name.
const NARROW: usize = 48;

/// A fact: its name, and what it says beside it; where there is little room, going on below it.
pub fn fact(name: &str, body: &str, style: Style, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    if columns >= NARROW {
        return paragraph(&format!("{name:<0$} ", NAME - 1), theme.dim, body, style, columns);
    }
    const INDENT: usize = 2;
    if name.is_empty() {
        return paragraph(&" ".repeat(INDENT), theme.dim, body, style, columns);
    }
    let label = format!("{name}  ");
    // No line ends within the name: it is wrapped together with what it says.
    let held = "\u{2007}".repeat(words::width(&label));
    let lines = words::wrap(&format!("{held}{body}"), columns.saturating_sub(INDENT));
    let begun = |line: &str| line.strip_prefix(&held).map(str::to_owned);
    let row = |(i, line): (usize, String)| match begun(&line).filter(|_| i == 0) {
        Some(rest) => Line::from(vec![text(&label, theme.dim), Span::styled(rest, style)]),
        None => Line::from(vec![gap(INDENT), Span::styled(line, style)]),
    };
    lines.into_iter().enumerate().map(row).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::ThemeName;

    #[test]
    fn a_fact_goes_on_beside_its_name_or_below_it_where_there_is_little_room() {
        let theme = Theme::new(ThemeName::Dark, false, true);
        let told = |name: &str, columns| -> Vec<String> {
            let lines = fact(name, "compare the cursors of both sides first", Style::new(), columns, &theme);
            lines.iter().map(|line| line.spans.iter().map(|span| span.content.as_ref()).collect()).collect()
        };
        assert_eq!(told("triage", 60), ["triage       compare the cursors of both sides first"]);
        assert_eq!(told("triage", 30), ["triage  compare the cursors", "  of both sides first"]);
        assert_eq!(told("", 30), ["  compare the cursors of both", "  sides first"]);
        assert!(told("a name of many words", 60)[0].starts_with("a name of many words compare"));
    }
}
