//! The one loop: keys, polls, reports, time and signals become messages; effects are run. Nothing in it waits for IO.

use std::{
    future::poll_fn,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use crossterm::event::{Event, EventStream, KeyEventKind};
use futures_util::{Stream, StreamExt};
use rustix::process::{Signal, getpid, kill_current_process_group, kill_process};
use tokio::{
    sync::mpsc::{self, UnboundedSender},
    task::JoinHandle,
    time::{MissedTickBehavior, interval_at},
};

use super::{
    attending::attending,
    model::{Facts, Model},
    signals::{News, Signals},
    terminal::{self, Screen},
    theme::{Theme, ThemeName},
    update::{Effect, Msg, update},
    view,
};
use crate::{
    audit::{AuditLog, Outcome, replay},
    clock::Clock,
    judge::{self, History},
    operations::{Attendant, Confirmed, Context, Progress, Reading, perform, recall},
    poller::{self, Poller},
    session::Session,
    snapshot::Snapshot,
};

/// How often the audit log is read again.
const HISTORY_EVERY: Duration = Duration::from_secs(30);

/// Queued keys that are dropped when a dialog opens; more than this in a moment is no keyboard.
const MOST_DROPPED: usize = 10_000;

/// What helps where the store could not be set up at all.
const RESTART: &str = "put this right, then quit and start gonogo again, or run `gonogo rollback`: the flag store is set up \
    once, at the start";

/// How the cockpit is to look.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// The set of colours.
    pub theme: ThemeName,
    /// Nothing but ASCII.
    pub ascii: bool,
    /// No colour (`NO_COLOR`).
    pub mono: bool,
}

