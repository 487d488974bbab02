//! Keys that belong to one screen, and the short way to a note.

use super::{Effect, open as put};
use crate::tui::{
    dialog::{Dialog, RecordForm},
    keys::Command,
    model::Model,
    record::Kind,
};

/// Does what the key of a screen asks for.
pub(super) fn open(model: &mut Model, command: Command) -> Vec<Effect> {
    match command {
        Command::Note => words_of(model, |kind| *kind == Kind::Note),
        _ => Vec::new(),
    }
}

/// Opens the words of one line of the list, without the list around it.
pub(super) fn words_of(model: &mut Model, wanted: impl Fn(&Kind) -> bool) -> Vec<Effect> {
    match RecordForm::only(model, wanted) {
        Some(form) => put(model, Dialog::Record(Box::new(form))),
        None => Vec::new(),
    }
}
