//! Off for everyone? One short confirmation, which needs the flag store and nothing else.

use ratatui::{layout::Rect, text::Line};

use super::{
    dialog::{self, Row, Stop},
    line,
};
use crate::{
    tui::{
        dialog::{Focus, RollbackFocus, RollbackForm},
        model::Model,
    },
    units::duration,
};

/// The confirmation.
pub fn sheet(area: Rect, model: &Model, form: &RollbackForm) -> dialog::Sheet {
    let theme = &model.theme;
    let columns = dialog::columns(area);
    let (before, note) = before(model);
    let mut body = Vec::new();
    if model.facts.several {
        // Nobody is to take one rollout for another.
        let name = format!("{} ({})", model.facts.runbook.title, model.facts.runbook.key);
        body.extend(line::paragraph("rollout  ", theme.dim, &name, theme.strong, columns));
    }
    body.extend(dialog::change(&before, "off for everyone", model, columns));
    if let Some(note) = note {
        body.extend(line::paragraph("", theme.dim, &note, theme.wait, columns));
    }
    body.push(Line::default());
    let focused = form.focus == RollbackFocus::Reason;
    let mut stops = vec![Stop::row(Row::Body(body.len()), Focus::Rollback(RollbackFocus::Reason))];
    body.push(dialog::field("reason", &form.reason, focused, "operator's decision", columns, theme));
    let facts = format!("{} {} by {}", model.facts.environment, theme.glyphs.dot, model.facts.operator);
    body.push(Line::from(vec![line::text(format!("{:<8} ", "where"), theme.dim), line::plain(facts)]));
    body.push(Line::default());
    let promise = "Sent again until the store confirms it; done when the store, read again, says off.";
    body.extend(line::paragraph("", theme.dim, promise, theme.dim, columns));
    body.push(Line::default());
    let row = Line::from(vec![
        dialog::button("Cancel", form.focus == RollbackFocus::Cancel, theme),
        line::gap(2),
        dialog::button("Roll back", form.focus == RollbackFocus::RollBack, theme),
    ]);
    let of = [Focus::Rollback(RollbackFocus::Cancel), Focus::Rollback(RollbackFocus::RollBack)];
    stops.extend(dialog::stops(&row, Row::Button(0), &of));
    let mut keys = Vec::new();
    if form.armed && !focused {
        keys.extend(dialog::key("y", "roll back", theme));
    }
    keys.extend(dialog::key("Tab", "next", theme));
    keys.extend(dialog::key(theme.glyphs.enter, "choose", theme));
    keys.extend(dialog::key("Esc", "cancel", theme));
    dialog::Sheet {
        title: "Roll back".to_owned(),
        fact: model.facts.environment.to_uppercase(),
        style: theme.bad,
        body,
        buttons: vec![row, line::row(keys, Vec::new(), columns, theme)],
        stops,
    }
}

/// Who is served now, and what to know about that knowledge.
fn before(model: &Model) -> (String, Option<String>) {
    let flag = &model.snapshot.flag;
    let Some(state) = &flag.state else {
        let why = flag.fault.as_ref().map_or(String::new(), |fault| format!(" ({})", fault.what));
        return ("not read yet".to_owned(), Some(format!("The flag was not read yet{why}; it will be switched off.")));
    };
    let served = state.serves();
    let on = if state.enabled { "on" } else { "off" };
    let words_for =
        if served.is_off() { "off".to_owned() } else { format!("{on} {} {served}", model.theme.glyphs.dot) };
    let note = if let Some(fault) = &flag.fault {
        let age = flag.read_at.map_or_else(String::new, |at| format!(" as of {} ago", duration(model.now - at)));
        Some(format!("Last known{age}: {}. It will be switched off.", fault.what))
    } else if !state.foreign.is_empty() {
        Some(format!("Foreign rules are in the way of knowing who is served: {}", state.foreign.join("; ")))
    } else if served.is_off() {
        Some("It is off already; rolling back makes sure, and reads it again.".to_owned())
    } else {
        None
    };
    (words_for, note)
}
