//! Text from outside in the judge's sentences.

use crate::text::clean;

/// The longest text from outside that a sentence quotes.
const LONGEST: usize = 80;

/// Harmless, and short enough for a line.
pub(super) fn shorten(text: &str) -> String {
    let text = clean(text);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", text[..end].trim_end()),
        None => text,
    }
}
