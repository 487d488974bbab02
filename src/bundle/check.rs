//! Whether a bundle is as it was made.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, Seek},
    path::Path,
};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{
    HEAD, LOG, MANIFEST, RUNBOOK, SCHEMA, SUMS,
    archive::{beginning, header},
    manifest::{Manifest, sums},
    named::{Named, named},
    path,
    read::{Found, Problem, Unreadable, read},
};
use crate::{
    audit::{Head, read_text},
    fingerprint::hex,
};

/// What was found.
#[derive(Debug)]
pub struct Checked {
    /// Size of the archive in bytes.
    pub bytes: u64,
    /// SHA-256 of the archive itself, lower-case hex.
    pub sha256: String,
    /// What it says of itself; none where that cannot be read.
    pub manifest: Option<Manifest>,
    /// How it is not as it was made, worst first as found.
    pub problems: Vec<Problem>,
}

/// Checks a bundle: every file is there and nothing besides, each is as it was put in, its lists agree, its audit log is
/// whole, and what its entries speak of is what they say. Blocking; writes nothing anywhere.
///
/// # Errors
/// When it is not there, cannot be read, or is no archive.
pub fn check(path: &Path) -> Result<Checked, Unreadable> {
    // Before it is opened: opening a pipe would wait for a writer.
    if !std::fs::metadata(path)?.is_file() {
        return Err(Unreadable::Io(io::Error::other("it is not a regular file")));
    }
    let mut file = File::open(path)?;
    let mut found = read(&mut file)?;
    file.rewind()?;
    let mut hasher = Hasher(Sha256::new());
    let bytes = io::copy(&mut file, &mut hasher)?;
    let mut problems = std::mem::take(&mut found.problems);
    // Of half an archive nothing else is worth telling.
    let manifest = if found.whole { lists(&found, &mut problems) } else { None };
    Ok(Checked { bytes, sha256: hex(hasher.0.finalize()), manifest, problems })
}

struct Hasher(Sha256);

impl io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn lists(found: &Found, problems: &mut Vec<Problem>) -> Option<Manifest> {
    let names = found.files.keys().chain(&found.folders);
    let tops: BTreeSet<&str> = names.filter_map(|name| name.split('/').next()).collect();
    let [top] = tops.iter().copied().collect::<Vec<_>>()[..] else {
        problems.push(Problem::List("it has not one top folder".to_owned()));
        return None;
    };
    let held = |path: &str| found.held.get(&format!("{top}/{path}")).map(Vec::as_slice);
    let Some(text) = held(MANIFEST) else {
        problems.push(Problem::Missing(MANIFEST.to_owned()));
        return None;
    };
    let manifest: Manifest = match serde_json::from_slice(text) {
        Ok(manifest) => manifest,
        Err(error) => {
            problems.push(Problem::List(format!("{MANIFEST} cannot be read: {error}")));
            return None;
        }
    };
    if manifest.schema != SCHEMA {
        let schema = crate::text::clean(&manifest.schema);
        problems.push(Problem::List(format!("{MANIFEST} is of the form {schema}, and this version reads {SCHEMA}")));
        return None;
    }
    form(found, top, &manifest, problems);
    files(found, top, &manifest, held(SUMS), problems);
    log(found, top, &manifest, held(LOG), held(HEAD), problems);
    Some(manifest)
}

/// Whether each byte around the files is as gonogo writes it.
fn form(found: &Found, top: &str, manifest: &Manifest, problems: &mut Vec<Problem>) {
    let at = manifest.made_at;
    if found.beginning != beginning(at) {
        problems.push(Problem::Foreign("the beginning of the archive".to_owned()));
    }
    if top != path::top(&manifest.rollout, &manifest.environment, at) {
        problems.push(Problem::Foreign(format!("the folder {top}")));
    }
    for (path, kind, block) in &found.headers {
        if header(path, *kind, at).as_ref() != Some(&**block) {
            problems.push(Problem::Foreign(path.clone()));
        }
    }
    let needed: BTreeSet<&str> = found.files.keys().flat_map(|path| path::folders(path)).collect();
    let there: BTreeSet<&str> = found.folders.iter().map(String::as_str).collect();
    problems.extend(needed.difference(&there).map(|folder| Problem::Missing((*folder).to_owned())));
    problems.extend(there.difference(&needed).map(|folder| Problem::Extra((*folder).to_owned())));
}

