//! What must be recorded and must not wait: kept here first, and sent to the log once and in order.

use std::{
    collections::HashSet,
    io,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, Once, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::sync::Notify;

use super::{
    AuditLog, Ending, Entry, Event, Head, Passing, Record, Waiting,
    journal::{Journal, Kept, Line},
};
use crate::fault::{Fault, FaultKind};

/// Time between two attempts to send what waits.
const PAUSE: Duration = Duration::from_secs(2);

/// The same where nothing is known to wait and nobody looks.
const CALM: Duration = Duration::from_secs(10);

/// How long a reading waits for what was kept here to be in what it reads.
const SENT_FIRST: Duration = Duration::from_secs(1);

/// A log with an outbox before it.
pub struct Outbox {
    inner: Arc<Inner>,
    started: Once,
}

struct Inner {
    log: Arc<dyn AuditLog>,
    journal: Journal,
    /// Whether the log is as near as the journal: then it is tried first.
    near: bool,
    state: Mutex<State>,
    /// One sends, one writes the journal.
    sending: tokio::sync::Mutex<()>,
    writing: tokio::sync::Mutex<()>,
    wake: Arc<Notify>,
    /// Whether nobody looks at what the log says.
    unattended: AtomicBool,
}

#[derive(Default)]
struct State {
    /// What waits on the disk, as it was last seen.
    disk: Vec<Kept>,
    /// What the disk did not take.
    memory: Vec<Kept>,
    /// Ids of what is in the log, where the disk did not take that it is.
    sent: HashSet<String>,
}

impl Outbox {
    /// An outbox in `folder` before `log`. `near`: the log is a file, and appending to it takes no longer than keeping.
    pub fn new(log: Arc<dyn AuditLog>, folder: &Path, near: bool) -> Self {
        let (state, sending, writing, wake, unattended) = Default::default();
        let inner = Inner { log, journal: Journal::at(folder), near, state, sending, writing, wake, unattended };
        Self { inner: Arc::new(inner), started: Once::new() }
    }

    /// Starts to send what waits, also what an earlier process left.
    fn start(&self) {
        self.started.call_once(|| {
            tokio::spawn(forward(Arc::downgrade(&self.inner)));
        });
    }

    /// Before the log is read: what was done here is to be in it.
    async fn sent_first(&self) {
        if self.inner.waits().await {
            // Who decides on a past without what was done here decides on the wrong one. It goes on beside a slow log.
            let inner = Arc::clone(&self.inner);
            let sent = tokio::spawn(async move { inner.flush().await });
            let _ = tokio::time::timeout(SENT_FIRST, sent).await;
            // So that what an earlier process left is told from the start; a disk that cannot be read is told by others.
            if self.inner.waits().await {
                let _ = self.inner.next().await;
            }
        }
        self.start();
    }

    async fn first_flush(&self) -> Result<(), Fault> {
        self.start();
        self.flush().await
    }
}

async fn forward(inner: Weak<Inner>) {
    loop {
        let Some(outbox) = inner.upgrade() else { return };
        if outbox.waits().await
            && let Err(fault) = outbox.flush().await
        {
            tracing::warn!(%fault, "what waits for the audit log is kept");
        }
        let wake = Arc::clone(&outbox.wake);
        // What is kept here wakes it. What another process left waits a little longer where nobody looks.
        let calm = outbox.unattended.load(Ordering::Relaxed) && !outbox.holds();
        drop(outbox);
        let _ = tokio::time::timeout(if calm { CALM } else { PAUSE }, wake.notified()).await;
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether something is known to wait.
    fn holds(&self) -> bool {
        let state = self.state();
        !state.memory.is_empty() || !state.disk.is_empty()
    }

    async fn waits(&self) -> bool {
        self.holds() || tokio::fs::metadata(self.journal.path()).await.is_ok_and(|data| data.len() > 0)
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Journal) -> io::Result<T> + Send + 'static,
    ) -> Result<T, Fault> {
        let journal = self.journal.clone();
        let answer = tokio::task::spawn_blocking(move || work(&journal)).await;
        answer.unwrap_or_else(|crash| Err(io::Error::other(crash))).map_err(|error| {
            let what =
                format!("what waits for the audit log, {}, cannot be used: {error}", self.journal.path().display());
            Fault::new(
                FaultKind::File,
                what,
                "make its folder writable, or free space; until then it is kept in memory",
            )
        })
    }

    /// Writes what is in memory to the disk.
    async fn settle(&self) -> Result<(), Fault> {
        let _one = self.writing.lock().await;
        let batch = self.state().memory.clone();
        if batch.is_empty() {
            return Ok(());
        }
        let mut lines: Vec<Line> = batch.iter().cloned().map(|kept| Line::Kept(Box::new(kept))).collect();
        lines.extend(
            batch
                .iter()
                .filter_map(|kept| kept.after.clone().map(|after| Line::Sending { id: kept.id.clone(), after })),
        );
        self.blocking(move |journal| journal.add(&lines)).await?;
        let mut state = self.state();
        state.memory.retain(|kept| !batch.iter().any(|settled| settled.id == kept.id));
        state.disk.extend(batch);
        Ok(())
    }

    /// What is to be sent next. What the disk holds is older than what only memory holds.
    async fn next(&self) -> Result<Option<Kept>, Fault> {
        let read = self.blocking(|journal| journal.waiting()).await;
        let mut state = self.state();
        let sent = state.sent.clone();
        match read {
            // Where it was sent to is known here even where the disk did not take it.
            Ok(waiting) => {
                let known: Vec<Kept> = std::mem::take(&mut state.disk);
                let after = |id: &str| known.iter().find(|k| k.id == id).and_then(|k| k.after.clone());
                let waiting = waiting.into_iter().filter(|kept| !sent.contains(&kept.id));
                state.disk =
                    waiting.map(|kept| Kept { after: after(&kept.id).or(kept.after.clone()), ..kept }).collect();
            }
            // An earlier process may have left something that this one cannot see: it would be overtaken.
            Err(fault) if state.memory.is_empty() && state.disk.is_empty() => return Err(fault),
            Err(_) => state.disk.retain(|kept| !sent.contains(&kept.id)),
        }
        Ok(state.disk.first().or(state.memory.first()).cloned())
    }

    async fn flush(&self) -> Result<(), Fault> {
        let _one = self.sending.lock().await;
        // What the disk does not take is sent from memory.
        let _ = self.settle().await;
        let turn = self.blocking(Journal::turn).await;
        if let Err(fault) = &turn
            && self.state().memory.is_empty()
        {
            return Err(fault.clone());
        }
        while let Some(next) = self.next().await? {
            if self.landed(&next).await? {
                self.done(&next).await;
                continue;
            }
            let head = self.log.read().await?.head;
            self.sending_after(&next, &head).await;
            match self.log.append_after(&head, next.at, &next.operator, next.event.clone()).await {
                Ok(_) => self.done(&next).await,
                Err(fault) if fault.kind == FaultKind::Changed => {}
                Err(fault) => return Err(fault),
            }
        }
        let _ = self.blocking(|journal| journal.tidy()).await;
        Ok(())
    }

    /// Whether it arrived when it was last sent, although nobody said so.
    async fn landed(&self, kept: &Kept) -> Result<bool, Fault> {
        let Some(after) = &kept.after else { return Ok(false) };
        let record = self.log.read().await?;
        let place = record.entries.binary_search_by_key(&(after.count + 1), |entry| entry.seq);
        Ok(place.is_ok_and(|place| {
            let entry = &record.entries[place];
            entry.at == kept.at && entry.operator == kept.operator && entry.event == kept.event
        }))
    }

    /// Notes where the log ends before it is sent: a crash between sending and noting that it arrived must not double it.
    async fn sending_after(&self, kept: &Kept, head: &Head) {
        {
            let mut state = self.state();
            let State { disk, memory, .. } = &mut *state;
            for same in disk.iter_mut().chain(memory).filter(|same| same.id == kept.id) {
                same.after = Some(head.clone());
            }
        }
        let line = Line::Sending { id: kept.id.clone(), after: head.clone() };
        let _ = self.blocking(move |journal| journal.add(&[line])).await;
    }

    async fn done(&self, kept: &Kept) {
        {
            let mut state = self.state();
            state.disk.retain(|other| other.id != kept.id);
            state.memory.retain(|other| other.id != kept.id);
            state.sent.insert(kept.id.clone());
        }
        let line = Line::Sent { id: kept.id.clone() };
        if self.blocking(move |journal| journal.add(&[line])).await.is_ok() {
            self.state().sent.remove(&kept.id);
        }
    }
}

#[async_trait]
impl AuditLog for Outbox {
    fn place(&self) -> String {
        self.inner.log.place()
    }

    async fn append(&self, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault> {
        self.first_flush().await?;
        self.inner.log.append(at, operator, event).await
    }

    async fn append_after(&self, head: &Head, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault> {
        self.first_flush().await?;
        self.inner.log.append_after(head, at, operator, event).await
    }

    async fn append_all_after(
        &self,
        head: &Head,
        at: DateTime<Utc>,
        operator: &str,
        events: Vec<Event>,
    ) -> Result<Vec<Entry>, Fault> {
        self.first_flush().await?;
        self.inner.log.append_all_after(head, at, operator, events).await
    }

    async fn append_soon(&self, at: DateTime<Utc>, operator: &str, event: Event) -> Result<(), Fault> {
        let inner = &self.inner;
        if inner.near && !inner.waits().await && inner.log.append(at, operator, event.clone()).await.is_ok() {
            return Ok(());
        }
        inner.state().memory.push(Kept::new(at, operator, event));
        let settled = inner.settle().await;
        self.start();
        inner.wake.notify_one();
        settled
    }

    async fn flush(&self) -> Result<(), Fault> {
        if self.inner.waits().await { self.inner.flush().await } else { Ok(()) }
    }

    fn kept(&self) -> Vec<(DateTime<Utc>, String, Event)> {
        let Waiting { on_disk, in_memory, .. } = self.waiting();
        on_disk.into_iter().chain(in_memory).collect()
    }

    fn waiting(&self) -> Waiting {
        let state = self.inner.state();
        let told =
            |kept: &[Kept]| kept.iter().map(|kept| (kept.at, kept.operator.clone(), kept.event.clone())).collect();
        Waiting { file: Some(self.inner.journal.path()), on_disk: told(&state.disk), in_memory: told(&state.memory) }
    }

    async fn read(&self) -> Result<Record, Fault> {
        self.sent_first().await;
        self.inner.log.read().await
    }

    async fn read_each(&self, take: &mut Passing<'_>) -> Result<Ending, Fault> {
        self.sent_first().await;
        self.inner.log.read_each(take).await
    }

    fn attended(&self, attended: bool) {
        self.inner.unattended.store(!attended, Ordering::Relaxed);
        self.inner.log.attended(attended);
    }

    async fn changed(&self, seen: &Head) {
        self.start();
        self.inner.log.changed(seen).await;
    }
}
