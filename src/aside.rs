//! Files that are written aside, made durable, and only then given their name: under it is the whole file, or none.

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

/// No more numbers are tried for one name.
const MOST: usize = 100;

/// What is done where something has the name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfTaken {
    /// The file takes its place.
    Replace,
    /// Nothing: the answer is [`io::ErrorKind::AlreadyExists`].
    Refuse,
    /// The file is called `NAME-2.EXTENSION`, `NAME-3.EXTENSION`, ...
    Number,
}

/// A file without its name yet, for its owner alone. Dropped, it is gone.
#[derive(Debug)]
pub struct Aside {
    file: NamedTempFile,
    place: PathBuf,
}

impl Aside {
    /// A new file, beside the place that it is for. Blocking, as everything here.
    ///
    /// # Errors
    /// When the folder is not there or cannot be written to.
    pub fn of(place: &Path) -> io::Result<Self> {
        let file = tempfile::Builder::new().prefix(".gonogo-").tempfile_in(folder_of(place))?;
        Ok(Self { file, place: place.to_owned() })
    }

    /// The file, to be written.
    pub fn file(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Where it is until it has its name, to be read back.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Makes it durable, gives it its name, and tells which that is.
    ///
    /// # Errors
    /// When that cannot be done. Nothing new is then under the name; unless it is the folder that could not be made
    /// durable, where the file may be there or not once the power went.
    pub fn name(self, if_taken: IfTaken) -> io::Result<PathBuf> {
        let Self { mut file, place } = self;
        file.as_file().sync_all()?;
        for number in 1..=MOST {
            let path = numbered(&place, number);
            let named = match if_taken {
                IfTaken::Replace => file.persist(&path),
                IfTaken::Refuse | IfTaken::Number => file.persist_noclobber(&path),
            };
            match named {
                Ok(_) => {
                    sync_folder(folder_of(&path))?;
                    return Ok(path);
                }
                Err(error) if if_taken == IfTaken::Number && error.error.kind() == io::ErrorKind::AlreadyExists => {
                    file = error.file;
                }
                Err(error) => return Err(error.error),
            }
        }
        let what = format!("{} and {} more of that name are there already", place.display(), MOST - 1);
        Err(io::Error::new(io::ErrorKind::AlreadyExists, what))
    }
}

/// Makes new names in a folder survive a power cut, where the platform and the file system can.
///
/// # Errors
/// When they could and did not.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    match fs::File::open(folder)?.sync_all() {
        // Some network file systems have no such thing.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {}
        synced => return synced,
    }
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

fn folder_of(place: &Path) -> &Path {
    place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// `timeline-2.md` for the second `timeline.md`.
fn numbered(place: &Path, number: usize) -> PathBuf {
    if number == 1 {
        return place.to_owned();
    }
    let mut name = place.file_stem().map_or_else(OsString::new, OsString::from);
    name.push(format!("-{number}"));
    if let Some(extension) = place.extension() {
        name.push(".");
        name.push(extension);
    }
    place.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn put(place: &Path, text: &str, if_taken: IfTaken) -> io::Result<PathBuf> {
        let mut aside = Aside::of(place)?;
        aside.file().write_all(text.as_bytes())?;
        assert_eq!(fs::read_to_string(aside.path())?, text, "it can be read back");
        aside.name(if_taken)
    }

    #[test]
    fn a_name_that_is_taken_is_replaced_refused_or_numbered() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("timeline.v1.md");
        let text = |path: &Path| fs::read_to_string(path).unwrap();
        assert_eq!(put(&place, "one", IfTaken::Refuse).unwrap(), place);
        assert_eq!(put(&place, "two", IfTaken::Refuse).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(text(&place), "one");
        for (number, words) in [(2, "two"), (3, "three")] {
            let numbered = folder.path().join(format!("timeline.v1-{number}.md"));
            assert_eq!(put(&place, words, IfTaken::Number).unwrap(), numbered);
            assert_eq!(text(&numbered), words);
        }
        assert_eq!(put(&place, "four", IfTaken::Replace).unwrap(), place);
        assert_eq!(text(&place), "four");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "nothing is left beside them");
    }

    #[test]
    fn one_without_a_name_leaves_nothing_and_there_is_an_end_to_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("report");
        drop(Aside::of(&place).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        for _ in 0..MOST {
            put(&place, "x", IfTaken::Number).unwrap();
        }
        assert!(folder.path().join("report-100").exists());
        assert_eq!(put(&place, "x", IfTaken::Number).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert!(Aside::of(&folder.path().join("nowhere/report")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn it_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = put(&folder.path().join("report.md"), "x", IfTaken::Replace).unwrap();
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
