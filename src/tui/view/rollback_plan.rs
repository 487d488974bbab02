//! The rollback, before it is needed: what calls for it, its steps, what is written, who owns it, and the key that does
//! it. While one runs, or stands, how far it is.

mod plan;

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{line, panel, procedure, state, wide};
use crate::{
    audit::Action,
    tui::{model::Model, operation::Operation},
};

/// From this width on what calls for it stands beside what is done.
const BROAD: u16 = 110;

/// How many places the page can be scrolled to.
pub fn length(model: &Model) -> usize {
    let (columns, rows) = super::panel_size(model);
    match broad(model) {
        true => 0,
        false => page(model, columns).len().saturating_sub(rows) + 1,
    }
}

/// Whether there is one to tell of: it runs, it failed, or it stands.
fn is_under_way(model: &Model) -> bool {
    let rolls_back = |operation: &Operation| operation.action == Action::Rollback;
    model.procedure().is_some() || model.operation.as_ref().is_some_and(rolls_back)
}

fn broad(model: &Model) -> bool {
    let (columns, rows) = model.size;
    columns >= BROAD && wide(Rect::new(0, 0, columns, rows))
}

/// Draws the full screen.
pub fn render_screen(frame: &mut Frame, area: Rect, model: &Model) {
    let theme = &model.theme;
    if !broad(model) {
        let inner = panel::open(frame, area, TITLE, summary(model), theme);
        let rows = page(model, usize::from(inner.width));
        let last = rows.len().saturating_sub(usize::from(inner.height));
        let first = model.place.selected.min(last);
        // A cut page says so: what counts may be below.
        panel::scrolled(frame, inner, rows, first);
        return more(frame, inner, last - first, model);
    }
    let left = Rect { width: area.width / 2, ..area };
    let right = Rect { x: left.right(), width: area.width - left.width, ..area };
    let inner = panel::open(frame, left, CALLS, plan::called(model), theme);
    panel::scrolled(frame, inner, plan::calls(model, usize::from(inner.width), true), 0);
    let inner = panel::open(frame, right, TITLE, summary(model), theme);
    panel::scrolled(frame, inner, done(model, usize::from(inner.width), true), 0);
}

const TITLE: &str = "Rollback procedure";
const CALLS: &str = "What calls for a rollback";

/// That there is more below.
fn more(frame: &mut Frame, area: Rect, hidden: usize, model: &Model) {
    let theme = &model.theme;
    if hidden == 0 || area.height < 2 {
        return;
    }
    let text = format!("{} {hidden} more lines, Down", theme.glyphs.ellipsis);
    let text = crate::tui::words::fit(&text, usize::from(area.width), theme.glyphs.ellipsis);
    let width = usize::from(area.width);
    frame.buffer_mut().set_string(area.x, area.bottom() - 1, format!("{text:<width$}"), theme.dim);
}

/// All of it in one column: what is to be done first where it was called for, else what would call for it.
fn page(model: &Model, columns: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let mut calls = vec![line::row(vec![line::text(CALLS, theme.strong)], plan::called(model), columns, theme)];
    calls.extend(plan::calls(model, columns, false));
    let mut done = done(model, columns, false);
    match is_under_way(model) {
        true => {
            done.push(Line::default());
            done.extend(calls);
            done
        }
        false => {
            let owner = done.split_off(done.len().min(plan::HEAD));
            done.extend(calls);
            done.extend(owner);
            done
        }
    }
}

/// The procedure: as it would be, or as far as it is.
fn done(model: &Model, columns: usize, airy: bool) -> Vec<Line<'static>> {
    if !is_under_way(model) {
        return plan::plan(model, columns, airy);
    }
    let mut rows = procedure::told(model, columns);
    if airy {
        rows.insert(0, Line::default());
    }
    rows
}

fn summary(model: &Model) -> Vec<Span<'static>> {
    let theme = &model.theme;
    if is_under_way(model) {
        let (title, clock, style) = procedure::standing(model);
        return vec![line::text(title, style.patch(theme.strong)), line::text(format!("  {clock}"), theme.dim)];
    }
    match state::unjudged(model) {
        Some(_) => vec![line::text("needs the flag store and nothing else", theme.dim)],
        None if model.is_off() => vec![line::text("nobody has the feature", theme.dim)],
        None => vec![line::text("none stands", theme.dim)],
    }
}
