//! The dialog that shows how an action goes, or the rollback procedure; and somebody's word for what it cannot see.

use crossterm::event::{KeyCode, KeyEvent};

use super::{Effect, key::leave_to, open, record::put_on_record, too_soon};
use crate::{
    audit::Event,
    facts,
    judge::LegacyEvidence,
    tui::{
        dialog::{Dialog, LegacyFocus, LegacyForm},
        keys::Command,
        model::Model,
    },
};

pub(super) fn key(model: &mut Model, event: &KeyEvent, command: Option<Command>) -> Vec<Effect> {
    match command {
        Some(Command::Back | Command::Open) => Vec::new(),
        // Here it is the key for somebody's word, not for the checks.
        _ if event.code == KeyCode::Char('c') && !model.facts.read_only => {
            model.dialogs.push(Dialog::Progress);
            match LegacyForm::open(model) {
                Some(form) => open(model, Dialog::Legacy(form)),
                None => Vec::new(),
            }
        }
        _ => leave_to(model, Dialog::Progress, command),
    }
}

pub(super) fn legacy_key(model: &mut Model, mut form: LegacyForm, event: &KeyEvent) -> Vec<Effect> {
    use LegacyFocus::{Cancel, Confirm, Statement};
    let soon = too_soon(model, form.opened);
    form.complaint = None;
    match (event.code, form.focus) {
        (KeyCode::Esc, _) => return Vec::new(),
        (KeyCode::Enter, _) if soon => {}
        (KeyCode::Enter, Cancel) => return Vec::new(),
        (KeyCode::Enter, Statement) => form.focus = Confirm,
        (KeyCode::Enter, Confirm) => match facts::words(&form.statement.text(), "") {
            Ok(statement) => {
                let by = LegacyEvidence::Attested { statement };
                let confirmed = Event::LegacyConfirmed { rollback: form.rollback, by };
                return put_on_record(model, confirmed, "legacy path confirmed by hand".to_owned());
            }
            Err(_) => {
                form.focus = Statement;
                form.complaint = Some("say what was looked at: it stands in the log under your name");
            }
        },
        (KeyCode::Tab | KeyCode::Down, _) => form.focus = [Statement, Confirm, Cancel][form.focus as usize],
        (KeyCode::BackTab | KeyCode::Up, _) => form.focus = [Confirm, Cancel, Statement][form.focus as usize],
        (_, Statement) => {
            form.statement.edit(event);
        }
        (KeyCode::Left | KeyCode::Right, Cancel) => form.focus = Confirm,
        (KeyCode::Left | KeyCode::Right, Confirm) => form.focus = Cancel,
        _ => {}
    }
    model.dialogs.push(Dialog::Legacy(form));
    Vec::new()
}
