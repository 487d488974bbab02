//! Words within a text, whatever their case.

use std::ops::Range;

/// A word as it is looked for: in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word(String);

impl Word {
    pub(super) fn new(text: &str) -> Self {
        // Letter by letter, as the text is: a sigma at the end of a word is one like any other.
        Self(text.chars().flat_map(char::to_lowercase).collect())
    }

    pub(super) fn is_in(&self, text: &str) -> bool {
        self.find(text, 0).is_some()
    }

    pub(super) fn begins(&self, text: &str) -> bool {
        self.at(text).is_some()
    }

    /// Where it is next in `text`, from the byte `from` on, which must begin a character.
    pub(super) fn find(&self, text: &str, from: usize) -> Option<Range<usize>> {
        let rest = &text[from..];
        let found = |i: usize| self.at(&rest[i..]).map(|length| from + i..from + i + length);
        match self.0.bytes().next() {
            None => None,
            // Most words and most texts are plain, and there may be a hundred thousand of them.
            Some(first) if self.0.is_ascii() && rest.is_ascii() => {
                memchr::memchr2_iter(first, first.to_ascii_uppercase(), rest.as_bytes()).find_map(found)
            }
            Some(_) => rest.char_indices().find_map(|(i, _)| found(i)),
        }
    }

    /// How many bytes of `text` it takes, if `text` begins with it.
    fn at(&self, text: &str) -> Option<usize> {
        if self.0.is_ascii() && text.is_ascii() {
            let length = self.0.len();
            return text.get(..length)?.eq_ignore_ascii_case(&self.0).then_some(length);
        }
        let mut wanted = self.0.chars().peekable();
        for (i, c) in text.char_indices() {
            if wanted.peek().is_none() {
                return Some(i);
            }
            if c.to_lowercase().any(|lower| wanted.next() != Some(lower)) {
                return None;
            }
        }
        wanted.peek().is_none().then_some(text.len())
    }
}
