//! The rollback procedure: the runbook's steps, how far each is, and its clock since the confirmation. While the machine
//! runs, the first step is told by it; afterwards, after a restart and on other machines, all of it comes from the log and
//! from telemetry.

use chrono::{DateTime, Utc};
use ratatui::{layout::Rect, style::Style, text::Line};

use super::{
    dialog::{
        self, ESC,
        Hint::{Fixed, Of},
        ROLL_BACK,
    },
    line, progress, serving, spark, tallies,
};
use crate::{
    audit::{Action, Outcome},
    judge::{ProcedureAssessment, StepAssessment, StepState},
    runbook::{ProcedureStep, StepKind},
    tui::{keys::Command, model::Model, operation::Operation, theme::Theme, times::Times, words},
};

/// Columns before what is said below a step.
const INDENT: usize = 5;

/// Whether this action is shown as a procedure: a rollback is, and what runs or failed besides is shown as itself.
pub fn shows(operation: &Operation, model: &Model) -> bool {
    let settled = matches!(operation.ended, Some((_, Outcome::Verified)));
    operation.action == Action::Rollback || (settled && model.procedure().is_some())
}

/// The dialog.
pub fn sheet(area: Rect, model: &Model) -> dialog::Sheet {
    let columns = dialog::columns(area);
    let Sides { operation, .. } = Sides::of(model);
    let (title, fact, style) = standing(model);
    let (body, buttons) = (told(model, columns), vec![buttons(operation, model, columns)]);
    dialog::Sheet { title, fact, style, body, buttons, stops: Vec::new() }
}

/// Who tells of the rollback.
struct Sides<'a> {
    /// The one that was begun here.
    operation: Option<&'a Operation>,
    /// The same, as long as its own machine tells.
    driven: Option<&'a Operation>,
    /// What is on record.
    record: Option<&'a ProcedureAssessment>,
}

impl<'a> Sides<'a> {
    fn of(model: &'a Model) -> Self {
        let operation = model.operation.as_ref().filter(|operation| operation.action == Action::Rollback);
        // What is on record is of this rollback only once it is verified: until then its own machine tells.
        let driven = operation.filter(|operation| !verified(operation) || model.procedure().is_none());
        Self { operation, driven, record: model.procedure().filter(|_| driven.is_none()) }
    }
}

/// Where it stands in a few words, its clock, and the style of both.
pub fn standing(model: &Model) -> (String, String, Style) {
    let Sides { operation, driven, record } = Sides::of(model);
    (title(operation, record), clock(operation, record, model), style(driven, record, model))
}

/// All of it: what changed and why, each step, and what telemetry shows.
pub fn told(model: &Model, columns: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let Sides { operation, driven, record } = Sides::of(model);
    let mut body = head(model, operation, record, columns);
    if let Some(operation) = operation {
        body.extend(progress::ending(operation, model, columns));
    }
    for (i, step) in model.facts.runbook.rollback.iter().enumerate() {
        let judged = model.procedure().and_then(|procedure| procedure.steps.get(i));
        let judged = judged.filter(|_| record.is_some() || operation.is_some_and(verified));
        body.extend(one(i, step, judged, driven, model, columns));
        body.push(Line::default());
    }
    if let Some(procedure) = record {
        match procedure.legacy.minutes.is_empty() {
            false => body.extend(spark::paths(&procedure.legacy.minutes, columns, theme)),
            // Where the runbook says of no signal which path it tells of, people look at the tallies.
            true => body.extend(tallies::since_entered(model, columns)),
        }
        body.push(Line::default());
    }
    let settled = operation.filter(|operation| record.is_none() && verified(operation));
    if settled.is_some_and(|operation| progress::entered_since(operation, model)) {
        body.extend(tallies::since_entered(model, columns));
        body.push(Line::default());
    }
    body
}

fn verified(operation: &Operation) -> bool {
    matches!(operation.ended, Some((_, Outcome::Verified)))
}

fn title(operation: Option<&Operation>, record: Option<&ProcedureAssessment>) -> String {
    let title = match (operation, record) {
        (Some(operation), None) if operation.runs() => "Rolling back",
        (_, Some(procedure)) if procedure.done_at.is_none() => "Rolled back, not done yet",
        (_, Some(_)) => "Rolled back",
        (Some(_), None) => "Rollback",
        (None, None) => "No rollback stands",
    };
    title.to_owned()
}

/// Time since the confirmation: on the stopwatch while it is driven, then on the clock, which stops when it is done.
fn clock(operation: Option<&Operation>, record: Option<&ProcedureAssessment>, model: &Model) -> String {
    if let Some(procedure) = record {
        let end = procedure.done_at.unwrap_or(model.now);
        let since = model.times.write(procedure.at, "%H:%M:%S");
        // What the steps say was found is in the judge's words.
        let findings = if model.times == Times::Utc { "" } else { ", findings in UTC" };
        return format!("+{} since {since}{findings}", serving::hours(end - procedure.at));
    }
    operation.map_or_else(String::new, |operation| progress::clock(operation, model))
}

