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

    /// Everywhere it is in `text`, in order.
    pub(super) fn all(&self, text: &str) -> Vec<Range<usize>> {
        let (mut found, mut from) = (Vec::new(), 0);
        while let Some(range) = self.find(text, from) {
            from = range.end;
            found.push(range);
        }
        found
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

/// Words that must all occur, in any order and case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words(Vec<Word>);

impl Words {
    /// The words of a line, with blanks between them.
    pub fn of(line: &str) -> Self {
        Self(line.split_whitespace().map(Word::new).collect())
    }

    /// Whether nothing is looked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether each of them is in one of these texts.
    pub fn are_in(&self, texts: &[&str]) -> bool {
        self.0.iter().all(|word| texts.iter().any(|text| word.is_in(text)))
    }

    /// Where in `text` they are: in order, apart from each other.
    pub fn marks(&self, text: &str) -> Vec<Range<usize>> {
        apart(self.0.iter().flat_map(|word| word.all(text)).collect())
    }
}

/// In order; what overlaps is one.
pub(super) fn apart(mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    found.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(found.len());
    for range in found {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn all_words_must_occur_whatever_their_case_and_order() {
        let words = Words::of("  cursor PULL ");
        assert!(words.are_in(&["pull:pullCursorRegression"]));
        assert!(words.are_in(&["pull", "the cursor moves"]), "each in one of them");
        assert!(!words.are_in(&["pull:lastWriteIdRegression"]));
        assert!(Words::of(" ").is_empty() && Words::of(" ").are_in(&[]));
    }

    #[test]
    fn what_overlaps_is_marked_once() {
        assert_eq!(Words::of("pull pu ll").marks("a Pull pu"), [2..6, 7..9]);
    }
}
