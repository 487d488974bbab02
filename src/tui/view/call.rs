//! The call: the answer in one word, why in one line, and below it what is wrong with the instruments.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{line, paint, procedure, recording, serving, wide};
use crate::{
    audit::{Action, Outcome},
    judge::Call,
    snapshot::SourceState,
    tui::{
        keys::Command,
        model::Model,
        record::{State, Told},
        theme::Theme,
        words,
    },
    units::duration,
};

/// Columns between what is said and the time beside it.
const GAP: usize = 3;

/// Columns of the word's block.
const BLOCK: usize = 8;

/// Draws the call.
pub fn render(frame: &mut Frame, area: Rect, rows: Vec<Line>) {
    let area = Rect { x: area.x + area.width.min(1), width: area.width.saturating_sub(1), ..area };
    paint::lines(frame, area, rows);
}

/// The call, and below it a problem, on a whole screen of this size: two rows, or three where a problem needs two of its
/// own. Without a problem a long call goes on in the second row.
pub fn rows(model: &Model, screen: Rect) -> Vec<Line<'static>> {
    let columns = usize::from(screen.width.saturating_sub(2));
    let theme = &model.theme;
    let problem = problem(model);
    let whole = headline(model);
    let rolled_back = procedure::summary(model);
    // The bar gives way first, then the time: what is said matters more.
    let times = if wide(screen) { vec![in_stage(model, 14), in_stage(model, 0)] } else { Vec::new() };
    let fits = |time: &Vec<Span>| BLOCK + 2 + words::width(&whole) + GAP + line::width(time) <= columns;
    let fitting = times.iter().find(|time| fits(time)).cloned();
    // Beside a problem there is no second row for what does not fit.
    let time = fitting
        .or_else(|| times.last().filter(|_| problem.is_none() && rolled_back.is_none()).cloned())
        .unwrap_or_default();
    let room = columns.saturating_sub(BLOCK + 2 + line::width(&time) + GAP);
    let (first, rest) = match problem.is_none() && rolled_back.is_none() {
        true => split(&whole, room),
        false => (whole, None),
    };
    let mut left = block(model);
    left.extend(emphasis(&first, model));
    let mut rows = vec![line::row(left, time, columns, theme)];
    let serving = serving::line(model).filter(|_| wide(screen) && problem.is_none());
    let second = rest.map(line::plain).or_else(|| rolled_back.map(|text| line::text(text, theme.wait)));
    if second.is_some() || serving.is_some() {
        let left = std::iter::once(line::gap(BLOCK + 2)).chain(second).collect();
        let right = serving.map(|serving| line::text(serving, theme.dim)).into_iter().collect();
        rows.push(line::row(left, right, columns, theme));
    }
    rows.extend(problem.map(|problem| problem_rows(problem, columns, theme)).unwrap_or_default());
    if rows.len() < 2 {
        rows.push(Line::default());
    }
    rows
}

/// What is wrong beside the rollout itself, in two rows at most; none where nothing is.
pub fn problem_lines(model: &Model, columns: usize) -> Vec<Line<'static>> {
    problem(model).map(|problem| problem_rows(problem, columns, &model.theme)).unwrap_or_default()
}

/// What is wrong, and how much besides.
struct Problem {
    /// The sign, and what it is about.
    lead: Span<'static>,
    /// In words.
    text: String,
    /// `+1 more`; empty where there is none.
    more: String,
}

fn problem_rows(Problem { lead, text, more }: Problem, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    let right = if more.is_empty() { Vec::new() } else { vec![line::text(format!(" {more}"), theme.dim)] };
    let mut lines = words::wrap(&text, columns.saturating_sub(lead.width() + line::width(&right) + 1));
    let rest = lines.split_off(1).join(" ");
    let mut first = vec![lead];
    first.extend(lines.into_iter().map(line::plain));
    let mut rows = vec![line::row(first, right, columns, theme)];
    if !rest.is_empty() {
        rows.push(line::row(vec![line::gap(2), line::plain(rest)], Vec::new(), columns, theme));
    }
    rows
}

