//! The checklist: one line a check, one column an environment that a gate asks for.

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use super::{
    Known,
    candidate::age,
    gate::kept,
    marks::{Look, aside, fact, said, stands},
};
use crate::{
    facts::outcome_word,
    judge::{Attached, CheckMade, CheckOutcome, SeenCheck, SeenHow, candidate, check_made, check_places, seen_check},
    runbook::Check,
    text::clean,
    tui::{
        model::{Model, SeenElsewhere},
        view::line,
        words,
    },
    units::plural,
};

/// Columns of a cell with who and when, at least and at most.
const CELL: (usize, usize) = (19, 24);
/// Columns of a cell without.
const WORD: usize = 11;
/// Columns of a check's key.
const KEY: usize = 16;
/// A title shorter than this says too little.
const TITLE: usize = 24;

/// Environments that are shown: those that a gate asks for, else this session's own.
fn places(known: &Known<'_>) -> Vec<String> {
    let asked = check_places(known.runbook);
    if asked.is_empty() {
        return vec![known.model.facts.environment.clone()];
    }
    asked.into_iter().map(str::to_owned).collect()
}

/// Where the check of this key is still to be made: in the first environment in which it has not passed on the candidate.
pub fn to_be_made(model: &Model, check: &str) -> Option<String> {
    let known = Known::of(model)?;
    places(&known).into_iter().find(|place| !passed(&known, check, place))
}

fn passed(known: &Known<'_>, check: &str, place: &str) -> bool {
    made(known, check, place).is_some_and(|made| made.counts && made.result.outcome == CheckOutcome::Pass)
}

fn made<'a>(known: &Known<'a>, check: &str, place: &str) -> Option<CheckMade<'a>> {
    check_made(known.history, known.candidate(), check, place)
}

/// For each environment: how many checks passed, how many failed, of how many.
pub(super) fn tallies(known: &Known<'_>) -> Vec<(String, usize, usize, usize)> {
    let checks = &known.runbook.checklist;
    let each = places(known).into_iter().map(|place| {
        let outcomes = || checks.iter().filter_map(|check| made(known, &check.key, &place)).filter(|made| made.counts);
        let of = |wanted: CheckOutcome| outcomes().filter(|made| made.result.outcome == wanted).count();
        let (passed, failed) = (of(CheckOutcome::Pass), of(CheckOutcome::Fail));
        (clean(&place), passed, failed, checks.len())
    });
    each.collect()
}

/// How wide the cells are in so many columns.
fn cell_width(places: usize, columns: usize) -> usize {
    match columns.saturating_sub(KEY) / places.max(1) {
        room if room >= CELL.0 => room.min(CELL.1),
        _ => WORD,
    }
}

