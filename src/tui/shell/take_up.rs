//! A rollback on record that was cut off: taken up at the start, once nobody else drives it.

use chrono::{DateTime, Utc};

use crate::{
    audit::Action,
    judge::{History, Unfinished},
    operations::{interrupted, runs},
    tui::model::Model,
};

/// Whether there is a rollback to be taken up, and which.
pub(super) struct TakeUp {
    state: State,
}

enum State {
    /// The log was not read yet.
    Start,
    /// This one stood in the log at the start, and may still have somebody who drives it.
    Watch(String),
    /// There is nothing to be taken up.
    Over,
}

impl TakeUp {
    /// A session that only looks takes nothing up.
    pub(super) fn new(read_only: bool) -> Self {
        Self { state: if read_only { State::Over } else { State::Start } }
    }

    /// The rollback to be taken up now, at most once.
    pub(super) fn decide(&mut self, history: &History, model: &Model, now: DateTime<Utc>) -> Option<Unfinished> {
        let unfinished = history.unfinished.as_ref().filter(|action| action.action == Action::Rollback.word());
        let id = match &self.state {
            State::Over => return None,
            State::Start => unfinished.map(|unfinished| unfinished.id.clone()),
            State::Watch(id) => Some(id.clone()),
        };
        let unfinished = unfinished.filter(|unfinished| Some(&unfinished.id) == id.as_ref());
        let Some(unfinished) = unfinished.filter(|_| !model.busy()) else {
            self.state = State::Over;
            return None;
        };
        self.state = State::Watch(unfinished.id.clone());
        // Whether the flag is on must be known, or that it cannot be known.
        let flag = &model.snapshot.flag;
        let known = flag.state.is_some() || flag.fault.is_some();
        let taken_up = interrupted(history, flag.state.as_ref(), now, runs).filter(|_| known)?.clone();
        self.state = State::Over;
        Some(taken_up)
    }
}
