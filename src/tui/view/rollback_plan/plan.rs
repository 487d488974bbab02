//! A rollback that has not begun: what calls for it, and what would be done.

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use super::super::{dialog, line, state};
use crate::{
    judge::{TriggerAssessment, TriggerState},
    runbook::{Duty, ProcedureStep, StepKind},
    tui::{keys::Command, model::Model, words},
};

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// For everything, and for white space.
    Airy,
    /// For everything.
    Whole,
    /// For what counts.
    Tight,
}

impl Room {
    /// The rows that these make with as much room as there is in so many; the fewest where none fit.
    pub fn fitting(height: usize, rows: impl Fn(Self) -> Vec<Line<'static>>) -> Vec<Line<'static>> {
        let tries = [Self::Airy, Self::Whole].map(&rows);
        tries.into_iter().find(|tried| tried.len() <= height).unwrap_or_else(|| rows(Self::Tight))
    }
}

/// Rows at the top of the plan that come before anything else: the key, and what it writes.
pub const HEAD: usize = 3;
/// Columns of glyph and word.
const STATE: usize = 10;

/// Whether anything calls for one.
pub fn called(model: &Model) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let Some(assessment) = model.assessment.as_deref() else { return Vec::new() };
    let tripped = assessment.triggers.iter().filter(|trigger| trigger.state == TriggerState::Tripped).count();
    match (tripped, assessment.rollback_called_for.is_empty()) {
        (0, true) => vec![line::text("nothing does now", theme.dim)],
        (0, false) => vec![line::text(format!("{} CALLED FOR", theme.glyphs.fail), theme.bad.patch(theme.strong))],
        (n, _) => vec![line::text(format!("{} {n} TRIPPED", theme.glyphs.fail), theme.bad.patch(theme.strong))],
    }
}

/// Each trigger with its state, what it measured of what, and why.
pub fn calls(model: &Model, columns: usize, room: Room) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let airy = room == Room::Airy;
    if let Some(state) = state::unjudged(model) {
        let mut rows = if airy { vec![Line::default()] } else { Vec::new() };
        rows.extend(state.lines(columns, theme));
        if airy {
            rows.push(Line::default());
        }
        rows.extend(model.facts.runbook.triggers.iter().map(|trigger| {
            Line::from(vec![line::text(format!("{} ", theme.glyphs.open), theme.dim), line::plain(&trigger.title)])
        }));
        return rows;
    }
    let Some(assessment) = model.assessment.as_deref() else { return Vec::new() };
    if assessment.triggers.is_empty() {
        let text = "The runbook names no trigger: people decide.";
        return vec![Line::from(line::text(text, theme.wait))];
    }
    let mut rows = Vec::new();
    for trigger in &assessment.triggers {
        if airy {
            rows.push(Line::default());
        }
        rows.extend(one(trigger, columns, room != Room::Tight, model));
    }
    rows
}

fn one(trigger: &TriggerAssessment, columns: usize, whole: bool, model: &Model) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let (glyph, style) = theme.trigger(trigger.state);
    let tripped = trigger.state == TriggerState::Tripped;
    let word = if tripped { "TRIPPED" } else { trigger.state.word() };
    let left = vec![
        line::text(format!("{glyph} "), style),
        line::text(format!("{word:<7} "), if tripped { style.patch(theme.strong) } else { style }),
        line::text(&trigger.title, theme.strong),
    ];
    let mut rows = vec![line::row(left, vec![line::text(&trigger.brief, theme.dim)], columns, theme)];
    let mut say = |text: &str, style| rows.extend(line::paragraph(&" ".repeat(STATE), theme.dim, text, style, columns));
    // Where there is little room, why it is armed is in the figure beside it.
    if whole || trigger.state != TriggerState::Armed {
        say(&trigger.reason, if tripped { Style::new() } else { theme.dim });
    }
    if let Some(since) = trigger.since {
        let by = trigger.by.as_ref().map_or_else(String::new, |by| format!(", by {by}"));
        say(&format!("since {}{by}", model.times.minute(since)), theme.dim);
    }
    let known = model.facts.runbook.triggers.iter().find(|known| known.key == trigger.key);
    if whole && let Some(requirement) = known.and_then(|known| known.requirement.as_deref()) {
        say(&format!("\u{201c}{requirement}\u{201d}"), theme.dim);
    }
    if known.is_some_and(|known| known.automatic) {
        say("an armed guard rolls back by itself when it trips", theme.wait);
    }
    rows
}

/// The key, what is written, who owns it, and the steps: what gonogo does of each, and what people do.
pub fn plan(model: &Model, columns: usize, room: Room) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let airy = room == Room::Airy;
    let mut rows = Vec::new();
    let blank = |rows: &mut Vec<Line<'static>>| {
        if airy {
            rows.push(Line::default());
        }
    };
    blank(&mut rows);
    rows.push(key(model, columns));
    rows.push(written(model, columns));
    rows.push(at(model, columns));
    blank(&mut rows);
    rows.extend(owner(model, columns));
    blank(&mut rows);
    let steps = &model.facts.runbook.rollback;
    if steps.is_empty() {
        let text =
            "The runbook has no steps: gonogo switches the flag off, watches the old path, and keeps the evidence.";
        rows.extend(line::paragraph("", theme.dim, text, Style::new(), columns));
    }
    for (i, step) in steps.iter().enumerate() {
        rows.extend(one_step(i, step, columns, room != Room::Tight, model));
        blank(&mut rows);
    }
    rows
}

