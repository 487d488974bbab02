//! Polls both sources side by side, each at its own pace, and publishes one snapshot after another.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, Interval, MissedTickBehavior, interval_at, timeout},
};

use crate::{
    clock::Clock,
    fault::{Fault, FaultKind},
    flags::FlagStore,
    session::Pending,
    snapshot::{Snapshot, SourceState, SourceStatus},
    telemetry::{Diagnostics, Telemetry},
};

/// A whole poll of a source may take this long; the requests within it have shorter limits of their own.
const POLL_LIMIT: Duration = Duration::from_secs(60);

/// The running poller. Dropping it ends the polling.
pub struct Poller {
    /// The latest snapshot.
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    /// The flag store once it is connected; a fault where it cannot be.
    pub store: watch::Receiver<Option<Result<Arc<dyn FlagStore>, Fault>>>,
    /// What keeps diagnostics from telemetry, once that is connected; none where it keeps nothing.
    pub diagnostics: watch::Receiver<Option<Arc<dyn Diagnostics>>>,
    /// Asks for a poll of the flag now, after a write.
    pub refresh_flag: Arc<Notify>,
    /// From when on telemetry is needed; raise or lower it as the history changes.
    pub since: watch::Sender<DateTime<Utc>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Drop for Poller {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Starts polling. Must be called within a tokio runtime.
pub fn start(
    telemetry: Pending<Box<dyn Telemetry>>,
    flags: Pending<Arc<dyn FlagStore>>,
    clock: Clock,
    every: Duration,
    since: DateTime<Utc>,
) -> Poller {
    let pace = Pace { first: Instant::now(), every };
    start_at(telemetry, flags, clock, pace, since)
}

/// When the sources are polled.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// First then, or as soon as they are connected after that.
    pub first: Instant,
    /// And so often from there on.
    pub every: Duration,
}

impl Pace {
    fn ticks(self) -> Interval {
        let mut ticks = interval_at(self.first.max(Instant::now()), self.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        ticks
    }
}

/// [`start`], with the first poll not before its time.
pub fn start_at(
    telemetry: Pending<Box<dyn Telemetry>>,
    flags: Pending<Arc<dyn FlagStore>>,
    clock: Clock,
    pace: Pace,
    since: DateTime<Utc>,
) -> Poller {
    let first = Snapshot::empty(clock.now(), telemetry.introduction.clone(), flags.introduction.clone());
    let (publish, snapshots) = watch::channel(Arc::new(first));
    let publish = Arc::new(publish);
    let (since_sender, since_receiver) = watch::channel(since);
    let (store_sender, store) = watch::channel(None);
    let (diagnostics_sender, diagnostics) = watch::channel(None);
    let refresh_flag = Arc::new(Notify::new());
    let tasks = vec![
        tokio::spawn(poll_telemetry(telemetry, clock, pace, since_receiver, diagnostics_sender, Arc::clone(&publish))),
        tokio::spawn(poll_flag(flags, clock, pace, Arc::clone(&refresh_flag), store_sender, publish)),
    ];
    Poller { snapshots, store, diagnostics, refresh_flag, since: since_sender, tasks }
}

/// A poller that polls nothing and has this to show: where what is shown comes from elsewhere.
pub fn still(first: Arc<Snapshot>) -> Poller {
    let at = first.at;
    let (_, snapshots) = watch::channel(first);
    let ((_, store), (_, diagnostics)) = (watch::channel(None), watch::channel(None));
    Poller {
        snapshots,
        store,
        diagnostics,
        refresh_flag: Arc::default(),
        since: watch::Sender::new(at),
        tasks: Vec::new(),
    }
}

type Publish = Arc<watch::Sender<Arc<Snapshot>>>;

fn publish(channel: &Publish, at: DateTime<Utc>, change: impl FnOnce(&mut Snapshot)) {
    channel.send_modify(|snapshot| {
        let mut next = Snapshot::clone(snapshot);
        next.at = at;
        next.generation += 1;
        change(&mut next);
        *snapshot = Arc::new(next);
    });
}

async fn poll_telemetry(
    pending: Pending<Box<dyn Telemetry>>,
    clock: Clock,
    pace: Pace,
    since: watch::Receiver<DateTime<Utc>>,
    diagnostics: watch::Sender<Option<Arc<dyn Diagnostics>>>,
    channel: Publish,
) {
    let mut status = pending.introduction;
    let mut source = match blocking(pending.connect).await {
        Ok(source) => source,
        Err(fault) => {
            failed(&mut status, fault);
            publish(&channel, clock.now(), |snapshot| snapshot.telemetry_source = status);
            return;
        }
    };
    diagnostics.send_replace(source.diagnostics());
    // Nothing comes after this: who waits for more than that gets to know it.
    drop(diagnostics);
    let mut tick = pace.ticks();
    loop {
        tick.tick().await;
        let from = *since.borrow();
        match timeout(POLL_LIMIT, source.poll(from, clock.now())).await {
            Ok(poll) => {
                status = poll.status.clone();
                publish(&channel, clock.now(), |snapshot| {
                    snapshot.telemetry = Some(poll.observation);
                    snapshot.telemetry_source = poll.status;
                });
            }
            Err(_) => {
                let name = status.name.clone();
                failed(&mut status, timed_out(&name));
                publish(&channel, clock.now(), |snapshot| snapshot.telemetry_source = status.clone());
            }
        }
    }
}

async fn poll_flag(
    pending: Pending<Arc<dyn FlagStore>>,
    clock: Clock,
    pace: Pace,
    refresh: Arc<Notify>,
    connected: watch::Sender<Option<Result<Arc<dyn FlagStore>, Fault>>>,
    channel: Publish,
) {
    let mut status = pending.introduction;
    let store = match blocking(pending.connect).await {
        Ok(store) => store,
        Err(fault) => {
            connected.send_replace(Some(Err(fault.clone())));
            failed(&mut status, fault.clone());
            publish(&channel, clock.now(), |snapshot| {
                snapshot.flag_source = status;
                snapshot.flag.fault = Some(fault);
            });
            return;
        }
    };
    connected.send_replace(Some(Ok(Arc::clone(&store))));
    let mut tick = pace.ticks();
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = refresh.notified() => {}
        }
        let began = std::time::Instant::now();
        let answer = timeout(POLL_LIMIT, store.glance()).await.unwrap_or_else(|_| Err(timed_out(&status.name)));
        let now = clock.now();
        match answer {
            Ok(state) => {
                status.state = SourceState::Ok;
                status.last_ok = Some(now);
                status.error = None;
                status.failures = 0;
                status.latency = chrono::TimeDelta::from_std(began.elapsed()).ok();
                publish(&channel, now, |snapshot| {
                    snapshot.flag.state = Some(state);
                    snapshot.flag.read_at = Some(now);
                    snapshot.flag.fault = None;
                    snapshot.flag_source = status.clone();
                });
            }
            Err(fault) => {
                failed(&mut status, fault.clone());
                publish(&channel, now, |snapshot| {
                    snapshot.flag.fault = Some(fault);
                    snapshot.flag_source = status.clone();
                });
            }
        }
    }
}

/// Connecting reads certificates and files: off the thread that draws.
async fn blocking<T: Send + 'static>(connect: crate::session::Connect<T>) -> Result<T, Fault> {
    tokio::task::spawn_blocking(connect).await.unwrap_or_else(|_| {
        Err(Fault::new(
            FaultKind::Configuration,
            "a source could not be set up: its set-up crashed",
            "see the log file",
        ))
    })
}

fn failed(status: &mut SourceStatus, fault: Fault) {
    status.state = SourceState::Failed;
    status.error = Some(fault);
    status.failures += 1;
}

fn timed_out(name: &str) -> Fault {
    Fault::new(
        FaultKind::Timeout,
        format!("{name} did not finish a poll within {} s", POLL_LIMIT.as_secs()),
        "check that it is up and reachable",
    )
}
