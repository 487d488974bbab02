//! What waits for the log, on this machine's disk: lines are only ever added, until nothing waits any more.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Event, Head,
    file::{lock, make_private, open_private, sync_folder},
};

/// Name of the journal within its folder.
const FILE: &str = "outbox.ndjson";

/// An event that is not in the log yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// Names it among all that wait.
    pub(super) id: String,
    pub(super) at: DateTime<Utc>,
    pub(super) operator: String,
    pub(super) event: Event,
    /// Where the log ended when this was last sent: it is the entry after that, or it did not arrive.
    #[serde(skip)]
    pub(super) after: Option<Head>,
}

impl Kept {
    pub(super) fn new(at: DateTime<Utc>, operator: &str, event: Event) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let (process, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        Self { id: format!("{now:x}-{process:x}-{count:x}"), at, operator: operator.to_owned(), event, after: None }
    }
}

/// One line of the journal.
#[derive(Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub(super) enum Line {
    /// This waits.
    Kept(Box<Kept>),
    /// It is about to be sent.
    Sending { id: String, after: Head },
    /// It is in the log.
    Sent { id: String },
}

/// The journal of one folder. Its calls block.
#[derive(Debug, Clone)]
pub(super) struct Journal {
    folder: PathBuf,
}

/// The right to send what waits; one process at a time has it.
pub(super) struct Turn {
    _file: File,
}

impl Journal {
    pub(super) fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    /// Adds lines, and returns when they are on the disk.
    pub(super) fn add(&self, lines: &[Line]) -> io::Result<()> {
        make_private(&self.folder)?;
        let mut file = open_private(&self.path())?;
        lock(|| file.try_lock())?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let mut text = String::new();
        if bytes.last().is_some_and(|last| *last != b'\n') {
            // What a crash tore keeps a line of its own.
            text.push('\n');
        }
        for line in lines {
            text.push_str(&serde_json::to_string(line)?);
            text.push('\n');
        }
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
        if written.is_err() {
            let _ = file.set_len(bytes.len() as u64);
        } else if bytes.is_empty() {
            sync_folder(&self.folder)?;
        }
        written
    }

    /// What waits, oldest first.
    pub(super) fn waiting(&self) -> io::Result<Vec<Kept>> {
        let mut file = match File::open(self.path()) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        lock(|| file.try_lock_shared())?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(read(&bytes).0)
    }

    /// Empties it where nothing waits. A line that cannot be read is kept for a person.
    pub(super) fn tidy(&self) -> io::Result<()> {
        if fs::metadata(self.path()).map_or(true, |data| data.len() == 0) {
            return Ok(());
        }
        let mut file = open_private(&self.path())?;
        lock(|| file.try_lock())?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        match read(&bytes) {
            (waiting, true) if waiting.is_empty() => file.set_len(0).and_then(|()| file.sync_data()),
            _ => Ok(()),
        }
    }

    /// Waits for a while until no other process sends.
    pub(super) fn turn(&self) -> io::Result<Turn> {
        make_private(&self.folder)?;
        let file = open_private(&self.folder.join("outbox.lock"))?;
        lock(|| file.try_lock())?;
        Ok(Turn { _file: file })
    }
}

/// What waits, and whether every line could be read.
fn read(bytes: &[u8]) -> (Vec<Kept>, bool) {
    let (mut waiting, mut seen, mut whole) = (Vec::<Kept>::new(), HashSet::new(), true);
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        match serde_json::from_slice(line) {
            // What was not known to have been written was written again.
            Ok(Line::Kept(kept)) => {
                if seen.insert(kept.id.clone()) {
                    waiting.push(*kept);
                }
            }
            Ok(Line::Sending { id, after }) => {
                if let Some(kept) = waiting.iter_mut().find(|kept| kept.id == id) {
                    kept.after = Some(after);
                }
            }
            Ok(Line::Sent { id }) => waiting.retain(|kept| kept.id != id),
            Err(_) => whole = false,
        }
    }
    (waiting, whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str) -> Kept {
        Kept::new(DateTime::from_timestamp(1_700_000_000, 0).unwrap(), "ann", Event::Note { text: text.to_owned() })
    }

    #[test]
    fn what_was_sent_waits_no_longer_and_what_was_tried_knows_where() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::at(folder.path());
        let (first, mut second) = (kept("a"), kept("b"));
        let after = Head { count: 3, hash: "h".to_owned() };
        let lines = [first.clone(), second.clone(), second.clone()].map(|kept| Line::Kept(Box::new(kept)));
        journal.add(&lines).unwrap();
        journal.add(&[Line::Sending { id: second.id.clone(), after: after.clone() }]).unwrap();
        second.after = Some(after);
        assert_eq!(journal.waiting().unwrap(), [first.clone(), second.clone()], "nothing waits twice");
        journal.add(&[Line::Sent { id: first.id }]).unwrap();
        journal.tidy().unwrap();
        assert_eq!(journal.waiting().unwrap(), [second.clone()]);
        journal.add(&[Line::Sent { id: second.id }]).unwrap();
        journal.tidy().unwrap();
        assert_eq!(fs::metadata(journal.path()).unwrap().len(), 0);
    }

    #[test]
    fn a_torn_line_spoils_no_other_and_is_not_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::at(folder.path());
        journal.add(&[Line::Kept(Box::new(kept("a")))]).unwrap();
        let whole = fs::read(journal.path()).unwrap();
        fs::write(journal.path(), [&whole[..], &whole[..40]].concat()).unwrap();
        journal.add(&[Line::Kept(Box::new(kept("b")))]).unwrap();
        let waiting = journal.waiting().unwrap();
        assert_eq!(waiting.len(), 2);
        journal.add(&waiting.iter().map(|kept| Line::Sent { id: kept.id.clone() }).collect::<Vec<_>>()).unwrap();
        journal.tidy().unwrap();
        assert_eq!(journal.waiting().unwrap(), []);
        assert!(fs::metadata(journal.path()).unwrap().len() > 0, "the torn line is still there");
    }
}
