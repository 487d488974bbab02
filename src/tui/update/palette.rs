//! The palette: a name instead of a key. What it does goes the very way of the key, so that every confirmation stays.

use crossterm::event::{KeyCode, KeyEvent};

use super::{
    Effect,
    key::{screen_key, show},
    recording,
};
use crate::tui::{
    dialog::{Dialog, PaletteForm, home},
    field::Field,
    model::Model,
};

/// Lines that a page goes on.
const PAGE: usize = 10;

/// Opens it. What is typed at once is meant for it.
pub(super) fn palette(model: &mut Model) -> Vec<Effect> {
    model.scroll = 0;
    model.dialogs.push(Dialog::Palette(PaletteForm::default()));
    Vec::new()
}

pub(super) fn key(model: &mut Model, mut form: PaletteForm, event: &KeyEvent) -> Vec<Effect> {
    match event.code {
        KeyCode::Esc => return Vec::new(),
        KeyCode::Enter => {
            if let Some(time) = form.time(model) {
                return recording::seek(model, &time);
            }
            if let Some(bound) = form.found(model).get(form.selected) {
                let binding = bound.binding;
                if let Some(screen) = home(binding, model.screen) {
                    show(model, screen);
                }
                return screen_key(model, Some(binding.command));
            }
        }
        KeyCode::Up => form.selected = form.selected.saturating_sub(1),
        KeyCode::Down => form.selected += 1,
        KeyCode::PageUp => form.selected = form.selected.saturating_sub(PAGE),
        KeyCode::PageDown => form.selected += PAGE,
        KeyCode::Tab => {
            if let Some(name) = form.completed(model) {
                form = PaletteForm { field: Field::new(&name), selected: 0 };
            }
        }
        _ => {
            let before = form.field.text();
            form.field.edit(event);
            if form.field.text() != before {
                form.selected = 0;
            }
        }
    }
    form.selected = form.selected.min(form.found(model).len().saturating_sub(1));
    model.dialogs.push(Dialog::Palette(form));
    Vec::new()
}

/// Text was pasted: the best of what fits it now is selected.
pub(super) fn retyped(model: &mut Model) {
    if let Some(Dialog::Palette(form)) = model.dialogs.last_mut() {
        form.selected = 0;
    }
}
