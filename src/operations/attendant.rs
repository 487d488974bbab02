//! Does what is due of a rollback's procedure, beside whoever acts: nothing waits for it, and what fails is tried again.

mod keeping;
mod recording;
mod report;

use std::{collections::HashMap, panic::AssertUnwindSafe, path::PathBuf, sync::Arc, time::Duration};

use futures_util::FutureExt;
use recording::{Ground, ToRecord};
pub use report::AttendantReport;
use tokio::{
    sync::{mpsc, watch},
    task::{JoinHandle, JoinSet},
    time::{Instant, MissedTickBehavior, interval},
};

use super::procedure::{Due, Here, Task, due, standing};
use crate::{
    audit::{AuditLog, Event},
    clock::Clock,
    fault::Fault,
    flags::FlagStore,
    judge::{Assessment, History},
    runbook::Runbook,
    telemetry::Diagnostics,
};

/// How often what is due is looked at without any news, and how long something that failed rests.
const AGAIN: Duration = Duration::from_secs(3);

/// How long something that crashed rests: it is likely to crash again.
const AFTER_A_CRASH: Duration = Duration::from_secs(60);

/// A log that says what was just recorded is read within this.
const READ_BY: Duration = Duration::from_secs(10);

/// Everything that the procedure is done with.
#[derive(Clone)]
pub struct AttendantContext {
    /// What is rolled out.
    pub runbook: Arc<Runbook>,
    /// Where.
    pub environment: String,
    /// The commit under rollout, as it was named.
    pub candidate: Option<String>,
    /// Who acts.
    pub operator: String,
    /// This machine, as the audit log names it.
    pub host: String,
    /// Where the present comes from.
    pub clock: Clock,
    /// The audit log.
    pub audit: Arc<dyn AuditLog>,
    /// What keeps diagnostics from telemetry, once that is connected.
    pub diagnostics: watch::Receiver<Option<Arc<dyn Diagnostics>>>,
    /// The flag store, once it is connected.
    pub store: watch::Receiver<Option<Result<Arc<dyn FlagStore>, Fault>>>,
    /// Where this rollout's state is kept; evidence goes into its folder `evidence`.
    pub data_dir: PathBuf,
}

/// What is known now.
#[derive(Clone, Default)]
struct Known {
    assessment: Option<Arc<Assessment>>,
    history: Arc<History>,
    unseen: Vec<Event>,
}

/// Attends to the procedure in the background. Dropped, it ends; what was not written by then is lost, and done by the
/// next one.
pub struct Attendant {
    known: watch::Sender<Known>,
    task: JoinHandle<()>,
}

impl Attendant {
    /// Begins to attend. Within a tokio runtime. What it does and cannot do comes through the receiver, which nobody
    /// needs to listen to.
    pub fn new(context: AttendantContext) -> (Self, mpsc::UnboundedReceiver<AttendantReport>) {
        let (reports, receiver) = mpsc::unbounded_channel();
        let (known, news) = watch::channel(Known::default());
        let task = tokio::spawn(run(context, news, reports));
        (Self { known, task }, receiver)
    }

    /// Takes in what is known now, and returns at once. `unseen` are entries for troubles that are on no record yet.
    ///
    /// Without a log the history is empty: what that keeps in memory is asked for here.
    pub fn attend(&self, assessment: Option<Arc<Assessment>>, history: Arc<History>, unseen: Vec<Event>) {
        self.known.send_replace(Known { assessment, history, unseen });
    }
}

