//! A file that somebody attaches as evidence: copied beside the loop, hashed, then recorded.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use super::Shell;
use crate::{
    audit::Event,
    evidence,
    fault::{Fault, FaultKind},
    judge::{Attached, Attachment},
    text::clean,
    tui::{record::FileToAttach, update::Msg},
};

/// The largest file that is taken, in bytes.
const LARGEST: u64 = 32 << 20;
/// The folder below the rollout's own in which the copies are.
const FOLDER: &str = "attached";

impl Shell {
    /// Copies a file, and records the copy.
    pub(super) fn attach(&self, file: FileToAttach) {
        let (log, news, data_dir) = (self.appending(), self.news.clone(), self.data_dir.clone());
        tokio::spawn(async move {
            let FileToAttach { item, candidate, path, note } = file;
            let taken = tokio::task::spawn_blocking(move || {
                let Some(data_dir) = data_dir else {
                    let what = "no folder is known to keep the file in";
                    return Err(Fault::new(FaultKind::File, what, "quit and start gonogo again"));
                };
                take(&data_dir, Path::new(&path))
            });
            let taken = taken.await.unwrap_or_else(|_| {
                let what = "the file could not be copied: its reader crashed";
                Err(Fault::new(FaultKind::File, what, "see the log file"))
            });
            let recorded = match taken {
                Ok(attached) => {
                    log.append(Event::Attached(Box::new(Attachment { item, candidate, attached, note }))).await
                }
                Err(fault) => Err(fault),
            };
            // Nobody listens any more once the cockpit is left.
            let _ = news.send(Msg::Recorded(recorded, Vec::new()));
        });
    }
}

/// A copy of the file at `path`, kept below `data`. Blocking.
///
/// # Errors
/// [`FaultKind::File`] where it is no regular file, is empty or too large, or cannot be read or kept.
fn take(data: &Path, path: &Path) -> Result<Attached, Fault> {
    let shown = clean(&path.display().to_string());
    let refused = |why: &str, next: &str| Fault::new(FaultKind::File, format!("{shown} {why}"), next);
    let unreadable = |error: io::Error| refused(&format!("cannot be read: {error}"), "check the path");
    // Before it is opened: opening a pipe would wait for a writer.
    let found = fs::metadata(path).map_err(unreadable)?;
    if !found.is_file() {
        return Err(refused("is not a regular file", "name a file"));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        let next = "attach the part that shows it, or a link";
        return Err(refused(&format!("is larger than {} MiB", LARGEST >> 20), next));
    }
    if bytes.is_empty() {
        return Err(refused("is empty, and shows nothing", "check that it is the right file"));
    }
    let name = clean(&path.file_name().unwrap_or_default().to_string_lossy());
    let file = evidence::keep(data, FOLDER, &name, &bytes)
        .map_err(|error| refused(&format!("could not be kept below {}: {error}", data.display()), "free some space"))?;
    Ok(Attached::File { file, name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_copied_and_what_is_no_evidence_is_refused() {
        let (data, from) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = from.path().join("upload.log");
        fs::write(&path, "ok\n").unwrap();
        let Ok(Attached::File { file, name }) = take(data.path(), &path) else { panic!() };
        fs::remove_file(&path).unwrap();
        assert_eq!((name.as_str(), file.bytes, file.cut), ("upload.log", 3, false));
        assert_eq!(fs::read(data.path().join(&file.path)).unwrap(), b"ok\n");

        let refusal = |path: &Path| take(data.path(), path).unwrap_err().to_string();
        assert!(refusal(&path).contains("cannot be read"));
        assert!(refusal(from.path()).contains("not a regular file"));
        let empty = from.path().join("empty");
        fs::write(&empty, "").unwrap();
        assert!(refusal(&empty).contains("is empty"));
        let huge = from.path().join("huge");
        File::create(&huge).unwrap().set_len(LARGEST + 1).unwrap();
        assert!(refusal(&huge).contains("larger than 32 MiB"));
        assert!(refusal(Path::new("/dev/zero")).contains("not a regular file"));
    }
}
