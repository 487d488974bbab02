//! The list in its sections, and beside it or below it what is to know of the selected line.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{Known, checklist, evidence, gate, selected, sign_off};
use crate::tui::view::{line, panel, wide};

/// The list takes so much of the width where the detail is beside it: sixtieths.
const LEFT: u16 = 33;

/// Draws both.
pub(super) fn render(frame: &mut Frame, area: Rect, known: &Known<'_>) {
    let wide = wide(frame.area());
    let (list, detail) = if wide {
        let left = area.width * LEFT / 60;
        (Rect { width: left, ..area }, Rect { x: area.x + left, width: area.width - left, ..area })
    } else {
        // The list first: what is selected is told in full by a key.
        let below = if area.height < 10 { 0 } else { area.height * 2 / 5 };
        let upper = area.height - below;
        (Rect { height: upper, ..area }, Rect { y: area.y + upper, height: below, ..area })
    };
    let total = super::items(known.runbook).len();
    let chosen = known.model.place.selected.min(total.saturating_sub(1));
    let theme = known.theme();
    let summary = vec![line::text(format!("{} of {total}", chosen + 1), theme.dim)];
    let inner = panel::open(frame, list, "Readiness", summary, theme);
    let rows = rows(known, usize::from(inner.width.saturating_sub(2)), usize::from(inner.height));
    let at = rows.iter().position(|row| row.0 == Some(chosen)).unwrap_or(0);
    let height = usize::from(inner.height);
    let first = at.saturating_sub(height / 2).min(rows.len().saturating_sub(height));
    let lines = rows.into_iter().map(|(item, row)| marked(row, item.map(|item| item == chosen), known)).collect();
    panel::scrolled(frame, inner, lines, first);
    if !detail.is_empty() {
        let borders = if wide { (4, 2) } else { (2, 1) };
        let columns = usize::from(detail.width.saturating_sub(borders.0));
        let (title, body) = selected(known.model, columns).unwrap_or_default();
        let more = usize::from(detail.height.saturating_sub(borders.1)) < body.len();
        let hint = if more { vec![line::text("Space: all of it", theme.dim)] } else { Vec::new() };
        let inner = panel::open(frame, detail, &title, hint, theme);
        panel::scrolled(frame, inner, body, 0);
    }
}

/// A heading begins at the edge; a line that can be selected has a place for the sign that it is.
fn marked(mut row: Line<'static>, selected: Option<bool>, known: &Known<'_>) -> Line<'static> {
    let theme = known.theme();
    match selected {
        None => row,
        Some(true) => {
            row.spans.insert(0, Span::styled(format!("{} ", theme.glyphs.selected), theme.key));
            row.patch_style(theme.strong)
        }
        Some(false) => {
            row.spans.insert(0, line::gap(2));
            row
        }
    }
}

/// Headings and lines, each line with its place among those that can be selected.
fn rows(known: &Known<'_>, columns: usize, height: usize) -> Vec<(Option<usize>, Line<'static>)> {
    let theme = known.theme();
    let mut sections: Vec<(&str, Vec<Span<'static>>, Vec<Line<'static>>)> = Vec::new();
    if known.runbook.qa.is_some() {
        sections.push(("Automated gate", Vec::new(), vec![gate::row(known, columns)]));
    }
    let checks = (0..known.runbook.checklist.len()).map(|at| checklist::row(known, at, columns)).collect();
    sections.push(("Checklist", checklist::head(known, columns), checks));
    sections.push(("Evidence", Vec::new(), evidence::rows(known, columns)));
    sections.push(("Sign-off", Vec::new(), sign_off::rows(known, columns)));
    sections.push(("Roles", Vec::new(), sign_off::role_rows(known, columns)));
    sections.retain(|(_, _, lines)| !lines.is_empty());
    // White space between the sections where it costs nothing.
    let airy = sections.iter().map(|(_, _, lines)| lines.len() + 2).sum::<usize>() <= height + 1;
    let (mut rows, mut place) = (Vec::new(), 0);
    for (i, (title, head, lines)) in sections.into_iter().enumerate() {
        if airy && i > 0 {
            rows.push((None, Line::default()));
        }
        rows.push((None, line::row(vec![line::text(title, theme.accent)], head, columns + 2, theme)));
        for line in lines {
            rows.push((Some(place), line));
            place += 1;
        }
    }
    rows
}
