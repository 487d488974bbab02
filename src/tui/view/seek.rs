//! The time of a recording that is asked for, and what it means.

use chrono::TimeDelta;
use ratatui::{
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{
    dialog::{self, ESC, Hint::Fixed},
    line,
    recording::stopwatch,
};
use crate::tui::{dialog::SeekForm, model::Model};

/// Rows that tell what is typed means, or why it means nothing.
const MEANING: usize = 2;

/// The dialog.
pub fn sheet(area: Rect, model: &Model, form: &SeekForm) -> dialog::Sheet {
    let theme = &model.theme;
    let columns = dialog::columns(area);
    let mut body = vec![dialog::field("time", &form.field, true, "14:05, 14:05:30, +10m, -1h", columns, theme)];
    body.push(Line::default());
    let mut meaning = meaning(model, form, columns);
    // It stays where it is, however much it says.
    meaning.resize(MEANING, Line::default());
    body.extend(meaning);
    body.push(Line::default());
    let fact = format!("times in {}", model.times.zone(model.now));
    let buttons = vec![dialog::keys(&[(Fixed(theme.glyphs.enter), "go there"), (ESC, "leave")], columns, model)];
    dialog::Sheet { title: "Go to a time".to_owned(), fact, style: theme.accent, body, buttons, stops: Vec::new() }
}

fn meaning(model: &Model, form: &SeekForm, columns: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let Some(playing) = &model.playing else { return Vec::new() };
    if form.field.is_blank() {
        let (from, to) = (model.times.second(playing.from), model.times.second(playing.to));
        return line::paragraph("", theme.dim, &format!("from {from} to {to}"), theme.dim, columns);
    }
    match form.found(model) {
        Ok(at) => {
            let far = stopwatch((at - playing.from).max(TimeDelta::zero()));
            let spans: Vec<Span> = vec![
                line::text(model.times.second(at), theme.strong),
                line::text(format!("   {far} from its beginning"), theme.dim),
            ];
            vec![line::row(spans, Vec::new(), columns, theme)]
        }
        Err(why) => {
            let mut rows = line::paragraph("", theme.dim, &why, Style::new(), columns);
            rows.truncate(MEANING);
            rows
        }
    }
}
