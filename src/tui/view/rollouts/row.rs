//! One rollout in a line or two, and how wide each of its columns is.

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use super::{ROOMY, SMALL, rank};
use crate::{
    snapshot::SourceState,
    tui::{
        rollouts::{
            Named,
            list::{Entry, Rollouts, Seen},
            standing::Standing,
        },
        theme::Theme,
        view::line,
        words,
    },
};

/// Columns of glyph and call.
const CALL: usize = 8;
/// Columns of the stage and of the last one: `12/12`.
const STAGE: usize = 5;
/// Columns of an age.
const AGE: usize = 4;
/// Columns of the two sources, with what parts them from the age.
const SOURCES: usize = 9;
/// The same where there is little room.
const TIGHT_SOURCES: usize = 3;
/// Columns before the title.
const BEFORE_TITLE: usize = 2 + CALL + 1;

/// How wide the columns are that are not always the same.
pub struct Widths {
    title: usize,
    environment: usize,
    serves: usize,
    why: usize,
    sources: usize,
    /// Whether there is little room.
    tight: bool,
    /// Whether the reason stands below, in a line of its own; so many columns it has there.
    below: Option<usize>,
}

impl Widths {
    /// As wide as what is in them, as far as all of them fit into so many columns, on so many rows each. The reason gets
    /// the rest, or a row. What is the same for all is said once, above.
    pub fn of(list: &Rollouts, columns: usize, each: u16) -> Self {
        let (small, roomy) = (columns < usize::from(SMALL.0) - 2, each > 1 || columns + 4 >= usize::from(ROOMY));
        let widest = |of: &dyn Fn(&Entry) -> usize| list.entries.iter().map(of).max().unwrap_or_default();
        let environment = widest(&|entry| words::width(&entry.named.environment)).clamp(3, if roomy { 14 } else { 7 });
        let tight = !roomy;
        let serves = widest(&|entry| serves(entry, tight).map_or(1, |serves| words::width(&serves)));
        let serves = serves.clamp(6, if roomy { 20 } else { 12 });
        let (serves, environment, sources) = match (small, list.place()) {
            // On a screen for little else, neither.
            (true, place) => (0, if place.is_some() { 0 } else { environment.min(5) }, 0),
            (false, place) => {
                let sources = if columns + 4 >= usize::from(ROOMY) { SOURCES } else { TIGHT_SOURCES };
                (serves, if place.is_some() { 0 } else { environment }, sources)
            }
        };
        let gap = |width: usize| width + usize::from(width > 0);
        let fixed = BEFORE_TITLE + gap(environment) + gap(STAGE) + gap(serves) + AGE + sources;
        let left = columns.saturating_sub(fixed);
        let title = widest(&|entry| words::width(&entry.named.title)).max(7);
        if each > 1 {
            let below = Some(columns.saturating_sub(BEFORE_TITLE));
            return Self { title: left.saturating_sub(1), environment, serves, why: 0, sources, tight, below };
        }
        let title = title.min(if roomy { left / 2 } else { left * 9 / 20 }.max(7));
        Self { title, environment, serves, why: left.saturating_sub(title + 1 + 1), sources, tight, below: None }
    }
}

/// The names of the columns.
pub fn head(widths: &Widths, theme: &Theme) -> Line<'static> {
    let mut text = format!("  {:<CALL$} ", "call");
    for (name, width) in [
        ("rollout", widths.title),
        ("where", widths.environment),
        ("stage", STAGE),
        ("serves", widths.serves),
        ("why", widths.why),
    ] {
        if width > 0 {
            text.push_str(&format!("{:<width$} ", words::fit(name, width, theme.glyphs.ellipsis)));
        }
    }
    text.push_str(&format!("{:>AGE$}", "age"));
    if widths.sources == SOURCES {
        text.push_str("  sources");
    }
    Line::from(line::text(text, theme.dim))
}

