//! The event loop in a real pseudo-terminal: what it draws, how it answers while every source hangs, and how it gives
//! the terminal back.
//!
//! The child is this very test program, told by an environment variable to run the cockpit.
#![allow(missing_docs)]

#[path = "support/cockpit.rs"]
mod cockpit;
#[path = "support/mod.rs"]
mod support;
#[path = "support/terminal.rs"]
mod terminal;
#[path = "pty/tmux.rs"]
mod tmux;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    thread,
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use gonogo::{
    audit::{AuditLog, Entry, Event, FileLog, Head, Record},
    clock::Clock,
    config::{Links, TokenSource},
    fault::Fault,
    flags::{FlagStore, Plan, Write as FlagWrite},
    runbook::{Exposure, Runbook, built_in},
    session::{Pending, Session},
    snapshot::{FlagState, Poll, SourceKind, SourceStatus},
    telemetry::Telemetry,
    tui::{Options, run, terminal::Features},
};
use portable_pty::CommandBuilder;
use terminal::{GIVE_TITLE_BACK, KEEP_TITLE, Pty, count, switched_on};

const CHILD: &str = "GONOGO_TEST_COCKPIT";
/// Where the child finds a checkout, a gate and a log; it has none where this is not said.
const FOLDER: &str = "GONOGO_TEST_FOLDER";

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
    let mut session = Session {
        runbook: cockpit::runbook(),
        environment: "production".into(),
        candidate: None,
        checkout: None,
        qa_path: None,
        at_hand: Default::default(),
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
        tape: None,
    };
    if let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) {
        let runbook = Runbook { qa: built_in().qa.clone(), ..(*session.runbook).clone() };
        session.runbook = Arc::new(runbook);
        session.candidate = Some(head(&folder));
        session.checkout = Some(folder.join("product"));
        session.qa_path = Some(folder.join("bin"));
        session.at_hand = [TokenSource::File(folder.join("token"))].into_iter().collect();
        session.data_dir = folder.join("data");
        session.audit = Arc::new(FileLog::at(&session.data_dir));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let code = runtime.block_on(async {
        if what == "background-panic" {
            tokio::spawn(async {
                tokio::time::sleep(Duration::from_millis(100)).await;
                panic!("in the background");
            });
        }
        let features = Features::find(Links::Auto, &|name| std::env::var(name).ok());
        // With the mouse: that is given back, too.
        let cockpit = run(session, Options { features, mouse: true, ..Options::default() });
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
    Pty::start(child(what), (120, 36))
}

fn child(what: &str) -> CommandBuilder {
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["--exact", "cockpit_child", "--nocapture", "--test-threads=1"]);
    command.env(CHILD, what);
    command.env("NO_COLOR", "1");
    // A backtrace would take the place of what is looked for.
    command.env_remove("RUST_BACKTRACE");
    command
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder.join("product")).args(["-c", "user.name=t", "-c", "user.email=t@t"]);
    command.args(arguments).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
    let output = command.output().expect("git");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn head(folder: &Path) -> String {
    git(folder, &["rev-parse", "HEAD"])
}

/// A checkout whose gate never ends by itself.
fn endless(gate: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["product", "bin"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    git(folder.path(), &["init", "-q"]);
    git(folder.path(), &["commit", "-q", "--allow-empty", "-m", "all"]);
    let pnpm = folder.path().join("bin/pnpm");
    let (id, token) = (folder.path().join("id"), folder.path().join("token"));
    fs::write(&token, "swordfish-of-a-file\n").unwrap();
    let tells = format!("echo \"as $(cat '{}')\"", token.display());
    fs::write(
        &pnpm,
        format!(
            "#!/bin/sh\n{gate}\necho $$ > '{}'\n{tells}\necho THE GATE IS UP\nwhile :; do sleep 1; done\n",
            id.display()
        ),
    )
    .unwrap();
    fs::set_permissions(&pnpm, fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// Whether a process of this id runs.
fn lives(id: &str) -> bool {
    Command::new("ps").args(["-o", "stat=", "-p", id.trim()]).output().is_ok_and(|ps| {
        let state = String::from_utf8_lossy(&ps.stdout).trim().to_owned();
        !state.is_empty() && !state.starts_with('Z')
    })
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
fn half_a_sequence_holds_nothing_up() {
    let mut pty = start("plain");
    pty.sees(OVERVIEW);
    // Over a slow line the rest may come much later.
    pty.types("\x1b[1;5");
    let shown = pty.contents();
    pty.until("a clock that goes on", |screen| screen.contents() != shown);
    pty.types("B?");
    pty.sees("lowercase looks");
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

/// The title and the focus are taken, and given back with everything else however it ends.
#[test]
fn however_it_ends_the_terminal_is_as_it_was() {
    use rustix::process::Signal;
    let ends: [(&str, &str, Option<Signal>); 5] = [
        ("by a key", "plain", None),
        ("by a panic", "panic", None),
        ("SIGTERM", "plain", Some(Signal::TERM)),
        ("SIGINT", "plain", Some(Signal::INT)),
        ("SIGHUP", "plain", Some(Signal::HUP)),
    ];
    for (end, what, signal) in ends {
        let mut pty = start(what);
        pty.sees(OVERVIEW);
        let taken = pty.bytes();
        assert_eq!(count(&taken, KEEP_TITLE), 1, "{end}");
        assert_eq!(count(&taken, "\x1b]2;gonogo: not judged yet "), 1, "{end}");
        let modes = switched_on(&taken);
        for mode in ["?1004", "?1049", "?2004", "?25"] {
            assert!(modes.iter().any(|known| known == mode), "{end}: {mode} of {modes:?}");
        }
        match (signal, what) {
            (Some(signal), _) => pty.signal(signal),
            (None, "plain") => pty.types("q"),
            (None, _) => {}
        }
        pty.ends();
        pty.was_given_back();
        assert_eq!(switched_on(&pty.bytes()), Vec::<String>::new(), "{end}");
        assert_eq!(count(&pty.bytes(), GIVE_TITLE_BACK), 1, "{end}");
    }
}

#[test]
fn what_is_copied_goes_to_the_clipboard_and_the_theme_to_the_next_one() {
    let folder = endless("");
    let mut command = child("plain");
    command.env(FOLDER, folder.path());
    let mut pty = Pty::start(command, (120, 36));
    pty.sees("Exit gates");
    pty.types("y");
    pty.sees("candidate: copied 40 characters; not every terminal takes them");
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, head(folder.path()));
    assert_eq!(count(&pty.bytes(), &format!("\x1b]52;c;{encoded}\x07")), 1);
    pty.types("\x1b[O\x1b[I\x1bOR");
    pty.sees("times as this machine has them");
    pty.types("q");
    assert_eq!(pty.ends(), 0);
    pty.was_given_back();
}

#[test]
fn a_gate_that_runs_is_stopped_and_recorded_on_the_way_out() {
    // One that does not listen is killed, and recorded all the same.
    for (gate, signal, code, why) in [
        ("trap '' TERM", None, 0, "by oncall, who left the cockpit"),
        ("", Some(rustix::process::Signal::TERM), 143, "gonogo was ended by signal 15"),
        ("", Some(rustix::process::Signal::HUP), 129, "the terminal of the cockpit went away"),
    ] {
        let folder = endless(gate);
        let mut command = child("plain");
        command.env(FOLDER, folder.path());
        let mut pty = Pty::start(command, (120, 36));
        pty.presses_until("c", "Automated gate");
        pty.presses_until("x", "Run the automated gate?");
        pty.presses_until("\r", "THE GATE IS UP");
        let ended = match signal {
            Some(signal) => {
                pty.signal(signal);
                pty.ends()
            }
            None => {
                pty.presses_until("q", "Quit now?");
                pty.ends_by("y")
            }
        };
        assert_eq!(ended, code);
        // Nobody reads what is written to a terminal that is gone.
        if code != 129 {
            pty.sees("gonogo: the automated gate was stopped; recorded as entry");
        }
        pty.was_given_back();
        assert!(!lives(&fs::read_to_string(folder.path().join("id")).unwrap()), "it was left behind");
        let log = FileLog::at(&folder.path().join("data"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let record = runtime.block_on(log.read()).unwrap();
        let Some(Event::QaReported(run)) = record.entries.last().map(|entry| &entry.event) else {
            panic!("{record:?}")
        };
        let ran = run.ran.as_ref().unwrap();
        assert!(ran.killed.as_deref() == Some(why) && !run.all_passed, "{run:?}");
        let output = folder.path().join("data").join(&ran.output.as_ref().unwrap().path);
        let output = fs::read_to_string(output).unwrap();
        assert!(output.contains("as [redacted]\n") && output.contains("THE GATE IS UP"), "{output}");
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
    pty.was_given_back();
    pty.signal(rustix::process::Signal::CONT);
    pty.until("on the alternate screen", vt100::Screen::alternate_screen);
    pty.sees(OVERVIEW);
    // The title was the shell's meanwhile.
    assert_eq!(count(&pty.bytes(), "\x1b]2;gonogo: "), 2);
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
