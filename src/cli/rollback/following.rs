//! Goes on with the procedure after the write is on the wire: keeps diagnostics, watches the legacy path, says what happens.

use std::{path::PathBuf, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
    time::{Instant, interval, sleep_until, timeout},
};

use super::NotRecorded;
use crate::{
    audit::{AuditLog, Event, Phase, replay},
    cli::{operation::signalled, output},
    clock::Clock,
    fault::Fault,
    flags::FlagStore,
    judge::{self, History, ProcedureAssessment, RollbackRecord, StepState},
    operations::{Attendant, AttendantContext, AttendantReport, procedure, this_host},
    poller::{self, Poller},
    runbook::Runbook,
    session::Pending,
    snapshot::{SourceState, SourceStatus},
    telemetry::Telemetry,
};

/// How often the audit log is read and all is judged.
const LOOK: Duration = Duration::from_secs(1);
/// How long a look waits for the audit log.
const LOG_BY: Duration = Duration::from_secs(2);
/// How often it is said what is still awaited.
const WORD: Duration = Duration::from_secs(20);
/// Telemetry that is blind for so long is not waited for.
const BLIND: Duration = Duration::from_secs(20);
/// Diagnostics that were begun are waited for no longer than this where nothing else is watched for.
const KEPT_BY: Duration = Duration::from_secs(45);

/// Everything that the procedure is followed with.
pub(super) struct Scene {
    pub(super) runbook: Arc<Runbook>,
    pub(super) environment: String,
    pub(super) operator: String,
    pub(super) clock: Clock,
    /// Before it was confirmed: what the log says from here on is of this rollback.
    pub(super) at: DateTime<Utc>,
    /// Whether telemetry is named.
    pub(super) telemetry_named: bool,
    /// What happened before.
    pub(super) history: History,
    pub(super) candidate: Option<String>,
    pub(super) audit: Arc<dyn AuditLog>,
    pub(super) store: Arc<dyn FlagStore>,
    pub(super) introduction: SourceStatus,
    pub(super) telemetry: Pending<Box<dyn Telemetry>>,
    pub(super) every: Duration,
    pub(super) data_dir: PathBuf,
    pub(super) not_recorded: NotRecorded,
}

/// How far the procedure is.
#[derive(Clone, Default)]
pub(super) struct State {
    /// The rollback whose procedure it is, once it is known.
    pub(super) rollback: Option<RollbackRecord>,
    /// As judged.
    pub(super) procedure: Option<ProcedureAssessment>,
    /// Diagnostics that this run kept: phase, folder, files.
    pub(super) kept: Vec<(Phase, String, usize)>,
    /// Why diagnostics are not on the disk, if so.
    pub(super) in_memory: Option<Fault>,
    /// What the audit log could not be told.
    pub(super) not_recorded: Vec<String>,
    /// Whether telemetry answered, or failed to.
    heard: bool,
    /// Why telemetry cannot be read.
    pub(super) telemetry: Option<Fault>,
    /// Since when the legacy path cannot be seen.
    blind: Option<Instant>,
}

impl State {
    /// Whether diagnostics of this phase were kept, by anybody.
    pub(super) fn is_kept(&self, phase: Phase) -> bool {
        let on_record = self.rollback.iter().flat_map(|rollback| &rollback.kept).any(|(_, kept, _)| *kept == phase);
        on_record || self.kept.iter().any(|(kept, _, _)| *kept == phase)
    }

    /// Whether there is nothing more to wait for.
    fn over(&self, telemetry: bool) -> bool {
        let settled = |phase| self.is_kept(phase) || self.in_memory.is_some();
        let blind = self.blind.is_some_and(|since| since.elapsed() >= BLIND);
        let confirmed = self.rollback.as_ref().is_some_and(|rollback| rollback.legacy.is_some());
        settled(Phase::AtOnce)
            && match telemetry {
                false => true,
                true if confirmed => settled(Phase::AtTheEnd),
                true => blind || (self.heard && self.procedure.is_none()),
            }
    }
}

