//! Keys, from the one table: first those of the screen that it was asked for on; the sources in full; signs; and the rules
//! of this rollout.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{find, line, list, panel};
use crate::{
    judge::Verdict,
    tui::{
        keys::{Bound, Command, Does, During},
        model::{Model, Screen},
    },
};

/// Columns of a command's keys.
const KEYS: usize = 10;
/// Columns of its name.
const NAME: usize = 16;

/// Columns between two that stand side by side.
const GUTTER: usize = 4;
/// A column of text is to be so wide.
const COLUMN: usize = 66;

/// How many places the help can be scrolled to.
pub fn length(model: &Model) -> usize {
    let (columns, rows) = super::panel_size(model);
    let (abreast, each) = abreast(columns);
    shown(model, each).len().saturating_sub(rows * abreast) + 1
}

/// How many columns of text stand side by side, and how wide each is.
fn abreast(columns: usize) -> (usize, usize) {
    let abreast = if columns >= 2 * COLUMN + GUTTER { 2 } else { 1 };
    (abreast, (columns + GUTTER) / abreast - GUTTER)
}

/// Draws the full screen.
pub fn render_screen(frame: &mut Frame, area: Rect, model: &Model) {
    let (all, shown) = (entries(&lines(model, ALL_OF_IT)), entries(&shown(model, ALL_OF_IT)));
    let title = find::title("Help", usize::from(area.width), model);
    let inner = panel::titled(frame, area, title, find::summary(Vec::new(), shown, all, model), &model.theme);
    let (columns, height) = (usize::from(inner.width), usize::from(inner.height));
    let (abreast, each) = abreast(columns.max(GUTTER));
    let mut rows = self::shown(model, each);
    if rows.is_empty() {
        rows = find::nothing(columns, &model.theme);
    }
    let seen = height * abreast;
    let first = model.place.selected.min(rows.len().saturating_sub(seen));
    let length = rows.len();
    let mut rest = rows.into_iter().skip(first);
    for column in 0..abreast {
        let x = inner.x + u16::try_from(column * (each + GUTTER)).unwrap_or(u16::MAX);
        let area = Rect { x, width: u16::try_from(each).unwrap_or(u16::MAX), ..inner }.intersection(inner);
        let mut lines: Vec<Line> = rest.by_ref().take(height).collect();
        // What parts two groups is nothing at the top of a column.
        if column > 0 && lines.first().is_some_and(|line| line.width() == 0) {
            lines.remove(0);
            lines.extend(rest.next());
        }
        panel::scrolled(frame, area, lines, 0);
    }
    let beside = Rect { y: inner.y.saturating_sub(1), height: inner.height + 2, ..area };
    list::thumb(frame, beside, (length, first, seen), &model.theme);
}

/// No line is wrapped in so many columns.
const ALL_OF_IT: usize = 1000;

/// How many of these lines are neither headings nor blank.
fn entries(rows: &[Line]) -> usize {
    rows.iter().filter(|row| indent(row) > 0 && row.width() > 0).count()
}

/// Blanks at the beginning of a line.
fn indent(row: &Line) -> usize {
    let text = find::text_of(row);
    text.len() - text.trim_start().len()
}

/// The lines that have what is looked for, with what they go on with, below their headings.
fn shown(model: &Model, columns: usize) -> Vec<Line<'static>> {
    let words = &model.narrowed.words;
    let rows = lines(model, columns);
    if words.is_empty() {
        return rows;
    }
    let (mut out, mut heading, mut at) = (Vec::new(), None, 0);
    while at < rows.len() {
        let begins = at;
        let depth = indent(&rows[at]);
        at += 1;
        if depth == 0 {
            // A heading, or a blank line.
            heading = (rows[begins].width() > 0).then_some(begins);
            continue;
        }
        while at < rows.len() && indent(&rows[at]) > depth {
            at += 1;
        }
        let entry = &rows[begins..at];
        let text: Vec<String> = entry.iter().map(find::text_of).collect();
        if words.are_in(&[text.join(" ").as_str()]) {
            if let Some(heading) = heading.take() {
                if !out.is_empty() {
                    out.push(Line::default());
                }
                out.push(rows[heading].clone());
            }
            out.extend(entry.iter().map(|row| find::marked(row.clone(), words, &model.theme)));
        }
    }
    out
}

