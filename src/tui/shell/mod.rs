//! What the loop holds beside the terminal: it takes messages in and runs their effects. Nothing in it waits for IO.

mod action;
mod attach;
mod elsewhere;
mod export;
mod leave;
mod log;
mod open;
mod qa;
mod take_up;
mod tape;
#[cfg(test)]
mod tests;
mod typed;

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use crossterm::event::{Event, KeyEventKind};
use rustix::process::{Signal, kill_current_process_group};
use tokio::{sync::mpsc::UnboundedSender, task::JoinHandle, time::timeout};

use self::{elsewhere::Looking, log::LogWatch, qa::Stop, take_up::TakeUp};
pub(super) use self::{leave::PATIENCE as TO_LEAVE, open::first_model, qa::Place};
use super::{
    attending::attending,
    model::Model,
    terminal::Screen,
    update::{Effect, Mouse, Msg, update},
};
use crate::{
    audit::AuditLog,
    clock::Clock,
    fault::{Fault, FaultKind},
    flags::FlagStore,
    judge::{self, Basis},
    operations::{Attendant, Progress},
    poller::Poller,
    recording::Tape,
    snapshot::Snapshot,
};

/// How long an answer of the store is waited for where somebody looks at a dialog.
const PATIENCE: Duration = Duration::from_secs(15);

/// What the loop holds beside the terminal.
pub(super) struct Shell {
    pub(super) model: Model,
    /// What the terminal is to ring for.
    pub(super) alerts: Vec<String>,
    /// What is to go to the terminal's clipboard.
    pub(super) copied: Option<String>,
    pub(super) drop_input: bool,
    pub(super) redraw: bool,
    /// Whether somebody wants to see the list of rollouts.
    pub(super) to_list: bool,
    /// Whether nobody looks at it now: then what costs much is done less often.
    behind: bool,
    clock: Clock,
    started: Instant,
    judged: Instant,
    interval: Duration,
    poller: Poller,
    audit: Arc<dyn AuditLog>,
    log: LogWatch,
    news: UnboundedSender<Msg>,
    driver: Option<JoinHandle<()>>,
    history_reader: Option<JoinHandle<()>>,
    history_read: Instant,
    /// Whether the log changed while it was being read.
    read_again: bool,
    /// What the log said last of what is judged.
    basis: Option<Basis>,
    take_up: TakeUp,
    /// Where this rollout's state is kept, once that is known.
    data_dir: Option<PathBuf>,
    /// Where the automated gate is run.
    pub(super) place: Place,
    /// Ends the gate that runs.
    gate: Option<Stop>,
    /// Goes on with a rollback's procedure and records what is seen; none where nothing may be done.
    attendant: Option<Attendant>,
    /// Asks telemetry of other environments about the checklist.
    looking: Option<Looking>,
    /// What lets time pass at once, where it is simulated.
    pub(super) skip: Option<UnboundedSender<TimeDelta>>,
    /// The recording that is kept of what is shown, or that is shown.
    tape: Option<Tape>,
}

impl Shell {
    pub(super) fn new(
        mut model: Model,
        clock: Clock,
        started: Instant,
        interval: Duration,
        poller: Poller,
        audit: Arc<dyn AuditLog>,
        news: UnboundedSender<Msg>,
    ) -> Self {
        model.every = Some(interval);
        Self {
            alerts: Vec::new(),
            copied: None,
            drop_input: false,
            redraw: false,
            to_list: false,
            behind: false,
            take_up: TakeUp::new(model.facts.read_only),
            log: LogWatch::start(Arc::clone(&audit)),
            model,
            clock,
            started,
            judged: started,
            interval,
            poller,
            audit,
            news,
            driver: None,
            history_reader: None,
            history_read: started,
            read_again: false,
            basis: None,
            data_dir: None,
            place: Place::default(),
            gate: None,
            attendant: None,
            looking: None,
            skip: None,
            tape: None,
        }
    }

