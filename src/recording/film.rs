//! The lines of a recording, put into gzip members.

use std::{
    io::{self, Write},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use flate2::{Compression, write::GzEncoder};

use super::{
    LONGEST_LINE,
    encode::Encoder,
    line::{Header, Line},
};
use crate::{audit::Record, fault::Fault, snapshot::Snapshot};

/// So many polls lie between two lines that say everything, if they have said as much by then as such a line does.
const FULL_EVERY: u32 = 240;

/// So many at most: what a player goes through to get to a moment.
const MOST_BETWEEN: u32 = 1440;

/// A recording as it is written: the file, and what the next line rests on.
pub struct Film<W: Write> {
    /// The member under way; none only while one ends and the next begins.
    member: Option<GzEncoder<W>>,
    encoder: Encoder,
    dirty: bool,
    /// Polls since the last line that said everything, and the bytes of both.
    polls: u32,
    since: usize,
    whole: usize,
}

impl<W: Write> Film<W> {
    /// Begins one there.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn begin(sink: W, header: Header) -> io::Result<Self> {
        let member = Some(GzEncoder::new(sink, Compression::default()));
        let mut film = Self { member, encoder: Encoder::default(), dirty: false, polls: 0, since: 0, whole: 0 };
        film.line(Some(Line::Header(Box::new(header))))?;
        film.flush()?;
        Ok(film)
    }

    /// What is known, and the candidate that it is judged for; `missed` snapshots before it are not here.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn poll(&mut self, snapshot: &Arc<Snapshot>, candidate: Option<&str>, missed: u64) -> io::Result<()> {
        let said = self.since >= self.whole || self.polls >= MOST_BETWEEN;
        if self.polls >= FULL_EVERY && said {
            self.encoder.say_all();
        }
        let line = self.encoder.poll(snapshot, candidate, missed);
        self.line(line)
    }

    /// The log, as it was read then.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn log(&mut self, at: DateTime<Utc>, record: &Record) -> io::Result<()> {
        let line = self.encoder.log(at, record);
        self.line(line)
    }

    /// Why the log could not be read then.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn no_log(&mut self, at: DateTime<Utc>, fault: &Fault) -> io::Result<()> {
        let line = self.encoder.no_log(at, fault);
        self.line(line)
    }

    /// Writes this line; nothing where there is no news.
    fn line(&mut self, line: Option<Line>) -> io::Result<()> {
        let Some(line) = line else { return Ok(()) };
        let mut text = serde_json::to_vec(&line)?;
        if text.len() > LONGEST_LINE {
            let what = format!("a snapshot takes {} MiB, more than a line may", text.len() >> 20);
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        text.push(b'\n');
        match line {
            Line::Full(_) => {
                // A player begins here; before the first one there is nothing to skip.
                if self.whole > 0 {
                    self.next_member()?;
                }
                (self.polls, self.since, self.whole) = (0, 0, text.len());
            }
            Line::Poll(_) => (self.polls, self.since) = (self.polls + 1, self.since + text.len()),
            Line::Header(_) | Line::Log(_) => {}
        }
        self.dirty = true;
        self.member.as_mut().map_or(Ok(()), |member| member.write_all(&text))
    }

    fn next_member(&mut self) -> io::Result<()> {
        if let Some(member) = self.member.take() {
            self.member = Some(GzEncoder::new(member.finish()?, Compression::default()));
        }
        Ok(())
    }

    /// Hands everything so far to the system.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        match self.member.as_mut().filter(|_| std::mem::take(&mut self.dirty)) {
            Some(member) => member.flush(),
            None => Ok(()),
        }
    }

    /// Brings it to its end.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn end(mut self) -> io::Result<()> {
        self.member.take().map_or(Ok(()), |member| member.finish()?.flush())
    }
}
