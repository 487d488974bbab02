//! What every action shares: the key that opens its dialog, and that it begins.

use super::{Effect, advance, change, drift, open as put};
use crate::{
    operations::Confirmed,
    tui::{
        dialog::{Change, Dialog, RecordForm},
        keys::Command,
        model::Model,
        operation::Operation,
    },
};

/// Opens the dialog of an acting key other than the rollback's.
pub(super) fn open(model: &mut Model, command: Command) -> Vec<Effect> {
    match command {
        Command::Advance => advance::advance(model),
        Command::Reduce => change::change(model, Change::Reduce),
        Command::Drift => drift::drift(model),
        Command::Record => {
            let form = Dialog::Record(Box::new(RecordForm::open(model)));
            put(model, form)
        }
        _ => Vec::new(),
    }
}

/// Begins a confirmed action, and shows how it goes.
pub(super) fn begin(model: &mut Model, confirmed: Confirmed, before: String, after: String) -> Vec<Effect> {
    let number = model.operation.as_ref().map_or(1, |operation| operation.number + 1);
    model.operation = Some(Operation {
        number,
        action: confirmed.action(),
        reason: confirmed.reason().to_owned(),
        before,
        after,
        at: model.now,
        since: model.uptime,
        taken_up: None,
        writes: Vec::new(),
        not_recorded: None,
        kept: Vec::new(),
        read_back: None,
        ended: None,
    });
    model.dialogs = vec![Dialog::Progress];
    model.scroll = 0;
    vec![Effect::Perform(number, confirmed)]
}
