//! The call: the answer in one word, why in one line, and below it what is wrong with the instruments.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{line, wide};
use crate::{
    audit::{Action, Outcome},
    judge::Call,
    snapshot::SourceState,
    tui::{model::Model, words},
};

/// Columns of the word's block.
const BLOCK: usize = 8;

/// Draws the call in the first row and a problem in the second. Without a problem a long call goes on there.
pub fn render(frame: &mut Frame, area: Rect, model: &Model) {
    let columns = usize::from(area.width.saturating_sub(2));
    let theme = &model.theme;
    let area = Rect { x: area.x + area.width.min(1), width: area.width.saturating_sub(1), ..area };
    let time = if wide(frame.area()) { in_stage(model, 14) } else { Vec::new() };
    let room = columns.saturating_sub(BLOCK + 2 + line::width(&time) + 1);
    let headline = words::wrap(&headline(model), room);
    let problem = problem(model);
    let first_whole = headline.len() == 1 || problem.is_some();
    let first = if first_whole { self::headline(model) } else { headline[0].clone() };
    let mut left = block(model);
    left.extend(emphasis(&first, model));
    let mut rows = vec![line::row(left, time, columns, theme)];
    match problem {
        Some(spans) => rows.push(line::row(spans, Vec::new(), columns, theme)),
        None if headline.len() > 1 => {
            let rest = headline[1..].join(" ");
            rows.push(line::row(vec![line::gap(BLOCK + 2), line::plain(rest)], Vec::new(), columns, theme));
        }
        None => {}
    }
    rows.truncate(usize::from(area.height));
    frame.render_widget(ratatui::text::Text::from(rows), area);
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
    if let Some(spans) = problem(model) {
        let text: String = spans.iter().map(|span| span.content.as_ref()).collect();
        rows.extend(words::wrap(&text, columns).into_iter().map(|row| Line::styled(row, theme.bad)));
    }
    rows.truncate(usize::from(area.height));
    frame.render_widget(ratatui::text::Text::from(rows), area);
}

fn block(model: &Model) -> Vec<Span<'static>> {
    let call = model.assessment.as_ref().map_or(Call::Hold, |a| a.call);
    let word = format!("{:^BLOCK$}", call.banner());
    let style = if model.assessment.is_some() { model.theme.call(call) } else { model.theme.focus };
    vec![Span::styled(word, style), line::gap(2)]
}

fn headline(model: &Model) -> String {
    if let Some(assessment) = &model.assessment {
        return assessment.headline.clone();
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

/// The first clause in bold: it is the reason.
fn emphasis(headline: &str, model: &Model) -> Vec<Span<'static>> {
    match headline.split_once(" · ") {
        Some((first, rest)) => {
            vec![line::text(first, model.theme.strong), line::plain(format!(" {} {rest}", model.theme.glyphs.dot))]
        }
        None => vec![line::text(headline, model.theme.strong)],
    }
}

/// How long the stage has been watched, of how long it is to be.
pub fn in_stage(model: &Model, cells: usize) -> Vec<Span<'static>> {
    let Some(stage) = model.assessment.as_ref().map(|a| &a.stage) else { return Vec::new() };
    let theme = &model.theme;
    let mut spans = vec![
        line::text("in stage ", theme.dim),
        line::plain(words::span(stage.observed)),
        line::text(format!(" of {}", words::span(stage.observe)), theme.dim),
    ];
    if cells > 0 {
        let share = stage.observed.num_seconds() as f64 / stage.observe.num_seconds().max(1) as f64;
        spans.push(line::gap(1));
        spans.extend(line::bar(share, cells, theme));
    }
    spans
}

/// What is wrong beside the rollout itself, the worst first: an action, a source, this machine.
fn problem(model: &Model) -> Option<Vec<Span<'static>>> {
    let theme = &model.theme;
    let mut found: Vec<Vec<Span<'static>>> = Vec::new();
    if let Some(operation) = &model.operation {
        let (doing, done) = match operation.action {
            Action::Advance => ("advancing", "advance"),
            Action::Rollback => ("rolling back", "rollback"),
        };
        match &operation.ended {
            None => {
                let elapsed = words::stopwatch(model.uptime.saturating_sub(operation.since));
                found.push(vec![
                    line::text(format!("{} {doing}", theme.glyphs.here), theme.accent),
                    line::text(format!(" {elapsed}"), theme.dim),
                ]);
            }
            Some((_, Outcome::NotConfirmed { fault })) => found.push(vec![
                line::text(format!("{} {done} NOT CONFIRMED", theme.glyphs.fail), theme.bad),
                line::plain(format!(" {fault}")),
            ]),
            Some((_, Outcome::Refused { why })) if operation.action == Action::Rollback => found.push(vec![
                line::text(format!("{} {done} REFUSED", theme.glyphs.fail), theme.bad),
                line::plain(format!(" {}", why.first().map_or("", String::as_str))),
            ]),
            Some(_) => {}
        }
    }
    for source in model.sources() {
        if let Some(error) = &source.error {
            let (glyph, style) = theme.source(source.state);
            // A fault mostly begins with the name of what failed.
            let named = error.what.starts_with(&source.name);
            let name = if named { String::new() } else { format!("{}: ", source.name) };
            found.push(vec![line::text(format!("{glyph} {name}"), style), line::plain(error.to_string())]);
        }
    }
    let judged = model.assessment.iter().flat_map(|a| &a.warnings);
    for warning in model.warning.iter().chain(judged) {
        found.push(vec![line::text(format!("{} ", theme.glyphs.fail), theme.wait), line::plain(warning.to_string())]);
    }
    if let Some(damage) = model.history.as_ref().and_then(|h| h.damage.as_ref()) {
        found.push(vec![line::text(format!("{} audit log: ", theme.glyphs.fail), theme.wait), line::plain(damage)]);
    }
    let more = found.len().saturating_sub(1);
    let mut first = found.into_iter().next()?;
    if more > 0 {
        first.insert(0, line::text(format!("+{more} more  "), theme.dim));
    }
    Some(first)
}
