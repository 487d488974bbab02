//! What a report is told to: something that takes headings, facts, tables and pictures in turn, and writes each at once.

use std::{borrow::Cow, io};

use super::{chart::Charts, model::Report};

/// Whether something is well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Bad,
    Waiting,
    Blind,
}

/// Text of a table or a sentence. All of it may be from outside.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'a> {
    Text(Cow<'a, str>),
    /// Letter for letter: a commit, a digest, a query.
    Code(Cow<'a, str>),
    /// A number: aligned with the others of its column.
    Number(String),
    /// A verdict.
    Word(Tone, Cow<'a, str>),
    /// An address: http or https, as somebody gave it.
    Link(Cow<'a, str>),
}

impl<'a> Cell<'a> {
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    pub fn code(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Code(text.into())
    }

    pub fn word(tone: Tone, word: impl Into<Cow<'a, str>>) -> Self {
        Self::Word(tone, word.into())
    }

    /// A text that may not be there.
    pub fn maybe(text: Option<&'a str>) -> Self {
        Self::text(text.unwrap_or("–"))
    }

    /// An address where it is one that a browser may open, else text.
    pub fn address(text: &'a str) -> Self {
        let web = ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme));
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        if web && plain { Self::Link(text.into()) } else { Self::text(text) }
    }
}

/// A column of a table: its name, and whether numbers are in it.
pub(super) type Column = (&'static str, bool);

/// Where a report is written to.
pub(super) trait Page {
    /// The beginning: title and call.
    fn begin(&mut self, report: &Report<'_>) -> io::Result<()>;
    /// A section, or one within it.
    fn heading(&mut self, level: u8, text: &str) -> io::Result<()>;
    /// A sentence.
    fn paragraph(&mut self, cells: &[Cell<'_>]) -> io::Result<()>;
    /// Names and what they are.
    fn facts(&mut self, facts: &[(&str, Cell<'_>)]) -> io::Result<()>;
    /// Lines, each for itself.
    fn list(&mut self, lines: &[Vec<Cell<'_>>]) -> io::Result<()>;
    /// A table of so many rows begins. A long one is folded under its name.
    fn table(&mut self, name: &str, columns: &[Column], rows: usize) -> io::Result<()>;
    /// Its next row: as many cells as it has columns.
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()>;
    /// It ends.
    fn end_table(&mut self) -> io::Result<()>;
    /// The success rate as a picture, where a page has pictures.
    fn rate(&mut self, _charts: &Charts) -> io::Result<()> {
        Ok(())
    }
    /// The guardrail tallies as a picture.
    fn tallies(&mut self, _report: &Report<'_>) -> io::Result<()> {
        Ok(())
    }
    /// The stages as a picture.
    fn ruler(&mut self, _report: &Report<'_>) -> io::Result<()> {
        Ok(())
    }
    /// The end.
    fn end(&mut self) -> io::Result<()>;
}

/// A table of this many rows or more is folded.
pub(super) const LONG: usize = 30;
