//! Where the rollout is: the stage and the next one, when a verdict can be there, and of which commit all this is said.

use chrono::{DateTime, TimeDelta, Utc};
use ratatui::{
    style::Style,
    text::{Line, Span},
};

use crate::{
    judge::{Call, Verdict},
    text::clean,
    tui::{model::Model, view::line, words},
    units::duration,
};

/// From so many columns on the commit is written out.
const WHOLE_COMMIT: usize = 64;
const DIGITS: usize = 12;

/// No more of them are told by [`lines`].
pub const MOST_LINES: usize = 6;

/// What stands beside the letters, what matters most first.
pub fn lines(model: &Model, columns: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let row = |spans: Vec<Span<'static>>| Line::from(line::cut(spans, columns, theme));
    let mut rows = Vec::new();
    let runbook = &model.facts.runbook;
    if let Some(at) = present(model) {
        rows.push(row(vec![line::text(named(model, at), theme.strong)]));
        rows.push(row(vec![match runbook.stages.get(at + 1) {
            Some(next) => line::plain(format!("{} {} {}", theme.glyphs.arrow, at + 1, clean(&next.title))),
            None => line::text("the last stage", theme.dim),
        }]));
        rows.push(Line::default());
    }
    let verdict = verdict_at(model).map(|at| (format!("verdict expected {}", of_day(at, model.now)), theme.wait));
    rows.extend(verdict.map(|(text, style)| row(vec![line::text(text, style)])));
    rows.extend(in_stage(model).map(|text| row(vec![line::text(text, theme.dim)])));
    rows.push(row(candidate(model, columns)));
    rows
}

/// The present stage, for a row that has little room.
pub fn short(model: &Model) -> Vec<Span<'static>> {
    present(model).map(|at| line::text(named(model, at), model.theme.strong)).into_iter().collect()
}

fn present(model: &Model) -> Option<usize> {
    match (&model.assessment, &model.history) {
        (Some(assessment), _) => Some(assessment.stage.index),
        (None, Some(history)) => model.facts.runbook.stage(&history.present()?.stage).map(|(at, _)| at),
        (None, None) => None,
    }
}

/// `2 Limited external  internal + 5 %`
fn named(model: &Model, at: usize) -> String {
    let Some(stage) = model.facts.runbook.stages.get(at) else { return at.to_string() };
    let exposure = if stage.exposure.is_off() { String::new() } else { format!("  {}", stage.exposure) };
    format!("{at} {}{exposure}", clean(&stage.title))
}

/// When every pending gate can have a verdict, where that is all that is waited for. Rounded up, so that it does not move
/// with every count.
pub fn verdict_at(model: &Model) -> Option<DateTime<Utc>> {
    let assessment = model.assessment.as_deref().filter(|a| a.call == Call::Hold)?;
    let waits = |verdict| matches!(verdict, Verdict::Pass | Verdict::Pending);
    if assessment.gates.iter().any(|gate| !waits(gate.verdict)) {
        return None;
    }
    let pending = assessment.gates.iter().filter(|gate| gate.verdict == Verdict::Pending);
    let each: Option<Vec<TimeDelta>> = pending.map(|gate| gate.eta).collect();
    let eta = each?.into_iter().max()?;
    let step = if eta >= TimeDelta::minutes(30) { 300 } else { 60 };
    let at = assessment.at.checked_add_signed(eta)?.timestamp();
    DateTime::from_timestamp((at + step - 1).div_euclid(step) * step, 0)
}

/// `15:50 UTC`; with the day where it is another one.
fn of_day(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let format = if at.date_naive() == now.date_naive() { "%H:%M UTC" } else { "%a %d %b, %H:%M UTC" };
    at.format(format).to_string()
}

fn in_stage(model: &Model) -> Option<String> {
    let stage = &model.assessment.as_deref()?.stage;
    Some(format!("in stage {} of {}", minutes(stage.observed), duration(stage.observe)))
}

/// A span without its seconds.
pub fn minutes(span: TimeDelta) -> String {
    match span.num_minutes() {
        ..=0 => "under 1 m".to_owned(),
        n => duration(TimeDelta::minutes(n)),
    }
}

/// The commit, and whether it is what runs.
fn candidate(model: &Model, columns: usize) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let judged = model.assessment.as_deref();
    let named = judged.and_then(|a| a.candidate.as_deref()).or(model.facts.candidate.as_deref());
    let Some(named) = named else { return vec![line::text("no candidate is named", theme.wait)] };
    let shown: String = clean(named).chars().take(if columns >= WHOLE_COMMIT { 64 } else { DIGITS }).collect();
    let mut spans = vec![line::text("candidate ", theme.dim), line::text(shown, Style::new())];
    let Some(deployed) = judged.and_then(|a| a.standing.deployed.as_ref()) else { return spans };
    let (glyph, word, style) = match (deployed.matches, deployed.commits.as_slice()) {
        (true, _) => (theme.glyphs.pass, "deployed".to_owned(), theme.good),
        (false, []) => (theme.glyphs.unknown, "deployed: not told".to_owned(), theme.dim),
        (false, [(commit, _), ..]) => (theme.glyphs.fail, format!("deployed is {}", words::commit(commit)), theme.bad),
    };
    spans.push(line::text(format!("  {glyph} {word}"), style));
    spans
}
