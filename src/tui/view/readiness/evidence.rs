//! The evidence that the runbook lists: what is there, and what is open.

use ratatui::{style::Style, text::Line};

use super::{
    Known,
    candidate::age,
    marks::{Look, aside, fact, mark},
};
use crate::{
    judge::{EvidenceStanding, evidence_standing},
    runbook::EvidenceFrom,
    tui::view::line,
    units::duration,
};

pub(super) fn standing<'a>(known: &Known<'a>) -> Vec<EvidenceStanding<'a>> {
    evidence_standing(known.runbook, known.history, known.candidate(), known.model.now)
}

fn look(known: &Known<'_>, item: &EvidenceStanding<'_>) -> (Look, &'static str) {
    match &item.open {
        _ if known.blind => (Look::Blind, "unknown"),
        None => (Look::Good, "there"),
        Some(_) => (Look::Wait, "open"),
    }
}

/// The lines of all items.
pub(super) fn rows(known: &Known<'_>, columns: usize) -> Vec<Line<'static>> {
    let theme = known.theme();
    let row = |item: &EvidenceStanding<'_>| {
        let (look, word) = look(known, item);
        let mut left = mark(look, word, theme);
        left.push(line::plain(&item.item.title));
        let latest = item.shown.last().filter(|_| !known.blind);
        let brief = latest.map_or_else(String::new, |shown| format!("{} {}", shown.operator, age(known, shown.at)));
        let right = if brief.is_empty() { Vec::new() } else { vec![line::text(brief, theme.dim)] };
        line::row(left, right, columns, theme)
    };
    standing(known).iter().map(row).collect()
}

/// Title and detail of an item.
pub(super) fn detail(known: &Known<'_>, at: usize, columns: usize) -> Option<(String, Vec<Line<'static>>)> {
    let theme = known.theme();
    let standing = standing(known);
    let item = standing.get(at)?;
    let (look, word) = look(known, item);
    let mut facts = line::paragraph("", Style::new(), &item.item.title, theme.strong, columns);
    let mut state = vec![line::text(format!("{:<12} ", "evidence"), theme.dim)];
    state.extend(mark(look, word, theme));
    facts.push(Line::from(state));
    if known.blind {
        facts.extend(fact("", "the past cannot be read", columns, theme));
    } else {
        facts.extend(item.open.iter().flat_map(|open| fact("missing", open, columns, theme)));
        for shown in item.shown.iter().rev() {
            let said = format!("{}, {}: {}", shown.operator, known.model.times.minute(shown.at), shown.text);
            facts.extend(fact("there is", &said, columns, theme));
        }
    }
    if !known.model.facts.read_only {
        let keys = format!("{} attaches a link, or a file, which is copied and hashed", theme.glyphs.enter);
        facts.extend(aside("keys", &keys, columns, theme));
    }
    let from = match &item.item.from {
        EvidenceFrom::ByHand => "people attach it".to_owned(),
        EvidenceFrom::QaReport => "the latest green report of the automated gate; it is there by itself".to_owned(),
        EvidenceFrom::QaOutput => {
            "the output of a run of the automated gate by gonogo; it is there by itself".to_owned()
        }
        EvidenceFrom::SignOff => "the signature; it is there by itself".to_owned(),
        EvidenceFrom::Logs(read) => format!("logs of {}: `gonogo evidence fetch {}`", read.environment, item.item.key),
    };
    facts.extend(fact("comes from", &from, columns, theme));
    if let EvidenceFrom::Logs(read) = &item.item.from {
        let within = chrono::TimeDelta::from_std(read.within).unwrap_or(chrono::TimeDelta::MAX);
        facts.extend(aside("query", &format!("{}, the last {}", read.query, duration(within)), columns, theme));
    }
    Some((format!("Evidence {}", crate::text::clean(&item.item.key)), facts))
}
