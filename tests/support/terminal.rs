//! A terminal with a program in it: what it shows is read, keys are typed, and it is compared with what it was before.
#![allow(dead_code, missing_docs)]

use std::{
    io::{Read, Write},
    sync::{Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

/// Nothing takes as long on a machine that works.
const PATIENCE: Duration = Duration::from_secs(90);

pub struct Pty {
    child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    /// Held open, as a shell would: its settings are looked at after the program is gone.
    slave: Option<Box<dyn SlavePty + Send>>,
    keys: Option<Box<dyn Write + Send>>,
    output: mpsc::Receiver<Vec<u8>>,
    screen: Mutex<(vt100::Parser, Vec<u8>)>,
    /// The settings as they were before the program began.
    settings: String,
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Pty {
    pub fn start(mut command: CommandBuilder, (columns, rows): (u16, u16)) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        command.env("TERM", "xterm-256color");
        let settings = settings(pair.master.as_ref());
        let child = pair.slave.spawn_command(command).unwrap();
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
        let screen = Mutex::new((vt100::Parser::new(rows, columns, 0), Vec::new()));
        let (master, slave) = (Some(pair.master), Some(pair.slave));
        Self { child, master, slave, keys: Some(keys), output, screen, settings }
    }

    /// Waits until the screen shows this.
    pub fn sees(&self, text: &str) {
        self.until(&format!("{text:?} on the screen"), |screen| screen.contents().contains(text));
    }

    /// Waits until the screen does not show this any more.
    pub fn misses(&self, text: &str) {
        self.until(&format!("without {text:?}"), |screen| !screen.contents().contains(text));
    }

    /// Waits until this holds of the screen.
    pub fn until(&self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        if let Err(screen) = self.within(PATIENCE, holds) {
            panic!("never {what}; the screen:\n{screen}");
        }
    }

    /// Whether this holds of the screen as it is now.
    pub fn holds(&self, holds: impl Fn(&vt100::Screen) -> bool) -> bool {
        self.within(Duration::from_millis(1), holds).is_ok()
    }

    /// The screen as it is now.
    pub fn screen(&self) -> vt100::Screen {
        let _ = self.within(Duration::from_millis(1), |_| false);
        self.screen.lock().unwrap().0.screen().clone()
    }

    /// Waits so long until this holds of the screen; else gives the screen.
    fn within(&self, time: Duration, holds: impl Fn(&vt100::Screen) -> bool) -> Result<(), String> {
        let deadline = Instant::now() + time;
        let mut guard = self.screen.lock().unwrap();
        loop {
            if whole(&guard.1) && holds(guard.0.screen()) {
                return Ok(());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => {
                    guard.0.process(&bytes);
                    guard.1.extend(bytes);
                }
                Err(_) => return Err(guard.0.screen().contents()),
            }
        }
    }

    /// Waits until something outside the screen holds.
    pub fn waits(&self, what: &str, holds: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds() {
            assert!(Instant::now() < deadline, "never {what}; the screen:\n{}", self.contents());
            // Keeps the screen read, so that the program never waits for the terminal.
            let _ = self.within(Duration::from_millis(50), |_| false);
        }
    }

    /// Gives what was typed the time that it takes to be drawn.
    pub fn settles(&self) {
        let _ = self.within(Duration::from_millis(150), |_| false);
    }

    pub fn types(&mut self, text: &str) {
        let keys = self.keys.as_mut().unwrap();
        keys.write_all(text.as_bytes()).unwrap();
        keys.flush().unwrap();
    }

    /// Presses a key, again and again as people do, until the screen shows this. A key that comes too soon after a
    /// dialog opened is dropped by design.
    pub fn presses_until(&mut self, key: &str, text: &str) {
        self.presses(key, &format!("{text:?}"), |screen| screen.contents().contains(text));
    }

    /// Presses a key until the screen does not show this any more.
    pub fn presses_until_gone(&mut self, key: &str, text: &str) {
        self.presses(key, &format!("a screen without {text:?}"), |screen| !screen.contents().contains(text));
    }

    /// Presses a key, again and again, until this holds of the screen.
    pub fn presses(&mut self, key: &str, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.types(key);
            match self.within(Duration::from_secs(1), &holds) {
                Ok(()) => return,
                Err(screen) => assert!(Instant::now() < deadline, "{key:?} never led to {what}:\n{screen}"),
            }
        }
    }

    /// Puts the selection on the line that says this.
    pub fn selects(&mut self, line: &str) {
        let selected = |screen: &str| screen.lines().filter(|row| row.contains('▸')).collect::<Vec<_>>().join("\n");
        for key in ["\x1b[B", "\x1b[A"] {
            loop {
                let before = selected(&self.contents());
                if before.lines().any(|row| row.contains(line)) {
                    return;
                }
                self.types(key);
                // At the end of the list it stays where it is.
                if self.within(Duration::from_secs(2), |screen| selected(&screen.contents()) != before).is_err() {
                    break;
                }
            }
        }
        panic!("no line says {line}:\n{}", self.contents());
    }

    pub fn contents(&self) -> String {
        let _ = self.within(Duration::from_millis(1), |_| false);
        self.screen.lock().unwrap().0.screen().contents()
    }

    /// Everything that the program sent.
    pub fn bytes(&self) -> Vec<u8> {
        self.screen.lock().unwrap().1.clone()
    }

    /// Somebody else writes to the terminal.
    pub fn shows(&self, bytes: &[u8]) {
        self.screen.lock().unwrap().0.process(bytes);
    }

    pub fn resize(&self, (columns, rows): (u16, u16)) {
        self.screen.lock().unwrap().0.screen_mut().set_size(rows, columns);
        self.master.as_ref().unwrap().resize(size(columns, rows)).unwrap();
    }

    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.process_id().unwrap()).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    /// The terminal goes away.
    pub fn hang_up(&mut self) {
        (self.keys, self.master, self.slave) = (None, None, None);
    }

    /// Waits until the program is stopped, as `ps` shows it.
    #[cfg(target_os = "linux")]
    pub fn is_stopped(&self) {
        let pid = self.child.process_id().unwrap();
        self.waits("stopped", || {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T'))
        });
    }

    /// Presses q, again and again as people do, until the program ends, and gives its exit code. A q right behind an Esc
    /// is another key to a terminal program.
    pub fn quits(&mut self) -> u32 {
        self.ends_by("q")
    }

    /// Presses a key, again and again as people do, until the program ends, and gives its exit code.
    pub fn ends_by(&mut self, key: &str) -> u32 {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            self.types(key);
            let _ = self.within(Duration::from_secs(1), |_| false);
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
        }
        panic!("does not end; the screen:\n{}", self.contents());
    }

    /// Waits until the program ends, and gives its exit code.
    pub fn ends(&mut self) -> u32 {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
            let _ = self.within(Duration::from_millis(5), |_| false);
        }
        panic!("does not end; the screen:\n{}", self.contents());
    }

    /// Waits until the terminal is as it was found.
    pub fn was_given_back(&self) {
        self.until("off the alternate screen", |screen| !screen.alternate_screen() && !screen.hide_cursor());
        self.until("in no colour", |screen| {
            let colours = [screen.fgcolor(), screen.bgcolor()];
            let modified = screen.bold() || screen.dim() || screen.italic() || screen.underline() || screen.inverse();
            colours == [vt100::Color::Default; 2] && !modified
        });
        // What the screen above does not know: focus, mouse, the title.
        self.waits("everything switched off again, and the title given back", || {
            let bytes = self.bytes();
            switched_on(&bytes).is_empty() && count(&bytes, KEEP_TITLE) == count(&bytes, GIVE_TITLE_BACK)
        });
        if let Some(master) = &self.master {
            // They follow what is on the screen by a moment.
            self.waits(&format!("the settings {}", self.settings), || settings(master.as_ref()) == self.settings);
        }
    }
}

