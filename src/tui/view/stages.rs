//! The stages as a line that is travelled.

use ratatui::{Frame, layout::Rect, text::Span};

use super::line;
use crate::tui::model::Model;

/// Draws it: as long connectors as fit, then without the names of the other stages.
pub fn render(frame: &mut Frame, area: Rect, model: &Model) {
    let columns = usize::from(area.width.saturating_sub(4));
    let tries = [(7, 2, true), (4, 1, true), (2, 1, true), (4, 1, false), (1, 1, false), (1, 0, false)];
    let mut spans = Vec::new();
    for (length, space, names) in tries {
        spans = rail(model, length, space, names);
        if line::width(&spans) <= columns {
            break;
        }
    }
    let inset = area.width.min(2);
    let row = line::row(spans, Vec::new(), columns, &model.theme);
    frame.render_widget(row, Rect { x: area.x + inset, width: area.width - inset, ..area });
}

fn rail(model: &Model, length: usize, space: usize, names: bool) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let glyphs = &theme.glyphs;
    let present = model.assessment.as_ref().map(|a| a.stage.index);
    let rolled_back = model.history.as_ref().and_then(|h| h.present()).is_some_and(|visit| visit.by_rollback);
    let mut spans = Vec::new();
    for (i, stage) in model.facts.runbook.stages.iter().enumerate() {
        if i > 0 {
            let (piece, style) =
                if present.is_some_and(|p| i <= p) { (glyphs.thick, theme.good) } else { (glyphs.thin, theme.dim) };
            spans.extend([line::gap(space), Span::styled(piece.repeat(length), style), line::gap(space)]);
        }
        let here = present == Some(i);
        let (glyph, style) = match present {
            Some(p) if i < p => (glyphs.pass, theme.good),
            Some(p) if i == p => (glyphs.here, theme.accent),
            _ => (glyphs.open, theme.dim),
        };
        spans.extend([Span::styled(glyph, style), line::gap(1)]);
        let name = if names || here { format!("{i} {}", stage.title) } else { i.to_string() };
        spans.push(line::text(name, if here { theme.strong } else { theme.dim }));
        if here && rolled_back {
            spans.extend([line::gap(2), line::text("rolled back", theme.wait)]);
        } else if here && !stage.exposure.is_off() {
            spans.extend([line::gap(2), line::text(stage.exposure.to_string(), theme.strong)]);
        }
    }
    spans
}
