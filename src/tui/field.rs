//! A one-line text field.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::text::clean;

/// Longer text than this is not taken: a reason is a sentence, not a file.
const LIMIT: usize = 240;

/// Text being typed, with a cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    text: Vec<char>,
    cursor: usize,
}

impl Field {
    /// A field that holds `text`, with the cursor behind it.
    pub fn new(text: &str) -> Self {
        let text: Vec<char> = clean(text).chars().take(LIMIT).collect();
        Self { cursor: text.len(), text }
    }

    /// What it holds.
    pub fn text(&self) -> String {
        self.text.iter().collect()
    }

    /// Whether it holds nothing but blanks.
    pub fn is_blank(&self) -> bool {
        self.text.iter().all(|c| c.is_whitespace())
    }

    /// The text before the cursor, and from the cursor on.
    pub fn parts(&self) -> (String, String) {
        let (before, after) = self.text.split_at(self.cursor);
        (before.iter().collect(), after.iter().collect())
    }

    /// Puts text in at the cursor, made harmless first.
    pub fn insert(&mut self, text: &str) {
        for c in clean(text).chars() {
            if self.text.len() < LIMIT {
                self.text.insert(self.cursor, c);
                self.cursor += 1;
            }
        }
    }

    /// Does what the key says, and tells whether it was one for a text field.
    pub fn edit(&mut self, key: &KeyEvent) -> bool {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('u') if control => {
                self.text.drain(..self.cursor);
                self.cursor = 0;
            }
            KeyCode::Char(c) if !control && !key.modifiers.contains(KeyModifiers::ALT) => {
                self.insert(c.encode_utf8(&mut [0; 4]));
            }
            KeyCode::Backspace if self.cursor > 0 => {
                self.cursor -= 1;
                self.text.remove(self.cursor);
            }
            KeyCode::Delete if self.cursor < self.text.len() => {
                self.text.remove(self.cursor);
            }
            KeyCode::Left => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Right => self.cursor = (self.cursor + 1).min(self.text.len()),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.text.len(),
            KeyCode::Backspace | KeyCode::Delete => {}
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(field: &mut Field, code: KeyCode) -> bool {
        field.edit(&KeyEvent::new(code, KeyModifiers::NONE))
    }

    #[test]
    fn editing_in_the_middle() {
        let mut field = Field::new("ac");
        press(&mut field, KeyCode::Left);
        press(&mut field, KeyCode::Char('b'));
        assert_eq!(field.text(), "abc");
        assert_eq!(field.parts(), ("ab".to_owned(), "c".to_owned()));
        press(&mut field, KeyCode::Delete);
        press(&mut field, KeyCode::Backspace);
        assert_eq!(field.text(), "a");
        assert!(!press(&mut field, KeyCode::Enter));
    }

    #[test]
    fn pasted_control_characters_and_endless_text_do_no_harm() {
        let mut field = Field::default();
        field.insert("one\ntwo\x1b[31m");
        assert_eq!(field.text(), "one two[31m");
        field.insert(&"x".repeat(10_000));
        assert_eq!(field.text().chars().count(), LIMIT);
    }
}
