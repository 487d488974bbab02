//! Guardrail signatures: how often in which window, and what each means.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

mod detail;
mod table;

use super::{classes, line, list, paint, panel, state, wide};
use crate::{
    judge::{Assessment, GuardrailAssessment},
    timeline::Words,
    tui::{
        keys::Command,
        model::{Model, Screen},
        words,
    },
};

/// From this width of the screen on, meaning and triage are beside the table.
const BESIDE: u16 = 120;

/// Draws the panel of the overview.
pub fn render(frame: &mut Frame, area: Rect, model: &Model) {
    let theme = &model.theme;
    let Some(assessment) = model.assessment.as_deref() else {
        let fact = vec![line::text("not judged yet", theme.dim)];
        let inner = panel::open(frame, area, "Guardrails", fact, theme);
        paint::lines(frame, inner, unjudged(model, usize::from(inner.width), usize::from(inner.height)));
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
        paint::lines(frame, inner, rows);
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
            let what = if seen == 0 {
                "all zero".to_owned()
            } else {
                format!("{seen} of them seen: press {}", model.keymap.shown(Command::Show(Screen::Guardrails)))
            };
            let text = format!("{} more signatures, {what}", hidden.len());
            if wide(frame.area()) && room > rows.len() + 1 {
                rows.push(Line::default());
            }
            rows.push(Line::from(line::text(text, theme.dim)));
        }
    }
    paint::lines(frame, inner, rows);
}

/// The signatures that the runbook lists, in the place where their counts come to stand.
fn unjudged(model: &Model, columns: usize, room: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let listed = model.facts.runbook.guardrails.as_ref().map_or(&[][..], |guardrails| &guardrails.listed);
    if room < 2 || listed.is_empty() {
        return vec![Line::from(line::text("no data yet", theme.dim))];
    }
    let dash = theme.glyphs.dash;
    let numbers = format!("{dash:>5}{dash:>5}{dash:>5}{dash:>6}{dash:>6}");
    let shown = if listed.len() > room - 1 { room - 2 } else { listed.len() };
    let row = |signature: &str| {
        let right = vec![line::text(&numbers, theme.dim)];
        line::row(vec![line::text(signature, theme.dim)], right, columns, theme)
    };
    let mut rows = vec![head(columns, model)];
    rows.extend(listed.iter().take(shown).map(|known| row(&known.signature)));
    if shown < listed.len() {
        let text = format!("{} more signatures", listed.len() - shown);
        rows.push(Line::from(line::text(text, theme.dim)));
    }
    rows
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
    if total(model) == 0 {
        let inner = panel::open(frame, area, "Guardrails", summary(assessment, model), &model.theme);
        return table::nothing(assessment, model).render(frame, inner, model);
    }
    let table = table::Table::of(assessment, model);
    let signatures = assessment.guardrails.len();
    let section = |(from, title)| list::Section { from: signatures + from, title, columns: String::new() };
    let sections = classes::kinds(assessment, model).into_iter().map(section).collect();
    let list = list::List {
        title: "Guardrails",
        summary: summary(assessment, model),
        total: total(model),
        head: &|columns| Some(table.head(columns)),
        row: &|place, columns| match assessment.guardrails.get(place) {
            Some(entry) => table.row(entry, columns),
            None => classes::row(place - signatures, assessment, columns, model),
        },
        under: &|_, _| Vec::new(),
        sections,
        detail: &|columns| selected(model, columns),
        beside_from: BESIDE,
        share: 40,
    };
    list::render(frame, area, &list, model);
}

/// How many lines there are: signatures, and codes of other signals.
pub fn total(model: &Model) -> usize {
    model.assessment.as_ref().map_or(0, |a| a.guardrails.len() + classes::length(model))
}

/// What the line at this place is known by.
pub fn name(model: &Model, place: usize) -> Option<String> {
    let assessment = model.assessment.as_deref()?;
    match assessment.guardrails.get(place) {
        Some(entry) => Some(entry.signature.clone()),
        None => classes::name(place - assessment.guardrails.len(), assessment, model),
    }
}

/// The places in the order that was asked for: the signatures, and after them the codes as they are. None where they stand
/// so already.
pub fn sorted(model: &Model) -> Option<Vec<usize>> {
    let mut places = model.sort.order(&model.assessment.as_deref()?.guardrails)?;
    places.extend(places.len()..total(model));
    Some(places)
}

/// Whether what is looked for is in the line at this place.
pub fn fits(model: &Model, place: usize, words: &Words) -> bool {
    let Some(assessment) = model.assessment.as_deref() else { return false };
    match assessment.guardrails.get(place) {
        Some(entry) => {
            let stop = if entry.hard_stop { "hard stop" } else { "" };
            words.are_in(&[&entry.signature, stop, if entry.listed { "" } else { "unlisted" }])
        }
        None => classes::fits(place - assessment.guardrails.len(), assessment, words, model),
    }
}

/// Title and detail of the selected signature or code.
pub fn selected(model: &Model, columns: usize) -> Option<(String, Vec<Line<'static>>)> {
    let assessment = model.assessment.as_deref()?;
    let place = model.chosen()?;
    if let Some(entry) = assessment.guardrails.get(place) {
        return Some((entry.signature.clone(), detail::lines(entry, assessment, columns, model)));
    }
    classes::selected(place - assessment.guardrails.len(), assessment, columns, model)
}
