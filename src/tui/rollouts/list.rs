//! Everything that the list of rollouts shows, and nothing else.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

use super::{
    Named,
    order::order,
    standing::{Rank, Standing},
};
use crate::tui::{
    dialog::PaletteForm,
    drawn::Drawn,
    field::Field,
    hint::Hint,
    keys::{Keymap, Kind},
    theme::{Theme, Themes},
    times::Times,
    view,
};

/// The lines stay where they are for so long after a key: nobody is to act on another one than was aimed at.
const STILL: Duration = Duration::from_secs(3);

/// A line of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What the rollout is called.
    pub named: Named,
    /// How it stands.
    pub seen: Seen,
}

/// How a rollout stands, as far as it can be seen.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    /// It cannot be opened, and why.
    Broken(String),
    /// It is watched.
    Rollout(Box<Standing>),
}

impl Seen {
    /// How bad it is.
    pub fn rank(&self) -> Rank {
        match self {
            Self::Broken(_) => Rank::Broken,
            Self::Rollout(standing) => standing.rank,
        }
    }
}

/// What is selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selected {
    /// Whatever stands first: nobody has chosen yet.
    First,
    /// This entry, wherever it stands.
    Entry(usize),
}

/// What lies over the list.
#[derive(Debug, Clone, PartialEq)]
pub enum Over {
    /// The keys of the list.
    Help,
    /// Everything that keys do here, by name.
    Palette(PaletteForm),
    /// Leave while these are at work?
    Quit {
        /// When it opened.
        opened: Duration,
        /// Each rollout and what is done to it.
        busy: Vec<String>,
    },
}

/// Everything that the list shows.
#[derive(Debug, Clone)]
pub struct Rollouts {
    /// The rollouts, in the order in which they were named. A place in it is what a rollout is known by.
    pub entries: Vec<Entry>,
    /// The places of those that are shown, in the order in which they are.
    pub order: Vec<usize>,
    /// What is selected.
    pub selected: Selected,
    /// The first line that is shown.
    pub first: usize,
    /// What the list is narrowed to.
    pub filter: Field,
    /// Whether letters go into the filter.
    pub typing: bool,
    /// What lies over the list.
    pub over: Option<Over>,
    /// How it looks.
    pub theme: Theme,
    /// How else it can look.
    pub themes: Themes,
    /// What the list last said of itself.
    pub hint: Option<Hint>,
    /// The entry that was clicked on last, with nothing done since.
    pub clicked: Option<usize>,
    /// What lay where when it was last drawn.
    pub drawn: Drawn,
    /// Which key does what.
    pub keymap: Arc<Keymap>,
    /// How instants are written.
    pub times: Times,
    /// Columns and rows.
    pub size: (u16, u16),
    /// The present.
    pub now: DateTime<Utc>,
    /// Real time since the start.
    pub uptime: Duration,
    /// When a key was last pressed.
    pub touched: Option<Duration>,
    /// Whether anything visible changed since it was last drawn.
    pub dirty: bool,
}

impl Rollouts {
    /// The list of the first frame: nothing has been heard.
    pub fn new(entries: Vec<Entry>, theme: Theme, size: (u16, u16), now: DateTime<Utc>) -> Self {
        let order = order(&entries, "");
        Self {
            entries,
            order,
            selected: Selected::First,
            first: 0,
            filter: Field::default(),
            typing: false,
            over: None,
            theme,
            themes: Themes::default(),
            hint: None,
            clicked: None,
            drawn: Drawn::default(),
            keymap: Arc::default(),
            times: Times::default(),
            size,
            now,
            uptime: Duration::ZERO,
            touched: None,
            dirty: true,
        }
    }

    /// Looks like this from here on.
    pub fn wear(&mut self, themes: Themes, times: Times) {
        (self.theme, self.themes, self.times) = (themes.theme(), themes, times);
        self.dirty = true;
    }

    /// The place among the lines that are shown of the one that is selected; none where none is shown.
    pub fn line(&self) -> Option<usize> {
        match self.selected {
            Selected::First => (!self.order.is_empty()).then_some(0),
            Selected::Entry(entry) => self.order.iter().position(|shown| *shown == entry),
        }
    }

    /// The entry that is selected and shown.
    pub fn current(&self) -> Option<usize> {
        self.order.get(self.line()?).copied()
    }

    /// Whether there is a cockpit behind the selected line.
    pub fn opens(&self) -> bool {
        self.current().is_some_and(|i| matches!(self.entries[i].seen, Seen::Rollout(_)))
    }

    /// The kind of session that the list is, as far as that decides which keys there are: those that act are those of
    /// the selected rollout.
    pub fn kind(&self) -> Kind {
        let acts = self.current().is_some_and(|i| {
            let Entry { named, seen } = &self.entries[i];
            !named.read_only && matches!(seen, Seen::Rollout(_))
        });
        Kind { read_only: !acts, several: true, ..Kind::default() }
    }

    /// Where all of them are, if that is one place.
    pub fn place(&self) -> Option<&str> {
        let mut places = self.entries.iter().map(|entry| entry.named.environment.as_str());
        let first = places.next().filter(|place| !place.is_empty())?;
        places.all(|place| place == first).then_some(first)
    }

    /// How many stand so.
    pub fn count(&self, ranks: &[Rank]) -> usize {
        self.entries.iter().filter(|entry| ranks.contains(&entry.seen.rank())).count()
    }

    /// Puts the lines in order, unless somebody moves among them now.
    pub(super) fn settle(&mut self) {
        let moving = self.touched.is_some_and(|touched| self.uptime.saturating_sub(touched) < STILL);
        if !moving && self.over.is_none() {
            self.arrange();
        }
    }

    /// Puts the lines in order.
    pub(super) fn arrange(&mut self) {
        let order = order(&self.entries, &self.filter.text());
        self.dirty |= order != self.order;
        self.order = order;
        self.reveal();
    }

    /// Sees to it that the selected line is on the screen.
    pub(super) fn reveal(&mut self) {
        let rows = view::rollouts::rows(self).max(1);
        let line = self.line().unwrap_or_default();
        let furthest = self.order.len().saturating_sub(rows);
        self.first = self.first.min(line).max((line + 1).saturating_sub(rows)).min(furthest);
    }
}
