//! Sources: how each answers, and below them each query of telemetry with what it gave; what to do where one does not.

mod query;
mod source;

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{find, line, list};
use crate::{snapshot::SourceState, tui::model::Model};

/// From this width of the screen on, the detail is beside the list.
const BESIDE: u16 = 150;

/// Draws the full screen.
pub fn render_screen(frame: &mut Frame, area: Rect, model: &Model) {
    let sources = source::all(model);
    let list = list::List {
        title: "Sources",
        summary: summary(&sources, model),
        total: total(model),
        head: &|_| None,
        row: &|place, columns| row(model, place, columns),
        under: &|_, _| Vec::new(),
        sections: vec![
            list::Section { from: 0, title: "Where from".to_owned(), columns: source::HEAD.to_owned() },
            list::Section {
                from: sources.len(),
                title: format!("Queries of {}", model.snapshot.telemetry_source.name),
                columns: query::HEAD.to_owned(),
            },
        ],
        detail: &|columns| selected(model, columns),
        beside_from: BESIDE,
        share: 31,
    };
    list::render(frame, area, &list, model);
}

fn summary(sources: &[source::Source], model: &Model) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let count = |state: SourceState| sources.iter().filter(|source| source.state == state).count();
    let mut parts = vec![line::text(format!("{} of {} answer", count(SourceState::Ok), sources.len()), theme.dim)];
    for state in [SourceState::Failed, SourceState::Partial, SourceState::Connecting] {
        let (n, (glyph, style)) = (count(state), theme.source(state));
        if n > 0 {
            parts.push(line::text(format!(" {} ", theme.glyphs.dot), theme.dim));
            parts.push(line::text(format!("{glyph} {n} {}", state.word()), style));
        }
    }
    let failed = query::failed(model);
    if failed > 0 && model.snapshot.telemetry_source.state != SourceState::Failed {
        let queries = if failed == 1 { "query" } else { "queries" };
        parts.push(line::text(format!(" {} ", theme.glyphs.dot), theme.dim));
        parts.push(line::text(format!("{} {failed} {queries} failed", theme.glyphs.fail), theme.bad));
    }
    parts
}

/// How many lines there are: sources, and queries of telemetry.
pub fn total(model: &Model) -> usize {
    source::all(model).len() + model.facts.runbook.signals.len()
}

/// What the line at this place is known by.
pub fn name(model: &Model, place: usize) -> Option<String> {
    let sources = source::all(model);
    match sources.get(place) {
        Some(source) => Some(source.role.clone()),
        None => model.facts.runbook.signals.get(place - sources.len()).map(|signal| format!("signal {}", signal.key)),
    }
}

/// What can be looked for, of each line.
pub fn texts(model: &Model) -> Vec<String> {
    const ALL_OF_IT: usize = 400;
    let text = |place| match source::all(model).get(place) {
        Some(_) => find::text_of(&row(model, place, ALL_OF_IT)),
        None => query::text(model, place - source::all(model).len()),
    };
    (0..total(model)).map(text).collect()
}

fn row(model: &Model, place: usize, columns: usize) -> Line<'static> {
    let sources = source::all(model);
    match sources.get(place) {
        Some(source) => source::row(source, columns, model),
        None => query::row(model, place - sources.len(), columns),
    }
}

/// Title and detail of the selected source or query.
pub fn selected(model: &Model, columns: usize) -> Option<(String, Vec<Line<'static>>)> {
    let (place, sources) = (model.chosen()?, source::all(model));
    match sources.get(place) {
        Some(source) => Some((source.role.clone(), source::detail(source, columns, model))),
        None => query::detail(model, place - sources.len(), columns),
    }
}
