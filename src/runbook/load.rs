//! The built-in runbook, and runbooks read from files.

use std::{
    fmt,
    fs::{File, metadata},
    io::{self, Read},
    path::Path,
    sync::LazyLock,
};

use super::{Problem, Runbook, parse};
use crate::fault::{Fault, FaultKind};

/// Largest runbook that is read. The built-in one has 30 KB.
const LARGEST: u64 = 1024 * 1024;

const BUILT_IN_TEXT: &str = include_str!("../../assets/runbooks/vfs-secure-upload.toml");

static BUILT_IN: LazyLock<Runbook> = LazyLock::new(|| {
    #[expect(clippy::panic, reason = "the text is part of the program, and a test reads it")]
    parse(BUILT_IN_TEXT, "vfs-secure-upload.toml")
        .unwrap_or_else(|problems| panic!("{}", LoadError::Problems(problems)))
});

/// The runbook that runs when no other is named.
pub fn built_in() -> &'static Runbook {
    &BUILT_IN
}

/// Why there is no runbook.
#[derive(Debug, Clone, PartialEq)]
pub enum LoadError {
    /// The file could not be read.
    File(Fault),
    /// It was read and does not hold together; never empty.
    Problems(Vec<Problem>),
}

impl fmt::Display for LoadError {
    /// A sentence, or a line for each problem.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(fault) => fault.fmt(f),
            Self::Problems(problems) => {
                let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
        }
    }
}

impl std::error::Error for LoadError {}

/// The runbook in the file at `path`.
///
/// # Errors
/// What kept it from being read, or everything that is wrong with it.
pub fn load(path: &Path) -> Result<Runbook, LoadError> {
    let text = read(path).map_err(LoadError::File)?;
    parse(&text, &path.display().to_string()).map_err(LoadError::Problems)
}

/// The text of a runbook: of the file at `path`, or of the built-in one.
///
/// # Errors
/// What kept it from being read.
pub fn text(path: Option<&Path>) -> Result<String, LoadError> {
    path.map_or_else(|| Ok(BUILT_IN_TEXT.to_owned()), |path| read(path).map_err(LoadError::File))
}

fn read(path: &Path) -> Result<String, Fault> {
    let name = path.display();
    let unreadable = |error: io::Error| {
        let next = match error.kind() {
            io::ErrorKind::NotFound => "check the path, or name none to use the built-in runbook",
            io::ErrorKind::PermissionDenied => "check who may read it",
            _ => "check the file and the disk it is on",
        };
        Fault::new(FaultKind::File, format!("the runbook {name} cannot be read: {error}"), next)
    };
    // Before it is opened: opening a pipe would wait for a writer.
    let found = metadata(path).map_err(unreadable)?;
    let refused = |why: &str, next: &str| Fault::new(FaultKind::File, format!("the runbook {name} {why}"), next);
    if found.is_dir() {
        return Err(refused("is a folder", "name the TOML file in it"));
    }
    if !found.is_file() {
        return Err(refused("is not a regular file", "name a TOML file"));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(refused("is larger than 1 MiB", "check that it is the right file"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
        refused(&format!("is not UTF-8 text: see line {line}"), "save it as UTF-8")
    })
}
