//! The automated gate: what would be run, or how the run is.

use std::time::Duration;

use chrono::TimeDelta;
use ratatui::{layout::Rect, style::Style, text::Line};

use super::{
    dialog::{self, ESC, Hint::Fixed, ROLL_BACK},
    line,
};
use crate::{
    judge::candidate,
    qa::{CheckProgress, CheckState},
    tui::{
        dialog::{GateRun, QaForm, no_run},
        model::Model,
        words,
    },
    units::duration,
};

/// Rows of the dialog beside the output: frame, white space, facts, keys.
const AROUND: usize = 12;

/// The dialog.
pub fn sheet(area: Rect, model: &Model, form: &QaForm) -> dialog::Sheet {
    match &model.gate {
        Some(gate) if !form.asks => run(area, model, form, gate),
        _ => question(area, model),
    }
}

fn question(area: Rect, model: &Model) -> dialog::Sheet {
    let theme = &model.theme;
    let columns = dialog::columns(area);
    let mut body = Vec::new();
    let mut keys = vec![(ESC, "cancel"), (ROLL_BACK, "roll back")];
    match (no_run(model), &model.facts.runbook.qa) {
        (None, Some(gate)) => {
            let on = model.facts.candidate.as_deref().map_or(String::new(), candidate::shown);
            body.extend(line::paragraph("run      ", theme.dim, &gate.command, theme.strong, columns));
            body.extend(line::paragraph(
                "on       ",
                theme.dim,
                &format!("{on}, in its checkout"),
                Style::new(),
                columns,
            ));
            let checks = gate.checks.join(", ");
            body.extend(line::paragraph("checks   ", theme.dim, &checks, Style::new(), columns));
            body.push(Line::default());
            let text = "The run, all that it prints and its report are recorded, however it ends. One that is ended \
                        early is not green, and then a whole one is needed.";
            body.extend(line::paragraph("", theme.dim, text, theme.dim, columns));
            keys.insert(0, (Fixed(theme.glyphs.enter), "run"));
        }
        (why, _) => {
            let why = why.unwrap_or_else(|| "the runbook has no automated gate".to_owned());
            body.extend(line::paragraph(&format!("{} ", theme.glyphs.fail), theme.bad, &why, Style::new(), columns));
        }
    }
    body.push(Line::default());
    dialog::Sheet {
        title: "Run the automated gate?".to_owned(),
        fact: model.facts.environment.to_uppercase(),
        style: theme.accent,
        body,
        buttons: vec![dialog::keys(&keys, columns, model)],
        stops: Vec::new(),
    }
}

fn run(area: Rect, model: &Model, form: &QaForm, gate: &GateRun) -> dialog::Sheet {
    let theme = &model.theme;
    let columns = dialog::columns(area);
    let mut body: Vec<Line> = gate.progress.checks.iter().map(|check| row(check, model, gate, columns)).collect();
    let room = usize::from(area.height).saturating_sub(AROUND + body.len()).clamp(2, 14);
    let from = gate.tail.len().saturating_sub(room);
    if !gate.tail.is_empty() || gate.ended.is_none() {
        body.push(Line::default());
    }
    for text in &gate.tail[from..] {
        let text = words::fit(&crate::text::clean(text), columns, theme.glyphs.ellipsis);
        body.push(Line::from(line::text(text, theme.dim)));
    }
    if gate.tail.is_empty() && gate.ended.is_none() {
        body.push(Line::from(line::text("nothing was printed yet", theme.dim)));
    }
    body.push(Line::default());
    let (fact, style, keys) = match &gate.ended {
        Some(ended) => {
            let (mark, style) =
                if ended.green { (theme.glyphs.pass, theme.good) } else { (theme.glyphs.fail, theme.bad) };
            for (n, text) in ended.text.iter().enumerate() {
                let mark = if n == 0 { format!("{mark} ") } else { "  ".to_owned() };
                let plain = if n == 0 { Style::new() } else { theme.dim };
                body.extend(line::paragraph(&mark, style, &crate::text::clean(text), plain, columns));
            }
            body.push(Line::default());
            (took(ended.took), style, vec![(ESC, "close"), (ROLL_BACK, "roll back")])
        }
        None => {
            let mut fact = took(model.uptime.saturating_sub(gate.since));
            if let Some(before) = gate.before {
                fact.push_str(&format!(", the last took {}", took(before)));
            }
            let kill = match form.kill {
                _ if gate.killing => "",
                Some(_) => "again to kill it",
                None => "kill it",
            };
            if gate.killing {
                body.push(Line::from(line::text("It was asked to end, and so was all that it started.", theme.wait)));
            } else if form.kill.is_some() {
                let text = "A run that is killed is recorded, and is not green. k once more kills it.";
                body.push(Line::from(line::text(text, theme.wait)));
            }
            let mut keys = vec![(ESC, "hide, it runs on"), (Fixed("k"), kill), (ROLL_BACK, "roll back")];
            keys.retain(|(_, does)| !does.is_empty());
            (fact, theme.accent, keys)
        }
    };
    dialog::Sheet {
        title: "Automated gate".to_owned(),
        fact,
        style,
        body,
        buttons: vec![dialog::keys(&keys, columns, model)],
        stops: Vec::new(),
    }
}

fn row(check: &CheckProgress, model: &Model, gate: &GateRun, columns: usize) -> Line<'static> {
    let theme = &model.theme;
    let glyphs = &theme.glyphs;
    let over = gate.ended.is_some();
    let (glyph, style, word) = match check.state {
        CheckState::Waiting if over => (glyphs.pending, theme.dim, "not begun".to_owned()),
        CheckState::Waiting => (glyphs.pending, theme.dim, "waits".to_owned()),
        CheckState::Running(_) if over => (glyphs.unknown, theme.blind, "no result".to_owned()),
        CheckState::Running(since) => {
            let running = model.uptime.saturating_sub(gate.since).saturating_sub(since);
            (glyphs.here, theme.accent, format!("runs  {}", took(running)))
        }
        CheckState::Over => (glyphs.unknown, theme.blind, "no result".to_owned()),
        CheckState::Passed(time) => (glyphs.pass, theme.good, format!("passed  {}", took(time))),
        CheckState::Failed(time) => (glyphs.fail, theme.bad, format!("failed  {}", took(time))),
        CheckState::Skipped => (glyphs.unknown, theme.wait, "skipped".to_owned()),
    };
    let left = vec![line::text(format!("{glyph} "), style), line::plain(&check.id)];
    line::row(left, vec![line::text(word, theme.dim)], columns, theme)
}

fn took(time: Duration) -> String {
    duration(TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX))
}
