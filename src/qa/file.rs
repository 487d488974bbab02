//! The report of the automated gate, as a file.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use super::read_qa_report;
use crate::{
    fault::{Fault, FaultKind},
    judge::QaRun,
    text::clean,
};

/// Largest report that is read, in bytes.
const LARGEST: u64 = 16 << 20;

/// The report in a file. Reads the disk: never where keys are waited for.
///
/// # Errors
/// [`FaultKind::Configuration`] with whatever keeps it from being a report, in one sentence.
pub fn read_qa_file(path: &Path) -> Result<QaRun, Fault> {
    let bytes = bytes_of(path)?;
    let why =
        |why: String| refused(path, &format!("is no report of the automated gate: {why}"), "nothing was recorded");
    read_qa_report(&bytes).map_err(why)
}

/// The bytes of a report.
pub(super) fn bytes_of(path: &Path) -> Result<Vec<u8>, Fault> {
    let unreadable = |error: io::Error| refused(path, &format!("cannot be read: {error}"), "check the path");
    // Before it is opened: opening a pipe would wait for a writer.
    let found = fs::metadata(path).map_err(unreadable)?;
    if found.is_dir() {
        return Err(refused(path, "is a folder", "name the JSON file in it"));
    }
    if !found.is_file() {
        return Err(refused(path, "is not a regular file", "name a JSON file"));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(refused(path, "is larger than 16 MiB", "check that it is the right file"));
    }
    Ok(bytes)
}

fn refused(path: &Path, why: &str, next: &str) -> Fault {
    let name = clean(&path.display().to_string());
    Fault::new(FaultKind::Configuration, format!("the QA report {name} {why}"), next)
}
