//! A session made a shell: its sources are polled and its log is read from here on.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::{mpsc::UnboundedSender, watch};

use super::{Place, Shell};
use crate::{
    judge::{self, History},
    poller::{self, Pace},
    recording::Tape,
    session::Session,
    snapshot::Snapshot,
    tui::{
        event_loop::Options,
        hint::Hint,
        model::{Facts, Model},
        update::Msg,
    },
};

/// The model of a session's first frame. `several`: whether it is one of several rollouts.
pub(in crate::tui) fn first_model(session: &Session, options: &Options, size: (u16, u16), several: bool) -> Model {
    let (telemetry, flags) = (session.telemetry.introduction.clone(), session.flags.introduction.clone());
    let empty = Snapshot::empty(session.clock.now(), telemetry, flags);
    let facts = Facts {
        runbook: Arc::clone(&session.runbook),
        environment: session.environment.clone(),
        candidate: session.candidate.clone(),
        operator: session.operator.clone(),
        label: session.label.clone(),
        read_only: session.read_only,
        simulated: session.skip.is_some(),
        replay: matches!(session.tape, Some(Tape::Playing(_))),
        several,
    };
    let mut model = Model::new(facts, options.themes.theme(), Arc::new(empty), size);
    model.hint = options.themes.remark().map(|remark| Hint::new(remark, Duration::ZERO));
    (model.keymap, model.times) = (Arc::clone(&options.keymap), options.times);
    (model.themes, model.alerts) = (options.themes.clone(), options.alerts);
    model.log.place = session.audit.place();
    model
}

impl Shell {
    /// Runs a session from here on, its first poll after this while. Within a tokio runtime.
    pub(in crate::tui) fn open(
        session: Session,
        model: Model,
        started: Instant,
        after: Duration,
        news: UnboundedSender<Msg>,
    ) -> Self {
        let Session { clock, interval, .. } = session;
        let since = judge::evidence_since(&History::default(), clock.now());
        let pace = Pace { first: tokio::time::Instant::now() + after, every: interval };
        // Nothing is asked of anybody while a recording is played.
        let poller = match model.facts.replay {
            true => poller::still(Arc::clone(&model.snapshot)),
            false => poller::start_at(session.telemetry, session.flags, clock, pace, since),
        };
        let mut shell = Self::new(model, clock, started, interval, poller, session.audit, news);
        shell.place = Place {
            checkout: session.checkout,
            path: session.qa_path,
            data_dir: session.data_dir.clone(),
            at_hand: session.at_hand,
        };
        shell.attend(session.data_dir);
        shell.skip = session.skip;
        shell.looking_at(session.elsewhere);
        shell.read_history();
        shell
    }

    /// What the sources say, poll after poll.
    pub(in crate::tui) fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.poller.snapshots.clone()
    }
}
