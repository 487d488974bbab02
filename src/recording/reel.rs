//! A recording in a file: looked through once from its beginning to know what is where, then played from any place. What a
//! snapshot says is made out only where it is played.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Utc};

use super::{
    SCHEMA,
    decode::{Broken, Decoder},
    line::{At, Header, Line, Log},
    logs::Logs,
    member::{Compressed, Member},
    unplayable::Unplayable,
};
use crate::{
    fault::Fault,
    judge::History,
    runbook::{self, Runbook},
    snapshot::Snapshot,
    text::cleaned,
};

/// No more moments are played: at two in five seconds, a hundred days.
const MOST_MOMENTS: usize = 4_000_000;

/// No more text is read of a recording, in bytes.
const MOST_TEXT: u64 = 4 << 30;

/// What was known at a moment.
#[derive(Debug, Clone)]
pub struct Scene {
    /// The snapshot; none where only the log was heard of.
    pub snapshot: Option<Arc<Snapshot>>,
    /// The commit under rollout.
    pub candidate: Option<String>,
}

/// A recording, and how far it was played.
pub struct Reel {
    path: PathBuf,
    header: Header,
    runbook: Arc<Runbook>,
    moments: Vec<Mark>,
    members: Vec<Begin>,
    logs: Logs,
    missed: u64,
    cut: Option<String>,
    cursor: Option<Cursor>,
}

/// When a moment was, and how many states of the log were known by then.
struct Mark {
    at: DateTime<Utc>,
    logs: u32,
}

/// Where a member begins, and which moment is its first.
struct Begin {
    place: u64,
    moment: usize,
}

/// Where the file is read.
struct Cursor {
    lines: Member,
    member: usize,
    /// The moment that the next line is.
    next: usize,
    decoder: Decoder,
}

/// A line, as far as it must be known to find it again. The log is kept in full: it is small, and said once.
#[derive(serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Glance {
    Header(serde::de::IgnoredAny),
    Full(Seen),
    Poll(Seen),
    Log(Box<Log>),
}

/// A poll at a glance.
#[derive(serde::Deserialize)]
struct Seen {
    at: At,
    #[serde(default)]
    missed: u64,
}

impl Reel {
    /// Reads a recording. One that is cut off is taken up to where it is whole: [`Reel::cut`].
    ///
    /// # Errors
    /// Where there is nothing to play.
    pub fn open(path: &Path) -> Result<Self, Unplayable> {
        let name = crate::text::clean(&path.display().to_string());
        let unreadable = |error| Unplayable::File { path: name.clone(), error };
        let file = open(path).and_then(|file| Compressed::from(file, 0)).map_err(unreadable)?;
        let not_one = |why: String| Unplayable::NotOne { path: name.clone(), why };
        let mut first = match Member::begin(file) {
            Ok(Some(member)) => member,
            Ok(None) => return Err(not_one("it is empty".to_owned())),
            Err(error) => return Err(unreadable(error)),
        };
        let header = match first.next() {
            Ok(Some(line)) => header(line, &name)?,
            Ok(None) => return Err(not_one("it is empty".to_owned())),
            Err(error) => return Err(not_one(error.to_string())),
        };
        let runbook = read_runbook(&header, &name)?;
        let mut reel = Self {
            path: path.to_owned(),
            header,
            runbook: Arc::new(runbook),
            moments: Vec::new(),
            members: vec![Begin { place: 0, moment: 0 }],
            logs: Logs::default(),
            missed: 0,
            cut: None,
            cursor: None,
        };
        reel.cut = reel.scan(first).err();
        if reel.moments.is_empty() {
            return match reel.cut.take() {
                Some(why) => Err(not_one(format!("it breaks off at once: {why}"))),
                None => Err(Unplayable::Empty { path: name }),
            };
        }
        Ok(reel)
    }

    /// Goes through everything, and gives why it cannot be read to its end, if it cannot.
    fn scan(&mut self, first: Member) -> Result<(), String> {
        let (mut member, mut text) = (first, 0_u64);
        loop {
            let mut whole = false;
            while let Some(line) = member.next().map_err(|error| error.to_string())? {
                text += line.len() as u64;
                if text > MOST_TEXT || self.moments.len() >= MOST_MOMENTS {
                    return Err("it is longer than can be played".to_owned());
                }
                let bytes = line.len();
                let at = match serde_json::from_slice(line).map_err(unreadable)? {
                    Glance::Header(_) => return Err("it has a second beginning".to_owned()),
                    Glance::Log(log) => {
                        let at = log.at;
                        self.logs.take(*log, bytes).map_err(|broken| broken.to_string())?;
                        at
                    }
                    Glance::Poll(_) if !whole => return Err(Broken::NothingBefore.to_string()),
                    Glance::Full(Seen { at, missed }) | Glance::Poll(Seen { at, missed }) => {
                        whole = true;
                        self.missed = self.missed.saturating_add(missed);
                        at
                    }
                };
                self.moments.push(Mark { at: at.get(), logs: u32::try_from(self.logs.len()).unwrap_or(u32::MAX) });
            }
            let file = member.end();
            let begin = Begin { place: file.at(), moment: self.moments.len() };
            match Member::begin(file).map_err(|error| error.to_string())? {
                Some(next) => member = next,
                None => return Ok(()),
            }
            self.members.push(begin);
        }
    }

