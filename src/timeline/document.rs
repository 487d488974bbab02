//! Entries as a document for others: harmless wherever it is opened.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::{
    judge::TimelineEntry,
    text::clean,
    units::{count, moment},
};

/// What a document is about.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// What is rolled out, in words.
    pub rollout: &'a str,
    /// Where.
    pub environment: &'a str,
    /// When it is written.
    pub at: DateTime<Utc>,
    /// What was looked for; empty where that is everything.
    pub query: &'a str,
    /// How many entries there are in all.
    pub of: usize,
}

/// As Markdown: a heading, what was looked for, a table.
pub fn markdown<'a>(about: &About<'_>, entries: impl IntoIterator<Item = &'a TimelineEntry>) -> String {
    let mut rows = String::new();
    let mut shown = 0;
    for entry in entries {
        shown += 1;
        let (what, who, text) = (escaped(&entry.kind), escaped(who(entry)), escaped(&entry.text));
        rows.push_str(&format!("| {} | {what} | {who} | {text} |\n", instant(entry.at)));
    }
    let looked_for = match about.query.trim() {
        "" => String::new(),
        query => format!(", those that fit {}", escaped(query)),
    };
    format!(
        "# Timeline of {} in {}\n\n{} of {}{looked_for}, as of {}.\n\n| when | what | who | text |\n|---|---|---|---|\n{rows}",
        escaped(about.rollout),
        escaped(about.environment),
        count(shown),
        entries_of(about.of),
        moment(about.at),
    )
}

/// As comma-separated values (RFC 4180), with a line of names. No cell is a formula to whatever opens it.
pub fn csv<'a>(entries: impl IntoIterator<Item = &'a TimelineEntry>) -> String {
    let mut text = "entry,when,what,who,text\r\n".to_owned();
    for entry in entries {
        let cells = [cell(&entry.kind), cell(who(entry)), cell(&entry.text)];
        text.push_str(&format!("{},{},{}\r\n", entry.seq, instant(entry.at), cells.join(",")));
    }
    text
}

fn entries_of(n: usize) -> String {
    if n == 1 { "1 entry".to_owned() } else { format!("{} entries", count(n as u64)) }
}

fn who(entry: &TimelineEntry) -> &str {
    entry.operator.as_deref().unwrap_or("gonogo")
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Text that Markdown leaves as it is.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in clean(text).chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '#' | '!' | '$') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A cell in quotes; a spreadsheet takes what begins with one of these for a formula.
fn cell(text: &str) -> String {
    let text = clean(text);
    let formula = text.trim_start().starts_with(['=', '+', '-', '@']);
    format!("\"{}{}\"", if formula { "'" } else { "" }, text.replace('"', "\"\""))
}
