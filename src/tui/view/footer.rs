//! The bottom line: the keys, from the one table.

use std::time::Duration;

use ratatui::{Frame, layout::Rect, text::Span};

use super::line;
use crate::tui::{
    dialog::Dialog,
    keys::{self, Command},
    model::{Model, Screen, TOLD_FOR},
    record::{State, Told},
    words,
};

/// How long the footer tells where a file is: a path takes longer to read.
const SHOWN_PATH: Duration = Duration::from_secs(15);

/// Draws it. The acting keys and help stay longest.
pub fn render(frame: &mut Frame, area: Rect, model: &Model) {
    let columns = usize::from(area.width.saturating_sub(2));
    let mut spans = Vec::new();
    for detail in (0..=3).rev() {
        spans = keys_line(model, detail);
        if line::width(&spans) <= columns {
            break;
        }
    }
    if let Some(told) = told(model) {
        spans = told;
    }
    let inset = area.width.min(1);
    let row = line::row(spans, Vec::new(), columns, &model.theme);
    frame.render_widget(row, Rect { x: area.x + inset, width: area.width - inset, ..area });
}

fn keys_line(model: &Model, detail: u8) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let mut spans = Vec::new();
    if matches!(model.dialog(), Some(Dialog::Find(_))) {
        return finding(model);
    }
    if model.screen != Screen::Overview {
        spans.extend([Span::styled("Esc", theme.key), line::plain(" back"), line::gap(2)]);
    }
    for binding in keys::on_screen(model.facts.read_only, model.screen).filter(|binding| !binding.label.is_empty()) {
        let shown = match binding.command {
            Command::Advance | Command::Rollback | Command::Help | Command::Quit => true,
            // A key that answers to something that is not there is in the help.
            Command::Drift => drifted(model),
            Command::Reduce => detail >= 2 && model.assessment.as_ref().is_some_and(|a| a.standing.reduce.allowed),
            Command::Record | Command::Readiness | Command::Briefing => detail >= 2,
            Command::Report => detail >= 1,
            _ if binding.on.is_some() => true,
            _ => detail >= 1,
        };
        if !shown {
            continue;
        }
        let blocked = (binding.command == Command::Advance).then(|| blocked(model)).flatten();
        if let Some(why) = blocked {
            let why = if detail == 3 { format!(" ({why})") } else { String::new() };
            spans.push(line::text(format!("{} {}{why}", binding.shown, binding.label), theme.dim));
        } else {
            spans.extend([Span::styled(binding.shown, theme.key), line::plain(format!(" {}", binding.label))]);
        }
        spans.push(line::gap(2));
    }
    spans.pop();
    spans
}

/// The keys while the timeline's line is typed: letters are letters then, but for the one that always rolls back.
fn finding(model: &Model) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let keys = [("Enter", "keep", true), ("Esc", "clear, then leave", true), ("Up Down", "select", true)];
    let rollback = ("R", "roll back", !model.facts.read_only);
    let mut spans = Vec::new();
    for (key, label, _) in keys.into_iter().chain([rollback]).filter(|(.., there)| *there) {
        spans.extend([Span::styled(key, theme.key), line::plain(format!(" {label}")), line::gap(2)]);
    }
    spans.pop();
    spans
}

fn drifted(model: &Model) -> bool {
    model.assessment.as_ref().is_some_and(|a| a.flag.drift.is_some())
}

/// What became of the last entry, for as long as somebody may look for it. One that failed stands beside the call.
fn told(model: &Model) -> Option<Vec<Span<'static>>> {
    let theme = &model.theme;
    let Told { what, at, state } = model.told.as_ref()?;
    match state {
        State::Waiting => Some(vec![
            line::text(format!("{} ", theme.glyphs.here), theme.accent),
            line::plain(format!("{what}: being recorded")),
        ]),
        State::Recorded(answer) if model.uptime.saturating_sub(*at) < TOLD_FOR => Some(vec![
            line::text(format!("{} ", theme.glyphs.pass), theme.good),
            line::plain(format!("{what}: {answer}")),
        ]),
        State::Writing => Some(vec![
            line::text(format!("{} ", theme.glyphs.here), theme.accent),
            line::plain(format!("{what}: being written")),
        ]),
        State::Written(path) if model.uptime.saturating_sub(*at) < SHOWN_PATH => Some(vec![
            line::text(format!("{} ", theme.glyphs.pass), theme.good),
            line::plain(format!("{what}: written to ")),
            line::plain(end_of(path, usize::from(model.size.0).saturating_sub(26), theme.glyphs.ellipsis)),
        ]),
        State::Recorded(_) | State::Failed(_) | State::Written(_) | State::Unwritten(_) => None,
    }
}

/// A path in so many columns: of a longer one its end, which is what tells it from others.
fn end_of(path: &str, columns: usize, ellipsis: &str) -> String {
    let room = columns.saturating_sub(words::width(ellipsis));
    match words::width(path) {
        width if width <= columns => path.to_owned(),
        _ => {
            let skip = path.char_indices().map(|(i, _)| i).find(|i| words::width(&path[*i..]) <= room);
            format!("{ellipsis}{}", skip.map_or("", |i| &path[i..]))
        }
    }
}

/// Why the rollout cannot advance, in a few words.
fn blocked(model: &Model) -> Option<String> {
    let Some(assessment) = &model.assessment else { return Some("not judged yet".to_owned()) };
    match assessment.advance.blockers.len() {
        _ if assessment.advance.allowed => None,
        0 if assessment.advance.to.is_none() => Some("last stage".to_owned()),
        1 => Some("1 blocker".to_owned()),
        n => Some(format!("{n} blockers")),
    }
}
