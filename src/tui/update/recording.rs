//! The recording: a moment of it takes the place of everything, keys go to its player, and what became of one that is
//! being made is told.

use chrono::TimeDelta;

use super::{Effect, timeline};
use crate::{
    fault::Fault,
    recording::{Moment, Order},
    tui::{
        keys::Command,
        model::Model,
        record::{State, Told},
    },
};

/// How far a key seeks.
const FAR: TimeDelta = TimeDelta::minutes(10);

/// What the footer calls it.
const WHAT: &str = "recording";

/// Shows a moment: nothing of what was shown before holds, wherever in the recording that was.
pub(super) fn moment(model: &mut Model, moment: Moment) {
    (model.now, model.playing) = (moment.now, Some(moment.playing));
    model.facts.candidate = moment.candidate;
    // It is judged anew at once; where nothing was known yet, there is nothing to judge.
    model.assessment = None;
    model.warning = moment.warning;
    if let Some(snapshot) = moment.snapshot {
        model.snapshot = snapshot;
    }
    match moment.history {
        Some(history) => timeline::renew(model, history),
        None => model.history = None,
    }
}

/// What a key asks of the player.
pub(super) fn order(command: Command) -> Vec<Effect> {
    let order = match command {
        Command::Pause => Order::Pause,
        Command::Slower => Order::Slower,
        Command::Faster => Order::Faster,
        Command::StepBack => Order::StepBack,
        Command::StepOn => Order::StepOn,
        Command::SeekBack => Order::Seek(-FAR),
        Command::SeekOn => Order::Seek(FAR),
        _ => return Vec::new(),
    };
    vec![Effect::Play(order)]
}

/// Tells once that recording stopped, and why.
pub(super) fn recorder(model: &mut Model, result: Result<(), Fault>) {
    model.recording = result.is_ok();
    if let Err(fault) = result {
        model.told = Some(Told { what: WHAT.to_owned(), at: model.uptime, state: State::Unwritten(fault) });
    }
}
