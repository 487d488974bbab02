//! Keys, from the one table; the sources in full; signs; and the rules of this rollout.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{line, panel};
use crate::{judge::Verdict, tui::model::Model};

/// How many places the help can be scrolled to.
pub fn length(model: &Model) -> usize {
    let (columns, rows) = super::panel_size(model);
    lines(model, columns).len().saturating_sub(rows) + 1
}

/// Draws the full screen.
pub fn render_screen(frame: &mut Frame, area: Rect, model: &Model) {
    let inner = panel::open(frame, area, "Help", Vec::new(), &model.theme);
    let rows = lines(model, usize::from(inner.width));
    let last = rows.len().saturating_sub(usize::from(inner.height));
    panel::scrolled(frame, inner, rows, model.place.selected.min(last));
}

fn lines(model: &Model, columns: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let mut rows = vec![Line::from(line::text("Keys: lowercase looks, uppercase acts", theme.strong))];
    for bound in model.keymap.available(model.facts.kind()) {
        rows.push(Line::from(vec![
            line::gap(2),
            line::text(format!("{:<9}", bound.shown), theme.key),
            line::plain(bound.binding.help),
        ]));
    }
    if model.facts.read_only {
        rows.push(Line::from(line::text("  This session is read-only: it has no key that acts.", theme.wait)));
    }
    rows.extend([Line::default(), Line::from(line::text("Sources", theme.strong))]);
    for source in model.sources() {
        let (glyph, style) = theme.source(source.state);
        let mut facts = format!("{} {} at {}", source.name, source.state.word(), source.address);
        if let Some(latency) = source.latency {
            facts.push_str(&format!(", answered in {} ms", latency.num_milliseconds()));
        }
        rows.extend(line::paragraph(&format!("  {glyph} "), style, &facts, Style::new(), columns));
        let error = source.error.as_ref().map(ToString::to_string);
        for more in error.iter().chain(&source.note) {
            rows.extend(line::paragraph("    ", style, more, Style::new(), columns));
        }
    }
    rows.extend([Line::default(), Line::from(line::text("Verdicts", theme.strong))]);
    let verdicts = [
        (Verdict::Pass, "the evidence shows that it holds"),
        (Verdict::Pending, "not enough evidence yet; time alone never passes a gate"),
        (Verdict::Unknown, "it cannot be seen: missing, stale or contradictory data"),
        (Verdict::Fail, "the evidence shows that it does not hold"),
    ];
    for (verdict, meaning) in verdicts {
        let mut spans = vec![line::gap(2)];
        spans.extend(super::gates::verdict(verdict, theme));
        spans.push(line::plain(meaning));
        rows.push(Line::from(spans));
    }
    rows.extend([Line::default(), Line::from(line::text("The call", theme.strong))]);
    let calls: [(&str, Style, &str); 3] = [
        ("GO", theme.go, "every gate passes on fresh data, and nothing stands against it"),
        ("HOLD", theme.hold, "evidence is pending, or something cannot be seen"),
        ("NO-GO", theme.no_go, "a gate failed, a hard stop stands, a trigger tripped, or the flag drifted"),
    ];
    for (word, style, meaning) in calls {
        rows.push(Line::from(vec![
            line::gap(2),
            Span::styled(format!("{word:^7}"), style),
            line::gap(3),
            line::plain(meaning),
        ]));
    }
    let rules = &model.facts.runbook.rules;
    if !rules.is_empty() {
        rows.extend([Line::default(), Line::from(line::text("Rules of this rollout", theme.strong))]);
        for rule in rules {
            rows.extend(line::paragraph(&format!("  {} ", theme.glyphs.dot), theme.dim, rule, Style::new(), columns));
        }
    }
    rows
}
