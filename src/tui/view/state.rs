//! Why a view has nothing to show, and what to do: it is loading, there is nothing, it cannot be seen, or it failed.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Text},
};

use super::line;
use crate::{
    snapshot::{SourceState, SourceStatus},
    tui::{
        keys::Command,
        model::{Model, Screen},
        theme::Theme,
    },
    units::duration,
};

/// Why there is nothing to show. Each says what, and what comes next or what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It has not come yet.
    Loading {
        /// What is waited for, each with since when.
        what: Vec<String>,
        /// When it is tried next.
        next: String,
    },
    /// It was looked for, and nothing of it happened.
    Empty {
        /// Nothing of what, in which window.
        what: String,
        /// Where else to look.
        next: String,
    },
    /// It cannot be seen, and is not to be taken for zero.
    Unknown {
        /// Why.
        what: String,
        /// What to do.
        next: String,
    },
    /// It failed.
    Error {
        /// What failed, and on what.
        what: String,
        /// What to do.
        next: String,
    },
}

/// Why nothing can be judged yet; None where something is.
pub fn unjudged(model: &Model) -> Option<State> {
    if model.assessment.is_some() {
        return None;
    }
    if let Some(fault) = &model.warning {
        return Some(State::Error { what: fault.what.clone(), next: fault.next.clone() });
    }
    let failed = |source: &&SourceStatus| source.state == SourceState::Failed;
    if let Some(source) = model.sources().into_iter().find(failed) {
        return Some(error(source, model));
    }
    let mut what: Vec<String> = model
        .sources()
        .into_iter()
        .filter(|source| source.state == SourceState::Connecting)
        .map(|source| connecting(source, model))
        .collect();
    if model.history.is_none() {
        what.push("reading the audit log".to_owned());
    }
    if what.is_empty() {
        what.push("judging the first snapshot".to_owned());
    }
    Some(State::Loading { what, next: again(model) })
}

/// Why nothing of telemetry can be shown; None where something can.
pub fn of_telemetry(model: &Model) -> Option<State> {
    let source = &model.snapshot.telemetry_source;
    if model.snapshot.telemetry.is_none() && source.state == SourceState::Failed {
        return Some(error(source, model));
    }
    match unjudged(model) {
        Some(state) => Some(state),
        None if model.snapshot.telemetry.is_some() => None,
        None => Some(State::Loading { what: vec![connecting(source, model)], next: again(model) }),
    }
}

/// That something cannot be seen, and where the reason is.
pub fn unknown(why: &str, model: &Model) -> State {
    let source = &model.snapshot.telemetry_source;
    let key = model.keymap.shown(Command::Show(Screen::Sources));
    let next = match &source.error {
        Some(fault) => format!("{}; {key} shows each query", fault.next),
        None => format!("what is not seen is not zero; {key} shows each query and its last answer"),
    };
    State::Unknown { what: why.to_owned(), next }
}

fn error(source: &SourceStatus, model: &Model) -> State {
    let (what, next) = match &source.error {
        Some(fault) => (fault.what.clone(), fault.next.clone()),
        None => (format!("{} failed", source.name), "see the log file".to_owned()),
    };
    let last = source.age(model.now).map(|age| format!(", last answered {} ago", duration(age)));
    let polls = match source.failures {
        0 | 1 => String::new(),
        n => format!(" ({n} polls in a row{})", last.unwrap_or_default()),
    };
    State::Error { what: format!("{what}{polls}"), next: format!("{next}; {}", again(model)) }
}

fn connecting(source: &SourceStatus, model: &Model) -> String {
    let at = if source.address.is_empty() { String::new() } else { format!(" at {}", source.address) };
    let since = chrono::TimeDelta::from_std(model.uptime).unwrap_or_default();
    format!("connecting to {}{at} for {}", source.name, duration(since))
}

fn again(model: &Model) -> String {
    match model.every.and_then(|every| chrono::TimeDelta::from_std(every).ok()) {
        Some(every) => format!("asked again every {}", duration(every)),
        None => "asked again with every poll".to_owned(),
    }
}

impl State {
    /// Sign, word and style.
    fn look(&self, theme: &Theme) -> (&'static str, &'static str, Style) {
        match self {
            Self::Loading { .. } => (theme.glyphs.pending, "LOADING", theme.accent),
            Self::Empty { .. } => (theme.glyphs.open, "NONE", theme.strong),
            Self::Unknown { .. } => (theme.glyphs.unknown, "UNKNOWN", theme.blind),
            Self::Error { .. } => (theme.glyphs.fail, "ERROR", theme.bad),
        }
    }

    /// What it says, in so many columns.
    pub fn lines(&self, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
        let (glyph, word, style) = self.look(theme);
        let label = format!("{glyph} {word:<9}");
        let mut rows = match self {
            Self::Loading { what, .. } => {
                let mut rows = Vec::new();
                for (i, what) in what.iter().enumerate() {
                    let label = if i == 0 { label.clone() } else { " ".repeat(crate::tui::words::width(&label)) };
                    rows.extend(line::paragraph(&label, style.patch(theme.strong), what, Style::new(), columns));
                }
                rows
            }
            Self::Empty { what, .. } | Self::Unknown { what, .. } | Self::Error { what, .. } => {
                line::paragraph(&label, style.patch(theme.strong), what, Style::new(), columns)
            }
        };
        let (Self::Loading { next, .. }
        | Self::Empty { next, .. }
        | Self::Unknown { next, .. }
        | Self::Error { next, .. }) = self;
        let indent = " ".repeat(crate::tui::words::width(&label));
        rows.extend(line::paragraph(&indent, theme.dim, next, theme.dim, columns));
        rows
    }

    /// Draws it at the top of a panel, below a blank row where there is room.
    pub fn render(&self, frame: &mut Frame, area: Rect, model: &Model) {
        let mut rows = self.lines(usize::from(area.width), &model.theme);
        if usize::from(area.height) > rows.len() + 1 {
            rows.insert(0, Line::default());
        }
        frame.render_widget(Text::from(rows), area);
    }
}
