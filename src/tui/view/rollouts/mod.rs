//! Several rollouts: how many stand how, one line for each, and below the list all there is to say of the selected one.
//!
//! ```text
//! header: what this is, how many stand how, the time
//! list:   call  rollout  environment  stage  serves  why  age  sources
//!         or, where it is narrow and there is room, the reason below each in a line of its own
//! detail: the selected one: in full why, its stage, its sources, its file
//! footer: the keys, or the filter
//! ```

mod detail;
mod footer;
mod over;
mod row;

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span, Text},
};

use super::{AIRY, SMALL, WIDE, line, panel, plain};
use crate::{
    tui::{
        drawn::Target,
        rollouts::{list::Rollouts, standing::Rank},
        theme::Theme,
        update::written,
    },
    units::plural,
};

/// Below this height there is no room for a detail.
const DETAILED: u16 = 16;
/// Rows of the detail, its frame included, where the list needs the others.
const DETAIL: u16 = 5;
/// The same where there is white space.
const AIRY_DETAIL: u16 = 7;

/// From so many columns on a rollout and its reason have room in one line.
const ROOMY: u16 = 96;

/// Where everything is.
struct Laid {
    list: Rect,
    /// Rows of each rollout.
    each: u16,
    detail: Rect,
    footer: Rect,
}

fn lay_out(area: Rect, list: &Rollouts) -> Laid {
    let airy = u16::from(area.height >= AIRY);
    let (top, bottom) = (1 + airy, 1 + airy);
    let body = area.height.saturating_sub(top + bottom);
    let frame = if area.width >= WIDE.0 && area.height >= WIDE.1 { 2 } else { 1 };
    let least = match area.height {
        0..DETAILED => 0,
        _ if airy == 1 => AIRY_DETAIL,
        _ => DETAIL,
    };
    let most = body.saturating_sub(least);
    let rows = |lines: usize| u16::try_from(lines).unwrap_or(u16::MAX);
    // As many as there are without the filter: nothing changes its form while it is typed.
    let double = rows(list.entries.len()).saturating_mul(2).saturating_add(frame + 1) <= most;
    let each = if (SMALL.0..ROOMY).contains(&area.width) && double { 2 } else { 1 };
    // Its frame, the names of the columns, its lines; a list without lines says why in one.
    let wanted = rows(list.order.len().max(1)).saturating_mul(each).saturating_add(frame + 1);
    let list = wanted.min(most);
    let row = |y: u16, height: u16| Rect { y: area.y + y, height, ..area };
    let below = if least == 0 { 0 } else { body - list };
    Laid {
        list: row(top, list),
        each,
        detail: row(top + list, below),
        footer: row(area.height.saturating_sub(1), area.height.min(1)),
    }
}

/// How many rollouts are shown at once.
pub fn rows(list: &Rollouts) -> usize {
    let (columns, rows) = list.size;
    let frame = if columns >= WIDE.0 && rows >= WIDE.1 { 2 } else { 1 };
    let laid = lay_out(Rect::new(0, 0, columns, rows), list);
    usize::from(laid.list.height.saturating_sub(frame + 1) / laid.each)
}

/// What the selected rollout is called, and all there is to say of it, as a text of its own.
pub fn selected(list: &Rollouts) -> Option<(String, String)> {
    let entry = list.entries.get(list.current()?)?;
    let title = entry.named.whole();
    // As wide as it may be: what is pasted is not to be wrapped.
    let rows = detail::rows(entry, usize::from(u16::MAX), usize::from(u16::MAX), list);
    Some((title.clone(), written(&title, &rows)))
}

/// Draws the list.
pub fn render(frame: &mut Frame, list: &Rollouts) {
    let area = frame.area();
    list.drawn.clear();
    if area.is_empty() {
        return;
    }
    let laid = lay_out(area, list);
    header(frame, Rect { height: 1, ..area }, list);
    lines(frame, laid.list, laid.each, list);
    if !laid.detail.is_empty() {
        detail::render(frame, laid.detail, list);
    }
    footer::render(frame, laid.footer, list);
    over::render(frame, area, list);
    if list.theme.ascii {
        plain(frame.buffer_mut());
    }
}

/// The top line. What there is no room for goes: the name, then the words of what is nowhere.
fn header(frame: &mut Frame, area: Rect, list: &Rollouts) {
    let theme = &list.theme;
    let columns = usize::from(area.width.saturating_sub(2));
    let zone = list.times.zone(list.now);
    for detail in (0..=2).rev() {
        let mut left = Vec::new();
        if detail >= 1 {
            left.extend([line::text("gonogo", theme.strong), line::gap(2)]);
        }
        left.extend([line::text(plural(list.entries.len(), "rollout"), theme.strong), line::gap(3)]);
        left.extend(counts(list, detail == 2));
        let format = if detail >= 1 { "%H:%M:%S" } else { "%H:%M" };
        let right = vec![line::text(format!("{} {zone}", list.times.write(list.now, format)), theme.strong)];
        if line::width(&left) + line::width(&right) + 2 <= columns || detail == 0 {
            let row = line::row(left, right, columns, theme);
            let inset = area.width.min(1);
            frame.render_widget(row, Rect { x: area.x + inset, width: area.width - inset, ..area });
            return;
        }
    }
}

