//! The file itself: read within bounds, locked for a bounded time, replaced whole or not at all.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{ErrorKind, Read, Write},
    os::unix::fs::{MetadataExt, PermissionsExt, fchown},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};

use crate::fault::{Fault, FaultKind};

/// No flag file of people's making is larger.
const LIMIT: u64 = 32 << 20;

/// The file as it was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) text: String,
    pub(super) modified: Option<DateTime<Utc>>,
    pub(super) read_only: bool,
    mode: u32,
    owner: (u32, u32),
}

/// Reads the file whole.
pub(super) fn read(path: &Path) -> Result<Found, Fault> {
    if path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("yaml") || ext.eq_ignore_ascii_case("yml")) {
        return Err(Fault::new(
            FaultKind::Configuration,
            format!("{} is YAML", path.display()),
            "give flagd its flags as JSON, which gonogo can change without losing anything",
        ));
    }
    let unreadable = |e: std::io::Error| fault(path, "cannot be read", &e);
    let about = std::fs::metadata(path).map_err(unreadable)?;
    // Asked before it is opened: opening a pipe would wait for its writer.
    if !about.is_file() {
        let what = if about.is_dir() { "is a folder" } else { "is not a regular file" };
        return Err(Fault::new(FaultKind::File, format!("{} {what}", path.display()), "name the flagd JSON file"));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LIMIT + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > LIMIT {
        return Err(Fault::new(
            FaultKind::TooLarge,
            format!("{} is larger than {} MB", path.display(), LIMIT >> 20),
            "name the flagd JSON file",
        ));
    }
    let text = String::from_utf8(bytes).map_err(|_| {
        Fault::new(FaultKind::Malformed, format!("{} is not UTF-8 text", path.display()), "name the flagd JSON file")
    })?;
    Ok(Found {
        text,
        modified: about.modified().ok().map(DateTime::from),
        read_only: about.permissions().readonly(),
        mode: about.permissions().mode(),
        owner: (about.uid(), about.gid()),
    })
}

/// The file behind any symbolic links: replacing a link itself would part it from what others read.
pub(super) fn real(path: &Path) -> Result<PathBuf, Fault> {
    path.canonicalize().map_err(|e| fault(path, "cannot be read", &e))
}

/// The right to write, held until dropped. The system takes it back from a process that died.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "closing it unlocks")] File);

impl Lock {
    /// Waits for it at most for `wait`.
    pub(super) fn take(real: &Path, wait: Duration) -> Result<Self, Fault> {
        // Beside the file, never the file itself: that one is replaced, and a lock goes with what it was taken on.
        let path = real.with_file_name(format!(".{}.lock", name(real)));
        let file = match OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path) {
            // Somebody else's lock file can still be locked.
            Err(e) if e.kind() == ErrorKind::PermissionDenied => File::open(&path).map_err(|_| e),
            opened => opened,
        }
        .map_err(|e| fault(&path, "cannot be made, which keeps two writers apart", &e))?;
        let until = Instant::now() + wait;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::WouldBlock) if Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(Fault::new(
                        FaultKind::Timeout,
                        format!("somebody else has held {} for {} s", path.display(), wait.as_secs()),
                        "wait for the other writer, or end it if it hangs",
                    ));
                }
                Err(TryLockError::Error(e)) => return Err(fault(&path, "cannot be locked", &e)),
            }
        }
    }
}

/// Puts `text` in the place of what was `found`, whole or not at all, if `wanted` still at the last moment. It says that it
/// was changed then, where somebody keeps a time of their own.
pub(super) fn replace(
    real: &Path,
    found: &Found,
    text: &str,
    changed_at: Option<DateTime<Utc>>,
    wanted: impl FnOnce() -> bool,
) -> Result<(), Fault> {
    let unwritable = |e: std::io::Error| fault(real, "cannot be replaced", &e);
    let folder = real.parent().unwrap_or(Path::new("/"));
    let mut fresh = tempfile::Builder::new()
        .prefix(&format!(".{}.", name(real)))
        .tempfile_in(folder)
        .map_err(|e| fault(folder, "cannot be written to", &e))?;
    let file = fresh.as_file_mut();
    file.write_all(text.as_bytes()).map_err(unwritable)?;
    let own = file.metadata().map_err(unwritable)?;
    if (own.uid(), own.gid()) != found.owner {
        // Another owner could lock out the very applications that read the file.
        fchown(&*file, Some(found.owner.0), Some(found.owner.1)).map_err(|_| {
            Fault::new(
                FaultKind::File,
                format!("{} belongs to another user, and could not be given back to them", real.display()),
                "run gonogo as the user who owns the file",
            )
        })?;
    }
    file.set_permissions(std::fs::Permissions::from_mode(found.mode)).map_err(unwritable)?;
    if let Some(at) = changed_at {
        file.set_modified(at.into()).map_err(unwritable)?;
    }
    file.sync_all().map_err(unwritable)?;
    // Not everybody who writes takes the lock.
    if std::fs::read(real).map_err(unwritable)? != found.text.as_bytes() {
        return Err(Fault::new(
            FaultKind::Changed,
            format!("{} was changed while it was being written", real.display()),
            "look at the flag as it is now and decide again",
        ));
    }
    if !wanted() {
        return Err(Fault::new(
            FaultKind::Timeout,
            format!("the change of {} was given up before it was made", real.display()),
            "look at the flag as it is now",
        ));
    }
    fresh.persist(real).map_err(|e| unwritable(e.error))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(unwritable)
}

fn name(real: &Path) -> String {
    real.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn fault(path: &Path, what: &str, error: &std::io::Error) -> Fault {
    let next = match error.kind() {
        ErrorKind::NotFound => "check the path",
        ErrorKind::PermissionDenied => "give whoever runs gonogo the right to it",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "free some space",
        ErrorKind::ReadOnlyFilesystem => "mount it writable",
        _ => "check the path and its rights",
    };
    Fault::new(FaultKind::File, format!("{} {what}: {error}", path.display()), next)
}
