//! The shell around the decision: polls, reads the log, says what is new, and rolls back. Nothing in it waits for IO.

mod start;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    sync::mpsc::{self, UnboundedSender},
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

use super::{
    Changes, Decision, Guard, Lines, Said,
    act::{self, News},
    attending::said,
    facts::Facts,
    line,
    past::Past,
    progress::Rolling,
    words,
};
use crate::{
    judge::{self, Assessment},
    notify::{Notifier, Report},
    operations::{Attendant, Confirmed, Context, interrupted, runs},
    poller::Poller,
    session::Session,
    snapshot::{Snapshot, SourceState},
};

/// How long the first judgement waits for sources of which nothing was heard.
const PATIENCE: Duration = Duration::from_secs(20);

/// How the guard is to act.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Whether it may roll back on triggers that the runbook marks automatic.
    pub armed: bool,
    /// Time between two lines that say that it lives.
    pub heartbeat: Duration,
}

/// Guards until `end` resolves, and gives what that gave.
pub async fn run<T>(
    session: Session,
    options: Options,
    notifier: (Notifier, mpsc::Receiver<Report>),
    end: impl Future<Output = T>,
) -> T {
    let mut end = std::pin::pin!(end);
    let watched = async {
        let (mut shell, mut arrivals, mut reports) = Shell::start(session, options, notifier).await;
        let mut snapshots = shell.poller.snapshots.clone();
        let mut ticks = interval(Duration::from_secs(1).min(shell.interval));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                Some(news) = arrivals.recv() => shell.arrival(news),
                Ok(()) = snapshots.changed() => {
                    let snapshot = Arc::clone(&snapshots.borrow_and_update());
                    shell.past.saw(&snapshot);
                    shell.judge(&snapshot);
                }
                Some(report) = reports.recv() => shell.say(&words::reported(report)),
                _ = ticks.tick() => {
                    // Data grows old without any news of it.
                    if shell.judged.elapsed() >= shell.interval {
                        let snapshot = Arc::clone(&shell.poller.snapshots.borrow());
                        shell.judge(&snapshot);
                    }
                    shell.heartbeat();
                }
            }
        }
    };
    // The end is looked at first: it is listened for before anything else begins, and nothing holds it up.
    tokio::select! {
        biased;
        ended = &mut end => ended,
        () = watched => unreachable_end().await,
    }
}

/// Watching never ends by itself.
async fn unreachable_end<T>() -> T {
    std::future::pending().await
}

struct Shell {
    facts: Facts,
    guard: Guard,
    changes: Changes,
    past: Past,
    poller: Poller,
    notifier: Notifier,
    lines: Lines,
    news: UnboundedSender<News>,
    interval: Duration,
    started: Instant,
    judged: Instant,
    heartbeat: (Duration, Instant),
    assessment: Option<Arc<Assessment>>,
    rolling: Option<Rolling>,
    /// Id of the rollback that was taken up last: each is taken up once.
    taken_up: Option<String>,
    driver: Option<JoinHandle<()>>,
    /// Goes on with a rollback's procedure and records what is seen; none where nothing may be done.
    attendant: Option<Attendant>,
}

impl Shell {
    /// Writes it into the log, and tells people where they are to be told.
    fn say(&self, said: &Said) {
        let (now, assessment) = (self.facts.clock.now(), self.assessment.as_deref());
        self.lines.say(line(now, said, assessment));
        if said.tell {
            self.notifier.tell(self.facts.notice(said, assessment, now));
        }
    }

    fn arrival(&mut self, news: News) {
        let now = self.facts.clock.now();
        match news {
            News::Past(read) => {
                let said = self.past.arrived(*read);
                said.iter().for_each(|said| self.say(said));
                let since = judge::evidence_since(self.past.history(), now);
                self.poller.since.send_if_modified(|present| std::mem::replace(present, since) != since);
                self.take_up();
                let snapshot = Arc::clone(&self.poller.snapshots.borrow());
                self.judge(&snapshot);
            }
            News::Attended(report) => self.say(&said(&report)),
            News::Progress(progress) => {
                let Some(rolling) = &mut self.rolling else { return };
                let (said, ended) = rolling.report(&progress, now);
                said.iter().for_each(|said| self.say(said));
                if let Some(verified) = ended {
                    self.rolling = None;
                    self.rolled_back(verified);
                }
            }
            News::Gone => {
                if let Some(rolling) = self.rolling.take() {
                    self.say(&rolling.lost());
                    self.rolled_back(false);
                }
            }
        }
    }

