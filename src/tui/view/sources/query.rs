//! One signal as telemetry gives it: how far that can be relied on, since when, how fresh, how fast; and the query.

use chrono::TimeDelta;
use ratatui::{style::Style, text::Line};

use super::source::took;
use crate::{
    runbook::Signal,
    snapshot::{Health, Reading},
    tui::{model::Model, view::line, words},
    units::{count, duration, plural},
};

/// The names of the right columns.
pub(super) const HEAD: &str = "tallies  newest  gaps   latency";
/// Columns of glyph and word.
const STATE: usize = 13;
/// Columns of the figures.
const NUMBERS: usize = 31;
/// So many tallies and gaps are told one by one.
const TOLD: usize = 6;

/// How many could not be read.
pub(super) fn failed(model: &Model) -> usize {
    let health = |signal: &Signal| model.snapshot.reading(&signal.key).map(|reading| &reading.health);
    let signals = &model.facts.runbook.signals;
    signals.iter().filter(|signal| matches!(health(signal), Some(Health::Failed(_)))).count()
}

/// What can be looked for.
pub(super) fn text(model: &Model, place: usize) -> String {
    let Some((signal, reading)) = at(model, place) else { return String::new() };
    let query = reading.map_or("", |reading| reading.query.as_str());
    format!("{} {} {} {query}", mark(signal, reading, model).1, signal.title, signal.key)
}

fn at(model: &Model, place: usize) -> Option<(&Signal, Option<&Reading>)> {
    let signal = model.facts.runbook.signals.get(place)?;
    Some((signal, model.snapshot.reading(&signal.key)))
}

/// Glyph, word and style.
fn mark(signal: &Signal, reading: Option<&Reading>, model: &Model) -> (&'static str, &'static str, Style) {
    let theme = &model.theme;
    let glyphs = &theme.glyphs;
    match reading.map(|reading| &reading.health) {
        None => (glyphs.open, "not read", theme.dim),
        Some(Health::Good) => (glyphs.source, "good", theme.good),
        Some(Health::Absent) if is_watched(signal, model) => (glyphs.open, "none yet", theme.good),
        Some(Health::Absent) => (glyphs.unknown, "absent", theme.blind),
        Some(Health::Partial(_)) => (glyphs.partial, "partial", theme.wait),
        Some(Health::Failed(_)) => (glyphs.fail, "failed", theme.bad),
        Some(Health::Unreadable) => (glyphs.unknown, "unreadable", theme.blind),
    }
}

/// Whether another signal proves that its detector is alive.
fn is_watched(signal: &Signal, model: &Model) -> bool {
    let heartbeat = signal.heartbeat.as_deref().and_then(|key| model.snapshot.reading(key));
    heartbeat.is_some_and(|reading| reading.health == Health::Good)
}

/// Its line.
pub(super) fn row(model: &Model, place: usize, columns: usize) -> Line<'static> {
    let theme = &model.theme;
    let Some((signal, reading)) = at(model, place) else { return Line::default() };
    let (glyph, word, style) = mark(signal, reading, model);
    let dash = || theme.glyphs.dash.to_owned();
    let tallies = reading.map_or_else(dash, |reading| count(reading.tallies.len() as u64));
    let newest = reading.and_then(|reading| reading.newest).map_or_else(dash, |at| words::age(model.now - at));
    let gaps = reading.map_or(0, |reading| reading.gaps.len());
    let latency = reading.and_then(|reading| reading.latency).map_or_else(dash, took);
    let mut left =
        vec![line::text(format!("{:<STATE$}", format!("{glyph} {word}")), style), line::plain(&signal.title)];
    // It is in the detail too; half of it says nothing.
    let key = line::text(format!("  {}", signal.key), theme.dim);
    if line::width(&left) + key.width() + NUMBERS < columns {
        left.push(key);
    }
    let right = vec![
        line::text(format!("{tallies:>7}{newest:>8}"), theme.dim),
        line::text(format!("{gaps:>6}"), if gaps > 0 { theme.wait } else { theme.dim }),
        line::text(format!("{latency:>10}"), theme.dim),
    ];
    line::row(left, right, columns, theme)
}

