//! The rows of the full table: how often in which window, how it went over a day, when last; and which column sorts it.

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use super::short_count;
use crate::{
    judge::{Assessment, GuardrailAssessment},
    snapshot::{Counts, Reading},
    text::clean,
    tui::{
        model::Model,
        sort::SortBy,
        view::{
            line, spark,
            state::{self, State},
        },
        words,
    },
};

/// A day, in minutes: what a row's bars show.
const DAY: i64 = 24 * 60;
/// A signature keeps at least so many columns.
const SIGNATURE: usize = 36;

/// What the rows are made with.
pub(super) struct Table<'a> {
    model: &'a Model,
    blind: bool,
}

impl<'a> Table<'a> {
    pub(super) fn of(assessment: &'a Assessment, model: &'a Model) -> Self {
        Self { model, blind: assessment.guardrails_blind.is_some() }
    }

    /// The names of the columns, with an arrow at the one that sorts.
    pub(super) fn head(&self, columns: usize) -> Line<'static> {
        let theme = &self.model.theme;
        let sort = self.model.sort;
        let cell = |name: &str, width: usize, column: SortBy| {
            let arrow = if theme.ascii { "v" } else { "▼" };
            match column == sort {
                true => line::text(format!("{:>width$}", format!("{name}{arrow}")), theme.key),
                false => line::text(format!("{name:>width$}"), theme.dim),
            }
        };
        let left = match (sort, theme.ascii) {
            (SortBy::Signature, ascii) => line::text(format!("stage:code{}", if ascii { "^" } else { "▲" }), theme.key),
            _ => line::text("stage:code", theme.dim),
        };
        let bars = bars(columns);
        let mut right = Vec::new();
        if bars > 0 {
            right.push(line::text(format!("{:<bars$} ", "24 hours"), theme.dim));
        }
        right.extend([
            cell("15m", 5, SortBy::M15),
            cell("1h", 5, SortBy::H1),
            cell("24h", 5, SortBy::H24),
            cell("stage", 7, SortBy::Stage),
            cell("last", 6, SortBy::Last),
        ]);
        line::row(vec![left], right, columns, theme)
    }

    /// One signature.
    pub(super) fn row(&self, entry: &GuardrailAssessment, columns: usize) -> Line<'static> {
        let theme = &self.model.theme;
        let style = match (entry.hard_stop, entry.last_seen) {
            (true, _) => theme.bad.patch(theme.strong),
            (false, Some(_)) => Style::new(),
            (false, None) => theme.dim,
        };
        let last = entry.last_seen.map_or_else(|| theme.glyphs.dash.to_owned(), |at| words::age(self.model.now - at));
        let counts = &entry.counts;
        // What cannot be seen is not zero.
        let figure = |n| if n == 0 && self.blind { theme.glyphs.unknown.to_owned() } else { short_count(n) };
        let [m15, h1, h24, stage] = [counts.m15, counts.h1, counts.h24, counts.stage].map(figure);
        let mut right = self.bars(entry, columns, style);
        right.push(line::text(format!("{m15:>5}{h1:>5}{h24:>5}{stage:>7}{last:>6}"), style));
        let mut left: Vec<Span> = Vec::new();
        if entry.hard_stop {
            left.push(line::text(format!("{} ", theme.glyphs.fail), style));
        }
        // That nobody listed it matters more than the end of its name.
        let unlisted = if entry.listed { "" } else { " unlisted" };
        let room = columns.saturating_sub(line::width(&right) + 1 + line::width(&left) + unlisted.len());
        left.push(line::text(words::fit(&entry.signature, room, theme.glyphs.ellipsis), style));
        left.push(line::text(unlisted, theme.wait));
        line::row(left, right, columns, theme)
    }

    fn bars(&self, entry: &GuardrailAssessment, columns: usize, style: Style) -> Vec<Span<'static>> {
        let (theme, room) = (&self.model.theme, bars(columns));
        if room == 0 {
            return Vec::new();
        }
        let cells = counts(entry, self.model).map(|counts| spark::cells(counts, self.model.snapshot.at, DAY, room));
        let mut bars = match cells {
            Some(cells) => spark::bars(&cells, if entry.hard_stop { style } else { theme.accent }, theme),
            None if entry.last_seen.is_some() || self.blind => {
                vec![line::text(format!("{:>room$}", theme.glyphs.unknown), theme.dim)]
            }
            None => spark::bars(&vec![0; room], style, theme),
        };
        bars.push(line::gap(1));
        bars
    }
}

/// How many bars there is room for: three hours each, two, one, or half of one.
fn bars(columns: usize) -> usize {
    const NUMBERS: usize = 28 + 2;
    match columns.saturating_sub(NUMBERS + SIGNATURE) {
        0..8 => 0,
        8..12 => 8,
        12..24 => 12,
        24..60 => 24,
        _ => 48,
    }
}

/// The signature's occurrences by the minute, as telemetry gave them; none where it was never seen.
pub(super) fn counts<'a>(entry: &GuardrailAssessment, model: &'a Model) -> Option<&'a Counts> {
    let guardrails = model.facts.runbook.guardrails.as_ref()?;
    let reading = model.snapshot.reading(&guardrails.signal)?;
    let by = model.facts.runbook.signal(&guardrails.signal).map_or(2, |signal| signal.by.len());
    of_labels(reading, &entry.signature, by)
}

/// The tally whose labels make this signature. A label may hold a colon itself.
fn of_labels<'a>(reading: &'a Reading, signature: &str, by: usize) -> Option<&'a Counts> {
    if by <= 1 {
        return reading.tallies.get(std::slice::from_ref(&signature.to_owned()));
    }
    if by == 2 {
        let splits = signature.match_indices(':').map(|(at, _)| [&signature[..at], &signature[at + 1..]]);
        return splits.map(|parts| parts.map(str::to_owned)).find_map(|labels| reading.tallies.get(&labels[..]));
    }
    reading.tallies.iter().find(|(labels, _)| clean(&labels.join(":")) == signature).map(|(_, counts)| counts)
}

/// Why nothing is listed.
pub(super) fn nothing(assessment: &Assessment, model: &Model) -> State {
    if let Some(blind) = &assessment.guardrails_blind {
        return state::unknown(blind, model);
    }
    let (what, next) = match model.facts.runbook.guardrails {
        None => ("the runbook names no guardrails", "add [guardrails] with a signal, and the signatures that you know"),
        Some(_) => ("no signature was seen, and the runbook lists none", "list the signatures that you know"),
    };
    State::Empty { what: what.to_owned(), next: next.to_owned() }
}
