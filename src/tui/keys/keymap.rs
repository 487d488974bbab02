//! Which key does what in this session: the table, with what the configuration says otherwise.

use std::collections::BTreeMap;

use crossterm::event::{KeyCode, KeyEvent};

use super::{BINDINGS, Binding, Command, Does, During, Key};
use crate::{runbook::nearest, text::clean, tui::model::Screen};

/// What kind of session it is, as far as that decides which keys there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kind {
    /// No key that acts or records.
    pub read_only: bool,
    /// Its time is simulated.
    pub simulated: bool,
    /// It plays a recording. Then it is read-only, too.
    pub replay: bool,
    /// It has several rollouts.
    pub several: bool,
}

impl Kind {
    fn has(self, binding: &Binding) -> bool {
        let here = match binding.during {
            During::All => true,
            During::Demo => self.simulated,
            During::Replay => self.replay,
            During::Several => self.several,
        };
        here && !((self.read_only || self.replay) && binding.does != Does::Looks)
    }
}

/// A line of the table with the keys that it has now.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// The line of the table.
    pub binding: &'static Binding,
    /// The keys, any of which does it. None where the configuration took them away.
    pub keys: Vec<Key>,
    /// The keys as shown: `Up k`.
    pub shown: String,
}

impl PartialEq for Binding {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// The keys that are in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Keymap {
    lines: Vec<Bound>,
}

impl Default for Keymap {
    fn default() -> Self {
        let keys = |binding: &Binding| binding.keys.split(' ').filter_map(|name| Key::named(name).ok()).collect();
        Self { lines: BINDINGS.iter().map(|binding| bound(binding, keys(binding))).collect() }
    }
}

fn bound(binding: &'static Binding, keys: Vec<Key>) -> Bound {
    let names: Vec<String> = keys.iter().map(ToString::to_string).collect();
    Bound { binding, keys, shown: names.join(" ") }
}

impl Keymap {
    /// The table, with these keys instead: names of keys by the name of a command. An empty list takes its keys away.
    ///
    /// # Errors
    /// Each thing that is wrong, in one sentence: a command or a key that is none, a key that means two things on one
    /// screen, one that may not be had.
    pub fn rebound(by: &BTreeMap<String, Vec<String>>) -> Result<Self, Vec<String>> {
        let (mut map, mut wrong) = (Self::default(), Vec::new());
        for (name, keys) in by {
            let Some(line) = map.lines.iter_mut().find(|line| line.binding.name == name) else {
                let known = BINDINGS.iter().map(|binding| binding.name);
                let name = clean(name);
                wrong.push(format!("there is no command {name:?}; {}", nearest::choice(&name, known)));
                continue;
            };
            let mut found = Vec::new();
            for given in keys {
                match Key::named(given).and_then(|key| may(line.binding, key).map(|()| key)) {
                    Ok(key) if found.contains(&key) => wrong.push(format!("{name}: {key} is given twice")),
                    Ok(key) => found.push(key),
                    Err(why) => wrong.push(format!("{name}: {}", clean(&why))),
                }
            }
            if line.binding.fixed {
                wrong.push(format!("{name} always is {}: people reach for it without looking", line.shown));
            } else if found.is_empty() && line.binding.command == Command::Rollback && keys.is_empty() {
                wrong.push(format!("{name} must have a key: rolling back always works"));
            } else if found.is_empty() && line.binding.command == Command::Palette && keys.is_empty() {
                wrong.push(format!("{name} must have a key: it has all that has none"));
            }
            *line = bound(line.binding, found);
        }
        wrong.extend(map.conflicts(by));
        if wrong.is_empty() { Ok(map) } else { Err(wrong) }
    }

