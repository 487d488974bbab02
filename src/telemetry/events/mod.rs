//! Newline-delimited JSON event records, followed as they grow.
//!
//! - A file is told by device and inode. One that was renamed is read on until its writer has let go of it; one that
//!   shrank, or whose content was replaced, has new content and is read from its start, on top of what was counted. A
//!   new file that is a copy of one being followed is read on from where that one was.
//! - A line that is no record is counted and told, and never stops the reading. What stands after the last line end
//!   counts once it is a whole record.
//! - A record without a usable time (none, before 2000, more than five minutes ahead) has that of the record before
//!   it in its file, but not one before the file was last read to its end; a violation is never lost for its clock.
//! - Asked for the past, it reads the same files and leaves out what they say of the time after it.
//! - Which commit an instance runs is what its newest record says of it; an instance that has said nothing for a quarter
//!   of an hour is taken to be gone.
//! - Tallies begin at the whole minute that `since` falls in. They are bounded in their number, whatever the files'
//!   size.

mod deployed;
mod diagnostics;
mod failing;
mod files;
mod plan;
mod reader;
mod record;
mod scan;
mod tail;
mod tally;
mod trouble;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc, Mutex, TryLockError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use self::{diagnostics::Exhibits, reader::Reader};
use super::{Diagnostics, Telemetry};
use crate::{
    fault::{Fault, FaultKind},
    runbook::Runbook,
    snapshot::{Deployments, Health, Observation, Poll, Presence, SourceKind, SourceState, SourceStatus},
};

/// Events in a file, or in the `*.ndjson`, `*.jsonl`, `*.json` and `*.log` files of a folder.
#[derive(Debug)]
pub struct Events {
    /// Shared with the thread that reads: a poll that is given up leaves it to finish.
    reader: Arc<Mutex<Reader>>,
    stop: Arc<AtomicBool>,
    exhibits: Arc<Exhibits>,
    status: SourceStatus,
    last: Arc<Observation>,
}

impl Events {
    /// The events at `path`. Nothing is opened before the first poll.
    pub fn new(path: PathBuf, runbook: &Runbook, environment: &str) -> Self {
        let status = SourceStatus::connecting("events", SourceKind::Telemetry, path.display().to_string());
        let stop = Arc::new(AtomicBool::new(false));
        let exhibits = Arc::new(Exhibits::new(path.clone(), runbook, environment));
        let reader = Reader::new(path, runbook, environment, Arc::clone(&stop));
        Self { reader: Arc::new(Mutex::new(reader)), stop, exhibits, status, last: Arc::default() }
    }

    /// For polls whose `now` is some time ago: records from after it are not there yet. `present` is gonogo's clock: a
    /// record from after that has no usable time, as ever.
    pub fn in_the_past(self, present: DateTime<Utc>) -> Self {
        // Nobody else holds it before the first poll.
        if let Ok(mut reader) = self.reader.lock() {
            reader.in_the_past(present);
        }
        self
    }

    /// A poll that gave nothing: the tallies are those from before, and say so.
    fn unheard(&mut self, fault: Fault) {
        let mut observation = Observation::clone(&self.last);
        for reading in observation.readings.values_mut() {
            Arc::make_mut(reading).health = Health::Failed(fault.clone());
        }
        observation.deployed = None;
        self.last = Arc::new(observation);
        self.failed(fault);
    }

    fn failed(&mut self, fault: Fault) {
        self.status.state = SourceState::Failed;
        self.status.error = Some(fault);
        self.status.failures = self.status.failures.saturating_add(1);
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// What one pass over the files gave.
struct Pass {
    observation: Observation,
    whole: Option<Fault>,
    partial: Option<Fault>,
    note: Option<String>,
}

#[async_trait]
impl Telemetry for Events {
    fn introduce(&self) -> SourceStatus {
        SourceStatus::connecting("events", SourceKind::Telemetry, self.status.address.clone())
    }

    fn presence(&self) -> BTreeMap<String, Presence> {
        self.reader.try_lock().map(|reader| reader.presence()).unwrap_or_default()
    }

    fn deployments(&self) -> Deployments {
        // Of what was not read in full nobody can say that all instances are in it.
        if self.status.state != SourceState::Ok {
            return Deployments::default();
        }
        self.reader.try_lock().map(|reader| reader.deployments(self.last.at)).unwrap_or_default()
    }

    fn diagnostics(&self) -> Option<Arc<dyn Diagnostics>> {
        Some(Arc::clone(&self.exhibits) as _)
    }

    async fn poll(&mut self, since: DateTime<Utc>, now: DateTime<Utc>) -> Poll {
        let began = Instant::now();
        let (reader, address) = (Arc::clone(&self.reader), self.status.address.clone());
        let pass = tokio::task::spawn_blocking(move || {
            let mut reader = match reader.try_lock() {
                Ok(reader) => reader,
                Err(TryLockError::WouldBlock) => return None,
                Err(TryLockError::Poisoned(poisoned)) => {
                    // A pass that crashed may have counted a block without noting it as read.
                    let mut reader = poisoned.into_inner();
                    reader.reset();
                    reader
                }
            };
            let (whole, faults) = reader.poll(since, now);
            let observation =
                reader.observation(now, whole.as_ref(), &faults, TimeDelta::from_std(began.elapsed()).ok());
            let partial = faults.into_iter().next().or_else(|| reader.unreliable(&address));
            Some(Pass { observation, whole, partial, note: reader.note() })
        })
        .await;
        self.status.latency = TimeDelta::from_std(began.elapsed()).ok();
        match pass {
            Ok(Some(pass)) => {
                self.last = Arc::new(pass.observation);
                self.status.note = pass.note;
                match (pass.whole, pass.partial) {
                    (Some(fault), _) => self.failed(fault),
                    (None, partial) => {
                        self.status.state = if partial.is_some() { SourceState::Partial } else { SourceState::Ok };
                        self.status.error = partial;
                        self.status.failures = 0;
                        self.status.last_ok = Some(now);
                    }
                }
            }
            Ok(None) => self.unheard(Fault::new(
                FaultKind::Timeout,
                format!("the events at {} are still being read", self.status.address),
                "wait, or name a shorter file",
            )),
            Err(_) => self.unheard(Fault::new(
                FaultKind::File,
                format!("reading the events at {} ended early", self.status.address),
                "see the log file",
            )),
        }
        Poll { observation: Arc::clone(&self.last), status: self.status.clone() }
    }
}
