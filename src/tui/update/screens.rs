//! Keys that belong to one screen, and the short way to a note.

use chrono::TimeDelta;

use super::{Effect, find, open as put, qa, readiness, timeline};
use crate::{
    judge::CheckOutcome,
    operations::poll::{Meeting, Refusal},
    tui::{
        dialog::{Dialog, NotAllowed, RecordForm},
        keys::Command,
        model::Model,
        record::{Choice, Kind, polls},
    },
};

/// How much time a demo lets pass at once.
const SKIPPED: TimeDelta = TimeDelta::hours(6);

/// Does what the key of a screen asks for.
pub(super) fn open(model: &mut Model, command: Command) -> Vec<Effect> {
    match command {
        Command::RunQa => qa::show(model),
        Command::Note => words_of(model, |kind| *kind == Kind::Note),
        Command::Skip if model.facts.simulated && !model.busy() => vec![Effect::Skip(SKIPPED)],
        Command::Pass => readiness::check(model, Some(CheckOutcome::Pass)),
        Command::Fail => readiness::check(model, Some(CheckOutcome::Fail)),
        Command::Find => find::open(model),
        Command::Export => timeline::export(model),
        Command::Report => timeline::report(model),
        Command::OpenPoll => meet(model, "Open a poll", polls::open),
        Command::Vote => meet(model, "Vote", polls::vote),
        Command::Decide => meet(model, "Decide", polls::close),
        _ => Vec::new(),
    }
}

/// Opens the words of a line of the poll, or says why this operator does not have that line now.
fn meet(model: &mut Model, title: &'static str, line: fn(&Meeting<'_>) -> Result<Choice, Refusal>) -> Vec<Effect> {
    let unread = || Refusal::Rule("the audit log was not read yet: what is in it decides".to_owned());
    let found = model.meeting().ok_or_else(unread).and_then(|meeting| line(&meeting));
    match found {
        Ok(choice) => words_of(model, |kind| *kind == choice.kind),
        Err(refusal) => {
            let why = refusal.text().to_owned();
            put(model, Dialog::NotAllowed(NotAllowed { title, why }))
        }
    }
}

/// Opens the words of one line of the list, without the list around it.
pub(super) fn words_of(model: &mut Model, wanted: impl Fn(&Kind) -> bool) -> Vec<Effect> {
    match RecordForm::only(model, wanted) {
        Some(form) => put(model, Dialog::Record(Box::new(form))),
        None => Vec::new(),
    }
}
