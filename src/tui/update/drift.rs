//! The ways out where somebody else changed the flag: a choice, which confirms nothing itself.

use crossterm::event::{KeyCode, KeyEvent};

use super::{Effect, change, key::leave_to, open, rollback, too_soon};
use crate::tui::{
    dialog::{Dialog, DriftForm, ways_out},
    keys::Command,
    model::Model,
};

/// Opens it. Without drift it says so.
pub(super) fn drift(model: &mut Model) -> Vec<Effect> {
    let form = DriftForm { opened: model.uptime, selected: 0 };
    open(model, Dialog::Drift(form))
}

pub(super) fn key(model: &mut Model, mut form: DriftForm, event: &KeyEvent, command: Option<Command>) -> Vec<Effect> {
    let ways = match model.assessment.as_deref().filter(|a| a.flag.drift.is_some()) {
        Some(assessment) => ways_out(model, assessment),
        None => Vec::new(),
    };
    match command {
        Some(Command::Back) => return Vec::new(),
        Some(Command::Open) if ways.is_empty() => return Vec::new(),
        Some(Command::Open) if !too_soon(model, form.opened) => {
            let way = ways.get(form.selected).filter(|way| way.blockers.is_empty()).map(|way| way.change);
            model.dialogs.push(Dialog::Drift(form));
            return match way {
                Some(Some(to)) => change::change(model, to),
                Some(None) => rollback::roll_back(model),
                None => Vec::new(),
            };
        }
        Some(Command::Up) => form.selected = form.selected.saturating_sub(1),
        Some(Command::Down) => form.selected = (form.selected + 1).min(ways.len().saturating_sub(1)),
        Some(Command::Open | Command::Drift) => {}
        _ if event.code == KeyCode::Tab && !ways.is_empty() => form.selected = (form.selected + 1) % ways.len(),
        _ => return leave_to(model, Dialog::Drift(form), command),
    }
    model.dialogs.push(Dialog::Drift(form));
    Vec::new()
}
