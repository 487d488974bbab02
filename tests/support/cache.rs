//! Programs from npm, which `.ci/run` puts into a folder outside the repository.
#![allow(dead_code, missing_docs)]

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{ChildStdin, ChildStdout, Command, Stdio},
};

use super::support::Running;

/// The `node_modules` with these packages, if they and node are installed.
pub fn node_modules(packages: &[&str]) -> Option<PathBuf> {
    let cache = match std::env::var_os("GONOGO_TEST_CACHE") {
        Some(cache) => PathBuf::from(cache),
        None => PathBuf::from(std::env::var_os("HOME")?).join(".cache/gonogo-ci"),
    };
    let modules = cache.join("node_modules");
    let there = packages.iter().all(|package| modules.join(package).join("package.json").is_file());
    (there && super::support::installed("node").is_some()).then_some(modules)
}

/// Runs a script of `tests/support/node` and gives the JSON that it printed.
pub fn node(modules: &Path, script: &str, input: &serde_json::Value) -> serde_json::Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/node").join(script);
    let mut child = Command::new("node")
        .arg(script)
        .arg(modules)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts");
    child.stdin.take().expect("a pipe").write_all(input.to_string().as_bytes()).expect("node reads");
    let output = child.wait_with_output().expect("node ends");
    assert!(output.status.success(), "the script failed: {}", output.status);
    serde_json::from_slice(&output.stdout).expect("the script prints JSON")
}

/// A script of `tests/support/node` that stays, and answers a line of JSON with one.
pub struct Answering {
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    _process: Running,
}

impl Answering {
    pub fn start(modules: &Path, script: &str) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/node").join(script);
        let mut process =
            Running::start(Command::new("node").arg(script).arg(modules).stdin(Stdio::piped()).stdout(Stdio::piped()));
        let questions = process.0.stdin.take().expect("a pipe");
        let answers = BufReader::new(process.0.stdout.take().expect("a pipe"));
        Self { questions, answers, _process: process }
    }

    pub fn ask(&mut self, question: &serde_json::Value) -> serde_json::Value {
        writeln!(self.questions, "{question}").expect("node reads");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("node answers");
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("the script prints JSON: {error}: {answer:?}"))
    }
}
