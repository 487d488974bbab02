//! A recording being written, beside everything else: no key ever waits for the disk.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError},
    },
    thread,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};

use super::{film::Film, line::Header, taped::Taped};
use crate::{
    audit::{AuditLog, Record},
    clock::Clock,
    fault::{Fault, FaultKind},
    snapshot::Snapshot,
};

/// What waits for the disk at most. What comes while that is full is left out: the next line says it.
const QUEUE: usize = 64;

/// How long a line may wait here before it is handed to the system: what a killed process loses.
const FLUSH_EVERY: Duration = Duration::from_secs(2);

/// How long the end of a session waits for the disk.
const TO_FINISH: Duration = Duration::from_secs(2);

/// A disk that took nothing for so long is told of.
const STALLED: Duration = Duration::from_secs(30);

/// What is to be written.
pub(super) enum Item {
    /// A snapshot, for this candidate, and how many before it are left out.
    Poll(Arc<Snapshot>, Option<String>, u64),
    /// The log as it was read.
    Log(DateTime<Utc>, Box<Record>),
    /// Why it could not be read.
    NoLog(DateTime<Utc>, Fault),
    /// Nothing more comes.
    End,
}

/// A recording under way. Dropped, it is brought to its end.
pub struct Recorder {
    items: SyncSender<Item>,
    stopped: Arc<OnceLock<Fault>>,
    /// Whether nothing more comes, in case there is no room to say so.
    ends: Arc<AtomicBool>,
    done: Receiver<()>,
    last: Option<(Arc<Snapshot>, Option<String>)>,
    missed: u64,
    full_since: Option<Instant>,
}

/// Begins a recording in a new file, for its owner alone. With `force` it takes the place of a file that is there.
///
/// # Errors
/// Where the file cannot be made.
pub fn create(path: &Path, force: bool, header: Header) -> Result<Recorder, Fault> {
    let name = path.display();
    let failed = |error: io::Error| {
        let next = match error.kind() {
            io::ErrorKind::AlreadyExists => "name another one, or write over it with --force",
            io::ErrorKind::NotFound => "make its folder first",
            _ => "name one in a folder that you may write to",
        };
        Fault::new(FaultKind::File, format!("the recording {name} cannot be made: {error}"), next)
    };
    if force {
        match fs::symlink_metadata(path) {
            Ok(known) if known.is_file() || known.is_symlink() => fs::remove_file(path).map_err(failed)?,
            Ok(_) => {
                let what = format!("the recording {name} cannot be made: there is something else than a file");
                return Err(Fault::new(FaultKind::File, what, "name another one"));
            }
            Err(_) => {}
        }
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(failed)?;
    Recorder::start(file, &name.to_string(), header).map_err(failed)
}

impl Recorder {
    /// Begins a recording there; `name` tells people where that is.
    ///
    /// # Errors
    /// Where no thread can be had.
    pub fn start(sink: impl Write + Send + 'static, name: &str, header: Header) -> io::Result<Self> {
        let (items, given) = mpsc::sync_channel(QUEUE);
        let (end, done) = mpsc::channel();
        let (stopped, ends) = (Arc::new(OnceLock::new()), Arc::new(AtomicBool::new(false)));
        let (told, ending, name) = (Arc::clone(&stopped), Arc::clone(&ends), name.to_owned());
        thread::Builder::new().name("recorder".to_owned()).spawn(move || {
            if let Err(error) = keep(&given, &ending, sink, header) {
                let what = format!("the recording {name} stopped: {error}");
                tracing::error!("{what}");
                let _ =
                    told.set(Fault::new(FaultKind::File, what, "what was written can be played; begin another one"));
            }
            // Nobody waits for it but who is about to leave.
            let _ = end.send(());
        })?;
        Ok(Self { items, stopped, ends, done, last: None, missed: 0, full_since: None })
    }

    /// `log`, each reading of which is recorded.
    pub fn tape(&self, log: Arc<dyn AuditLog>, clock: Clock) -> Arc<dyn AuditLog> {
        Arc::new(Taped::new(log, clock, self.items.clone()))
    }

    /// Records a snapshot and the candidate that it is judged for. Never waits: where the disk is slow it is left out, and
    /// the next one says what it said.
    pub fn poll(&mut self, snapshot: &Arc<Snapshot>, candidate: Option<&str>) {
        let known =
            |last: &(Arc<Snapshot>, Option<String>)| Arc::ptr_eq(&last.0, snapshot) && last.1.as_deref() == candidate;
        if self.last.as_ref().is_some_and(known) {
            return;
        }
        let candidate = candidate.map(str::to_owned);
        match self.items.try_send(Item::Poll(Arc::clone(snapshot), candidate.clone(), self.missed)) {
            Ok(()) => (self.missed, self.full_since) = (0, None),
            Err(TrySendError::Full(_)) => {
                self.missed += 1;
                self.full_since.get_or_insert_with(Instant::now);
            }
            // Why is in `stopped`.
            Err(TrySendError::Disconnected(_)) => {}
        }
        self.last = Some((Arc::clone(snapshot), candidate));
    }

    /// Why it does not go on, if it does not.
    pub fn trouble(&self) -> Option<Fault> {
        let stalled = || {
            let since = self.full_since.filter(|since| since.elapsed() >= STALLED)?;
            let what = format!("the disk has taken nothing of the recording for {} s", since.elapsed().as_secs());
            Some(Fault::new(FaultKind::Timeout, what, "it goes on when the disk does"))
        };
        self.stopped.get().cloned().or_else(stalled)
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // The log that is recorded may live on, so that the queue does not end by itself.
        self.ends.store(true, Ordering::Release);
        let _ = self.items.try_send(Item::End);
        // A disk that hangs must not keep anybody from leaving.
        let _ = self.done.recv_timeout(TO_FINISH);
    }
}

/// Writes what is given until nobody gives any more.
fn keep(given: &Receiver<Item>, ends: &AtomicBool, sink: impl Write, header: Header) -> io::Result<()> {
    let mut film = Film::begin(sink, header)?;
    let mut flushed = Instant::now();
    loop {
        let wait = if ends.load(Ordering::Acquire) { Duration::ZERO } else { FLUSH_EVERY };
        match given.recv_timeout(wait) {
            Ok(Item::End) | Err(RecvTimeoutError::Disconnected) => return film.end(),
            Err(RecvTimeoutError::Timeout) if wait.is_zero() => return film.end(),
            Err(RecvTimeoutError::Timeout) => {}
            Ok(Item::Poll(snapshot, candidate, missed)) => film.poll(&snapshot, candidate.as_deref(), missed)?,
            Ok(Item::Log(at, record)) => film.log(at, &record)?,
            Ok(Item::NoLog(at, fault)) => film.no_log(at, &fault)?,
        }
        if flushed.elapsed() >= FLUSH_EVERY {
            film.flush()?;
            flushed = Instant::now();
        }
    }
}
