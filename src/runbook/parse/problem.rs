//! One thing that is wrong with a runbook, and where.

use std::{fmt, ops::Range};

use serde::Serialize;

use crate::text::clean;

/// One thing that is wrong with a runbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The file, as it was named.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The offending text: `exposure.percent = 120`.
    pub text: String,
    /// What was expected.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, text, message } = self;
        write!(f, "{file}:{line}:{column}: {text}: {message}")
    }
}

/// Longest offending text that is quoted whole.
const QUOTED: usize = 60;

/// The first line of `text[span]`, harmless and short.
pub(super) fn quote(text: &str, span: &Range<usize>) -> String {
    let whole = text.get(span.clone()).unwrap_or_default().trim();
    let line = clean(whole.lines().next().unwrap_or_default());
    if line.chars().count() <= QUOTED && !whole.contains('\n') {
        return line;
    }
    let short: String = line.chars().take(QUOTED).collect();
    format!("{}…", short.trim_end())
}

/// Line and column, from 1, of a byte offset.
pub(super) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