    /// Goes on with a rollback that was cut off, where it may.
    fn take_up(&mut self) {
        let snapshot = Arc::clone(&self.poller.snapshots.borrow());
        let known = snapshot.flag.state.is_some() || snapshot.flag.fault.is_some();
        if self.guard.rolls() || !self.guard.is_armed() || !known {
            return;
        }
        let (history, now) = (self.past.history(), self.facts.clock.now());
        let taken_up = interrupted(history, snapshot.flag.state.as_ref(), now, runs);
        if let Some((id, reason)) = taken_up.map(|action| (action.id.clone(), action.reason.clone()))
            && self.taken_up.as_ref() != Some(&id)
        {
            self.taken_up = Some(id.clone());
            self.roll_back(reason, &[], Some(id));
        }
    }

    fn rolled_back(&mut self, verified: bool) {
        self.guard.ended(self.facts.clock.now(), verified);
        self.past.outdated();
        self.poller.refresh_flag.notify_one();
    }

    /// Judges what is known, says what is new, and acts where it must.
    fn judge(&mut self, snapshot: &Arc<Snapshot>) {
        let heard = |state| state != SourceState::Connecting;
        let both = heard(snapshot.telemetry_source.state) && heard(snapshot.flag_source.state);
        if !both && self.started.elapsed() < PATIENCE {
            return;
        }
        self.judged = Instant::now();
        let history = self.past.history();
        let candidate = history.candidate(self.facts.candidate.as_deref()).map(str::to_owned);
        let now = self.facts.clock.now();
        let assessment = Arc::new(judge::assess(&self.facts.runbook, snapshot, history, candidate.as_deref(), now));
        self.assessment = Some(Arc::clone(&assessment));
        let acting = self.guard.rolls() || self.past.is_outdated();
        let said = self.changes.of(&assessment, history, &self.guard, acting);
        let decision = self.guard.decide(&assessment, history);
        said.iter().for_each(|said| self.say(said));
        if let Decision::RollBack { reason, triggers } = decision {
            self.roll_back(reason, &triggers, None);
        }
        if let Some(attendant) = &self.attendant {
            let history = self.past.shared();
            let unseen = judge::unseen(&assessment, &history);
            attendant.attend(Some(assessment), history, unseen);
        }
    }

    /// Rolls back, until the store, read again, says off.
    fn roll_back(&mut self, reason: String, triggers: &[String], resumes: Option<String>) {
        let now = self.facts.clock.now();
        let (rolling, said) = Rolling::begin(now, &reason, triggers, resumes.as_deref());
        self.guard.begun(now);
        self.rolling = Some(rolling);
        let stage = match (&self.assessment, self.past.history().present()) {
            (Some(assessment), _) => assessment.stage.key.clone(),
            (None, Some(visit)) => visit.stage.clone(),
            (None, None) => "unknown".to_owned(),
        };
        let candidate = self.past.history().candidate(self.facts.candidate.as_deref()).map(str::to_owned);
        let (runbook, operator) = (Arc::clone(&self.facts.runbook), self.facts.operator.clone());
        let (audit, clock) = (Arc::clone(&self.facts.audit), self.facts.clock);
        let latest = self.poller.snapshots.clone();
        let context = move |store| {
            let assess = judge::assess;
            Context { runbook, candidate, operator, store, audit, clock, latest, assess, stage, limit: None }
        };
        let confirmed = Confirmed::Rollback { reason, resumes };
        let store = self.poller.store.clone();
        self.driver = Some(act::roll_back(confirmed, context, store, self.news.clone()));
        self.say(&said);
    }

    fn heartbeat(&mut self) {
        let (every, last) = &mut self.heartbeat;
        if last.elapsed() < *every {
            return;
        }
        *last = Instant::now();
        let uptime = self.started.elapsed().as_secs();
        let said = Said::new("heartbeat", "watching").with("uptime_s", uptime).with("rolling_back", self.guard.rolls());
        self.say(&said);
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        if let Some(driver) = self.driver.take() {
            driver.abort();
        }
    }
}
