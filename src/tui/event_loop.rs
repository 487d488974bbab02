//! The one loop: keys, polls, reports, time and signals become messages; effects are run. Nothing in it waits for IO.

use std::{
    io::{self, Write},
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use crossterm::event::Event;
use rustix::process::{Signal, getpid, kill_process};
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval_at},
};

use super::{
    keys::Keymap,
    model::Model,
    shell::{Shell, TO_LEAVE, first_model},
    signals::{News, Signals},
    terminal::{self, Features, Input, Screen, links},
    theme::Themes,
    times::Times,
    title::title,
    view,
};
use crate::{config::Alerts, session::Session};

/// Queued keys that are dropped when a dialog opens; more than this in a moment is no keyboard.
const MOST_DROPPED: usize = 10_000;

/// How the cockpit is to look.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How it looks, and how else it can look.
    pub themes: Themes,
    /// What the terminal can do beyond drawing.
    pub features: Features,
    /// What the terminal rings for.
    pub alerts: Alerts,
    /// Which key does what.
    pub keymap: Arc<Keymap>,
    /// In which zone times are shown.
    pub times: Times,
    /// Whether the mouse is taken from the terminal.
    pub mouse: bool,
}

/// Runs the cockpit until it is left, and gives the exit code: 0, or 128 and the signal that ended it.
///
/// The runtime is best shut down with `shutdown_background`: a source that hangs must not keep the shell waiting.
///
/// # Errors
/// When there is no terminal.
pub async fn run(mut session: Session, options: Options) -> color_eyre::Result<u8> {
    let mut signals = Signals::install()?;
    let mut screen = Screen::enter(options.features, options.mouse)?;
    let started = Instant::now();
    let clock = session.clock;
    let mut model = first_model(&session, &options, screen.size()?, false);

    // The first frame is there before anything else begins.
    if !draw(&mut screen, &mut model) {
        hung_up();
    }

    let mut input = Input::open()?;
    let (news, mut arrivals) = mpsc::unbounded_channel();
    let tape = session.tape.take();
    let mut shell = Shell::open(session, model, started, Duration::ZERO, news);
    let mut snapshots = shell.snapshots();
    let mut moments = shell.tape(tape);
    let mut seconds = interval_at(next_second(clock.now()), Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut suspended = false;

    let end = loop {
        tokio::select! {
            biased;
            signal = signals.next() => match obeyed(signal, &mut screen, &mut suspended) {
                Some(end) => break end,
                None => shell.resized(&screen),
            },
            typed = input.next() => match typed {
                Ok(event) => if shell.event(event) { break End::Left },
                // The terminal is gone: staying would mean an orphan that spins.
                Err(_) => break End::HungUp,
            },
            Some(msg) = arrivals.recv() => shell.arrival(msg),
            () = shell.log_changed() => shell.read_history_again(),
            Ok(()) = snapshots.changed() => {
                let snapshot = Arc::clone(&snapshots.borrow_and_update());
                shell.polled(snapshot);
            }
            Ok(()) = moments.changed() => {
                let moment = moments.borrow_and_update().clone();
                shell.play(moment.as_deref());
            }
            _ = seconds.tick() => {
                screen.forget_size();
                shell.second();
            }
        }
        if suspended {
            continue;
        }
        if std::mem::take(&mut shell.redraw) && screen.forget().is_err() {
            break End::HungUp;
        }
        if std::mem::take(&mut shell.alerts).iter().any(|alert| screen.alert(alert).is_err()) {
            break End::HungUp;
        }
        if std::mem::take(&mut shell.copied).is_some_and(|text| screen.copy(&text).is_err()) {
            break End::HungUp;
        }
        if shell.model.dirty && !draw(&mut screen, &mut shell.model) {
            break End::HungUp;
        }
        if std::mem::take(&mut shell.drop_input) {
            if let Some(event) = drop_queued(&mut input) {
                shell.event(event);
            }
            shell.resized(&screen);
        }
    };
    if shell.model.gate_runs() {
        let quiet = end == End::HungUp;
        if !quiet {
            screen.leave();
            tell(&format!("stopping the automated gate, up to {} s; Ctrl-C to leave at once", TO_LEAVE.as_secs()));
        }
        let why = end.why(&shell.model.facts.operator);
        let told = tokio::select! {
            told = shell.stop_gate(&mut arrivals, why) => told,
            () = signals.end() => "the automated gate was killed; what became of the run may not be on record".to_owned(),
        };
        if quiet { tracing::warn!("{told}") } else { tell(&told) }
    }
    match end {
        End::Left => Ok(0),
        End::Signal(code) => Ok(code),
        End::HungUp => hung_up(),
    }
}

/// Does what a signal asks for, and says whether the cockpit ends by it. Where it does not, the terminal may have
/// another size since.
pub(super) fn obeyed(signal: News, screen: &mut Screen, suspended: &mut bool) -> Option<End> {
    match signal {
        News::HangUp => return Some(End::HungUp),
        News::End(code) => return Some(End::Signal(code)),
        News::Stop => {
            screen.leave();
            *suspended = true;
            // It may take effect a moment later, so nothing is drawn until SIGCONT.
            let _ = kill_process(getpid(), Signal::STOP);
        }
        News::GoOn => {
            *suspended = false;
            if screen.resume().is_err() {
                return Some(End::HungUp);
            }
        }
        News::Resized => {}
    }
    None
}

/// How the cockpit comes to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// By a key.
    Left,
    /// By a signal; the exit code that tells which.
    Signal(u8),
    /// The terminal is gone.
    HungUp,
}

impl End {
    /// Why a gate that runs does not run on.
    pub(super) fn why(self, operator: &str) -> String {
        match self {
            Self::Left => format!("by {operator}, who left the cockpit"),
            Self::Signal(code) => format!("gonogo was ended by signal {}", code.saturating_sub(128)),
            Self::HungUp => "the terminal of the cockpit went away".to_owned(),
        }
    }
}

/// A line on the terminal that was given back. Nothing is to be done where nobody can read it.
pub(super) fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "gonogo: {text}");
}

/// False where the terminal is gone.
pub(super) fn draw(screen: &mut Screen, model: &mut Model) -> bool {
    model.dirty = false;
    let history = model.history.as_deref().filter(|_| screen.shows_links());
    let addresses = history.map(links::known).unwrap_or_default();
    screen.title(&title(model)).is_ok()
        && screen.draw(model.size, &addresses, |frame| view::render(frame, model)).is_ok()
}

/// The terminal is gone. What must last is on the disk already; destructors would only trip over the dead terminal.
pub(super) fn hung_up() -> ! {
    crate::qa::kill_all();
    terminal::give_back();
    std::process::exit(129)
}

/// Drops the keys that were typed before what is on the screen now was there. Who has the focus now is no key.
pub(super) fn drop_queued(input: &mut Input) -> Option<Event> {
    let mut focus = None;
    for _ in 0..MOST_DROPPED {
        match input.queued() {
            Ok(Some(event @ (Event::FocusGained | Event::FocusLost))) => focus = Some(event),
            Ok(Some(_)) => {}
            // Where the terminal is gone, the next read says so again.
            Ok(None) | Err(_) => break,
        }
    }
    focus
}

/// The next whole second of the session's clock, so that the seconds on the screen change when they should.
pub(super) fn next_second(now: DateTime<Utc>) -> tokio::time::Instant {
    let past = u64::from(now.timestamp_subsec_millis()).min(999);
    tokio::time::Instant::now() + Duration::from_millis(1000 - past)
}
