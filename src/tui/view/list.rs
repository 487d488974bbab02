//! A list of which one line is selected, and what is to know of that line. No more rows are made than there is room for.
//!
//! ```text
//! wide enough                             else
//! ┌───────────────────┬──────────────┐    ┌───────────────────┐
//! │ list              │ selected     │    │ list              │
//! │                   │ line         │    ├───────────────────┤
//! │                   │              │    │ selected line     │
//! └───────────────────┴──────────────┘    └───────────────────┘
//! ```

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{find, line, paint, panel, wide};
use crate::{
    tui::{drawn::Target, model::Model, theme::Theme, words},
    units::count,
};

/// Title and lines of what is selected.
pub type Detail = (String, Vec<Line<'static>>);

/// A heading, and what the right columns of the lines below it are.
pub struct Section {
    /// The place of its first line.
    pub from: usize,
    /// Its name.
    pub title: String,
    /// The names of the right columns; empty where those of the list hold.
    pub columns: String,
}

/// What a list shows.
pub struct List<'a> {
    /// Its title.
    pub title: &'a str,
    /// Its summary.
    pub summary: Vec<Span<'static>>,
    /// How many lines it has, shown or not.
    pub total: usize,
    /// The names of its columns, in so many columns.
    pub head: &'a dyn Fn(usize) -> Option<Line<'static>>,
    /// The line at a place, in so many columns.
    pub row: &'a dyn Fn(usize, usize) -> Line<'static>,
    /// What stands below the line at a place where there is room for that of all of them, in so many columns.
    pub under: &'a dyn Fn(usize, usize) -> Vec<Line<'static>>,
    /// Headings, in order.
    pub sections: Vec<Section>,
    /// All there is to know of the selected line, in so many columns.
    pub detail: &'a dyn Fn(usize) -> Option<Detail>,
    /// From this width of the screen on the detail is beside the list.
    pub beside_from: u16,
    /// How much of the width the list takes then: sixtieths.
    pub share: u16,
}

/// A list and what is to know of the selected line; or that alone, where it was opened.
pub fn render(frame: &mut Frame, area: Rect, list: &List, model: &Model) {
    let theme = &model.theme;
    let boxed = boxed(frame);
    if model.place.open {
        let (title, detail) = (list.detail)(super::panel_size(model).0).unwrap_or_default();
        let last = detail.len().saturating_sub(super::panel_size(model).1);
        let from = model.place.scroll.min(last);
        let left = if last > 0 { vec![line::text(format!("{from} of {last}"), theme.dim)] } else { Vec::new() };
        let inner = panel::open(frame, area, &title, left, theme);
        thumb(frame, area, (detail.len(), from, usize::from(inner.height)), theme);
        panel::scrolled(frame, inner, detail, from);
        return;
    }
    let shown = model.narrowed.lines(list.total);
    let headings = headings(list, model);
    // How high it is decides where it stands: it is made only once.
    let mut made = None;
    let (upper, lower) = if shown == 0 {
        (area, Rect::default())
    } else if boxed && frame.area().width >= list.beside_from {
        let left = area.width * list.share / 60;
        (Rect { width: left, ..area }, Rect { x: area.x + left, width: area.width - left, ..area })
    } else {
        let borders = if boxed { 2 } else { 1 };
        let columns = area.width.saturating_sub(if boxed { 4 } else { 2 });
        let rows_of = |n: usize| u16::try_from(n).unwrap_or(u16::MAX).saturating_add(borders);
        // As many as without what is looked for: nothing jumps while that is typed.
        let all = list.total + list.sections.len();
        let needed = rows_of(all.max(2) + usize::from((list.head)(usize::from(columns)).is_some()));
        let detail = (list.detail)(usize::from(columns)).unwrap_or_default();
        let wanted = rows_of(made.insert(detail).1.len());
        // The list takes what it needs, and leaves the detail up to half.
        let below = match area.height {
            0..8 => 0,
            height => wanted.min(height / 2).max(height.saturating_sub(needed)),
        };
        let above = area.height - below;
        (Rect { height: above, ..area }, Rect { y: area.y + above, height: below, ..area })
    };
    lines(frame, upper, list, (shown, &headings), model);
    if !lower.is_empty() {
        let columns = lower.width.saturating_sub(if boxed { 4 } else { 2 });
        let detail = made.or_else(|| (list.detail)(usize::from(columns)));
        beside(frame, lower, detail.unwrap_or_default(), model);
    }
}

fn boxed(frame: &Frame) -> bool {
    wide(frame.area())
}

/// Each heading with the line of the screen's list that it stands before.
fn headings<'a>(list: &'a List, model: &Model) -> Vec<(usize, &'a Section)> {
    let shown = model.narrowed.lines(list.total);
    let mut headings = Vec::new();
    for (i, section) in list.sections.iter().enumerate() {
        let to = list.sections.get(i + 1).map_or(list.total, |next| next.from);
        let first = match &model.narrowed.shown {
            None => (section.from < to).then_some(section.from),
            Some(places) => places.iter().position(|place| (section.from..to).contains(place)),
        };
        headings.extend(first.filter(|first| *first < shown).map(|first| (first, section)));
    }
    headings
}

