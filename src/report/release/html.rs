//! The report as one HTML file: no script, nothing from elsewhere, and a policy that forbids both.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use base64::Engine as _;
use sha2::{Digest as _, Sha256};

use super::{
    chart::Charts,
    model::Report,
    page::{Cell, Column, LONG, Page, Tone},
    svg, telling,
};
use crate::units;

/// All of its look. It is in the file itself.
const STYLE: &str = include_str!("../../../assets/report/report.css");

/// Writes the report as HTML.
///
/// # Errors
/// When it cannot be written.
pub fn html(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    telling::tell(report, &mut Html { out, columns: Vec::new(), folded: false, line: String::new() })
}

struct Html<'w> {
    out: &'w mut dyn Write,
    /// Whether each column of the present table is of numbers.
    columns: Vec<bool>,
    folded: bool,
    /// The line that is written, kept for its memory.
    line: String,
}

/// Text from outside, as text: harmless to a reader's eye, and no markup. The one way into the file.
pub(super) fn escape_into(out: &mut String, text: &str) {
    // Most text is plain, and there may be a hundred thousand lines of it.
    match text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        true => escape_markup(out, text),
        false => escape_markup(out, &crate::text::clean(text)),
    }
}

fn escape_markup(out: &mut String, text: &str) {
    let mut copied = 0;
    for (i, byte) in text.bytes().enumerate() {
        let put = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            _ => continue,
        };
        out.push_str(&text[copied..i]);
        out.push_str(put);
        copied = i + 1;
    }
    out.push_str(&text[copied..]);
}

pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape_into(&mut out, text);
    out
}

/// What a browser may do with the file: use this style, and nothing else.
fn policy() -> String {
    let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'")
}

fn class(tone: Tone) -> (&'static str, &'static str) {
    match tone {
        Tone::Good => ("good", "✓"),
        Tone::Bad => ("bad", "✗"),
        Tone::Waiting => ("wait", "·"),
        Tone::Blind => ("blind", "?"),
    }
}

fn write_cell(line: &mut String, cell: &Cell<'_>) {
    match cell {
        Cell::Text(text) => escape_into(line, text),
        Cell::Number(text) => escape_into(line, text),
        Cell::Code(text) => {
            line.push_str("<code>");
            escape_into(line, text);
            line.push_str("</code>");
        }
        Cell::Word(tone, word) => {
            let (class, glyph) = class(*tone);
            // Writing to a String does not fail.
            // A word stays on its line; a sentence need not.
            let short = if word.len() < 24 { " short" } else { "" };
            let _ = write!(line, "<span class=\"pill {class}{short}\">{glyph} ");
            escape_into(line, word);
            line.push_str("</span>");
        }
        Cell::Link(url) => {
            let url = escape(url);
            let _ = write!(line, "<a href=\"{url}\" rel=\"noreferrer noopener\">{url}</a>");
        }
    }
}

/// A day and time is kept on one line.
fn is_moment(cell: &Cell<'_>) -> bool {
    matches!(cell, Cell::Text(text) if text.len() < 30 && text.ends_with(" UTC"))
}

impl Html<'_> {
    fn cells(&mut self, before: &str, cells: &[Cell<'_>], after: &str) -> io::Result<()> {
        self.line.clear();
        self.line.push_str(before);
        for (i, cell) in cells.iter().enumerate() {
            if i > 0 {
                self.line.push(' ');
            }
            write_cell(&mut self.line, cell);
        }
        self.line.push_str(after);
        self.out.write_all(self.line.as_bytes())
    }
}

