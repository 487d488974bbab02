//! The line in which the list that fills the screen is searched: it narrows while it is typed.

use crossterm::event::{KeyCode, KeyEvent};

use super::{Effect, key::step, lists, timeline};
use crate::tui::{
    dialog::{Dialog, FindForm, Narrowed, Spot},
    field::Field,
    keys::Command,
    model::{Model, Screen},
};

/// Opens the line, with what it held. What is typed at once is meant for it.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let there = match model.screen {
        Screen::Timeline => model.history.is_some(),
        Screen::Help => true,
        _ => crate::tui::lists::total(model) > 0,
    };
    if there {
        let form = FindForm { field: Field::new(&model.narrowed.line), from: spot(model) };
        model.place.open = false;
        model.dialogs.push(Dialog::Find(form));
    }
    Vec::new()
}

/// A key while the line is typed.
pub(super) fn key(model: &mut Model, mut form: FindForm, event: &KeyEvent) -> Vec<Effect> {
    match event.code {
        KeyCode::Enter => return Vec::new(),
        // First it clears, then it leaves.
        KeyCode::Esc if form.field.text().is_empty() => return Vec::new(),
        KeyCode::Esc => form.field = Field::default(),
        // These always move here, whatever the keymap says: letters are text.
        KeyCode::Up | KeyCode::Down | KeyCode::PageUp | KeyCode::PageDown => {
            step(model, moves(event.code));
            form.from = spot(model);
            model.dialogs.push(Dialog::Find(form));
            return Vec::new();
        }
        _ => {
            form.field.edit(event);
        }
    }
    model.dialogs.push(Dialog::Find(form));
    retyped(model);
    Vec::new()
}

fn moves(code: KeyCode) -> Option<Command> {
    Some(match code {
        KeyCode::Up => Command::Up,
        KeyCode::Down => Command::Down,
        KeyCode::PageUp => Command::PageUp,
        KeyCode::PageDown => Command::PageDown,
        _ => return None,
    })
}

/// Somebody moved while the line is typed: what is found from here on stays near where they are.
pub(super) fn moved(model: &mut Model) {
    let here = spot(model);
    if let Some(Dialog::Find(form)) = model.dialogs.last_mut() {
        form.from = here;
    }
}

/// Narrows the list to what the line says now.
pub(super) fn retyped(model: &mut Model) {
    let Some(Dialog::Find(form)) = model.dialog() else { return };
    let (line, from) = (form.field.text(), form.from.clone());
    if line == model.narrowed.line {
        return;
    }
    match model.screen {
        Screen::Timeline => timeline::retyped(model, line, from),
        _ => lists::retyped(model, line, from),
    }
}

/// Shows everything again, if it does not; tells whether it did.
pub(super) fn widen(model: &mut Model) -> bool {
    if model.narrowed.line.is_empty() {
        return false;
    }
    let before = spot(model);
    match model.screen {
        Screen::Timeline => timeline::widened(model, before),
        _ => lists::retyped(model, String::new(), before),
    }
    model.dirty = true;
    true
}

/// The screen is another one now: nothing stays hidden for whoever comes back.
pub(super) fn left(model: &mut Model) {
    model.narrowed = Narrowed::default();
    model.dialogs.retain(|dialog| !matches!(dialog, Dialog::Find(_)));
    lists::renew(model, None);
}

/// What is selected.
fn spot(model: &Model) -> Option<Spot> {
    match model.screen {
        Screen::Timeline => timeline::spot(model),
        _ => lists::here(model).map(Spot::Line),
    }
}