impl Drop for Attendant {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Where a task that was begun stands.
struct Begun {
    task: Task,
    /// When it is over or may be begun again; none while it runs.
    until: Option<Instant>,
}

async fn run(
    context: AttendantContext,
    mut news: watch::Receiver<Known>,
    reports: mpsc::UnboundedSender<AttendantReport>,
) {
    let (mut begun, mut done): (Vec<Begun>, Vec<Task>) = (Vec::new(), Vec::new());
    let mut jobs: JoinSet<Vec<(Task, Came)>> = JoinSet::new();
    let mut again = interval(AGAIN);
    again.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            changed = news.changed() => if changed.is_err() { return },
            Some(Ok(settled)) = jobs.join_next(), if !jobs.is_empty() => settle(settled, &mut begun, &mut done),
            _ = again.tick() => {}
        }
        let now = Instant::now();
        begun.retain(|begun| begun.until.is_none_or(|until| now < until));
        let under_way: Vec<Task> = begun.iter().map(|begun| begun.task.clone()).collect();
        let known = news.borrow_and_update().clone();
        let rollback = standing(&known.history, &context.audit.kept(), &context.host);
        let recording = begun.iter().any(|begun| begun.until.is_none() && matches!(begun.task, Task::Seen(_)));
        let here =
            Here { host: &context.host, now: context.clock.now(), under_way: &under_way, done: &done, recording };
        for due in due(rollback.as_ref(), &known.history, known.assessment.as_deref(), &known.unseen, here) {
            begun.extend(due.tasks().into_iter().map(|task| Begun { task, until: None }));
            let (context, news, reports) = (context.clone(), news.clone(), reports.clone());
            jobs.spawn(async move { attempt(due, &context, news, &reports).await });
        }
    }
}

/// What became of a task that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    Done,
    NotDone,
    Crashed,
}

/// Notes what a job came to.
fn settle(settled: Vec<(Task, Came)>, begun: &mut [Begun], done: &mut Vec<Task>) {
    let settled: HashMap<Task, Came> = settled.into_iter().collect();
    for begun in begun {
        if let Some(came) = settled.get(&begun.task) {
            let rest = match came {
                Came::Done => READ_BY,
                Came::NotDone => AGAIN,
                Came::Crashed => AFTER_A_CRASH,
            };
            begun.until = Some(Instant::now() + rest);
        }
    }
    // What was seen can be seen again.
    let once = settled.into_iter().filter(|(task, came)| *came == Came::Done && !matches!(task, Task::Seen(_)));
    done.extend(once.map(|(task, _)| task));
}

/// Performs it. A crash is an end like any other: what was begun and never settled would keep the rest waiting for ever.
async fn attempt(
    due: Due,
    context: &AttendantContext,
    news: watch::Receiver<Known>,
    reports: &mpsc::UnboundedSender<AttendantReport>,
) -> Vec<(Task, Came)> {
    let (what, tasks) = (due.text(), due.tasks());
    match AssertUnwindSafe(perform(due, context, news, reports)).catch_unwind().await {
        Ok(settled) => {
            settled.into_iter().map(|(task, done)| (task, if done { Came::Done } else { Came::NotDone })).collect()
        }
        Err(_) => {
            let _ = reports.send(AttendantReport::Crashed { what, again_in: AFTER_A_CRASH });
            tasks.into_iter().map(|task| (task, Came::Crashed)).collect()
        }
    }
}

/// Does it, and says of each task in it whether that is done with.
async fn perform(
    due: Due,
    context: &AttendantContext,
    news: watch::Receiver<Known>,
    reports: &mpsc::UnboundedSender<AttendantReport>,
) -> Vec<(Task, bool)> {
    match due {
        Due::Keep { rollback, phase, since } => {
            let task = Task::Keep(rollback.id.clone(), phase);
            let keeping = keeping::Keeping { context, rollback: &rollback, phase, since, reports };
            keeping.keep(task.clone(), news).await;
            vec![(task, true)]
        }
        Due::ConfirmLegacy { rollback, evidence } => {
            let found = match &evidence {
                crate::judge::LegacyEvidence::Telemetry { found, .. } => found.clone(),
                crate::judge::LegacyEvidence::Attested { statement } => statement.clone(),
            };
            let task = Task::ConfirmLegacy(rollback.clone());
            let event = Event::LegacyConfirmed { rollback: rollback.clone(), by: evidence };
            let report = AttendantReport::LegacyConfirmed { rollback, found };
            recording::record(context, vec![ToRecord { task, event, report }], Ground::Fact, reports).await
        }
        Due::RecordSeen { seen, at, after } => {
            let each = seen.into_iter().map(|(trouble, event)| ToRecord {
                task: Task::Seen(trouble.clone()),
                event,
                report: AttendantReport::SeenRecorded { trouble },
            });
            recording::record(context, each.collect(), Ground::Judged { at, after }, reports).await
        }
    }
}
