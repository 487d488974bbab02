//! How the cockpit looks and what it gives away: theme, zone of times, the clipboard, the focus.

use chrono::{DateTime, Utc};
use ratatui::text::Line;

use super::Effect;
use crate::tui::{
    hint::Hint,
    model::{Focus, Model, Screen},
    theme::{Depth, Themes},
    times::Times,
    view,
};

/// More than this, in bytes, no terminal takes at once.
const MOST: usize = 70_000;

/// Goes to the next theme. It is not stored: the next start is as the configuration says.
pub(super) fn next_theme(model: &mut Model) {
    let text = turned(&mut model.themes);
    model.theme = model.themes.theme();
    hint(model, text);
}

/// UTC, or as this machine has it.
pub(super) fn next_times(model: &mut Model) {
    let text = rezoned(&mut model.times, model.now);
    hint(model, text);
}

/// Goes to the next theme, and says which that is.
pub(in crate::tui) fn turned(themes: &mut Themes) -> String {
    themes.next();
    let name = themes.name();
    match (themes.depth(), themes.remark()) {
        (Depth::None, _) => "no colours here: NO_COLOR is set, or the configuration says so".to_owned(),
        (_, Some(remark)) => format!("theme {name}; {remark}"),
        (_, None) => format!("theme {name}, until gonogo ends"),
    }
}

/// Goes from one zone to the other, and says which that is.
pub(in crate::tui) fn rezoned(times: &mut Times, now: DateTime<Utc>) -> String {
    *times = match times {
        Times::Utc => Times::Local,
        Times::Local | Times::Fixed(_) => Times::Utc,
    };
    match times {
        Times::Utc => "times in UTC".to_owned(),
        _ => format!("times as this machine has them, {}; what the judge says stays in UTC", times.zone(now)),
    }
}

/// Copies what is selected, in full.
pub(super) fn copy(model: &mut Model) -> Vec<Effect> {
    let (text, said) = copied(selected(model));
    hint(model, said);
    text.map(Effect::Copy).into_iter().collect()
}

/// The text of what is selected, if a terminal's clipboard can take it, and what to say of it.
pub(in crate::tui) fn copied(selected: Option<(String, String)>) -> (Option<String>, String) {
    let Some((what, text)) = selected else {
        return (None, "nothing to copy here: select a line first".to_owned());
    };
    if text.len() > MOST {
        return (None, format!("{what} is too long for a terminal's clipboard"));
    }
    let count = text.chars().count();
    (Some(text), format!("{what}: copied {count} characters; not every terminal takes them"))
}

/// What is selected, and all that there is to read of it. Where nothing can be selected, the candidate.
fn selected(model: &Model) -> Option<(String, String)> {
    if matches!(model.screen, Screen::Overview | Screen::Briefing) {
        let candidate = model.facts.candidate.as_deref()?;
        return Some(("candidate".to_owned(), crate::text::clean(candidate)));
    }
    // As wide as it may be: what is pasted is not to be wrapped.
    let (title, lines) = view::detail(model, usize::from(u16::MAX))?;
    Some((title.clone(), written(&title, &lines)))
}

/// Lines of the screen as a text of their own, below their title.
pub(in crate::tui) fn written(title: &str, lines: &[Line]) -> String {
    let rows = lines.iter().map(|line| line.spans.iter().map(|span| span.content.as_ref()).collect::<String>());
    let rows: Vec<String> = rows.map(|row| row.trim_end().to_owned()).collect();
    format!("{title}\n{}\n", rows.join("\n"))
}

/// The terminal has the focus, or lost it.
pub(super) fn focused(model: &mut Model, here: bool) {
    model.focus = if here { Focus::Here } else { Focus::Elsewhere };
}

pub(super) fn hint(model: &mut Model, text: String) {
    model.hint = Some(Hint::new(text, model.uptime));
    model.dirty = true;
}
