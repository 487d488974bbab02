//! Rolling back: the confirmation, which nothing stands in the way of; and one that was cut off.

use crossterm::event::{KeyCode, KeyEvent};

use super::{Effect, actions::begin, key::quit, open, too_soon};
use crate::{
    audit::Action,
    judge::Unfinished,
    operations::Confirmed,
    tui::{
        dialog::{Dialog, RollbackFocus, RollbackForm},
        keys::Command,
        model::Model,
    },
};

/// Who is served after it, in words.
const OFF: &str = "off for everyone";

/// Opens the rollback's confirmation over whatever is open. Where one runs, or one stands and the flag is off, it shows
/// that one instead; asked for once more from there, it opens all the same.
pub(super) fn roll_back(model: &mut Model) -> Vec<Effect> {
    let typing = model.typing();
    let rolling = model.operation.as_ref().is_some_and(|o| o.runs() && o.action == Action::Rollback);
    let shown = matches!(model.dialog(), Some(Dialog::Progress));
    let stands = model.procedure().is_some() && model.is_off();
    model.dialogs.retain(|dialog| !matches!(dialog, Dialog::Rollback(_) | Dialog::Progress));
    if rolling || (stands && !shown) {
        model.scroll = 0;
        model.dialogs.push(Dialog::Progress);
        return Vec::new();
    }
    let form = RollbackForm::open(model, typing);
    open(model, Dialog::Rollback(form))
}

pub(super) fn key(
    model: &mut Model,
    mut form: RollbackForm,
    event: &KeyEvent,
    command: Option<Command>,
) -> Vec<Effect> {
    use RollbackFocus::{Cancel, Reason, RollBack};
    let soon = too_soon(model, form.opened);
    match (event.code, form.focus) {
        (KeyCode::Esc, _) => return Vec::new(),
        (KeyCode::Enter, _) if soon => {}
        (KeyCode::Enter, Cancel) => return Vec::new(),
        (KeyCode::Enter, RollBack) => return confirm(model, &form),
        (KeyCode::Enter, Reason) => form.focus = RollBack,
        (KeyCode::Tab | KeyCode::Down, _) => form.focus = [RollBack, Reason, Cancel][form.focus as usize],
        (KeyCode::BackTab | KeyCode::Up, _) => form.focus = [Reason, Cancel, RollBack][form.focus as usize],
        (_, Reason) => {
            form.reason.edit(event);
        }
        (KeyCode::Left | KeyCode::Right, Cancel) => form.focus = RollBack,
        (KeyCode::Left | KeyCode::Right, RollBack) => form.focus = Cancel,
        (KeyCode::Char('y'), _) if form.armed && !soon => return confirm(model, &form),
        // A hand that was too quick is no other letter: its next y counts.
        (KeyCode::Char('y'), _) if form.armed => {}
        _ if command == Some(Command::Rollback) => {}
        (KeyCode::Char(_), _) if command == Some(Command::Quit) => {
            model.dialogs.push(Dialog::Rollback(form));
            return quit(model);
        }
        (KeyCode::Char(_), _) => form.armed = false,
        _ => {}
    }
    model.dialogs.push(Dialog::Rollback(form));
    Vec::new()
}

fn confirm(model: &mut Model, form: &RollbackForm) -> Vec<Effect> {
    let reason = if form.reason.is_blank() { "operator's decision".to_owned() } else { form.reason.text() };
    let before = before(model);
    begin(model, Confirmed::Rollback { reason, resumes: None }, before, OFF.to_owned())
}

fn before(model: &Model) -> String {
    model.serves().map_or_else(|| "not read yet".to_owned(), |serves| serves.to_string())
}

/// Takes up a rollback that was cut off, unless this session only looks, acts already, or finds the flag off.
pub(super) fn take_up(model: &mut Model, unfinished: &Unfinished) -> Vec<Effect> {
    if model.facts.read_only || model.busy() || model.is_off() || unfinished.action != Action::Rollback.word() {
        return Vec::new();
    }
    let (reason, resumes) = (unfinished.reason.clone(), Some(unfinished.id.clone()));
    let before = before(model);
    let mut effects = begin(model, Confirmed::Rollback { reason, resumes }, before, OFF.to_owned());
    let times = model.times;
    if let Some(operation) = &mut model.operation {
        let Unfinished { operator, host, at, .. } = unfinished;
        operation.taken_up = Some(format!("{operator} on {host}, cut off after {}", times.minute(*at)));
    }
    effects.push(Effect::DropInput);
    effects
}
