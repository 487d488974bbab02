//! The exit gates of the present stage: the verdict first, and why the worst of them stands where it does.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

mod detail;

use super::{
    call, line, list, paint, panel,
    state::{self, State},
    wide,
};
use crate::{
    judge::{GateAssessment, Verdict},
    tui::{
        keys::Command,
        model::{Model, Screen},
        theme::Theme,
        words,
    },
    units::duration,
};

/// Columns of glyph and word.
const VERDICT: usize = 10;
/// From this width of the screen on, the detail is beside the list.
const BESIDE: u16 = 150;
/// A list of so many columns has the age of the data and the time to a verdict too.
const ROOMY: usize = 84;

/// How many rows the gates take, one each.
pub fn length(model: &Model) -> u16 {
    model.assessment.as_ref().map_or(1, |a| u16::try_from(a.gates.len()).unwrap_or(u16::MAX))
}

/// Draws the panel of the overview.
pub fn render(frame: &mut Frame, area: Rect, model: &Model) {
    let theme = &model.theme;
    let screen = frame.area();
    let mut summary = summary(model);
    if !wide(screen) {
        let in_stage = call::in_stage(model, 0);
        if !in_stage.is_empty() && line::width(&summary) + line::width(&in_stage) + 20 <= usize::from(area.width) {
            summary.push(line::text(format!(" {} ", theme.glyphs.dot), theme.dim));
            summary.extend(in_stage);
        }
    }
    let inner = panel::open(frame, area, "Exit gates", summary, theme);
    let (columns, mut room) = (usize::from(inner.width), usize::from(inner.height));
    let Some(assessment) = model.assessment.as_deref() else {
        let mut rows = vec![Line::from(line::text("no verdict yet: nothing is taken for granted", theme.dim))];
        if wide(screen) && room > 2 {
            rows.insert(0, Line::default());
        }
        paint::lines(frame, inner, rows);
        return;
    };
    let mut rows = Vec::new();
    let gates = &assessment.gates;
    // White space above if it costs nothing: not the reason of the worst.
    if wide(screen) && room > gates.len() + 2 {
        rows.push(Line::default());
        room -= 1;
    }
    let worst = model.worst_gate().map(|(i, _)| i);
    let all_reasons = room >= gates.len() * 2 + 2;
    // Two rows for each reason where all of them have the room; else for the worst alone.
    let two_rows = room >= gates.len() * 3;
    let shown = shown(gates.len(), room, worst);
    let told = |i: &usize| {
        let mut rows = vec![gate_row(&gates[*i], columns, theme)];
        if all_reasons {
            let height = if two_rows || worst == Some(*i) { 2 } else { 1 };
            let reason = reason(&gates[*i]);
            rows.extend(indented(line::excerpt(&reason, theme.dim, columns.saturating_sub(VERDICT), height, theme)));
        }
        rows
    };
    let told: Vec<_> = shown.iter().map(told).collect();
    let airy = all_reasons && told.iter().map(|rows| rows.len() + 1).sum::<usize>() <= room + 1;
    for (i, gate) in told.into_iter().enumerate() {
        rows.extend((airy && i > 0).then(Line::default));
        rows.extend(gate);
    }
    if shown.len() < gates.len() && shown.len() < room {
        let text = format!(
            "{} more gates: press {}",
            gates.len() - shown.len(),
            model.keymap.shown(Command::Show(Screen::Gates))
        );
        rows.push(Line::from(line::text(text, theme.dim)));
    }
    if let Some(i) = worst.filter(|_| !all_reasons && room > gates.len()) {
        rows.extend(indented(why(&gates[i], columns.saturating_sub(VERDICT), room - gates.len(), theme)));
    }
    paint::lines(frame, inner, rows);
}

/// Which gates are shown where there is room for so many rows: the first ones, and always the worst.
pub fn shown(gates: usize, room: usize, worst: Option<usize>) -> Vec<usize> {
    if gates <= room {
        return (0..gates).collect();
    }
    let mut shown: Vec<usize> = (0..room.saturating_sub(1)).collect();
    if let (Some(last), Some(worst)) = (shown.last_mut(), worst) {
        *last = worst.max(*last);
    }
    shown
}

/// Why the worst gate stands where it does, in at most so many rows.
fn why(gate: &GateAssessment, columns: usize, rows: usize, theme: &Theme) -> Vec<Line<'static>> {
    let label = "why ";
    let mut lines = line::excerpt(&reason(gate), Style::new(), columns.saturating_sub(label.len()), rows, theme);
    for (i, line) in lines.iter_mut().enumerate() {
        let head = if i == 0 { line::text(label, theme.dim) } else { line::gap(label.len()) };
        line.spans.insert(0, head);
    }
    if lines.len() < rows {
        let hint = format!("{}{} evidence and query", " ".repeat(label.len()), theme.glyphs.enter);
        lines.push(Line::from(line::text(hint, theme.dim)));
    }
    lines
}

/// Under the titles of the gates.
fn indented(mut lines: Vec<Line<'static>>) -> Vec<Line<'static>> {
    for line in &mut lines {
        line.spans.insert(0, line::gap(VERDICT));
    }
    lines
}

fn summary(model: &Model) -> Vec<Span<'static>> {
    let Some(assessment) = model.assessment.as_deref() else { return Vec::new() };
    let passed = assessment.gates.iter().filter(|gate| gate.verdict == Verdict::Pass).count();
    let text = format!(
        "stage {} {} {passed} of {} pass",
        assessment.stage.index,
        model.theme.glyphs.dot,
        assessment.gates.len()
    );
    vec![line::text(text, model.theme.dim)]
}

