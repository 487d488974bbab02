//! The line in which the timeline is searched, and what the timeline is narrowed to.

use chrono::{DateTime, Utc};

use crate::{judge::TimelineEntry, timeline::Query, tui::field::Field};

/// The line, while it is typed. It lies at the bottom of the panel, not over it.
#[derive(Debug, Clone, PartialEq)]
pub struct FindForm {
    /// What is typed.
    pub field: Field,
    /// The entry that was selected when it opened or when somebody last moved: what is found stays near it.
    pub from: Option<Spot>,
}

/// An entry of the timeline, whatever its place in what is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// Its number in the log.
    pub seq: u64,
    /// When.
    pub at: DateTime<Utc>,
}

/// What the timeline is narrowed to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Narrowed {
    /// As it was typed.
    pub line: String,
    /// The last of it that could be read.
    pub query: Query,
    /// Places of what fits, newest first; none where that is everything.
    pub shown: Option<Vec<usize>>,
    /// Why the line is no query.
    pub complaint: Option<String>,
    /// Where nothing fits, the kinds that there are.
    pub kinds: Vec<String>,
}

impl Narrowed {
    /// How many entries are shown of these.
    pub fn count(&self, timeline: &[TimelineEntry]) -> usize {
        self.shown.as_ref().map_or(timeline.len(), Vec::len)
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
