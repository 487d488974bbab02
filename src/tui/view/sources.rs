//! Sources: each query, its last answer, its latency, its errors.

use ratatui::{Frame, layout::Rect, text::Line};

use super::{line, panel};
use crate::tui::model::Model;

/// Draws the full screen.
pub fn render_screen(frame: &mut Frame, area: Rect, model: &Model) {
    let inner = panel::open(frame, area, "Sources", Vec::new(), &model.theme);
    let rows = model.sources().map(|source| {
        let (glyph, style) = model.theme.source(source.state);
        Line::from(vec![
            line::text(format!("{glyph} "), style),
            line::plain(format!("{} {}", source.name, source.address)),
        ])
    });
    panel::scrolled(frame, inner, rows.into(), 0);
}
