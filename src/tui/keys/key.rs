//! One key, as it is written in the table, in the configuration and on the screen: `g`, `Ctrl-C`, `PgUp`, `F2`.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key without its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// This key.
    Plain(KeyCode),
    /// This letter with Ctrl.
    Ctrl(char),
}

/// Names of the keys that are no letter, as they are shown; the first of two that mean the same is shown.
const NAMES: &[(&str, KeyCode)] = &[
    ("Esc", KeyCode::Esc),
    ("Enter", KeyCode::Enter),
    ("Space", KeyCode::Char(' ')),
    ("Tab", KeyCode::Tab),
    ("Shift-Tab", KeyCode::BackTab),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("PgUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
    ("PageUp", KeyCode::PageUp),
    ("PageDown", KeyCode::PageDown),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("Insert", KeyCode::Insert),
    ("Delete", KeyCode::Delete),
    ("Backspace", KeyCode::Backspace),
];

impl Key {
    /// The key of this event; none where it comes with a modifier that no binding has.
    pub fn of(event: &KeyEvent) -> Option<Self> {
        if event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER | KeyModifiers::META) {
            return None;
        }
        Some(match event.code {
            KeyCode::Char(c) if event.modifiers.contains(KeyModifiers::CONTROL) => Self::Ctrl(c.to_ascii_lowercase()),
            code => Self::Plain(code),
        })
    }

    /// The key of this name.
    ///
    /// # Errors
    /// In one sentence, where there is no such key or no terminal tells it from another one.
    pub fn named(name: &str) -> Result<Self, String> {
        let unknown = || format!("there is no key {name:?}; write it like g, A, Ctrl-T, F2, PgUp or Space");
        if let Some((_, code)) = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            return Ok(Self::Plain(*code));
        }
        let mut letters = name.chars();
        if let (Some(c), None) = (letters.next(), letters.next()) {
            return if c.is_control() { Err(unknown()) } else { Ok(Self::Plain(KeyCode::Char(c))) };
        }
        if let Some(letter) = name.get(..5).filter(|head| head.eq_ignore_ascii_case("ctrl-")).and(name.get(5..)) {
            return match *letter.to_ascii_lowercase().as_bytes() {
                // In a terminal these are Tab and Enter themselves, and Ctrl-H is what some send for Backspace.
                [b'i' | b'm' | b'h' | b'j'] => {
                    Err(format!("a terminal does not tell {name} from another key; choose another one"))
                }
                [letter @ b'a'..=b'z'] => Ok(Self::Ctrl(char::from(letter))),
                _ => Err(unknown()),
            };
        }
        match name.strip_prefix(['f', 'F']).map(str::parse) {
            Some(Ok(n @ 1..=12)) => Ok(Self::Plain(KeyCode::F(n))),
            _ => Err(unknown()),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ctrl(letter) => write!(f, "Ctrl-{}", letter.to_ascii_uppercase()),
            Self::Plain(code) => match NAMES.iter().find(|(_, known)| known == code) {
                Some((name, _)) => f.write_str(name),
                None => write!(f, "{code}"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_shown() {
        for name in ["g", "A", "/", ":", "?", "Ctrl-C", "PgUp", "Shift-Tab", "Space", "Esc", "F2", "F12", "Left", "ä"]
        {
            assert_eq!(Key::named(name).unwrap().to_string(), name);
        }
        assert_eq!(Key::named("pagedown"), Key::named("PgDn"));
        assert_eq!(Key::named("ctrl-t"), Ok(Key::Ctrl('t')));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for name in ["", "gg", "Ctrl-", "Ctrl-1", "Ctrl-I", "ctrl-m", "F0", "F13", "Alt-x", "\u{1b}", "Ctrl-ä"] {
            assert!(Key::named(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_modified_letter_is_another_key() {
        let of = |c, modifiers| Key::of(&KeyEvent::new(KeyCode::Char(c), modifiers));
        assert_eq!(of('q', KeyModifiers::ALT), None);
        assert_eq!(of('R', KeyModifiers::CONTROL), Some(Key::Ctrl('r')));
        assert_eq!(of('R', KeyModifiers::SHIFT), Some(Key::Plain(KeyCode::Char('R'))));
    }
}
