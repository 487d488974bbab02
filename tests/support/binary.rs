//! The binary, run as people run it: in a home of its own, without a terminal, with nothing of whoever runs the tests.
#![allow(dead_code, missing_docs)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

/// A home: configuration, audit log, flag file and whatever else a test puts there.
pub struct Home(TempDir);

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file of this home, and gives its path.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, content).expect("written");
        path.display().to_string()
    }

    /// Where gonogo keeps its state when nothing else is said.
    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gonogo"));
        command.args(arguments).env_clear().env("HOME", self.0.path()).env("TMPDIR", self.0.path());
        command.env("USER", "ann").env("GONOGO_DATA_DIR", self.data()).stdin(Stdio::null());
        command
    }
}

/// How a run of the binary ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
    pub took: Duration,
}

/// Runs to the end, off the runtime's thread: that one may have a stand-in server to drive.
pub async fn run(mut command: Command) -> Ran {
    let began = Instant::now();
    let output = tokio::task::spawn_blocking(move || command.output().expect("gonogo starts")).await.expect("a run");
    let Output { status, stdout, stderr } = output;
    Ran {
        code: status.code().expect("an exit code"),
        out: String::from_utf8(stdout).expect("text"),
        err: String::from_utf8(stderr).expect("text"),
        took: began.elapsed(),
    }
}

impl Ran {
    #[track_caller]
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.out, self.err);
        self
    }

    #[track_caller]
    pub fn told(self, text: &str) -> Self {
        assert!(self.err.contains(text), "{text:?} is not in: {}", self.err);
        self
    }

    #[track_caller]
    pub fn answered(self, text: &str) -> Self {
        assert!(self.out.contains(text), "{text:?} is not in: {}", self.out);
        self
    }

    /// The answer as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {}\n{}", self.out, self.err))
    }
}

/// A folder that no file can be made in, whoever asks: it is below a file.
pub fn unwritable(home: &Home) -> String {
    let file = home.write("file", "");
    Path::new(&file).join("data").display().to_string()
}
