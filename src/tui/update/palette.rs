//! The palette: a name instead of a key. What it does goes the very way of the key, so that every confirmation stays.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent};

use super::{
    Effect,
    key::{screen_key, show},
    recording,
};
use crate::tui::{
    dialog::{Dialog, PaletteForm, Typed, home, offers},
    model::Model,
};

/// Opens it. What is typed at once is meant for it.
pub(super) fn palette(model: &mut Model) -> Vec<Effect> {
    model.scroll = 0;
    model.dialogs.push(Dialog::Palette(PaletteForm::default()));
    Vec::new()
}

pub(super) fn key(model: &mut Model, mut form: PaletteForm, event: &KeyEvent) -> Vec<Effect> {
    if let Some(time) = form.time(model).filter(|_| event.code == KeyCode::Enter) {
        return recording::seek(model, &time);
    }
    let keymap = Arc::clone(&model.keymap);
    match form.key(event, &offers(&keymap, model)) {
        Typed::Left => return Vec::new(),
        Typed::Chosen(binding) => {
            if let Some(screen) = home(binding, model.screen) {
                show(model, screen);
            }
            return screen_key(model, Some(binding.command));
        }
        Typed::Stays => model.dialogs.push(Dialog::Palette(form)),
    }
    Vec::new()
}

/// Text was pasted: the best of what fits it now is selected.
pub(super) fn retyped(model: &mut Model) {
    if let Some(Dialog::Palette(form)) = model.dialogs.last_mut() {
        form.selected = 0;
    }
}
