//! On to the next stage? Everything that it rests on is shown, and typed text confirms it; or what stands against it.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{dialog, line};
use crate::tui::{
    dialog::{AdvanceFocus, AdvanceForm, gains},
    model::Model,
    words,
};

/// Draws the confirmation.
pub fn render(frame: &mut Frame, area: Rect, model: &Model, form: &AdvanceForm) {
    let theme = &model.theme;
    let columns = dialog::columns(area);
    let mut body = dialog::change(&form.before.to_string(), &form.after.to_string(), model, columns);
    let gains = gains(&form.before, &form.after, &model.facts.runbook);
    body.extend(line::paragraph("gains    ", theme.dim, &gains, Style::new(), columns));
    body.push(Line::default());
    for (verdict, title, brief) in &form.gates {
        let mut left = super::gates::verdict(*verdict, theme);
        left.push(line::plain(title));
        body.push(line::row(left, vec![line::text(brief, theme.dim)], columns, theme));
    }
    let digest: String = form.binding.digest.chars().take(8).collect();
    let version = words::fit(&form.binding.flag_version, 8, "");
    let candidate = form.binding.candidate.as_deref().map_or_else(|| "none".to_owned(), words::commit);
    let seen = format!("candidate {candidate}   flag version {version}   assessment {digest}");
    body.push(Line::from(line::text(words::fit(&seen, columns, theme.glyphs.ellipsis), theme.dim)));
    body.push(Line::default());
    let mut buttons = Vec::new();
    if form.changed.is_empty() {
        let focus = form.focus;
        let hint = format!("type {}", form.binding.to_stage);
        buttons.push(dialog::field("stage", &form.stage, focus == AdvanceFocus::Stage, &hint, columns, theme));
        buttons.push(dialog::field("reason", &form.reason, focus == AdvanceFocus::Reason, "why now", columns, theme));
        buttons.push(match form.complaint {
            Some(complaint) => Line::from(line::text(format!("{} {complaint}", theme.glyphs.fail), theme.wait)),
            None => Line::default(),
        });
        let ready = form.missing().is_none();
        let mut advance = dialog::button("Advance", focus == AdvanceFocus::Advance, theme);
        if !ready && focus != AdvanceFocus::Advance {
            advance.style = theme.dim;
        }
        buttons.push(Line::from(vec![
            dialog::button("Cancel", focus == AdvanceFocus::Cancel, theme),
            line::gap(2),
            advance,
        ]));
        let keys = [("Tab", "next"), (theme.glyphs.enter, "choose"), ("Esc", "cancel"), ("R", "roll back")];
        buttons.push(keys_line(&keys, columns, model));
    } else {
        body.push(Line::from(line::text(
            format!("{} changed since this was opened", theme.glyphs.fail),
            theme.bad.patch(theme.strong),
        )));
        for change in &form.changed {
            body.extend(line::paragraph(&format!("  {} ", theme.glyphs.dot), theme.dim, change, Style::new(), columns));
        }
        body.push(Line::default());
        let keys = [("A", "look again"), ("Esc", "close"), ("R", "roll back")];
        buttons.push(keys_line(&keys, columns, model));
    }
    let sheet = dialog::Sheet {
        title: format!("Advance to {}", form.title),
        fact: model.facts.environment.to_uppercase(),
        style: theme.accent,
        body,
        buttons,
    };
    dialog::render(frame, area, sheet, theme);
}

/// Draws what stands against advancing.
pub fn render_blocked(frame: &mut Frame, area: Rect, model: &Model) {
    let theme = &model.theme;
    let columns = dialog::columns(area);
    let mut body = Vec::new();
    let action = model.assessment.as_ref().map(|a| &a.advance);
    let next = action.and_then(|a| a.to.as_ref()).and_then(|key| model.facts.runbook.stage(key));
    let title = next.map_or_else(|| "Advance".to_owned(), |(i, stage)| format!("Advance to {i} {}", stage.title));
    let mut keys = vec![("Esc", "close"), ("g", "gates"), ("R", "roll back")];
    match action {
        None => body.push(Line::from("Nothing is judged yet. What is not seen is not green.")),
        Some(action) if action.allowed => {
            body.push(Line::from("Nothing stands against it any more."));
            keys.insert(0, ("A", "go on"));
        }
        Some(action) => {
            let count = match action.blockers.len() {
                1 => "1 thing stands".to_owned(),
                n => format!("{n} things stand"),
            };
            body.push(Line::from(vec![
                line::text("Not now. ", theme.bad.patch(theme.strong)),
                line::plain(format!("{count} against it, the worst first:")),
            ]));
            body.push(Line::default());
            for blocker in &action.blockers {
                let mark = format!("{} ", theme.glyphs.fail);
                body.extend(line::paragraph(&mark, theme.bad, blocker, Style::new(), columns));
            }
        }
    }
    body.push(Line::default());
    let sheet = dialog::Sheet {
        title,
        fact: model.facts.environment.to_uppercase(),
        style: theme.wait,
        body,
        buttons: vec![keys_line(&keys, columns, model)],
    };
    dialog::render(frame, area, sheet, theme);
}

/// Keys in one row; the acting ones are not there where the session only looks.
fn keys_line(keys: &[(&str, &str)], columns: usize, model: &Model) -> Line<'static> {
    let spans: Vec<Span> = keys
        .iter()
        .filter(|(key, _)| !(model.facts.read_only && *key == "R"))
        .flat_map(|(key, does)| dialog::key(key, does, &model.theme))
        .collect();
    line::row(spans, Vec::new(), columns, &model.theme)
}