fn files(found: &Found, top: &str, manifest: &Manifest, list: Option<&[u8]>, problems: &mut Vec<Problem>) {
    let mut there: BTreeMap<&str, &(u64, String)> =
        found.files.iter().map(|(path, file)| (&path[top.len() + 1..], file)).collect();
    let digest = there.remove(MANIFEST).map(|(_, digest)| digest.as_str()).unwrap_or_default();
    let expected =
        sums(there.iter().filter(|(path, _)| **path != SUMS).map(|(path, file)| (*path, file.1.as_str())), digest);
    if there.remove(SUMS).is_none() {
        problems.push(Problem::Missing(SUMS.to_owned()));
    } else if list != Some(expected.as_bytes()) {
        problems.push(Problem::List(format!("{SUMS} does not agree with the files")));
    }
    for item in &manifest.files {
        match there.remove(item.path.as_str()) {
            None => problems.push(Problem::Missing(crate::text::clean(&item.path))),
            Some((bytes, digest)) if (*bytes, digest) != (item.bytes, &item.sha256) => {
                problems.push(Problem::Changed(item.path.clone()));
            }
            Some(_) => {}
        }
    }
    problems.extend(there.keys().map(|path| Problem::Extra((*path).to_owned())));
    for needed in [LOG, HEAD, RUNBOOK] {
        if !manifest.files.iter().any(|item| item.path == needed) {
            problems.push(Problem::Missing(needed.to_owned()));
        }
    }
}

fn log(
    found: &Found,
    top: &str,
    manifest: &Manifest,
    text: Option<&[u8]>,
    head: Option<&[u8]>,
    problems: &mut Vec<Problem>,
) {
    let (Some(text), Some(head)) = (text, head) else { return };
    let (record, intact) = read_text(text);
    let damage = record.damage.clone().unwrap_or_default();
    // What was damaged before it was made is no change to the archive: the manifest says so, and it is told apart.
    if !intact && !manifest.damage.as_ref().is_some_and(|known| known.contains(&damage)) {
        problems.push(Problem::Log(damage));
    }
    if record.head != manifest.audit || serde_json::from_slice::<Head>(head).ok().as_ref() != Some(&record.head) {
        problems.push(Problem::Log("it does not end where the bundle says".to_owned()));
    }
    let digest = |path: &str| found.files.get(&format!("{top}/{path}")).map(|(_, digest)| digest.as_str());
    let left_out: BTreeSet<&str> = manifest.missing.iter().map(|missing| missing.what.as_str()).collect();
    for (path, named) in named(&record.entries) {
        let entry = named.entries.first().copied().unwrap_or_default();
        match digest(&path) {
            Some(digest) if digest != named.digest => problems.push(Problem::Entry { path, entry }),
            Some(_) if named.folder => folder(found, top, &path, &named, problems),
            Some(_) => {}
            None if left_out.contains(path.as_str()) => {}
            None => problems.push(Problem::Missing(crate::text::clean(&path))),
        }
    }
}

/// A folder of diagnostics against its own list of checksums, which is the one that the entry speaks of.
fn folder(found: &Found, top: &str, list: &str, named: &Named, problems: &mut Vec<Problem>) {
    let entry = named.entries.first().copied().unwrap_or_default();
    let folder = list.trim_end_matches(SUMS);
    let text = found.held.get(&format!("{top}/{list}")).map(|bytes| String::from_utf8_lossy(bytes)).unwrap_or_default();
    let mut listed = BTreeSet::from([list.to_owned()]);
    for line in text.lines() {
        let Some((sum, name)) = line.split_once("  ") else { continue };
        let path = format!("{folder}{name}");
        listed.insert(path.clone());
        match found.files.get(&format!("{top}/{path}")) {
            Some((_, digest)) if digest == sum => {}
            Some(_) => problems.push(Problem::Entry { path, entry }),
            None => problems.push(Problem::Missing(crate::text::clean(&path))),
        }
    }
    // What was put beside them is none of what was kept.
    let there = found.files.keys().filter_map(|path| path.strip_prefix(top)?.strip_prefix('/'));
    let added = there.filter(|path| path.starts_with(folder) && !listed.contains(*path));
    problems.extend(added.map(|path| Problem::Entry { path: path.to_owned(), entry }));
}

/// What is found, for tools.
#[derive(Serialize)]
struct Told<'a> {
    sound: bool,
    as_made: bool,
    damage: Option<&'a str>,
    bytes: u64,
    sha256: &'a str,
    problems: Vec<String>,
    manifest: Option<&'a Manifest>,
}

impl Checked {
    /// Whether the archive is as it was made, whatever was put into it.
    pub fn is_as_made(&self) -> bool {
        self.problems.is_empty()
    }

    /// What was wrong with the audit log when the archive was made, as the archive says.
    pub fn damage(&self) -> Option<&str> {
        self.manifest.as_ref()?.damage.as_deref()
    }

    /// Whether it is as it was made, and of a whole log.
    pub fn is_sound(&self) -> bool {
        self.is_as_made() && self.damage().is_none()
    }

    /// What was found, as JSON for tools.
    ///
    /// # Errors
    /// None that is known: all of it is JSON.
    pub fn facts(&self) -> serde_json::Result<serde_json::Value> {
        let problems = self.problems.iter().map(ToString::to_string).collect();
        let Self { bytes, sha256, manifest, .. } = self;
        serde_json::to_value(Told {
            sound: self.is_sound(),
            as_made: self.is_as_made(),
            damage: self.damage(),
            bytes: *bytes,
            sha256,
            problems,
            manifest: manifest.as_ref(),
        })
    }
}