pub const KEEP_TITLE: &str = "\x1b[22;2t";
pub const GIVE_TITLE_BACK: &str = "\x1b[23;2t";

/// How often a program sent this.
pub fn count(bytes: &[u8], sequence: &str) -> usize {
    bytes.windows(sequence.len()).filter(|window| *window == sequence.as_bytes()).count()
}

/// The terminal's modes that a program left another way than it finds them: `?1004`. The cursor is on before, and no
/// other is.
pub fn switched_on(bytes: &[u8]) -> Vec<String> {
    let mut modes = std::collections::BTreeMap::from([("25".to_owned(), true)]);
    let text = String::from_utf8_lossy(bytes);
    for sequence in text.split("\x1b[?").skip(1) {
        let Some(end) = sequence.find(|c: char| !c.is_ascii_digit() && c != ';') else { continue };
        let on = match &sequence[end..=end] {
            "h" => true,
            "l" => false,
            _ => continue,
        };
        modes.extend(sequence[..end].split(';').map(|mode| (mode.to_owned(), on)));
    }
    modes.into_iter().filter(|(mode, on)| *on != (mode == "25")).map(|(mode, _)| format!("?{mode}")).collect()
}

/// Whether the last frame has come in whole: half of it beside half of the one before is on no screen.
fn whole(bytes: &[u8]) -> bool {
    const BEGIN: &[u8] = b"\x1b[?2026h";
    const END: &[u8] = b"\x1b[?2026l";
    bytes.windows(BEGIN.len()).rfind(|window| *window == BEGIN || *window == END).is_none_or(|last| last == END)
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

/// All settings of the terminal, in words.
fn settings(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().expect("a terminal has settings"))
}
