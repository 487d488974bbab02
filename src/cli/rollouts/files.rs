//! Which runbooks the arguments name: files as they are, folders for the runbooks in them.

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use clap::CommandFactory;

use crate::{
    cli::{Cli, Exit, Failure},
    runbook::nearest,
    text::clean,
};

/// What only a runbook has at its top.
const OURS: [&str; 5] = ["stage", "signal", "flag", "guardrails", "trigger"];

/// No runbook is larger.
const LARGEST: u64 = 1 << 20;

/// The runbooks, in the order in which they were named, those of a folder by name; each once.
///
/// # Errors
/// Where a folder has none or cannot be read, and where a word is neither a file nor a command. A file that is no sound
/// runbook is found here all the same: what is wrong with it is told in its line.
pub(super) fn runbooks(named: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut found: Vec<PathBuf> = Vec::new();
    for path in named {
        if path.is_dir() {
            found.extend(in_folder(path)?);
        } else if !path.exists() && is_word(path) {
            return Err(no_command(path));
        } else {
            found.push(path.clone());
        }
    }
    let mut known = Vec::new();
    found.retain(|path| {
        let real = real(path);
        let fresh = !known.contains(&real);
        known.push(real);
        fresh
    });
    Ok(found)
}

/// The file behind symbolic links, as far as it can be told.
pub(super) fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn in_folder(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let shown = clean(&folder.display().to_string());
    let entries = fs::read_dir(folder)
        .map_err(|error| Failure::new(Exit::Usage, format!("the folder {shown} cannot be read: {error}")))?;
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| is_meant(path)).collect();
    found.sort();
    match found.is_empty() {
        true => {
            let what =
                format!("there is no runbook in {shown}: a *.toml with a flag and its stages; gonogo runbook show");
            Err(Failure::new(Exit::Usage, what))
        }
        false => Ok(found),
    }
}

/// Whether a file of a folder is a runbook, or is meant to be one: other TOML files are nobody's mistake.
fn is_meant(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    if hidden || path.extension().is_none_or(|extension| extension != "toml") || !path.is_file() {
        return false;
    }
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST).read_to_string(&mut text));
    match (read, text.parse::<toml::Table>()) {
        (Ok(_), Ok(table)) => OURS.iter().any(|key| table.contains_key(*key)),
        // What it is cannot be told; that it cannot be read is told in its line.
        _ => true,
    }
}

/// Whether it looks like a command that was mistyped rather than a path.
fn is_word(path: &Path) -> bool {
    path.extension().is_none() && path.components().count() == 1
}

fn no_command(path: &Path) -> Failure {
    let word = clean(&path.display().to_string());
    let cli = Cli::command();
    let known: Vec<&str> = cli.get_subcommands().map(clap::Command::get_name).collect();
    let choice = nearest::choice(&word, known);
    Failure::new(Exit::Usage, format!("{word:?} is no command, no runbook and no folder; {choice}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_what_is_meant_as_a_runbook_and_each_file_once() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("b.toml", "key = \"b\"\nflag = { key = \"b\" }\n");
        write("a.toml", "[[stage]]\nkey = 1\n");
        write("torn.toml", "key = \"to");
        write("config.toml", "[profiles.p]\nenvironment = \"production\"\n");
        write(".hidden.toml", "[[stage]]\n");
        write("notes.txt", "[[stage]]\n");
        fs::create_dir(folder.path().join("c.toml")).unwrap();
        let again = folder.path().join("b.toml");
        let found = runbooks(&[folder.path().to_owned(), again]).unwrap();
        let names: Vec<_> = found.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["a.toml", "b.toml", "torn.toml"]);
    }

    #[test]
    fn a_mistyped_command_is_told_from_a_missing_file() {
        let failure = runbooks(&[PathBuf::from("statsu")]).unwrap_err();
        assert!(failure.message.contains("did you mean `status`"), "{}", failure.message);
        assert_eq!(runbooks(&[PathBuf::from("nowhere/a.toml")]).unwrap(), [PathBuf::from("nowhere/a.toml")]);
        let empty = tempfile::tempdir().unwrap();
        assert!(runbooks(&[empty.path().to_owned()]).unwrap_err().message.contains("no runbook in"));
    }
}