/// The names of the columns, at the right end of the heading.
pub(super) fn head(known: &Known<'_>, columns: usize) -> Vec<Span<'static>> {
    let (places, theme) = (places(known), known.theme());
    let width = cell_width(places.len(), columns);
    let each = places.iter().map(|place| line::text(pad(place, width, theme.glyphs.ellipsis), theme.dim));
    each.collect()
}

/// The line of a check.
pub(super) fn row(known: &Known<'_>, at: usize, columns: usize) -> Line<'static> {
    let theme = known.theme();
    let Some(check) = known.runbook.checklist.get(at) else { return Line::default() };
    let places = places(known);
    let width = cell_width(places.len(), columns);
    let room = columns.saturating_sub(width * places.len());
    let mut spans = vec![line::plain(pad(&check.key, KEY.min(room), theme.glyphs.ellipsis))];
    if room >= KEY + TITLE {
        spans.push(line::text(pad(&check.title, room - KEY, theme.glyphs.ellipsis), theme.dim));
    } else {
        spans.push(line::gap(room.saturating_sub(KEY)));
    }
    for place in &places {
        let cell = line::cut(cell(known, check, place, width), width.saturating_sub(1), theme);
        let rest = width - line::width(&cell);
        spans.extend(cell);
        spans.push(line::gap(rest));
    }
    Line::from(spans)
}

/// `text` in exactly so many columns, the last of them blank.
fn pad(text: &str, columns: usize, ellipsis: &str) -> String {
    let text = words::fit(text, columns.saturating_sub(1), ellipsis);
    let rest = columns.saturating_sub(words::width(&text));
    text + &" ".repeat(rest)
}

fn cell(known: &Known<'_>, check: &Check, place: &str, width: usize) -> Vec<Span<'static>> {
    let theme = known.theme();
    let made = made(known, &check.key, place);
    let (look, word) = look(known, made);
    let mut spans = said(look, &word, theme);
    if let Some(made) = made.filter(|_| width >= CELL.0) {
        let age = age(known, made.result.at);
        // The name gives way, not the age.
        let room = width.saturating_sub(line::width(&spans) + words::width(&age) + 3);
        let who = words::fit(&made.result.operator, room.min(8), theme.glyphs.ellipsis);
        spans.push(line::text(format!(" {who} {age}"), theme.dim));
    }
    if look == Look::Void {
        spans.iter_mut().for_each(|span| span.style = theme.dim);
    }
    spans
}

fn look(known: &Known<'_>, made: Option<CheckMade<'_>>) -> (Look, String) {
    let Some(made) = made else {
        let open = if known.blind { (Look::Blind, "unknown") } else { (Look::Wait, "not made") };
        return (open.0, open.1.to_owned());
    };
    if !made.counts {
        return (Look::Void, "stale".to_owned());
    }
    let look = match made.result.outcome {
        CheckOutcome::Pass => Look::Good,
        CheckOutcome::Fail => Look::Bad,
        CheckOutcome::Blocked => Look::Wait,
    };
    (look, outcome_word(made.result.outcome).to_owned())
}

/// Title and detail of a check.
pub(super) fn detail(known: &Known<'_>, at: usize, columns: usize) -> Option<(String, Vec<Line<'static>>)> {
    let (check, theme) = (known.runbook.checklist.get(at)?, known.theme());
    let mut facts = line::paragraph("", Style::new(), &check.title, theme.strong, columns);
    let mut places = places(known);
    let others = known.history.checks.iter().filter(|result| result.check == check.key);
    for place in others.map(|result| &result.environment) {
        if !places.contains(place) {
            places.push(place.clone());
        }
    }
    for place in &places {
        facts.extend(result(known, check, place, columns));
    }
    facts.extend(seen(known, check, columns));
    if !known.model.facts.read_only {
        let keys = format!("{} records a result; p passed, f failed", theme.glyphs.enter);
        facts.extend(aside("keys", &keys, columns, theme));
    }
    Some((format!("Check {}", clean(&check.key)), facts))
}

/// What became of it in one environment.
fn result(known: &Known<'_>, check: &Check, place: &str, columns: usize) -> Vec<Line<'static>> {
    let theme = known.theme();
    let made = made(known, &check.key, place);
    let (look, word) = look(known, made);
    let Some(made) = made else {
        let why = if known.blind { "the past cannot be read" } else { "" };
        return stands(place, (look, &word), why, columns, theme);
    };
    let result = made.result;
    let on = result.candidate.as_deref().map_or_else(|| "no candidate".to_owned(), candidate::shown);
    let mut said = format!("{}, {}, on {on}", clean(&result.operator), known.model.times.minute(result.at));
    if !made.counts {
        said = format!("{}: {said}; not the candidate, so it does not count", outcome_word(result.outcome));
    }
    let mut facts = stands(place, (look, &word), &said, columns, theme);
    if !result.note.trim().is_empty() {
        facts.extend(fact("  note", &result.note, columns, theme));
    }
    if let Some(attached) = &result.attached {
        let (name, text) = shown(attached);
        facts.extend(fact(&format!("  {name}"), &text, columns, theme));
    }
    facts
}

/// What was attached: its name in a word, and where it is.
pub(super) fn shown(attached: &Attached) -> (&'static str, String) {
    match attached {
        Attached::Link { url } => ("link", clean(url)),
        Attached::File { file, name } => ("file", format!("{}: {}", clean(name), kept(file))),
        Attached::Logs { file, lines, source } => {
            ("logs", format!("{} from {}: {}", plural(*lines, "line"), clean(source), kept(file)))
        }
    }
}

/// What telemetry saw of it, here and elsewhere.
fn seen(known: &Known<'_>, check: &Check, columns: usize) -> Vec<Line<'static>> {
    let (model, theme) = (known.model, known.theme());
    if check.seen.is_empty() {
        return aside("seen", "telemetry cannot tell", columns, theme);
    }
    let since = model.assessment.as_deref().map_or(model.now, |a| a.stage.evidence_from);
    let here = seen_check(known.runbook, &model.facts.environment, check, &model.snapshot, since, model.now);
    let here = here.map(|seen| told(&seen));
    let elsewhere = model.seen_elsewhere.iter().filter_map(|(place, seen)| match seen {
        SeenElsewhere::Asked => {
            let asking = format!("asking {}{}", clean(place), theme.glyphs.ellipsis);
            Some((Look::Wait, "not known yet", asking))
        }
        SeenElsewhere::Answered(seen) => seen.get(&check.key).map(told),
    });
    let labels = std::iter::once("telemetry").chain(std::iter::repeat(""));
    let each = here.into_iter().chain(elsewhere).zip(labels);
    each.flat_map(|((look, verdict, told), label)| stands(label, (look, verdict), &told, columns, theme)).collect()
}

/// What was seen in one environment: how it looks, the word for it, and what it rests on.
fn told(seen: &SeenCheck) -> (Look, &'static str, String) {
    let look = match seen.how() {
        SeenHow::Whole => Look::Good,
        SeenHow::Part | SeenHow::Nothing => Look::Wait,
        SeenHow::Blind => Look::Blind,
    };
    (look, seen.how().verdict(), seen.told())
}
