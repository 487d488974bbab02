//! The list in its sections, and beside it or below it what is to know of the selected line.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{Known, checklist, evidence, gate, selected, sign_off};
use crate::tui::{
    drawn::Target,
    keys::Command,
    view::{find, line, panel, wide},
};

/// The list takes so much of the width where the detail is beside it: sixtieths.
const LEFT: u16 = 33;

/// Draws both.
pub(super) fn render(frame: &mut Frame, area: Rect, known: &Known<'_>) {
    let wide = wide(frame.area());
    let (list, detail) = if known.model.lines() == 0 {
        (area, Rect::default())
    } else if wide {
        let left = area.width * LEFT / 60;
        (Rect { width: left, ..area }, Rect { x: area.x + left, width: area.width - left, ..area })
    } else {
        // The list first: what is selected is told in full by a key.
        let below = if area.height < 10 { 0 } else { area.height * 2 / 5 };
        let upper = area.height - below;
        (Rect { height: upper, ..area }, Rect { y: area.y + upper, height: below, ..area })
    };
    let total = super::items(known.runbook).len();
    let (model, theme) = (known.model, known.theme());
    let shown = model.narrowed.lines(total);
    let line_of = model.place.selected.min(shown.saturating_sub(1));
    let chosen = model.narrowed.place(line_of, total);
    let position = if model.narrowed.looks() { String::new() } else { format!("{} of {total}", line_of + 1) };
    let rest = if position.is_empty() { Vec::new() } else { vec![line::text(position, theme.dim)] };
    let summary = find::summary(rest, shown, total, model);
    let inner = panel::titled(frame, list, find::title("Readiness", usize::from(list.width), model), summary, theme);
    let mut rows = rows(known, usize::from(inner.width.saturating_sub(2)), usize::from(inner.height));
    if shown == 0 {
        rows = find::nothing(usize::from(inner.width), theme).into_iter().map(|row| (None, row)).collect();
    }
    let at = rows.iter().position(|row| row.0.is_some() && row.0 == chosen).unwrap_or(0);
    let height = usize::from(inner.height);
    let first = panel::first(at, height, rows.len(), model);
    for (row, item) in inner.rows().zip(rows.iter().skip(first).map(|row| row.0)) {
        let line = item.and_then(|item| match &model.narrowed.shown {
            None => Some(item),
            Some(places) => places.iter().position(|place| *place == item),
        });
        line.iter().for_each(|line| model.drawn.mark(row, Target::Line(*line)));
    }
    let lines = rows.into_iter().map(|(item, row)| marked(row, item.map(|item| Some(item) == chosen), known)).collect();
    panel::scrolled(frame, inner, lines, first);
    if !detail.is_empty() {
        let borders = if wide { (4, 2) } else { (2, 1) };
        let columns = usize::from(detail.width.saturating_sub(borders.0));
        let (title, mut body) = selected(known.model, columns).unwrap_or_default();
        // White space where it costs nothing: it begins beside the first line, below its heading.
        if wide && usize::from(detail.height) > body.len() + 3 {
            body.insert(0, Line::default());
        }
        let more = usize::from(detail.height.saturating_sub(borders.1)) < body.len();
        let hint = if more {
            vec![line::text(format!("{}: all of it", known.model.keymap.shown(Command::Details)), theme.dim)]
        } else {
            Vec::new()
        };
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

/// What can be looked for, of each line.
pub(super) fn texts(known: &Known<'_>) -> Vec<String> {
    const ALL_OF_IT: usize = 400;
    sections(known, ALL_OF_IT).iter().flat_map(|(_, _, lines)| lines).map(find::text_of).collect()
}

/// A heading, what stands beside it, and its lines.
type Section = (&'static str, Vec<Span<'static>>, Vec<Line<'static>>);

fn sections(known: &Known<'_>, columns: usize) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    if known.runbook.qa.is_some() {
        sections.push(("Automated gate", Vec::new(), vec![gate::row(known, columns)]));
    }
    let checks = (0..known.runbook.checklist.len()).map(|at| checklist::row(known, at, columns)).collect();
    sections.push(("Checklist", checklist::head(known, columns), checks));
    sections.push(("Evidence", Vec::new(), evidence::rows(known, columns)));
    sections.push(("Sign-off", Vec::new(), sign_off::rows(known, columns)));
    sections.push(("Roles", Vec::new(), sign_off::role_rows(known, columns)));
    sections.retain(|(_, _, lines)| !lines.is_empty());
    sections
}

/// Headings and the lines that are shown, each line with its place among all that can be selected.
fn rows(known: &Known<'_>, columns: usize, height: usize) -> Vec<(Option<usize>, Line<'static>)> {
    let (theme, narrowed) = (known.theme(), &known.model.narrowed);
    let sections = sections(known, columns);
    // White space between the sections where it costs nothing.
    let airy = sections.iter().map(|(_, _, lines)| lines.len() + 2).sum::<usize>() <= height + 1;
    let (mut rows, mut place) = (Vec::new(), 0);
    for (i, (title, head, lines)) in sections.into_iter().enumerate() {
        let first = place;
        place += lines.len();
        let shown = |at: &usize| narrowed.shown.as_ref().is_none_or(|shown| shown.contains(at));
        let lines: Vec<_> = (first..place).zip(lines).filter(|(at, _)| shown(at)).collect();
        if lines.is_empty() {
            continue;
        }
        if airy && i > 0 && !rows.is_empty() {
            rows.push((None, Line::default()));
        }
        rows.push((None, line::row(vec![line::text(title, theme.accent)], head, columns + 2, theme)));
        rows.extend(lines.into_iter().map(|(at, line)| (Some(at), find::marked(line, &narrowed.words, theme))));
    }
    rows
}
