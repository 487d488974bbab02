//! Reading an archive that may be hostile. Nothing of it is ever written anywhere, and little of it is held.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek},
};

use flate2::bufread::GzDecoder;
use sha2::{Digest, Sha256};
use tar::Header;

use super::{LOG, archive, path};
use crate::fingerprint::hex;

/// An archive may hold so many bytes for each of its own, after the first few.
const RATIO: u64 = 300;
const FREE: u64 = 256 << 20;

/// No archive holds more files and folders.
const MOST: usize = 200_000;

/// Of these files the content is held: the log, and what is as short as a list.
const LONGEST_LOG: u64 = 1 << 30;
const LONGEST_LIST: u64 = 64 << 20;
const LISTS: u64 = 256 << 20;

/// Why a bundle could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is not there, or the disk does not give it.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is something else.
    #[error("it is no gzip archive")]
    NoArchive,
}

impl From<Unreadable> for io::Error {
    fn from(error: Unreadable) -> Self {
        match error {
            Unreadable::Io(error) => error,
            Unreadable::NoArchive => Self::other(error.to_string()),
        }
    }
}

/// How a bundle is not as it was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The archive ends too early, or its own checksum is wrong.
    #[error("the archive cannot be read to its end: {0}")]
    Torn(String),
    /// There is something after its end.
    #[error("there is something after the end of the archive")]
    Trailing,
    /// It would fill disk or memory.
    #[error("the archive is a bomb, or far too large: {0}")]
    Bomb(&'static str),
    /// Its beginning or one of its blocks is not as gonogo writes it.
    #[error("{0} is not written as gonogo writes it")]
    Foreign(String),
    /// A name that leads elsewhere or hides.
    #[error("the name {0:?} is none that a bundle has")]
    Name(String),
    /// A link, a device or another thing that is no file.
    #[error("{0:?} is no file and no folder")]
    NoFile(String),
    /// A name that is there twice.
    #[error("{0} is there twice")]
    Twice(String),
    /// A file that should be there.
    #[error("{0} is missing")]
    Missing(String),
    /// A file that should not be there.
    #[error("{0} is in no list")]
    Extra(String),
    /// A file that is not what the manifest says.
    #[error("{0} is not as it was put in")]
    Changed(String),
    /// A list that cannot be used.
    #[error("{0}")]
    List(String),
    /// The audit log in it.
    #[error("the audit log in it is damaged: {0}")]
    Log(String),
    /// A file that is not what an entry of the log says.
    #[error("{path} is not what entry {entry} speaks of")]
    Entry {
        /// Its path.
        path: String,
        /// Number of the entry.
        entry: u64,
    },
}

/// What is in an archive.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The first ten bytes.
    pub(super) beginning: [u8; 10],
    /// Files by path from the root of the archive: size and SHA-256.
    pub(super) files: BTreeMap<String, (u64, String)>,
    pub(super) folders: BTreeSet<String>,
    /// The content of the log and of lists.
    pub(super) held: BTreeMap<String, Vec<u8>>,
    /// The blocks before each file and folder, to be compared with those that gonogo writes.
    pub(super) headers: Vec<(String, archive::Kind, Box<[u8; archive::BLOCK]>)>,
    pub(super) problems: Vec<Problem>,
    /// Whether it was read to its end.
    pub(super) whole: bool,
}

/// Reads all of it.
pub(super) fn read(file: &mut File) -> Result<Found, Unreadable> {
    let length = file.metadata()?.len();
    let mut found = Found::default();
    file.read_exact(&mut found.beginning).map_err(|_| Unreadable::NoArchive)?;
    if found.beginning[..3] != [0x1f, 0x8b, 8] {
        return Err(Unreadable::NoArchive);
    }
    file.rewind()?;
    let room = FREE.saturating_add(length.saturating_mul(RATIO));
    let mut blocks = Blocks { from: GzDecoder::new(BufReader::new(file)), room, lists: LISTS };
    match blocks.all(&mut found).and_then(|()| blocks.end()) {
        Ok(()) => found.whole = true,
        Err(problem) => found.problems.push(problem),
    }
    Ok(found)
}

struct Blocks<R: BufRead> {
    from: GzDecoder<R>,
    /// How many bytes may still come.
    room: u64,
    /// How many bytes of lists may still be held.
    lists: u64,
}

fn torn(error: io::Error) -> Problem {
    Problem::Torn(match error.kind() {
        io::ErrorKind::UnexpectedEof => "its end is missing".to_owned(),
        _ => crate::text::clean(&error.to_string()),
    })
}

impl<R: BufRead> Blocks<R> {
    fn all(&mut self, found: &mut Found) -> Result<(), Problem> {
        while let Some(block) = self.block()? {
            if found.headers.len() >= MOST {
                return Err(Problem::Bomb("it has too many files"));
            }
            let header = Header::from_byte_slice(&block);
            let sum = block.iter().enumerate().map(|(i, b)| if (148..156).contains(&i) { 32 } else { u32::from(*b) });
            if header.cksum().ok() != Some(sum.sum()) {
                return Err(Problem::Torn("a block in it was changed".to_owned()));
            }
            let size = header.entry_size().map_err(torn)?;
            self.one(found, header, size, &block)?;
        }
        Ok(())
    }