fn key(model: &Model, columns: usize) -> Line<'static> {
    let theme = &model.theme;
    let spans = match model.facts.read_only {
        true => vec![line::text("read-only: ", theme.wait), line::plain("`gonogo rollback` does it from elsewhere")],
        false => vec![
            line::text(model.keymap.shown(Command::Rollback), theme.key),
            line::text(" rolls back, from every screen", theme.strong),
            line::text(": one short confirmation", theme.dim),
        ],
    };
    line::row(spans, Vec::new(), columns, theme)
}

/// What the flag would be made: `vfsSecureUpload  internal + 5 % → off for everyone`.
fn written(model: &Model, columns: usize) -> Line<'static> {
    let theme = &model.theme;
    let flag = &model.snapshot.flag;
    let (before, style) = match (&flag.state, &flag.fault) {
        (None, Some(_)) => ("not read".to_owned(), theme.blind),
        (None, None) => ("not read yet".to_owned(), theme.wait),
        (Some(state), Some(_)) => (format!("{}, as last read", state.serves()), theme.wait),
        (Some(state), None) => (state.serves().to_string(), theme.dim),
    };
    let rows = dialog::change(&before, "off for everyone", model, columns);
    match rows.len() {
        1 => rows.into_iter().next().unwrap_or_default(),
        _ => line::row(
            vec![line::text(before, style), line::text(format!(" {} off", theme.glyphs.arrow), theme.strong)],
            Vec::new(),
            columns,
            theme,
        ),
    }
}

/// Where it is written, and when that is done.
fn at(model: &Model, columns: usize) -> Line<'static> {
    let theme = &model.theme;
    let source = &model.snapshot.flag_source;
    let (glyph, style) = theme.source(source.state);
    let address = if source.address.is_empty() { String::new() } else { format!(" {}", source.address) };
    let mut spans = vec![line::text(format!("{glyph} "), style), line::plain(format!("{}{address}", source.name))];
    let until = line::text(format!(" {} sent until it reads off", theme.glyphs.dot), theme.dim);
    // The address is worth more.
    if line::width(&spans) + until.width() <= columns {
        spans.push(until);
    }
    line::row(spans, Vec::new(), columns, theme)
}

/// Who has the duty, and what stays as it is.
fn owner(model: &Model, columns: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let fact =
        |label: &str, body: &str, style| line::paragraph(&format!("{label:<9}"), theme.dim, body, style, columns);
    let mut rows = match model.facts.runbook.on_duty(Duty::RollbackOwner) {
        None => fact("owner", "the runbook names no rollback owner: whoever is on call", theme.dim),
        Some(role) => {
            let roles = model.assessment.as_deref().map(|assessment| assessment.standing.roles.as_slice());
            let name = roles.and_then(|roles| roles.iter().find(|known| known.key == role.key)?.name.clone());
            match (name, roles) {
                (Some(name), _) => fact("owner", &format!("{name} ({})", role.title), theme.strong),
                (None, None) => fact("owner", &format!("{}: the log is not read yet", role.title), theme.dim),
                (None, Some(_)) => {
                    let record = model.keymap.shown(Command::Record);
                    let text = format!("nobody is {}: {record} enters who", role.title);
                    fact("owner", &text, theme.wait)
                }
            }
        }
    };
    if let Some(legacy) = &model.facts.runbook.flag.legacy {
        rows.extend(fact("stays", &format!("{legacy}, the path that users fall back to"), theme.dim));
    }
    rows
}

fn one_step(i: usize, step: &ProcedureStep, columns: usize, whole: bool, model: &Model) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let (who, does) = match step.does {
        StepKind::Disable => ("gonogo", "takes it from everybody, and reads the store again until that says off"),
        StepKind::ConfirmLegacy => ("gonogo", "watches for users to be back on the old path; blind, people confirm it"),
        StepKind::KeepDiagnostics => ("gonogo", "keeps diagnostics and failing payloads, at once and at the end"),
        StepKind::FixFirst => ("people", "land the fix; until then gonogo lets nobody leave the first stage"),
        StepKind::ByHand => ("people", "do it by hand"),
    };
    let left = vec![
        line::text(format!("{:<3}", i + 1), theme.dim),
        line::text(words::fit(&step.title, columns.saturating_sub(12), theme.glyphs.ellipsis), theme.strong),
    ];
    let style = if who == "gonogo" { theme.accent } else { theme.wait };
    let mut rows = vec![line::row(left, vec![line::text(who, style)], columns, theme)];
    if whole {
        rows.extend(line::paragraph("   ", theme.dim, &step.detail, Style::new(), columns));
    }
    rows.extend(line::paragraph("   ", theme.dim, does, theme.dim, columns));
    rows
}
