//! The event loop in a real pseudo-terminal: what it draws, how it answers while every source hangs, and how it gives
//! the terminal back.
//!
//! The child is this very test program, told by an environment variable to run the cockpit.
#![allow(missing_docs)]

#[path = "support/cockpit.rs"]
mod cockpit;
#[path = "support/terminal.rs"]
mod terminal;

use std::{path::PathBuf, sync::Arc, thread, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use gonogo::{
    audit::{AuditLog, Entry, Event, Head, Record},
    clock::Clock,
    fault::Fault,
    flags::{FlagStore, Plan, Write as FlagWrite},
    runbook::Exposure,
    session::{Pending, Session},
    snapshot::{FlagState, Poll, SourceKind, SourceStatus},
    telemetry::Telemetry,
    tui::{Options, run},
};
use portable_pty::CommandBuilder;
use terminal::Pty;

const CHILD: &str = "GONOGO_TEST_COCKPIT";

// ---- the child: a cockpit whose every source hangs -----------------------------------------------------------------

struct Hangs;

#[async_trait]
impl Telemetry for Hangs {
    fn introduce(&self) -> SourceStatus {
        SourceStatus::connecting("prometheus", SourceKind::Telemetry, String::new())
    }

    async fn poll(&mut self, _: DateTime<Utc>, _: DateTime<Utc>) -> Poll {
        std::future::pending().await
    }
}

#[async_trait]
impl FlagStore for Hangs {
    fn introduce(&self) -> SourceStatus {
        SourceStatus::connecting("unleash", SourceKind::Flags, String::new())
    }

    async fn read(&self) -> Result<FlagState, Fault> {
        std::future::pending().await
    }

    fn off(&self) -> FlagWrite {
        FlagWrite { title: "switch production off".into(), request: serde_json::Value::Null }
    }

    async fn plan(&self, _: &FlagState, _: &Exposure) -> Result<Plan, Fault> {
        std::future::pending().await
    }

    async fn write(&self, _: &FlagWrite) -> Result<(), Fault> {
        std::future::pending().await
    }
}

#[async_trait]
impl AuditLog for Hangs {
    async fn append(&self, _: DateTime<Utc>, _: &str, _: Event) -> Result<Entry, Fault> {
        std::future::pending().await
    }

    fn place(&self) -> String {
        "nowhere".to_owned()
    }

    async fn append_after(&self, _: &Head, _: DateTime<Utc>, _: &str, _: Event) -> Result<Entry, Fault> {
        std::future::pending().await
    }

    async fn read(&self) -> Result<Record, Fault> {
        std::future::pending().await
    }
}

fn nobody() -> Fault {
    Fault::new(gonogo::fault::FaultKind::Configuration, "nobody is named", "name somebody")
}

/// Not a test: what the child does. Run as a test it does nothing.
#[test]
fn cockpit_child() {
    let Ok(what) = std::env::var(CHILD) else { return };
    let session = Session {
        runbook: cockpit::runbook(),
        environment: "production".into(),
        candidate: None,
        checkout: None,
        qa_path: None,
        operator: "oncall".into(),
        clock: Clock::System,
        interval: Duration::from_secs(5),
        telemetry: Pending {
            introduction: Telemetry::introduce(&Hangs),
            connect: Box::new(|| Ok(Box::new(Hangs) as Box<dyn Telemetry>)),
        },
        flags: Pending {
            introduction: FlagStore::introduce(&Hangs),
            connect: Box::new(|| Ok(Arc::new(Hangs) as Arc<dyn FlagStore>)),
        },
        elsewhere: Arc::new(|_| Err(nobody())),
        logs: Box::new(|| Err(nobody())),
        audit: Arc::new(Hangs),
        data_dir: PathBuf::new(),
        read_only: false,
        label: None,
        skip: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let code = runtime.block_on(async {
        if what == "background-panic" {
            tokio::spawn(async {
                tokio::time::sleep(Duration::from_millis(100)).await;
                panic!("in the background");
            });
        }
        let cockpit = run(session, Options::default());
        if what == "panic" {
            let panics = async {
                tokio::time::sleep(Duration::from_millis(300)).await;
                panic!("PANIC SEEN");
            };
            tokio::select! { _ = cockpit => 0, () = panics => 1 }
        } else {
            cockpit.await.unwrap_or(1)
        }
    });
    runtime.shutdown_background();
    std::process::exit(i32::from(code));
}

// ---- the parent ----------------------------------------------------------------------------------------------------

fn start(what: &str) -> Pty {
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["--exact", "cockpit_child", "--nocapture", "--test-threads=1"]);
    command.env(CHILD, what);
    command.env("NO_COLOR", "1");
    Pty::start(command, (120, 36))
}

const OVERVIEW: &str = "nothing judged yet · connecting to unleash and prometheus";

#[test]
fn keys_are_answered_while_every_source_hangs() {
    let mut pty = start("plain");
    pty.sees(OVERVIEW);
    pty.types("?");
    pty.sees("lowercase looks");
    pty.types("R");
    pty.sees("off for everyone");
    pty.sees("will be switched off");
    // What is typed while a dialog opens is dropped by design.
    pty.presses_until_gone("\x1b", "will be switched off");
    pty.sees("lowercase looks");
    pty.types("q");
    assert_eq!(pty.ends(), 0);
    pty.was_given_back();
}

#[test]
fn nothing_is_asked_of_the_terminal_and_no_colour_code_is_empty() {
    let mut pty = start("plain");
    pty.sees(OVERVIEW);
    pty.types("q");
    pty.ends();
    pty.was_given_back();
    let bytes = String::from_utf8_lossy(&pty.bytes()).into_owned();
    for query in ["\x1b[6n", "\x1b[c", "\x1b[>c", "\x1b[?u", "\x1b]11;?", "\x1b[;m"] {
        assert!(!bytes.contains(query), "{query:?} was sent");
    }
}

#[test]
fn what_was_typed_before_a_dialog_is_no_confirmation() {
    let mut pty = start("plain");
    pty.sees(OVERVIEW);
    pty.types("Ry\t\ry");
    pty.sees("off for everyone");
    thread::sleep(Duration::from_millis(400));
    pty.types("\x1b");
    pty.until("the overview without an action", |screen| {
        let contents = screen.contents().to_lowercase();
        contents.contains(OVERVIEW) && !contents.contains("rolling back") && !contents.contains("rollback refused")
    });
    pty.types("R");
    pty.sees("off for everyone");
    thread::sleep(Duration::from_millis(400));
    pty.types("y");
    pty.until("an operation", |screen| {
        let contents = screen.contents();
        contents.contains("Rolling back") || contents.contains("Rollback ─")
    });
}

#[test]
fn a_paste_does_nothing() {
    let mut pty = start("plain");
    pty.sees(OVERVIEW);
    pty.types("\x1b[200~qRy?\x1b[201~");
    pty.types("g");
    pty.sees("no verdict yet");
    pty.types("q");
    assert_eq!(pty.ends(), 0);
}

#[test]
fn a_new_size_is_drawn() {
    let mut pty = start("plain");
    pty.sees(OVERVIEW);
    pty.resize((40, 12));
    pty.until("the small screen", |screen| {
        screen.contents().contains("? help") && !screen.contents().contains("Timeline")
    });
    pty.types("q");
    assert_eq!(pty.ends(), 0);
}

#[test]
fn signals_end_it_with_their_codes_and_the_terminal_is_given_back() {
    use rustix::process::Signal;
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129)] {
        let mut pty = start("plain");
        pty.sees(OVERVIEW);
        pty.signal(signal);
        assert_eq!(pty.ends(), code);
        pty.was_given_back();
    }
}