    /// What was recorded.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The runbook as it was.
    pub fn runbook(&self) -> &Arc<Runbook> {
        &self.runbook
    }

    /// When each moment was, in order; never empty.
    pub fn times(&self) -> impl Iterator<Item = DateTime<Utc>> + '_ {
        self.moments.iter().map(|mark| mark.at)
    }

    /// Why it is not played to the end of the file, if it is not.
    pub fn cut(&self) -> Option<&str> {
        self.cut.as_deref()
    }

    /// How many snapshots are not in it, because the disk was too slow.
    pub fn missed(&self) -> u64 {
        self.missed
    }

    /// How many states of the log were known at a moment: where that is the same, so is the log.
    pub fn log_states(&self, moment: usize) -> usize {
        self.moments.get(moment).map_or(0, |mark| mark.logs as usize)
    }

    /// What the log said at a moment; none before it was read. And why it could not be read then, if it could not.
    pub fn history(&self, moment: usize) -> (Option<History>, Option<Fault>) {
        self.logs.after(self.log_states(moment))
    }

    /// What was known at a moment.
    ///
    /// # Errors
    /// Where what is said there is none of a recording, or the file is not what it was when it was opened.
    pub fn scene(&mut self, moment: usize) -> Result<Scene, String> {
        let moment = moment.min(self.moments.len().saturating_sub(1));
        let member = self.members.partition_point(|begin| begin.moment <= moment).saturating_sub(1);
        let goes_on = |cursor: &Cursor| cursor.member == member && cursor.next <= moment + 1;
        let mut cursor = match self.cursor.take().filter(goes_on) {
            Some(cursor) => cursor,
            None => self.begin(member)?,
        };
        while cursor.next <= moment {
            let changed = || "the file is not what it was".to_owned();
            let line = cursor.lines.next().map_err(|error| error.to_string())?.ok_or_else(changed)?;
            match serde_json::from_slice(line).map_err(unreadable)? {
                Line::Header(_) => continue,
                Line::Log(_) => {}
                line => apply(&mut cursor.decoder, line).map_err(|broken| broken.to_string())?,
            }
            cursor.next += 1;
        }
        let snapshot = cursor.decoder.snapshot().cloned();
        let candidate = snapshot.as_ref().map_or(self.header.candidate.as_deref(), |_| cursor.decoder.candidate());
        let scene = Scene { candidate: candidate.map(str::to_owned), snapshot };
        self.cursor = Some(cursor);
        Ok(scene)
    }

    fn begin(&self, member: usize) -> Result<Cursor, String> {
        let begin = &self.members[member];
        let file = open(&self.path).and_then(|file| Compressed::from(file, begin.place));
        let lines = file.and_then(Member::begin).map_err(|error| error.to_string())?;
        let lines = lines.ok_or("the file is shorter than it was")?;
        Ok(Cursor { lines, member, next: begin.moment, decoder: Decoder::default() })
    }
}

/// Why a line is none, in words. It may repeat what is in the file.
fn unreadable(error: serde_json::Error) -> String {
    cleaned(format!("a line cannot be read: {error}"))
}

fn apply(decoder: &mut Decoder, line: Line) -> Result<(), Broken> {
    match line {
        Line::Full(poll) => decoder.full(*poll),
        Line::Poll(poll) => decoder.change(*poll),
        Line::Header(_) | Line::Log(_) => Ok(()),
    }
}

/// Opens a regular file: opening a pipe would wait for a writer.
fn open(path: &Path) -> io::Result<File> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    File::open(path)
}

fn header(line: &[u8], name: &str) -> Result<Header, Unplayable> {
    /// What every version has.
    #[derive(serde::Deserialize)]
    struct Any {
        header: Version,
    }
    #[derive(serde::Deserialize)]
    struct Version {
        schema: u32,
        gonogo: String,
    }
    let not_one = |why: serde_json::Error| Unplayable::NotOne { path: name.to_owned(), why: why.to_string() };
    let version = serde_json::from_slice::<Any>(line).map_err(not_one)?.header;
    if version.schema != SCHEMA {
        let by = cleaned(version.gonogo);
        return Err(Unplayable::Schema { path: name.to_owned(), found: version.schema, by });
    }
    let why = match serde_json::from_slice(line).map_err(not_one)? {
        Line::Header(header) => return Ok(clean(*header)),
        _ => "it does not begin with what was recorded".to_owned(),
    };
    Err(Unplayable::NotOne { path: name.to_owned(), why })
}

fn clean(header: Header) -> Header {
    Header {
        gonogo: cleaned(header.gonogo),
        rollout: cleaned(header.rollout),
        environment: cleaned(header.environment),
        candidate: header.candidate.map(cleaned),
        operator: cleaned(header.operator),
        label: header.label.map(cleaned),
        ..header
    }
}

fn read_runbook(header: &Header, name: &str) -> Result<Runbook, Unplayable> {
    let mut runbook = runbook::parse(&header.runbook, &format!("the runbook of {name}")).map_err(|problems| {
        let why = problems.first().map(ToString::to_string).unwrap_or_default();
        Unplayable::Runbook { path: name.to_owned(), why: cleaned(why), by: header.gonogo.clone() }
    })?;
    for role in &mut runbook.roles {
        role.configured = header.roles.get(&role.key).cloned().map(cleaned);
    }
    Ok(runbook)
}
