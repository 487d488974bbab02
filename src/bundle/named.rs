//! The files that the audit log speaks of. Pure.

use std::collections::BTreeMap;

use crate::{
    audit::{Entry, Event},
    evidence::phase_name,
    judge::{Attached, KeptFile},
};

/// A file that entries speak of, by its path below the rollout's folder.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Named {
    /// SHA-256, as the entry says.
    pub(super) digest: String,
    /// What it is, in words.
    pub(super) what: String,
    /// The entries that speak of it.
    pub(super) entries: Vec<u64>,
    /// The machine that it was kept on.
    pub(super) host: String,
    /// Whether it is the list of checksums of a folder, and the folder is meant.
    pub(super) folder: bool,
}

/// Every file that the log speaks of, by path.
pub(super) fn named(entries: &[Entry]) -> BTreeMap<String, Named> {
    let mut all = BTreeMap::new();
    for entry in entries {
        match &entry.event {
            Event::QaReported(run) => {
                let ran = run.ran.as_ref();
                let files = [
                    (ran.and_then(|ran| ran.output.as_ref()), "what the automated gate printed"),
                    (ran.and_then(|ran| ran.report.as_ref()), "the report of the automated gate"),
                ];
                for (file, what) in files {
                    file.into_iter().for_each(|file| kept(&mut all, entry, file, what.to_owned()));
                }
            }
            Event::Checked { check, attached: Some(attached), .. } => {
                shown(&mut all, entry, attached, &format!("what shows check {check}"));
            }
            Event::Attached(attachment) => {
                shown(&mut all, entry, &attachment.attached, &format!("evidence for {}", attachment.item));
            }
            Event::DiagnosticsKept { rollback, phase, folder, digest, .. } => {
                // The folder is named as it was called on its machine then.
                let Some(path) = below_evidence(folder) else { continue };
                let what = format!("diagnostics of rollback {rollback}, {}", phase_name(*phase));
                let path = format!("{path}/{}", super::SUMS);
                add(&mut all, entry, path, digest, what, true);
            }
            _ => {}
        }
    }
    all
}

fn shown(all: &mut BTreeMap<String, Named>, entry: &Entry, attached: &Attached, what: &str) {
    match attached {
        Attached::Link { .. } => {}
        Attached::File { file, name } => kept(all, entry, file, format!("{what}: {}", crate::text::clean(name))),
        Attached::Logs { file, lines, source } => {
            let lines = crate::units::plural(*lines, "log line");
            kept(all, entry, file, format!("{what}: {lines} from {}", crate::text::clean(source)));
        }
    }
}

fn kept(all: &mut BTreeMap<String, Named>, entry: &Entry, file: &KeptFile, what: String) {
    add(all, entry, file.path.clone(), &file.digest, what, false);
}

fn add(all: &mut BTreeMap<String, Named>, entry: &Entry, path: String, digest: &str, what: String, folder: bool) {
    let named = Named { digest: digest.to_owned(), what, entries: Vec::new(), host: entry.host.clone(), folder };
    // The same bytes are kept once, whoever speaks of them: the digest is part of a kept file's name.
    all.entry(path).or_insert(named).entries.push(entry.seq);
}

/// `evidence/rollback-ID/PHASE` of a path that ends so.
fn below_evidence(folder: &str) -> Option<String> {
    let parts: Vec<&str> = folder.split(['/', '\\']).collect();
    let [.., "evidence", rollback, phase] = parts.as_slice() else { return None };
    Some(format!("evidence/{rollback}/{phase}"))
}
