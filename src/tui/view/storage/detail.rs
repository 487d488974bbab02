//! All there is to know of one line: what it means, what to do, when it was seen, how it is read.

use ratatui::{style::Style, text::Line};

use super::{Item, line};
use crate::{
    judge::{Assessment, Tallied},
    runbook::MatchOp,
    snapshot::Health,
    text::clean,
    tui::model::Model,
    units::{count, duration},
};

/// The rows.
pub fn of(item: &Item<'_>, assessment: &Assessment, columns: usize, model: &Model) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let fact =
        |label: &str, body: &str| line::paragraph(&format!("{label:<13}"), theme.dim, body, Style::new(), columns);
    let mut rows = Vec::new();
    if let Some(blind) = item.blind() {
        let label = format!("{:<13}", "UNKNOWN");
        let text = format!("{blind}; what is not seen is not zero");
        rows.extend(line::paragraph(&label, theme.blind.patch(theme.strong), &text, Style::new(), columns));
    }
    let Tallied { counts, first_seen, last_seen } = item.tallied(assessment, model);
    if let Item::Code(class, row, _) = item {
        rows.extend(meaning(row.meaning.as_deref(), item, columns, model));
        rows.extend(fact("of", &class.title));
    }
    if let Item::Labels(..) = item {
        rows.extend(meaning(None, item, columns, model));
    }
    let none = counts.h24 + counts.stage == 0;
    if item.blind().is_none() {
        let [m15, h1, h24, stage] = [counts.m15, counts.h1, counts.h24, counts.stage].map(count);
        let seen = match none {
            true => "none in 24 h, none in this stage".to_owned(),
            false => format!("{m15} in 15 m, {h1} in 1 h, {h24} in 24 h, {stage} in this stage"),
        };
        rows.extend(fact("seen", &seen));
    }
    if let Some(at) = first_seen {
        rows.extend(fact("first seen", &model.times.second(at)));
    }
    if let Some(at) = last_seen {
        let ago = duration(model.now - at);
        rows.extend(fact("last seen", &format!("{}, {ago} ago", model.times.second(at))));
    }
    rows.extend(codes(item, columns, model));
    rows.extend(read(item, columns, model));
    rows
}

/// What a code means and what to do about it.
fn meaning(judged: Option<&str>, item: &Item<'_>, columns: usize, model: &Model) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let fact =
        |label: &str, body: &str| line::paragraph(&format!("{label:<13}"), theme.dim, body, Style::new(), columns);
    let known = item.known(model);
    let mut rows = Vec::new();
    if item.unlisted() {
        let text = "the runbook does not know it; it counts like any other";
        rows.extend(line::paragraph(&format!("{:<13}", "unlisted"), theme.wait, text, Style::new(), columns));
    }
    if let Some(meaning) = judged.or(known.map(|code| code.meaning.as_str())) {
        rows.extend(fact("meaning", meaning));
    }
    if let Some(code) = known {
        rows.extend(fact("what to do", &code.triage));
        rows.extend(fact("class", &code.class));
    }
    rows
}

/// Of a class: each code that it may hold, what that means and what to do, the seen ones first.
fn codes(item: &Item<'_>, columns: usize, model: &Model) -> Vec<Line<'static>> {
    let Item::Class(class, _) = item else { return Vec::new() };
    let theme = &model.theme;
    let signal = item.signal(model).map(|signal| signal.key.as_str());
    let mut rows = Vec::new();
    for (i, row) in class.rows.iter().enumerate() {
        let code = model
            .facts
            .runbook
            .codes
            .iter()
            .find(|code| Some(code.signal.as_str()) == signal && code.code == row.value);
        let value = if row.value.is_empty() { "(none)" } else { &row.value };
        let seen = match row.counts.h24 + row.counts.stage {
            0 => "not seen".to_owned(),
            _ => format!("{} in 24 h", count(row.counts.h24)),
        };
        let meaning = row.meaning.as_deref().unwrap_or("the runbook does not know it");
        let triage = code.map_or_else(String::new, |code| format!("; {}", code.triage));
        let label = format!("{:<13}", if i == 0 { "codes" } else { "" });
        let text = format!("{value} ({seen}): {meaning}{triage}");
        let style = if row.counts.h24 + row.counts.stage > 0 { Style::new() } else { theme.dim };
        rows.extend(line::paragraph(&label, theme.dim, &text, style, columns));
    }
    rows
}

/// How it is read: the signal, what of it, and the query, so that somebody can repeat it.
fn read(item: &Item<'_>, columns: usize, model: &Model) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let fact =
        |label: &str, body: &str| line::paragraph(&format!("{label:<13}"), theme.dim, body, Style::new(), columns);
    let selection = item.selection();
    let conditions: Vec<String> = selection
        .matchers
        .iter()
        .map(|matcher| match &matcher.op {
            MatchOp::In(values) => format!("{} {}", matcher.field, values.join(" or ")),
            MatchOp::NotIn(values) => format!("{} not {}", matcher.field, values.join(" nor ")),
        })
        .collect();
    let title = item.signal(model).map_or(selection.signal.as_str(), |signal| signal.title.as_str());
    let of = if conditions.is_empty() { String::new() } else { format!(" where {}", conditions.join(", ")) };
    let mut rows = fact("counted", &format!("{title}{of}"));
    let Some(reading) = model.snapshot.reading(&selection.signal) else {
        rows.extend(fact("query", "telemetry has told nothing of it"));
        return rows;
    };
    let health = match &reading.health {
        Health::Good => None,
        Health::Absent => Some("the source has never heard of it, which is not zero".to_owned()),
        Health::Partial(why) => Some(format!("a partial answer: {}", clean(why))),
        Health::Failed(fault) => Some(format!("{}; {}", fault.what, fault.next)),
        Health::Unreadable => Some("the runbook does not say how to read it from this source".to_owned()),
    };
    if let Some(health) = health {
        rows.extend(line::paragraph(&format!("{:<13}", "answer"), theme.wait, &health, Style::new(), columns));
    }
    if !reading.query.is_empty() {
        rows.extend(fact("query", &reading.query));
    }
    rows
}
