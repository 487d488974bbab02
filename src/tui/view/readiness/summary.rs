//! Readiness in one line: each part with its glyph and a few words.

use ratatui::text::{Line, Span};

use super::{
    Known, checklist, evidence, gate,
    marks::{Look, said},
    sign_off,
};
use crate::tui::view::line;

/// Columns between two parts.
const GAP: usize = 2;

/// One line where that is enough, in fewer words if it takes that; else as many as it takes, a part never broken.
pub(super) fn lines(known: &Known<'_>, columns: usize) -> Vec<Line<'static>> {
    let lines = laid_out(known, false, columns);
    if lines.len() < 2 { lines } else { laid_out(known, true, columns) }
}

fn laid_out(known: &Known<'_>, short: bool, columns: usize) -> Vec<Line<'static>> {
    let theme = known.theme();
    let mut lines: Vec<Vec<Span<'static>>> = vec![Vec::new()];
    for (look, words) in parts(known, short) {
        let part = said(look, &words, theme);
        let fits = |last: &&mut Vec<_>| line::width(last) + GAP + line::width(&part) <= columns;
        let last = lines.last_mut().filter(fits);
        match last {
            Some(last) if last.is_empty() => last.extend(part),
            Some(last) => {
                last.push(line::gap(GAP));
                last.extend(part);
            }
            None => lines.push(part),
        }
    }
    lines
        .into_iter()
        .filter(|line| !line.is_empty())
        .map(|spans| Line::from(line::cut(spans, columns, theme)))
        .collect()
}

fn parts(known: &Known<'_>, short: bool) -> Vec<(Look, String)> {
    let runbook = known.runbook;
    let mut parts = Vec::new();
    if let Some(blind) = &known.history.blind {
        parts.push((Look::Blind, format!("unknown: {}", crate::text::clean(blind))));
        return parts;
    }
    if runbook.qa.is_some() {
        let (look, word) = gate::look(known);
        parts.push((look, format!("gate {word}")));
    }
    if !runbook.checklist.is_empty() {
        for (i, (place, passed, failed, of)) in checklist::tallies(known).into_iter().enumerate() {
            let look = match (passed, failed) {
                (_, 1..) => Look::Bad,
                (passed, _) if passed == of => Look::Good,
                _ => Look::Wait,
            };
            let label = if i == 0 && !short { "checklist " } else { "" };
            let words = match failed {
                0 => format!("{label}{place} {passed}/{of}"),
                _ if short => format!("{place} {failed} failed"),
                _ => format!("{label}{place} {passed}/{of}, {failed} failed"),
            };
            parts.push((look, words));
        }
    }
    if !runbook.evidence.is_empty() {
        let standing = evidence::standing(known);
        let there = standing.iter().filter(|item| item.open.is_none()).count();
        let look = if there == standing.len() { Look::Good } else { Look::Wait };
        let of = if short { "/" } else { " of " };
        parts.push((look, format!("evidence {there}{of}{}", standing.len())));
    }
    if !runbook.sign_off.is_empty() {
        parts.push(match (sign_off::signed(known), sign_off::asked(known)) {
            (Some(_), _) => (Look::Good, "signed".to_owned()),
            (None, true) if short => (Look::Wait, "unsigned".to_owned()),
            (None, true) => (Look::Wait, "sign-off open".to_owned()),
            (None, false) => (Look::Void, "sign-off not asked here".to_owned()),
        });
    }
    parts
}
