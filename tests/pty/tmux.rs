//! The binary in a pane of tmux, which reads keys and keeps a screen in its own way: the keys arrive, and however it ends
//! the pane is as it was.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::Command,
    time::{Duration, Instant},
};

use crossterm::event::KeyCode;
use gonogo::tui::keys::{BINDINGS, Key};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::{CHILD, lives, support};

/// Nothing takes as long on a machine that works.
const PATIENCE: Duration = Duration::from_secs(90);
const SIZE: (u16, u16) = (120, 36);
const OVERVIEW: &str = "Rollback triggers";

/// All that tmux tells of how a program left the terminal.
const STATE: [&str; 13] = [
    "alternate_on",
    "cursor_flag",
    "cursor_shape",
    "insert_flag",
    "keypad_cursor_flag",
    "keypad_flag",
    "mouse_all_flag",
    "mouse_any_flag",
    "mouse_button_flag",
    "mouse_sgr_flag",
    "mouse_standard_flag",
    "origin_flag",
    "wrap_flag",
];

/// A server of its own, which nobody else knows of. Ended by its pid with the test.
struct Tmux {
    home: TempDir,
    pid: Pid,
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = kill_process(self.pid, Signal::TERM);
        let deadline = Instant::now() + Duration::from_secs(10);
        while lives(&self.pid.as_raw_nonzero().to_string()) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = kill_process(self.pid, Signal::KILL);
    }
}

/// A shell in a window.
struct Pane<'a> {
    tmux: &'a Tmux,
    id: String,
    /// What it was before anything ran in it.
    before: Found,
}

/// What a pane is like.
#[derive(Debug, PartialEq)]
struct Found {
    state: String,
    title: String,
    settings: String,
}