fn style(driven: Option<&Operation>, record: Option<&ProcedureAssessment>, model: &Model) -> Style {
    match (driven, record) {
        (Some(operation), _) if verified(operation) => model.theme.good,
        (Some(_), _) => model.theme.bad,
        (None, Some(procedure)) if procedure.done_at.is_some() => model.theme.good,
        (None, Some(_)) => model.theme.wait,
        (None, None) => model.theme.accent,
    }
}

/// Who was served, why it was done, by whom, and who else did.
fn head(
    model: &Model,
    operation: Option<&Operation>,
    record: Option<&ProcedureAssessment>,
    columns: usize,
) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let (before, after, reason, by) = match (record, operation) {
        (Some(procedure), _) => {
            let before = procedure.before.as_ref().map_or_else(|| "not known".to_owned(), ToString::to_string);
            let by = format!("{} on {}", procedure.operator, procedure.host);
            (before, "off for everyone".to_owned(), procedure.reason.clone(), by)
        }
        (None, Some(operation)) => {
            let by = model.facts.operator.clone();
            (operation.before.clone(), operation.after.clone(), operation.reason.clone(), by)
        }
        (None, None) => {
            let text = "The first stage was left again since, or nothing was rolled back.";
            return vec![Line::from(text), Line::default()];
        }
    };
    let mut rows = dialog::change(&before, &after, model, columns);
    let by = format!("   by {by}");
    let room = columns.saturating_sub(words::width(&by) + 8);
    rows.push(Line::from(vec![
        line::text("reason  ", theme.dim),
        line::plain(words::fit(&reason, room, theme.glyphs.ellipsis)),
        line::text(by, theme.dim),
    ]));
    if let Some(from) = operation.and_then(|operation| operation.taken_up.as_ref()) {
        rows.extend(line::paragraph("taken up from ", theme.wait, from, theme.strong, columns));
    }
    if let Some(procedure) = record.filter(|procedure| !procedure.joined.is_empty()) {
        let joined = format!("{}: it stays one rollback", procedure.joined.join(", "));
        rows.extend(line::paragraph("joined  ", theme.dim, &joined, Style::new(), columns));
    }
    rows.push(Line::default());
    rows
}

/// One step: how far it is, when that was, and what was found.
fn one(
    i: usize,
    step: &ProcedureStep,
    judged: Option<&StepAssessment>,
    driven: Option<&Operation>,
    model: &Model,
    columns: usize,
) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let driving = driven.filter(|_| step.does == StepKind::Disable);
    let (glyph, word, style) = match (driving, judged) {
        (Some(operation), _) => progress::state(operation, theme),
        (None, Some(judged)) => {
            let (glyph, style) = state(judged.state, theme);
            (glyph, judged.state.word().to_owned(), style)
        }
        (None, None) if step.does == StepKind::ByHand => (theme.glyphs.open, "by hand".to_owned(), theme.dim),
        (None, None) => (theme.glyphs.open, "waiting".to_owned(), theme.dim),
    };
    let left = vec![
        line::text(format!("{glyph} "), style),
        line::text(format!("{:<3}", i + 1), theme.strong),
        line::text(format!("{:<26}  ", words::fit(&step.title, 26, theme.glyphs.ellipsis)), theme.strong),
        line::text(word, style),
    ];
    let since = judged.and_then(|_| reached(step.does, model));
    let right = since.map(|since| line::text(since, theme.dim)).into_iter().collect();
    let mut rows = vec![line::row(left, right, columns, theme)];
    let indent = " ".repeat(INDENT);
    let mut say = |text: &str, style: Style| {
        if !text.is_empty() {
            rows.extend(line::paragraph(&indent, theme.dim, text, style, columns));
        }
    };
    match (driving, judged) {
        (Some(operation), _) => rows.extend(progress::writes(operation, columns, theme)),
        (None, Some(judged))
            if judged.found.is_empty() && !(step.does == StepKind::FixFirst && needs(model).is_some()) =>
        {
            say(&step.detail, theme.dim);
        }
        (None, Some(judged)) => {
            let interlock = step.does == StepKind::FixFirst && needs(model).is_some();
            if !interlock {
                say(&judged.found, if judged.state == StepState::Blind { theme.wait } else { theme.dim });
            }
            match step.does {
                StepKind::KeepDiagnostics => {
                    let folder = kept(model).filter(|folder| !judged.found.contains(folder.as_str()));
                    say(&folder.unwrap_or_default(), theme.dim);
                }
                StepKind::FixFirst => rows.extend(needs(model).unwrap_or_default().iter().flat_map(|(met, text)| {
                    let (glyph, style) =
                        if *met { (theme.glyphs.pass, theme.good) } else { (theme.glyphs.open, theme.wait) };
                    let label = format!("{indent}{glyph} ");
                    line::paragraph(&label, style, text, if *met { theme.dim } else { Style::new() }, columns)
                })),
                _ => {}
            }
        }
        (None, None) => say(&step.detail, theme.dim),
    }
    if let Some(report) = model.attended.as_ref().filter(|_| step.does == StepKind::KeepDiagnostics) {
        rows.extend(line::paragraph(&indent, theme.dim, &report.text(), theme.bad, columns));
    }
    rows
}