/// A text in two rows, the first of at most so many columns: between two clauses where that is possible.
fn split(text: &str, room: usize) -> (String, Option<String>) {
    if words::width(text) <= room {
        return (text.to_owned(), None);
    }
    let between = text.match_indices(" · ").map(|(at, _)| at).filter(|at| words::width(&text[..*at]) <= room).last();
    if let Some(at) = between {
        return (text[..at].to_owned(), Some(text[at + " · ".len()..].to_owned()));
    }
    let mut lines = words::wrap(text, room);
    let rest = lines.split_off(1).join(" ");
    (lines.remove(0), Some(rest).filter(|rest| !rest.is_empty()))
}

/// Draws the call over as many rows as there are, for a screen that shows little else.
pub fn render_tall(frame: &mut Frame, area: Rect, model: &Model) {
    let columns = usize::from(area.width);
    let theme = &model.theme;
    let banner = block(model);
    let mut rows: Vec<Line> = Vec::new();
    if area.height <= 2 || columns < 24 {
        let mut left = banner;
        left.extend(emphasis(&headline(model), model));
        rows.push(line::row(left, Vec::new(), columns, theme));
    } else {
        rows.push(line::row(banner, in_stage(model, 0), columns, theme));
        rows.extend(words::wrap(&headline(model), columns).into_iter().map(Line::from));
    }
    if let Some(rolled_back) = procedure::summary(model) {
        rows.extend(words::wrap(&rolled_back, columns).into_iter().map(|row| Line::styled(row, theme.wait)));
    }
    if let Some(Problem { lead, text, more }) = problem(model) {
        let text = format!("{}{text}  {more}", lead.content);
        rows.extend(words::wrap(&text, columns).into_iter().map(|row| Line::styled(row, theme.bad)));
    }
    rows.truncate(usize::from(area.height));
    paint::lines(frame, area, rows);
}

pub fn block(model: &Model) -> Vec<Span<'static>> {
    let call = model.assessment.as_ref().map_or(Call::Hold, |a| a.call);
    let word = format!("{:^BLOCK$}", call.banner());
    let style = if model.assessment.is_some() { model.theme.call(call) } else { model.theme.focus };
    vec![Span::styled(word, style), line::gap(2)]
}

pub fn headline(model: &Model) -> String {
    if let Some(assessment) = &model.assessment {
        // In read-only mode there is no such key.
        let key = match called_for(model) && !model.facts.read_only {
            true => format!(" · press {}", model.keymap.shown(Command::Rollback)),
            false => String::new(),
        };
        return format!("{}{key}", assessment.headline);
    }
    if model.history.is_none() && model.warning.is_some() {
        return "nothing judged · the audit log cannot be read, and what it says is part of every verdict".to_owned();
    }
    if model.history.is_none() && model.heard() {
        return "nothing judged yet · reading the audit log".to_owned();
    }
    let silent: Vec<&str> = model
        .sources()
        .into_iter()
        .filter(|source| source.state == SourceState::Connecting)
        .map(|source| source.name.as_str())
        .collect();
    if silent.is_empty() {
        "nothing judged yet".to_owned()
    } else {
        format!("nothing judged yet · connecting to {}", silent.join(" and "))
    }
}

/// Whether the runbook calls for a rollback.
fn called_for(model: &Model) -> bool {
    model.assessment.as_ref().is_some_and(|assessment| !assessment.rollback_called_for.is_empty())
}

/// The first clause in bold: it is the reason. One that calls for a rollback is loud.
pub fn emphasis(headline: &str, model: &Model) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let style = if called_for(model) { theme.bad.patch(theme.strong) } else { theme.strong };
    match headline.split_once(" · ") {
        Some((first, rest)) => vec![line::text(first, style), line::plain(format!(" {} {rest}", theme.glyphs.dot))],
        None => vec![line::text(headline, style)],
    }
}

