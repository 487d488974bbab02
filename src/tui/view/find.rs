//! What is looked for in a list: in the title while it is typed and as long as it is kept, and marked in the lines.

use ratatui::{
    style::{Modifier, Style},
    text::{Line, Span},
};

use super::line;
use crate::{
    timeline::Words,
    tui::{dialog::Dialog, field::Field, model::Model, theme::Theme, words},
    units::count,
};

/// The line, while it is typed.
pub fn field(model: &Model) -> Option<&Field> {
    model.dialogs.iter().find_map(|dialog| match dialog {
        Dialog::Find(form) => Some(&form.field),
        _ => None,
    })
}

/// The text before the cursor as far as there is room, the cursor, and what is behind it.
pub fn typed(field: &Field, room: usize) -> Vec<Span<'static>> {
    let (before, after) = field.parts();
    let mut rest = after.chars();
    let under = rest.next().map_or_else(|| " ".to_owned(), String::from);
    // The cursor stays in sight, however long the line is.
    let skip = before.chars().count().saturating_sub(room);
    vec![
        line::plain(before.chars().skip(skip).collect::<String>()),
        line::text(under, Style::new().add_modifier(Modifier::REVERSED)),
        line::plain(words::fit(&rest.collect::<String>(), room, "")),
    ]
}

/// The title of a list in so many columns, with what it is narrowed to.
pub fn title(name: &str, columns: usize, model: &Model) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let mut title = vec![line::text(name, theme.strong)];
    let room = (columns / 3).max(8);
    let slash = Span::styled(" / ", theme.key);
    match field(model) {
        Some(field) if field.text().is_empty() => {
            title.extend([slash, line::text(" ", Style::new().add_modifier(Modifier::REVERSED))]);
            title.push(line::text(" words, all of which must occur", theme.dim));
        }
        Some(field) => {
            title.push(slash);
            title.extend(typed(field, room));
        }
        None if model.narrowed.looks() => {
            title.extend([slash, line::plain(words::fit(model.narrowed.line.trim(), room, theme.glyphs.ellipsis))]);
        }
        None => {}
    }
    title
}

/// The summary of a list, with how many of its lines are shown before it.
pub fn summary(rest: Vec<Span<'static>>, shown: usize, total: usize, model: &Model) -> Vec<Span<'static>> {
    let theme = &model.theme;
    if !model.narrowed.looks() {
        return rest;
    }
    let counted = format!("{} of {}", count(shown as u64), count(total as u64));
    let mut summary = vec![line::text(counted, if shown == 0 { theme.wait } else { theme.accent })];
    if !rest.is_empty() {
        summary.push(line::text(format!(" {} ", theme.glyphs.dot), theme.dim));
        summary.extend(rest);
    }
    summary
}

/// What to do where nothing fits.
pub fn nothing(columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut rows = vec![Line::from(line::text("no line has all of these words", theme.wait))];
    rows.extend(line::excerpt("leave a word out, or clear it with Esc", theme.dim, columns, 2, theme));
    rows
}

/// A line with the words in it that are looked for.
pub fn marked(row: Line<'static>, words: &Words, theme: &Theme) -> Line<'static> {
    if words.is_empty() {
        return row;
    }
    let mut spans = Vec::with_capacity(row.spans.len());
    for span in row.spans {
        let mark = span.style.patch(theme.key).add_modifier(Modifier::UNDERLINED);
        let mut from = 0;
        for range in words.marks(&span.content) {
            spans.push(Span::styled(span.content[from..range.start].to_owned(), span.style));
            spans.push(Span::styled(span.content[range.clone()].to_owned(), mark));
            from = range.end;
        }
        match from {
            0 => spans.push(span),
            _ => spans.push(Span::styled(span.content[from..].to_owned(), span.style)),
        }
    }
    Line { spans, ..row }
}

/// The text of a line, for what is looked for in it.
pub fn text_of(row: &Line) -> String {
    row.spans.iter().map(|span| span.content.as_ref()).collect()
}
