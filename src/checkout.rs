//! The product's checkout: which commit is checked out, and whether it is that commit and nothing else. Asks git.

use std::{
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};

use tokio::{process::Command, time::timeout};

use crate::{
    fault::{Fault, FaultKind},
    judge::Tree,
    text::clean,
};

/// How long git may take: the folder may be on a disk that hangs.
const LIMIT: Duration = Duration::from_secs(10);
/// So many files that differ are named.
const NAMED: usize = 20;
/// Variables by which a hook of git's own, which may have started this, would have another repository looked at.
const ELSEWHERE: [&str; 5] = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_NAMESPACE"];

/// What differs from the commit: also what is not tracked, and what submodules have of their own, whatever git is
/// configured to leave out.
const STATUS: &[&str] = &["status", "--porcelain=v1", "-z", "--untracked-files=normal", "--ignore-submodules=none"];

/// Every file of the commit, with a letter before it: a small one, or an S, where git was told not to look at it.
const LETTERS: &[&str] = &["ls-files", "-v", "-z", "--", ":/"];

/// A folder that git knows.
#[derive(Debug, Clone)]
pub struct Checkout {
    root: PathBuf,
    program: PathBuf,
}

impl Checkout {
    /// The checkout in this folder. Nothing is asked yet.
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned(), program: PathBuf::from("git") }
    }

    /// Asks another program than the git that is installed.
    #[cfg(test)]
    fn asking(self, program: &Path) -> Self {
        Self { program: program.to_owned(), ..self }
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The commit that is checked out, in full.
    ///
    /// # Errors
    /// Where there is no git, no checkout or no commit, or git does not answer in time.
    pub async fn head(&self) -> Result<String, Fault> {
        self.commit("HEAD").await
    }

    /// The commit that `name` stands for, in full: a SHA, an abbreviated one, a tag, a branch.
    ///
    /// # Errors
    /// Where it stands for none here, or for several; else as for [`Self::head`].
    pub async fn commit(&self, name: &str) -> Result<String, Fault> {
        let named = clean(name);
        // What begins with a dash would be an option.
        if named != name || name.starts_with('-') || name.trim().is_empty() {
            return Err(self.fault(&format!("{named:?} names no commit"), "give its SHA"));
        }
        let name = format!("{name}^{{commit}}");
        let output = self.git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &name]).await?;
        let sha = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let whole = sha.len() >= 40 && sha.bytes().all(|byte| byte.is_ascii_hexdigit());
        if output.status.success() && whole {
            return Ok(sha);
        }
        let said = clean(String::from_utf8_lossy(&output.stderr).trim());
        let why = if said.is_empty() { String::new() } else { format!(": {said}") };
        Err(self.fault(&format!("{named} is no commit in {}{why}", self.shown()), "fetch it, or give another one"))
    }

    /// Whether what is there is the commit and nothing else. Files that git ignores are not looked at.
    pub async fn tree(&self) -> Tree {
        let text = match self.said(STATUS).await {
            Ok(text) => text,
            Err(why) => return Tree::Unknown { why },
        };
        let mut entries = text.split('\0').filter(|entry| !entry.is_empty());
        let (mut files, mut count) = (Vec::new(), 0);
        while let Some(entry) = entries.next() {
            count += 1;
            if files.len() < NAMED {
                files.push(clean(entry.get(3..).unwrap_or(entry)));
            }
            // The name before a rename is an entry of its own.
            if entry.chars().take(2).any(|state| matches!(state, 'R' | 'C')) {
                entries.next();
            }
        }
        if count > 0 {
            return Tree::Dirty { files, count };
        }
        match self.not_looked_at().await {
            Ok(files) if files.is_empty() => Tree::Clean,
            Ok(files) => Tree::Unknown { why: format!("git was told not to look at {}", files.join(", ")) },
            Err(why) => Tree::Unknown { why },
        }
    }

    /// Some of the files that are there and would differ unseen. What a sparse checkout leaves out is not there.
    async fn not_looked_at(&self) -> Result<Vec<String>, String> {
        let text = self.said(LETTERS).await?;
        let unseen = text.split('\0').filter_map(|entry| entry.split_once(' ')).filter(|(letter, name)| {
            let assumed = letter.chars().all(|letter| letter.is_ascii_lowercase());
            assumed || (*letter == "S" && self.root.join(name).symlink_metadata().is_ok())
        });
        Ok(unseen.map(|(_, name)| clean(name)).take(NAMED).collect())
    }

    /// What git answers; else why it does not.
    async fn said(&self, arguments: &[&str]) -> Result<String, String> {
        match self.git(arguments).await {
            Ok(output) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            Ok(output) => Err(format!("git says: {}", clean(String::from_utf8_lossy(&output.stderr).trim()))),
            Err(fault) => Err(fault.what),
        }
    }

    async fn git(&self, arguments: &[&str]) -> Result<Output, Fault> {
        let mut command = Command::new(&self.program);
        // A monitor of the file system is a program that the repository names: this only looks.
        command.arg("-C").arg(&self.root).args(["-c", "core.fsmonitor=false"]).args(arguments);
        command.stdin(Stdio::null()).kill_on_drop(true);
        ELSEWHERE.iter().for_each(|variable| _ = command.env_remove(variable));
        // Neither a question nor a lock: this only looks.
        command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_OPTIONAL_LOCKS", "0");
        match timeout(LIMIT, command.output()).await {
            Ok(Ok(output)) => Ok(output),
            Ok(Err(error)) => Err(self.fault(&format!("git could not be run: {error}"), "install git, or give a SHA")),
            Err(_) => {
                let what = format!("git did not answer about {} within {} s", self.shown(), LIMIT.as_secs());
                Err(Fault { kind: FaultKind::Timeout, ..self.fault(&what, "check the disk") })
            }
        }
    }

    fn fault(&self, what: &str, next: &str) -> Fault {
        Fault::new(FaultKind::Configuration, what, next)
    }

    fn shown(&self) -> String {
        clean(&self.root.display().to_string())
    }
}

#[cfg(test)]
mod tests;