#[test]
fn a_terminal_that_goes_away_leaves_no_orphan() {
    let mut pty = start("plain");
    pty.sees(OVERVIEW);
    pty.hang_up();
    // The reader thread holds the last end of the terminal; the hang-up that its closing would bring is sent by hand.
    pty.signal(rustix::process::Signal::HUP);
    assert_eq!(pty.ends(), 129);
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_z_stops_and_fg_goes_on() {
    let mut pty = start("plain");
    pty.sees(OVERVIEW);
    pty.types("\x1a");
    pty.until("off the alternate screen", |screen| !screen.alternate_screen());
    pty.is_stopped();
    pty.signal(rustix::process::Signal::CONT);
    pty.until("on the alternate screen", vt100::Screen::alternate_screen);
    pty.sees(OVERVIEW);
    pty.types("g");
    pty.sees("no verdict yet");
    pty.types("q");
    assert_eq!(pty.ends(), 0);
    pty.was_given_back();
}

#[cfg(target_os = "linux")]
#[test]
fn stopped_and_continued_by_another_hand_it_draws_itself_again() {
    let mut pty = start("plain");
    pty.sees(OVERVIEW);
    pty.signal(rustix::process::Signal::STOP);
    pty.is_stopped();
    // What the shell prints meanwhile.
    pty.shows(b"\x1b[2J\x1b[?1049l$ fg");
    pty.signal(rustix::process::Signal::CONT);
    pty.until("on the alternate screen", vt100::Screen::alternate_screen);
    pty.sees(OVERVIEW);
    pty.types("q");
    assert_eq!(pty.ends(), 0);
}

#[test]
fn a_panic_gives_the_terminal_back_before_it_is_reported() {
    let mut pty = start("panic");
    pty.sees("PANIC SEEN");
    pty.was_given_back();
    assert_ne!(pty.ends(), 0);
}

#[test]
fn a_panic_in_the_background_leaves_the_screen_alone() {
    let mut pty = start("background-panic");
    pty.sees(OVERVIEW);
    thread::sleep(Duration::from_millis(500));
    pty.types("?");
    pty.sees("lowercase looks");
    assert!(!String::from_utf8_lossy(&pty.bytes()).contains("in the background"));
    pty.types("q");
    assert_eq!(pty.ends(), 0);
}
