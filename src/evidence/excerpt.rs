//! Log lines made fit to keep: harmless, without secrets, bounded; what was cut is said. Pure.

use std::sync::LazyLock;

use regex::Regex;

use super::redact;
use crate::{text::clean, units::plural};

/// So many lines are kept; the last ones.
pub const MOST_LINES: usize = 2000;
/// So many bytes are kept; the last ones, whole lines.
pub const MOST_BYTES: usize = 1 << 20;
/// Of a longer line its beginning is kept, so many characters.
const LONGEST: usize = 4000;

/// Control sequences of terminals: colours, titles, cursor.
static SEQUENCES: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])").ok());

/// Log lines that can be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// One a line. Where something was cut, the first line says what.
    pub text: String,
    /// How many lines of the log are in it.
    pub lines: usize,
    /// What was cut, in words.
    pub cut: Option<String>,
}

/// An excerpt of `lines`, oldest first, none of which then breaks its line, drives a terminal or holds a secret that is
/// known by its shape or is one of `known`. `more` says that there were older ones.
pub fn excerpt<'a>(lines: impl IntoIterator<Item = &'a str>, more: bool, known: &[&str]) -> Excerpt {
    let harmless: Vec<String> = lines.into_iter().map(harmless).collect();
    // As one text: a private key has many lines. And before anything is cut, which could cut a secret's shape.
    let text = redact(&harmless.join("\n"), known);
    let mut shortened = 0;
    let all: Vec<String> =
        text.lines().filter(|line| !line.trim().is_empty()).map(|line| short(line, &mut shortened)).collect();
    let (mut bytes, mut kept) = (0, 0);
    for line in all.iter().rev().take(MOST_LINES) {
        bytes += line.len() + 1;
        if bytes > MOST_BYTES {
            break;
        }
        kept += 1;
    }
    let left_out = all.len() - kept;
    let mut said = Vec::new();
    if left_out > 0 {
        said.push(format!("{} before these left out", plural(left_out, "line")));
    }
    if more {
        said.push("the log has older ones that were not asked for".to_owned());
    }
    if shortened > 0 {
        said.push(format!("{} shortened", plural(shortened, "line")));
    }
    let cut = (!said.is_empty()).then(|| said.join("; "));
    let mut text: String = cut.iter().map(|cut| format!("[{cut}]\n")).collect();
    for line in &all[left_out..] {
        text.push_str(line);
        text.push('\n');
    }
    Excerpt { text, lines: kept, cut }
}

fn harmless(line: &str) -> String {
    match SEQUENCES.as_ref() {
        Some(sequences) => clean(&sequences.replace_all(line, "")),
        None => clean(line),
    }
}

fn short(line: &str, shortened: &mut usize) -> String {
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => {
            *shortened += 1;
            format!("{}... ({} bytes more)", &line[..end], line.len() - end)
        }
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Excerpt {
        excerpt(text.lines(), false, &["hunter2hunter2"])
    }

    #[test]
    fn lines_are_harmless_and_without_secrets() {
        let found =
            of("\x1b[31mred\x1b[0m \x1b]0;title\x07end\u{202e}\n\n  \npass\x1b[1mword=abc hunter2hunter2\x07\n");
        assert_eq!(
            found,
            Excerpt { text: "red end\npassword=[redacted] [redacted]\n".to_owned(), lines: 2, cut: None }
        );
        assert_eq!(of(""), Excerpt { text: String::new(), lines: 0, cut: None });
        let key = of("a\n-----BEGIN PRIVATE KEY-----\nMIIEv\n-----END PRIVATE KEY-----\nb");
        assert_eq!((key.text.as_str(), key.lines), ("a\n[redacted]\nb\n", 3));
    }

    #[test]
    fn the_last_lines_are_kept_and_what_was_cut_is_said() {
        let many: Vec<String> = (0..MOST_LINES + 3).map(|i| format!("line {i}")).collect();
        let found = excerpt(many.iter().map(String::as_str), true, &[]);
        assert_eq!(found.lines, MOST_LINES);
        assert_eq!(
            found.cut.as_deref(),
            Some("3 lines before these left out; the log has older ones that were not asked for")
        );
        assert!(found.text.starts_with("[3 lines before these left out;"), "{}", &found.text[..80]);
        assert_eq!(found.text.lines().nth(1), Some("line 3"));

        let long = "é".repeat(LONGEST + 7);
        let found = excerpt([long.as_str(), "b"], false, &[]);
        assert_eq!(found.cut.as_deref(), Some("1 line shortened"));
        assert!(found.text.contains("... (14 bytes more)\nb\n"));

        let line = "x".repeat(LONGEST);
        let found = excerpt(std::iter::repeat_n(line.as_str(), MOST_LINES), false, &[]);
        assert!(found.text.len() <= MOST_BYTES + 100 && found.lines > 200, "{}", found.lines);
    }

    #[test]
    fn a_secret_is_found_before_its_line_is_cut() {
        let line = format!("{} token=abcdefghijkl", "x".repeat(LONGEST - 8));
        let found = excerpt([line.as_str()], false, &[]);
        assert!(!found.text.contains("abc"), "{}", &found.text[LONGEST - 20..]);
    }
}
