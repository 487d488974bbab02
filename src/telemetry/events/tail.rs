//! A file of lines that is written to while it is read.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    sync::atomic::{AtomicBool, Ordering},
};

use memchr::memchr_iter;

/// Read in one go.
const BLOCK: usize = 256 << 10;
/// A longer line is skipped.
pub(super) const LINE_LIMIT: usize = 1 << 20;
/// So many bytes before the place reached are compared, to tell a file that grew from one with new content.
const MARK: usize = 64;
/// So many bytes at the start of a file are kept, to know a copy of it.
const HEAD: usize = 256;

/// A line, or why there is none.
#[derive(Debug, PartialEq)]
pub(super) enum Line<'a> {
    /// A whole line, without its end.
    Whole(&'a [u8]),
    /// What stands after the last line end. It counts as read if the visitor says so, else it is shown again.
    Torn(&'a [u8]),
    /// A line of more than [`LINE_LIMIT`] bytes.
    TooLong,
}

/// How far a file was read.
#[derive(Debug, Default, Clone)]
pub(super) struct Tail {
    offset: u64,
    /// Number of the line that begins or goes on at `offset`, less one.
    line: u64,
    /// The bytes just before `offset`.
    mark: Vec<u8>,
    /// The first bytes of the file, as far as they were read.
    head: Vec<u8>,
    /// Whether `offset` is inside a line that is being skipped.
    skipping: bool,
}

impl Tail {
    /// Bytes read so far.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Reads what `file` has beyond the place reached, up to its present end, in blocks. `visit` gets each line and
    /// its number. A file that shrank, or whose last bytes read are others now, has new content: it is read from its
    /// start. Ends early when `stop` is set.
    pub(super) fn read(
        &mut self,
        file: &mut File,
        block: &mut Vec<u8>,
        stop: &AtomicBool,
        visit: &mut dyn FnMut(u64, Line<'_>) -> bool,
    ) -> io::Result<()> {
        let end = file.metadata()?.len();
        if !self.goes_on(file, end)? {
            *self = Self::default();
        }
        if end == self.offset {
            return Ok(());
        }
        file.seek(SeekFrom::Start(self.offset))?;
        let mut input = file.take(end - self.offset);
        let mut filled = 0;
        loop {
            if stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            if block.len() < filled + BLOCK {
                block.resize(filled + BLOCK, 0);
            }
            let n = match input.read(&mut block[filled..]) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                n => n?,
            };
            if n == 0 {
                break;
            }
            let mut begin = 0;
            for at in memchr_iter(b'\n', &block[filled..filled + n]).map(|at| at + filled) {
                self.line += 1;
                if std::mem::take(&mut self.skipping) {
                    // The rest of a line that was reported when it grew too long.
                } else if at - begin > LINE_LIMIT {
                    visit(self.line, Line::TooLong);
                } else {
                    visit(self.line, Line::Whole(&block[begin..at]));
                }
                begin = at + 1;
            }
            filled += n;
            if self.skipping {
                begin = filled;
            } else if filled - begin > LINE_LIMIT {
                visit(self.line + 1, Line::TooLong);
                self.skipping = true;
                begin = filled;
            }
            self.pass(&block[..begin]);
            block.copy_within(begin..filled, 0);
            filled -= begin;
        }
        if filled > 0 && visit(self.line + 1, Line::Torn(&block[..filled])) {
            self.pass(&block[..filled]);
        }
        Ok(())
    }

    /// Notes that these bytes are done with.
    fn pass(&mut self, bytes: &[u8]) {
        self.offset += bytes.len() as u64;
        let missing = HEAD - self.head.len();
        self.head.extend_from_slice(&bytes[..missing.min(bytes.len())]);
        self.mark.extend_from_slice(&bytes[bytes.len().saturating_sub(MARK)..]);
        self.mark.drain(..self.mark.len().saturating_sub(MARK));
    }

    /// Whether `copy` holds all that was read here: it is a copy, to be read on from the same place.
    pub(super) fn is_copied_to(&self, copy: &mut File) -> io::Result<bool> {
        Ok(self.head.len() == HEAD
            && before(copy, HEAD as u64, HEAD as u64)? == self.head
            && before(copy, self.offset, MARK as u64)? == self.mark)
    }

    /// Whether the file still begins with what was read of it.
    fn goes_on(&self, file: &mut File, end: u64) -> io::Result<bool> {
        Ok(end >= self.offset && before(file, self.offset, MARK as u64)? == self.mark)
    }
}

/// Up to `most` bytes just before `offset`; fewer if the file ends sooner.
fn before(file: &mut File, offset: u64, most: u64) -> io::Result<Vec<u8>> {
    let from = offset.saturating_sub(most);
    let mut bytes = Vec::new();
    if offset > 0 {
        file.seek(SeekFrom::Start(from))?;
        file.take(offset - from).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}
