//! What a promotion rests on beside telemetry: automated gate, checklist, evidence, sign-off, and who answers for it.
//!
//! ```text
//! wide (from 100 columns and 24 rows)        narrow
//! ┌────────────────────────────────────┐     ┌──────────────────────┐
//! │ readiness in one line              │     │ readiness            │
//! │ candidate, and what is deployed    │     │ candidate            │
//! ├──────────────────┬─────────────────┤     ├──────────────────────┤
//! │ list in sections │ selected line   │     │ list in sections     │
//! │                  │                 │     ├──────────────────────┤
//! │                  │                 │     │ selected line        │
//! └──────────────────┴─────────────────┘     └──────────────────────┘
//! ```

pub(super) mod candidate;
mod checklist;
mod evidence;
mod gate;
mod list;
mod marks;
mod sign_off;
mod summary;

pub use checklist::to_be_made;
use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Text},
};
pub use sign_off::{open_fields, owner};

use super::{panel, state::State};
use crate::{
    judge::History,
    runbook::Runbook,
    tui::{model::Model, theme::Theme},
};

/// A line that can be selected, by its place in the runbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// The automated gate.
    Gate,
    /// A check of the checklist.
    Check(usize),
    /// An item of evidence.
    Evidence(usize),
    /// A field of the sign-off block.
    Field(usize),
    /// A role.
    Role(usize),
}

/// What the log must have said before anything of it is shown.
struct Known<'a> {
    model: &'a Model,
    runbook: &'a Runbook,
    history: &'a History,
    /// Whether the log cannot be read: what is not there may be there.
    blind: bool,
}

impl<'a> Known<'a> {
    /// None before the log was read.
    fn of(model: &'a Model) -> Option<Self> {
        let history = model.history.as_deref()?;
        Some(Self { model, runbook: &model.facts.runbook, history, blind: history.blind.is_some() })
    }

    fn theme(&self) -> &'a Theme {
        &self.model.theme
    }

    fn candidate(&self) -> Option<&'a str> {
        crate::judge::candidate::named(self.history.candidate(self.model.facts.candidate.as_deref()))
    }
}

fn items(runbook: &Runbook) -> Vec<Item> {
    let mut items = Vec::new();
    items.extend(runbook.qa.as_ref().map(|_| Item::Gate));
    items.extend((0..runbook.checklist.len()).map(Item::Check));
    items.extend((0..runbook.evidence.len()).map(Item::Evidence));
    items.extend((0..runbook.sign_off.len()).map(Item::Field));
    items.extend((0..runbook.roles.len()).map(Item::Role));
    items
}

/// How many lines can be selected.
pub fn length(model: &Model) -> usize {
    model.history.as_ref().map_or(0, |_| items(&model.facts.runbook).len())
}

/// The selected line; none where there is none, or before the log was read.
pub fn item(model: &Model) -> Option<Item> {
    let items = model.history.as_ref().map(|_| items(&model.facts.runbook))?;
    let last = model.lines().saturating_sub(1);
    items.get(model.narrowed.place(model.place.selected.min(last), items.len())?).copied()
}

/// What can be looked for, of each line.
pub fn texts(model: &Model) -> Vec<String> {
    Known::of(model).map_or_else(Vec::new, |known| list::texts(&known))
}

/// Draws the full screen.
pub fn render_screen(frame: &mut Frame, area: Rect, model: &Model) {
    let theme = &model.theme;
    let Some(known) = Known::of(model).filter(|known| !items(known.runbook).is_empty()) else {
        let inner = panel::open(frame, area, "Readiness", Vec::new(), theme);
        return nothing(model).render(frame, inner, model);
    };
    if model.place.open {
        let (title, detail) = selected(model, super::panel_size(model).0).unwrap_or_default();
        let inner = panel::open(frame, area, &title, Vec::new(), theme);
        let last = detail.len().saturating_sub(usize::from(inner.height));
        panel::scrolled(frame, inner, detail, model.place.scroll.min(last));
        return;
    }
    let columns = usize::from(area.width.saturating_sub(2));
    let mut top = summary::lines(&known, columns);
    top.extend(candidate::lines(&known, columns));
    top.truncate(usize::from(area.height / 3));
    let height = u16::try_from(top.len()).unwrap_or(0);
    let inset = area.width.min(1);
    let above = Rect { x: area.x + inset, width: area.width.saturating_sub(2 * inset), height, ..area };
    frame.render_widget(Text::from(top), above);
    list::render(frame, Rect { y: area.y + height, height: area.height - height, ..area }, &known);
}

/// Why nothing is listed.
fn nothing(model: &Model) -> State {
    match (&model.history, &model.warning) {
        (None, Some(fault)) => State::Error { what: fault.what.clone(), next: fault.next.clone() },
        (None, None) => State::Loading {
            what: vec!["reading the audit log".to_owned()],
            next: "until it is read nothing is taken for granted".to_owned(),
        },
        (Some(_), _) => State::Empty {
            what: "the runbook asks for none of it: no automated gate, no checklist, no evidence, no sign-off"
                .to_owned(),
            next: "name them in the runbook; `gonogo runbook validate` checks it".to_owned(),
        },
    }
}

/// Title and detail of the selected line.
pub fn selected(model: &Model, columns: usize) -> Option<(String, Vec<Line<'static>>)> {
    let known = Known::of(model)?;
    match item(model)? {
        Item::Gate => gate::detail(&known, columns),
        Item::Check(at) => checklist::detail(&known, at, columns),
        Item::Evidence(at) => evidence::detail(&known, at, columns),
        Item::Field(at) => sign_off::detail(&known, at, columns),
        Item::Role(at) => sign_off::role_detail(&known, at, columns),
    }
}
