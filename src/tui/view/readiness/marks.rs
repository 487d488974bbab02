//! How a line stands: a glyph and a word, and a colour beside them; and the facts of a detail.

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use crate::tui::{theme::Theme, view::line};

/// Columns of glyph, word and the blank after it.
pub(super) const MARK: usize = 10;
/// Columns of a fact's name.
const NAME: usize = 12;

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// It is there, and holds.
    Good,
    /// It is still to come.
    Wait,
    /// It does not hold.
    Bad,
    /// It cannot be told.
    Blind,
    /// It counts for nothing any more.
    Void,
}

impl Look {
    /// Its glyph and style.
    pub fn glyph(self, theme: &Theme) -> (&'static str, Style) {
        match self {
            Self::Good => (theme.glyphs.pass, theme.good),
            Self::Wait => (theme.glyphs.open, theme.wait),
            Self::Bad => (theme.glyphs.fail, theme.bad),
            Self::Blind => (theme.glyphs.unknown, theme.blind),
            Self::Void => (theme.glyphs.pending, theme.dim),
        }
    }
}

/// Glyph and word, in their columns.
pub(super) fn mark(look: Look, word: &str, theme: &Theme) -> Vec<Span<'static>> {
    let (glyph, style) = look.glyph(theme);
    let bold = if look == Look::Void { style } else { style.patch(theme.strong) };
    vec![
        Span::styled(format!("{glyph} "), style),
        line::text(format!("{:<width$}", word.to_uppercase(), width = MARK - 3), bold),
        line::gap(1),
    ]
}

/// Glyph and a few words, as they are.
pub(super) fn said(look: Look, words: &str, theme: &Theme) -> Vec<Span<'static>> {
    let (glyph, style) = look.glyph(theme);
    vec![Span::styled(format!("{glyph} "), style), line::text(words, style)]
}

/// A fact of a detail: its name, and what it says below one another.
pub(super) fn fact(name: &str, body: &str, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    line::paragraph(&label(name), theme.dim, body, Style::new(), columns)
}

/// The same in a quiet voice.
pub(super) fn aside(name: &str, body: &str, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    line::paragraph(&label(name), theme.dim, body, theme.dim, columns)
}

/// A fact that begins with a glyph and a word.
pub(super) fn stands(
    name: &str,
    (look, word): (Look, &str),
    body: &str,
    columns: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let head = crate::tui::words::width(&label(name)) + crate::tui::words::width(word) + 4;
    let mut lines = line::paragraph(&" ".repeat(head), theme.dim, body, Style::new(), columns);
    if let Some(first) = lines.first_mut() {
        let mut spans = vec![line::text(label(name), theme.dim)];
        let (glyph, style) = look.glyph(theme);
        spans.push(Span::styled(format!("{glyph} "), style));
        spans.push(line::text(format!("{word}  "), style));
        first.spans.splice(0..1, spans);
    }
    lines
}

fn label(name: &str) -> String {
    format!("{:<NAME$} ", crate::text::clean(name))
}