fn lines(frame: &mut Frame, area: Rect, list: &List, (shown, headings): (usize, &[(usize, &Section)]), model: &Model) {
    let theme = &model.theme;
    let summary = find::summary(list.summary.clone(), shown, list.total, model);
    let title = find::title(list.title, usize::from(area.width), model);
    let mut inner = panel::titled(frame, area, title, summary, theme);
    let columns = usize::from(inner.width.saturating_sub(2));
    if shown == 0 {
        paint::lines(frame, inner, find::nothing(usize::from(inner.width), theme));
        return;
    }
    if let Some(mut head) = (list.head)(columns).filter(|_| inner.height > 1) {
        head.spans.insert(0, line::gap(2));
        paint::line(frame, Rect { height: 1, ..inner }, &head);
        inner = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
    }
    let height = usize::from(inner.height);
    let selected = model.place.selected.min(shown - 1);
    // Rows of the panel: the lines, and the headings between them.
    let rows = shown + headings.len();
    let row_of = |item: usize| item + headings.iter().filter(|(before, _)| *before <= item).count();
    let first = panel::first(row_of(selected), height, rows, model);
    let under = under(list, rows, height, columns, model);
    let mut out = Vec::with_capacity(height);
    let (mut item, mut next) = (0, 0);
    // To the first row that is seen: no row is made for what is above it.
    let above = headings.iter().enumerate().filter(|(i, (before, _))| before + i < first).count();
    item += first - above;
    next += above;
    while out.len() < height && item < shown {
        if let Some((_, heading)) = headings.get(next).filter(|(before, _)| *before == item) {
            let names =
                if heading.columns.is_empty() { Vec::new() } else { vec![line::text(&heading.columns, theme.dim)] };
            out.push(line::row(vec![line::text(&heading.title, theme.accent)], names, columns + 2, theme));
            next += 1;
            continue;
        }
        let Some(place) = model.narrowed.place(item, list.total) else { break };
        let mut row = find::marked((list.row)(place, columns), &model.narrowed.words, theme);
        let here = item == selected;
        let beneath = under.get(item).map_or(0, Vec::len);
        let (y, tall) = (u16::try_from(out.len()).unwrap_or(u16::MAX), u16::try_from(1 + beneath).unwrap_or(u16::MAX));
        let at = Rect { y: inner.y.saturating_add(y), height: tall, ..inner }.intersection(inner);
        model.drawn.mark(at, Target::Line(item));
        let mark = if here { Span::styled(format!("{} ", theme.glyphs.selected), theme.key) } else { line::gap(2) };
        row.spans.insert(0, mark);
        out.push(if here { row.patch_style(theme.strong) } else { row });
        out.extend(under.get(item).into_iter().flatten().cloned());
        item += 1;
    }
    paint::lines(frame, inner, out);
    if rows > height && boxed(frame) {
        let at = format!(" {} of {} ", count(selected as u64 + 1), count(shown as u64));
        let width = u16::try_from(at.len()).unwrap_or(u16::MAX);
        if let Some(x) = area.right().checked_sub(width + 2).filter(|x| *x > area.x) {
            frame.buffer_mut().set_string(x, area.bottom() - 1, at, theme.dim);
        }
    }
    thumb(frame, Rect { y: inner.y - 1, height: inner.height + 2, ..area }, (rows, first, height), theme);
}

/// What stands below each line; nothing where there is no room for that of all of them.
fn under(list: &List, rows: usize, height: usize, columns: usize, model: &Model) -> Vec<Vec<Line<'static>>> {
    if rows * 2 > height {
        return Vec::new();
    }
    let places = (0..model.narrowed.lines(list.total)).filter_map(|line| model.narrowed.place(line, list.total));
    let mut under: Vec<Vec<Line>> = places.map(|place| (list.under)(place, columns)).collect();
    let more: usize = under.iter().map(Vec::len).sum();
    if more == 0 || rows + more > height {
        return Vec::new();
    }
    for line in under.iter_mut().flatten() {
        line.spans.insert(0, line::gap(2));
    }
    // White space between them where it costs nothing.
    if rows + more + under.len() <= height {
        under.iter_mut().for_each(|lines| lines.push(Line::default()));
    }
    under
}

fn beside(frame: &mut Frame, area: Rect, (title, mut detail): Detail, model: &Model) {
    let theme = &model.theme;
    let borders = if wide(frame.area()) { (4, 2) } else { (2, 1) };
    let columns = usize::from(area.width.saturating_sub(borders.0));
    let room = columns.saturating_sub(4);
    if words::width(&title) > room {
        let whole = words::wrap(&title, columns).into_iter().map(|part| Line::styled(part, theme.strong));
        detail.splice(0..0, whole);
    }
    let title = words::fit(&title, room, theme.glyphs.ellipsis);
    // White space where it costs nothing: it begins beside the first line, below the names of the columns.
    if wide(frame.area()) && !detail.is_empty() && usize::from(area.height) > detail.len() + 3 {
        detail.insert(0, Line::default());
    }
    let more = usize::from(area.height.saturating_sub(borders.1)) < detail.len();
    let long = format!("{} all of it", theme.glyphs.enter);
    let hint = if words::width(&title) + words::width(&long) + 2 <= room { &long } else { theme.glyphs.enter };
    let hint = if more { vec![line::text(hint, theme.dim)] } else { Vec::new() };
    let inner = panel::open(frame, area, &title, hint, theme);
    panel::scrolled(frame, inner, detail, 0);
}

/// On the right side of a panel, which part of so many rows is seen: from which on, how many.
pub fn thumb(frame: &mut Frame, area: Rect, (rows, first, height): (usize, usize, usize), theme: &Theme) {
    if rows <= height || height < 3 || area.is_empty() {
        return;
    }
    // Where columns stand side by side, more is seen than the panel has rows.
    let track = usize::from(area.height.saturating_sub(2)).max(2);
    let length = (track * height / rows).clamp(1, track - 1);
    let from = (first * (track - length)).div_ceil(rows - height).min(track - length);
    let glyph = if theme.ascii { "#" } else { "┃" };
    for i in from..from + length {
        let y = area.y + 1 + u16::try_from(i).unwrap_or(0);
        frame.buffer_mut().set_string(area.right() - 1, y, glyph, theme.accent);
    }
}
