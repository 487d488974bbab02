//! Which files are followed: the one named, or those in the folder named, told by what they are and not by name.

use std::{
    fs::{self, File, Metadata},
    io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta, Utc};

use super::tail::Tail;
use crate::fault::{Fault, FaultKind};

/// Files in a folder that hold events.
const EXTENSIONS: [&str; 4] = ["ndjson", "jsonl", "json", "log"];
/// So many files are kept open, those that grew last; a file that is kept open is read on after it was renamed.
const OPEN: usize = 64;
/// A file that was renamed is closed when nothing was added to it for so long.
const RETIRE_AFTER: TimeDelta = TimeDelta::minutes(5);
/// So many files that are gone are remembered, in case one comes back: it must not be counted twice.
const REMEMBERED: usize = 1000;

/// Device and inode: stays the same when a file is renamed.
type Identity = (u64, u64);

/// One file.
#[derive(Debug)]
pub(super) struct Followed {
    identity: Identity,
    /// As it was last seen.
    pub(super) path: PathBuf,
    /// Open as long as it may grow.
    file: Option<File>,
    /// How far it was read.
    pub(super) tail: Tail,
    /// Time of the last record that had one.
    pub(super) last_record: Option<DateTime<Utc>>,
    /// When it was last read to its end: what came since was written after that.
    pub(super) read_at: Option<DateTime<Utc>>,
    /// When something was last added to it.
    grown_at: DateTime<Utc>,
    /// Whether it is still where it is looked for.
    listed: bool,
    size: u64,
}

impl Followed {
    /// The file, opened if need be; None if there is nothing to read in it.
    pub(super) fn open(&mut self) -> io::Result<Option<(&mut File, &mut Tail)>> {
        if self.file.is_none() {
            let unchanged = self.size == self.tail.offset() && self.read_at.is_some();
            if unchanged || !self.listed {
                return Ok(None);
            }
            let file = File::open(&self.path)?;
            if identity(&file.metadata()?) != self.identity {
                // Rotated a moment ago; the next look at the folder tells.
                return Ok(None);
            }
            self.file = Some(file);
        }
        Ok(self.file.as_mut().map(|file| (file, &mut self.tail)))
    }

    /// Notes that it was read to its end.
    pub(super) fn done(&mut self, now: DateTime<Utc>, grew: bool) {
        self.read_at = Some(now);
        if grew {
            self.grown_at = now;
        }
    }

    /// Reads it from its start next time.
    pub(super) fn rewind(&mut self) {
        self.tail = Tail::default();
        self.last_record = None;
        self.read_at = None;
    }
}

/// All files followed.
#[derive(Debug)]
pub(super) struct Files {
    root: PathBuf,
    /// Oldest content first, as far as the files' own times tell.
    pub(super) followed: Vec<Followed>,
}

impl Files {
    /// The file or folder at `root`.
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root, followed: Vec::new() }
    }

    /// Looks for new, renamed and removed files. Files known before stay followed even when this fails.
    pub(super) fn refresh(&mut self, now: DateTime<Utc>) -> Result<(), Fault> {
        let mut found = self.list().map_err(|e| unreadable(&self.root, &e))?;
        for file in &mut self.followed {
            file.listed = false;
        }
        found.sort_by(|a, b| (a.1.modified().ok(), &a.0).cmp(&(b.1.modified().ok(), &b.0)));
        for (path, metadata) in found {
            let identity = identity(&metadata);
            match self.followed.iter_mut().find(|file| file.identity == identity) {
                Some(file) => {
                    file.path = path;
                    file.listed = true;
                    file.size = metadata.len();
                }
                None => self.followed.push(Followed {
                    identity,
                    file: None,
                    tail: self.copied_from(&path).unwrap_or_default(),
                    path,
                    last_record: None,
                    read_at: None,
                    grown_at: now,
                    listed: true,
                    size: metadata.len(),
                }),
            }
        }
        Ok(())
    }

    /// Closes files that were renamed or removed and that nobody writes to, and those that have not grown for longest.
    pub(super) fn tidy(&mut self, now: DateTime<Utc>) {
        let mut gone = 0;
        for file in &mut self.followed {
            if !file.listed && now - file.grown_at > RETIRE_AFTER {
                file.file = None;
                gone += 1;
            }
        }
        self.followed.retain(|file| {
            let forget = gone > REMEMBERED && !file.listed && file.file.is_none();
            gone -= usize::from(forget);
            !forget
        });
        let mut grown: Vec<DateTime<Utc>> =
            self.followed.iter().filter(|file| file.file.is_some()).map(|file| file.grown_at).collect();
        if grown.len() > OPEN {
            grown.sort_unstable();
            let oldest_open = grown[grown.len() - OPEN];
            for file in &mut self.followed {
                if file.listed && file.grown_at < oldest_open {
                    file.file = None;
                }
            }
        }
    }

    /// How far a new file was read already, because it is a copy: some rotate by copying, then emptying.
    fn copied_from(&self, path: &Path) -> Option<Tail> {
        if self.followed.is_empty() {
            return None;
        }
        let mut file = File::open(path).ok()?;
        let original = self.followed.iter().find(|known| known.tail.is_copied_to(&mut file).unwrap_or(false))?;
        Some(original.tail.clone())
    }

    fn list(&self) -> io::Result<Vec<(PathBuf, Metadata)>> {
        let metadata = fs::metadata(&self.root)?;
        if metadata.is_file() {
            return Ok(vec![(self.root.clone(), metadata)]);
        }
        if !metadata.is_dir() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is neither a file nor a folder"));
        }
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.root)? {
            let path = entry?.path();
            if !path.extension().is_some_and(|extension| EXTENSIONS.iter().any(|known| extension == *known)) {
                continue;
            }
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_file() => found.push((path, metadata)),
                Ok(_) => {}
                // Renamed or removed since the folder was listed.
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(e) => return Err(e),
            }
        }
        Ok(found)
    }
}

/// Why a path cannot be read, in words.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> Fault {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => Fault::new(
            FaultKind::File,
            format!("the events at {path} are not there"),
            "check the path, and that the product writes its events there",
        ),
        io::ErrorKind::PermissionDenied => Fault::new(
            FaultKind::File,
            format!("the events at {path} may not be read: permission denied"),
            "give the user that runs gonogo the right to read them",
        ),
        _ => Fault::new(
            FaultKind::File,
            format!("the events at {path} cannot be read: {error}"),
            "check that it is a file or a folder of newline-delimited JSON, and the disk it is on",
        ),
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

/// Where files have no inode, the time of creation tells a new one from one that grew.
#[cfg(not(unix))]
fn identity(metadata: &Metadata) -> Identity {
    let created = metadata.created().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    (0, created.map_or(0, |at| at.as_nanos() as u64))
}
