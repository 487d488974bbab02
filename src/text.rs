//! Text from outside, made harmless before it is drawn or printed.

/// `text` on one line and without control or direction-changing characters; line ends and tabs become spaces.
pub fn clean(text: &str) -> String {
    // Most text is plain, and a label is cleaned wherever it is used.
    if is_plain(text) {
        return text.to_owned();
    }
    text.chars()
        .filter_map(|c| match c {
            '\n' | '\r' | '\t' => Some(' '),
            c if c.is_control() => None,
            // Bidirectional controls and invisible joiners can make a line read as something it is not.
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => None,
            c => Some(c),
        })
        .collect()
}

/// The same of a text that is not needed otherwise.
pub fn cleaned(text: String) -> String {
    if is_plain(&text) { text } else { clean(&text) }
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn control_sequences_and_direction_marks_do_not_survive() {
        assert_eq!(clean("a\x1b[31mred\x07\nb\u{202e}c\u{9b}2J"), "a[31mred bc2J");
    }
}
