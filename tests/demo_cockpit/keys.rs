//! Each key of the table does what the help says, in a real terminal: a line of the table without a proof fails. And the
//! mouse, where it is wanted.

use crossterm::event::KeyCode;
use gonogo::tui::keys::{BINDINGS, Binding, Key};

use super::*;

/// How a line of the table is proved.
enum Proof {
    /// From the overview these keys lead there, which is then to be seen; and the key leads to this.
    Leads { by: &'static [&'static str], there: &'static str, to: &'static str },
    /// The same, and the key leads away from it.
    Leaves { by: &'static [&'static str], there: &'static str },
    /// The selection goes on by so many lines, after these keys.
    Selects { by: &'static [&'static str], there: &'static str, lines: isize },
    /// It ends the session.
    Ends,
    /// It stops the process; it goes on when it is told to.
    Stops,
    /// It draws everything again.
    Redraws,
    /// Time passes.
    Passes,
    /// Only another kind of session has it: one that plays a recording, one with several rollouts.
    Elsewhere,
    /// Success shows another window.
    Zooms,
}

use Proof::{Elsewhere, Ends, Leads, Leaves, Passes, Redraws, Selects, Stops, Zooms};

const OVERVIEW: &str = "Rollback triggers";
const GATES: &str = "Exit gates";
const DOWN: &str = "\x1b[B";
const END: &str = "\x1b[F";

/// What proves a line, by its name; none where nobody thought of it.
fn proof(name: &str) -> Option<Proof> {
    let from_overview = |to| Leads { by: &[], there: OVERVIEW, to };
    let on_briefing = |to| Leads { by: &["b"], there: "no poll is open", to };
    let on_readiness = |to| Leads { by: &["c"], there: "Checklist", to };
    let on_check = |to| Leads { by: &["c", DOWN], there: "▸ fresh-item", to };
    let in_help = |by, there| Leaves { by, there };
    Some(match name {
        "advance" => from_overview("type default-on"),
        "roll-back" => from_overview("Sent again until the store confirms it"),
        "reduce" => from_overview("Back one stage, not all the way off"),
        "flag" => from_overview("The flag is as the stage says"),
        "enter" => from_overview("Enter into the audit log"),
        "vote" | "decide" => on_briefing("not now, oncall"),
        "open-poll" => on_briefing("empty: whether to go on"),
        "write-report" => on_briefing("report: written to"),
        "run-gate" => on_readiness("Run the automated gate?"),
        "details" => Leaves { by: &["c"], there: "Checklist" },
        "pass" => on_check("▸ pass"),
        "fail" => on_check("▸ fail"),
        "find" => Leads { by: &["t"], there: "Entry", to: "kind:rollback  who:ann" },
        "write-timeline" => Leads { by: &["t"], there: "Entry", to: "timeline: written to" },
        "overview" => Leads { by: &["g"], there: "data age", to: OVERVIEW },
        "success" | "storage" | "rollback-plan" | "sources" => Leaves { by: &[], there: GATES },
        "gates" => from_overview("data age"),
        "guardrails" => from_overview("raised when"),
        "checks" => from_overview("x run gate"),
        "timeline" => from_overview("Entry"),
        "briefing" => from_overview("no poll is open"),
        "help" => from_overview("lowercase looks"),
        "next-view" => Leads { by: &["s"], there: "Esc back", to: "data age" },
        "previous-view" => Leads { by: &["u"], there: "raised when", to: "data age" },
        "note" => from_overview("what is to be remembered"),
        "palette" => from_overview("the name of what is to be done"),
        "back" => Leads { by: &["g"], there: "data age", to: OVERVIEW },
        "open" => from_overview("data age"),
        "up" => Selects { by: &["g", DOWN, DOWN], there: "data age", lines: -1 },
        "down" => Selects { by: &["g"], there: "data age", lines: 1 },
        "page-down" => in_help(&["?"], "lowercase looks"),
        "page-up" => in_help(&["?", END], "Treat guardrail violations as hard-stop signals"),
        "first" => Leads { by: &["?", END], there: "Rules of this rollout", to: "lowercase looks" },
        "last" => Leads { by: &["?"], there: "lowercase looks", to: "Rules of this rollout" },
        "quit" => Ends,
        "suspend" => Stops,
        "redraw" => Redraws,
        "skip" => Passes,
        "pause" | "slower" | "faster" | "step-back" | "step" | "back-10m" | "on-10m" | "rollouts" => Elsewhere,
        "zoom" | "left" | "right" => Zooms,
        "sort" => Leaves { by: &["u"], there: "last▼" },
        "copy" => from_overview("not every terminal takes them"),
        "theme" => from_overview("until gonogo ends"),
        // There and back: what comes after it reads the clock.
        "times" => Leads { by: &["\x1bOR"], there: "times as this machine has them", to: "times in UTC" },
        _ => return None,
    })
}

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

impl Demo {
    /// Back to the overview, whatever is open. Each Esc is seen to have been taken before the next key: one right behind it
    /// would be another key.
    fn goes_home(&mut self) {
        let home = |screen: &vt100::Screen| {
            let text = screen.contents();
            text.contains(OVERVIEW) && text.contains(GATES) && !text.contains("Esc ")
        };
        while !self.pty.holds(home) {
            let before = self.pty.contents();
            self.pty.types("\x1b");
            self.pty.until("a step back", |screen| screen.contents() != before);
        }
    }

