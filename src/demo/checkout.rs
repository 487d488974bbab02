//! The product's checkout of a demo: a real repository with the candidate and the fix in it, and a `pnpm` that runs the
//! gate as the product's does.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::unwritable;
use crate::{
    clock::Clock,
    fault::{Fault, FaultKind},
};

/// The commit that a demo rolls out where nobody names another. It is what [`make`] commits: contents, author and dates
/// are fixed, and so is the SHA.
pub const CANDIDATE: &str = "018e611f3e6254449f056a8f0c610c0e213926cc";
/// The commit that has the fix, on top of it.
pub const FIX: &str = "5eedf1cb292d05ccd02e72b605a7c86e565196b7";

/// When the candidate was committed, in seconds since the epoch.
const BEGAN: u64 = 1_767_600_000;

const PACKAGE: &str = r#"{
  "name": "product",
  "private": true,
  "scripts": {
    "qaVfsSecureUpload": "tsx scripts/qaVfsSecureUpload.ts",
    "qaVfsSecureUploadEvidence": "tsx scripts/qaVfsSecureUpload.ts --report-json"
  }
}
"#;
const BEFORE: &str = "export const mayRetryAttach = () => true;\n";
const AFTER: &str = "export const mayRetryAttach = (reconciled: number, wanted: number) => reconciled >= wanted;\n";

/// The tool; `@...@` stand for what differs from demo to demo.
const TOOL: &str = include_str!("pnpm.sh");

/// The product's checkout of a demo that lives in `dir`.
pub fn checkout_path(dir: &Path) -> PathBuf {
    dir.join("checkout")
}

/// Where the product's tools are in a demo that lives in `dir`.
pub fn bin_path(dir: &Path) -> PathBuf {
    dir.join("bin")
}

/// Checks that the fleet has shown to fail, a line each: commit and id.
fn failing_path(dir: &Path) -> PathBuf {
    dir.join("failing-checks")
}

/// Makes the checkout, the candidate checked out, and the tool. Blocking; takes some tenths of a second.
///
/// # Errors
/// Where there is no git, or the folder cannot be written.
pub fn make(dir: &Path, clock: Clock) -> Result<(), Fault> {
    tool(dir, clock).map_err(|error| unwritable(&bin_path(dir), &error))?;
    let root = checkout_path(dir);
    let write = |name: &str, text: &str| {
        let path = root.join(name);
        let folder = path.parent().unwrap_or(&root);
        fs::create_dir_all(folder).and_then(|()| fs::write(&path, text)).map_err(|error| unwritable(&path, &error))
    };
    write("package.json", PACKAGE)?;
    write("src/attach.ts", BEFORE)?;
    git(&root, BEGAN, &["init", "-q", "."])?;
    let commit = |at: u64, parent: Option<&str>, subject: &str, change: &str| {
        git(&root, at, &["add", "."])?;
        let tree = git(&root, at, &["write-tree"])?;
        let mut arguments = vec!["commit-tree", &tree, "-m", subject, "-m", change];
        arguments.extend(parent.into_iter().flat_map(|parent| ["-p", parent]));
        git(&root, at, &arguments)
    };
    let candidate = commit(BEGAN, None, "Upload through the encrypted envelope", "Change: 0014550616")?;
    write("src/attach.ts", AFTER)?;
    let subject = "Retry an attach only after the reconcile state has advanced";
    let fix = commit(1_767_700_000, Some(&candidate), subject, "Change: 0235931653")?;
    if (candidate.as_str(), fix.as_str()) != (CANDIDATE, FIX) {
        let what = format!("the demo's commits came out as {candidate} and {fix}");
        return Err(Fault::new(FaultKind::File, what, "the gate cannot be run in this demo"));
    }
    git(&root, BEGAN, &["update-ref", "refs/heads/main", FIX])?;
    git(&root, BEGAN, &["checkout", "-q", "-f", "--detach", CANDIDATE]).map(drop)
}

/// The team has its fix: the checkout moves to it. Where there is no checkout, there is none to move.
pub(super) fn land_fix(dir: &Path) {
    let root = checkout_path(dir);
    if root.join(".git").exists()
        && let Err(fault) = git(&root, BEGAN, &["checkout", "-q", "--detach", FIX])
    {
        tracing::warn!(%fault, "the demo's fix did not land");
    }
}