fn gate_row(gate: &GateAssessment, columns: usize, theme: &Theme) -> Line<'static> {
    let mut left = verdict(gate.verdict, theme);
    left.push(line::plain(&gate.title));
    line::row(left, vec![line::text(&gate.brief, theme.dim)], columns, theme)
}

/// Glyph and word, in their columns.
pub fn verdict(verdict: Verdict, theme: &Theme) -> Vec<Span<'static>> {
    let (glyph, style) = theme.verdict(verdict);
    let bold = style.patch(theme.strong);
    vec![
        Span::styled(format!("{glyph} "), style),
        Span::styled(format!("{:<7}", verdict.word().to_uppercase()), bold),
        line::gap(1),
    ]
}

/// Why, and when that can be decided: said once, whoever says it.
fn reason(gate: &GateAssessment) -> String {
    match gate.eta.map(duration) {
        Some(eta) if !gate.reason.contains(&eta) => format!("{}; verdict in about {eta}", gate.reason),
        _ => gate.reason.clone(),
    }
}

/// Draws the full screen: the list, and all there is to know of the selected gate below or beside it.
pub fn render_screen(frame: &mut Frame, area: Rect, model: &Model) {
    let theme = &model.theme;
    if let Some(state) = state::unjudged(model) {
        let inner = panel::open(frame, area, "Exit gates", Vec::new(), theme);
        return state.render(frame, inner, model);
    }
    let Some(assessment) = model.assessment.as_deref() else { return };
    let gates = assessment.gates.as_slice();
    if gates.is_empty() {
        let inner = panel::open(frame, area, "Exit gates", summary(model), theme);
        let key = model.keymap.shown(Command::Advance);
        let what = "the runbook asks for no gate in this stage".to_owned();
        let state = State::Empty { what, next: format!("{key} tells what else stands against advancing") };
        return state.render(frame, inner, model);
    }
    let list = list::List {
        title: "Exit gates",
        summary: summary(model),
        total: gates.len(),
        head: &|columns| list_head(columns, theme),
        row: &|place, columns| gates.get(place).map_or_else(Line::default, |gate| list_row(gate, columns, theme)),
        under: &|place, columns| {
            let reason = gates.get(place).map(reason).unwrap_or_default();
            indented(line::excerpt(&reason, theme.dim, columns.saturating_sub(VERDICT), 2, theme))
        },
        sections: Vec::new(),
        detail: &|columns| selected(model, columns),
        beside_from: BESIDE,
        share: 29,
    };
    list::render(frame, area, &list, model);
}

/// Columns of what stands beside the title: brief, age of the data, time to a verdict.
const BRIEF: usize = 19;
const AGE: usize = 9;
const ETA: usize = 12;

fn list_head(columns: usize, theme: &Theme) -> Option<Line<'static>> {
    let right = vec![line::text(format!("{:>BRIEF$}{:>AGE$}{:>ETA$}", "seen", "data", "verdict in"), theme.dim)];
    (columns >= ROOMY).then(|| line::row(vec![line::text("verdict   gate", theme.dim)], right, columns, theme))
}

fn list_row(gate: &GateAssessment, columns: usize, theme: &Theme) -> Line<'static> {
    if columns < ROOMY {
        return gate_row(gate, columns, theme);
    }
    let mut left = verdict(gate.verdict, theme);
    left.push(line::plain(&gate.title));
    let dash = || theme.glyphs.dash.to_owned();
    let (age, eta) = (gate.age.map_or_else(dash, words::age), gate.eta.map_or_else(dash, duration));
    let brief = words::fit(&gate.brief, BRIEF - 1, theme.glyphs.ellipsis);
    line::row(left, vec![line::text(format!("{brief:>BRIEF$}{age:>AGE$}{eta:>ETA$}"), theme.dim)], columns, theme)
}

/// What can be looked for, of each gate.
pub fn texts(model: &Model) -> Vec<String> {
    let gates = model.assessment.as_deref().map(|assessment| assessment.gates.as_slice()).unwrap_or_default();
    let text = |gate: &GateAssessment| format!("{} {} {}", gate.verdict.word(), gate.title, gate.brief);
    gates.iter().map(text).collect()
}

/// Title and detail of the selected gate.
pub fn selected(model: &Model, columns: usize) -> Option<(String, Vec<Line<'static>>)> {
    let assessment = model.assessment.as_deref()?;
    let gate = assessment.gates.get(model.chosen()?)?;
    Some((gate.title.clone(), detail::lines(gate, assessment, model, columns)))
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn folding_never_hides_the_worst_gate() {
        assert_eq!(shown(3, 5, Some(2)), [0, 1, 2]);
        assert_eq!(shown(8, 4, Some(6)), [0, 1, 6]);
        assert_eq!(shown(8, 4, Some(1)), [0, 1, 2]);
        assert_eq!(shown(8, 4, None), [0, 1, 2]);
        assert!(shown(8, 1, Some(7)).is_empty());
        assert!(shown(8, 0, Some(7)).is_empty());
    }
}
