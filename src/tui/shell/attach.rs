//! A file that somebody attaches to what they record: copied beside the loop, hashed, then recorded.

use std::path::Path;

use super::{Shell, typed};
use crate::{
    evidence,
    fault::{Fault, FaultKind},
    judge::Attached,
    text::clean,
    tui::{record::FileToAttach, update::Msg},
};

impl Shell {
    /// Copies a file, and records the copy.
    pub(super) fn attach(&self, file: FileToAttach) {
        let (log, news, data_dir) = (self.appending(), self.news.clone(), self.data_dir.clone());
        tokio::spawn(async move {
            let FileToAttach { path, shows, candidate, note } = file;
            let folder = shows.folder();
            let taken = tokio::task::spawn_blocking(move || {
                let Some(data_dir) = data_dir else {
                    let what = "no folder is known to keep the file in";
                    return Err(Fault::new(FaultKind::File, what, "quit and start gonogo again"));
                };
                take(&data_dir, &folder, &typed::path(&path))
            });
            let taken = taken.await.unwrap_or_else(|_| {
                let what = "the file could not be copied: its reader crashed";
                Err(Fault::new(FaultKind::File, what, "see the log file"))
            });
            let recorded = match taken {
                Ok(attached) => log.append(shows.event(attached, candidate, note)).await,
                Err(fault) => Err(fault),
            };
            // Nobody listens any more once the cockpit is left.
            let _ = news.send(Msg::Recorded(recorded, Vec::new()));
        });
    }
}

/// A copy of the file at `path`, kept below `data` in this folder of evidence. Blocking.
///
/// # Errors
/// Where it is no file to attach, or could not be kept.
fn take(data: &Path, folder: &str, path: &Path) -> Result<Attached, Fault> {
    let evidence::Source { name, bytes } = evidence::read(path)?;
    let file = evidence::keep(data, folder, &name, &bytes).map_err(|error| {
        let (path, data) = (clean(&path.display().to_string()), clean(&data.display().to_string()));
        let what = format!("{path} could not be kept below {data}: {error}");
        Fault::new(FaultKind::File, what, "check the disk and who may write there")
    })?;
    Ok(Attached::File { file, name })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_copied_and_what_is_none_or_has_no_place_is_refused() {
        let (data, from) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = from.path().join("upload.log");
        fs::write(&path, "ok\n").unwrap();
        let kept = take(data.path(), "check-rekey", &path);
        assert!(take(&path, "check-rekey", &path).unwrap_err().what.contains("could not be kept below"));
        fs::remove_file(&path).unwrap();
        let Ok(Attached::File { file, name }) = kept else { panic!("{kept:?}") };
        assert_eq!((name.as_str(), file.bytes, file.cut), ("upload.log", 3, false));
        assert!(file.path.starts_with("evidence/check-rekey/"), "{}", file.path);
        assert_eq!(fs::read(data.path().join(&file.path)).unwrap(), b"ok\n");
        assert!(take(data.path(), "check-rekey", &path).unwrap_err().what.contains("cannot be read"));
    }
}
