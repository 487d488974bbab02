//! Plays a recording beside the loop: at each of its moments it publishes what was known then, and sets the clock.

use std::{
    path::Path,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use super::{
    line::Header,
    reel::{Reel, Scene},
    transport::{Order, Playing, Speed, Transport},
    unplayable::Unplayable,
};
use crate::{clock::Clock, fault::Fault, judge::History, runbook::Runbook, snapshot::Snapshot};

/// How often the clock is set while nothing else happens.
const BEAT: Duration = Duration::from_millis(200);

/// What is shown at one moment of a recording.
#[derive(Debug, Clone)]
pub struct Moment {
    /// What was known; none before the first poll.
    pub snapshot: Option<Arc<Snapshot>>,
    /// What the audit log said; none before it was read.
    pub history: Option<Arc<History>>,
    /// Why the log could not be read then.
    pub warning: Option<Fault>,
    /// The commit under rollout.
    pub candidate: Option<String>,
    /// The present of the recording.
    pub now: DateTime<Utc>,
    /// What the screen says of the player.
    pub playing: Playing,
}

/// A recording that is played. Dropped, it ends.
pub struct Player {
    header: Header,
    runbook: Arc<Runbook>,
    cut: Option<String>,
    clock: Clock,
    orders: mpsc::Sender<Order>,
    moments: watch::Receiver<Option<Arc<Moment>>>,
}

impl Player {
    /// Opens a recording and plays it from its beginning.
    ///
    /// # Errors
    /// Where there is nothing to play.
    pub fn open(path: &Path, speed: Speed) -> Result<Self, Unplayable> {
        let reel = Reel::open(path)?;
        let empty = || Unplayable::Empty { path: crate::text::clean(&path.display().to_string()) };
        let transport = Transport::new(reel.times(), speed).ok_or_else(empty)?;
        let clock = Clock::standing(transport.now());
        let (orders, given) = mpsc::channel();
        let (publish, moments) = watch::channel(None);
        let player = Self {
            header: reel.header().clone(),
            runbook: Arc::clone(reel.runbook()),
            cut: remark(&reel),
            clock,
            orders,
            moments,
        };
        let projection = Projection { reel, transport, clock, publish, history: None, shown: None };
        let started = thread::Builder::new().name("player".to_owned()).spawn(move || projection.run(&given));
        started.map_err(|error| Unplayable::File { path: crate::text::clean(&path.display().to_string()), error })?;
        Ok(player)
    }

    /// What was recorded.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The runbook as it was.
    pub fn runbook(&self) -> &Arc<Runbook> {
        &self.runbook
    }

    /// What is missing in it, in words, if anything is.
    pub fn cut(&self) -> Option<&str> {
        self.cut.as_deref()
    }

    /// The clock of the recording.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// What is shown now, and whenever that changes; none before the first moment.
    pub fn moments(&self) -> watch::Receiver<Option<Arc<Moment>>> {
        self.moments.clone()
    }

    /// Asks something of it.
    pub fn order(&self, order: Order) {
        // It is gone only with its thread, and the screen says then that nothing goes on.
        let _ = self.orders.send(order);
    }
}

/// What is missing in a recording, in words.
fn remark(reel: &Reel) -> Option<String> {
    let cut = reel.cut().map(|why| format!("it breaks off: {why}"));
    let missed = (reel.missed() > 0)
        .then(|| format!("{} of its snapshots were not written, because the disk was too slow", reel.missed()));
    let all: Vec<String> = cut.into_iter().chain(missed).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// What is shown: the moment, what is said of the player, and where it stands still, if it does.
type Shown = (usize, Playing, Option<DateTime<Utc>>);

/// What the thread holds.
struct Projection {
    reel: Reel,
    transport: Transport,
    clock: Clock,
    publish: watch::Sender<Option<Arc<Moment>>>,
    history: Option<(usize, Option<Arc<History>>, Option<Fault>)>,
    shown: Option<Shown>,
}

impl Projection {
    fn run(mut self, orders: &mpsc::Receiver<Order>) {
        self.show();
        let mut last = Instant::now();
        loop {
            let order = match self.transport.until_next() {
                Some(left) => match orders.recv_timeout(left.min(BEAT)) {
                    Ok(order) => Some(order),
                    Err(mpsc::RecvTimeoutError::Timeout) => None,
                    Err(mpsc::RecvTimeoutError::Disconnected) => return,
                },
                None => match orders.recv() {
                    Ok(order) => Some(order),
                    Err(mpsc::RecvError) => return,
                },
            };
            self.transport.pass(last.elapsed());
            last = Instant::now();
            if let Some(order) = order {
                self.transport.order(order);
            }
            self.show();
        }
    }

    /// Sets the clock, and publishes what is to be seen where that is something else than before.
    fn show(&mut self) {
        self.clock.set(self.transport.now());
        let shown = self.shown();
        if self.shown.as_ref() == Some(&shown) {
            return;
        }
        let (here, playing, _) = shown;
        let (scene, trouble) = match self.reel.scene(here) {
            Ok(scene) => (scene, None),
            Err(why) => {
                self.transport.stop();
                (Scene { snapshot: None, candidate: None }, Some(format!("it cannot be read here: {why}")))
            }
        };
        let ended = |reel: &Reel| playing.ended.then(|| remark(reel)).flatten();
        let trouble = trouble.or_else(|| ended(&self.reel));
        let (history, warning) = self.history(here);
        let moment = Moment {
            snapshot: scene.snapshot,
            history,
            warning,
            candidate: scene.candidate,
            now: self.transport.now(),
            playing: self.transport.playing(trouble),
        };
        self.shown = Some(self.shown());
        self.publish.send_replace(Some(Arc::new(moment)));
    }

    fn shown(&self) -> Shown {
        let stands = self.transport.until_next().is_none();
        (self.transport.here(), self.transport.playing(None), stands.then(|| self.transport.now()))
    }

    /// The log at this moment; made anew only where it says something else.
    fn history(&mut self, here: usize) -> (Option<Arc<History>>, Option<Fault>) {
        let states = self.reel.log_states(here);
        let (_, history, fault) = match self.history.take().filter(|known| known.0 == states) {
            Some(known) => self.history.insert(known),
            None => {
                let (history, fault) = self.reel.history(here);
                self.history.insert((states, history.map(Arc::new), fault))
            }
        };
        (history.clone(), fault.clone())
    }
}
