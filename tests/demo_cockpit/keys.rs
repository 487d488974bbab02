//! Each key of the table does what the help says, in a real terminal, in each kind of session that has it: a line of the
//! table without a proof fails.

use crossterm::event::KeyCode;
use gonogo::tui::keys::{BINDINGS, Binding, Bound, Key, Keymap};

use super::{
    proofs::{DOWN, END, GATES, OVERVIEW, Player, Proof, Session, proofs},
    *,
};

/// What a terminal sends for a key.
fn bytes(key: Key) -> String {
    let code = match key {
        Key::Ctrl(letter) => return char::from(letter as u8 & 0x1f).to_string(),
        Key::Plain(code) => code,
    };
    match code {
        KeyCode::Char(c) => c.to_string(),
        KeyCode::Esc => "\x1b".to_owned(),
        KeyCode::Enter => "\r".to_owned(),
        KeyCode::Tab => "\t".to_owned(),
        KeyCode::BackTab => "\x1b[Z".to_owned(),
        KeyCode::Backspace => "\x7f".to_owned(),
        KeyCode::Up => "\x1b[A".to_owned(),
        KeyCode::Down => DOWN.to_owned(),
        KeyCode::Right => "\x1b[C".to_owned(),
        KeyCode::Left => "\x1b[D".to_owned(),
        KeyCode::PageUp => "\x1b[5~".to_owned(),
        KeyCode::PageDown => "\x1b[6~".to_owned(),
        KeyCode::Home => "\x1b[H".to_owned(),
        KeyCode::End => END.to_owned(),
        KeyCode::F(n @ 1..=4) => format!("\x1bO{}", char::from(b'O' + n)),
        other => panic!("what does a terminal send for {other:?}?"),
    }
}

/// The row of the selected line.
fn selected(screen: &vt100::Screen) -> Option<usize> {
    screen.contents().lines().position(|row| row.contains('▸'))
}

/// A session whose keys are tried, one after the other.
struct Walk {
    session: Session,
    demo: Demo,
}

impl Walk {
    fn open(session: Session) -> Self {
        let demo = match session {
            Session::Demo => Demo::open(&["healthy", "--skip", "6h"]),
            Session::Replay => sessions::replay(),
            Session::Several => sessions::several(),
        };
        let mut walk = Self { session, demo };
        walk.goes_home();
        if session == Session::Demo {
            walk.pty().sees("every gate passes");
        }
        walk
    }

    fn pty(&mut self) -> &mut Pty {
        &mut self.demo.pty
    }

    /// The lines of the table that it has.
    fn lines(&self) -> Vec<Bound> {
        Keymap::default().available(self.session.kind()).cloned().collect()
    }

    /// Back to the overview, whatever is open. Each Esc is seen to have been taken before the next key: one right behind it
    /// would be another key. Of a recording that is its end, where nothing goes on.
    fn goes_home(&mut self) {
        let home = |screen: &vt100::Screen| {
            let text = screen.contents();
            text.contains(OVERVIEW) && text.contains(GATES) && !text.contains("Esc ")
        };
        if self.session == Session::Several && self.pty().contents().contains("2 rollouts") {
            self.pty().types("\r");
            self.pty().sees(OVERVIEW);
        }
        while !self.pty().holds(home) {
            let before = self.pty().contents();
            self.pty().types("\x1b");
            self.pty().until("a step back", |screen| screen.contents() != before);
        }
        if self.session == Session::Replay && self.player().is_none_or(|player| !player.ended) {
            self.pty().types("}");
            self.pty().until("the end", |screen| Player::of(screen).is_some_and(|player| player.ended));
        }
    }

    fn player(&mut self) -> Option<Player> {
        Player::of(&self.pty().screen())
    }

    /// To the beginning of the recording, which stands still there.
    fn rewinds(&mut self) {
        self.pty().types("{");
        self.pty().until("the player", |screen| Player::of(screen).is_some_and(|player| !player.ended));
        if self.player().is_some_and(|player| !player.paused) {
            self.pty().types("p");
            self.pty().until("it stands still", |screen| Player::of(screen).is_some_and(|player| player.paused));
            self.pty().types("{");
        }
        self.pty().until("its beginning", |screen| Player::of(screen).is_some_and(|player| player.at == 0));
    }