/// Runs the cockpit until it is left, and gives the exit code: 0, or 128 and the signal that ended it.
///
/// The runtime is best shut down with `shutdown_background`: a source that hangs must not keep the shell waiting.
///
/// # Errors
/// When there is no terminal.
pub async fn run(session: Session, options: Options) -> color_eyre::Result<u8> {
    let mut signals = Signals::install()?;
    let mut screen = Screen::enter()?;
    let started = Instant::now();
    let clock = session.clock;
    let empty =
        Snapshot::empty(clock.now(), session.telemetry.introduction.clone(), session.flags.introduction.clone());
    let facts = Facts {
        runbook: Arc::clone(&session.runbook),
        environment: session.environment,
        candidate: session.candidate,
        operator: session.operator,
        label: session.label,
        read_only: session.read_only,
    };
    let theme = Theme::new(options.theme, options.ascii, options.mono);
    let mut model = Model::new(facts, theme, Arc::new(empty), screen.size()?);

    // The first frame is there before anything else begins.
    draw(&mut screen, &mut model);

    let mut keys = EventStream::new();
    let (news, mut arrivals) = mpsc::unbounded_channel();
    let since = judge::evidence_since(&History::default(), clock.now());
    let poller = poller::start(session.telemetry, session.flags, clock, session.interval, since);
    let mut snapshots = poller.snapshots.clone();
    let attendant = attending(&model.facts, &poller, clock, &session.audit, session.data_dir);
    let mut shell = Shell {
        attendant,
        model,
        clock,
        started,
        judged: started,
        interval: session.interval,
        poller,
        audit: session.audit,
        news,
        driver: None,
        history_reader: None,
        history_read: started,
        drop_input: false,
        redraw: false,
    };
    shell.read_history();
    let mut seconds = interval_at(next_second(clock.now()), Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut suspended = false;

    loop {
        tokio::select! {
            biased;
            signal = signals.next() => match signal {
                News::HangUp => hung_up(),
                News::End(code) => return Ok(code),
                News::Stop => {
                    screen.leave();
                    suspended = true;
                    // It may take effect a moment later, so nothing is drawn until SIGCONT.
                    let _ = kill_process(getpid(), Signal::STOP);
                }
                News::GoOn => {
                    suspended = false;
                    if screen.resume().is_err() { hung_up() }
                    shell.resized(&screen);
                }
            },
            key = keys.next() => match key {
                Some(Ok(event)) => if shell.event(event) { return Ok(0) },
                // The terminal is gone: staying would mean an orphan that spins.
                Some(Err(_)) | None => hung_up(),
            },
            Some(msg) = arrivals.recv() => shell.arrival(msg),
            Ok(()) = snapshots.changed() => {
                let snapshot = Arc::clone(&snapshots.borrow_and_update());
                shell.tick();
                // The first reading of the flag tells where a rollout stands of which nothing is recorded, and each new
                // version of it what somebody else did.
                let version = |snapshot: &Snapshot| snapshot.flag.state.as_ref().map(|flag| flag.version.clone());
                let changed = version(&shell.model.snapshot) != version(&snapshot);
                shell.take(Msg::Polled(snapshot));
                shell.judge();
                if changed { shell.read_history() }
            }
            _ = seconds.tick() => {
                shell.tick();
                // Data grows old without any news of it, and another gonogo may act on the same rollout.
                if shell.history_is_old() { shell.read_history() }
                if shell.judged.elapsed() >= shell.interval { shell.judge() }
            }
        }
        if suspended {
            continue;
        }
        if std::mem::take(&mut shell.redraw) && screen.forget().is_err() {
            hung_up();
        }
        if shell.model.dirty {
            draw(&mut screen, &mut shell.model);
        }
        if std::mem::take(&mut shell.drop_input) {
            drop_queued(&mut keys).await;
            shell.resized(&screen);
        }
    }
}

/// What the loop holds beside the terminal.
struct Shell {
    /// Goes on with a rollback's procedure; none where nothing may be done.
    attendant: Option<Attendant>,
    model: Model,
    clock: Clock,
    started: Instant,
    judged: Instant,
    interval: Duration,
    poller: Poller,
    audit: Arc<dyn AuditLog>,
    news: UnboundedSender<Msg>,
    driver: Option<JoinHandle<()>>,
    history_reader: Option<JoinHandle<()>>,
    history_read: Instant,
    drop_input: bool,
    redraw: bool,
}

impl Shell {
    fn tick(&mut self) {
        self.take(Msg::Tick(self.clock.now(), self.started.elapsed()));
    }

    /// Takes a message in, runs its effects, and tells whether it is time to leave.
    fn take(&mut self, msg: Msg) -> bool {
        let mut leave = false;
        for effect in update(&mut self.model, msg) {
            match effect {
                Effect::Perform(number, confirmed) => self.perform(number, confirmed),
                Effect::DropInput => self.drop_input = true,
                Effect::Redraw => self.redraw = true,
                // To the whole group, as the terminal would: the shell may wait for `cargo run`, not for gonogo. It
                // comes back as a signal to this process too.
                Effect::Suspend => drop(kill_current_process_group(Signal::TSTP)),
                Effect::Quit => leave = true,
            }
        }
        leave
    }

    fn event(&mut self, event: Event) -> bool {
        self.tick();
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.take(Msg::Key(key)),
            Event::Paste(text) => self.take(Msg::Paste(text)),
            Event::Resize(columns, rows) => self.take(Msg::Resize(columns, rows)),
            _ => false,
        }
    }

    fn arrival(&mut self, msg: Msg) {
        let over = matches!(&msg, Msg::Progress(_, Progress::Ended { .. }) | Msg::Lost(_));
        // What is due of a rollback does not wait for its end.
        let sent = matches!(&msg, Msg::Progress(_, Progress::Sent { attempt: 1, .. }));
        let history = match &msg {
            Msg::History(history) => Some(Arc::clone(history)),
            _ => None,
        };
        self.tick();
        self.take(msg);
        if over {
            self.poller.refresh_flag.notify_one();
        }
        if over || sent {
            self.read_history();
        }
        if let Some(history) = history {
            // Who named no candidate looks at the one on record.
            let candidate = history.candidate(self.model.facts.candidate.as_deref()).map(str::to_owned);
            self.model.facts.candidate = candidate;
            let since = judge::evidence_since(&history, self.clock.now());
            self.poller.since.send_if_modified(|present| std::mem::replace(present, since) != since);
            self.judge();
        }
    }

    /// Judges what is known. Without the audit log nothing is judged: its hard stops and resolutions would be missing.
    fn judge(&mut self) {
        self.judged = Instant::now();
        let Some(history) = &self.model.history else { return };
        let (runbook, snapshot) = (&self.model.facts.runbook, &self.model.snapshot);
        let candidate = self.model.facts.candidate.as_deref();
        let assessment = Arc::new(judge::assess(runbook, snapshot, history, candidate, self.clock.now()));
        if let Some(attendant) = &self.attendant {
            attendant.attend(Some(Arc::clone(&assessment)), Arc::clone(history), Vec::new());
        }
        self.take(Msg::Assessed(assessment));
    }

    /// Whether the audit log is to be read once more; not while a reading still hangs.
    fn history_is_old(&self) -> bool {
        let reading = self.history_reader.as_ref().is_some_and(|reader| !reader.is_finished());
        !reading && self.history_read.elapsed() >= HISTORY_EVERY
    }

    /// Reads the audit log beside the loop. A reading that still hangs is given up: its answer would be older.
    fn read_history(&mut self) {
        self.history_read = Instant::now();
        if let Some(reader) = self.history_reader.take() {
            reader.abort();
        }
        let (audit, news, clock) = (Arc::clone(&self.audit), self.news.clone(), self.clock);
        let (facts, snapshot) = (self.model.facts.clone(), Arc::clone(&self.model.snapshot));
        let acting = self.driver.as_ref().is_some_and(|driver| !driver.is_finished());
        let reading = if self.model.history.is_none() { Reading::First } else { Reading::Later };
        self.history_reader = Some(tokio::spawn(async move {
            let history = if facts.read_only || acting {
                audit.read().await.map(|record| replay(&record))
            } else {
                let candidate = facts.candidate.as_deref();
                let (runbook, operator, now) = (&facts.runbook, &facts.operator, clock.now());
                recall(audit.as_ref(), runbook, &snapshot, candidate, operator, reading, now).await
            };
            // Nobody listens any more once the cockpit is left.
            let _ = news.send(history.map_or_else(Msg::NoHistory, |history| Msg::History(Arc::new(history))));
        }));
    }

    /// Starts the driver of a confirmed action. A rollback overtakes an advance that is still under way.
    fn perform(&mut self, number: u64, confirmed: Confirmed) {
        if let Some(driver) = self.driver.take() {
            driver.abort();
        }
        let (updates, mut reports) = mpsc::unbounded_channel();
        let facts = &self.model.facts;
        let recorded = self.model.history.as_ref().and_then(|history| history.present());
        let stage = match (&self.model.assessment, recorded) {
            (Some(assessment), _) => assessment.stage.key.clone(),
            (None, Some(visit)) => visit.stage.clone(),
            (None, None) => "unknown".to_owned(),
        };
        let context = {
            let (runbook, candidate, operator) =
                (Arc::clone(&facts.runbook), facts.candidate.clone(), facts.operator.clone());
            let (audit, clock, latest) = (Arc::clone(&self.audit), self.clock, self.poller.snapshots.clone());
            move |store| Context {
                runbook,
                candidate,
                operator,
                store,
                audit,
                clock,
                latest,
                assess: judge::assess,
                stage,
                // Until it is done, or the cockpit is left.
                limit: None,
            }
        };
        let mut store = self.poller.store.clone();
        self.driver = Some(tokio::spawn(async move {
            let connected = match store.wait_for(Option::is_some).await {
                Ok(connected) => connected.clone(),
                Err(_) => None,
            };
            match connected {
                Some(Ok(store)) => drop(perform(confirmed, context(store), updates).await),
                Some(Err(fault)) => {
                    let why = vec![fault.to_string(), RESTART.to_owned()];
                    let outcome = Outcome::Refused { why };
                    let _ = updates.send(Progress::Ended { outcome, after: None });
                }
                // The poller is gone: the end is near.
                None => {}
            }
        }));
        let news = self.news.clone();
        tokio::spawn(async move {
            while let Some(progress) = reports.recv().await {
                let _ = news.send(Msg::Progress(number, progress));
            }
            let _ = news.send(Msg::Lost(number));
        });
    }

    fn resized(&mut self, screen: &Screen) {
        if let Ok((columns, rows)) = screen.size() {
            self.take(Msg::Resize(columns, rows));
        }
        self.model.dirty = true;
    }
}

fn draw(screen: &mut Screen, model: &mut Model) {
    model.dirty = false;
    if screen.draw(|frame| view::render(frame, model)).is_err() {
        hung_up();
    }
}

/// The terminal is gone. What must last is on the disk already; destructors would only trip over the dead terminal.
fn hung_up() -> ! {
    terminal::give_back();
    std::process::exit(129)
}

/// Drops the keys that were typed before what is on the screen now was there.
async fn drop_queued(keys: &mut EventStream) {
    for _ in 0..MOST_DROPPED {
        // Polled with this task's own waker: the stream keeps the waker of its last poll.
        let next = poll_fn(|context| Poll::Ready(std::pin::Pin::new(&mut *keys).poll_next(context))).await;
        if !matches!(next, Poll::Ready(Some(Ok(_)))) {
            return;
        }
    }
}

/// The next whole second of the session's clock, so that the seconds on the screen change when they should.
fn next_second(now: DateTime<Utc>) -> tokio::time::Instant {
    let past = u64::from(now.timestamp_subsec_millis()).min(999);
    tokio::time::Instant::now() + Duration::from_millis(1000 - past)
}
