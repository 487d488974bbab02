//! The line in which a list is searched, and what the list is narrowed to.

use chrono::{DateTime, Utc};

use crate::{
    judge::TimelineEntry,
    timeline::{Query, Words},
    tui::field::Field,
};

/// The line, while it is typed. It is part of the panel, and lies over nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct FindForm {
    /// What is typed.
    pub field: Field,
    /// What was selected when it opened or when somebody last moved: what is found stays near it.
    pub from: Option<Spot>,
}

/// A line, whatever its place in what is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spot {
    /// An entry of the timeline.
    Entry {
        /// Its number in the log.
        seq: u64,
        /// When.
        at: DateTime<Utc>,
    },
    /// A line of another list, by what it is known by.
    Line(String),
}

/// What the list that fills the screen is narrowed to, and how it is ordered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Narrowed {
    /// As it was typed.
    pub line: String,
    /// Of the timeline: the last of it that could be read.
    pub query: Query,
    /// Of the other lists: the words of it.
    pub words: Words,
    /// Places of what is shown, in the order of the screen; none where that is everything in its own order.
    pub shown: Option<Vec<usize>>,
    /// Why the line is no query.
    pub complaint: Option<String>,
    /// Where nothing fits, the kinds that there are.
    pub kinds: Vec<String>,
}

impl Narrowed {
    /// Whether something is looked for.
    pub fn looks(&self) -> bool {
        !self.line.trim().is_empty()
    }

    /// How many are shown of so many lines.
    pub fn lines(&self, total: usize) -> usize {
        self.shown.as_ref().map_or(total, Vec::len)
    }

    /// The place, among all of so many lines, of the one that is shown on this line.
    pub fn place(&self, line: usize, total: usize) -> Option<usize> {
        match &self.shown {
            Some(shown) => shown.get(line).copied().filter(|place| *place < total),
            None => (line < total).then_some(line),
        }
    }

    /// How many entries are shown of these.
    pub fn count(&self, timeline: &[TimelineEntry]) -> usize {
        self.lines(timeline.len())
    }

    /// The entries that are shown, newest first, from the line `first` on.
    pub fn from<'a>(
        &'a self,
        timeline: &'a [TimelineEntry],
        first: usize,
    ) -> impl Iterator<Item = &'a TimelineEntry> + 'a {
        let place = move |line: usize| match &self.shown {
            Some(shown) => shown.get(line).copied(),
            None => timeline.len().checked_sub(line + 1),
        };
        (first..).map_while(move |line| timeline.get(place(line)?))
    }
}
