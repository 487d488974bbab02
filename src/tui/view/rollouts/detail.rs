//! All there is to say of the selected rollout: first why it stands as it does.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::rank;
use crate::tui::{
    rollouts::{
        Named,
        list::{Entry, Rollouts, Seen},
        standing::Standing,
    },
    view::{line, panel},
    words,
};

/// Draws it. What there is no room for is in the cockpit that Enter opens.
pub fn render(frame: &mut Frame, area: Rect, list: &Rollouts) {
    let theme = &list.theme;
    let Some(entry) = list.current().and_then(|i| list.entries.get(i)) else {
        panel::open(frame, area, "Nothing is selected", Vec::new(), theme);
        return;
    };
    let named = &entry.named;
    let key = match named.key.as_str() {
        "" => Vec::new(),
        key => vec![line::text(key, theme.dim)],
    };
    let inner = panel::open(frame, area, &named.whole(), key, theme);
    let rows = rows(entry, usize::from(inner.width), usize::from(inner.height), list);
    panel::scrolled(frame, inner, rows, 0);
}

/// What there is to say of a rollout, in so many columns and about so many rows.
pub fn rows(entry: &Entry, columns: usize, room: usize, list: &Rollouts) -> Vec<Line<'static>> {
    match &entry.seen {
        Seen::Broken(why) => broken(&entry.named, why, columns, room, list),
        Seen::Rollout(standing) => standing_rows(&entry.named, standing, columns, room, list),
    }
}

fn broken(named: &Named, why: &str, columns: usize, room: usize, list: &Rollouts) -> Vec<Line<'static>> {
    let theme = &list.theme;
    let mark = format!("{} ", theme.glyphs.fail);
    let lines = why.lines().flat_map(|row| line::paragraph(&mark, theme.bad, row, Style::new(), columns));
    let mut rows: Vec<Line> = lines.take(room.saturating_sub(1).max(1)).collect();
    let next = format!("{} · put it right and start gonogo again; the others go on", named.file);
    rows.extend(line::excerpt(&next.replace('·', theme.glyphs.dot), theme.dim, columns, 1, theme));
    rows
}

fn standing_rows(
    named: &Named,
    standing: &Standing,
    columns: usize,
    room: usize,
    list: &Rollouts,
) -> Vec<Line<'static>> {
    let theme = &list.theme;
    let (glyph, style) = rank(standing.rank, theme);
    // The reason first: stage and sources, one row each, are on the line already, in short.
    let reason_room = room.saturating_sub(2).clamp(1, if room > 6 { 4 } else { 2 });
    let call = format!("{glyph} {}  ", standing.rank.word());
    let indent = words::width(&call);
    let mut rows = line::excerpt(&standing.reason, Style::new(), columns.saturating_sub(indent), reason_room, theme);
    for (i, row) in rows.iter_mut().enumerate() {
        row.spans.insert(0, if i == 0 { line::text(&call, style) } else { line::gap(indent) });
    }
    rows.push(Line::from(line::cut(self::facts(standing, list), columns, theme)));
    rows.push(Line::from(line::cut(sources(standing, list), columns, theme)));
    if let Some(problem) = &standing.problem {
        let mark = format!("{} ", theme.glyphs.fail);
        rows.extend(line::paragraph(&mark, theme.wait, problem, Style::new(), columns));
    }
    let from = match &named.profile {
        Some(profile) => format!("{} {} profile {profile}", named.file, theme.glyphs.dot),
        None => named.file.clone(),
    };
    let mut last = Vec::new();
    for (duty, name) in &standing.owners {
        last.extend([line::text(format!("{} ", duty.to_lowercase()), theme.dim), line::plain(name), line::gap(3)]);
    }
    last.push(line::text(from, theme.dim));
    if named.read_only {
        last.extend([line::gap(2), line::text("read-only", theme.wait)]);
    }
    rows.push(Line::from(line::cut(last, columns, theme)));
    rows
}

/// Its stage, and who gets the feature.
fn facts(standing: &Standing, list: &Rollouts) -> Vec<Span<'static>> {
    let theme = &list.theme;
    let mut spans = Vec::new();
    if let Some(stage) = &standing.stage {
        spans.push(line::text(format!("stage {} of {} ", stage.number, stage.last), theme.dim));
        spans.extend([line::plain(&stage.title), line::gap(3)]);
    }
    spans.push(line::text("serves ", theme.dim));
    spans.push(line::plain(standing.serves.as_deref().unwrap_or("not read yet")));
    if let Some(doing) = standing.under_way {
        spans.extend([line::gap(3), line::text(format!("{} {doing}", theme.glyphs.here), theme.accent)]);
    }
    spans
}

/// Each source by name, and how old what is seen is.
fn sources(standing: &Standing, list: &Rollouts) -> Vec<Span<'static>> {
    let theme = &list.theme;
    let mut spans = Vec::new();
    for (name, state) in &standing.sources {
        let (glyph, style) = theme.source(*state);
        spans.extend([
            line::plain(name),
            line::text(format!(" {glyph} {}", super::row::state(*state)), style),
            line::gap(3),
        ]);
    }
    match standing.heard {
        Some(heard) => spans.push(line::text(format!("seen {} ago", words::age(list.now - heard)), theme.dim)),
        None => spans.push(line::text("not heard of in full yet", theme.dim)),
    }
    spans
}
