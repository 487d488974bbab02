//! The product's checkout: real repositories, made for each test.

#[path = "support/mod.rs"]
mod support;

use std::{fs, path::Path, process};

use gonogo::{checkout::Checkout, fault::FaultKind, judge::Tree};
use tempfile::TempDir;

/// Whether these tests can be made; a loud line where they cannot.
fn can() -> bool {
    let there = support::installed("git").is_some();
    if !there {
        support::missing("git");
    }
    there
}

/// A repository of its own, whatever git is configured to on this machine.
struct Repository(TempDir);

impl Repository {
    fn empty() -> Self {
        let repository = Self(tempfile::tempdir().unwrap());
        repository.git(&["init", "-q", "-b", "main", "."]);
        repository
    }

    /// One commit with one file.
    fn with_a_commit() -> Self {
        let repository = Self::empty();
        repository.write("code", "one");
        repository.commit("first");
        repository
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn git(&self, arguments: &[&str]) -> String {
        let mut command = process::Command::new("git");
        command.arg("-C").arg(self.path()).args(["-c", "protocol.file.allow=always", "-c", "commit.gpgsign=false"]);
        command.args(arguments).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        for (role, name) in [("AUTHOR", "Ann"), ("COMMITTER", "Ann")] {
            command.env(format!("GIT_{role}_NAME"), name).env(format!("GIT_{role}_EMAIL"), "ann@example.com");
        }
        let output = command.output().expect("git runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn checkout(&self) -> Checkout {
        Checkout::at(self.path())
    }
}

fn dirty(tree: Tree) -> (Vec<String>, usize) {
    match tree {
        Tree::Dirty { mut files, count } => {
            files.sort();
            (files, count)
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_name_of_a_commit_gives_its_sha_in_full() {
    if !can() {
        return;
    }
    let repository = Repository::with_a_commit();
    let first = repository.git(&["rev-parse", "HEAD"]);
    repository.git(&["tag", "-a", "v1", "-m", "annotated"]);
    repository.write("code", "two");
    let second = repository.commit("second");
    let checkout = repository.checkout();
    assert_eq!(checkout.head().await, Ok(second.clone()));
    for (name, want) in [
        ("main", &second),
        ("v1", &first),
        ("refs/tags/v1", &first),
        ("HEAD~1", &first),
        (&first[..12], &first),
        (&first.to_ascii_uppercase(), &first),
    ] {
        assert_eq!(checkout.commit(name).await.as_ref(), Ok(want), "{name}");
    }
    // Nothing is on a branch any more.
    repository.git(&["checkout", "-q", "--detach", "v1"]);
    assert_eq!(checkout.head().await, Ok(first.clone()));
    // From a folder below, it is the same repository.
    fs::create_dir(repository.path().join("below")).unwrap();
    assert_eq!(Checkout::at(&repository.path().join("below")).head().await, Ok(first));
}

#[tokio::test]
async fn a_name_that_stands_for_no_commit_is_refused_and_is_never_an_option() {
    if !can() {
        return;
    }
    let repository = Repository::with_a_commit();
    for name in ["", " ", "-h", "--help", "--all", "main\n--all", "a\u{1b}[2J", "nowhere", "HEAD:code", "main..main"] {
        let fault = repository.checkout().commit(name).await.expect_err(name);
        assert_eq!(fault.kind, FaultKind::Configuration, "{name:?}");
        assert!(!fault.to_string().contains(['\n', '\u{1b}']), "{fault}");
    }
    let fault = repository.checkout().commit("nowhere").await.unwrap_err();
    assert!(fault.what.starts_with("nowhere is no commit in "), "{fault}");
    let blob = repository.git(&["rev-parse", "HEAD:code"]);
    assert!(repository.checkout().commit(&blob).await.is_err(), "an object that is no commit");
}

#[tokio::test]
async fn what_is_no_repository_or_has_no_commit_gives_none() {
    if !can() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let nothing = Checkout::at(folder.path());
    assert!(nothing.head().await.is_err());
    assert!(matches!(nothing.tree().await, Tree::Unknown { .. }));
    let missing = Checkout::at(&folder.path().join("none"));
    assert!(missing.head().await.is_err());
    assert!(matches!(missing.tree().await, Tree::Unknown { .. }));

    let empty = Repository::empty();
    assert!(empty.checkout().head().await.is_err(), "no commit yet");
    assert_eq!(empty.checkout().tree().await, Tree::Clean);

    let bare = Repository(tempfile::tempdir().unwrap());
    let origin = Repository::with_a_commit();
    bare.git(&["clone", "-q", "--bare", &origin.path().display().to_string(), "."]);
    assert_eq!(bare.checkout().head().await, Ok(origin.git(&["rev-parse", "HEAD"])));
    assert!(matches!(bare.checkout().tree().await, Tree::Unknown { .. }), "nothing is checked out");
}

#[tokio::test]
async fn the_tree_is_clean_only_as_long_as_it_is_the_commit() {
    if !can() {
        return;
    }
    let repository = Repository::empty();
    repository.write(".gitignore", "built\n");
    repository.write("code", &"line\n".repeat(20));
    repository.commit("first");
    let checkout = repository.checkout();
    repository.write("built", "ignored");
    assert_eq!(checkout.tree().await, Tree::Clean);

    repository.write("new", "untracked");
    assert_eq!(dirty(checkout.tree().await), (vec!["new".to_owned()], 1));
    repository.git(&["add", "new"]);
    assert_eq!(dirty(checkout.tree().await), (vec!["new".to_owned()], 1), "staged");
    repository.commit("second");
    assert_eq!(checkout.tree().await, Tree::Clean);

    repository.write("new", "modified");
    assert_eq!(dirty(checkout.tree().await), (vec!["new".to_owned()], 1));
    repository.git(&["mv", "code", "moved"]);
    assert_eq!(dirty(checkout.tree().await), (vec!["moved".to_owned(), "new".to_owned()], 2), "a rename is one file");
    fs::remove_file(repository.path().join("new")).unwrap();
    assert_eq!(dirty(checkout.tree().await).1, 2);
}

#[tokio::test]
async fn what_differs_is_told_whatever_git_is_configured_to_hide() {
    if !can() {
        return;
    }
    let module = Repository::with_a_commit();
    let repository = Repository::with_a_commit();
    repository.git(&["submodule", "add", "-q", &module.path().display().to_string(), "module"]);
    repository.commit("with a submodule");
    let checkout = repository.checkout();
    assert_eq!(checkout.tree().await, Tree::Clean);
    for (setting, value) in
        [("status.showUntrackedFiles", "no"), ("diff.ignoreSubmodules", "all"), ("submodule.module.ignore", "all")]
    {
        repository.git(&["config", setting, value]);
    }
    fs::write(repository.path().join("module/code"), "changed").unwrap();
    assert_eq!(dirty(checkout.tree().await), (vec!["module".to_owned()], 1));
    repository.write("new", "untracked");
    assert_eq!(dirty(checkout.tree().await).1, 2);
}

#[tokio::test]
async fn many_files_are_counted_and_strange_names_are_harmless() {
    if !can() {
        return;
    }
    let repository = Repository::with_a_commit();
    repository.write("a\u{1b}[2J\nb", "untracked");
    let (files, count) = dirty(repository.checkout().tree().await);
    assert_eq!(count, 1);
    assert!(!files[0].contains(['\u{1b}', '\n']), "{files:?}");
    for n in 0..30 {
        repository.write(&format!("file{n}"), "untracked");
    }
    let (files, count) = dirty(repository.checkout().tree().await);
    assert_eq!((files.len(), count), (20, 31));
}

#[tokio::test]
async fn what_git_was_told_not_to_look_at_is_not_taken_for_clean() {
    if !can() {
        return;
    }
    let repository = Repository::with_a_commit();
    for (told, taken_back) in
        [("--assume-unchanged", "--no-assume-unchanged"), ("--skip-worktree", "--no-skip-worktree")]
    {
        repository.git(&["update-index", told, "code"]);
        repository.write("code", "changed unseen");
        let tree = repository.checkout().tree().await;
        assert!(
            matches!(&tree, Tree::Unknown { why } if why == "git was told not to look at code"),
            "{told}: {tree:?}"
        );
        repository.git(&["update-index", taken_back, "code"]);
        assert_eq!(dirty(repository.checkout().tree().await), (vec!["code".to_owned()], 1));
        repository.git(&["checkout", "-q", "code"]);
        assert_eq!(repository.checkout().tree().await, Tree::Clean);
    }
    // What is not there cannot differ: a sparse checkout leaves it out.
    repository.git(&["update-index", "--skip-worktree", "code"]);
    fs::remove_file(repository.path().join("code")).unwrap();
    assert_eq!(repository.checkout().tree().await, Tree::Clean);
}

#[tokio::test]
async fn a_file_that_was_renamed_and_only_announced_counts_once() {
    if !can() {
        return;
    }
    let repository = Repository::with_a_commit();
    fs::rename(repository.path().join("code"), repository.path().join("new")).unwrap();
    repository.git(&["add", "--intent-to-add", "new"]);
    assert_eq!(dirty(repository.checkout().tree().await), (vec!["new".to_owned()], 1));
}
