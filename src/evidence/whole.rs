//! Whether the evidence that the log names is still there, as it was kept.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

use super::{
    folder::LONGEST_LIST,
    within::{self, Unread},
};
use crate::{
    audit::{Entry, Event},
    fingerprint::sha256,
    judge::{Attached, KeptFile},
    text::clean,
};

/// Something that was kept, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The entry of the log that names it.
    pub seq: u64,
    /// What it shows: `evidence ci-run`, `output of the automated gate`.
    pub what: String,
    /// The machine that kept it.
    pub host: String,
    /// Where: a path below the rollout's folder, or the folder of a rollback's diagnostics.
    pub path: String,
    /// As it is now.
    pub state: State,
}

/// How something that was kept is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// There, and as it was kept.
    Whole,
    /// Another machine kept it, and it is not here: that cannot be told from here.
    Elsewhere,
    /// Missing, changed or not readable; why.
    Broken(String),
}

/// Looks at every file and every folder of diagnostics that the log names, oldest entry first. Nothing is read that does
/// not lie below `data`; what is not there is missing where an entry is of this machine, whose name is `here`. Blocking.
pub fn verify_all(data: &Path, entries: &[Entry], here: &str) -> Vec<Checked> {
    let each = entries.iter().flat_map(|entry| {
        let mut checked = Vec::new();
        let mut add = |what: String, path: &str, state: State| {
            let (host, path) = (clean(&entry.host), clean(path));
            checked.push(Checked { seq: entry.seq, what, host, path, state });
        };
        let local = entry.host == here;
        for (what, file) in named(&entry.event) {
            add(what, &file.path, of_file(data, file, local));
        }
        if let Event::DiagnosticsKept { rollback, folder, digest, .. } = &entry.event {
            add(format!("diagnostics of rollback {}", clean(rollback)), folder, of_folder(data, folder, digest, local));
        }
        checked
    });
    each.collect()
}

/// The files that an entry names, and what each shows.
fn named(event: &Event) -> Vec<(String, &KeptFile)> {
    fn file(attached: &Attached) -> Option<&KeptFile> {
        match attached {
            Attached::Link { .. } => None,
            Attached::File { file, .. } | Attached::Logs { file, .. } => Some(file),
        }
    }
    match event {
        Event::Attached(attachment) => {
            let what = format!("evidence {}", clean(&attachment.item));
            file(&attachment.attached).map(|file| (what, file)).into_iter().collect()
        }
        Event::Checked { check, environment, attached, .. } => {
            let what = format!("check {} in {}", clean(check), clean(environment));
            attached.as_ref().and_then(file).map(|file| (what, file)).into_iter().collect()
        }
        Event::QaReported(run) => {
            let ran = run.ran.iter();
            let both = ran.flat_map(|ran| [("output", &ran.output), ("report", &ran.report)]);
            both.filter_map(|(what, file)| Some((format!("{what} of the automated gate"), file.as_ref()?))).collect()
        }
        _ => Vec::new(),
    }
}

fn of_file(data: &Path, file: &KeptFile, local: bool) -> State {
    // The log may be another's: a path in it must not lead out of the folder.
    let path = Path::new(&file.path);
    if file.path.is_empty() || !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return State::Broken("its path leads out of the rollout's folder".to_owned());
    }
    match within::digest(data, &data.join(path), Some(file.bytes)) {
        Ok(digest) if digest == file.digest => State::Whole,
        Ok(_) => State::Broken("it was changed: its digest is another one".to_owned()),
        Err(Unread::Io(error)) if error.kind() == io::ErrorKind::NotFound && !local => State::Elsewhere,
        Err(why) => unread(&why),
    }
}

fn unread(why: &Unread) -> State {
    State::Broken(match why {
        Unread::Io(error) if error.kind() == io::ErrorKind::NotFound => "it is missing".to_owned(),
        why => format!("it {why}"),
    })
}

fn of_folder(data: &Path, folder: &str, digest: &str, local: bool) -> State {
    let folder = Path::new(folder);
    let Some(path) = below(data, folder) else {
        return match local {
            false => State::Elsewhere,
            true if is_below(data, folder) => State::Broken("it is missing".to_owned()),
            // The name of a machine proves nothing: who writes to the log must not have anything else of it read.
            true => State::Broken(
                "it does not lie below the rollout's folder; name the one that it was kept in with --data-dir"
                    .to_owned(),
            ),
        };
    };
    let list = path.join(super::SUMS);
    let sums = within::resolved(data, &path).and_then(|_| within::bytes(data, &list, LONGEST_LIST));
    match sums {
        Ok(sums) if sha256(&sums) != digest => State::Broken("its list of checksums was changed".to_owned()),
        Ok(_) => super::verify(&path).map_or_else(|fault| State::Broken(fault.what), |_| State::Whole),
        Err(Unread::NoFile) => State::Broken("its list of checksums is no regular file".to_owned()),
        Err(why) => unread(&why),
    }
}

/// Whether the folder is called as one below `data` is; nothing is looked at there.
fn is_below(data: &Path, folder: &Path) -> bool {
    let straight = !folder.components().any(|part| part == Component::ParentDir);
    let named = |data: &Path| folder.starts_with(data);
    straight && (folder.is_relative() || named(data) || fs::canonicalize(data).is_ok_and(|data| named(&data)))
}

/// The folder of diagnostics below `data`, where it is there: it was recorded as it was called then, and the rollout's
/// folder may have been moved since, or named from another folder.
fn below(data: &Path, folder: &Path) -> Option<PathBuf> {
    let mut parts = folder.components().rev();
    let (Some(Component::Normal(phase)), Some(Component::Normal(rollback))) = (parts.next(), parts.next()) else {
        return None;
    };
    let path = data.join(parts.next().filter(|part| part.as_os_str() == "evidence")?).join(rollback).join(phase);
    fs::symlink_metadata(&path).is_ok_and(|found| found.is_dir()).then_some(path)
}
