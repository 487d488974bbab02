//! Several rollouts: how many stand how, one line for each, and below the list all there is to say of the selected one.
//!
//! ```text
//! header: what this is, how many stand how, the time
//! list:   call  rollout  environment  stage  serves  why  age  sources
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
    text::{Line, Span},
};

use super::{AIRY, WIDE, line, panel, plain};
use crate::tui::{
    rollouts::{list::Rollouts, standing::Rank},
    theme::Theme,
};

/// Below this height there is no room for a detail.
const DETAILED: u16 = 16;
/// Rows of the detail, its frame included, where the list needs the others.
const DETAIL: u16 = 5;
/// The same where there is white space.
const AIRY_DETAIL: u16 = 7;

/// Where everything is.
struct Laid {
    list: Rect,
    detail: Rect,
    footer: Rect,
}

fn lay_out(area: Rect, lines: usize) -> Laid {
    let airy = u16::from(area.height >= AIRY);
    let (top, bottom) = (1 + airy, 1 + airy);
    let body = area.height.saturating_sub(top + bottom);
    let frame = if area.width >= WIDE.0 && area.height >= WIDE.1 { 2 } else { 1 };
    let least = match area.height {
        0..DETAILED => 0,
        _ if airy == 1 => AIRY_DETAIL,
        _ => DETAIL,
    };
    // Its frame, the names of the columns, its lines; a list without lines says why in one.
    let wanted = u16::try_from(lines.max(1)).unwrap_or(u16::MAX).saturating_add(frame + 1);
    let list = wanted.min(body.saturating_sub(least));
    let row = |y: u16, height: u16| Rect { y: area.y + y, height, ..area };
    let below = if least == 0 { 0 } else { body - list };
    Laid {
        list: row(top, list),
        detail: row(top + list, below),
        footer: row(area.height.saturating_sub(1), area.height.min(1)),
    }
}

/// How many lines of so many are shown at once on a screen of this size.
pub fn rows(size: (u16, u16), lines: usize) -> usize {
    let area = Rect::new(0, 0, size.0, size.1);
    let frame = if size.0 >= WIDE.0 && size.1 >= WIDE.1 { 2 } else { 1 };
    usize::from(lay_out(area, lines).list.height.saturating_sub(frame + 1))
}

/// Draws the list.
pub fn render(frame: &mut Frame, list: &Rollouts) {
    let area = frame.area();
    if area.is_empty() {
        return;
    }
    let laid = lay_out(area, list.order.len());
    header(frame, Rect { height: 1, ..area }, list);
    lines(frame, laid.list, list);
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
        left.extend([line::text(format!("{} rollouts", list.entries.len()), theme.strong), line::gap(3)]);
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
fn lines(frame: &mut Frame, area: Rect, list: &Rollouts) {
    let theme = &list.theme;
    let inner = panel::open(frame, area, "Rollouts", summary(list, area), theme);
    if inner.is_empty() {
        return;
    }
    let widths = row::Widths::of(list, usize::from(inner.width));
    frame.render_widget(row::head(&widths, theme), Rect { height: 1, ..inner });
    let inner = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
    if list.order.is_empty() {
        frame.render_widget(Line::from(nothing(list)), inner);
        return;
    }
    let selected = list.line();
    let shown = list.order.iter().enumerate().skip(list.first).take(usize::from(inner.height));
    for (y, (line, entry)) in shown.enumerate() {
        let row = row::row(&list.entries[*entry], selected == Some(line), &widths, list);
        let y = inner.y + u16::try_from(y).unwrap_or_default();
        frame.render_widget(row, Rect { y, height: 1, ..inner });
    }
}

/// Which of how many are shown, and how they are ordered.
fn summary(list: &Rollouts, area: Rect) -> Vec<Span<'static>> {
    let theme = &list.theme;
    let rows = rows(list.size, list.order.len());
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
    if area.width >= 60 {
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
