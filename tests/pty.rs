//! The event loop in a real pseudo-terminal: what it draws, how it answers while every source hangs, and how it gives
//! the terminal back.
//!
//! The child is this very test program, told by an environment variable to run the cockpit.
#![allow(missing_docs)]

#[path = "support/cockpit.rs"]
mod cockpit;

use std::{
    io::{Read, Write},
    path::PathBuf,
    sync::{Arc, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use gonogo::{
    audit::{AuditLog, Entry, Event, Record},
    clock::Clock,
    fault::Fault,
    flags::{FlagStore, Plan, Write as FlagWrite},
    runbook::Exposure,
    session::{Pending, Session},
    snapshot::{FlagState, Poll, SourceKind, SourceStatus},
    telemetry::Telemetry,
    tui::{Options, run},
};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

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

    async fn read(&self) -> Result<Record, Fault> {
        std::future::pending().await
    }
}

/// Not a test: what the child does. Run as a test it does nothing.
#[test]
fn cockpit_child() {
    let Ok(what) = std::env::var(CHILD) else { return };
    let session = Session {
        runbook: cockpit::runbook(),
        environment: "production".into(),
        candidate: None,
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
        audit: Arc::new(Hangs),
        data_dir: PathBuf::new(),
        read_only: false,
        label: None,
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

// ---- the parent: a terminal ----------------------------------------------------------------------------------------

struct Pty {
    child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    keys: Option<Box<dyn Write + Send>>,
    output: mpsc::Receiver<Vec<u8>>,
    screen: Mutex<(vt100::Parser, Vec<u8>)>,
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Pty {
    fn start(what: &str) -> Self {
        let size = PtySize { rows: 36, cols: 120, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        command.args(["--exact", "cockpit_child", "--nocapture", "--test-threads=1"]);
        command.env(CHILD, what);
        command.env("TERM", "xterm-256color");
        command.env("NO_COLOR", "1");
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (send, output) = mpsc::channel();
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(n @ 1..) = reader.read(&mut bytes) {
                if send.send(bytes[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        let keys = pair.master.take_writer().unwrap();
        let screen = Mutex::new((vt100::Parser::new(36, 120, 0), Vec::new()));
        Self { child, master: Some(pair.master), keys: Some(keys), output, screen }
    }

    /// Waits until the screen shows this.
    fn sees(&self, text: &str) {
        self.until(&format!("{text:?} on the screen"), |screen| screen.contents().contains(text));
    }

    fn until(&self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        let mut guard = self.screen.lock().unwrap();
        loop {
            if holds(guard.0.screen()) {
                return;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => {
                    guard.0.process(&bytes);
                    guard.1.extend(bytes);
                }
                Err(_) => panic!("never {what}; the screen:\n{}", guard.0.screen().contents()),
            }
        }
    }

    fn types(&mut self, text: &str) {
        let keys = self.keys.as_mut().unwrap();
        keys.write_all(text.as_bytes()).unwrap();
        keys.flush().unwrap();
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let pid = i32::try_from(self.child.process_id().unwrap()).unwrap();
        rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    /// As `ps` shows it: `T` is stopped.
    #[cfg(target_os = "linux")]
    fn state(&self) -> char {
        let pid = self.child.process_id().unwrap();
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next()).unwrap_or('?')
    }

    fn ends(&mut self) -> u32 {
        let deadline = Instant::now() + Duration::from_secs(20);
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("does not end");
    }

    /// Everything the terminal was given back.
    fn was_given_back(&self) {
        self.until("off the alternate screen", |screen| !screen.alternate_screen() && !screen.hide_cursor());
        self.until("without bracketed paste", |screen| !screen.bracketed_paste());
    }

    fn bytes(&self) -> Vec<u8> {
        self.screen.lock().unwrap().1.clone()
    }
}

const OVERVIEW: &str = "nothing judged yet · connecting to unleash and prometheus";

#[test]
fn keys_are_answered_while_every_source_hangs() {
    let mut pty = Pty::start("plain");
    pty.sees(OVERVIEW);
    pty.types("?");
    pty.sees("lowercase looks");
    pty.types("R");
    pty.sees("off for everyone");
    pty.sees("will be switched off");
    pty.types("\x1b");
    pty.sees("lowercase looks");
    pty.types("q");
    assert_eq!(pty.ends(), 0);
    pty.was_given_back();
}

#[test]
fn nothing_is_asked_of_the_terminal_and_no_colour_code_is_empty() {
    let mut pty = Pty::start("plain");
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
    let mut pty = Pty::start("plain");
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
    let mut pty = Pty::start("plain");
    pty.sees(OVERVIEW);
    pty.types("\x1b[200~qRy?\x1b[201~");
    pty.types("g");
    pty.sees("no verdict yet");
    pty.types("q");
    assert_eq!(pty.ends(), 0);
}

#[test]
fn a_new_size_is_drawn() {
    let mut pty = Pty::start("plain");
    pty.sees(OVERVIEW);
    let size = PtySize { rows: 12, cols: 40, pixel_width: 0, pixel_height: 0 };
    pty.screen.lock().unwrap().0.screen_mut().set_size(12, 40);
    pty.master.as_ref().unwrap().resize(size).unwrap();
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
        let mut pty = Pty::start("plain");
        pty.sees(OVERVIEW);
        pty.signal(signal);
        assert_eq!(pty.ends(), code);
        pty.was_given_back();
    }
}

#[test]
fn a_terminal_that_goes_away_leaves_no_orphan() {
    let mut pty = Pty::start("plain");
    pty.sees(OVERVIEW);
    pty.keys = None;
    pty.master = None;
    // The reader thread holds the last end of the terminal; the hang-up that its closing would bring is sent by hand.
    pty.signal(rustix::process::Signal::HUP);
    assert_eq!(pty.ends(), 129);
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_z_stops_and_fg_goes_on() {
    let mut pty = Pty::start("plain");
    pty.sees(OVERVIEW);
    pty.types("\x1a");
    pty.until("off the alternate screen", |screen| !screen.alternate_screen());
    let deadline = Instant::now() + Duration::from_secs(20);
    while pty.state() != 'T' {
        assert!(Instant::now() < deadline, "not stopped but {}", pty.state());
        thread::sleep(Duration::from_millis(5));
    }
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
    let mut pty = Pty::start("plain");
    pty.sees(OVERVIEW);
    pty.signal(rustix::process::Signal::STOP);
    let deadline = Instant::now() + Duration::from_secs(20);
    while pty.state() != 'T' {
        assert!(Instant::now() < deadline, "not stopped but {}", pty.state());
        thread::sleep(Duration::from_millis(5));
    }
    // What the shell prints meanwhile.
    pty.screen.lock().unwrap().0.process(b"\x1b[2J\x1b[?1049l$ fg");
    pty.signal(rustix::process::Signal::CONT);
    pty.until("on the alternate screen", vt100::Screen::alternate_screen);
    pty.sees(OVERVIEW);
    pty.types("q");
    assert_eq!(pty.ends(), 0);
}

#[test]
fn a_panic_gives_the_terminal_back_before_it_is_reported() {
    let mut pty = Pty::start("panic");
    pty.sees("PANIC SEEN");
    pty.was_given_back();
    assert_ne!(pty.ends(), 0);
}

#[test]
fn a_panic_in_the_background_leaves_the_screen_alone() {
    let mut pty = Pty::start("background-panic");
    pty.sees(OVERVIEW);
    thread::sleep(Duration::from_millis(500));
    pty.types("?");
    pty.sees("lowercase looks");
    assert!(!String::from_utf8_lossy(&pty.bytes()).contains("in the background"));
    pty.types("q");
    assert_eq!(pty.ends(), 0);
}