/// The line of one rollout, and the one below it where there is one.
pub fn rows(entry: &Entry, selected: bool, widths: &Widths, list: &Rollouts) -> Vec<Line<'static>> {
    let theme = &list.theme;
    let (glyph, style) = rank(entry.seen.rank(), theme);
    let mark = match selected {
        true => Span::styled(format!("{} ", theme.glyphs.selected), theme.key),
        false => line::gap(2),
    };
    let call = format!("{glyph} {}", entry.seen.rank().word());
    let mut spans = vec![mark];
    column(&mut spans, vec![line::text(call, style)], CALL, theme);
    let strong = if selected { theme.strong } else { Style::new() };
    column(&mut spans, vec![line::text(&entry.named.title, strong)], widths.title, theme);
    column(&mut spans, vec![line::plain(&entry.named.environment)], widths.environment, theme);
    match &entry.seen {
        Seen::Broken(why) => {
            let gap = |width: usize| width + usize::from(width > 0);
            let room = (STAGE + 1 + gap(widths.serves) + gap(widths.why)).saturating_sub(1);
            let first = if widths.below.is_some() { theme.glyphs.dash } else { wrong(&entry.named, why) };
            column(&mut spans, vec![line::text(first, theme.bad)], room, theme);
            spans.push(line::text(format!("{:>AGE$}", theme.glyphs.dash), theme.dim));
        }
        Seen::Rollout(standing) => {
            let serves = serves(entry, widths.tight);
            standing_columns(&mut spans, standing, serves, widths, list);
        }
    }
    let mut rows = vec![Line::from(spans)];
    if let Some(columns) = widths.below {
        let why = match &entry.seen {
            Seen::Broken(why) => vec![line::text(wrong(&entry.named, why), theme.bad)],
            Seen::Rollout(standing) => self::why(standing, theme.dim, theme),
        };
        let mut spans = vec![line::gap(BEFORE_TITLE)];
        spans.extend(line::cut(why, columns, theme));
        rows.push(Line::from(spans));
    }
    if selected {
        rows[0] = std::mem::take(&mut rows[0]).patch_style(theme.strong);
    }
    rows
}

/// The first of what is wrong with a runbook, and where in it; else why it cannot be opened.
fn wrong<'a>(named: &Named, why: &'a str) -> &'a str {
    let in_file = |row: &'a str| row.strip_prefix(named.file.as_str())?.strip_prefix(':');
    why.lines().find_map(in_file).unwrap_or_else(|| why.lines().next().unwrap_or_default())
}

fn standing_columns(
    spans: &mut Vec<Span<'static>>,
    standing: &Standing,
    serves: Option<String>,
    widths: &Widths,
    list: &Rollouts,
) {
    let theme = &list.theme;
    let unknown = || theme.glyphs.dash.to_owned();
    let stage = standing.stage.as_ref().map_or_else(unknown, |stage| format!("{}/{}", stage.number, stage.last));
    column(spans, vec![line::plain(stage)], STAGE, theme);
    column(spans, vec![line::plain(serves.unwrap_or_else(unknown))], widths.serves, theme);
    column(spans, why(standing, Style::new(), theme), widths.why, theme);
    let age = standing.heard.map_or_else(unknown, |heard| words::age(list.now - heard));
    spans.push(line::text(format!("{age:>AGE$}"), theme.dim));
    let apart = match widths.sources {
        0 => return,
        SOURCES => 1,
        _ => 0,
    };
    spans.push(line::gap(1 + apart));
    for (_, state) in &standing.sources {
        let (glyph, style) = theme.source(*state);
        spans.extend([Span::styled(glyph, style), line::gap(apart)]);
    }
}

/// What is done to it now, else why it stands as it does: where it was never heard of in full, what keeps it from that.
fn why(standing: &Standing, style: Style, theme: &Theme) -> Vec<Span<'static>> {
    let reason = match (&standing.problem, standing.heard) {
        (Some(problem), None) => problem,
        _ => &standing.reason,
    };
    match standing.under_way {
        Some(doing) => vec![
            line::text(format!("{} {doing} ", theme.glyphs.here), theme.accent),
            line::text(format!("{} {}", theme.glyphs.dot, reason), theme.dim),
        ],
        None => vec![line::text(reason, style)],
    }
}

/// These in exactly so many columns, and a blank behind them; nothing where there are none.
fn column(into: &mut Vec<Span<'static>>, spans: Vec<Span<'static>>, width: usize, theme: &Theme) {
    if width == 0 {
        return;
    }
    let spans = line::cut(spans, width, theme);
    let rest = width.saturating_sub(line::width(&spans));
    into.extend(spans);
    into.push(line::gap(rest + 1));
}

/// Who gets the feature; without blanks where there is little room: how many they are stands last.
fn serves(entry: &Entry, tight: bool) -> Option<String> {
    match &entry.seen {
        Seen::Rollout(standing) if tight => {
            standing.serves.as_ref().map(|serves| serves.replace(" + ", "+").replace(" %", "%"))
        }
        Seen::Rollout(standing) => standing.serves.clone(),
        Seen::Broken(_) => None,
    }
}

/// The word for how a source is.
pub fn state(state: SourceState) -> &'static str {
    state.word()
}
