//! The report as Markdown, as GitHub renders it. Nothing from outside acts in it.
//!
//! Backslashes keep text from being Markdown. What GitHub finds in text that was rendered already (mentions, references to
//! issues, emoji) no backslash stops: a character of no width goes into it. Commits and digests are code, in which
//! nothing acts at all. The one link is an address that somebody attached as evidence, shown as it is.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use super::{
    model::Report,
    page::{Cell, Column, LONG, Page, Tone},
    telling,
};
use crate::{text::clean, units};

/// Writes the report as Markdown.
///
/// # Errors
/// When it cannot be written.
pub fn markdown(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    telling::tell(report, &mut Markdown { out, folded: false, line: String::new() })
}

struct Markdown<'w> {
    out: &'w mut dyn Write,
    /// Whether the present table is folded.
    folded: bool,
    /// The line that is written, kept for its memory.
    line: String,
}

impl Page for Markdown<'_> {
    fn begin(&mut self, report: &Report<'_>) -> io::Result<()> {
        let (rollout, made, stage) = (&report.rollout, &report.made, &report.stage);
        writeln!(self.out, "# {}: {}\n", report.call.to_uppercase(), escape(&rollout.title))?;
        self.paragraph(&[Cell::word(tone(report.call), report.call.to_uppercase()), Cell::text(&report.headline)])?;
        let period = match (report.period.from, report.period.to) {
            (None, None) => "all of it".to_owned(),
            (from, to) => {
                let end = |at: Option<_>, none: &str| at.map_or_else(|| none.to_owned(), units::moment);
                format!("{} to {}", end(from, "the beginning"), end(to, "the end"))
            }
        };
        let offline = if made.offline { ", no source was asked" } else { "" };
        self.facts(&[
            ("Environment", Cell::text(&rollout.environment)),
            ("Candidate", telling::code(rollout.candidate.as_deref())),
            ("Stage", Cell::text(format!("{} ({}), {} of {}", stage.title, stage.key, stage.index + 1, stage.of))),
            (
                "Watched",
                Cell::text(format!("{} of {}", telling::lasted(stage.observed_s), telling::lasted(stage.observe_s))),
            ),
            ("Flag", Cell::text(format!("{}: {}", rollout.flag, report.flag.serves.as_deref().unwrap_or("not read")))),
            (
                "Made",
                Cell::text(format!("{} by {}, gonogo {}{offline}", units::moment(made.at), made.by, made.version)),
            ),
            ("What happened", Cell::text(period)),
        ])
    }

    fn heading(&mut self, level: u8, text: &str) -> io::Result<()> {
        writeln!(self.out, "{} {}\n", "#".repeat(level.into()), escape(text))
    }

    fn paragraph(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        self.line.clear();
        join(&mut self.line, cells);
        writeln!(self.out, "{}\n", self.line)
    }

    fn facts(&mut self, facts: &[(&str, Cell<'_>)]) -> io::Result<()> {
        writeln!(self.out, "| | |\n|---|---|")?;
        for (name, cell) in facts {
            self.line.clear();
            write_cell(&mut self.line, cell);
            writeln!(self.out, "| **{}** | {} |", escape(name), self.line)?;
        }
        writeln!(self.out)
    }

    fn list(&mut self, lines: &[Vec<Cell<'_>>]) -> io::Result<()> {
        for cells in lines {
            self.line.clear();
            join(&mut self.line, cells);
            writeln!(self.out, "- {}", self.line)?;
        }
        writeln!(self.out)
    }

    fn table(&mut self, name: &str, columns: &[Column], rows: usize) -> io::Result<()> {
        self.folded = rows >= LONG;
        if self.folded {
            writeln!(self.out, "<details>\n<summary>{name}: {}</summary>\n", units::plural(rows, "row"))?;
        }
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        writeln!(self.out, "| {} |", names.join(" | "))?;
        let rules: Vec<&str> = columns.iter().map(|(_, numbers)| if *numbers { "---:" } else { "---" }).collect();
        writeln!(self.out, "|{}|", rules.join("|"))
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        self.line.clear();
        self.line.push('|');
        for cell in cells {
            self.line.push(' ');
            write_cell(&mut self.line, cell);
            self.line.push_str(" |");
        }
        self.line.push('\n');
        self.out.write_all(self.line.as_bytes())
    }

    fn end_table(&mut self) -> io::Result<()> {
        writeln!(self.out)?;
        if self.folded { writeln!(self.out, "</details>\n") } else { Ok(()) }
    }

    fn end(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn tone(call: &str) -> Tone {
    match call {
        "go" => Tone::Good,
        "no-go" => Tone::Bad,
        _ => Tone::Waiting,
    }
}

fn join(line: &mut String, cells: &[Cell<'_>]) {
    for (i, cell) in cells.iter().enumerate() {
        if i > 0 {
            line.push(' ');
        }
        write_cell(line, cell);
    }
}

fn write_cell(line: &mut String, cell: &Cell<'_>) {
    match cell {
        Cell::Text(text) => escape_into(line, text),
        Cell::Number(text) => escape_into(line, text),
        Cell::Code(text) => write_code(line, text),
        Cell::Word(tone, word) => {
            let glyph = match tone {
                Tone::Good => "✓",
                Tone::Bad => "✗",
                Tone::Waiting => "·",
                Tone::Blind => "?",
            };
            // Writing to a String does not fail.
            let _ = write!(line, "{glyph} **{}**", escape(word));
        }
        Cell::Link(url) => {
            let target: String = url.bytes().map(percent_encoded).collect();
            let _ = write!(line, "[{}](<{target}>)", escape(url));
        }
    }
}

/// In an address, what could end it or the cell.
fn percent_encoded(byte: u8) -> String {
    match byte {
        b'<' | b'>' | b'|' | b'\\' | b'"' | b'`' | b'(' | b')' => format!("%{byte:02X}"),
        b'&' => "&amp;".to_owned(),
        _ => char::from(byte).to_string(),
    }
}

/// Code with as many backticks around it as it takes.
fn write_code(line: &mut String, text: &str) {
    let text = clean(text);
    let text = text.trim();
    if text.is_empty() {
        return line.push('–');
    }
    if text.contains('\\') && text.contains('|') {
        // A backslash before a pipe ends the cell for some and not for others.
        return escape_into(line, text);
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if longest > 0 { " " } else { "" };
    // Within a table a pipe ends the cell even in code, and a backslash before it is taken away again.
    let text = text.replace('|', "\\|");
    let _ = write!(line, "{fence}{space}{text}{space}{fence}");
}

/// Text from outside, as Markdown that shows just that text.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    escape_into(&mut out, text);
    out
}

fn escape_into(out: &mut String, text: &str) {
    let cleaned;
    let text = match text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        true => text.trim(),
        false => {
            cleaned = clean(text);
            cleaned.trim()
        }
    };
    let bytes = text.as_bytes();
    let after = |i: usize| bytes.get(i + 1).copied().unwrap_or(b' ');
    let word_before = |i: usize| i > 0 && bytes[i - 1].is_ascii_alphanumeric();
    let mut copied = 0;
    for (i, &byte) in bytes.iter().enumerate() {
        let put: &str = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'\\' => "\\\\",
            b'`' => "\\`",
            b'*' => "\\*",
            b'[' => "\\[",
            b']' => "\\]",
            b'|' => "\\|",
            b'~' => "\\~",
            b'$' => "\\$",
            b'!' if after(i) == b'[' => "\\!",
            // Between letters an underscore is no emphasis; and a name stays one that can be searched for.
            b'_' if !(word_before(i) && after(i).is_ascii_alphanumeric()) => "\\_",
            b'@' if !after(i).is_ascii_whitespace() => "@&#8203;",
            b'#' if i == 0 || after(i).is_ascii_alphanumeric() => "\\#&#8203;",
            b':' if after(i) == b'/' || is_shortcode(&text[i..]) => ":&#8203;",
            b'.' if www(bytes, i) => "&#8203;.",
            b'-' if reference(bytes, i) => "-&#8203;",
            b'-' if i == 0 => "\\-",
            b'+' if i == 0 => "\\+",
            b'=' if i == 0 => "\\=",
            b'.' | b')' if i > 0 && i < 10 && after(i) == b' ' && bytes[..i].iter().all(u8::is_ascii_digit) => {
                if byte == b'.' { "\\." } else { "\\)" }
            }
            _ => continue,
        };
        out.push_str(&text[copied..i]);
        out.push_str(put);
        copied = i + 1;
    }
    out.push_str(&text[copied..]);
}

/// Whether this begins what is drawn as another character: `:tada:`. A time of day is none.
fn is_shortcode(text: &str) -> bool {
    let Some(name) = text[1..].split(':').next().filter(|name| name.len() + 1 < text.len()) else { return false };
    let all =
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_+-".contains(&b));
    all && (name.bytes().any(|byte| !byte.is_ascii_digit()) || name == "100" || name == "1234")
}

/// Whether this dot is that of `www.`, which is an address without any scheme.
fn www(bytes: &[u8], i: usize) -> bool {
    i >= 3 && bytes[i - 3..i].eq_ignore_ascii_case(b"www")
}

/// Whether this hyphen is that of `GH-12`, which names an issue.
fn reference(bytes: &[u8], i: usize) -> bool {
    i >= 2 && bytes[i - 2..i].eq_ignore_ascii_case(b"gh") && bytes.get(i + 1).is_some_and(u8::is_ascii_digit)
}