    /// Each key that means two things at once.
    fn conflicts(&self, by: &BTreeMap<String, Vec<String>>) -> Vec<String> {
        let mut found = Vec::new();
        for (i, line) in self.lines.iter().enumerate() {
            for other in &self.lines[..i] {
                for key in line.keys.iter().filter(|key| other.keys.contains(key)) {
                    if !meet(line.binding, other.binding) {
                        continue;
                    }
                    // The one that was given is the one to change.
                    let (given, had) = if by.contains_key(line.binding.name) { (line, other) } else { (other, line) };
                    let (given, had) = (given.binding.name, had.binding.name);
                    found.push(format!(
                        "{given}: {key} is {had} already; give {had} another key, or choose another one"
                    ));
                }
            }
        }
        found
    }

    /// The lines of the table that this kind of session has, those of all screens.
    pub fn available(&self, kind: Kind) -> impl Iterator<Item = &Bound> {
        self.lines.iter().filter(move |line| kind.has(line.binding))
    }

    /// Those of them that do something on this screen.
    pub fn on_screen(&self, kind: Kind, screen: Screen) -> impl Iterator<Item = &Bound> {
        self.available(kind).filter(move |line| line.binding.on.is_empty() || line.binding.on.contains(&screen))
    }

    /// What this key asks for on this screen, if anything.
    pub fn command(&self, event: &KeyEvent, kind: Kind, screen: Screen) -> Option<Command> {
        let key = Key::of(event)?;
        // Whatever else is bound: this is how a terminal program is left.
        if key == Key::Ctrl('c') {
            return Some(Command::Quit);
        }
        self.on_screen(kind, screen).find(|line| line.keys.contains(&key)).map(|line| line.binding.command)
    }

    /// The first key of a command as it is shown, or `:name` where it has none: the palette has it then.
    pub fn shown(&self, command: Command) -> String {
        let line = self.lines.iter().find(|line| line.binding.command == command);
        line.map_or_else(String::new, |line| match line.keys.first() {
            Some(key) => key.to_string(),
            None => format!(":{}", line.binding.name),
        })
    }
}

/// Whether a command may have this key.
fn may(binding: &Binding, key: Key) -> Result<(), String> {
    let acts = binding.does == Does::Acts;
    match key {
        Key::Ctrl('c') if binding.command != Command::Quit => Err("Ctrl-C always quits".to_owned()),
        Key::Plain(KeyCode::Char(c)) if acts != c.is_uppercase() => Err(match acts {
            true => format!("{key} cannot act: a key that acts is an uppercase letter, Ctrl or F"),
            false => format!("{key} cannot look: uppercase letters act"),
        }),
        Key::Plain(KeyCode::Esc | KeyCode::Enter) => Err(format!("{key} closes and opens, everywhere")),
        _ => Ok(()),
    }
}