/// How long the stage has been watched, of how long it is to be.
pub fn in_stage(model: &Model, cells: usize) -> Vec<Span<'static>> {
    let Some(stage) = model.assessment.as_ref().map(|a| &a.stage) else { return Vec::new() };
    let theme = &model.theme;
    let mut spans = vec![
        line::text("in stage ", theme.dim),
        line::plain(duration(stage.observed)),
        line::text(format!(" of {}", duration(stage.observe)), theme.dim),
    ];
    if cells > 0 {
        let share = stage.observed.num_seconds() as f64 / stage.observe.num_seconds().max(1) as f64;
        spans.push(line::gap(1));
        spans.extend(line::bar(share, cells, theme));
    }
    spans
}

/// What is wrong beside the rollout itself, the worst first: an action, a source, this machine.
fn problem(model: &Model) -> Option<Problem> {
    let theme = &model.theme;
    let mut found: Vec<(Span<'static>, String)> = Vec::new();
    let failed = |what: String, style| line::text(format!("{} {what}: ", theme.glyphs.fail), style);
    if let Some(operation) = &model.operation {
        let (doing, done) = (operation.action.doing(), operation.action.word());
        match &operation.ended {
            None => {
                let elapsed = words::stopwatch(model.uptime.saturating_sub(operation.since));
                found.push((line::text(format!("{} {doing} ", theme.glyphs.here), theme.accent), elapsed));
            }
            Some((_, Outcome::NotConfirmed { fault })) => {
                found.push((failed(format!("{done} NOT CONFIRMED"), theme.bad), fault.to_string()));
            }
            Some((_, Outcome::Refused { why })) if operation.action == Action::Rollback => {
                found.push((failed(format!("{done} REFUSED"), theme.bad), why.join("; ")));
            }
            Some(_) => {}
        }
        if !operation.kept.is_empty() {
            let fault = operation.not_recorded.as_ref().map_or_else(String::new, ToString::to_string);
            found.push((failed(format!("{done} NOT IN THE AUDIT LOG"), theme.bad), fault));
        }
    }
    if let Some(Told { what, state: State::Failed(fault), .. }) = &model.told {
        found.push((failed(format!("{what}: not recorded"), theme.bad), fault.to_string()));
    }
    if let Some(Told { what, state: State::Unwritten(fault), .. }) = &model.told {
        found.push((failed(format!("{what}: not written"), theme.bad), fault.to_string()));
    }
    if let Some(report) = &model.attended {
        found.push((line::text(format!("{} ", theme.glyphs.fail), theme.bad), report.text()));
    }
    if model.kept > 0 {
        let entries = if model.kept == 1 { "1 entry waits".to_owned() } else { format!("{} entries wait", model.kept) };
        let text = "they are kept here, and go there as soon as it takes them".to_owned();
        found.push((failed(format!("{entries} for the audit log"), theme.wait), text));
    }
    for source in model.sources() {
        if let Some(error) = &source.error {
            let (glyph, style) = theme.source(source.state);
            // A fault mostly begins with the name of what failed.
            let named = error.what.starts_with(&source.name);
            let name = if named { String::new() } else { format!("{}: ", source.name) };
            found.push((line::text(format!("{glyph} {name}"), style), error.to_string()));
        }
    }
    let judged = model.assessment.iter().flat_map(|a| &a.warnings);
    for warning in model.warning.iter().chain(judged) {
        found.push((line::text(format!("{} ", theme.glyphs.fail), theme.wait), warning.to_string()));
    }
    if let Some(damage) = model.history.as_ref().and_then(|h| h.damage.as_ref()) {
        found.push((failed("audit log".to_owned(), theme.wait), damage.clone()));
    }
    found.extend(recording::problem(model));
    let more = found.len().saturating_sub(1);
    let (lead, text) = found.into_iter().next()?;
    Some(Problem { lead, text, more: if more > 0 { format!("+{more} more") } else { String::new() } })
}
