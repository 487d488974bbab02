//! What was kept below `evidence/` on this machine.

use std::{collections::BTreeMap, fs, io, path::Path};

use super::{manifest::Missing, named::Named, path};

/// Folders within folders; nothing that gonogo keeps lies deeper.
const DEEPEST: usize = 16;

/// Everything there is below `data/evidence`, as paths from `data`; and what is not to be put into a bundle.
pub(super) fn files(data: &Path) -> (Vec<String>, Vec<Missing>) {
    let (mut files, mut missing) = (Vec::new(), Vec::new());
    let evidence = data.join("evidence");
    // Asked of the name itself: a link would lead elsewhere.
    match fs::symlink_metadata(&evidence) {
        Ok(found) if found.is_dir() => walk(data, "evidence", 0, &mut files, &mut missing),
        Ok(_) => missing.push(left_out("evidence", "it is no folder".to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => missing.push(left_out("evidence", error.to_string())),
    }
    files.sort();
    (files, missing)
}

fn walk(data: &Path, folder: &str, depth: usize, files: &mut Vec<String>, missing: &mut Vec<Missing>) {
    if depth > DEEPEST {
        missing.push(left_out(folder, "its folders are too deep".to_owned()));
        return;
    }
    let entries = match fs::read_dir(data.join(folder)) {
        Ok(entries) => entries,
        Err(error) => return missing.push(left_out(folder, error.to_string())),
    };
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                missing.push(left_out(folder, error.to_string()));
                continue;
            }
        };
        let name = entry.file_name();
        let path = format!("{folder}/{}", crate::text::clean(&name.to_string_lossy()));
        let why = match entry.file_type() {
            Err(error) => error.to_string(),
            Ok(_) if name.to_string_lossy().starts_with('.') => "it was still being written".to_owned(),
            Ok(_) if !name.to_str().is_some_and(path::is_safe) => "its name is not one that gonogo gives".to_owned(),
            Ok(kind) if kind.is_dir() => {
                walk(data, &path, depth + 1, files, missing);
                continue;
            }
            Ok(kind) if !kind.is_file() => "it is a link or a device, not a file".to_owned(),
            Ok(_) => {
                files.push(path);
                continue;
            }
        };
        missing.push(left_out(&path, why));
    }
}

fn left_out(what: &str, why: String) -> Missing {
    Missing { what: what.to_owned(), why, entry: None }
}

/// What a file is, by what the log says of it or of the folder that it is in; and the entries that say so.
pub(super) fn told(path: &str, named: &BTreeMap<String, Named>) -> (String, Vec<u64>) {
    if let Some(named) = named.get(path) {
        return (named.what.clone(), named.entries.clone());
    }
    let list = |folder: &str| named.get(&format!("{folder}/{}", super::SUMS)).filter(|named| named.folder);
    match path::folders(path).find_map(list) {
        Some(folder) => (folder.what.clone(), folder.entries.clone()),
        None => ("kept evidence that no entry speaks of".to_owned(), Vec::new()),
    }
}