/// Whether there is a session and a screen that has both.
fn meet(one: &Binding, other: &Binding) -> bool {
    let screens = one.on.is_empty() || other.on.is_empty() || one.on.iter().any(|screen| other.on.contains(screen));
    let kinds = [false, true].into_iter().flat_map(|simulated| {
        let kinds = [(false, false), (false, true), (true, false), (true, true)];
        kinds.map(|(replay, several)| Kind { read_only: false, simulated, replay, several })
    });
    screens && kinds.into_iter().any(|kind| kind.has(one) && kind.has(other))
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyModifiers;

    use super::*;

    const LIVE: Kind = Kind { read_only: false, simulated: false, replay: false, several: false };
    const READ_ONLY: Kind = Kind { read_only: true, ..LIVE };

    fn press(c: char) -> KeyEvent {
        KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)
    }

    fn given(keys: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
        let each =
            keys.iter().map(|(name, keys)| ((*name).to_owned(), keys.iter().map(|key| (*key).to_owned()).collect()));
        each.collect()
    }

    #[test]
    fn every_key_of_the_table_is_one_that_its_line_may_have() {
        for binding in BINDINGS {
            for name in binding.keys.split(' ') {
                let key = Key::named(name).unwrap();
                assert!(binding.fixed || may(binding, key).is_ok(), "{name}");
                assert_eq!(key.to_string(), name, "the help shows it as it is written");
            }
        }
    }

    #[test]
    fn no_key_and_no_name_means_two_things() {
        assert_eq!(Keymap::default().conflicts(&BTreeMap::new()), Vec::<String>::new());
        for (i, binding) in BINDINGS.iter().enumerate() {
            assert!(!BINDINGS[..i].contains(binding), "{} twice", binding.name);
        }
    }

    #[test]
    fn read_only_knows_no_acting_key() {
        let map = Keymap::default();
        assert_eq!(map.command(&press('R'), LIVE, Screen::Overview), Some(Command::Rollback));
        for kind in [READ_ONLY, Kind { replay: true, ..LIVE }] {
            assert_eq!(map.command(&press('R'), kind, Screen::Overview), None);
            assert_eq!(map.command(&press('A'), kind, Screen::Overview), None);
            assert_eq!(map.command(&press('g'), kind, Screen::Overview), Some(Command::Show(Screen::Gates)));
        }
    }

    #[test]
    fn keys_of_other_kinds_of_sessions_do_nothing() {
        let map = Keymap::default();
        assert_eq!(map.command(&press('+'), LIVE, Screen::Overview), None);
        assert_eq!(map.command(&press('+'), Kind { simulated: true, ..LIVE }, Screen::Overview), Some(Command::Skip));
        assert_eq!(map.command(&press('p'), LIVE, Screen::Readiness), Some(Command::Pass));
        assert_eq!(map.command(&press('p'), Kind { replay: true, ..LIVE }, Screen::Readiness), Some(Command::Pause));
    }

    #[test]
    fn the_configuration_gives_other_keys() {
        let map =
            Keymap::rebound(&given(&[("gates", &["e", "F5"]), ("sources", &["g"]), ("advance", &["Ctrl-A"])])).unwrap();
        assert_eq!(map.command(&press('e'), LIVE, Screen::Overview), Some(Command::Show(Screen::Gates)));
        assert_eq!(map.command(&press('g'), LIVE, Screen::Overview), Some(Command::Show(Screen::Sources)));
        assert_eq!(map.command(&press('A'), LIVE, Screen::Overview), None);
        assert_eq!(map.shown(Command::Show(Screen::Gates)), "e");
        let map = Keymap::rebound(&given(&[("gates", &[]), ("quit", &["x"])]));
        assert!(map.is_err(), "x runs the gate on one of the screens");
        let map = Keymap::rebound(&given(&[("gates", &[]), ("quit", &["Q"])]));
        assert!(map.is_err(), "it does not act");
        let map = Keymap::rebound(&given(&[("gates", &[]), ("quit", &["e"])])).unwrap();
        assert_eq!(map.shown(Command::Show(Screen::Gates)), ":gates");
        let ctrl_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(map.command(&ctrl_c, LIVE, Screen::Overview), Some(Command::Quit), "whatever was bound");
    }

    #[test]
    fn what_cannot_be_is_refused_and_says_why() {
        for (name, keys, why) in [
            ("gtes", &["e"][..], "there is no command \"gtes\"; did you mean `gates`?"),
            ("gates", &["u"], "gates: u is guardrails already"),
            ("gates", &["e", "e"], "gates: e is given twice"),
            ("gates", &["G"], "gates: G cannot look: uppercase letters act"),
            ("gates", &["Ctrl-C"], "gates: Ctrl-C always quits"),
            ("gates", &["Enter"], "gates: Enter closes and opens, everywhere"),
            ("gates", &["Hyper-x"], "gates: there is no key \"Hyper-x\""),
            ("advance", &["e"], "advance: e cannot act"),
            ("roll-back", &[], "roll-back must have a key"),
            ("palette", &[], "palette must have a key"),
            ("back", &["e"], "back always is Esc"),
            // On one screen only.
            ("vote", &["t"], "vote: t is timeline already"),
        ] {
            let wrong = Keymap::rebound(&given(&[(name, keys)])).unwrap_err();
            assert!(wrong.iter().any(|said| said.starts_with(why)), "{name} {keys:?}: {wrong:?}");
        }
    }
}
