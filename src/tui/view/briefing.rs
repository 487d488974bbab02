//! For a shared screen: the call in large letters, the stage, each gate in one line, the poll, and what a rollback rests on.
//! Nothing in it moves while nothing happens: times are told in minutes.
//!
//! ```text
//! wide (from 100 columns and 28 rows; from 50    narrow
//! rows on spread over all of them)
//! ┌──────────────────────────────────────┐       ┌────────────────────┐
//! │ header                               │       │ header             │
//! │ letters             stage            │       │ letters     stage  │
//! │ why                                  │       │ why                │
//! │ problem                              │       │ problem            │
//! │ gates               poll             │       │ gates              │
//! │ counts                               │       │ poll               │
//! │ rollback                             │       │ counts, rollback   │
//! │ footer                               │       │ footer             │
//! └──────────────────────────────────────┘       └────────────────────┘
//! ```

mod gates;
mod poll;
mod ready;
mod stage;

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Text},
};

use super::{call, footer, header, letters, line};
use crate::{
    judge::Call,
    tui::{model::Model, words},
};

/// From this size on gates and poll stand side by side.
const WIDE: (u16, u16) = (100, 28);
/// From this height on there are letters.
const TALL: u16 = 20;
/// From this height on everything has its place, whatever is said there, and white space all around.
const SPREAD: u16 = 50;
/// Rows that are kept for why it is so, where everything has its place.
const WHY: u16 = 3;
/// Columns that facts beside the letters are to have: a commit in full, and whether it is deployed.
const FACTS: u16 = 64;
/// Columns left and right of everything, where there is room.
const MARGIN: u16 = 4;
/// Columns between what stands side by side.
const GUTTER: u16 = 4;

/// Draws the full screen, header and footer, too.
pub fn render_screen(frame: &mut Frame, area: Rect, model: &Model) {
    header::render(frame, Rect { height: 1, ..area }, model);
    footer::render(frame, Rect { y: area.bottom() - 1, height: 1, ..area }, model);
    let wide = area.width >= WIDE.0 && area.height >= WIDE.1;
    let margin = if wide { MARGIN } else { 2 };
    let body = Rect {
        x: area.x + margin,
        y: area.y + 1,
        width: area.width.saturating_sub(2 * margin),
        height: area.height.saturating_sub(2),
    };
    match wide {
        true if area.height >= SPREAD => spread(frame, body, model),
        true => side_by_side(frame, body, model),
        false => one_column(frame, body, model),
    }
}

/// All rows are used, and nothing moves from its place when the call, the gates or the poll change.
fn spread(frame: &mut Frame, area: Rect, model: &Model) {
    let half = (area.width - GUTTER) / 2;
    let most = half.max(area.width.saturating_sub(GUTTER + FACTS));
    let Large { wide, high, drawn, style } = Large::of(model, usize::from(most), 15).unwrap_or_default();
    let left = half.max(rows_of(wide));
    let right = area.width - left - GUTTER;
    // What can come is counted, not what is there.
    let stages = &model.facts.runbook.stages;
    let gates = stages.iter().map(|stage| stage.gates.len()).max().unwrap_or(0);
    // Heading, blank, roles, and what was decided.
    let asked = rows_of(3 * gates.max(model.facts.runbook.roles.len()).max(2) + 4);
    let (tall, end) = (rows_of(high.max(stage::MOST_LINES)), 3);
    // Above, between and below the four.
    let spare = area.height.saturating_sub(tall + WHY + end);
    let lists = asked.min(spare.saturating_sub(5));
    let gap = (spare - lists) / 5;

    let columns = usize::from(area.width);
    let mut y = area.y + gap;
    let halves = |y: u16, height: u16| {
        let row = Rect { y, height, ..area };
        (Rect { width: left, ..row }, Rect { x: row.x + left + GUTTER, width: right, ..row })
    };
    let mut facts = stage::lines(model, usize::from(right));
    let above = high.saturating_sub(stage::MOST_LINES) / 2;
    facts.splice(0..0, vec![Line::default(); above]);
    let (at_left, at_right) = halves(y, tall);
    frame.render_widget(Text::from_iter(drawn.into_iter().map(|row| Line::styled(row, style))), at_left);
    frame.render_widget(Text::from(facts), at_right);
    y += tall + gap;

    let mut reasons = why(model, columns, usize::from(WHY) - 1);
    reasons.extend(call::problem_lines(model, columns));
    frame.render_widget(Text::from(reasons), Rect { y, height: WHY, ..area });
    y += WHY + gap;

    let (at_left, at_right) = halves(y, lists);
    let heading = Line::styled("Gates", model.theme.strong);
    let room = usize::from(lists).saturating_sub(2);
    let below = |heading: Line<'static>, lines: Vec<Line<'static>>| {
        Text::from_iter([heading, Line::default()].into_iter().chain(lines))
    };
    let gates = gates::lines(model, usize::from(left), room, 3);
    frame.render_widget(below(heading, gates), at_left);
    let poll = poll::lines(model, usize::from(right), room, 3);
    frame.render_widget(below(poll::heading(model, usize::from(right)), poll), at_right);
    y += lists + gap;

    frame.render_widget(Text::from(ready::counts(model, columns)), Rect { y, height: 1, ..area });
    frame.render_widget(Text::from(ready::rollback(model, columns)), Rect { y: y + 2, height: 1, ..area });
}