    /// One file or folder. Whatever is wrong with it, it is read past.
    fn one(&mut self, found: &mut Found, header: &Header, size: u64, block: &[u8]) -> Result<(), Problem> {
        let name = String::from_utf8(header.path_bytes().into_owned());
        let shown = |bytes: &[u8]| crate::text::clean(&String::from_utf8_lossy(bytes));
        let name = match name {
            Ok(name) => name,
            Err(error) => {
                found.problems.push(Problem::Name(shown(error.as_bytes())));
                return self.content(size, None).map(drop);
            }
        };
        let kind = header.entry_type();
        if !kind.is_file() && !kind.is_dir() {
            found.problems.push(Problem::NoFile(crate::text::clean(&name)));
            return self.content(size, None).map(drop);
        }
        let path = if kind.is_dir() { name.strip_suffix('/').unwrap_or(&name) } else { name.as_str() };
        if !path::is_safe(path) {
            found.problems.push(Problem::Name(crate::text::clean(path)));
            return self.content(size, None).map(drop);
        }
        if found.files.contains_key(path) || found.folders.contains(path) {
            found.problems.push(Problem::Twice(path.to_owned()));
            return self.content(size, None).map(drop);
        }
        let mut copy = Box::new([0; archive::BLOCK]);
        copy.copy_from_slice(block);
        if kind.is_dir() {
            found.headers.push((path.to_owned(), archive::Kind::Folder, copy));
            found.folders.insert(path.to_owned());
            return self.content(size, None).map(drop);
        }
        found.headers.push((path.to_owned(), archive::Kind::File(size), copy));
        let mut held = self.holds(path, size)?.then(Vec::new);
        let digest = self.content(size, held.as_mut())?;
        found.files.insert(path.to_owned(), (size, digest));
        if let Some(held) = held {
            found.held.insert(path.to_owned(), held);
        }
        Ok(())
    }

    /// Whether the content of this file is needed. One that is and is too long ends it.
    fn holds(&mut self, path: &str, size: u64) -> Result<bool, Problem> {
        let below = path.split_once('/').map_or(path, |(_, below)| below);
        let name = path.rsplit('/').next().unwrap_or(path);
        if below == LOG {
            return if size > LONGEST_LOG { Err(Problem::Bomb("its audit log is too long")) } else { Ok(true) };
        }
        if ![super::MANIFEST, super::SUMS, super::HEAD].contains(&name) {
            return Ok(false);
        }
        if size > LONGEST_LIST || size > self.lists {
            return Err(Problem::Bomb("its lists are too long"));
        }
        self.lists -= size;
        Ok(true)
    }

    /// The content of a file and the zeros after it: its digest.
    fn content(&mut self, size: u64, mut held: Option<&mut Vec<u8>>) -> Result<String, Problem> {
        let (mut hasher, mut left) = (Sha256::new(), size);
        let mut buffer = vec![0; 64 << 10];
        while left > 0 {
            let room = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            self.take(&mut buffer[..room])?;
            hasher.update(&buffer[..room]);
            if let Some(held) = held.as_deref_mut() {
                held.extend_from_slice(&buffer[..room]);
            }
            left -= room as u64;
        }
        let zeros = &mut buffer[..archive::padding(size)];
        self.take(zeros)?;
        match zeros.iter().all(|byte| *byte == 0) {
            true => Ok(hex(hasher.finalize())),
            false => Err(Problem::Torn("there is something between two files".to_owned())),
        }
    }

    /// The next block; none at the end, which is two blocks of zeros.
    fn block(&mut self) -> Result<Option<[u8; archive::BLOCK]>, Problem> {
        let mut block = [0; archive::BLOCK];
        self.take(&mut block)?;
        if block != [0; archive::BLOCK] {
            return Ok(Some(block));
        }
        self.take(&mut block)?;
        match block == [0; archive::BLOCK] {
            true => Ok(None),
            false => Err(Problem::Torn("a block in it was changed".to_owned())),
        }
    }

    fn take(&mut self, buffer: &mut [u8]) -> Result<(), Problem> {
        let wanted = buffer.len() as u64;
        self.room = self.room.checked_sub(wanted).ok_or(Problem::Bomb("it holds far more than it is long"))?;
        self.from.read_exact(buffer).map_err(torn)
    }

    /// The compressed stream ends with its checksum, and the file ends with it.
    fn end(&mut self) -> Result<(), Problem> {
        let mut one = [0];
        match self.from.read(&mut one) {
            Ok(0) => {}
            Ok(_) => return Err(Problem::Trailing),
            Err(error) => return Err(torn(error)),
        }
        match self.from.get_mut().fill_buf() {
            Ok([]) => Ok(()),
            Ok(_) => Err(Problem::Trailing),
            Err(error) => Err(torn(error)),
        }
    }
}
