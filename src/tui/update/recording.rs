//! The recording: a moment of it takes the place of everything, keys go to its player, and what became of one that is
//! being made is told.

use chrono::TimeDelta;

use crossterm::event::{KeyCode, KeyEvent};

use super::{Effect, timeline};
use crate::{
    fault::Fault,
    recording::{Moment, Order},
    tui::{
        dialog::{Dialog, SeekForm},
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
    // As the sources view tells it: that the log could not be read would have been recorded.
    let read = model.warning.is_none() && moment.history.is_some();
    (model.log.read_at, model.log.failures) = (read.then_some(model.now), u32::from(model.warning.is_some()));
    match moment.history {
        Some(history) => timeline::renew(model, history),
        None => model.history = None,
    }
}

/// What a key asks of the player; nothing where none plays.
pub(super) fn order(model: &mut Model, command: Command) -> Vec<Effect> {
    let Some(playing) = &model.playing else { return Vec::new() };
    let order = match command {
        Command::Pause => Order::Pause,
        Command::Slower => Order::Slower,
        Command::Faster => Order::Faster,
        Command::StepBack => Order::StepBack,
        Command::StepOn => Order::StepOn,
        Command::SeekBack => Order::Seek(-FAR),
        Command::SeekOn => Order::Seek(FAR),
        // Where there is no list that has a first line.
        Command::SeekFirst | Command::First => Order::To(playing.from),
        Command::SeekLast | Command::Last => Order::To(playing.to),
        Command::SeekTo => {
            ask(model, "");
            return Vec::new();
        }
        _ => return Vec::new(),
    };
    vec![Effect::Play(order)]
}

/// Asks for a time, with this as what was typed so far. What is typed at once is meant for it.
fn ask(model: &mut Model, typed: &str) {
    model.scroll = 0;
    model.dialogs.push(Dialog::Seek(SeekForm::new(typed)));
}

/// To the time that was typed; where that is none of the recording, it is asked for, with why.
pub(super) fn seek(model: &mut Model, typed: &str) -> Vec<Effect> {
    match SeekForm::new(typed).found(model) {
        Ok(at) => vec![Effect::Play(Order::To(at))],
        Err(_) => {
            ask(model, typed);
            Vec::new()
        }
    }
}

/// A key while a time is typed. Enter on what is none leaves it open: why is said below it.
pub(super) fn seek_key(model: &mut Model, mut form: SeekForm, event: &KeyEvent) -> Vec<Effect> {
    match event.code {
        KeyCode::Esc => return Vec::new(),
        KeyCode::Enter => {
            if let Ok(at) = form.found(model) {
                return vec![Effect::Play(Order::To(at))];
            }
        }
        _ => {
            form.field.edit(event);
        }
    }
    model.dialogs.push(Dialog::Seek(form));
    Vec::new()
}

/// Tells once that recording stopped, and why.
pub(super) fn recorder(model: &mut Model, result: Result<(), Fault>) {
    model.recording = result.is_ok();
    if let Err(fault) = result {
        model.told = Some(Told { what: WHAT.to_owned(), at: model.uptime, state: State::Unwritten(fault) });
    }
}
