//! The report of the automated gate, as a file.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use super::{QaTotals, read_qa_report};
use crate::{
    fault::{Fault, FaultKind},
    judge::QaRun,
    text::clean,
};

/// Largest report that is read, in bytes.
const LARGEST: u64 = 16 << 20;

/// The report in a file, and what is odd about its totals. Reads the disk: never where keys are waited for.
///
/// # Errors
/// [`FaultKind::Configuration`] with whatever keeps it from being a report, in one sentence.
pub fn read_qa_file(path: &Path) -> Result<(QaRun, QaTotals), Fault> {
    let name = clean(&path.display().to_string());
    let refused =
        |why: &str, next: &str| Fault::new(FaultKind::Configuration, format!("the QA report {name} {why}"), next);
    let unreadable = |error: io::Error| refused(&format!("cannot be read: {error}"), "check the path");
    // Before it is opened: opening a pipe would wait for a writer.
    let found = fs::metadata(path).map_err(unreadable)?;
    if found.is_dir() {
        return Err(refused("is a folder", "name the JSON file in it"));
    }
    if !found.is_file() {
        return Err(refused("is not a regular file", "name a JSON file"));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(refused("is larger than 16 MiB", "check that it is the right file"));
    }
    let read = read_qa_report(&bytes);
    read.map_err(|why| refused(&format!("is no report of the automated gate: {why}"), "nothing was recorded"))
}
