//! Guardrail signatures: how often in which window, and what each means.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span, Text},
};

use super::{classes, line, panel, state, wide};
use crate::{
    judge::{Assessment, GuardrailAssessment},
    tui::{model::Model, words},
};

/// Draws the panel of the overview.
pub fn render(frame: &mut Frame, area: Rect, model: &Model) {
    let theme = &model.theme;
    let Some(assessment) = model.assessment.as_deref() else {
        let inner = panel::open(frame, area, "Guardrails", Vec::new(), theme);
        frame.render_widget(Line::from(line::text("no data yet", theme.dim)), inner);
        return;
    };
    let inner = panel::open(frame, area, "Guardrails", summary(assessment, model), theme);
    let (columns, room) = (usize::from(inner.width), usize::from(inner.height));
    if room == 0 {
        return;
    }
    if let Some(blind) = &assessment.guardrails_blind {
        let mut rows = line::paragraph(&format!("{} ", theme.glyphs.unknown), theme.blind, blind, theme.blind, columns);
        if room > rows.len() + 1 {
            rows.push(Line::from(line::text("What cannot be seen is not zero.", theme.dim)));
        }
        frame.render_widget(Text::from(rows), inner);
        return;
    }
    let mut rows = Vec::new();
    if room == 1 {
        rows.push(one_row(assessment, columns, model));
    } else {
        rows.push(head(columns, model));
        let shown =
            assessment.guardrails.len().min(if room - 1 < assessment.guardrails.len() { room - 2 } else { room - 1 });
        rows.extend(assessment.guardrails.iter().take(shown).map(|entry| row(entry, columns, model)));
        let hidden = &assessment.guardrails[shown..];
        if !hidden.is_empty() {
            let seen = hidden.iter().filter(|entry| entry.last_seen.is_some()).count();
            let what = if seen == 0 { "all zero".to_owned() } else { format!("{seen} of them seen: press u") };
            let text = format!("{} more signatures, {what}", hidden.len());
            if wide(frame.area()) && room > rows.len() + 1 {
                rows.push(Line::default());
            }
            rows.push(Line::from(line::text(text, theme.dim)));
        }
    }
    frame.render_widget(Text::from(rows), inner);
}

fn summary(assessment: &Assessment, model: &Model) -> Vec<Span<'static>> {
    let theme = &model.theme;
    if assessment.guardrails_blind.is_some() {
        return vec![line::text(format!("{} blind", theme.glyphs.unknown), theme.blind)];
    }
    match assessment.hard_stops.len() {
        0 => vec![line::text("no hard stop", theme.dim)],
        1 => vec![line::text(format!("{} 1 HARD STOP", theme.glyphs.fail), theme.bad.patch(theme.strong))],
        n => vec![line::text(format!("{} {n} HARD STOPS", theme.glyphs.fail), theme.bad.patch(theme.strong))],
    }
}

fn head(columns: usize, model: &Model) -> Line<'static> {
    let theme = &model.theme;
    let right = vec![line::text(format!("{:>5}{:>5}{:>5}{:>6}{:>6}", "15m", "1h", "24h", "stage", "last"), theme.dim)];
    line::row(vec![line::text("stage:code", theme.dim)], right, columns, theme)
}

fn row(entry: &GuardrailAssessment, columns: usize, model: &Model) -> Line<'static> {
    let theme = &model.theme;
    let seen = entry.last_seen.is_some();
    let style = if entry.hard_stop {
        theme.bad.patch(theme.strong)
    } else if seen {
        Style::new()
    } else {
        theme.dim
    };
    let last = entry.last_seen.map_or_else(|| theme.glyphs.dash.to_owned(), |at| words::age(model.now - at));
    let counts = &entry.counts;
    let figures = [counts.m15, counts.h1, counts.h24, counts.stage].map(short_count);
    let numbers = format!("{:>5}{:>5}{:>5}{:>6}{last:>6}", figures[0], figures[1], figures[2], figures[3]);
    let mut left = Vec::new();
    if entry.hard_stop {
        left.push(line::text(format!("{} ", theme.glyphs.fail), style));
    }
    // That nobody listed it matters more than the end of its name.
    let unlisted = if entry.listed { "" } else { " unlisted" };
    let room = columns.saturating_sub(words::width(&numbers) + 1 + line::width(&left) + unlisted.len());
    left.push(line::text(words::fit(&entry.signature, room, theme.glyphs.ellipsis), style));
    left.push(line::text(unlisted, theme.wait));
    line::row(left, vec![line::text(numbers, style)], columns, theme)
}