/// Title and detail.
pub(super) fn detail(model: &Model, place: usize, columns: usize) -> Option<(String, Vec<Line<'static>>)> {
    let (signal, reading) = at(model, place)?;
    let theme = &model.theme;
    let styled = |label: &str, body: &str, style: Style| line::fact(label, body, style, columns, theme);
    let fact = |label: &str, body: &str| styled(label, body, Style::new());
    let (glyph, word, style) = mark(signal, reading, model);
    let source = &model.snapshot.telemetry_source.name;
    let (what, next) = match reading.map(|reading| &reading.health) {
        None => ("telemetry has not answered yet".to_owned(), Some("see telemetry above".to_owned())),
        Some(Health::Good) => ("the source answered in full".to_owned(), None),
        Some(Health::Absent) if is_watched(signal, model) => {
            ("nothing of it was reported so far, and what would report it is alive".to_owned(), None)
        }
        Some(Health::Absent) => (
            "the source has never heard of it: no series, no event; that is not zero".to_owned(),
            Some("check that what reports it runs, and that the runbook names it as it is".to_owned()),
        ),
        Some(Health::Partial(why)) => (why.clone(), Some("look at the source, and at what reports to it".to_owned())),
        Some(Health::Failed(fault)) => (fault.what.clone(), Some(fault.next.clone())),
        Some(Health::Unreadable) => (
            format!("the runbook does not say how it is read from {source}"),
            Some("add that to the signal in the runbook, or read telemetry from elsewhere".to_owned()),
        ),
    };
    let mut rows = styled("health", &format!("{glyph} {word}: {what}"), style);
    if let Some(next) = next {
        rows.extend(fact("what to do", &next));
    }
    if let Some(reading) = reading {
        rows.extend(fact("query", if reading.query.is_empty() { "none" } else { &reading.query }));
        rows.extend(answer(reading, model, columns));
    }
    rows.extend(fact("counted by", &if signal.by.is_empty() { "nothing".to_owned() } else { signal.by.join(", ") }));
    if let Some(heartbeat) = &signal.heartbeat {
        rows.extend(fact("alive while", &format!("{heartbeat} is reported")));
    }
    Some((signal.title.clone(), rows))
}

/// What it gave.
fn answer(reading: &Reading, model: &Model, columns: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let fact = |label: &str, body: &str| line::fact(label, body, Style::new(), columns, theme);
    let total = reading.tallies.values().fold(0_u64, |sum, counts| sum.saturating_add(counts.total()));
    let mut rows = fact("latency", &reading.latency.map_or_else(|| "not measured".to_owned(), took));
    rows.extend(fact("covered from", &model.times.second(reading.covered_from)));
    let newest = |at| format!("{} ({} ago)", model.times.second(at), duration(model.now - at));
    rows.extend(fact("newest data", &reading.newest.map_or_else(|| "none was ever seen".to_owned(), newest)));
    rows.extend(fact("step", &duration(reading.step)));
    let lost = reading.gaps.iter().fold(TimeDelta::zero(), |sum, gap| sum + (gap.1 - gap.0));
    let gaps = match reading.gaps.len() {
        0 => "none".to_owned(),
        n => format!("{}, {} together", plural(n, "gap"), duration(lost)),
    };
    rows.extend(fact("gaps", &gaps));
    for (from, to) in reading.gaps.iter().rev().take(TOLD) {
        let span = format!("{} {} {}", model.times.second(*from), theme.glyphs.arrow, duration(*to - *from));
        rows.extend(fact("", &span));
    }
    let counted = format!("{} in {}", count(total), plural(reading.tallies.len(), "combination"));
    rows.extend(fact("counted", &format!("{counted} of labels")));
    let mut most: Vec<_> = reading.tallies.iter().map(|(labels, counts)| (counts.total(), labels)).collect();
    most.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    for (n, labels) in most.into_iter().take(TOLD).filter(|(_, labels)| !labels.is_empty()) {
        rows.extend(fact("", &format!("{:>12}  {}", count(n), labels.join(" "))));
    }
    rows
}
