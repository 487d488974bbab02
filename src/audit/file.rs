//! The audit log in a file: newline-delimited JSON, synced before an append returns.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{AuditLog, Entry, Event, Head, Record, chain};
use crate::fault::{Fault, FaultKind};

/// Name of the log within its folder.
const FILE: &str = "audit.ndjson";

/// How long another process may hold the log.
const PATIENCE: Duration = Duration::from_secs(3);

/// An audit log in a folder of its own. Nothing is opened before the first append or read.
#[derive(Debug, Clone)]
pub struct FileLog {
    folder: PathBuf,
    host: String,
}

impl FileLog {
    /// The log of this folder: `FOLDER/audit.ndjson`. The folder is made, for its owner alone, at the first append.
    pub fn at(folder: &Path) -> Self {
        let host = crate::text::clean(&gethostname::gethostname().to_string_lossy());
        Self { folder: folder.to_owned(), host }
    }

    /// The file itself.
    pub fn path(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    /// None: the log does not end at `head` any more.
    fn append_now(
        &self,
        head: Option<&Head>,
        at: DateTime<Utc>,
        operator: &str,
        event: Event,
    ) -> io::Result<Option<Entry>> {
        make_private(&self.folder)?;
        let mut file = open_private(&self.path())?;
        lock(|| file.try_lock())?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let reading = chain::read(&bytes);
        if head.is_some_and(|head| *head != reading.record.head) {
            return Ok(None);
        }
        if reading.sound < bytes.len() {
            self.set_aside(&bytes[reading.sound..], reading.last.as_ref().map_or(1, |link| link.seq + 1))?;
            file.set_len(reading.sound as u64)?;
        }
        let (entry, line) = chain::seal(reading.last.as_ref(), at, operator, &self.host, event)?;
        file.seek(SeekFrom::Start(reading.sound as u64))?;
        let durable = file.write_all(line.as_bytes()).and_then(|()| file.sync_data());
        if let Err(error) = durable {
            // An append that is told to have failed must not be found in the log later.
            let _ = file.set_len(reading.sound as u64);
            return Err(error);
        }
        if reading.sound == 0 {
            sync_folder(&self.folder)?;
        }
        Ok(Some(entry))
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

    fn read_now(&self) -> io::Result<Record> {
        let mut file = match File::open(self.path()) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Record::default()),
            Err(error) => return Err(error),
        };
        // Without the lock a line that is just being written would look torn.
        lock(|| file.try_lock_shared())?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(chain::read(&bytes).record)
    }

    fn overtaken(&self) -> Fault {
        let what = format!("somebody else wrote into the audit log {} meanwhile", self.path().display());
        Fault::new(FaultKind::Changed, what, "look again, and decide again")
    }

    async fn blocking<T: Send + 'static>(
        &self,
        failed: &str,
        work: impl FnOnce(&Self) -> io::Result<T> + Send + 'static,
    ) -> Result<T, Fault> {
        let log = self.clone();
        let answer = tokio::task::spawn_blocking(move || work(&log)).await;
        answer.unwrap_or_else(|crash| Err(io::Error::other(crash))).map_err(|error| {
            Fault::new(
                FaultKind::File,
                format!("the audit log {} could not be {failed}: {error}", self.path().display()),
                "make its folder writable, free space, or name another with --data-dir",
            )
        })
    }
}

#[async_trait]
impl AuditLog for FileLog {
    async fn append(&self, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault> {
        let operator = operator.to_owned();
        let appended = self.blocking("written", move |log| log.append_now(None, at, &operator, event)).await?;
        appended.ok_or_else(|| self.overtaken())
    }

    async fn append_after(&self, head: &Head, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault> {
        let (operator, head) = (operator.to_owned(), head.clone());
        let appended = self.blocking("written", move |log| log.append_now(Some(&head), at, &operator, event)).await?;
        appended.ok_or_else(|| self.overtaken())
    }

    fn place(&self) -> String {
        crate::text::clean(&self.path().display().to_string())
    }

    async fn read(&self) -> Result<Record, Fault> {
        self.blocking("read", Self::read_now).await
    }
}

/// Takes a lock, and waits for it only so long.
fn lock(attempt: impl Fn() -> Result<(), TryLockError>) -> io::Result<()> {
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

fn open_private(path: &Path) -> io::Result<File> {
    private(OpenOptions::new().read(true).write(true).create(true).truncate(false)).open(path)
}

/// Makes a new name in a folder survive a power cut, where the platform can.
fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}
