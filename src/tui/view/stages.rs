//! The stages as a line that is travelled.

use ratatui::{Frame, layout::Rect, text::Span};

use super::{line, paint, serving, wide};
use crate::tui::{model::Model, words};

/// Draws it: as long connectors as fit, then without the names of the other stages. Whether the present one serves stands
/// at the right, where the call has no room for it and the rail leaves some.
pub fn render(frame: &mut Frame, area: Rect, model: &Model) {
    let columns = usize::from(area.width.saturating_sub(4));
    let tries = [(7, 2, true), (4, 1, true), (2, 1, true), (4, 1, false), (1, 1, false), (1, 0, false)];
    let room = |facts: &Option<String>| facts.as_ref().map_or(0, |facts| words::width(facts) + 3);
    let facts = match wide(frame.area()) {
        true => [None, None, None],
        false => [serving::line(model), serving::short(model), None],
    };
    // Names are worth more than the whole of the fact, and the fact more than long connectors.
    let fitting = |names: bool| {
        facts.iter().find_map(|facts| {
            let tries = tries.iter().filter(|(_, _, named)| *named == names);
            let mut rails = tries.map(|(length, space, names)| rail(model, *length, *space, *names));
            rails.find(|spans| line::width(spans) + room(facts) <= columns).map(|spans| (spans, facts.clone()))
        })
    };
    let (spans, facts) = fitting(true).or_else(|| fitting(false)).unwrap_or_else(|| (rail(model, 1, 0, false), None));
    let inset = area.width.min(2);
    let right = facts.map(|facts| line::text(facts, model.theme.dim)).into_iter().collect();
    let row = line::row(spans, right, columns, &model.theme);
    paint::line(frame, Rect { x: area.x + inset, width: area.width - inset, ..area }, &row);
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
