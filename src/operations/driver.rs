//! Does what an operation says, through the ports, and records it.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep, timeout},
};

use super::{Advance, Binding, Confirmed, Effect, Event, Present, Progress, recorder::Recorder, rollback::Rollback};
use crate::{
    audit::{self, Action, AuditLog, Begun, Outcome, replay},
    clock::Clock,
    fault::{Fault, FaultKind},
    flags::{FlagStore, Plan, Write},
    judge::{Assessment, History},
    runbook::{Exposure, Runbook},
    snapshot::{FlagReading, FlagState, Snapshot, SourceState},
};

/// One write, or one reading, may take this long.
const ATTEMPT: Duration = Duration::from_secs(10);

/// How long a rollback waits for the audit log before it is sent.
const MOMENT: Duration = Duration::from_millis(300);

/// How long everything else waits for the audit log.
const PATIENCE: Duration = Duration::from_secs(5);

/// The judge, as the driver calls it.
pub type Assess = fn(&Runbook, &Snapshot, &History, Option<&str>, DateTime<Utc>) -> Assessment;

/// Everything that an operation is done with.
#[derive(Clone)]
pub struct Context {
    /// What is rolled out.
    pub runbook: Arc<Runbook>,
    /// The commit under rollout.
    pub candidate: Option<String>,
    /// Who acts.
    pub operator: String,
    /// The flag store.
    pub store: Arc<dyn FlagStore>,
    /// The audit log.
    pub audit: Arc<dyn AuditLog>,
    /// Where the present comes from.
    pub clock: Clock,
    /// The latest snapshot.
    pub latest: watch::Receiver<Arc<Snapshot>>,
    /// The judge.
    pub assess: Assess,
    /// Key of the present stage.
    pub stage: String,
    /// How long a rollback is tried; without one, until it is done.
    pub limit: Option<Duration>,
}

/// Does a confirmed action to its end, and says how it ended. Progress goes to `updates`; nobody needs to listen.
///
/// A rollback needs the flag store and nothing else. An advance needs the audit log and fresh evidence.
pub async fn perform(confirmed: Confirmed, context: Context, updates: mpsc::UnboundedSender<Progress>) -> Outcome {
    let began = context.clock.now();
    let _ = updates.send(Progress::Begun { at: began });
    let off = context.store.off();
    let known = context.latest.borrow().flag.state.clone();
    let (machine, draft) = match confirmed {
        Confirmed::Rollback { reason, .. } => {
            let draft = rollback_draft(&context, known, &off, reason);
            (Machine::Rollback(Box::new(Rollback::new(off))), draft)
        }
        Confirmed::Advance { binding, reason, .. }
        | Confirmed::Reduce { binding, reason }
        | Confirmed::Restore { binding, reason } => {
            let target = context.runbook.stage(&binding.to_stage).map(|(_, stage)| stage.exposure.clone());
            let draft = advance_draft(&context, &binding, target.clone().unwrap_or_default(), reason);
            let Some(target) = target else {
                let why = vec![format!("the runbook has no stage {}", binding.to_stage)];
                return finish(&context, &updates, &draft, None, Outcome::Refused { why }, None).await;
            };
            (Machine::Advance(Box::new(Advance::new(binding, target, off))), draft)
        }
    };
    let deadline = context.limit.map(|limit| Instant::now() + limit);
    let recorder = Recorder::new(Arc::clone(&context.audit), &context.operator);
    Driver { context, updates, recorder, draft, began, deadline }.run(machine).await
}

enum Machine {
    Rollback(Box<Rollback>),
    Advance(Box<Advance>),
}

impl Machine {
    fn start(&self) -> Vec<Effect> {
        match self {
            Self::Rollback(machine) => machine.start(),
            Self::Advance(machine) => machine.start(),
        }
    }

    fn handle(&mut self, event: Event) -> Vec<Effect> {
        match self {
            Self::Rollback(machine) => machine.handle(event),
            Self::Advance(machine) => machine.handle(event),
        }
    }
}

struct Driver {
    context: Context,
    updates: mpsc::UnboundedSender<Progress>,
    recorder: Recorder,
    /// The entry that says that it begins.
    draft: Begun,
    began: DateTime<Utc>,
    deadline: Option<Instant>,
}

impl Driver {
    async fn run(mut self, mut machine: Machine) -> Outcome {
        let mut effects = VecDeque::from(machine.start());
        while let Some(effect) = effects.pop_front() {
            let event = match effect {
                Effect::Report(progress) => {
                    let _ = self.updates.send(progress);
                    continue;
                }
                Effect::Finish { outcome, after } => {
                    let Self { context, updates, draft, recorder, .. } = self;
                    return finish(&context, &updates, &draft, Some(recorder), outcome, after).await;
                }
                Effect::Recheck => Event::Rechecked(self.recheck().await.map(Box::new)),
                Effect::Record => Event::Recorded(self.record().await),
                Effect::Write(write) => Event::Answered(bounded(self.context.store.write(&write)).await),
                Effect::Read => Event::Read(bounded(self.context.store.read()).await.map(Box::new)),
                Effect::Wait(time) => self.wait(time).await,
            };
            effects.extend(machine.handle(event));
        }
        // A machine ends with Finish. Should one not, nothing is known of the outcome.
        let fault = Fault::new(FaultKind::Changed, "the operation ended without an answer", "look at the flag");
        Outcome::NotConfirmed { fault }
    }

