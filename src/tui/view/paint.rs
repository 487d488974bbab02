//! Lines drawn into the buffer as ratatui draws them, and sooner: most of what is on the screen are characters of one
//! column each that join with nothing, and those need no search for clusters. Whatever else there is goes to ratatui.

use ratatui::{
    Frame,
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::Widget,
};

/// Draws these lines from the top of `area` on, as many as fit.
pub fn lines<'a>(frame: &mut Frame, area: Rect, lines: impl IntoIterator<Item = Line<'a>>) {
    let buffer = frame.buffer_mut();
    for (line, row) in lines.into_iter().zip(area.intersection(buffer.area).rows()) {
        into(buffer, row, &line);
    }
}

/// Draws this line in the first row of `area`.
pub fn line(frame: &mut Frame, area: Rect, line: &Line) {
    into(frame.buffer_mut(), area, line);
}

/// One cell, with this character of one column.
pub fn cell(buffer: &mut Buffer, x: u16, y: u16, symbol: &str, style: Style) {
    if let Some(cell) = buffer.cell_mut((x, y)) {
        cell.set_symbol(symbol).set_style(style);
    }
}

fn into(buffer: &mut Buffer, area: Rect, line: &Line) {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return;
    }
    let whole = line.spans.iter().all(|span| span.content.chars().all(is_single));
    if line.alignment.is_some() || !whole {
        return line.render(area, buffer);
    }
    let row = Rect { height: 1, ..area };
    if line.style != Style::default() && line.spans.iter().any(|span| !span.content.is_empty()) {
        buffer.set_style(row, line.style);
    }
    let mut x = row.x;
    for span in &line.spans {
        if x >= row.right() {
            break;
        }
        x = singles(buffer, (x, row.y), row.right(), span);
    }
}

/// Each character into a cell of its own; gives the column behind the last one.
fn singles(buffer: &mut Buffer, (x, y): (u16, u16), end: u16, span: &Span) -> u16 {
    let first = buffer.index_of(x, y);
    let room = usize::from(end - x);
    let mut text = span.content.as_ref();
    let mut drawn = 0;
    for cell in &mut buffer.content[first..first + room] {
        let Some(c) = text.chars().next() else { break };
        let (symbol, rest) = text.split_at(c.len_utf8());
        cell.set_symbol(symbol).set_style(span.style);
        (text, drawn) = (rest, drawn + 1);
    }
    x + drawn
}

/// Whether this character takes one column and joins with no other such one: what `unicode-width` and the breaking of
/// text into clusters (UAX #29) say of it, for those that are drawn often. A test compares.
fn is_single(c: char) -> bool {
    matches!(c,
        ' '..='~'
        | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{ff}' // Latin-1 without the soft hyphen
        | '\u{2010}'..='\u{2027}' // dashes, quotes, …
        | '\u{2190}'..='\u{22ff}' // arrows, mathematics
        | '\u{2500}'..='\u{25fc}' // boxes, blocks, shapes
        | '\u{2713}'..='\u{2718}' // ticks and crosses
        | '\u{2800}'..='\u{28ff}' // braille
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::style::{Color, Modifier};
    use unicode_width::UnicodeWidthChar;

    use super::*;

    #[test]
    fn a_single_character_takes_one_column() {
        for c in (' '..='\u{ffff}').filter(|c| is_single(*c)) {
            assert_eq!(c.width(), Some(1), "U+{:04X}", u32::from(c));
        }
        assert!(!['\u{ad}', '\u{301}', '\u{200d}', '\u{fe0f}', '漢', '🙂'].into_iter().any(is_single));
    }

    fn text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            8 => "[ -~]{0,9}",
            4 => "[·–…─│╭●◐⠿¡é→▰✔✘©↵≥▶]{0,5}",
            1 => "[漢字🙂\u{301}\u{200d}\u{fe0f}❤©\u{ff9e}]{0,3}",
        ];
        prop::collection::vec(piece, 0..3).prop_map(|pieces| pieces.concat())
    }

    fn style() -> impl Strategy<Value = Style> {
        prop_oneof![
            Just(Style::new()),
            Just(Style::new().fg(Color::Green).add_modifier(Modifier::BOLD)),
            Just(Style::new().bg(Color::Blue).remove_modifier(Modifier::BOLD)),
        ]
    }

    proptest! {
        #[test]
        fn a_line_is_drawn_as_ratatui_draws_it(
            spans in prop::collection::vec((text(), style()), 0..5),
            whole in style(),
            (x, y, width, height) in (0..12_u16, 0..3_u16, 0..30_u16, 0..3_u16),
        ) {
            let spans: Vec<Span> = spans.into_iter().map(|(text, style)| Span::styled(text, style)).collect();
            let line = Line::from(spans).style(whole);
            let before = Buffer::with_lines(["................", "::::::::::::::::"]);
            let area = Rect { x, y, width, height };
            let (mut theirs, mut ours) = (before.clone(), before);
            (&line).render(area, &mut theirs);
            into(&mut ours, area, &line);
            prop_assert_eq!(theirs, ours);
        }
    }
}
