//! The log as text: one JSON object a line, each carrying the hash of the one before. Pure.

use std::io::{self, BufRead};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Ending, Entry, Event, Head, Record};
use crate::{
    fault::{Fault, FaultKind},
    fingerprint::sha256,
};

/// The hash before the first entry.
const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What ties an entry to the chain. Readable even where the event is of a kind that this version does not know.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Link {
    pub(super) seq: u64,
    previous: String,
    pub(super) hash: String,
}

impl Link {
    /// What ties this entry.
    pub(super) fn of(entry: &Entry) -> Self {
        Self { seq: entry.seq, previous: entry.previous.clone(), hash: entry.hash.clone() }
    }

    /// A log that ends with it ends there.
    pub(super) fn head(&self) -> Head {
        Head { count: self.seq, hash: self.hash.clone() }
    }
}

/// Everything in an entry but its hash, in the order in which it is written.
#[derive(Serialize)]
struct Unsealed<'a> {
    seq: u64,
    at: DateTime<Utc>,
    operator: &'a str,
    host: &'a str,
    version: &'a str,
    event: &'a Event,
    previous: &'a str,
}

/// The entry after `last`, and its line.
///
/// The hash is over the bytes as they are written, so that checking it needs no second serialisation to agree.
pub(super) fn seal(
    last: Option<&Link>,
    at: DateTime<Utc>,
    operator: &str,
    host: &str,
    event: Event,
) -> serde_json::Result<(Entry, String)> {
    let version = env!("CARGO_PKG_VERSION");
    let (seq, previous) = last.map_or((1, NOTHING), |link| (link.seq + 1, link.hash.as_str()));
    let mut line = serde_json::to_string(&Unsealed { seq, at, operator, host, version, event: &event, previous })?;
    let hash = sha256(&line);
    let entry = Entry {
        seq,
        at,
        operator: operator.to_owned(),
        host: host.to_owned(),
        version: version.to_owned(),
        event,
        previous: previous.to_owned(),
        hash,
    };
    line.pop();
    line.push_str(&hash_field(&entry.hash));
    line.push('\n');
    Ok((entry, line))
}

fn hash_field(hash: &str) -> String {
    format!(",\"hash\":\"{hash}\"}}")
}

/// What a log says so far. Lines are added one by one, so that a log that grew is not read again from its start.
#[derive(Debug, Clone, Default)]
pub(super) struct Reading {
    entries: Vec<Entry>,
    damage: Vec<String>,
    /// Lines at the end that cannot be read.
    unreadable: usize,
    lines: usize,
    /// Whether every line is as it was written and follows the one before it.
    pub(super) intact: bool,
    /// The link that the next entry follows.
    pub(super) last: Option<Link>,
    /// Where the last whole entry says that the log went, if that is what it says.
    pub(super) moved: Option<String>,
    /// Bytes up to the end of the last whole line; what comes after is a torn tail.
    pub(super) sound: usize,
}

impl Reading {
    /// Of a log without lines.
    pub(super) fn new() -> Self {
        Self { intact: true, ..Self::default() }
    }

    /// Takes the next line, without its end. Whether it could be read.
    pub(super) fn push(&mut self, line: &[u8]) -> bool {
        self.lines += 1;
        let Some((text, link)) = parse(line) else {
            self.unreadable += 1;
            return false;
        };
        // Lines that cannot be read are a torn tail only if nothing whole comes after them.
        if self.unreadable > 0 {
            self.tell(format!("{} line(s) before line {} cannot be read", self.unreadable, self.lines));
            self.unreadable = 0;
        }
        if let Some(broken) = broken(self.last.as_ref(), text, &link) {
            self.tell(broken);
        }
        self.moved = None;
        match serde_json::from_str::<Entry>(text) {
            Ok(entry) => {
                if let Event::Moved { to } = &entry.event {
                    self.moved = Some(to.clone());
                }
                self.entries.push(entry);
            }
            // Its place in the chain is as sound as that of any other.
            Err(_) => self.damage.push(format!("entry {} was written by another version of gonogo", link.seq)),
        }
        self.last = Some(link);
        true
    }

    /// The entries since this was last asked. Whoever takes them has them; they are in no record any more.
    pub(super) fn take_entries(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.entries)
    }

    /// Says what is torn of a file of this length.
    fn ends_at(&mut self, length: usize) {
        if self.sound < length {
            self.unreadable = 0;
            self.tell(format!("its last {} bytes are torn", length - self.sound));
        }
    }

    fn tell(&mut self, damage: String) {
        self.intact = false;
        self.damage.push(damage);
    }

    /// Where it ends.
    pub(super) fn head(&self) -> Head {
        self.last.as_ref().map_or_else(Head::default, Link::head)
    }

    /// All of it, for whoever judges by it.
    pub(super) fn record(&self) -> Record {
        let Ending { damage, head } = self.ending();
        Record { entries: self.entries.clone(), damage, head }
    }

    /// The same, for whoever needs nothing else of it.
    pub(super) fn into_record(mut self) -> Record {
        let Ending { damage, head } = self.ending();
        Record { entries: self.take_entries(), damage, head }
    }

    /// How it ends.
    pub(super) fn ending(&self) -> Ending {
        let mut damage = self.damage.clone();
        if self.unreadable > 0 {
            damage.push(format!("its last {} line(s) cannot be read", self.unreadable));
        }
        Ending { damage: summary(&damage), head: self.head() }
    }
}

