//! The real binary on its demo, in a real terminal, by keys alone: what a person does, and what comes of it outside.
#![allow(missing_docs)]

mod incident;
mod keys;
mod mouse;
mod proofs;
mod sessions;
#[path = "../support/terminal.rs"]
mod terminal;
mod walk;

use std::{fs, path::PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    audit::{Action, AuditLog, Event, FileLog, Outcome},
    demo::{Context, FlagSet},
};
use portable_pty::CommandBuilder;
use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;
use terminal::Pty;

/// Slow enough for a slow machine: a pause of many seconds is still no blindness. Fast enough for a test.
const SPEED: &str = "10";

/// Every SDK of the demo's fleet has polled within this simulated time.
fn sdk_delay() -> TimeDelta {
    TimeDelta::seconds(40)
}

/// A demo in a terminal.
struct Demo {
    pty: Pty,
    home: TempDir,
}

/// What a registration of an upload says: when, on which path, with which flag.
struct Registration {
    at: DateTime<Utc>,
    path: String,
    flag: String,
}

impl Demo {
    fn open(arguments: &[&str]) -> Self {
        Self::open_at(SPEED, arguments)
    }

    fn open_at(speed: &str, arguments: &[&str]) -> Self {
        Self::start(speed, &[arguments, &["--candidate", "018e611c0ffee"]].concat())
    }

    fn start(speed: &str, arguments: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_gonogo"));
        command.env_clear();
        for variable in ["HOME", "TMPDIR", "GONOGO_DATA_DIR"] {
            command.env(variable, home.path());
        }
        // Where git is, and a shell: the gate runs as it does anywhere.
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("USER", "oncall");
        command.arg("demo");
        command.args(arguments);
        command.args(["--speed", speed, "--data-dir"]);
        command.arg(home.path().join("demos"));
        let pty = Pty::start(command, (120, 36));
        pty.sees("Exit gates");
        Self { pty, home }
    }

    /// Opens when every gate of stage 2 has passed.
    fn at_go() -> Self {
        let demo = Self::open(&["healthy", "--skip", "6h"]);
        demo.pty.sees("every gate passes");
        demo
    }

    /// Opens the advance's dialog and types the stage. What is typed too early is dropped: so from the beginning again.
    fn types_the_stage(&mut self) {
        self.pty.presses_until("A", "type default-on");
        self.pty.presses_until("\x15default-on", "stage    default-on");
    }

    /// Closes the dialog that shows this. A key that follows Esc at once would be another key: Alt and it.
    fn closes(&mut self, shown: &str) {
        self.pty.presses_until_gone("\x1b", shown);
    }

    fn folder(&self) -> PathBuf {
        let demos = fs::read_dir(self.home.path().join("demos")).unwrap();
        demos.flatten().next().unwrap().path()
    }

    fn flag_file(&self) -> String {
        fs::read_to_string(self.folder().join("flags.json")).unwrap()
    }

    /// How many of a thousand users the flag file serves.
    fn served(&self) -> usize {
        let flags = FlagSet::parse(&self.flag_file()).unwrap();
        let users = (0..1000).map(|n| format!("user-{n}"));
        users
            .filter(|user| {
                let context = Context { targeting_key: user, attributes: &[("group", "external")] };
                flags.boolean("vfsSecureUpload", &context, false)
            })
            .count()
    }

    fn registrations(&self) -> Vec<Registration> {
        let events = fs::read_to_string(self.folder().join("events.ndjson")).unwrap();
        let of_line = |line: &str| {
            // The last line may be half written.
            let event: Value = serde_json::from_str(line).ok()?;
            let detail: Value = serde_json::from_str(event["detail"].as_str()?).ok()?;
            let at = DateTime::from_timestamp_millis(event["timestamp"].as_i64()?)?;
            let word = |key: &str| Some(detail[key].as_str()?.to_owned());
            Some(Registration { at, path: word("path")?, flag: word("secureFlag")? })
        };
        events.lines().filter(|line| line.contains("api_post_vfs_register")).filter_map(of_line).collect()
    }

    /// Waits for a hundred uploads that began after every SDK had polled, and checks that each took this path.
    fn uploads_take(&self, path: &str, flag: &str, changed_at: DateTime<Utc>) {
        let settled = changed_at + sdk_delay();
        let after = || self.registrations().into_iter().filter(|r| r.at > settled).collect::<Vec<_>>();
        self.pty.waits("a hundred uploads after the change", || after().len() >= 100);
        for registration in after() {
            assert_eq!((registration.path.as_str(), registration.flag.as_str()), (path, flag), "{}", registration.at);
        }
    }

    /// What the audit log says.
    fn audit(&self) -> Vec<(DateTime<Utc>, Event)> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let folder = self.folder().join("state/vfs-secure-upload/production");
        let record = runtime.block_on(FileLog::at(&folder).read()).unwrap();
        assert_eq!(record.damage, None);
        record.entries.into_iter().map(|entry| (entry.at, entry.event)).collect()
    }

    /// The last action in the audit log: its reason, and when it was verified.
    fn verified(&self, wanted: Action) -> (String, DateTime<Utc>) {
        let entries = self.audit();
        let [.., (_, Event::Begun(begun)), (at, Event::Ended { id, outcome, .. })] = &entries[..] else {
            panic!("{entries:?}")
        };
        assert_eq!((begun.action, &begun.id, outcome), (wanted, id, &Outcome::Verified));
        (begun.reason.clone(), *at)
    }

    fn quits(mut self) {
        assert_eq!(self.pty.quits(), 0);
        self.pty.was_given_back();
    }

    fn ends_with(mut self, code: u32) {
        assert_eq!(self.pty.ends(), code);
        self.pty.was_given_back();
    }
}