    /// Goes on with a rollback's procedure from here on, and keeps its evidence below this folder.
    pub(super) fn attend(&mut self, data_dir: PathBuf) {
        let news = self.news.clone();
        self.data_dir = Some(data_dir.clone());
        self.attendant = attending(&self.model.facts, &self.poller, self.clock, &self.audit, data_dir, news);
    }

    pub(super) fn tick(&mut self) {
        self.take(Msg::Tick(self.clock.now(), self.started.elapsed()));
        self.hear_recorder();
    }

    /// Takes a message in, runs its effects, and tells whether it is time to leave.
    pub(super) fn take(&mut self, msg: Msg) -> bool {
        let mut leave = false;
        for effect in update(&mut self.model, msg) {
            match effect {
                Effect::Perform(number, confirmed) => self.perform(number, confirmed),
                Effect::Plan { asked, present, target, restore } => {
                    self.ask_store(
                        move |store| async move {
                            match restore {
                                true => store.restore(&present, &target).await,
                                false => store.plan(&present, &target).await,
                            }
                        },
                        move |answer| Msg::Planned(asked, answer),
                    );
                }
                Effect::Record(event) => self.record(event),
                Effect::RecordAfter(head, event) => self.record_after(head, *event),
                Effect::Make(step) => self.make(step),
                Effect::Import(path) => self.import(path),
                Effect::Attach(file) => self.attach(file),
                Effect::RunGate(number) => self.run_gate(number),
                Effect::KillGate(number) => self.kill_gate(number),
                Effect::Adopt { stage, version, reason, head } => self.adopt(stage, version, reason, head),
                Effect::Skip(by) => {
                    // The fleet is gone only with the demo itself.
                    let _ = self.skip.as_ref().map(|skip| skip.send(by));
                }
                Effect::Play(order) => self.order(order),
                Effect::Export(export) => self.export(*export),
                Effect::Report => self.report(),
                Effect::Alert(text) => self.alerts.push(text),
                Effect::Copy(text) => self.copied = Some(text),
                Effect::DropInput => self.drop_input = true,
                Effect::Rollouts => self.to_list = true,
                Effect::Redraw => self.redraw = true,
                // To the whole group, as the terminal would: the shell may wait for `cargo run`, not for gonogo. It
                // comes back as a signal to this process too.
                Effect::Suspend => drop(kill_current_process_group(Signal::TSTP)),
                Effect::Quit => leave = true,
            }
        }
        leave
    }

    pub(super) fn event(&mut self, event: Event) -> bool {
        let mouse = match &event {
            Event::Mouse(event) => Mouse::of(event),
            _ => None,
        };
        self.tick();
        match event {
            Event::Mouse(_) => mouse.is_some_and(|mouse| self.take(Msg::Mouse(mouse))),
            Event::Key(key) if key.kind != KeyEventKind::Release => self.take(Msg::Key(key)),
            Event::Paste(text) => self.take(Msg::Paste(text)),
            Event::FocusGained => self.take(Msg::Focus(true)),
            Event::FocusLost => self.take(Msg::Focus(false)),
            // Its size is told by a signal.
            _ => false,
        }
    }

    /// Takes a poll in.
    pub(super) fn polled(&mut self, snapshot: Arc<Snapshot>) {
        self.tick();
        // The first reading of the flag tells where a rollout stands of which nothing is recorded, and each new version
        // of it what somebody else did.
        let version = |snapshot: &Snapshot| snapshot.flag.state.as_ref().map(|flag| flag.version.clone());
        let changed = version(&self.model.snapshot) != version(&snapshot);
        let news = changed || !self.behind || says_more(&self.model.snapshot, &snapshot);
        self.take(Msg::Polled(snapshot));
        // That the flag is still as it was is no news where nobody looks; its age is judged with the next telemetry.
        if news {
            self.judge();
        }
        if changed {
            self.read_history();
        }
    }

    /// A second has passed: data grows old without any news of it, and another gonogo may act on the same rollout.
    pub(super) fn second(&mut self) {
        self.tick();
        if self.history_is_old() {
            self.read_history();
        }
        if self.is_to_judge() {
            self.judge();
        }
        self.count_kept();
        if !self.behind {
            self.look_elsewhere();
        }
    }