fn side_by_side(frame: &mut Frame, area: Rect, model: &Model) {
    let left = (area.width - GUTTER) / 2;
    let halves = |y: u16, height: u16| {
        let row = Rect { y, height, ..area };
        (Rect { width: left, ..row }, Rect { x: row.x + left + GUTTER, width: row.width - left - GUTTER, ..row })
    };
    let Large { high, drawn, style, .. } = Large::of(model, usize::from(left), 5).unwrap_or_default();
    let facts = stage::lines(model, usize::from(area.width - left - GUTTER));
    let high = rows_of(high.max(stage::MOST_LINES));
    let airy = u16::from(area.height >= 32);
    let mut y = area.y + 1;
    let (at_left, at_right) = halves(y, high);
    frame.render_widget(Text::from_iter(drawn.into_iter().map(|row| Line::styled(row, style))), at_left);
    frame.render_widget(Text::from(facts), at_right);
    y += high + 1;

    let columns = usize::from(area.width);
    let mut why = why_kept(model, columns, 2);
    why.extend(call::problem_lines(model, columns));
    let high = rows_of(why.len());
    frame.render_widget(Text::from(why), Rect { y, height: high, ..area });
    y += high + 1;

    let mut end = ready::counts(model, columns);
    if airy > 0 {
        end.push(Line::default());
    }
    end.extend(ready::rollback(model, columns));
    let below = rows_of(end.len());
    // A blank row above, and one above the footer.
    let room = area.bottom().saturating_sub(y + below + 1 + airy);
    let (at_left, at_right) = halves(y, room);
    let heading = |text: &'static str| Line::styled(text, model.theme.strong);
    let blank = |rows: &mut Vec<Line<'static>>| rows.extend((airy > 0).then(Line::default));
    let mut gates = vec![heading("Gates")];
    blank(&mut gates);
    gates.extend(gates::lines(model, usize::from(at_left.width), usize::from(room).saturating_sub(gates.len()), 2));
    let mut poll = vec![poll::heading(model, usize::from(at_right.width))];
    blank(&mut poll);
    poll.extend(poll::lines(model, usize::from(at_right.width), usize::from(room).saturating_sub(poll.len()), 2));
    let taken = rows_of(gates.len().max(poll.len())).min(room);
    frame.render_widget(Text::from(gates), at_left);
    frame.render_widget(Text::from(poll), at_right);
    y = (y + taken + 1).min(area.bottom().saturating_sub(below));
    frame.render_widget(Text::from(end), Rect { y, height: below.min(area.bottom() - y), ..area });
}

