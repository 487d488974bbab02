//! Keys that belong to one screen, and the short way to a note.

use chrono::TimeDelta;

use super::{Effect, open as put, readiness, timeline};
use crate::{
    judge::CheckOutcome,
    tui::{
        dialog::{Dialog, RecordForm},
        keys::Command,
        model::Model,
        record::Kind,
    },
};

/// How much time a demo lets pass at once.
const SKIPPED: TimeDelta = TimeDelta::hours(6);

/// Does what the key of a screen asks for.
pub(super) fn open(model: &mut Model, command: Command) -> Vec<Effect> {
    match command {
        Command::Note => words_of(model, |kind| *kind == Kind::Note),
        Command::Skip if model.facts.simulated && !model.busy() => vec![Effect::Skip(SKIPPED)],
        Command::Pass => readiness::check(model, Some(CheckOutcome::Pass)),
        Command::Fail => readiness::check(model, Some(CheckOutcome::Fail)),
        Command::Find => timeline::find(model),
        Command::Export => timeline::export(model),
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