#[test]
fn it_opens_in_stage_2_and_every_panel_opens_and_closes() {
    let mut demo = Demo::open(&[]);
    for text in ["PRODUCTION", "DEMO", "018e611", "HOLD", "2 gates pending", "internal + 5 %", "Rollback triggers"] {
        demo.pty.sees(text);
    }
    for (key, text) in [("g", "judged at"), ("u", "raised when"), ("t", "Entry"), ("?", "lowercase looks")] {
        demo.pty.types(key);
        demo.pty.sees(text);
        demo.pty.types("\x1b");
        demo.pty.sees("Rollback triggers");
    }
    demo.quits();
}

#[test]
fn an_advance_that_is_cancelled_changes_nothing() {
    let mut demo = Demo::at_go();
    let (flags, entries) = (demo.flag_file(), demo.audit().len());
    demo.types_the_stage();
    demo.closes("Advance to 3");
    // Cancel has the focus.
    demo.pty.presses_until("A", "type default-on");
    demo.pty.presses_until_gone("\r", "Advance to 3");
    assert_eq!((demo.flag_file(), demo.audit().len()), (flags, entries));
}

#[test]
fn an_advance_by_keys_serves_everyone() {
    let mut demo = Demo::at_go();
    assert!((20..100).contains(&demo.served()), "5 % before: {}", demo.served());
    demo.types_the_stage();
    demo.pty.types("\t");
    demo.pty.types("24 h without a spike");
    demo.pty.sees("24 h without a spike");
    demo.pty.types("\t");
    demo.pty.presses_until("\r", "VERIFIED");
    assert_eq!(demo.served(), 1000);
    demo.closes("VERIFIED");
    demo.pty.sees("◉ 3 Default-on  everyone");
    let (reason, at) = demo.verified(Action::Advance);
    assert_eq!(reason, "24 h without a spike");
    demo.uploads_take("secure", "on", at);
    demo.quits();
}

#[test]
fn a_rollback_by_keys_takes_uploads_back() {
    let mut demo = Demo::open(&["guardrail", "--skip", "3h"]);
    demo.pty.sees("1 HARD STOP");
    demo.pty.types("g");
    demo.pty.sees("judged at");
    demo.pty.presses_until("R", "off for everyone");
    demo.pty.presses_until("y", "VERIFIED");
    assert_eq!(demo.served(), 0);
    let (reason, at) = demo.verified(Action::Rollback);
    assert!(reason.contains("pull:pullCursorRegression"), "{reason}");
    // The dialog follows the uploads.
    demo.pty.sees("old path a minute");
    demo.pty.sees("nobody on the new path from");
    demo.uploads_take("legacy", "off", at);
    demo.closes("VERIFIED");
    demo.pty.sees("◉ 0 Dark launch  rolled back");
    demo.quits();
}

#[test]
fn each_size_is_drawn_down_to_its_last_row() {
    let demo = Demo::open(&[]);
    for (columns, rows) in [(80, 24), (60, 16), (40, 12), (200, 60), (12, 3), (120, 36)] {
        demo.pty.resize((columns, rows));
        demo.pty.until(&format!("the keys at the bottom of {columns}x{rows}"), |screen| {
            let last = screen.rows(0, columns).last().unwrap_or_default();
            last.contains("A adv") && (columns < 40 || last.contains("q quit"))
        });
    }
    demo.pty.sees("Rollback triggers");
    demo.quits();
}

#[test]
fn read_only_has_no_key_that_acts() {
    let mut demo = Demo::open(&["healthy", "--skip", "6h", "--read-only"]);
    demo.pty.sees("every gate passes");
    let (flags, entries) = (demo.flag_file(), demo.audit().len());
    for shown in ["roll back", "A advance"] {
        assert!(!demo.pty.contents().contains(shown), "{shown}");
    }
    demo.pty.types("RAy\r");
    // What comes after them was read after them.
    demo.pty.types("?");
    demo.pty.sees("it has no key that acts");
    assert_eq!((demo.flag_file(), demo.audit().len()), (flags, entries));
    demo.quits();
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_z_gives_the_terminal_back_and_fg_takes_it_again() {
    let mut demo = Demo::open(&[]);
    demo.pty.types("\x1a");
    // Once it is stopped, all that it does about the terminal is done.
    demo.pty.is_stopped();
    demo.pty.was_given_back();
    demo.pty.signal(Signal::CONT);
    demo.pty.until("on the alternate screen", vt100::Screen::alternate_screen);
    demo.pty.sees("Rollback triggers");
    demo.quits();
}

#[test]
fn each_way_to_end_has_its_code_and_gives_the_terminal_back() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        let demo = Demo::open(&[]);
        demo.pty.signal(signal);
        demo.ends_with(code);
    }
    // Ctrl-C is a key here, as q is.
    let mut demo = Demo::open(&[]);
    demo.pty.types("\x03");
    demo.ends_with(0);
}
