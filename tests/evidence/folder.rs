//! The folders themselves.

use std::{fs, path::Path, process::Command};

use gonogo::{
    audit::Phase,
    evidence::{verify, write},
    telemetry::Exhibit,
};

fn file(name: &str, bytes: impl AsRef<[u8]>) -> Exhibit {
    Exhibit { name: name.to_owned(), note: String::new(), bytes: bytes.as_ref().to_vec() }
}

/// As an auditor checks it, with nothing of gonogo's.
pub fn sha256sum(folder: &Path) -> bool {
    let check =
        Command::new("sha256sum").args(["--strict", "--quiet", "-c", "SHA256SUMS"]).current_dir(folder).output();
    check.expect("sha256sum is there").status.success()
}

#[test]
fn a_folder_is_whole_private_and_checked_by_sha256sum() {
    let data = tempfile::tempdir().unwrap();
    let files = [file("manifest.json", "{}"), file("queries/01-x.answer", [0, 255, 10]), file("empty", "")];
    let written = write(data.path(), "ab12", Phase::AtOnce, &files).unwrap();
    assert_eq!(written.folder, data.path().join("evidence/rollback-ab12/at-once"));
    assert_eq!((written.files, verify(&written.folder).unwrap()), (3, 3));
    assert!(sha256sum(&written.folder));
    assert_eq!(fs::read(written.folder.join("queries/01-x.answer")).unwrap(), [0, 255, 10]);
    let sums = fs::read(written.folder.join("SHA256SUMS")).unwrap();
    assert_eq!(gonogo::fingerprint::sha256(sums), written.digest);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = &written.folder;
        assert_eq!((mode(folder), mode(&folder.join("queries"))), (0o700, 0o700));
        assert_eq!((mode(&folder.join("manifest.json")), mode(&folder.join("SHA256SUMS"))), (0o600, 0o600));
    }
}

#[test]
fn nothing_is_ever_overwritten() {
    let data = tempfile::tempdir().unwrap();
    let parent = data.path().join("evidence/rollback-ab12");
    for (number, name) in ["at-once", "at-once-2", "at-once-3"].iter().enumerate() {
        let written = write(data.path(), "ab12", Phase::AtOnce, &[file("n", number.to_string())]).unwrap();
        assert_eq!(written.folder, parent.join(name));
    }
    // Whatever stands there, not only a folder.
    fs::write(parent.join("at-the-end"), "a file").unwrap();
    let written = write(data.path(), "ab12", Phase::AtTheEnd, &[file("n", "x")]).unwrap();
    assert_eq!(written.folder, parent.join("at-the-end-2"));
    assert_eq!(fs::read_to_string(parent.join("at-the-end")).unwrap(), "a file");
    for (number, name) in ["at-once", "at-once-2", "at-once-3"].iter().enumerate() {
        assert_eq!(fs::read_to_string(parent.join(name).join("n")).unwrap(), number.to_string());
        assert!(sha256sum(&parent.join(name)));
    }
    let left: Vec<_> = fs::read_dir(&parent).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 5, "nothing is left aside: {left:?}");
}

type Meddle = fn(&Path);

#[test]
fn what_was_changed_removed_or_added_is_found() {
    let data = tempfile::tempdir().unwrap();
    let meddle: [(&str, Meddle); 4] = [
        ("a was changed", |folder| fs::write(folder.join("a"), "2").unwrap()),
        ("a:", |folder| fs::remove_file(folder.join("a")).unwrap()),
        ("q/new is not listed", |folder| fs::write(folder.join("q/new"), "x").unwrap()),
        ("SHA256SUMS:", |folder| fs::remove_file(folder.join("SHA256SUMS")).unwrap()),
    ];
    for (found, meddle) in meddle {
        let files = [file("a", "1"), file("q/b", "1")];
        let folder = write(data.path(), "ab12", Phase::AtOnce, &files).unwrap().folder;
        assert_eq!(verify(&folder).unwrap(), 2);
        meddle(&folder);
        let fault = verify(&folder).unwrap_err();
        assert!(fault.what.contains(found), "{fault}");
    }
}

#[test]
fn names_from_outside_stay_below_the_folder() {
    let data = tempfile::tempdir().unwrap();
    let files = [
        file("../../../escaped", "1"),
        file("/etc/x", "2"),
        file("same", "3"),
        file("same", "4"),
        file("SHA256SUMS", "5"),
    ];
    let written = write(&data.path().join("d"), "../../up", Phase::AtOnce, &files).unwrap();
    assert!(written.folder.canonicalize().unwrap().starts_with(data.path().join("d/evidence").canonicalize().unwrap()));
    assert_eq!(verify(&written.folder).unwrap(), 5);
    assert!(sha256sum(&written.folder));
    let beside: Vec<_> = fs::read_dir(data.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside, ["d"]);
}

#[test]
fn a_folder_that_cannot_be_written_leaves_nothing_behind() {
    let data = tempfile::tempdir().unwrap();
    fs::write(data.path().join("evidence"), "in the way").unwrap();
    assert!(write(data.path(), "ab12", Phase::AtOnce, &[file("a", "1")]).is_err());
    fs::remove_file(data.path().join("evidence")).unwrap();
    assert!(write(data.path(), "ab12", Phase::AtOnce, &[file("a", "1")]).is_ok());
}
