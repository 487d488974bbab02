//! The exit gates, a line each.

use ratatui::text::{Line, Span};

use crate::{
    judge::Verdict,
    tui::{
        keys::Command,
        model::{Model, Screen},
        view::{gates::shown, line},
        words,
    },
};

/// The heading for one column: a rule with how many pass.
pub fn heading(model: &Model, columns: usize) -> Line<'static> {
    let summary = model.assessment.as_deref().map(|a| {
        let passed = a.gates.iter().filter(|gate| gate.verdict == Verdict::Pass).count();
        format!("{passed} of {} pass", a.gates.len())
    });
    let right = summary.map(|text| line::text(text, model.theme.dim)).into_iter().collect();
    line::row(vec![line::text("Gates", model.theme.strong)], right, columns, &model.theme)
}

/// Each gate, in at most so many rows, and at most `pitch` rows from one to the next: white space between them where there
/// is room, and the worst always there.
pub fn lines(model: &Model, columns: usize, rows: usize, pitch: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let Some(assessment) = model.assessment.as_deref() else {
        return vec![Line::styled("no verdict yet: nothing is taken for granted", theme.dim)];
    };
    let gates = &assessment.gates;
    if gates.is_empty() {
        return vec![Line::styled("the stage has no gate", theme.dim)];
    }
    let air = (1..pitch).rev().find(|air| rows > (air + 1) * gates.len()).unwrap_or(0);
    let mut lines = Vec::new();
    // The words stand in a column, too.
    let told = gates.iter().filter(|gate| gate.verdict != Verdict::Pass);
    let brief = told.map(|gate| words::width(&gate.brief)).max().unwrap_or_default();
    let kept = shown(gates.len(), rows, model.worst_gate().map(|(at, _)| at));
    for gate in kept.iter().map(|at| &gates[*at]) {
        let (glyph, style) = theme.verdict(gate.verdict);
        let mut left = vec![Span::styled(format!("{glyph}  "), style)];
        left.push(line::plain(&gate.title));
        // Colour and glyph say it; a word does where it is not as it should be, behind the titles: they stand in a column.
        let right = match gate.verdict {
            Verdict::Pass => vec![line::text(&gate.brief, theme.dim)],
            verdict => {
                let pad = brief.saturating_sub(words::width(&gate.brief)) + 2;
                let word = line::text(verdict.word().to_uppercase(), style.patch(theme.strong));
                vec![word, line::gap(pad), line::text(&gate.brief, theme.dim)]
            }
        };
        lines.push(line::row(left, right, columns, theme));
        lines.extend(vec![Line::default(); air]);
    }
    if kept.len() < gates.len() && lines.len() < rows {
        let text =
            format!("{} more: press {}", gates.len() - kept.len(), model.keymap.shown(Command::Show(Screen::Gates)));
        lines.push(Line::styled(text, theme.dim));
    }
    lines
}
