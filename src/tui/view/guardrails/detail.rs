//! What a signature means and what to do about it, from the runbook; what stands, and when it was seen.

use ratatui::{style::Style, text::Line};

use crate::{
    judge::{Assessment, GuardrailAssessment},
    tui::{
        keys::Command,
        model::{Model, Screen},
        view::{line, spark},
        words,
    },
    units::{count, duration},
};

/// Columns of a fact's name.
const NAME: usize = line::NAME;

/// All there is to know of this signature.
pub(super) fn lines(
    entry: &GuardrailAssessment,
    assessment: &Assessment,
    columns: usize,
    model: &Model,
) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let guardrails = model.facts.runbook.guardrails.as_ref();
    let known = guardrails.and_then(|g| g.listed.iter().find(|known| known.signature == entry.signature));
    let fact = |label: &str, body: &str| line::fact(label, body, Style::new(), columns, theme);
    let mut rows = Vec::new();
    let stops = if entry.hard_stop { assessment.hard_stops.as_slice() } else { &[] };
    if let Some(stop) = stops.iter().find(|stop| stop.signature == entry.signature) {
        let since = model.times.minute(stop.since);
        let text = format!("{} unresolved since {since}: {}", count(stop.count), stop.reason);
        let mut stands = fact("HARD STOP", &text);
        if let Some(label) = stands.first_mut().and_then(|line| line.spans.first_mut()) {
            label.style = theme.bad.patch(theme.strong);
        }
        rows.extend(stands);
        let clear = format!("gonogo hold clear --signature {} --evidence …", entry.signature);
        let key = match model.facts.read_only {
            true => String::new(),
            false => format!(", or the key {}", model.keymap.shown(Command::Record)),
        };
        rows.extend(fact("resolved by", &format!("evidence: `{clear}`{key}")));
    }
    match known {
        Some(known) => {
            rows.extend(fact("raised when", &known.raised_when));
            rows.extend(fact("what to do", &known.triage));
        }
        None => rows.extend(fact("unlisted", "the runbook does not know this signature; it counts like any other")),
    }
    if let Some(blind) = &assessment.guardrails_blind {
        let key = model.keymap.shown(Command::Show(Screen::Sources));
        let text = format!("{blind}; {key} shows how its source answers");
        rows.extend(line::fact("blind", &text, theme.blind, columns, theme));
    }
    let counts = &entry.counts;
    let dot = theme.glyphs.dot;
    // What cannot be seen is not zero.
    let least = if assessment.guardrails_blind.is_some() { "at least " } else { "" };
    let tally = format!(
        "{least}{} in 15 m {dot} {} in 1 h {dot} {} in 24 h {dot} {} in the stage",
        count(counts.m15),
        count(counts.h1),
        count(counts.h24),
        count(counts.stage)
    );
    rows.extend(fact("counted", &tally));
    if let Some(counts) = super::table::counts(entry, model) {
        let room = columns.saturating_sub(NAME + 16);
        for (label, span) in [("last hour", 60), ("last 24 h", 24 * 60)] {
            let cells = spark::cells(counts, model.snapshot.at, span, room.min(48));
            if cells.is_empty() {
                continue;
            }
            let mut spans = vec![line::text(format!("{label:<NAME$}"), theme.dim)];
            let per = duration(chrono::TimeDelta::minutes(span / i64::try_from(cells.len()).unwrap_or(1)));
            spans.extend(spark::bars(&cells, theme.accent, theme));
            spans.push(line::text(format!("  {per} a bar"), theme.dim));
            rows.push(line::row(spans, Vec::new(), columns, theme));
        }
    }
    let when = |at: Option<chrono::DateTime<chrono::Utc>>| {
        at.map_or_else(
            || "never".to_owned(),
            |at| format!("{} ({} ago)", model.times.second(at), words::age(model.now - at)),
        )
    };
    rows.extend(fact("first seen", &when(entry.first_seen)));
    rows.extend(fact("last seen", &when(entry.last_seen)));
    for (i, step) in guardrails.iter().flat_map(|g| &g.triage).enumerate() {
        rows.extend(fact(if i == 0 { "triage" } else { "" }, &format!("{}. {step}", i + 1)));
    }
    rows
}
