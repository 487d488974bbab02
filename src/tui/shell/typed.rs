//! A path as somebody types it, where no shell has read it first.

use std::path::{Path, PathBuf};

use directories::BaseDirs;

/// The file that is meant: `~/` at its beginning is the home folder.
pub(super) fn path(typed: &str) -> PathBuf {
    below(typed, BaseDirs::new().as_ref().map(BaseDirs::home_dir))
}

/// Where nobody knows the home folder it is taken as it is, and is then not found.
fn below(typed: &str, home: Option<&Path>) -> PathBuf {
    match (typed.strip_prefix("~/"), home) {
        // What follows stays below it: an absolute path would take its place.
        (Some(rest), Some(home)) => home.join(rest.trim_start_matches('/')),
        _ => PathBuf::from(typed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilde_is_the_home_folder_at_the_beginning_and_nowhere_else() {
        let home = Path::new("/home/ann");
        for (typed, meant) in [
            ("~/upload.log", "/home/ann/upload.log"),
            ("~//etc/passwd", "/home/ann/etc/passwd"),
            ("~bob/upload.log", "~bob/upload.log"),
            ("logs/~/upload.log", "logs/~/upload.log"),
            ("/tmp/upload.log", "/tmp/upload.log"),
            ("./~/upload.log", "./~/upload.log"),
        ] {
            assert_eq!(below(typed, Some(home)), Path::new(meant), "{typed}");
        }
        assert_eq!(below("~/upload.log", None), Path::new("~/upload.log"));
    }

    #[test]
    fn the_home_folder_is_that_of_whoever_runs_it() {
        let home = BaseDirs::new().expect("a home").home_dir().to_owned();
        assert_eq!(path("~/upload.log"), home.join("upload.log"));
    }
}
