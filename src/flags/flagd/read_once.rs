//! A flag file that many read: as long as it is the same file with the same content, it is read once.

use std::{
    fs::{self, Metadata},
    os::unix::fs::MetadataExt,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::file::{self, Found};
use crate::fault::Fault;

/// A file that was changed less long ago than this when it was read may be changed again without looking otherwise: file
/// systems tell time in steps.
const SETTLED: Duration = Duration::from_secs(2);

/// The last reading of a flag file, for all who read it.
#[derive(Debug, Default)]
pub struct ReadOnce {
    last: Mutex<Option<(Look, Arc<Found>)>>,
}

/// What tells that a file is another one, or was written: device, inode, length, times of content and of status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Look {
    file: (u64, u64),
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Look {
    fn of(about: &Metadata) -> Self {
        Self {
            file: (about.dev(), about.ino()),
            length: about.len(),
            modified: (about.mtime(), about.mtime_nsec()),
            changed: (about.ctime(), about.ctime_nsec()),
        }
    }

    /// Whether whatever is written after `now` makes the file look otherwise.
    fn is_settled(&self, now: SystemTime) -> bool {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let latest = self.modified.0.max(self.changed.0);
        i64::try_from(now.saturating_sub(SETTLED).as_secs()).is_ok_and(|settled| latest < settled)
    }
}

impl ReadOnce {
    /// The file as it is now: read, or as it was last read if it was not touched since. Blocks.
    pub(super) fn read(&self, path: &Path) -> Result<Arc<Found>, Fault> {
        // Where somebody reads just now, and perhaps hangs, nobody waits for that.
        let Ok(mut last) = self.last.try_lock() else { return file::read(path).map(Arc::new) };
        let before = fs::metadata(path).ok().map(|about| Look::of(&about));
        if let Some((_, found)) = last.as_ref().filter(|(look, _)| Some(*look) == before) {
            return Ok(Arc::clone(found));
        }
        *last = None;
        let now = SystemTime::now();
        let found = Arc::new(file::read(path)?);
        let after = fs::metadata(path).ok().map(|about| Look::of(&about));
        *last = before.filter(|look| after == before && look.is_settled(now)).map(|look| (look, Arc::clone(&found)));
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{File, FileTimes};

    use super::*;

    fn aged(path: &Path) {
        let then = SystemTime::now() - Duration::from_secs(60);
        File::options().write(true).open(path).unwrap().set_times(FileTimes::new().set_modified(then)).unwrap();
    }

    #[test]
    fn a_file_that_was_just_written_is_never_trusted_to_be_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("flags.json");
        let once = ReadOnce::default();
        for text in ["{\"a\":1}", "{\"a\":2}", "{\"b\":1}"] {
            fs::write(&path, text).unwrap();
            // An old time of its content does not help: that of its status is new.
            aged(&path);
            assert_eq!(once.read(&path).unwrap().text, text);
            assert!(once.last.lock().unwrap().is_none());
        }
    }

    #[test]
    fn a_look_is_settled_when_both_times_are_old() {
        let now = UNIX_EPOCH + Duration::from_secs(100);
        let look = |modified, changed| Look { file: (1, 1), length: 1, modified: (modified, 0), changed: (changed, 0) };
        for (modified, changed, settled) in
            [(50, 50, true), (97, 97, true), (98, 50, false), (50, 99, false), (200, 50, false)]
        {
            assert_eq!(look(modified, changed).is_settled(now), settled, "{modified} {changed}");
        }
    }

    #[test]
    fn what_did_not_change_is_read_once_and_what_did_is_read_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("flags.json");
        fs::write(&path, "{}").unwrap();
        let once = ReadOnce::default();
        let first = once.read(&path).unwrap();
        // As if it had been read two seconds later.
        let look = Look::of(&fs::metadata(&path).unwrap());
        *once.last.lock().unwrap() = Some((look, Arc::clone(&first)));
        assert!(Arc::ptr_eq(&once.read(&path).unwrap(), &first));
        fs::write(&path, "{ }").unwrap();
        assert_eq!(once.read(&path).unwrap().text, "{ }");
        fs::remove_file(&path).unwrap();
        assert!(once.read(&path).is_err());
    }
}