impl Page for Html<'_> {
    fn begin(&mut self, report: &Report<'_>) -> io::Result<()> {
        let (rollout, made, stage) = (&report.rollout, &report.made, &report.stage);
        let (class, word) = match report.call {
            "go" => ("good", "GO"),
            "no-go" => ("bad", "NO-GO"),
            _ => ("wait", "HOLD"),
        };
        let (title, environment) = (escape(&rollout.title), escape(&rollout.environment));
        write!(
            self.out,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <title>{word}: {title} in {environment}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
             <header>\n<h1>{title}</h1>\n<p class=\"sub\">{environment}, {} by {}</p>\n\
             <div class=\"call {class}\"><div class=\"word\">{word}</div><div class=\"why\">{}</div></div>\n</header>\n",
            policy(),
            units::moment(made.at),
            escape(&made.by),
            escape(&report.headline),
        )?;
        let stage_text = format!("{} ({}), {} of {}", stage.title, stage.key, stage.index + 1, stage.of);
        let watched = format!("{} of {}", telling::lasted(stage.observed_s), telling::lasted(stage.observe_s));
        let flag = format!("{}: {}", rollout.flag, report.flag.serves.as_deref().unwrap_or("not read"));
        let offline = if made.offline { "; no source was asked" } else { "" };
        let mut facts = vec![
            ("Candidate", telling::code(rollout.candidate.as_deref())),
            ("Stage", Cell::text(stage_text)),
            ("Watched", Cell::text(watched)),
            ("Flag", Cell::text(flag)),
            ("Made by", Cell::text(format!("gonogo {}{offline}", made.version))),
        ];
        if report.period.from.is_some() || report.period.to.is_some() {
            let end = |at: Option<_>, none: &str| at.map_or_else(|| none.to_owned(), units::moment);
            let (from, to) = (end(report.period.from, "the beginning"), end(report.period.to, "the end"));
            facts.push(("What happened", Cell::text(format!("{from} to {to}"))));
        }
        self.facts(&facts)
    }

    fn heading(&mut self, level: u8, text: &str) -> io::Result<()> {
        writeln!(self.out, "<h{level}>{}</h{level}>", escape(text))
    }

    fn paragraph(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        self.cells("<p>", cells, "</p>\n")
    }

    fn facts(&mut self, facts: &[(&str, Cell<'_>)]) -> io::Result<()> {
        self.out.write_all(b"<dl>\n")?;
        for (name, cell) in facts {
            let before = format!("<dt>{}</dt><dd>", escape(name));
            self.cells(&before, std::slice::from_ref(cell), "</dd>\n")?;
        }
        self.out.write_all(b"</dl>\n")
    }

    fn list(&mut self, lines: &[Vec<Cell<'_>>]) -> io::Result<()> {
        self.out.write_all(b"<ul>\n")?;
        for cells in lines {
            self.cells("<li>", cells, "</li>\n")?;
        }
        self.out.write_all(b"</ul>\n")
    }

    fn table(&mut self, name: &str, columns: &[Column], rows: usize) -> io::Result<()> {
        self.folded = rows >= LONG;
        self.columns = columns.iter().map(|(_, numbers)| *numbers).collect();
        let name = escape(name);
        if self.folded {
            writeln!(self.out, "<details><summary>{name}: {}</summary>", units::plural(rows, "row"))?;
        }
        write!(self.out, "<div class=\"wide\"><table><caption>{name}</caption><thead><tr>")?;
        for (name, numbers) in columns {
            let class = if *numbers { " class=\"n\"" } else { "" };
            write!(self.out, "<th scope=\"col\"{class}>{}</th>", escape(name))?;
        }
        self.out.write_all(b"</tr></thead><tbody>\n")
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        self.line.clear();
        self.line.push_str("<tr>");
        for (i, cell) in cells.iter().enumerate() {
            let numbers = self.columns.get(i).copied().unwrap_or(false);
            let (open, close) = match (i, numbers) {
                // The first cell names its row, unless it is a time.
                (0, _) if !is_moment(cell) => ("<th scope=\"row\">", "</th>"),
                (_, true) => ("<td class=\"n\">", "</td>"),
                _ if is_moment(cell) => ("<td class=\"t\">", "</td>"),
                _ => ("<td>", "</td>"),
            };
            self.line.push_str(open);
            write_cell(&mut self.line, cell);
            self.line.push_str(close);
        }
        self.line.push_str("</tr>\n");
        self.out.write_all(self.line.as_bytes())
    }

    fn end_table(&mut self) -> io::Result<()> {
        self.out.write_all(b"</tbody></table></div>\n")?;
        if self.folded { self.out.write_all(b"</details>\n") } else { Ok(()) }
    }

    fn rate(&mut self, charts: &Charts) -> io::Result<()> {
        match &charts.rate {
            Some(chart) => self.out.write_all(svg::rate(chart).as_bytes()),
            None => Ok(()),
        }
    }

    fn tallies(&mut self, report: &Report<'_>) -> io::Result<()> {
        self.out.write_all(svg::tallies(&report.guardrails.tallies).as_bytes())
    }

    fn ruler(&mut self, report: &Report<'_>) -> io::Result<()> {
        self.out.write_all(svg::ruler(report).as_bytes())
    }

    fn end(&mut self) -> io::Result<()> {
        self.out.write_all(b"</main>\n</body>\n</html>\n")?;
        self.out.flush()
    }
}