/// How many stand how. The three calls are always told; what else there is, where there is some.
fn counts(list: &Rollouts, spaced: bool) -> Vec<Span<'static>> {
    let theme = &list.theme;
    let counted = [
        (&[Rank::Stop, Rank::NoGo][..], "NO-GO", theme.no_go, true),
        (&[Rank::Blind, Rank::Pending], "HOLD", theme.hold, true),
        (&[Rank::Go], "GO", theme.go, true),
        (&[Rank::Unseen], "unseen", theme.dim, false),
        (&[Rank::Broken], "broken", theme.bad, false),
    ];
    let mut spans = Vec::new();
    for (ranks, word, style, always) in counted {
        let count = list.count(ranks);
        if count == 0 && !always {
            continue;
        }
        // What is nowhere is not loud.
        let style = if count == 0 { theme.dim } else { style };
        spans.extend([line::text(format!(" {count} {word} "), style), line::gap(if spaced { 2 } else { 1 })]);
    }
    spans
}

/// The list itself.
fn lines(frame: &mut Frame, area: Rect, each: u16, list: &Rollouts) {
    let theme = &list.theme;
    let inner = panel::open(frame, area, "Rollouts", summary(list, area), theme);
    if inner.is_empty() {
        return;
    }
    let widths = row::Widths::of(list, usize::from(inner.width), each);
    frame.render_widget(row::head(&widths, theme), Rect { height: 1, ..inner });
    let inner = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
    if list.order.is_empty() {
        frame.render_widget(Line::from(nothing(list)), inner);
        return;
    }
    let selected = list.line();
    let shown = list.order.iter().enumerate().skip(list.first);
    for (y, (line, entry)) in (inner.y..inner.bottom()).step_by(usize::from(each)).zip(shown) {
        let rows = row::rows(&list.entries[*entry], selected == Some(line), &widths, list);
        let place = Rect { y, height: each.min(inner.bottom() - y), ..inner };
        frame.render_widget(Text::from(rows), place);
        list.drawn.mark(place, Target::Line(line));
    }
}

/// Which of how many are shown, and how they are ordered.
fn summary(list: &Rollouts, area: Rect) -> Vec<Span<'static>> {
    let theme = &list.theme;
    let rows = rows(list);
    let (shown, all) = (list.order.len(), list.entries.len());
    let mut spans = Vec::new();
    if shown > rows && rows > 0 {
        spans.push(line::plain(format!("{} to {} ", list.first + 1, (list.first + rows).min(shown))));
        spans.push(line::text(format!("of {shown}"), theme.dim));
    } else if shown < all {
        spans.extend([line::plain(shown.to_string()), line::text(format!(" of {all}"), theme.dim)]);
    }
    if !list.filter.is_blank() {
        spans.extend(between(&spans, theme));
        spans.push(line::text(format!("/{}", list.filter.text()), theme.key));
    }
    if area.width >= SMALL.0 {
        if let Some(place) = list.place() {
            spans.extend(between(&spans, theme));
            spans.push(line::text(format!("all in {place}"), theme.dim));
        }
        spans.extend(between(&spans, theme));
        spans.push(line::text("worst first", theme.dim));
    }
    spans
}

fn between(before: &[Span], theme: &Theme) -> Option<Span<'static>> {
    (!before.is_empty()).then(|| line::text(format!(" {} ", theme.glyphs.dot), theme.dim))
}

/// Why the list has no line.
fn nothing(list: &Rollouts) -> Span<'static> {
    let text = match list.filter.is_blank() {
        true => "no rollout was named".to_owned(),
        false => format!("no rollout is called {}; Esc shows all", list.filter.text()),
    };
    line::text(text, list.theme.dim)
}

/// Glyph and style of a rank.
fn rank(rank: Rank, theme: &Theme) -> (&'static str, ratatui::style::Style) {
    let glyphs = &theme.glyphs;
    match rank {
        Rank::Stop | Rank::NoGo => (glyphs.fail, theme.bad.patch(theme.strong)),
        Rank::Broken => (glyphs.fail, theme.bad),
        Rank::Blind => (glyphs.unknown, theme.blind),
        Rank::Unseen => (glyphs.open, theme.dim),
        Rank::Pending => (glyphs.pending, theme.wait),
        Rank::Go => (glyphs.pass, theme.good),
    }
}
