//! The palette: what is typed, and below it what fits, with its keys.

use ratatui::{
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{
    dialog::{self, ESC, Ground, Hint::Fixed, ROLL_BACK, Row, Stop, TAB},
    line,
};
use crate::tui::{
    dialog::{Focus, PaletteForm},
    keys::Bound,
    theme::Theme,
    words,
};

/// Rows around the list: frame, white space, the line that is typed, keys.
const AROUND: u16 = 7;
/// Most rows of the list, where that is less than half of the screen.
const MOST: u16 = 14;
/// Columns of a name.
const NAME: usize = 16;
/// Columns of the keys.
const KEYS: usize = 10;

/// The dialog, with what fits what is typed.
pub fn sheet<'a>(area: Rect, form: &PaletteForm, found: &[&Bound], ground: impl Into<Ground<'a>>) -> dialog::Sheet {
    let ground = ground.into();
    let theme = ground.theme;
    let columns = dialog::columns(area);
    let mut body = vec![dialog::field("do", &form.field, true, "the name of what is to be done", columns, theme)];
    body.push(Line::default());
    let room = usize::from(area.height.saturating_sub(AROUND).clamp(1, MOST.max(area.height / 2)));
    let first = form.selected.saturating_sub(room / 2).min(found.len().saturating_sub(room));
    let mut stops = Vec::new();
    for (i, bound) in found.iter().enumerate().skip(first).take(room) {
        stops.push(Stop::row(Row::Body(body.len()), Focus::Line(i)));
        body.push(row(bound, i == form.selected, columns, theme));
    }
    if found.is_empty() {
        body.push(Line::from(line::text("nothing is called so", theme.wait)));
    }
    // It stays where it is, however much fits.
    body.resize(room + 3, Line::default());
    let fact = match found.len() {
        0 => String::new(),
        n => format!("{} of {n}", form.selected + 1),
    };
    let keys = [
        (TAB, "complete"),
        (Fixed("Up Down"), "which"),
        (Fixed(theme.glyphs.enter), "do it"),
        (ESC, "leave"),
        (ROLL_BACK, "roll back"),
    ];
    let buttons = vec![dialog::keys(&keys, columns, ground)];
    dialog::Sheet { title: "Palette".to_owned(), fact, style: theme.accent, body, buttons, stops }
}

fn row(bound: &Bound, selected: bool, columns: usize, theme: &Theme) -> Line<'static> {
    let mark = if selected { theme.glyphs.selected } else { " " };
    let spans = vec![
        Span::styled(format!("{mark} "), theme.key),
        line::text(format!("{:<NAME$}", bound.binding.name), if selected { theme.strong } else { Style::new() }),
        line::text(format!("{:<KEYS$}", words::fit(&bound.shown, KEYS - 1, theme.glyphs.ellipsis)), theme.key),
        line::text(bound.binding.help, theme.dim),
    ];
    line::row(spans, Vec::new(), columns, theme)
}
