//! `gonogo report`, the real binary.

use std::{
    fs,
    io::Read,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

struct Home(TempDir);

impl Home {
    /// With a log of so many notes.
    fn with(notes: usize) -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        for n in 0..notes {
            let noted = home.run(&["note", &format!("note {n}")]);
            assert!(noted.status.success(), "{}", String::from_utf8_lossy(&noted.stderr));
        }
        home
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gonogo"));
        command.args(arguments).env_clear().env("HOME", self.0.path()).current_dir(self.0.path());
        command.env("USER", "ann").env("GONOGO_DATA_DIR", self.0.path().join("data")).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn log(&self) -> PathBuf {
        self.path("data/vfs-secure-upload/production/audit.ndjson")
    }
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn offline_it_tells_the_log_and_says_what_it_did_not_ask() {
    let home = Home::with(2);
    let output = home.run(&["report", "--offline"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("# HOLD: ") || text.starts_with("# NO\\-GO") || text.starts_with("# NO-GO"), "{text}");
    for part in ["note 0", "note 1", "no source was asked", "telemetry was not asked", "flags was not asked", "sound"] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}

#[test]
fn it_writes_for_its_owner_alone_and_over_nothing() {
    let home = Home::with(1);
    let output = home.run(&["report", "--offline", "--output", "r.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert!(output.stdout.is_empty());
    let report: Value = serde_json::from_slice(&fs::read(home.path("r.json")).unwrap()).unwrap();
    assert_eq!(report["schema"], "gonogo/report/1");
    assert_eq!(report["audit"]["count"], 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(home.path("r.json")).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let again = home.run(&["report", "--offline", "--output", "r.json", "--format", "html"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(told(&again).contains("--force"), "{}", told(&again));
    assert!(fs::read_to_string(home.path("r.json")).unwrap().starts_with('{'));
    let forced = home.run(&["report", "--offline", "--output", "r.json", "--format", "html", "--force"]);
    assert_eq!(forced.status.code(), Some(0), "{}", told(&forced));
    assert!(fs::read_to_string(home.path("r.json")).unwrap().starts_with("<!doctype html>"));
    let left: Vec<_> = fs::read_dir(home.0.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".tmp")), "{left:?}");
}

#[test]
fn where_it_cannot_be_written_nothing_is() {
    let home = Home::with(0);
    let output = home.run(&["report", "--offline", "--output", "no/such/folder/r.md"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).contains("no/such/folder/r.md"), "{}", told(&output));
}

#[test]
fn sources_that_do_not_answer_are_named_and_the_rest_stands() {
    let home = Home::with(1);
    let output = home.run(&[
        "report",
        "--telemetry",
        "prometheus+http://127.0.0.1:9",
        "--flags",
        "flagd:/no/such/flags.json",
        "--wait",
        "5s",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.matches("**Not seen**").count() == 2 && text.contains("note 0"), "{text}");
}

#[test]
fn without_sources_it_says_how_to_name_them_or_do_without() {
    let output = Home::with(0).run(&["report"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("--offline") && told(&output).contains("--telemetry"), "{}", told(&output));
}

#[test]
fn a_damaged_log_is_told_as_damaged() {
    let home = Home::with(3);
    let text = fs::read_to_string(home.log()).unwrap().replace("note 1", "note 7");
    fs::write(home.log(), text).unwrap();
    let output = home.run(&["report", "--offline", "--format", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["audit"]["sound"], false);
    assert!(report["audit"]["problem"].as_str().unwrap().contains("entry 2 was changed"), "{}", report["audit"]);
}

#[test]
fn a_period_that_ends_before_it_begins_is_refused() {
    let home = Home::with(0);
    let output = home.run(&["report", "--offline", "--from", "1h", "--to", "2h"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("--to is before --from"), "{}", told(&output));
}

#[test]
fn a_reader_that_went_away_is_no_failure() {
    let home = Home::with(1);
    // More than a pipe holds.
    let long = "x".repeat(100_000);
    assert!(home.run(&["note", &long]).status.success());
    let mut child =
        home.command(&["report", "--offline"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 16];
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut first).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert!(output.stderr.is_empty(), "{}", told(&output));
}
