//! The bottom line of the list: its keys, or the filter while it is typed.

use ratatui::{Frame, layout::Rect, style::Modifier, text::Span};

use crate::tui::{
    keys::Command,
    model::Screen,
    rollouts::list::{Over, Rollouts, Seen},
    view::line,
};

/// Draws it. What there is no room for goes, the last first.
pub fn render(frame: &mut Frame, area: Rect, list: &Rollouts) {
    let columns = usize::from(area.width.saturating_sub(2));
    let spans = if list.typing { typing(list) } else { keys(list, columns) };
    let inset = area.width.min(1);
    let row = line::row(spans, Vec::new(), columns, &list.theme);
    frame.render_widget(row, Rect { x: area.x + inset, width: area.width - inset, ..area });
}

/// What the list's keys do, those that count most first.
pub fn bound(list: &Rollouts) -> Vec<(String, &'static str)> {
    let shown = |command: Command| list.keymap.shown(command);
    let opens = list.current().is_some_and(|i| matches!(list.entries[i].seen, Seen::Rollout(_)));
    let mut keys = Vec::new();
    if opens {
        keys.push((list.theme.glyphs.enter.to_owned(), "open"));
    }
    if !list.kind().read_only {
        keys.push((shown(Command::Rollback), "roll back"));
    }
    keys.push((shown(Command::Find), "filter"));
    if !list.filter.is_blank() {
        keys.push((shown(Command::Back), "all"));
    }
    keys.push((shown(Command::Quit), "quit"));
    keys.push((shown(Command::Show(Screen::Help)), "help"));
    if opens {
        keys.push((shown(Command::Show(Screen::Gates)), "its gates"));
        keys.push((shown(Command::Show(Screen::Timeline)), "its timeline"));
    }
    keys
}

fn keys(list: &Rollouts, columns: usize) -> Vec<Span<'static>> {
    let theme = &list.theme;
    if matches!(list.over, Some(Over::Help)) {
        return vec![Span::styled("any key", theme.key), line::plain(" closes the help")];
    }
    let mut spans = Vec::new();
    for (key, label) in bound(list) {
        let item = [Span::styled(key, theme.key), line::plain(format!(" {label}")), line::gap(2)];
        if line::width(&spans) + line::width(&item) > columns + 2 {
            break;
        }
        spans.extend(item);
    }
    spans.pop();
    spans
}

fn typing(list: &Rollouts) -> Vec<Span<'static>> {
    let theme = &list.theme;
    let (before, after) = list.filter.parts();
    let mut after = after.chars();
    let under = after.next().unwrap_or(' ').to_string();
    let mut spans = vec![
        line::text("/", theme.key),
        line::plain(before),
        Span::styled(under, theme.focus.add_modifier(Modifier::REVERSED)),
        line::plain(after.collect::<String>()),
        line::gap(3),
    ];
    for (key, does) in [("Enter", "keep"), ("Esc", "all"), ("Up Down", "select")] {
        spans.extend([Span::styled(key, theme.key), line::plain(format!(" {does}")), line::gap(2)]);
    }
    spans.pop();
    spans
}