    /// Reads the flag and the log, judges afresh on them, and plans the way to the target.
    async fn recheck(&mut self) -> Result<Present, Fault> {
        let context = &self.context;
        let flag = bounded(context.store.read()).await?;
        // Somebody else may have acted since the operator looked.
        let history = match timeout(PATIENCE, context.audit.read()).await {
            Ok(record) => replay(&record?),
            Err(_) => {
                let what = format!("advancing waits for the audit log, silent for {} s", PATIENCE.as_secs());
                return Err(Fault::new(FaultKind::Timeout, what, "check the disk that it is on"));
            }
        };
        let plan = bounded(context.store.plan(&flag, &self.draft.target)).await;
        let now = context.clock.now();
        let mut snapshot = Snapshot::clone(&context.latest.borrow());
        snapshot.at = now;
        snapshot.flag = FlagReading { state: Some(flag.clone()), read_at: Some(now), fault: None };
        snapshot.flag_source.state = SourceState::Ok;
        snapshot.flag_source.last_ok = Some(now);
        snapshot.flag_source.error = None;
        let candidate = context.candidate.clone();
        let assessment = (context.assess)(&context.runbook, &snapshot, &history, candidate.as_deref(), now);
        self.draft.before = Some(flag.clone());
        if let Ok(plan) = &plan {
            self.draft.plan = plan.clone();
        }
        Ok(Present { flag, assessment, plan, candidate })
    }

    async fn record(&mut self) -> Result<(), Fault> {
        let patience = match self.draft.action {
            Action::Rollback => MOMENT,
            Action::Advance | Action::Reduce | Action::Restore => PATIENCE,
        };
        self.recorder.begin(self.began, self.draft.clone(), patience).await
    }

    async fn wait(&self, time: Duration) -> Event {
        if self.deadline.is_some_and(|deadline| Instant::now() + time >= deadline) {
            return Event::OutOfTime;
        }
        sleep(time).await;
        Event::Waited
    }
}

/// Records the end, and tells it.
async fn finish(
    context: &Context,
    updates: &mpsc::UnboundedSender<Progress>,
    draft: &Begun,
    recorder: Option<Recorder>,
    outcome: Outcome,
    after: Option<Box<FlagState>>,
) -> Outcome {
    let ended = audit::Event::Ended {
        id: draft.id.clone(),
        action: draft.action,
        outcome: outcome.clone(),
        after: after.as_deref().cloned(),
    };
    let mut recorder = recorder.unwrap_or_else(|| Recorder::new(Arc::clone(&context.audit), &context.operator));
    if let Err((fault, entries)) = recorder.end(context.clock.now(), ended, PATIENCE).await {
        let lost = serde_json::to_string(&entries).unwrap_or_default();
        tracing::error!(%fault, entries = lost, "the audit log could not be written");
        let _ = updates.send(Progress::NotRecorded(fault));
        let _ = updates.send(Progress::Kept(entries));
    }
    let _ = updates.send(Progress::Ended { outcome: outcome.clone(), after });
    outcome
}

/// An answer of the store, within the time of one attempt.
async fn bounded<T>(answer: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    timeout(ATTEMPT, answer).await.unwrap_or_else(|_| {
        let what = format!("the flag store did not answer within {} s", ATTEMPT.as_secs());
        Err(Fault::new(FaultKind::Timeout, what, "check that it is up and reachable"))
    })
}

fn rollback_draft(context: &Context, before: Option<FlagState>, off: &Write, reason: String) -> Begun {
    let from_version = before.as_ref().map(|flag| flag.version.clone()).unwrap_or_default();
    Begun {
        id: new_id(),
        action: Action::Rollback,
        from_stage: context.stage.clone(),
        to_stage: context.runbook.stages.first().map(|stage| stage.key.clone()).unwrap_or_default(),
        before,
        target: Exposure::off(),
        plan: Plan { from_version, target: Exposure::off(), writes: vec![off.clone()] },
        reason,
        candidate: context.candidate.clone(),
        digest: None,
        runbook: Some(context.runbook.digest.clone()),
        request: None,
        process: None,
    }
}

fn advance_draft(context: &Context, binding: &Binding, target: Exposure, reason: String) -> Begun {
    Begun {
        id: new_id(),
        action: Action::Advance,
        from_stage: binding.from_stage.clone(),
        to_stage: binding.to_stage.clone(),
        before: None,
        plan: Plan { from_version: binding.flag_version.clone(), target: target.clone(), writes: Vec::new() },
        target,
        reason,
        candidate: context.candidate.clone(),
        digest: Some(binding.digest.clone()),
        runbook: Some(context.runbook.digest.clone()),
        request: None,
        process: None,
    }
}

fn new_id() -> String {
    format!("{:016x}", rand::random::<u64>())
}
