//! Of a git that is no use; tests/checkout.rs has the real one.

use super::*;

#[tokio::test]
async fn a_git_that_is_not_there_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let checkout = Checkout::at(folder.path()).asking(&folder.path().join("no git here"));
    let fault = checkout.head().await.unwrap_err();
    assert!(fault.what.starts_with("git could not be run: "), "{fault}");
    assert_eq!(fault.next, "install git, or give a SHA");
    assert!(matches!(checkout.tree().await, Tree::Unknown { why } if why.starts_with("git could not be run")));
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_git_that_hangs_is_not_waited_for() {
    use std::{fs, os::unix::fs::PermissionsExt};

    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("hangs");
    fs::write(&script, "#!/bin/sh\nexec sleep 600\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let fault = Checkout::at(folder.path()).asking(&script).head().await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Timeout, "{fault}");
    assert!(fault.what.starts_with("git did not answer about "), "{fault}");
}
