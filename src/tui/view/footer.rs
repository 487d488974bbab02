//! The bottom line: the keys, from the one table.

use ratatui::{Frame, layout::Rect, text::Span};

use super::line;
use crate::tui::{
    keys::{self, Command},
    model::{Model, Screen},
};

/// Draws it. The acting keys and help stay longest.
pub fn render(frame: &mut Frame, area: Rect, model: &Model) {
    let columns = usize::from(area.width.saturating_sub(2));
    let mut spans = Vec::new();
    for detail in (0..=2).rev() {
        spans = keys_line(model, detail);
        if line::width(&spans) <= columns {
            break;
        }
    }
    let inset = area.width.min(1);
    let row = line::row(spans, Vec::new(), columns, &model.theme);
    frame.render_widget(row, Rect { x: area.x + inset, width: area.width - inset, ..area });
}

fn keys_line(model: &Model, detail: u8) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let mut spans = Vec::new();
    if model.screen != Screen::Overview {
        spans.extend([Span::styled("Esc", theme.key), line::plain(" back"), line::gap(2)]);
    }
    for binding in keys::available(model.facts.read_only).filter(|binding| !binding.label.is_empty()) {
        let essential = binding.acts || matches!(binding.command, Command::Help | Command::Quit);
        if detail == 0 && !essential {
            continue;
        }
        let blocked = (binding.command == Command::Advance).then(|| blocked(model)).flatten();
        if let Some(why) = blocked {
            let why = if detail == 2 { format!(" ({why})") } else { String::new() };
            spans.push(line::text(format!("{} {}{why}", binding.shown, binding.label), theme.dim));
        } else {
            spans.extend([Span::styled(binding.shown, theme.key), line::plain(format!(" {}", binding.label))]);
        }
        spans.push(line::gap(2));
    }
    spans.pop();
    spans
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
