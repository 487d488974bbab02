//! Lines out of gzip members, each of which begins at a known place of the file.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
};

use flate2::bufread::GzDecoder;

use super::LONGEST_LINE;

/// A file that knows how far it was read.
pub(super) struct Compressed {
    file: BufReader<File>,
    at: u64,
}

impl Compressed {
    /// This file, from this place on.
    pub(super) fn from(mut file: File, at: u64) -> io::Result<Self> {
        file.seek(SeekFrom::Start(at))?;
        Ok(Self { file: BufReader::with_capacity(64 << 10, file), at })
    }

    /// How far it was read.
    pub(super) fn at(&self) -> u64 {
        self.at
    }
}

impl Read for Compressed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(into)?;
        self.at += n as u64;
        Ok(n)
    }
}

impl BufRead for Compressed {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.file.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        self.file.consume(n);
        self.at += n as u64;
    }
}

/// The lines of one member.
pub(super) struct Member {
    text: BufReader<GzDecoder<Compressed>>,
    line: Vec<u8>,
}

impl Member {
    /// The member that begins here; None at the end of the file.
    pub(super) fn begin(mut file: Compressed) -> io::Result<Option<Self>> {
        if file.fill_buf()?.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self { text: BufReader::with_capacity(64 << 10, GzDecoder::new(file)), line: Vec::new() }))
    }

    /// The next line without its end; None after the last.
    ///
    /// # Errors
    /// Where the file is cut off or is no gzip, and where a line is longer than any may be.
    pub(super) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.line.clear();
        let most = LONGEST_LINE as u64 + 1;
        self.text.by_ref().take(most).read_until(b'\n', &mut self.line)?;
        match self.line.pop() {
            None => Ok(None),
            Some(b'\n') => Ok(Some(&self.line)),
            Some(_) if self.line.len() >= LONGEST_LINE => {
                Err(io::Error::new(io::ErrorKind::InvalidData, "a line is longer than any of a recording"))
            }
            Some(_) => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the last line is not whole")),
        }
    }

    /// The file, where this member ends. All of its lines were read.
    pub(super) fn end(self) -> Compressed {
        self.text.into_inner().into_inner()
    }
}
