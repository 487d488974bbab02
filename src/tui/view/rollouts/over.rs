//! What lies over the list: its keys, or the question whether to leave while something is under way.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span, Text},
    widgets::Clear,
};

use crate::tui::{
    dialog::is_named,
    keys::{Bound, Command},
    rollouts::{
        keys::{bound, offers},
        list::{Over, Rollouts},
        standing::Rank,
    },
    view::{dialog, line, palette, panel},
    words,
};

/// Widest it gets.
const WIDEST: u16 = 84;

/// Draws it, where something does.
pub fn render(frame: &mut Frame, area: Rect, list: &Rollouts) {
    let Some(over) = &list.over else { return };
    let theme = &list.theme;
    frame.buffer_mut().set_style(area, Style::reset().patch(theme.frame));
    list.drawn.clear();
    let width = area.width.min(WIDEST);
    let columns = usize::from(width.saturating_sub(6));
    let (title, style, mut rows) = match over {
        Over::Palette(form) => {
            let found = form.among(&offers(&list.keymap, list));
            return dialog::render(frame, area, palette::sheet(area, form, &found, list), list);
        }
        Over::Help => ("Help", theme.accent, help(list, columns)),
        Over::Quit { busy, .. } => ("Quit now?", theme.wait, quit(busy, list, columns)),
    };
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

/// Columns of a key in the help.
const KEY: usize = 10;

fn help(list: &Rollouts, columns: usize) -> Vec<Line<'static>> {
    let theme = &list.theme;
    let mut rows = Vec::new();
    let about = "One rollout a line, the worst first; they stay where they are for 3 s after a key or a click. \
                 A click selects, a second one opens; the wheel scrolls.";
    rows.extend(words::wrap(about, columns).into_iter().map(Line::from));
    rows.push(Line::default());
    let mut tell = |keys: &str, help: &str| {
        let mut row = vec![line::text(format!("{keys:<KEY$} "), theme.key)];
        row.extend(line::cut(vec![line::plain(help)], columns.saturating_sub(KEY + 1), theme));
        rows.push(Line::from(row));
    };
    let here: Vec<&Bound> = bound(&list.keymap, list).collect();
    let mut views = here.iter().filter(|bound| bound.binding.command.is_view()).peekable();
    if views.peek().is_some() {
        tell(theme.glyphs.enter, "Open the selected one; Esc on its overview comes back here");
        let keys: Vec<String> = views.filter_map(|bound| bound.keys.first()).map(ToString::to_string).collect();
        tell(&keys.concat(), "Open it on that view");
    }
    for bound in here.iter().filter(|bound| is_named(bound) && !bound.binding.command.is_view()) {
        let help = match bound.binding.command {
            Command::Show(_) | Command::Redraw | Command::Suspend => continue,
            Command::Find => "Find by title, place, owner, stage, call, file or profile",
            Command::Rollback => "Roll the selected one back: off for everyone",
            _ => bound.binding.help,
        };
        tell(&bound.shown, help);
    }
    tell(&list.keymap.shown(Command::Palette), "Palette: everything that keys do here, by name");
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
        let call = format!("{:<1$} ", format!("{glyph} {}", rank.word()), KEY);
        rows.push(Line::from(vec![line::text(call, style), line::plain(meaning)]));
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
