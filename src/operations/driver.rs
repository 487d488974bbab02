//! Does what an operation says, through the ports, and records it.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout},
};

use super::{
    Asked, Change, Confirmed, Context, Effect, Event, Progress, draft,
    others::{contested, joined, overtaken},
    recheck::{PATIENCE, read, recheck},
    recorder::Recorder,
    rollback::Rollback,
};
use crate::{
    audit::{self, Action, Begun, Head, Outcome},
    fault::{Fault, FaultKind},
    snapshot::FlagState,
};

/// One write, or one reading, may take this long.
const ATTEMPT: Duration = Duration::from_secs(10);

/// How long the end of a rollback is held back to find out in the log whether it joined another.
const GLANCE: Duration = Duration::from_secs(1);

/// Does a confirmed action to its end, and says how it ended. Progress goes to `updates`; nobody needs to listen.
///
/// A rollback needs the flag store and nothing else. Everything else needs the audit log and fresh evidence.
pub async fn perform(confirmed: Confirmed, context: Context, updates: mpsc::UnboundedSender<Progress>) -> Outcome {
    let began = context.clock.now();
    let _ = updates.send(Progress::Begun { at: began });
    let off = context.store.off();
    let action = confirmed.action();
    let (machine, draft, resumed) = match confirmed {
        Confirmed::Rollback { reason, resumes } => {
            let known = context.latest.borrow().flag.state.clone();
            let resumed = resumes.is_some();
            let draft = draft::rollback(&context, known, &off, reason, resumes);
            (Ok(Machine::Rollback(Box::new(Rollback::new(off)))), draft, resumed)
        }
        Confirmed::Advance { binding, reason, request } => {
            let asked = Asked::new(action, binding, request, &context);
            let (machine, draft) = change(&context, asked, off, reason);
            (machine, draft, false)
        }
        Confirmed::Reduce { binding, reason } | Confirmed::Restore { binding, reason } => {
            let asked = Asked::new(action, binding, None, &context);
            let (machine, draft) = change(&context, asked, off, reason);
            (machine, draft, false)
        }
    };
    let deadline = context.limit.map(|limit| Instant::now() + limit);
    let recorder = Recorder::new(Arc::clone(&context.audit), &context.operator);
    let driver = Driver {
        context,
        updates,
        recorder,
        draft,
        head: Head::default(),
        began,
        deadline,
        resumed,
        looked_again: false,
    };
    match machine {
        Ok(machine) => driver.run(machine).await,
        Err(why) => driver.finish(Outcome::Refused { why: vec![why] }, None).await,
    }
}

/// The machine of a change to a stage of the runbook, and the entry that says that it begins.
fn change(
    context: &Context,
    asked: Asked,
    off: crate::flags::Write,
    reason: String,
) -> (Result<Machine, String>, Begun) {
    let key = asked.binding.to_stage.clone();
    let target = context.runbook.stage(&key).map(|(_, stage)| stage.exposure.clone());
    let draft = draft::change(context, &asked, target.clone().unwrap_or_default(), reason);
    let machine = target.map(|target| Machine::Change(Box::new(Change::new(asked, target, off))));
    (machine.ok_or_else(|| format!("the runbook has no stage {key}")), draft)
}

enum Machine {
    Rollback(Box<Rollback>),
    Change(Box<Change>),
}

impl Machine {
    fn start(&self) -> Vec<Effect> {
        match self {
            Self::Rollback(machine) => machine.start(),
            Self::Change(machine) => machine.start(),
        }
    }

    fn handle(&mut self, event: Event) -> Vec<Effect> {
        match self {
            Self::Rollback(machine) => machine.handle(event),
            Self::Change(machine) => machine.handle(event),
        }
    }
}

struct Driver {
    context: Context,
    updates: mpsc::UnboundedSender<Progress>,
    recorder: Recorder,
    /// The entry that says that it begins.
    draft: Begun,
    /// Where the log ended that the last check rested on.
    head: Head,
    began: DateTime<Utc>,
    deadline: Option<Instant>,
    /// Whether its beginning is on record since another run of gonogo.
    resumed: bool,
    /// Whether a rollback was looked at again once others could know of it.
    looked_again: bool,
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
                Effect::Finish { outcome, after } => match self.on_again(&outcome).await {
                    Some(flag) => Event::Read(Ok(Box::new(flag))),
                    None => return self.finish(outcome, after).await,
                },
                Effect::Recheck => Event::Rechecked(self.recheck().await),
                Effect::Record => Event::Recorded(self.record().await),
                Effect::Look => Event::Overtaken(
                    read(&self.context, PATIENCE).await.map(|record| overtaken(&record, &self.draft.id)),
                ),
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

