//! All there is to know of one gate: why it stands where it does first, then on what that rests.

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use super::verdict;
use crate::{
    judge::{Assessment, GateAssessment, Verdict},
    tui::{
        keys::Command,
        model::{Model, Screen},
        view::line,
        words,
    },
    units::{count, duration},
};

/// Columns of a fact's name.
const NAME: usize = line::NAME;
/// Columns between two numbers of the evidence.
const BETWEEN: usize = 5;

/// The facts of a gate.
pub(super) fn lines(
    gate: &GateAssessment,
    assessment: &Assessment,
    model: &Model,
    columns: usize,
) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let runbook = &model.facts.runbook;
    let stage = runbook.stage(&gate.stage).map(|(_, stage)| stage);
    let source = stage.and_then(|stage| stage.gates.iter().find(|g| g.key == gate.key));
    let fact = |label: &str, body: &str| line::fact(label, body, Style::new(), columns, theme);
    let mut head = vec![line::text(format!("{:<NAME$}", "verdict"), theme.dim)];
    head.extend(verdict(gate.verdict, theme));
    head.push(line::text(&gate.brief, theme.dim));
    let mut facts = vec![Line::from(head)];
    facts.extend(fact("why", &gate.reason));
    if let Some(failed_at) = gate.failed_at {
        let clear = format!("gonogo hold clear --stage {} --gate {} --evidence …", gate.stage, gate.key);
        let text = format!("{}; it stays failed until that is resolved: `{clear}`", model.times.minute(failed_at));
        facts.extend(fact("failed at", &text));
    }
    if let Some(eta) = gate.eta {
        facts.extend(fact("verdict in", &format!("about {}, at the present rates", duration(eta))));
    }
    if gate.verdict == Verdict::Unknown {
        let key = model.keymap.shown(Command::Show(Screen::Sources));
        facts.extend(fact("what to do", &format!("see how its source answers: {key}")));
    }
    facts.extend(fact("asks", &gate.asks));
    if let Some(requirement) = source.and_then(|gate| gate.requirement.as_deref()) {
        facts.extend(fact("requirement", requirement));
    }
    if let Some(since) = gate.since {
        let window = format!("{} since {}", duration(assessment.at - since), model.times.minute(since));
        facts.extend(fact("window", &window));
    }
    facts.extend(fact("data age", &gate.age.map_or_else(|| "no data".to_owned(), duration)));
    facts.extend(evidence(gate, columns, model));
    if let Some(query) = &gate.query {
        facts.extend(fact("query", query));
    }
    if let Some(source) = source {
        facts.extend(fact("kind", &source.condition.kind().replace('_', " ")));
    }
    if let Some(stage) = stage {
        facts.extend(fact("stage", &format!("{} {} {}", stage.title, theme.glyphs.dot, stage.key)));
    }
    facts.extend(fact("judged at", &model.times.second(assessment.at)));
    facts
}

/// Its numbers, in as many columns as there is room for.
fn evidence(gate: &GateAssessment, columns: usize, model: &Model) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let all: Vec<(String, String)> =
        gate.evidence.iter().map(|(name, value)| (name.replace('_', " "), written(*value))).collect();
    // No wider than what is in them: a number stands near its name.
    let widest = |of: &dyn Fn(&(String, String)) -> usize| all.iter().map(of).max().unwrap_or_default();
    let (name, number) = (widest(&|(name, _)| words::width(name)) + 2, widest(&|(_, value)| words::width(value)));
    let abreast = ((columns.saturating_sub(NAME) + BETWEEN) / (name + number + BETWEEN)).clamp(1, 4);
    let cell = |(name_of, value): &(String, String)| -> Vec<Span<'static>> {
        vec![line::text(format!("{name_of:<name$}"), theme.dim), line::plain(format!("{value:>number$}"))]
    };
    let rows = all.chunks(abreast).enumerate().map(|(i, row)| {
        let label = if i == 0 { "evidence" } else { "" };
        let mut spans = vec![line::text(format!("{label:<NAME$}"), theme.dim)];
        for (k, fact) in row.iter().enumerate() {
            if k > 0 {
                spans.push(line::gap(BETWEEN));
            }
            spans.extend(cell(fact));
        }
        line::row(spans, Vec::new(), columns, theme)
    });
    rows.collect()
}

/// A whole number as one, any other with six decimals.
fn written(value: f64) -> String {
    if value.fract() != 0.0 || value.abs() >= 1e15 {
        return format!("{value:.6}");
    }
    let whole = count(value.abs() as u64);
    if value < 0.0 { format!("-{whole}") } else { whole }
}