    fn proves(&mut self, binding: &Binding, key: Key, proof: &Proof) {
        let (typed, name) = (bytes(key), binding.name);
        println!("{name}: {key}");
        self.goes_home();
        let (by, there) = match proof {
            Leads { by, there, .. } | Leaves { by, there } | Selects { by, there, .. } => (*by, *there),
            _ => (&[][..], OVERVIEW),
        };
        for key in by {
            let before = self.pty.contents();
            self.pty.types(key);
            self.pty.until("somewhere else", |screen| screen.contents() != before);
        }
        self.pty.sees(there);
        match proof {
            Leads { to, .. } => {
                self.pty.misses(to);
                self.pty.types(&typed);
                self.pty.sees(to);
            }
            Leaves { .. } => {
                self.pty.types(&typed);
                self.pty.misses(there);
            }
            Selects { lines, .. } => {
                let before = selected(&self.pty.screen()).unwrap();
                self.pty.types(&typed);
                let expected = before.checked_add_signed(*lines);
                self.pty.until("another line selected", |screen| selected(screen) == expected);
            }
            Redraws => {
                self.pty.shows(b"\x1b[12;30HSOMEBODY ELSE");
                self.pty.sees("SOMEBODY ELSE");
                self.pty.types(&typed);
                self.pty.misses("SOMEBODY ELSE");
            }
            Passes => {
                let hour = |screen: &vt100::Screen| {
                    let text = screen.contents();
                    let clock = text.find(" UTC").and_then(|at| text.get(at - 8..at - 6)?.parse::<u8>().ok());
                    clock.expect("a clock in the header")
                };
                let before = hour(&self.pty.screen());
                self.pty.types(&typed);
                self.pty.until("six hours later", |screen| (6..=7).contains(&((24 + hour(screen) - before) % 24)));
            }
            Zooms => {
                let window = |screen: &vt100::Screen| {
                    let text = screen.contents();
                    text.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(window, _)| window.to_owned())
                };
                self.pty.types("s");
                self.pty.until("a window", |screen| window(screen).is_some());
                let before = window(&self.pty.screen());
                self.pty.types(&typed);
                self.pty.until("another window", |screen| window(screen).is_some_and(|now| Some(now) != before));
            }
            Ends | Stops | Elsewhere => {}
        }
    }
}

fn keys(binding: &Binding) -> impl Iterator<Item = Key> {
    binding.keys.split(' ').map(|name| Key::named(name).unwrap())
}

#[test]
fn every_key_of_the_table_does_what_its_line_says() {
    let mut demo = Demo::open(&["healthy", "--skip", "6h"]);
    demo.pty.sees("every gate passes");
    for binding in BINDINGS {
        let proof = proof(binding.name).unwrap_or_else(|| panic!("nobody proves {}", binding.name));
        for key in keys(binding) {
            demo.proves(binding, key, &proof);
        }
    }
    demo.goes_home();
    assert!(demo.served() < 100, "no key of them changed the flag");
    demo.quits();
}

#[test]
fn the_keys_that_leave_do() {
    for binding in BINDINGS {
        for key in keys(binding) {
            match proof(binding.name) {
                Some(Ends) => {
                    let mut demo = Demo::open(&[]);
                    assert_eq!(demo.pty.ends_by(&bytes(key)), 0, "{key}");
                    demo.pty.was_given_back();
                }
                #[cfg(target_os = "linux")]
                Some(Stops) => {
                    let mut demo = Demo::open(&[]);
                    demo.pty.types(&bytes(key));
                    demo.pty.is_stopped();
                    demo.pty.signal(Signal::CONT);
                    demo.pty.sees(OVERVIEW);
                    demo.quits();
                }
                _ => {}
            }
        }
    }
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
    demo.goes_home();
    demo.quits();
}

#[test]
fn the_mouse_is_taken_only_where_it_is_wanted_and_confirms_nothing() {
    let demo = Demo::open(&[]);
    assert_eq!(demo.pty.screen().mouse_protocol_mode(), vt100::MouseProtocolMode::None, "not unless it is asked for");
    demo.quits();

    let mut demo = Demo::open(&["--mouse"]);
    assert_eq!(demo.pty.screen().mouse_protocol_mode(), vt100::MouseProtocolMode::PressRelease, "no movements");
    demo.pty.sees("gates pending");
    let flags = demo.flag_file();
    demo.clicks("Guardrails");
    demo.pty.sees("raised when");
    demo.clicks("Esc back");
    demo.pty.sees(OVERVIEW);
    demo.clicks("R roll back");
    demo.pty.sees("Sent again until the store confirms it");
    demo.clicks("  Roll back ");
    demo.pty.sees("▸ Roll back");
    demo.clicks("▸ Roll back");
    demo.clicks("y roll back");
    demo.pty.settles();
    demo.pty.sees("Sent again until the store confirms it");
    assert_eq!(demo.flag_file(), flags);
    demo.goes_home();
    demo.quits();

    let demo = Demo::open(&["--mouse"]);
    demo.pty.signal(Signal::TERM);
    demo.ends_with(143);
}

impl Demo {
    /// Clicks on the last place where the screen says this.
    fn clicks(&mut self, text: &str) {
        self.pty.sees(text);
        let screen = self.pty.screen();
        let rows: Vec<String> = screen.rows(0, 200).collect();
        let place =
            rows.iter().enumerate().rev().find_map(|(y, row)| Some((row[..row.rfind(text)?].chars().count(), y)));
        let (x, y) = place.unwrap();
        // Columns and rows are counted from 1; pressed, and let go.
        self.pty.types(&format!("\x1b[<0;{0};{1}M\x1b[<0;{0};{1}m", x + 2, y + 1));
    }
}