impl Tmux {
    fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let script = |name: &str, command: &str| {
            let path = home.path().join(name);
            fs::write(&path, format!("#!/bin/sh\necho $$ >\"$HOME/pid\"\n{command}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        };
        let demos = home.path().join("demos");
        let gonogo = env!("CARGO_BIN_EXE_gonogo");
        script("cockpit", &format!("exec '{gonogo}' demo --mouse --data-dir '{}'", demos.display()));
        let this = std::env::current_exe().unwrap();
        script(
            "panics",
            &format!(
                "export {CHILD}=panic\nexec '{}' --exact cockpit_child --nocapture --test-threads=1",
                this.display()
            ),
        );
        let pid = command(&home, &["new-session", "-d", "-P", "-F", "#{pid}", "-x", &SIZE.0.to_string()])
            .args(["-y", &SIZE.1.to_string(), "/bin/sh -i"])
            .output()
            .expect("tmux starts");
        let told = String::from_utf8_lossy(&pid.stdout).trim().to_owned();
        let pid = told.parse().ok().and_then(Pid::from_raw);
        Self { pid: pid.unwrap_or_else(|| panic!("no server: {told}")), home }
    }

    fn asks(&self, arguments: &[&str]) -> String {
        let output = command(&self.home, arguments).output().expect("tmux answers");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn pane(&self) -> Pane<'_> {
        let id = self.asks(&["new-window", "-P", "-F", "#{pane_id}", "/bin/sh -i"]).trim().to_owned();
        let mut pane = Pane {
            tmux: self,
            id,
            before: Found { state: String::new(), title: String::new(), settings: String::new() },
        };
        pane.waits("a prompt", |contents| contents.trim() == "$");
        pane.enters("echo BEFORE IT");
        pane.sees("\nBEFORE IT\n");
        pane.before = pane.found();
        assert!(pane.before.state.starts_with("0 1 "), "the main screen, and a cursor: {}", pane.before.state);
        pane
    }

    /// The process that a script became.
    fn child(&self) -> Pid {
        let text = fs::read_to_string(self.home.path().join("pid")).unwrap();
        Pid::from_raw(text.trim().parse().unwrap()).unwrap()
    }
}

/// A command of tmux, to the server of this home; with nothing of whoever runs the tests.
fn command(home: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new("tmux");
    command.env_clear();
    for variable in ["HOME", "TMPDIR", "TMUX_TMPDIR"] {
        command.env(variable, home.path());
    }
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{path}", home.path().display()));
    command.envs([
        ("SHELL", "/bin/sh"),
        ("PS1", "$ "),
        ("TERM", "xterm-256color"),
        ("LANG", "C.UTF-8"),
        ("USER", "oncall"),
    ]);
    command.current_dir(home.path());
    command.args(["-u", "-L", "gonogo-test", "-f", "/dev/null"]).args(arguments);
    command
}

impl Pane<'_> {
    fn asks(&self, verb: &str, arguments: &[&str]) -> String {
        self.tmux.asks(&[&[verb, "-t", &self.id], arguments].concat())
    }

    fn contents(&self) -> String {
        self.asks("capture-pane", &["-p"])
    }

    fn is(&self, name: &str) -> String {
        self.asks("display-message", &["-p", &format!("#{{{name}}}")]).trim().to_owned()
    }

    fn waits(&self, what: &str, holds: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let contents = self.contents();
            if holds(&contents) {
                return;
            }
            assert!(Instant::now() < deadline, "never {what}; the pane:\n{contents}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn sees(&self, text: &str) {
        self.waits(&format!("{text:?} in the pane"), |contents| contents.contains(text));
    }

    fn misses(&self, text: &str) {
        self.waits(&format!("without {text:?}"), |contents| !contents.contains(text));
    }

    /// Presses a key by its name in tmux.
    fn presses(&self, key: &str) {
        self.asks("send-keys", &[key]);
    }

    fn enters(&self, text: &str) {
        self.asks("send-keys", &["-l", text]);
        self.presses("Enter");
    }

    fn found(&self) -> Found {
        let state: Vec<String> = STATE.iter().map(|name| self.is(name)).collect();
        // The program in the pane has it as its own terminal.
        let settings = Command::new("stty").args(["-F", &self.is("pane_tty"), "-a"]).output().unwrap();
        let settings = String::from_utf8_lossy(&settings.stdout).into_owned();
        Found { state: state.join(" "), title: self.is("pane_title"), settings }
    }

    /// Starts a script, and waits until it has the terminal.
    fn starts(&self, script: &str, shows: &str) {
        self.enters(&format!("{script}; echo \"ended $?\""));
        self.sees(shows);
        assert_eq!([self.is("alternate_on"), self.is("mouse_standard_flag"), self.is("cursor_flag")], ["1", "1", "0"]);
        self.misses("BEFORE IT");
    }

    /// It is as it was: the shell's own screen, and each setting.
    fn was_given_back(&self, how: &str, code: u8) {
        self.sees(&format!("\nended {code}\n"));
        self.sees("\nBEFORE IT\n");
        // The shell asks for the next command with settings of its own.
        let deadline = Instant::now() + PATIENCE;
        while self.found() != self.before {
            assert!(Instant::now() < deadline, "{how}: {:#?}\nbefore: {:#?}", self.found(), self.before);
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// What tmux calls a key.
fn named(key: Key) -> String {
    let code = match key {
        Key::Ctrl(letter) => return format!("C-{letter}"),
        Key::Plain(code) => code,
    };
    match code {
        KeyCode::Char(' ') => "Space".to_owned(),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::Esc => "Escape".to_owned(),
        KeyCode::BackTab => "BTab".to_owned(),
        KeyCode::PageUp => "PPage".to_owned(),
        KeyCode::PageDown => "NPage".to_owned(),
        KeyCode::Backspace => "BSpace".to_owned(),
        other => other.to_string(),
    }
}

/// The keys of a line of the table, as tmux calls them.
fn keys(name: &str) -> Vec<String> {
    let binding = BINDINGS.iter().find(|binding| binding.name == name).unwrap();
    binding.keys.split(' ').map(|key| named(Key::named(key).unwrap())).collect()
}

/// Lines of the table, and what comes of each of their keys. Those that a terminal sends as more than a letter are here.
const PROOFS: [(&str, &str); 12] = [
    ("help", "lowercase looks"),
    ("last", "Rules of this rollout"),
    ("first", "lowercase looks"),
    ("back", OVERVIEW),
    ("theme", "until gonogo ends"),
    ("times", "times as this machine has them"),
    ("gates", "verdict   gate"),
    ("next-view", "raised when"),
    ("previous-view", "verdict   gate"),
    ("overview", OVERVIEW),
    ("open", "verdict   gate"),
    ("timeline", "Entry"),
];

#[test]
fn in_tmux_keys_arrive_and_however_it_ends_the_pane_is_as_it_was() {
    if support::installed("tmux").is_none() {
        return support::missing("tmux");
    }
    let tmux = Tmux::start();

    let pane = tmux.pane();
    pane.starts("cockpit", "gates pending");
    for (line, shows) in PROOFS {
        let all = keys(line);
        for (i, key) in all.iter().enumerate() {
            pane.presses(key);
            pane.sees(shows);
            // From elsewhere again, where it has another key.
            if i + 1 < all.len() {
                pane.presses("?");
                pane.sees("lowercase looks");
            }
        }
    }
    pane.presses("q");
    pane.was_given_back("q", 0);

    let pane = tmux.pane();
    pane.starts("cockpit", OVERVIEW);
    pane.presses("C-c");
    pane.was_given_back("Ctrl-C", 0);

    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        let pane = tmux.pane();
        pane.starts("cockpit", OVERVIEW);
        kill_process(tmux.child(), signal).unwrap();
        pane.was_given_back(&format!("{signal:?}"), code);
    }

    let pane = tmux.pane();
    pane.starts("cockpit", OVERVIEW);
    pane.presses("C-z");
    // 128 and SIGSTOP, as shells say it.
    pane.was_given_back("Ctrl-Z", 147);
    pane.enters("fg; echo \"ended $?\"");
    pane.sees(OVERVIEW);
    assert_eq!([pane.is("alternate_on"), pane.is("mouse_standard_flag"), pane.is("cursor_flag")], ["1", "1", "0"]);
    pane.presses("?");
    pane.sees("lowercase looks");
    pane.presses("q");
    pane.was_given_back("fg", 0);

    let pane = tmux.pane();
    pane.enters("panics; echo \"ended $?\"");
    pane.sees("PANIC SEEN");
    pane.was_given_back("a panic", 101);

    // The pane itself goes away: nothing is left behind in it.
    let pane = tmux.pane();
    pane.starts("cockpit", OVERVIEW);
    let child = tmux.child();
    pane.asks("kill-pane", &[]);
    let deadline = Instant::now() + PATIENCE;
    while lives(&child.as_raw_nonzero().to_string()) {
        assert!(Instant::now() < deadline, "it was left behind");
        std::thread::sleep(Duration::from_millis(20));
    }
}
