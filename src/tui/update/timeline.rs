//! The timeline: narrowed as it is typed, written to a file; the selection stays on its entry, whatever comes in.

use std::{collections::BTreeSet, sync::Arc};

use super::{Effect, Export, record::waiting};
use crate::{
    fault::Fault,
    judge::History,
    timeline::{Query, nearest, select},
    tui::{
        dialog::{Narrowed, Spot},
        model::{Model, Screen},
        record::{State, Told},
    },
};

/// What the footer calls them.
const WHAT: &str = "timeline";
const REPORT: &str = "report";

/// Narrows the timeline to what the line says now.
pub(super) fn retyped(model: &mut Model, line: String, from: Option<Spot>) {
    narrow(model, line);
    let jump = model.narrowed.query.jump().filter(|_| model.narrowed.complaint.is_none());
    match (jump, model.history.clone()) {
        (Some(at), Some(history)) => {
            let shown = model.narrowed.from(&history.timeline, 0).map(|entry| entry.at);
            model.place.selected = nearest(shown, at).unwrap_or(0);
        }
        _ => select_near(model, from),
    }
}

/// Shows everything again.
pub(super) fn widened(model: &mut Model, before: Option<Spot>) {
    model.narrowed = Narrowed::default();
    select_near(model, before);
}

/// The log was read again.
pub(super) fn renew(model: &mut Model, history: Arc<History>) {
    let before = spot(model);
    model.history = Some(history);
    if model.screen != Screen::Timeline {
        return;
    }
    let line = std::mem::take(&mut model.narrowed.line);
    if !line.is_empty() {
        narrow(model, line);
    }
    select_near(model, before);
}

fn narrow(model: &mut Model, line: String) {
    let timeline = model.history.as_deref().map(|history| history.timeline.as_slice()).unwrap_or_default();
    let narrowed = &mut model.narrowed;
    // Half a word is no query yet: what was found last stays until it is one.
    narrowed.complaint = match Query::parse(&line, model.now) {
        Ok(query) => {
            narrowed.query = query;
            None
        }
        Err(complaint) => Some(complaint.to_string()),
    };
    narrowed.line = line;
    narrowed.shown = (!narrowed.query.is_everything()).then(|| select(timeline, &narrowed.query));
    narrowed.kinds.clear();
    if narrowed.shown.as_ref().is_some_and(Vec::is_empty) {
        let kinds: BTreeSet<&str> = timeline.iter().map(|entry| entry.kind.as_str()).collect();
        narrowed.kinds.extend(kinds.into_iter().map(str::to_owned));
    }
}

/// The entry that is selected, where the timeline fills the screen.
pub(super) fn spot(model: &Model) -> Option<Spot> {
    let timeline = &model.history.as_ref().filter(|_| model.screen == Screen::Timeline)?.timeline;
    let entry = model.narrowed.from(timeline, model.place.selected).next()?;
    Some(Spot::Entry { seq: entry.seq, at: entry.at })
}

/// Selects that entry, or the one that is nearest to it in time.
fn select_near(model: &mut Model, spot: Option<Spot>) {
    let Some(history) = &model.history else { return };
    let shown = || model.narrowed.from(&history.timeline, 0);
    let found = match spot {
        Some(Spot::Entry { seq, at }) => {
            // Of several of that instant, itself.
            let itself = shown().position(|entry| (entry.seq, entry.at) == (seq, at));
            itself.or_else(|| nearest(shown().map(|entry| entry.at), at))
        }
        Some(Spot::Line(_)) | None => None,
    };
    model.place.selected = found.unwrap_or(0);
}

/// Writes what is shown to a file.
pub(super) fn export(model: &mut Model) -> Vec<Effect> {
    let Some(history) = model.history.clone() else { return Vec::new() };
    if !writing(model, WHAT) {
        return Vec::new();
    }
    let Narrowed { line, shown, .. } = &model.narrowed;
    vec![Effect::Export(Box::new(Export { history, shown: shown.clone(), query: line.clone() }))]
}

/// Writes the report of what is judged now to files.
pub(super) fn report(model: &mut Model) -> Vec<Effect> {
    if model.assessment.is_none() || !writing(model, REPORT) {
        return Vec::new();
    }
    vec![Effect::Report]
}

/// Notes that something is being written; false where something else is on its way.
fn writing(model: &mut Model, what: &str) -> bool {
    if !waiting(model, what.to_owned()) {
        return false;
    }
    if let Some(told) = &mut model.told {
        told.state = State::Writing;
    }
    true
}

/// What became of the file.
pub(super) fn exported(model: &mut Model, result: Result<String, Fault>) {
    let state = result.map_or_else(State::Unwritten, State::Written);
    let what = model.told.take().map_or_else(|| WHAT.to_owned(), |told| told.what);
    model.told = Some(Told { what, at: model.uptime, state });
}