    pub(super) fn arrival(&mut self, msg: Msg) {
        let over = matches!(&msg, Msg::Progress(_, Progress::Ended { .. }) | Msg::Lost(_));
        // What is due of a rollback does not wait for its end.
        let sent = matches!(&msg, Msg::Progress(_, Progress::Sent { attempt: 1, .. }));
        let recorded = match &msg {
            // Of one that failed, what came before it may be there.
            Msg::Recorded(entry, before) => entry.is_ok() || !before.is_empty(),
            Msg::Gate(_, news) => matches!(news, crate::tui::update::GateNews::Recorded(Ok(_), _)),
            _ => false,
        };
        let history = match &msg {
            Msg::History(history) => Some(Arc::clone(history)),
            _ => None,
        };
        self.tick();
        self.take(msg);
        if over {
            self.poller.refresh_flag.notify_one();
        }
        if over || sent || recorded {
            self.read_history();
        }
        if let Some(history) = history {
            self.remember(&history);
        }
    }

    /// Judges what is known. Without the audit log nothing is judged: its hard stops and resolutions would be missing.
    pub(super) fn judge(&mut self) {
        self.judged = Instant::now();
        self.keep();
        let Some(history) = &self.model.history else { return };
        let (runbook, snapshot) = (&self.model.facts.runbook, &self.model.snapshot);
        let candidate = self.model.facts.candidate.as_deref();
        let assessment = Arc::new(judge::assess(runbook, snapshot, history, candidate, self.clock.now()));
        if let Some(attendant) = &self.attendant {
            let unseen = judge::unseen(&assessment, history);
            attendant.attend(Some(Arc::clone(&assessment)), Arc::clone(history), unseen);
        }
        self.take(Msg::Assessed(assessment));
    }

    /// Whether the last judgement is old: data ages without any news of it.
    pub(super) fn is_to_judge(&self) -> bool {
        self.judged.elapsed() >= self.interval
    }

    /// Asks the store beside the loop, and sends on what it answers.
    fn ask_store<T, A>(
        &self,
        question: impl FnOnce(Arc<dyn FlagStore>) -> A + Send + 'static,
        msg: impl FnOnce(Result<T, Fault>) -> Msg + Send + 'static,
    ) where
        T: Send + 'static,
        A: Future<Output = Result<T, Fault>> + Send + 'static,
    {
        let (store, news) = (self.poller.store.borrow().clone(), self.news.clone());
        tokio::spawn(async move {
            let answer = match store {
                Some(Ok(store)) => timeout(PATIENCE, question(store)).await.unwrap_or_else(|_| {
                    let what = format!("the flag store did not answer within {} s", PATIENCE.as_secs());
                    Err(Fault::new(FaultKind::Timeout, what, "check that it is up and reachable"))
                }),
                Some(Err(fault)) => Err(fault),
                None => {
                    let next = "wait for it, then look again";
                    Err(Fault::new(FaultKind::Unreachable, "the flag store is not connected yet", next))
                }
            };
            // Nobody listens any more once the cockpit is left.
            let _ = news.send(msg(answer));
        });
    }

    pub(super) fn resized(&mut self, screen: &Screen) {
        if let Ok((columns, rows)) = screen.size() {
            self.take(Msg::Resize(columns, rows));
        }
        self.model.dirty = true;
    }
}

/// Whether a snapshot says more than that the flag was read once more and is as it was.
fn says_more(before: &Snapshot, now: &Snapshot) -> bool {
    let observed = match (&before.telemetry, &now.telemetry) {
        (Some(before), Some(now)) => !Arc::ptr_eq(before, now),
        (before, now) => before.is_some() != now.is_some(),
    };
    observed
        || before.telemetry_source.state != now.telemetry_source.state
        || before.flag_source.state != now.flag_source.state
        || before.flag.fault != now.flag.fault
}
