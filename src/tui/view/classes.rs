//! What else is known by its code: the monitored classes and what each is made of, below the guardrails.

use ratatui::{style::Style, text::Line};

use super::{guardrails::short_count, line};
use crate::{
    judge::{Assessment, MonitorAssessment, MonitorRow},
    runbook::Code,
    timeline::Words,
    tui::{model::Model, words},
};

/// Title and rows of what is selected.
pub type Detail = (String, Vec<Line<'static>>);

/// How many rows there are.
pub fn length(model: &Model) -> usize {
    codes(model).len() + model.assessment.as_ref().map_or(0, |assessment| classed(assessment).count())
}

/// The row at this place: a code or a message.
pub fn row(place: usize, assessment: &Assessment, columns: usize, model: &Model) -> Line<'static> {
    if let Some(code) = codes(model).get(place) {
        return code_row(code, assessment, columns, model);
    }
    let row = classed(assessment).nth(place - codes(model).len());
    row.map_or_else(Line::default, |(monitor, row)| class_row(row, monitor.blind.is_some(), columns, model))
}

/// What they are: the place of the first row of each kind, and its name.
pub fn kinds(assessment: &Assessment, model: &Model) -> Vec<(usize, String)> {
    let mut kinds = Vec::new();
    let mut place = codes(model).len();
    if place > 0 {
        kinds.push((0, "Other codes".to_owned()));
    }
    for monitor in assessment.monitors.iter().filter(|monitor| !monitor.rows.is_empty()) {
        kinds.push((place, monitor.title.clone()));
        place += monitor.rows.len();
    }
    kinds
}

/// What the row at this place is known by.
pub fn name(place: usize, assessment: &Assessment, model: &Model) -> Option<String> {
    if let Some(code) = codes(model).get(place) {
        return Some(format!("{} {}", code.signal, code.code));
    }
    let (monitor, row) = classed(assessment).nth(place - codes(model).len())?;
    Some(format!("{} {}", monitor.key, row.value))
}

/// Whether what is looked for is in the row at this place.
pub fn fits(place: usize, assessment: &Assessment, words: &Words, model: &Model) -> bool {
    if let Some(code) = codes(model).get(place) {
        return words.are_in(&[&code.code, &code.class]);
    }
    let row = classed(assessment).nth(place - codes(model).len());
    row.is_some_and(|(_, row)| {
        let class = row.class.as_deref().unwrap_or(if row.listed { "" } else { "unlisted" });
        words.are_in(&[class_value(row), class])
    })
}

/// All there is to know of the row at this place.
pub fn selected(place: usize, assessment: &Assessment, columns: usize, model: &Model) -> Option<Detail> {
    if let Some(code) = codes(model).get(place) {
        return Some((code.code.clone(), code_detail(code, columns, model)));
    }
    let (monitor, row) = classed(assessment).nth(place - codes(model).len())?;
    Some((class_value(row).to_owned(), class_detail(monitor, row, columns, model)))
}

/// Codes of the runbook, where it has no monitored classes to show them in.
fn codes(model: &Model) -> &[Code] {
    let runbook = &model.facts.runbook;
    if runbook.monitors.is_empty() { &runbook.codes } else { &[] }
}

/// What the monitored classes are made of.
fn classed(assessment: &Assessment) -> impl Iterator<Item = (&MonitorAssessment, &MonitorRow)> {
    assessment.monitors.iter().flat_map(|monitor| monitor.rows.iter().map(move |row| (monitor, row)))
}

fn class_value(row: &MonitorRow) -> &str {
    if row.value.is_empty() { "(none)" } else { &row.value }
}

fn class_row(row: &MonitorRow, blind: bool, columns: usize, model: &Model) -> Line<'static> {
    let theme = &model.theme;
    let counts = &row.counts;
    let style = if counts.h24 + counts.stage > 0 { Style::new() } else { theme.dim };
    let last = row.last_seen.map_or_else(|| theme.glyphs.dash.to_owned(), |at| words::age(model.now - at));
    // What cannot be seen is not zero.
    let figure = |n| if n == 0 && blind { theme.glyphs.unknown.to_owned() } else { short_count(n) };
    let figures = [counts.m15, counts.h1, counts.h24, counts.stage].map(figure);
    let numbers = format!("{:>5}{:>5}{:>5}{:>7}{last:>6}", figures[0], figures[1], figures[2], figures[3]);
    let class = match &row.class {
        Some(class) => line::text(format!("  {class}"), theme.dim),
        None if row.listed => line::plain(""),
        None => line::text("  unlisted", theme.wait),
    };
    let room = columns.saturating_sub(words::width(&numbers) + 1 + class.width());
    let value = words::fit(class_value(row), room, theme.glyphs.ellipsis);
    line::row(vec![line::text(value, style), class], vec![line::text(numbers, style)], columns, theme)
}

fn class_detail(monitor: &MonitorAssessment, row: &MonitorRow, columns: usize, model: &Model) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let fact = |label: &str, body: &str| line::fact(label, body, Style::new(), columns, theme);
    let runbook = &model.facts.runbook;
    let signal = runbook.monitors.iter().find(|known| known.key == monitor.key).map(|known| &known.events.signal);
    let code = runbook.codes.iter().find(|code| Some(&code.signal) == signal && code.code == row.value);
    let when =
        |at: Option<chrono::DateTime<chrono::Utc>>| at.map_or_else(|| "never".to_owned(), |at| model.times.second(at));
    let mut rows = fact("monitored as", &monitor.title);
    if let Some(blind) = &monitor.blind {
        rows.extend(fact("blind", blind));
    }
    rows.extend(fact("class", row.class.as_deref().unwrap_or(if row.listed { "declared" } else { "unlisted" })));
    if let Some(meaning) = &row.meaning {
        rows.extend(fact("meaning", meaning));
    }
    if let Some(code) = code {
        rows.extend(fact("what to do", &code.triage));
    }
    rows.extend(fact("first seen", &when(row.first_seen)));
    rows.extend(fact("last seen", &when(row.last_seen)));
    rows
}

fn code_row(code: &Code, assessment: &Assessment, columns: usize, model: &Model) -> Line<'static> {
    let theme = &model.theme;
    let (stage, h24) = tally(code, assessment, model);
    let style = if h24 + stage > 0 { Style::new() } else { theme.dim };
    let numbers = format!("{:>5}{:>5}{:>5}{:>7}{:>6}", "", "", short_count(h24), short_count(stage), "");
    let left = vec![line::text(&code.code, style), line::text(format!("  {}", code.class), theme.dim)];
    line::row(left, vec![line::text(numbers, style)], columns, theme)
}

fn tally(code: &Code, assessment: &Assessment, model: &Model) -> (u64, u64) {
    let first = model.facts.runbook.signal(&code.signal).and_then(|signal| signal.by.first());
    assessment
        .signals
        .iter()
        .filter(|signal| signal.key == code.signal && first.and_then(|label| signal.by.get(label)) == Some(&code.code))
        .fold((0, 0), |sum, signal| (sum.0 + signal.count, sum.1 + signal.h24))
}

fn code_detail(code: &Code, columns: usize, model: &Model) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let fact = |label: &str, body: &str| line::fact(label, body, Style::new(), columns, theme);
    let signal = model.facts.runbook.signal(&code.signal).map_or(code.signal.as_str(), |signal| signal.title.as_str());
    [
        fact("signal", signal),
        fact("class", &code.class),
        fact("meaning", &code.meaning),
        fact("what to do", &code.triage),
    ]
    .concat()
}