fn lines(model: &Model, columns: usize) -> Vec<Line<'static>> {
    let mut rows = keys(model, columns);
    rows.extend(sources(model, columns));
    rows.extend(signs(model, columns));
    rows
}

/// The keys in groups, each line with its name: by that it is found in the palette and in the configuration.
fn keys(model: &Model, columns: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let shown = |command| model.keymap.shown(command);
    let mut rows = line::paragraph(
        "",
        theme.dim,
        &format!(
            "Keys: lowercase looks, uppercase acts. {} has all of it by name; in the configuration, [keys] gives other keys \
             to a name.",
            shown(Command::Palette)
        ),
        Style::new(),
        columns,
    );
    if model.facts.read_only || model.facts.replay {
        let text = "This session is read-only: it has no key that acts.";
        rows.extend(line::paragraph("", theme.dim, text, theme.wait, columns));
    }
    let here = format!("On {}", title(model.helped));
    let groups: [(&str, Group); 6] = [
        (&here, Group::Here),
        ("Acting: each opens a confirmation", Group::Acts),
        ("Views", Group::Views),
        ("Everywhere", Group::Everywhere),
        ("In this kind of session", Group::Session),
        ("On other screens", Group::Elsewhere),
    ];
    for (title, group) in groups {
        let lines = model.keymap.available(model.facts.kind()).filter(|bound| Group::of(bound, model.helped) == group);
        let lines: Vec<Line> = lines.flat_map(|bound| key(bound, columns, model)).collect();
        if !lines.is_empty() {
            rows.extend([Line::default(), Line::from(line::text(title, theme.strong))]);
            rows.extend(lines);
        }
    }
    rows
}

/// Where a key is told of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Here,
    Acts,
    Views,
    Everywhere,
    Session,
    Elsewhere,
}

impl Group {
    fn of(bound: &Bound, here: Screen) -> Self {
        let binding = bound.binding;
        match binding.command {
            _ if binding.on.contains(&here) => Self::Here,
            _ if !binding.on.is_empty() => Self::Elsewhere,
            _ if binding.does == Does::Acts => Self::Acts,
            Command::Show(_) | Command::NextView | Command::PreviousView | Command::Rollouts => Self::Views,
            _ if binding.during != During::All => Self::Session,
            _ => Self::Everywhere,
        }
    }
}

fn key(bound: &Bound, columns: usize, model: &Model) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let shown = if bound.keys.is_empty() { theme.glyphs.dash } else { &bound.shown };
    // Many keys take from the room of the name: what they do begins in one column.
    let keys = format!("{shown:<KEYS$} ");
    let rest = (KEYS + 1 + NAME).saturating_sub(crate::tui::words::width(&keys));
    let name = format!("{:<rest$}", format!("{} ", bound.binding.name));
    let indent = 2 + keys.chars().count() + name.chars().count();
    let mut rows = line::paragraph(&" ".repeat(indent), Style::new(), bound.binding.help, Style::new(), columns);
    if let Some(first) = rows.first_mut() {
        first.spans.splice(..1, [line::gap(2), Span::styled(keys, theme.key), line::text(name, theme.dim)]);
    }
    rows
}

/// What a screen is called here.
fn title(screen: Screen) -> &'static str {
    match screen {
        Screen::Overview => "the overview",
        Screen::Success => "success",
        Screen::Gates => "the gates",
        Screen::Guardrails => "the guardrails",
        Screen::Storage => "storage",
        Screen::Procedure => "the rollback plan",
        Screen::Timeline => "the timeline",
        Screen::Readiness => "readiness",
        Screen::Briefing => "the briefing",
        Screen::Sources => "the sources",
        Screen::Help => "this help",
    }
}

fn sources(model: &Model, columns: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let mut rows = vec![Line::default(), Line::from(line::text("Sources", theme.strong))];
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
    rows
}

fn signs(model: &Model, columns: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let mut rows = vec![Line::default(), Line::from(line::text("Verdicts", theme.strong))];
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
