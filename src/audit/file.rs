//! The audit log in a file: newline-delimited JSON, synced before an append returns.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use super::{
    AuditLog, Ending, Entry, Event, Head, Passing, Record,
    chain::{self, Reading},
    moving::{Lines, Movable},
    postgres,
};
use crate::fault::{Fault, FaultKind};

/// Name of the log within its folder.
const FILE: &str = "audit.ndjson";

/// How long another process may hold the log.
const PATIENCE: Duration = Duration::from_secs(3);

/// Time between two looks at whether somebody wrote.
const LOOK: Duration = Duration::from_millis(250);

/// The same where nobody looks at what is in it.
const LOOK_UNATTENDED: Duration = Duration::from_secs(5);

/// So many entries are handed over at once where they are taken one by one.
const BATCH: usize = 256;

/// An audit log in a folder of its own. Nothing is opened before the first append or read.
#[derive(Debug, Clone)]
pub struct FileLog {
    folder: PathBuf,
    host: String,
    /// Where the file ended when it was last read or written here, and how it looked then.
    known: Arc<Mutex<Option<(Look, Head)>>>,
    /// Whether nobody looks at what is in it.
    unattended: Arc<AtomicBool>,
}

/// What tells without reading it whether a file was written: length and time.
type Look = (u64, Option<SystemTime>);

impl FileLog {
    /// The log of this folder: `FOLDER/audit.ndjson`. The folder is made, for its owner alone, at the first append.
    pub fn at(folder: &Path) -> Self {
        let host = crate::text::clean(&gethostname::gethostname().to_string_lossy());
        Self { folder: folder.to_owned(), host, known: Arc::default(), unattended: Arc::default() }
    }