    fn proves(&mut self, binding: &Binding, key: Key, proof: &Proof) {
        use Proof::{Ends, Leads, Leaves, Passes, Plays, Redraws, Selects, Steps, Stops, Zooms};
        let (typed, name) = (bytes(key), binding.name);
        println!("{:?}: {name}: {key}", self.session);
        self.goes_home();
        let (by, there) = match proof {
            Leads { by, there, .. } | Leaves { by, there } | Selects { by, there, .. } => (*by, *there),
            Plays { by, .. } | Steps { by, .. } => {
                self.rewinds();
                (*by, OVERVIEW)
            }
            _ => (&[][..], OVERVIEW),
        };
        for key in by {
            let before = self.pty().contents();
            self.pty().types(key);
            self.pty().until("somewhere else", |screen| screen.contents() != before);
        }
        self.pty().sees(there);
        let pty = self.pty();
        match proof {
            Leads { to, .. } => {
                pty.misses(to);
                pty.types(&typed);
                pty.sees(to);
            }
            Leaves { .. } => {
                pty.types(&typed);
                pty.misses(there);
            }
            Selects { lines, .. } => {
                let before = selected(&pty.screen()).unwrap();
                pty.types(&typed);
                let expected = before.checked_add_signed(*lines);
                pty.until("another line selected", |screen| selected(screen) == expected);
            }
            Plays { does, .. } | Steps { does, .. } => {
                let before = Player::of(&pty.screen()).unwrap();
                let holds = |screen: &vt100::Screen| Player::of(screen).is_some_and(|now| does(&before, &now));
                if matches!(proof, Steps { .. }) {
                    pty.presses(&typed, &format!("{name}, from {before:?}"), holds);
                } else {
                    pty.types(&typed);
                    pty.until(&format!("{name}, from {before:?}"), holds);
                }
            }
            Redraws => {
                pty.shows(b"\x1b[12;30HSOMEBODY ELSE");
                pty.sees("SOMEBODY ELSE");
                pty.types(&typed);
                pty.misses("SOMEBODY ELSE");
            }
            Passes => {
                let hour = |screen: &vt100::Screen| {
                    let text = screen.contents();
                    let clock = text.find(" UTC").and_then(|at| text.get(at - 8..at - 6)?.parse::<u8>().ok());
                    clock.expect("a clock in the header")
                };
                let before = hour(&pty.screen());
                pty.types(&typed);
                pty.until("six hours later", |screen| (6..=7).contains(&((24 + hour(screen) - before) % 24)));
            }
            Zooms => {
                let window = |screen: &vt100::Screen| {
                    let text = screen.contents();
                    text.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(window, _)| window.to_owned())
                };
                pty.types("s");
                pty.until("a window", |screen| window(screen).is_some());
                let before = window(&pty.screen());
                pty.types(&typed);
                pty.until("another window", |screen| window(screen).is_some_and(|now| Some(now) != before));
            }
            Ends | Stops => {}
        }
    }

    /// Tries each key of each line that it has.
    fn walks(&mut self) {
        for line in self.lines() {
            let proofs = proofs(self.session, line.binding.name);
            assert!(!proofs.is_empty(), "nobody proves {} in {:?}", line.binding.name, self.session);
            for key in &line.keys {
                for proof in &proofs {
                    self.proves(line.binding, *key, proof);
                }
            }
        }
        self.goes_home();
    }
}

#[test]
fn every_key_of_the_table_does_what_its_line_says() {
    let mut walk = Walk::open(Session::Demo);
    walk.walks();
    assert!(walk.demo.served() < 100, "no key of them changed the flag");
    walk.demo.quits();
}

#[test]
fn every_key_that_a_recording_has_does_what_its_line_says() {
    let mut walk = Walk::open(Session::Replay);
    walk.walks();
    walk.demo.quits();
}

#[test]
fn every_key_that_several_rollouts_have_does_what_its_line_says() {
    let mut walk = Walk::open(Session::Several);
    let flags = walk.demo.flag_file();
    walk.walks();
    assert_eq!(walk.demo.flag_file(), flags, "no key of them changed it");
    walk.demo.quits();
}

#[test]
fn no_line_of_the_table_is_left_out() {
    for binding in BINDINGS {
        let has = |session: &Session| {
            Keymap::default().available(session.kind()).any(|line| line.binding.name == binding.name)
        };
        assert!(Session::ALL.iter().any(has), "no kind of session that is walked has {}", binding.name);
    }
}

#[test]
fn the_keys_that_leave_do() {
    for session in Session::ALL {
        for line in Keymap::default().available(session.kind()) {
            for key in &line.keys {
                for proof in proofs(session, line.binding.name) {
                    match proof {
                        Proof::Ends => {
                            let mut walk = Walk::open(session);
                            assert_eq!(walk.pty().ends_by(&bytes(*key)), 0, "{key}");
                            walk.pty().was_given_back();
                        }
                        #[cfg(target_os = "linux")]
                        Proof::Stops => {
                            let mut walk = Walk::open(session);
                            walk.pty().types(&bytes(*key));
                            walk.pty().is_stopped();
                            walk.pty().signal(Signal::CONT);
                            walk.pty().sees(OVERVIEW);
                            walk.demo.quits();
                        }
                        _ => {}
                    }
                }
            }
        }
    }
}

/// What is typed behind the name is where it leads.
#[test]
fn the_palette_goes_to_a_time_of_a_recording() {
    let mut walk = Walk::open(Session::Replay);
    walk.rewinds();
    let clock = walk.pty().screen().rows(0, 200).next().unwrap();
    let utc = clock.find(" UTC").unwrap();
    let hour: u8 = clock[utc - 8..utc - 6].parse().unwrap();
    let typed = format!("{:02}:30", (hour + 2) % 24);
    walk.pty().types(":");
    walk.pty().sees("the name of what is to be done");
    walk.pty().types(&format!("seek {typed}\r"));
    walk.pty().sees(&format!("{typed}:00 UTC"));
    walk.demo.quits();
}

#[test]
fn the_palette_does_by_name_what_keys_do() {
    let mut demo = Demo::open(&[]);
    demo.pty.types(":");
    demo.pty.sees("the name of what is to be done");
    demo.pty.types("guardr\t");
    demo.pty.sees("guardrails ");
    demo.pty.types("\r");
    demo.pty.sees("raised when");
    let flags = demo.flag_file();
    demo.pty.types(":");
    demo.pty.sees("the name of what is to be done");
    demo.pty.types("roll-b\r\r\r");
    demo.pty.sees("Sent again until the store confirms it");
    assert_eq!(demo.flag_file(), flags);
    demo.closes("Sent again until the store confirms it");
    demo.quits();
}
