//! Folders of evidence: written aside, synced, and only then given their name. `SHA256SUMS` in each is as `sha256sum -c`
//! reads it.

use std::{
    collections::BTreeSet,
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::{
    phase_name,
    within::{self, Unread},
};
use crate::{
    aside::sync_folder,
    audit::{Phase, make_private},
    fault::{Fault, FaultKind},
    fingerprint::sha256,
    telemetry::Exhibit,
    text::clean,
};

/// The list of checksums in each folder.
pub(super) const SUMS: &str = "SHA256SUMS";

/// No list of checksums is longer, in bytes.
pub(super) const LONGEST_LIST: u64 = 64 << 20;

/// No phase of one rollback is kept more often.
const MOST: usize = 1000;

/// A folder that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Where it is.
    pub folder: PathBuf,
    /// How many files are in it, the list of checksums aside.
    pub files: usize,
    /// SHA-256 of the list of checksums, lower-case hex.
    pub digest: String,
}

/// Writes `files` to `DATA/evidence/rollback-ID/PHASE`; where that is there already, to `PHASE-2`, `PHASE-3`, ...
/// Blocking. What is there when it returns, or when the power goes, is the whole folder or none.
///
/// # Errors
/// When it could not be made durable; nothing of it is then left under that name.
pub fn write(data: &Path, rollback: &str, phase: Phase, files: &[Exhibit]) -> io::Result<Written> {
    let parent = data.join("evidence").join(format!("rollback-{}", component(rollback)));
    make_private(&parent)?;
    let phase = phase_name(phase);
    let mut builder = tempfile::Builder::new();
    let prefix = format!(".{phase}.");
    builder.prefix(&prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let aside = builder.tempdir_in(&parent)?;
    let (mut sums, mut names) = (String::new(), BTreeSet::from([SUMS.to_owned()]));
    let mut folders = BTreeSet::from([aside.path().to_owned()]);
    for file in files {
        let name = unused(&file.name, &mut names);
        let path = aside.path().join(&name);
        if let Some(folder) = path.parent()
            && folders.insert(folder.to_owned())
        {
            make_private(folder)?;
        }
        create(&path, &file.bytes)?;
        sums.push_str(&format!("{}  {name}\n", sha256(&file.bytes)));
    }
    create(&aside.path().join(SUMS), sums.as_bytes())?;
    // The inner ones first.
    folders.iter().rev().try_for_each(|folder| sync_folder(folder))?;
    let folder = name(aside.path(), &parent, phase)?;
    // It has another name now: there is nothing left to clear away.
    let _ = aside.keep();
    sync_folder(&parent)?;
    parent.parent().map_or(Ok(()), sync_folder)?;
    Ok(Written { folder, files: files.len(), digest: sha256(&sums) })
}

/// Checks a folder against its list of checksums, and gives how many files are as they were.
///
/// # Errors
/// Naming what is missing, changed or not listed.
pub fn verify(folder: &Path) -> Result<usize, Fault> {
    let failed = |what: String| {
        // Names in it are whatever somebody put there.
        let what = clean(&format!("the evidence in {} is not as it was kept: {what}", folder.display()));
        Fault::new(FaultKind::Changed, what, "look for another copy, and find out who changed it")
    };
    let unread = |name: &str, unread: Unread| match unread {
        Unread::Io(error) => failed(format!("{name}: {error}")),
        unread => failed(format!("{name} {unread}")),
    };
    let sums = within::bytes(folder, &folder.join(SUMS), LONGEST_LIST).map_err(|why| unread(SUMS, why))?;
    let sums = String::from_utf8(sums).map_err(|_| failed(format!("{SUMS} is no such list")))?;
    let mut listed = BTreeSet::from([SUMS.to_owned()]);
    for line in sums.lines() {
        let Some((sum, name)) = line.split_once("  ") else { return Err(failed(format!("{SUMS} is no such list"))) };
        if name.split('/').any(|part| part != component(part)) {
            return Err(failed(format!("{SUMS} names {name:?}")));
        }
        if within::digest(folder, &folder.join(name), None).map_err(|why| unread(name, why))? != sum {
            return Err(failed(format!("{name} was changed")));
        }
        listed.insert(name.to_owned());
    }
    let found = names_in(folder, "").map_err(|error| failed(error.to_string()))?;
    match found.iter().find(|name| !listed.contains(*name)) {
        Some(name) => Err(failed(format!("{name} is not listed"))),
        None => Ok(listed.len() - 1),
    }
}

fn names_in(folder: &Path, before: &str) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{before}{}", entry.file_name().to_string_lossy());
        match entry.file_type()?.is_dir() {
            true => names.extend(names_in(&entry.path(), &format!("{name}/"))?),
            false => names.push(name),
        }
    }
    Ok(names)
}

/// Gives what was written aside the first name that is free.
fn name(aside: &Path, parent: &Path, phase: &str) -> io::Result<PathBuf> {
    for number in 1..=MOST {
        let name = if number == 1 { phase.to_owned() } else { format!("{phase}-{number}") };
        let path = parent.join(name);
        // Renaming takes the place of an empty folder; of one with evidence in it, never.
        if fs::symlink_metadata(&path).is_ok() {
            continue;
        }
        match fs::rename(aside, &path) {
            Ok(()) => return Ok(path),
            Err(error) if taken(error.kind()) => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other(format!("{phase} was kept {MOST} times already")))
}

fn taken(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotADirectory)
}

pub(super) fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A name below the folder that no other file has, whatever was asked for.
fn unused(name: &str, taken: &mut BTreeSet<String>) -> String {
    let parts: Vec<String> = name.split('/').map(component).collect();
    let name = parts.join("/");
    let mut unused = name.clone();
    let mut number = 2;
    while !taken.insert(unused.clone()) {
        unused = format!("{name}.{number}");
        number += 1;
    }
    unused
}

/// One part of a path that stays where it is: no `..`, no separator, nothing that a shell or `sha256sum` reads otherwise.
pub(super) fn component(text: &str) -> String {
    let fit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let part: String = text.chars().take(100).map(|c| if fit(c) { c } else { '-' }).collect();
    let starts_well = part.starts_with(|c: char| c.is_ascii_alphanumeric());
    match starts_well && text.chars().count() <= 100 && part == text {
        true => part,
        // Two names that look alike now were not the same; and shorter than the limit, it is a name like any other.
        false => {
            let begin: String = part.trim_start_matches(['.', '-']).chars().take(80).collect();
            format!("x{begin}-{}", &sha256(text)[..8])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_in_its_folder() {
        for name in ["ab12", "failing-events.ndjson", "a_b.1"] {
            assert_eq!(component(name), name);
        }
        for hostile in ["..", ".", "", "../../etc", "a/b", "a\nb", "-rf", "ä", &"x".repeat(500)] {
            let safe = component(hostile);
            assert!(!safe.contains(['/', '\n', '\\']) && !safe.starts_with(['.', '-']), "{safe}");
            assert_ne!(safe, hostile);
            assert_eq!(component(&safe), safe, "it is a name like any other");
        }
        assert_ne!(component("a/b"), component("a-b"));
    }
}