/// Glyph and style of a step's state.
fn state(state: StepState, theme: &Theme) -> (&'static str, Style) {
    match state {
        StepState::Verified | StepState::Attested | StepState::Kept | StepState::Open => {
            (theme.glyphs.pass, theme.good)
        }
        StepState::Requested | StepState::Confirmed | StepState::Converging => (theme.glyphs.here, theme.accent),
        StepState::Blind => (theme.glyphs.unknown, theme.wait),
        StepState::Locked => (theme.glyphs.open, theme.wait),
        StepState::Waiting | StepState::ByHand => (theme.glyphs.open, theme.dim),
    }
}

/// When a step was done, since the confirmation: as the log says.
fn reached(does: StepKind, model: &Model) -> Option<String> {
    let record = model.history.as_ref()?.rollback.as_ref()?;
    let at: DateTime<Utc> = match does {
        StepKind::Disable => record.verified_at?,
        StepKind::ConfirmLegacy => record.legacy.as_ref()?.0,
        StepKind::KeepDiagnostics => record.kept.last()?.0,
        StepKind::FixFirst | StepKind::ByHand => return None,
    };
    Some(format!("+{}", serving::hours(at - record.at)))
}

/// Where the diagnostics were kept last.
fn kept(model: &Model) -> Option<String> {
    model.history.as_ref()?.rollback.as_ref()?.kept.last().map(|(_, _, folder)| folder.clone())
}

/// What the interlock needs, each with whether it is there.
fn needs(model: &Model) -> Option<Vec<(bool, String)>> {
    let interlock = model.assessment.as_deref()?.standing.interlock.as_ref()?;
    let dash = model.theme.glyphs.dash;
    let said = |need: &crate::judge::Need| match need.found.is_empty() {
        true => need.title.clone(),
        false => format!("{} {dash} {}", need.title, need.found),
    };
    Some(interlock.needs.iter().map(|need| (need.met, said(need))).collect())
}

fn buttons(operation: Option<&Operation>, model: &Model, columns: usize) -> Line<'static> {
    let runs = operation.is_some_and(Operation::runs);
    let mut keys = vec![(ESC, if runs { "back to the overview, this goes on" } else { "back to the overview" })];
    if model.facts.read_only {
        return dialog::keys(&keys, columns, model);
    }
    if model.procedure().is_some_and(|procedure| model.legacy_is_blind(procedure)) {
        keys.push((Fixed("c"), "confirm by hand"));
    }
    if model.procedure().is_some() && !runs {
        keys.push((Of(Command::Record), "enter"));
        keys.push((ROLL_BACK, "again"));
    } else if operation.is_some_and(|operation| !runs && !verified(operation)) {
        keys.push((ROLL_BACK, "try again"));
    }
    dialog::keys(&keys, columns, model)
}

/// A standing rollback in one line: `rolled back 00:03:12 ago · legacy confirmed · locked`.
pub fn summary(model: &Model) -> Option<String> {
    let procedure = model.procedure()?;
    let find = |kind: StepKind| procedure.steps.iter().find(|step| step.does == kind).map(|step| step.state);
    let mut parts = vec![format!("rolled back {} ago", serving::hours(model.now - procedure.at))];
    if let Some(state) = find(StepKind::Disable).filter(|state| *state != StepState::Verified) {
        parts.push(format!("off {}", state.word()));
    }
    if let Some(state) = find(StepKind::ConfirmLegacy) {
        parts.push(match state {
            StepState::Verified => "legacy confirmed".to_owned(),
            StepState::Attested => "legacy confirmed by hand".to_owned(),
            state => format!("legacy {}", state.word()),
        });
    }
    if let Some(interlock) = &model.assessment.as_deref()?.standing.interlock {
        parts.push(if interlock.locked() { "locked" } else { "open" }.to_owned());
    }
    Some(parts.join(&format!(" {} ", model.theme.glyphs.dot)))
}
