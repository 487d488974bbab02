//! What lies over the list: its keys, or the question whether to leave while something is under way.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span, Text},
    widgets::Clear,
};

use crate::tui::{
    rollouts::{
        list::{Over, Rollouts},
        standing::Rank,
        update::KEYS_OF,
    },
    view::{line, panel},
    words,
};

/// Widest it gets.
const WIDEST: u16 = 84;

/// Draws it, where something does.
pub fn render(frame: &mut Frame, area: Rect, list: &Rollouts) {
    let Some(over) = &list.over else { return };
    let theme = &list.theme;
    let width = area.width.min(WIDEST);
    let columns = usize::from(width.saturating_sub(6));
    let (title, style, mut rows) = match over {
        Over::Help => ("Help", theme.accent, help(list, columns)),
        Over::Quit { busy, .. } => ("Quit now?", theme.wait, quit(busy, list, columns)),
    };
    frame.buffer_mut().set_style(area, Style::reset().patch(theme.frame));
    // White space below the title where there is room, and none at all where it would hide something.
    let room = usize::from(area.height.saturating_sub(2));
    if rows.len() < room {
        rows.insert(0, Line::default());
    } else if rows.len() > room {
        rows.retain(|row| row.width() > 0);
    }
    let height = u16::try_from(rows.len()).unwrap_or(u16::MAX).saturating_add(2).min(area.height);
    let place = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    frame.render_widget(Clear, place);
    let inner = panel::boxed(frame, place, (title, style.patch(theme.strong)), Vec::new(), style, theme);
    frame.render_widget(
        Text::from(rows),
        Rect { x: inner.x + 1.min(inner.width), width: inner.width.saturating_sub(2), ..inner },
    );
}

fn help(list: &Rollouts, columns: usize) -> Vec<Line<'static>> {
    let theme = &list.theme;
    let mut rows = Vec::new();
    let about = "One line each, the worst first. The lines stay where they are for 3 s after a key. \
                 A key of a view opens that view of the selected rollout; Esc on its overview comes back here.";
    rows.extend(words::wrap(about, columns).into_iter().map(Line::from));
    rows.push(Line::default());
    let ours = [
        "roll-back",
        "success",
        "gates",
        "guardrails",
        "storage",
        "rollback-plan",
        "checks",
        "timeline",
        "briefing",
        "sources",
        "find",
        "quit",
    ];
    for bound in list.keymap.on_screen(list.kind(), KEYS_OF).filter(|bound| ours.contains(&bound.binding.name)) {
        let mut row = vec![line::text(format!("{:<9}", bound.shown), theme.key)];
        row.extend(line::cut(vec![line::plain(bound.binding.help)], columns.saturating_sub(9), theme));
        rows.push(Line::from(row));
    }
    rows.push(Line::default());
    let meanings = [
        (Rank::NoGo, "something failed, stands against it, or calls for a rollback"),
        (Rank::Broken, "it cannot be opened: nobody watches it"),
        (Rank::Blind, "something cannot be seen"),
        (Rank::Unseen, "nothing is judged yet"),
        (Rank::Pending, "evidence is pending"),
        (Rank::Go, "every gate passes on fresh data, and nothing stands against it"),
    ];
    for (rank, meaning) in meanings {
        let (glyph, style) = super::rank(rank, theme);
        rows.push(Line::from(vec![line::text(format!("{glyph} {:<8}", rank.word()), style), line::plain(meaning)]));
    }
    rows
}

fn quit(busy: &[String], list: &Rollouts, columns: usize) -> Vec<Line<'static>> {
    let theme = &list.theme;
    let mut rows: Vec<Line> = Vec::new();
    for one in busy {
        rows.extend(line::paragraph(&format!("{} ", theme.glyphs.here), theme.accent, one, Style::new(), columns));
    }
    let text = "The store may or may not make a change after gonogo is gone; the next start finds out from the audit \
                log. A gate is stopped first, and its run is recorded as stopped.";
    rows.push(Line::default());
    rows.extend(words::wrap(text, columns).into_iter().map(Line::from));
    rows.push(Line::default());
    let mut keys = Vec::new();
    for (key, does) in [("Esc", "stay"), ("y", "quit all the same")] {
        keys.extend([Span::styled(key, theme.key), line::plain(format!(" {does}")), line::gap(3)]);
    }
    rows.push(Line::from(keys));
    rows
}
