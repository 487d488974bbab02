//! The bottom line: the keys, from the one table.

use std::time::Duration;

use ratatui::{Frame, layout::Rect, text::Span};

use super::{line, paint};
use crate::tui::{
    dialog::Dialog,
    drawn::Target,
    keys::{Binding, Command},
    model::{Model, Screen, TOLD_FOR},
    record::{State, Told},
    words,
};

/// How long the footer tells where a file is: a path takes longer to read.
const SHOWN_PATH: Duration = Duration::from_secs(15);

/// Draws it. What there is no room for goes one by one: of what counts least, the last first.
pub fn render(frame: &mut Frame, area: Rect, model: &Model) {
    let columns = usize::from(area.width.saturating_sub(2));
    let inset = area.width.min(1);
    let inner = Rect { x: area.x + inset, width: area.width - inset, ..area };
    let spans = hinted(model).or_else(|| told(model)).unwrap_or_else(|| match model.dialog() {
        Some(Dialog::Find(_)) => finding(model),
        _ => keys_line(model, columns, inner),
    });
    paint::line(frame, inner, &line::row(spans, Vec::new(), columns, &model.theme));
}

/// One key and what it does, as far as there is room.
struct Item {
    rank: u8,
    /// What a click on it does.
    command: Option<Command>,
    spans: Vec<Span<'static>>,
}

/// What stands against advancing, in brackets behind the key: worth more than the keys of the last rank.
const WHY: u8 = 5;

/// The keys, and where each of them can be clicked on.
fn keys_line(model: &Model, columns: usize, area: Rect) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let mut items = Vec::new();
    if model.screen != Screen::Overview {
        let back = vec![Span::styled("Esc", theme.key), line::plain(" back"), line::gap(2)];
        items.push(Item { rank: 0, command: Some(Command::Back), spans: back });
    }
    for bound in model.keymap.on_screen(model.facts.kind(), model.screen) {
        let (Some(rank), Some(key)) = (rank(bound.binding, model), bound.keys.first()) else { continue };
        let (label, command) = (bound.binding.label, Some(bound.binding.command));
        let blocked = (bound.binding.command == Command::Advance).then(|| blocked(model)).flatten();
        let Some(why) = blocked else {
            let spans = vec![Span::styled(key.to_string(), theme.key), line::plain(format!(" {label}")), line::gap(2)];
            items.push(Item { rank, command, spans });
            continue;
        };
        items.push(Item { rank, command, spans: vec![line::text(format!("{key} {label}"), theme.dim)] });
        items.push(Item { rank: WHY, command, spans: vec![line::text(format!(" ({why})"), theme.dim)] });
        items.push(Item { rank, command: None, spans: vec![line::gap(2)] });
    }
    let width = |items: &[Item]| items.iter().map(|item| line::width(&item.spans)).sum::<usize>().saturating_sub(2);
    while width(&items) > columns {
        let Some((last, item)) = items.iter().enumerate().max_by_key(|(_, item)| item.rank) else { break };
        if item.rank == 0 {
            break;
        }
        items.remove(last);
    }
    let mut x = area.x;
    for item in &items {
        let width = u16::try_from(line::width(&item.spans)).unwrap_or(u16::MAX).min(area.right().saturating_sub(x));
        if let Some(command) = item.command {
            model.drawn.mark(Rect { x, width, height: 1, ..area }, Target::Key(command));
        }
        x += width;
    }
    let mut spans: Vec<Span> = items.into_iter().flat_map(|item| item.spans).collect();
    spans.pop();
    spans
}

/// How soon a key goes where there is no room for all: 0 never. None where the footer does not have it.
fn rank(binding: &Binding, model: &Model) -> Option<u8> {
    let rank = match binding.command {
        _ if binding.label.is_empty() => return None,
        Command::Show(screen) if screen == model.screen => return None,
        Command::Advance | Command::Rollback | Command::Show(Screen::Help) | Command::Quit => 0,
        // A key that answers to something that is not there is in the help.
        Command::Drift => return drifted(model).then_some(0),
        // It leads to all that there is no room for.
        Command::Palette => 5,
        Command::Reduce => return model.assessment.as_ref().is_some_and(|a| a.standing.reduce.allowed).then_some(4),
        Command::Show(Screen::Gates | Screen::Guardrails | Screen::Timeline) | Command::Rollouts => 3,
        Command::Record | Command::Show(Screen::Readiness | Screen::Briefing) => 4,
        Command::Show(_) => 6,
        Command::Report | Command::Find | Command::SeekTo => 2,
        _ => 1,
    };
    Some(rank)
}

/// The keys while the timeline's line is typed: letters are letters then, but for the one that always rolls back.
fn finding(model: &Model) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let key = model.keymap.shown(Command::Rollback);
    let mut keys = vec![("Enter", "keep"), ("Esc", "clear, then leave"), ("Up Down", "select")];
    if model.keymap.available(model.facts.kind()).any(|bound| bound.binding.command == Command::Rollback) {
        keys.push((&key, "roll back"));
    }
    let mut spans = Vec::new();
    for (key, label) in keys {
        spans.extend([Span::styled(key.to_owned(), theme.key), line::plain(format!(" {label}")), line::gap(2)]);
    }
    spans.pop();
    spans
}

fn drifted(model: &Model) -> bool {
    model.assessment.as_ref().is_some_and(|a| a.flag.drift.is_some())
}

/// What the cockpit says of itself, where nothing was recorded since.
fn hinted(model: &Model) -> Option<Vec<Span<'static>>> {
    let hint = model.hint.as_ref().filter(|hint| hint.stands(model.uptime))?;
    let newer = model.told.as_ref().is_none_or(|told| told.at <= hint.at);
    newer.then(|| vec![line::plain(&hint.text)])
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
