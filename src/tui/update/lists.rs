//! The lists beside the timeline: narrowed and sorted; the selection stays on its line, whatever comes in.

use super::Effect;
use crate::{
    timeline::Words,
    tui::{
        dialog::{Narrowed, Spot},
        lists,
        model::{Model, Screen},
    },
};

/// What the selected line is known by; none on the timeline, which has its own.
pub(super) fn here(model: &Model) -> Option<String> {
    let place = model.narrowed.place(model.place.selected, lists::total(model))?;
    lists::name(model, place)
}

/// Orders and narrows again after something changed, and selects the line that is known by `on`; where it is gone, the one
/// that has come to its place.
pub(super) fn renew(model: &mut Model, on: Option<String>) {
    if model.screen == Screen::Timeline {
        return;
    }
    model.narrowed.shown = lists::arranged(model);
    if let Some(line) = on.and_then(|name| line_of(model, &name)) {
        model.place.selected = line;
    }
}

/// Narrows the list to what the line says now.
pub(super) fn retyped(model: &mut Model, line: String, from: Option<Spot>) {
    let words = Words::of(&line);
    model.narrowed = Narrowed { line, words, ..Narrowed::default() };
    model.narrowed.shown = lists::arranged(model);
    let found = match from {
        Some(Spot::Line(name)) => line_of(model, &name),
        _ => None,
    };
    model.place.selected = found.unwrap_or(0);
}

/// Sorts by the next column.
pub(super) fn sort(model: &mut Model) -> Vec<Effect> {
    let before = here(model);
    model.sort = model.sort.next();
    renew(model, before);
    model.dirty = true;
    Vec::new()
}

/// Where in what is shown the line is that is known by this.
fn line_of(model: &Model, name: &str) -> Option<usize> {
    let total = lists::total(model);
    let place = |line: &usize| model.narrowed.place(*line, total).and_then(|place| lists::name(model, place));
    (0..model.narrowed.lines(total)).find(|line| place(line).as_deref() == Some(name))
}
