//! The short confirmations: reduce, restore, adopt.

use crossterm::event::{KeyCode, KeyEvent};

use super::{Effect, actions::begin, ask, key::quit, open, record::waiting, too_soon};
use crate::{
    operations::Confirmed,
    tui::{
        dialog::{Change, ChangeFocus, ChangeForm, Dialog},
        keys::Command,
        model::Model,
    },
};

/// Opens the confirmation, or a dialog that says what stands against it.
pub(super) fn change(model: &mut Model, change: Change) -> Vec<Effect> {
    if model.busy() {
        model.scroll = 0;
        model.dialogs.push(Dialog::Progress);
        return Vec::new();
    }
    model.asked += 1;
    let Some(form) = ChangeForm::open(model, change, model.asked) else {
        return open(model, Dialog::NotNow(change));
    };
    let asked = form.plan.as_ref().map(|plan| plan.asked);
    let plan = asked.and_then(|asked| ask(model, asked, form.after.clone(), change == Change::Restore));
    let mut effects = open(model, Dialog::Change(Box::new(form)));
    effects.extend(plan);
    effects
}

pub(super) fn key(
    model: &mut Model,
    mut form: Box<ChangeForm>,
    event: &KeyEvent,
    command: Option<Command>,
) -> Vec<Effect> {
    use ChangeFocus::{Cancel, Do, Reason, Stage};
    if event.code == KeyCode::Esc {
        return Vec::new();
    }
    if !form.changed.is_empty() {
        // Nothing is left to confirm: it must be opened again.
        if event.code == KeyCode::Enter {
            return Vec::new();
        }
        model.dialogs.push(Dialog::Change(form));
        return if command == Some(Command::Quit) { quit(model) } else { Vec::new() };
    }
    let soon = too_soon(model, form.opened);
    form.complaint = None;
    let order = form.order();
    let at = order.iter().position(|focus| *focus == form.focus).unwrap_or(0);
    match (event.code, form.focus) {
        (KeyCode::Enter, _) if soon => {}
        (KeyCode::Enter, Cancel) => return Vec::new(),
        (KeyCode::Enter, Stage) => form.focus = Reason,
        (KeyCode::Enter, Reason) => form.focus = Do,
        (KeyCode::Enter, Do) => return try_confirm(model, form),
        (KeyCode::Tab | KeyCode::Down, _) => form.focus = order[(at + 1) % order.len()],
        (KeyCode::BackTab | KeyCode::Up, _) => form.focus = order[(at + order.len() - 1) % order.len()],
        (_, Stage | Reason) => {
            if let Some(field) = form.field() {
                field.edit(event);
            }
        }
        (KeyCode::Left | KeyCode::Right, Cancel) => form.focus = Do,
        (KeyCode::Left | KeyCode::Right, Do) => form.focus = Cancel,
        (KeyCode::Char('y'), _) if form.armed && !soon => return try_confirm(model, form),
        (KeyCode::Char('y'), _) if form.armed => {}
        (KeyCode::Char(_), _) if command == Some(Command::Quit) => {
            model.dialogs.push(Dialog::Change(form));
            return quit(model);
        }
        // Somebody types at the wrong window: no later y of that confirms.
        (KeyCode::Char(_), _) => form.armed = false,
        _ => {}
    }
    model.dialogs.push(Dialog::Change(form));
    Vec::new()
}

fn try_confirm(model: &mut Model, mut form: Box<ChangeForm>) -> Vec<Effect> {
    match form.missing() {
        None if !model.busy() => return confirm(model, *form),
        None => form.complaint = Some("another action runs"),
        Some((focus, complaint)) => (form.focus, form.complaint) = (focus, Some(complaint)),
    }
    model.dialogs.push(Dialog::Change(form));
    Vec::new()
}

fn confirm(model: &mut Model, form: ChangeForm) -> Vec<Effect> {
    let (before, after) = (form.before.to_string(), form.after.to_string());
    let reason = form.reason.text().trim().to_owned();
    let binding = form.binding;
    match form.change {
        Change::Reduce => begin(model, Confirmed::Reduce { binding, reason }, before, after),
        Change::Restore => begin(model, Confirmed::Restore { binding, reason }, before, after),
        Change::Adopt => {
            let head = model.history.as_ref().map(|history| history.head.clone()).unwrap_or_default();
            if !waiting(model, format!("adopted as {}", form.title)) {
                return Vec::new();
            }
            vec![Effect::Adopt { stage: binding.to_stage, version: binding.flag_version, reason, head }]
        }
    }
}