/// The fleet shows that this check does not hold on the candidate: from here on the gate finds it, too.
pub(super) fn reveal(dir: &Path, check: &str) -> Result<(), Fault> {
    let path = failing_path(dir);
    let fails = format!("{CANDIDATE} {check}\n");
    match fs::read_to_string(&path) {
        Ok(text) if text == fails => Ok(()),
        _ => fs::write(&path, fails).map_err(|error| unwritable(&path, &error)),
    }
}

/// The clock was put forward: from here on the tool tells the time by it. Not where there is no tool yet.
pub(super) fn put_forward(dir: &Path, clock: Clock) -> Result<(), Fault> {
    match bin_path(dir).join("pnpm").exists() {
        true => tool(dir, clock).map_err(|error| unwritable(&bin_path(dir), &error)),
        false => Ok(()),
    }
}

fn tool(dir: &Path, clock: Clock) -> io::Result<()> {
    let speed = match clock {
        Clock::System | Clock::Set(_) => 1.0,
        Clock::Simulated { speed, .. } => speed,
    };
    let text = TOOL
        .replace("@SHOWN@", &format!("{}", clock.now().timestamp()))
        .replace("@REAL@", &format!("{}", Clock::System.now().timestamp()))
        .replace("@SPEED@", &format!("{speed}"))
        .replace("@FAILING@", &failing_path(dir).display().to_string().replace('\'', r"'\''"));
    let path = bin_path(dir).join("pnpm");
    fs::create_dir_all(bin_path(dir))?;
    // A run that has begun goes on with the tool that it began with.
    let mut new = tempfile::NamedTempFile::new_in(bin_path(dir))?;
    new.write_all(text.as_bytes())?;
    #[cfg(unix)]
    fs::set_permissions(new.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    new.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

/// What git answers, in a world of its own: no configuration of whoever runs the demo, and always the same author.
fn git(root: &Path, at: u64, arguments: &[&str]) -> Result<String, Fault> {
    let failed = |why: String| {
        let what = format!("the demo's checkout could not be made: git {}: {why}", arguments[0]);
        Fault::new(FaultKind::File, what, "install git to run the gate in the demo")
    };
    let mut command = Command::new("git");
    command.arg("-C").arg(root).args(["-c", "init.defaultBranch=main"]).args(arguments).stdin(Stdio::null());
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"] {
        command.env_remove(variable);
    }
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_DEFAULT_HASH", "sha1");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "Product Team").env(format!("GIT_{who}_EMAIL"), "team@product.example");
        command.env(format!("GIT_{who}_DATE"), format!("{at} +0000"));
    }
    let output = command.output().map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commits_are_always_the_same_and_the_fix_lands() {
        if Command::new("git").arg("--version").output().is_err() {
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        make(dir.path(), Clock::System).unwrap();
        let head = || git(&checkout_path(dir.path()), BEGAN, &["rev-parse", "HEAD"]).unwrap();
        assert_eq!(head(), CANDIDATE);
        assert_eq!(git(&checkout_path(dir.path()), BEGAN, &["status", "--porcelain"]).unwrap(), "");
        land_fix(dir.path());
        assert_eq!(head(), FIX);

        let gate = |report: &Path| {
            let mut command = Command::new(bin_path(dir.path()).join("pnpm"));
            command.args(["qaVfsSecureUpload", "--report-json"]).arg(report).env("GITHUB_SHA", CANDIDATE);
            let output = command.output().unwrap();
            let run = crate::qa::read_qa_file(report).unwrap();
            (output.status.code(), run)
        };
        let report = dir.path().join("report.json");
        let (code, run) = gate(&report);
        assert_eq!((code, run.candidate.as_str(), run.all_passed, run.checks.len()), (Some(0), CANDIDATE, true, 4));
        assert!(run.odd.is_empty() && run.completed_at.unwrap() >= run.started_at);
        reveal(dir.path(), "api-client-crypto").unwrap();
        let (code, run) = gate(&report);
        let statuses: Vec<&str> = run.checks.iter().map(|check| check.status.as_str()).collect();
        assert_eq!((code, run.all_passed, statuses), (Some(1), false, vec!["pass", "fail", "skipped", "skipped"]));
    }
}