/// That somebody else was faster.
pub(super) fn overtaken(place: &str) -> Fault {
    let what = format!("somebody else wrote into the audit log {place} meanwhile");
    Fault::new(FaultKind::Changed, what, "look again, and decide again")
}

/// That a log is closed.
pub(super) fn moved(place: &str, to: &str) -> Fault {
    let what = format!("the audit log {place} was moved to {}, and nothing is added here", crate::text::clean(to));
    Fault::new(FaultKind::Configuration, what, "name it there, with --audit or in the profile")
}

/// Reads a file, whatever became of it: what can be read is read, and the rest is told.
pub(super) fn read(bytes: &[u8]) -> Reading {
    let mut reading = Reading::new();
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', bytes) {
        if reading.push(&bytes[start..end]) {
            reading.sound = end + 1;
        }
        start = end + 1;
    }
    reading.ends_at(bytes.len());
    reading
}

/// Reads a file line by line, and gives so many entries at a time to `take` until that wants no more. What it returns
/// has none of them.
pub(super) fn read_each(
    mut file: impl BufRead,
    batch: usize,
    mut take: impl FnMut(Vec<Entry>) -> bool,
) -> io::Result<Reading> {
    let (mut reading, mut line, mut end) = (Reading::new(), Vec::new(), 0);
    while file.read_until(b'\n', &mut line)? > 0 {
        end += line.len();
        if line.last() == Some(&b'\n') && reading.push(&line[..line.len() - 1]) {
            reading.sound = end;
        }
        line.clear();
        if reading.entries.len() >= batch && !take(reading.take_entries()) {
            break;
        }
    }
    reading.ends_at(end);
    take(reading.take_entries());
    Ok(reading)
}

/// Whether a log that ends like `record` went on from `earlier`; if not, what became of it.
pub(super) fn continues(record: &Record, earlier: &Head) -> Result<(), String> {
    let mut sought = Sought::new(earlier.clone());
    let place = record.entries.partition_point(|entry| entry.seq < earlier.count);
    record.entries[place..].iter().take(2).for_each(|entry| sought.pass(entry));
    sought.went_on_to(&record.head)
}

/// An earlier end of a log, looked for among the entries as they go by.
pub(super) struct Sought {
    earlier: Head,
    found: Option<String>,
}

impl Sought {
    pub(super) fn new(earlier: Head) -> Self {
        Self { earlier, found: None }
    }

    /// Looks at the next entry. One of another version is not there: the one after it names it.
    pub(super) fn pass(&mut self, entry: &Entry) {
        let hash = match entry.seq.checked_sub(self.earlier.count) {
            Some(0) => &entry.hash,
            Some(1) => &entry.previous,
            _ => return,
        };
        self.found.get_or_insert_with(|| hash.clone());
    }

    /// Whether the log that ends at `head` went on from there; if not, what became of it.
    pub(super) fn went_on_to(self, head: &Head) -> Result<(), String> {
        let Self { earlier, found } = self;
        if earlier.count == 0 {
            return Ok(());
        }
        if head.count < earlier.count {
            let (now, then) = (head.count, earlier.count);
            return Err(format!("it ends at entry {now} and once went on to entry {then}: its end was cut off"));
        }
        let found = found.or_else(|| (head.count == earlier.count).then(|| head.hash.clone()));
        match found {
            Some(hash) if hash != earlier.hash => {
                Err(format!("entry {} is not the one that it once was", earlier.count))
            }
            _ => Ok(()),
        }
    }
}

fn parse(line: &[u8]) -> Option<(&str, Link)> {
    let text = std::str::from_utf8(line).ok()?;
    Some((text, serde_json::from_str(text).ok()?))
}

/// How this entry does not follow the one before it, if so.
fn broken(last: Option<&Link>, text: &str, link: &Link) -> Option<String> {
    let (seq, previous) = last.map_or((1, NOTHING), |last| (last.seq + 1, last.hash.as_str()));
    let body = text.strip_suffix(&hash_field(&link.hash));
    if body.is_none_or(|body| sha256(format!("{body}}}")) != link.hash) {
        Some(format!("entry {} was changed after it was written", link.seq))
    } else if link.seq != seq || link.previous != previous {
        Some(format!("entry {} does not follow the one before it", link.seq))
    } else {
        None
    }
}

/// The first few of many, in one line.
fn summary(damage: &[String]) -> Option<String> {
    const SHOWN: usize = 3;
    let mut text = damage.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("; ");
    if damage.len() > SHOWN {
        text.push_str(&format!("; and {} more", damage.len() - SHOWN));
    }
    (!damage.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests;