    /// The flag, where somebody has switched it on behind a rollback's back. Whoever changes the flag looks into the log
    /// after the last write, and switches off where a rollback is there. A rollback is sent before it is there: who had
    /// looked already may have written after off was read. So off is read once more, after it is there.
    async fn on_again(&mut self, outcome: &Outcome) -> Option<FlagState> {
        let off = self.draft.action == Action::Rollback && *outcome == Outcome::Verified;
        if !off || std::mem::replace(&mut self.looked_again, true) {
            return None;
        }
        self.recorder.settle(GLANCE).await;
        // Without a log nobody but a rollback goes on.
        timeout(GLANCE, self.context.audit.flush()).await.ok()?.ok()?;
        let record = read(&self.context, GLANCE).await.ok()?;
        if !contested(&record, &self.draft.id) {
            return None;
        }
        bounded(self.context.store.read()).await.ok().filter(|flag| !flag.serves_nobody())
    }

    async fn recheck(&mut self) -> Result<Box<super::Present>, Fault> {
        let (present, head) = recheck(&self.context, self.draft.action, &self.draft.target).await?;
        self.head = head;
        self.draft.before = Some(present.flag.clone());
        if let Ok(plan) = &present.plan {
            self.draft.plan = plan.clone();
        }
        Ok(present)
    }

    async fn record(&mut self) -> Result<(), Fault> {
        match self.draft.action {
            Action::Rollback if self.resumed => Ok(()),
            Action::Rollback => self.recorder.begin_soon(self.began, self.draft.clone()).await,
            Action::Advance | Action::Reduce | Action::Restore => {
                let now = self.context.clock.now();
                self.recorder.begin_after(self.head.clone(), now, self.draft.clone()).await
            }
        }
    }

    async fn wait(&self, time: Duration) -> Event {
        if self.deadline.is_some_and(|deadline| Instant::now() + time >= deadline) {
            return Event::OutOfTime;
        }
        sleep(time).await;
        Event::Waited
    }

    /// Records the end, and tells it.
    async fn finish(mut self, outcome: Outcome, after: Option<Box<FlagState>>) -> Outcome {
        let ended = audit::Event::Ended {
            id: self.draft.id.clone(),
            action: self.draft.action,
            outcome: outcome.clone(),
            after: after.as_deref().cloned(),
        };
        match self.recorder.end(self.context.clock.now(), ended).await {
            Ok(()) => {
                // Who ends at once leaves nothing behind that others would decide without; what is not taken waits on.
                let _ = timeout(GLANCE, self.context.audit.flush()).await;
                self.tell_of_others().await;
            }
            Err((fault, entries)) => {
                let lost = serde_json::to_string(&entries).unwrap_or_default();
                tracing::error!(%fault, entries = lost, "the audit log could not be written");
                let _ = self.updates.send(Progress::NotRecorded(fault));
                let _ = self.updates.send(Progress::Kept(entries));
            }
        }
        let _ = self.updates.send(Progress::Ended { outcome: outcome.clone(), after });
        outcome
    }

    /// Of several who roll back together, all but the first are told so.
    async fn tell_of_others(&self) {
        if self.draft.action != Action::Rollback {
            return;
        }
        // Not knowing it is no fault: the flag is what counts.
        let Ok(record) = read(&self.context, GLANCE).await else { return };
        if let Some(other) = joined(&record, &self.draft.id) {
            let _ = self.updates.send(Progress::Joined { operator: other.operator, at: other.at });
        }
    }
}

/// An answer of the store, within the time of one attempt.
pub(super) async fn bounded<T>(answer: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    timeout(ATTEMPT, answer).await.unwrap_or_else(|_| {
        let what = format!("the flag store did not answer within {} s", ATTEMPT.as_secs());
        Err(Fault::new(FaultKind::Timeout, what, "check that it is up and reachable"))
    })
}