fn one_column(frame: &mut Frame, area: Rect, model: &Model) {
    let columns = usize::from(area.width);
    let theme = &model.theme;
    let mut rows = Vec::new();
    let tall = area.height + 2 >= TALL;
    let large = Large::of(model, columns / 2, if tall { 5 } else { 0 });
    match large.filter(|large| large.high <= 3 || area.height >= TALL) {
        Some(Large { wide, high, drawn, style }) => {
            let facts = stage::lines(model, columns.saturating_sub(wide + usize::from(GUTTER)));
            // What goes beside the letters; white space and what is least first to go.
            let mut facts = facts.into_iter().filter(|fact| fact.width() > 0);
            for row in drawn {
                let rest = wide.saturating_sub(words::width(&row));
                let mut spans = vec![line::text(row, style), line::gap(rest + usize::from(GUTTER))];
                spans.extend(facts.next().map(|fact| fact.spans).unwrap_or_default());
                rows.push(Line::from(spans));
            }
            let mut rest = Vec::new();
            for fact in facts {
                if !rest.is_empty() {
                    rest.push(line::text(format!(" {} ", theme.glyphs.dot), theme.dim));
                }
                rest.extend(fact.spans);
            }
            // Its row is kept whether there is a rest or not, but where all of them have one beside the letters.
            if high < stage::MOST_LINES - 1 {
                rows.push(Line::from(line::cut(rest, columns, theme)));
            }
        }
        None => {
            let mut left = call::block(model);
            left.extend(stage::short(model));
            rows.push(line::row(left, call::in_stage(model, 0), columns, theme));
        }
    }
    rows.extend(why_kept(model, columns, if tall { 2 } else { 1 }));
    rows.extend(call::problem_lines(model, columns));
    let mut end = ready::counts(model, columns);
    end.extend(ready::rollback(model, columns));
    // One heading each, then what is left goes to the poll as far as it asks, and to the gates.
    let room = usize::from(area.height).saturating_sub(rows.len() + end.len() + 2);
    let asked = poll::lines(model, columns, usize::MAX, 1).len();
    let wanted = gates::lines(model, columns, usize::MAX, 1).len();
    let for_poll = if asked + wanted <= room { asked } else { asked.min(room.saturating_sub(wanted.min(room / 2))) };
    let poll = poll::lines(model, columns, for_poll, 2);
    rows.push(gates::heading(model, columns));
    rows.extend(gates::lines(model, columns, wanted.min(room.saturating_sub(poll.len())), 2));
    // White space above the poll, then above the end, where it costs nothing.
    let mut spare = usize::from(area.height).saturating_sub(rows.len() + 1 + poll.len() + end.len());
    let mut blank = |rows: &mut Vec<Line>| {
        if spare > 0 {
            spare -= 1;
            rows.push(Line::default());
        }
    };
    blank(&mut rows);
    rows.push(poll::heading(model, columns));
    rows.extend(poll);
    blank(&mut rows);
    rows.extend(end);
    frame.render_widget(Text::from(rows), area);
}

/// The call in letters of the size that fits each call: nothing beside or below it moves when it changes.
#[derive(Default)]
struct Large {
    /// Columns of the longest call.
    wide: usize,
    /// Rows of each.
    high: usize,
    /// The present one, row by row; no wider than that.
    drawn: Vec<String>,
    style: Style,
}

impl Large {
    /// In at most so many columns and rows, if there is a size for that.
    fn of(model: &Model, columns: usize, rows: usize) -> Option<Self> {
        let calls = [Call::Go, Call::Hold, Call::NoGo].map(Call::banner);
        let (wide, high) = letters::room_for(&calls, columns, rows, &model.theme)?;
        let (word, style) = word(model);
        let drawn = letters::largest(word, wide, high, &model.theme)?;
        Some(Self { wide, high, drawn, style })
    }
}

/// The call as one word, and how it looks. What was not judged is on hold, and has no colour.
fn word(model: &Model) -> (&'static str, Style) {
    let theme = &model.theme;
    match model.assessment.as_deref().map(|a| a.call) {
        Some(call @ Call::Go) => (call.banner(), theme.good),
        Some(call @ Call::NoGo) => (call.banner(), theme.bad),
        Some(call @ Call::Hold) => (call.banner(), theme.wait),
        None => (Call::Hold.banner(), theme.dim),
    }
}

/// Why, in at most so many rows. When that will be decided stands beside the letters, as a time of day.
fn why(model: &Model, columns: usize, rows: usize) -> Vec<Line<'static>> {
    let headline = call::headline(model);
    let told = stage::verdict_at(model).is_some();
    let clauses = headline.split(" · ").filter(|clause| !(told && clause.starts_with("verdict in about ")));
    let text = clauses.collect::<Vec<_>>().join(" · ");
    let (_, style) = word(model);
    let style = if model.assessment.is_some() { style.patch(model.theme.strong) } else { Style::new() };
    line::excerpt(&text, style, columns, rows, &model.theme)
}

/// Why, in as many rows whether it takes them or not.
fn why_kept(model: &Model, columns: usize, rows: usize) -> Vec<Line<'static>> {
    let mut why = why(model, columns, rows);
    why.resize(rows, Line::default());
    why
}

fn rows_of(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}
