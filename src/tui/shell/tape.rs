//! The recording: what is shown goes into it, or comes from it.

use std::sync::Arc;

use tokio::sync::watch;

use super::Shell;
use crate::{
    recording::{Moment, Order, Tape},
    tui::update::Msg,
};

impl Shell {
    /// From here on this is recorded, or played. Gives what is to be shown of a recording; nothing ever where none is.
    pub(in crate::tui) fn tape(&mut self, tape: Option<Tape>) -> watch::Receiver<Option<Arc<Moment>>> {
        let mut moments = match &tape {
            Some(Tape::Playing(player)) => player.moments(),
            _ => watch::channel(None).1,
        };
        self.model.recording = matches!(tape, Some(Tape::Recording(_)));
        self.tape = tape;
        moments.mark_changed();
        moments
    }

    /// Shows a moment of a recording, judged as it was known then.
    pub(in crate::tui) fn play(&mut self, moment: Option<&Moment>) {
        let Some(moment) = moment else { return };
        self.tick();
        self.take(Msg::Moment(Box::new(moment.clone())));
        self.judge();
    }

    /// Records what is judged now.
    pub(super) fn keep(&mut self) {
        if let Some(Tape::Recording(recorder)) = &mut self.tape {
            recorder.poll(&self.model.snapshot, self.model.facts.candidate.as_deref());
        }
    }

    /// Says when recording stopped, and when it goes on.
    pub(super) fn hear_recorder(&mut self) {
        let Some(Tape::Recording(recorder)) = &self.tape else { return };
        let trouble = recorder.trouble();
        if trouble.is_some() == self.model.recording {
            self.take(Msg::Recorder(trouble.map_or(Ok(()), Err)));
        }
    }

    pub(super) fn order(&self, order: Order) {
        if let Some(Tape::Playing(player)) = &self.tape {
            player.order(order);
        }
    }
}