/// In at most four columns.
pub fn short_count(n: u64) -> String {
    match n {
        0..10_000 => n.to_string(),
        10_000..1_000_000 => format!("{}k", n / 1000),
        _ => format!("{}M", n / 1_000_000),
    }
}

/// All of it in one row: the worst signature with its windows named.
fn one_row(assessment: &Assessment, columns: usize, model: &Model) -> Line<'static> {
    let theme = &model.theme;
    let seen = assessment.guardrails.iter().find(|entry| entry.last_seen.is_some());
    let Some(entry) = seen else {
        let text = format!("{} signatures, all zero", assessment.guardrails.len());
        return Line::from(line::text(text, theme.dim));
    };
    let style = if entry.hard_stop { theme.bad } else { Style::new() };
    let (counts, dot) = (&entry.counts, theme.glyphs.dot);
    let facts = format!(
        "1h {} {dot} 24h {} {dot} stage {} {dot} last {}",
        counts.h1,
        counts.h24,
        counts.stage,
        entry.last_seen.map_or_else(String::new, |at| words::age(model.now - at))
    );
    line::row(vec![line::text(&entry.signature, style)], vec![line::text(facts, theme.dim)], columns, theme)
}

/// Draws the full screen: signatures, then the codes of other signals; meaning and triage of the selected one.
pub fn render_screen(frame: &mut Frame, area: Rect, model: &Model) {
    if let Some(state) = state::unjudged(model) {
        let inner = panel::open(frame, area, "Guardrails", Vec::new(), &model.theme);
        return state.render(frame, inner, model);
    }
    let Some(assessment) = model.assessment.as_deref() else { return };
    let columns = super::panel_size(model).0;
    let mut rows: Vec<Line> =
        assessment.guardrails.iter().map(|entry| row(entry, columns.saturating_sub(2), model)).collect();
    rows.extend(classes::rows(assessment, columns.saturating_sub(2), model));
    let list = panel::List {
        title: "Guardrails",
        summary: summary(assessment, model),
        head: Some(head(columns.saturating_sub(2), model)),
        rows,
    };
    let (title, detail) = selected(model, columns).unwrap_or_default();
    panel::list_and_detail(frame, area, list, (&title, detail), model);
}

/// Title and detail of the selected signature or code.
pub fn selected(model: &Model, columns: usize) -> Option<(String, Vec<Line<'static>>)> {
    let assessment = model.assessment.as_deref()?;
    let selected = model.place.selected;
    if let Some(entry) = assessment.guardrails.get(selected) {
        return Some((entry.signature.clone(), signature_detail(entry, assessment, columns, model)));
    }
    classes::selected(selected - assessment.guardrails.len(), assessment, columns, model)
}

fn signature_detail(
    entry: &GuardrailAssessment,
    assessment: &Assessment,
    columns: usize,
    model: &Model,
) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let guardrails = model.facts.runbook.guardrails.as_ref();
    let known = guardrails.and_then(|g| g.listed.iter().find(|known| known.signature == entry.signature));
    let fact =
        |label: &str, body: &str| line::paragraph(&format!("{label:<13}"), theme.dim, body, Style::new(), columns);
    let mut rows = Vec::new();
    if let Some(stop) = assessment.hard_stops.iter().find(|stop| stop.signature == entry.signature) {
        rows.extend(line::paragraph(
            &format!("{:<13}", "HARD STOP"),
            theme.bad.patch(theme.strong),
            &format!(
                "{} unresolved since {}: {}",
                stop.count,
                model.times.write(stop.since, "%m-%d %H:%M:%S"),
                stop.reason
            ),
            Style::new(),
            columns,
        ));
    }
    match known {
        Some(known) => {
            rows.extend(fact("raised when", &known.raised_when));
            rows.extend(fact("what to do", &known.triage));
        }
        None => rows.extend(fact("unlisted", "the runbook does not know this signature; it counts like any other")),
    }
    let when =
        |at: Option<chrono::DateTime<chrono::Utc>>| at.map_or_else(|| "never".to_owned(), |at| model.times.second(at));
    rows.extend(fact("first seen", &when(entry.first_seen)));
    rows.extend(fact("last seen", &when(entry.last_seen)));
    for (i, step) in guardrails.iter().flat_map(|g| &g.triage).enumerate() {
        rows.extend(fact(if i == 0 { "triage" } else { "" }, &format!("{}. {step}", i + 1)));
    }
    rows
}
