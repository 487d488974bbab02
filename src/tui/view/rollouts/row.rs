//! One rollout in one line, and how wide each of its columns is.

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use super::rank;
use crate::{
    snapshot::SourceState,
    tui::{
        rollouts::{
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
/// From here on the sources and the exposure have room.
const ROOMY: usize = 96;

/// How wide the columns are that are not always the same.
pub struct Widths {
    title: usize,
    environment: usize,
    serves: usize,
    why: usize,
    sources: usize,
    /// Blanks between two columns.
    gap: usize,
}

impl Widths {
    /// As wide as what is in them, as far as all of them fit into so many columns. The reason gets the rest.
    pub fn of(list: &Rollouts, columns: usize) -> Self {
        let roomy = columns >= ROOMY;
        let widest = |of: &dyn Fn(&Entry) -> usize| list.entries.iter().map(of).max().unwrap_or_default();
        let environment = widest(&|entry| words::width(&entry.named.environment)).clamp(3, if roomy { 14 } else { 10 });
        let serves = widest(&|entry| serves(entry).map_or(1, words::width)).clamp(6, 20);
        // Why is worth more than who is served, which the detail tells too.
        let serves = if roomy { serves } else { 0 };
        let environment = if columns < 60 { environment.min(5) } else { environment };
        let sources = if columns < 60 { 0 } else { SOURCES };
        let between = if roomy { 2 } else { 1 };
        let gap = |width: usize| if width > 0 { width + between } else { 0 };
        let fixed = 2 + gap(CALL) + gap(environment) + gap(STAGE) + gap(serves) + gap(AGE) + sources;
        let left = columns.saturating_sub(fixed);
        let most = if roomy { left / 2 } else { left * 9 / 20 };
        let title = widest(&|entry| words::width(&entry.named.title)).clamp(7, most.max(7));
        Self { title, environment, serves, why: left.saturating_sub(title + 2 * between), sources, gap: between }
    }
}

/// The names of the columns.
pub fn head(widths: &Widths, theme: &Theme) -> Line<'static> {
    let gap = " ".repeat(widths.gap);
    let mut text = format!("  {:<CALL$}{gap}", "call");
    for (name, width) in [
        ("rollout", widths.title),
        ("where", widths.environment),
        ("stage", STAGE),
        ("serves", widths.serves),
        ("why", widths.why),
    ] {
        if width > 0 {
            text.push_str(&format!("{:<width$}{gap}", words::fit(name, width, theme.glyphs.ellipsis)));
        }
    }
    text.push_str(&format!("{:>AGE$}", "age"));
    if widths.sources > 0 {
        text.push_str("  sources");
    }
    Line::from(line::text(text, theme.dim))
}

/// The line of one rollout.
pub fn row(entry: &Entry, selected: bool, widths: &Widths, list: &Rollouts) -> Line<'static> {
    let theme = &list.theme;
    let (glyph, style) = rank(entry.seen.rank(), theme);
    let mark = match selected {
        true => Span::styled(format!("{} ", theme.glyphs.selected), theme.key),
        false => line::gap(2),
    };
    let call = format!("{glyph} {}", entry.seen.rank().word());
    let mut spans = vec![mark];
    let column = |spans: &mut Vec<Span<'static>>, of, width| self::column(spans, of, width, widths.gap, theme);
    column(&mut spans, vec![line::text(call, style)], CALL);
    let strong = if selected { theme.strong } else { Style::new() };
    column(&mut spans, vec![line::text(&entry.named.title, strong)], widths.title);
    column(&mut spans, vec![line::plain(&entry.named.environment)], widths.environment);
    match &entry.seen {
        Seen::Broken(why) => {
            let serves = if widths.serves > 0 { widths.serves + widths.gap } else { 0 };
            let room = STAGE + widths.gap + serves + widths.why;
            let first = why.lines().next().unwrap_or_default();
            column(&mut spans, vec![line::text(first, theme.bad)], room);
            spans.push(line::text(format!("{:>AGE$}", theme.glyphs.dash), theme.dim));
        }
        Seen::Rollout(standing) => standing_columns(&mut spans, standing, widths, list),
    }
    let line = Line::from(spans);
    if selected { line.patch_style(theme.strong) } else { line }
}

fn standing_columns(spans: &mut Vec<Span<'static>>, standing: &Standing, widths: &Widths, list: &Rollouts) {
    let theme = &list.theme;
    let column = |spans: &mut Vec<Span<'static>>, of, width| self::column(spans, of, width, widths.gap, theme);
    let unknown = || theme.glyphs.dash.to_owned();
    let stage = standing.stage.as_ref().map_or_else(unknown, |stage| format!("{}/{}", stage.number, stage.last));
    column(spans, vec![line::plain(stage)], STAGE);
    let serves = standing.serves.clone().unwrap_or_else(unknown);
    column(spans, vec![line::plain(serves)], widths.serves);
    column(spans, why(standing, theme), widths.why);
    let age = standing.heard.map_or_else(unknown, |heard| words::age(list.now - heard));
    spans.push(line::text(format!("{age:>AGE$}"), theme.dim));
    if widths.sources > 0 {
        spans.push(line::gap(2));
        for (_, state) in &standing.sources {
            let (glyph, style) = theme.source(*state);
            spans.extend([Span::styled(glyph, style), line::gap(1)]);
        }
    }
}

/// What is done to it now, else why it stands as it does.
fn why(standing: &Standing, theme: &Theme) -> Vec<Span<'static>> {
    match standing.under_way {
        Some(doing) => vec![
            line::text(format!("{} {doing} ", theme.glyphs.here), theme.accent),
            line::text(format!("{} {}", theme.glyphs.dot, standing.reason), theme.dim),
        ],
        None => vec![line::plain(&standing.reason)],
    }
}

/// These in exactly so many columns, and blanks behind them; nothing where there are none.
fn column(into: &mut Vec<Span<'static>>, spans: Vec<Span<'static>>, width: usize, gap: usize, theme: &Theme) {
    if width == 0 {
        return;
    }
    let spans = line::cut(spans, width, theme);
    let rest = width.saturating_sub(line::width(&spans));
    into.extend(spans);
    into.push(line::gap(rest + gap));
}

fn serves(entry: &Entry) -> Option<&str> {
    match &entry.seen {
        Seen::Rollout(standing) => standing.serves.as_deref(),
        Seen::Broken(_) => None,
    }
}

/// The word for how a source is.
pub fn state(state: SourceState) -> &'static str {
    state.word()
}