    /// The file itself.
    pub fn path(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    fn append_now(
        &self,
        head: Option<&Head>,
        at: DateTime<Utc>,
        operator: &str,
        events: Vec<Event>,
    ) -> Result<Vec<Entry>, Trouble> {
        let (mut file, reading) = self.open_to_add()?;
        if let Some(to) = reading.moved.as_deref().filter(|to| !self.takes(to)) {
            return Err(Trouble::Refused(chain::moved(&self.place(), to)));
        }
        if head.is_some_and(|head| *head != reading.head()) {
            return Err(Trouble::Refused(chain::overtaken(&self.place())));
        }
        let (mut last, mut lines, mut entries) = (reading.last, String::new(), Vec::with_capacity(events.len()));
        for event in events {
            let sealed = chain::seal(last.as_ref(), at, operator, &self.host, event);
            let (entry, line) = sealed.map_err(io::Error::from)?;
            last = Some(chain::Link::of(&entry));
            lines.push_str(&line);
            entries.push(entry);
        }
        self.write_at_end(&mut file, reading.sound as u64, &lines)?;
        self.know(&file, last.map_or_else(Head::default, |last| last.head()));
        Ok(entries)
    }

    fn append_one(
        &self,
        head: Option<&Head>,
        at: DateTime<Utc>,
        operator: &str,
        event: Event,
    ) -> Result<Entry, Trouble> {
        let entry = self.append_now(head, at, operator, vec![event])?.pop();
        entry.ok_or_else(|| Trouble::Io(io::Error::other("nothing was written")))
    }

    /// The file, locked, its torn tail set aside.
    fn open_to_add(&self) -> io::Result<(File, Reading)> {
        make_private(&self.folder)?;
        let mut file = open_private(&self.path())?;
        lock(|| file.try_lock())?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let reading = chain::read(&bytes);
        if reading.sound < bytes.len() {
            self.set_aside(&bytes[reading.sound..], reading.last.as_ref().map_or(1, |link| link.seq + 1))?;
            file.set_len(reading.sound as u64)?;
        }
        Ok((file, reading))
    }

    fn write_at_end(&self, file: &mut File, end: u64, text: &str) -> io::Result<()> {
        file.seek(SeekFrom::Start(end))?;
        let durable = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
        if let Err(error) = durable {
            // An append that is told to have failed must not be found in the log later.
            let _ = file.set_len(end);
            return Err(error);
        }
        if end == 0 { sync_folder(&self.folder) } else { Ok(()) }
    }

    fn know(&self, file: &File, head: Head) {
        let look = file.metadata().ok().map(|data| look(&data));
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = look.map(|look| (look, head));
    }

    /// Whether the file is as it was when it ended at `seen`.
    fn unchanged_since(&self, seen: &Head) -> io::Result<bool> {
        let now = match fs::metadata(self.path()) {
            Ok(data) => look(&data),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(*seen == Head::default()),
            Err(error) => return Err(error),
        };
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, head)) = known.filter(|(then, _)| *then == now) {
            return Ok(head == *seen);
        }
        Ok(self.read_now()?.head() == *seen)
    }

    /// Keeps a torn tail beside the log.
    fn set_aside(&self, tail: &[u8], seq: u64) -> io::Result<()> {
        for attempt in 0..1000 {
            let suffix = if attempt == 0 { String::new() } else { format!("-{attempt}") };
            let path = self.folder.join(format!("{FILE}.torn-{seq}{suffix}"));
            match private(OpenOptions::new().write(true).create_new(true)).open(path) {
                Ok(mut file) => {
                    file.write_all(tail)?;
                    file.sync_all()?;
                    return sync_folder(&self.folder);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("there are too many torn tails beside it"))
    }

    /// The file, locked for reading, if it is there.
    fn open_to_read(&self) -> io::Result<Option<File>> {
        let file = match File::open(self.path()) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        // Without the lock a line that is just being written would look torn.
        lock(|| file.try_lock_shared())?;
        Ok(Some(file))
    }

    fn bytes(&self) -> io::Result<Option<(File, Vec<u8>)>> {
        let Some(mut file) = self.open_to_read()? else { return Ok(None) };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(Some((file, bytes)))
    }

    fn read_now(&self) -> io::Result<Reading> {
        let Some((file, bytes)) = self.bytes()? else { return Ok(Reading::new()) };
        let reading = chain::read(&bytes);
        self.know(&file, reading.head());
        Ok(reading)
    }

    async fn blocking<T: Send + 'static>(
        &self,
        failed: &str,
        work: impl FnOnce(&Self) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Fault> {
        let log = self.clone();
        let answer = tokio::task::spawn_blocking(move || work(&log)).await;
        match answer.unwrap_or_else(|crash| Err(Trouble::Io(io::Error::other(crash)))) {
            Ok(done) => Ok(done),
            Err(Trouble::Refused(fault)) => Err(fault),
            Err(Trouble::Io(error)) => Err(Fault::new(
                FaultKind::File,
                format!("the audit log {} could not be {failed}: {error}", self.path().display()),
                "make its folder writable, free space, or name another with --data-dir",
            )),
        }
    }
}

/// Why something was not done to the file.
enum Trouble {
    Io(io::Error),
    Refused(Fault),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn look(data: &fs::Metadata) -> Look {
    (data.len(), data.modified().ok())
}

#[async_trait]
impl AuditLog for FileLog {
    async fn append(&self, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault> {
        let operator = operator.to_owned();
        self.blocking("written", move |log| log.append_one(None, at, &operator, event)).await
    }

    async fn append_after(&self, head: &Head, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault> {
        let (operator, head) = (operator.to_owned(), head.clone());
        self.blocking("written", move |log| log.append_one(Some(&head), at, &operator, event)).await
    }

    async fn append_all_after(
        &self,
        head: &Head,
        at: DateTime<Utc>,
        operator: &str,
        events: Vec<Event>,
    ) -> Result<Vec<Entry>, Fault> {
        let (operator, head) = (operator.to_owned(), head.clone());
        self.blocking("written", move |log| log.append_now(Some(&head), at, &operator, events)).await
    }

    fn place(&self) -> String {
        crate::text::clean(&self.path().display().to_string())
    }

    async fn read(&self) -> Result<Record, Fault> {
        self.blocking("read", |log| Ok(log.read_now()?.into_record())).await
    }

    async fn read_each(&self, take: &mut Passing<'_>) -> Result<Ending, Fault> {
        let (give, mut given) = mpsc::channel::<Vec<Entry>>(2);
        let reading = self.blocking("read", move |log| {
            let Some(file) = log.open_to_read()? else { return Ok(Ending::default()) };
            let lines = BufReader::with_capacity(1 << 18, &file);
            let reading = chain::read_each(lines, BATCH, |entries| give.blocking_send(entries).is_ok())?;
            log.know(&file, reading.head());
            Ok(reading.ending())
        });
        let taking = async {
            while let Some(entries) = given.recv().await {
                entries.iter().for_each(&mut *take);
            }
        };
        futures_util::future::join(reading, taking).await.0
    }

    fn attended(&self, attended: bool) {
        self.unattended.store(!attended, Ordering::Relaxed);
    }

    async fn changed(&self, seen: &Head) {
        loop {
            let then = seen.clone();
            match self.blocking("read", move |log| Ok(log.unchanged_since(&then)?)).await {
                Ok(true) => {
                    let rest = if self.unattended.load(Ordering::Relaxed) { LOOK_UNATTENDED } else { LOOK };
                    tokio::time::sleep(rest).await;
                }
                Ok(false) => return,
                Err(_) => return tokio::time::sleep(Duration::from_secs(1)).await,
            }
        }
    }
}

#[async_trait]
impl Movable for FileLog {
    async fn lines(&self) -> Result<Lines, Fault> {
        self.blocking("read", |log| {
            let Some((_, bytes)) = log.bytes()? else { return Ok(Lines::of(Reading::new(), Vec::new())) };
            let text = String::from_utf8_lossy(&bytes);
            Ok(Lines::of(chain::read(&bytes), text.lines().map(str::to_owned).collect()))
        })
        .await
    }

    async fn text(&self) -> Result<Vec<u8>, Fault> {
        self.blocking("read", |log| Ok(log.bytes()?.map_or_else(Vec::new, |(_, bytes)| bytes))).await
    }

    async fn extend(&self, head: &Head, lines: Vec<String>) -> Result<(), Fault> {
        let head = head.clone();
        self.blocking("written", move |log| {
            let (mut file, reading) = log.open_to_add()?;
            if reading.head() != head {
                return Err(Trouble::Refused(chain::overtaken(&log.place())));
            }
            let text: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
            Ok(log.write_at_end(&mut file, reading.sound as u64, &text)?)
        })
        .await
    }

    fn takes(&self, to: &str) -> bool {
        !to.starts_with(postgres::SCHEME)
    }
}

/// Takes a lock, and waits for it only so long.
pub(super) fn lock(attempt: impl Fn() -> Result<(), TryLockError>) -> io::Result<()> {
    let began = Instant::now();
    loop {
        match attempt() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if began.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(5)),
            Err(TryLockError::WouldBlock) => return Err(io::Error::other("another process holds it")),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// Makes a folder and those above it; those that were not there are for their owner alone.
pub(crate) fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

pub(super) fn open_private(path: &Path) -> io::Result<File> {
    private(OpenOptions::new().read(true).write(true).create(true).truncate(false)).open(path)
}

/// Makes a new name in a folder survive a power cut, where the platform can.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}