/// The procedure, being followed in the background.
pub(super) struct Followed {
    state: watch::Receiver<State>,
    task: JoinHandle<()>,
    telemetry: bool,
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Followed {
    /// Begins once the write is on the wire.
    pub(super) fn begin(scene: Scene, sent: oneshot::Receiver<()>, loud: bool) -> Self {
        let (publish, state) = watch::channel(State::default());
        let telemetry = scene.telemetry_named;
        let task = tokio::spawn(async move {
            // Nothing of this delays the write.
            if sent.await.is_ok() {
                follow(scene, publish, loud).await;
            }
        });
        Self { state, task, telemetry }
    }

    /// How far it is.
    pub(super) fn now(&self) -> State {
        self.state.borrow().clone()
    }

    /// Waits until it is done, but no longer than `limit`, nor after a signal.
    pub(super) async fn watch(&mut self, limit: Duration) -> State {
        let limit = if self.telemetry { limit } else { limit.min(KEPT_BY) };
        if self.telemetry {
            let limit = humantime::format_duration(limit);
            output::tell(&format!("watching for up to {limit}; Ctrl-C ends the watching, not the rollback"));
        }
        let end = sleep_until(Instant::now() + limit);
        let signal = signalled();
        tokio::pin!(end, signal);
        loop {
            if self.state.borrow_and_update().over(self.telemetry) {
                break;
            }
            tokio::select! {
                changed = self.state.changed() => if changed.is_err() { break },
                () = &mut end => break,
                _ = &mut signal => {
                    output::tell("no longer watching; the flag stays off");
                    break;
                }
            }
        }
        self.now()
    }
}

async fn follow(scene: Scene, publish: watch::Sender<State>, loud: bool) {
    let Scene { store, introduction, telemetry, clock, every, .. } = scene;
    let since = judge::evidence_since(&scene.history, clock.now());
    let flags = Pending { introduction, connect: Box::new(move || Ok(store)) };
    let poller = poller::start(telemetry, flags, clock, every, since);
    let log = Log {
        audit: scene.audit,
        before: scene.history,
        at: scene.at,
        host: this_host(),
        not_recorded: scene.not_recorded,
    };
    let (attendant, mut reports) = Attendant::new(AttendantContext {
        runbook: Arc::clone(&scene.runbook),
        environment: scene.environment,
        candidate: scene.candidate.clone(),
        operator: scene.operator,
        host: log.host.clone(),
        clock,
        audit: Arc::clone(&log.audit),
        diagnostics: poller.diagnostics.clone(),
        store: poller.store.clone(),
        data_dir: scene.data_dir,
    });
    let mut looks = interval(LOOK);
    let mut told = Told { loud, ..Told::default() };
    loop {
        tokio::select! {
            Some(report) = reports.recv() => take_in(report, &publish, loud),
            _ = looks.tick() => {
                let history = log.history().await;
                look(&scene.runbook, scene.candidate.as_deref(), clock, &poller, &attendant, history, &publish);
                told.tell(&publish.borrow());
            }
        }
    }
}

/// Judges what is known now, and has the attendant know it, too.
fn look(
    runbook: &Runbook,
    candidate: Option<&str>,
    clock: Clock,
    poller: &Poller,
    attendant: &Attendant,
    history: History,
    publish: &watch::Sender<State>,
) {
    let snapshot = Arc::clone(&poller.snapshots.borrow());
    let named = history.candidate(candidate).map(str::to_owned);
    let assessment = judge::assess(runbook, &snapshot, &history, named.as_deref(), clock.now());
    let (rollback, procedure) = (history.rollback.clone(), assessment.standing.procedure.clone());
    attendant.attend(Some(Arc::new(assessment)), Arc::new(history), Vec::new());
    let source = &snapshot.telemetry_source;
    publish.send_modify(|state| {
        state.heard = source.state != SourceState::Connecting;
        state.telemetry = source.error.clone().filter(|_| source.state == SourceState::Failed);
        let blind = procedure.as_ref().is_some_and(|procedure| procedure.legacy.state == StepState::Blind);
        state.blind = (state.heard && blind).then(|| state.blind.unwrap_or_else(Instant::now));
        state.rollback = rollback;
        state.procedure = procedure;
    });
}

fn take_in(report: AttendantReport, publish: &watch::Sender<State>, loud: bool) {
    match (report.is_trouble(), loud) {
        (true, _) => output::complain(&report.text()),
        (false, true) => output::tell(&report.text()),
        (false, false) => {}
    }
    publish.send_modify(|state| match report {
        AttendantReport::Kept { phase, folder, files, .. } => {
            state.in_memory = None;
            state.kept.push((phase, folder, files));
        }
        AttendantReport::InMemory { fault, .. } => state.in_memory = Some(fault),
        AttendantReport::NotRecorded { what, .. } => state.not_recorded.push(what),
        _ => {}
    });
}

/// The audit log, and what is known of this rollback where that does not say it.
struct Log {
    audit: Arc<dyn AuditLog>,
    before: History,
    at: DateTime<Utc>,
    host: String,
    not_recorded: NotRecorded,
}

impl Log {
    async fn history(&self) -> History {
        let read = timeout(LOG_BY, self.audit.read()).await;
        let mut own: Vec<(DateTime<Utc>, String, Event)> = Vec::new();
        let mut history = match read {
            Ok(Ok(record)) => {
                let these = record.entries.iter().filter(|entry| entry.at >= self.at);
                own.extend(these.map(|entry| (entry.at, entry.operator.clone(), entry.event.clone())));
                replay(&record)
            }
            Ok(Err(fault)) => History { blind: Some(fault.to_string()), ..self.before.clone() },
            Err(_) => History { blind: Some("the audit log is silent".to_owned()), ..self.before.clone() },
        };
        own.extend(self.audit.kept());
        if let Ok(lost) = self.not_recorded.lock() {
            own.extend(lost.iter().map(|event| (self.at, String::new(), event.clone())));
        }
        history.rollback = procedure::standing(&history, &own, &self.host);
        history
    }
}

/// What was told of the legacy path last, and when.
#[derive(Default)]
struct Told {
    loud: bool,
    last: Option<(StepState, Instant)>,
}

impl Told {
    fn tell(&mut self, state: &State) {
        let Some(legacy) = state.procedure.as_ref().map(|procedure| &procedure.legacy) else { return };
        let fresh = self.last.is_some_and(|(before, at)| before == legacy.state && at.elapsed() < WORD);
        if !self.loud || !state.heard || fresh {
            return;
        }
        self.last = Some((legacy.state, Instant::now()));
        output::tell(&crate::text::clean(&format!("legacy path {}: {}", legacy.state.word(), legacy.found)));
    }
}
