//! Files that people attach: read once, whole, and only where they are what they seem.

use std::{
    fs::{self, File, Metadata},
    io::{self, Read},
    path::Path,
};

use crate::{
    fault::{Fault, FaultKind},
    text::clean,
};

/// No larger file is attached.
pub const MOST_BYTES: u64 = 64 << 20;
/// Of a longer name the end is kept, where its extension is.
const LONGEST: usize = 120;

/// A file as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name, harmless.
    pub name: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// Reads a regular file of at most [`MOST_BYTES`]. Blocking.
///
/// # Errors
/// Where it is no regular file, larger, empty, cannot be read, or changed while it was read.
pub fn read(path: &Path) -> Result<Source, Fault> {
    let shown = clean(&path.display().to_string());
    let wrong = |why: String, next: &str| Fault::new(FaultKind::File, format!("{shown} {why}"), next);
    let failed = |error: io::Error| wrong(format!("cannot be read: {error}"), "check the path and who may read it");
    // Before it is opened: opening a pipe would wait for its writer.
    let before = fs::metadata(path).map_err(failed)?;
    if !before.is_file() {
        let what = if before.is_dir() { "is a folder" } else { "is a pipe or a device" };
        return Err(wrong(what.to_owned(), "attach a regular file"));
    }
    if before.len() > MOST_BYTES {
        let (size, most) = (before.len() >> 20, MOST_BYTES >> 20);
        return Err(wrong(format!("has {size} MiB; up to {most} MiB are kept"), "attach a link to where it is"));
    }
    let mut file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    (&mut file).take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    let after = fs::metadata(path).and_then(|after| Ok((after, file.metadata()?))).map_err(failed)?;
    let whole = bytes.len() as u64 == before.len();
    if !whole || !same(&before, &after.0) || !same(&before, &after.1) {
        return Err(wrong("changed while it was copied".to_owned(), "attach it once nobody writes to it"));
    }
    if bytes.is_empty() {
        return Err(wrong("is empty".to_owned(), "attach a file that shows something"));
    }
    Ok(Source { name: name(path), bytes })
}

/// Whether nothing says that it is another file, or was written to.
fn same(before: &Metadata, after: &Metadata) -> bool {
    #[cfg(unix)]
    let node = |of: &Metadata| {
        use std::os::unix::fs::MetadataExt;
        (of.dev(), of.ino())
    };
    #[cfg(not(unix))]
    let node = |_: &Metadata| ();
    node(before) == node(after) && before.len() == after.len() && before.modified().ok() == after.modified().ok()
}

fn name(path: &Path) -> String {
    let name = clean(&path.file_name().unwrap_or_default().to_string_lossy());
    let begin = name.char_indices().rev().nth(LONGEST - 1).map_or(0, |(at, _)| at);
    name[begin..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regular_file_is_read_whole_and_its_name_is_cleaned() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a\u{202e}b\n.png");
        fs::write(&path, b"\x89PNG").unwrap();
        assert_eq!(read(&path).unwrap(), Source { name: "ab .png".to_owned(), bytes: b"\x89PNG".to_vec() });
        assert_eq!(name(Path::new(&format!("/x/{}.txt", "ä".repeat(200)))).chars().count(), LONGEST);
    }

    #[test]
    fn anything_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("empty"), "").unwrap();
        File::create(at("large")).unwrap().set_len(MOST_BYTES + 1).unwrap();
        for (path, why) in [
            (folder.path().to_owned(), "is a folder"),
            (at("nothing"), "cannot be read"),
            (at("empty"), "is empty"),
            (at("large"), "has 64 MiB; up to 64 MiB are kept"),
            ("/dev/null".into(), "is a pipe or a device"),
        ] {
            let fault = read(&path).unwrap_err();
            assert!(fault.to_string().contains(why), "{fault}");
        }
    }

    #[test]
    fn a_file_that_was_written_to_is_another_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "one").unwrap();
        let before = fs::metadata(&path).unwrap();
        assert!(same(&before, &fs::metadata(&path).unwrap()));
        fs::write(&path, "three").unwrap();
        assert!(!same(&before, &fs::metadata(&path).unwrap()));
    }
}
