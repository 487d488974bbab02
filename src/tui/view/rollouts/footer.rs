//! The bottom line of the list: its keys, or the filter while it is typed.

use ratatui::{Frame, layout::Rect, style::Modifier, text::Span};

use crate::tui::{
    drawn::Target,
    keys::Command,
    model::Screen,
    rollouts::{
        keys::bound,
        list::{Over, Rollouts},
    },
    view::line,
};

/// Draws it. What there is no room for goes, the last first.
pub fn render(frame: &mut Frame, area: Rect, list: &Rollouts) {
    let columns = usize::from(area.width.saturating_sub(2));
    let inset = area.width.min(1);
    let inner = Rect { x: area.x + inset, width: area.width - inset, ..area };
    let hint = list.hint.as_ref().filter(|hint| hint.stands(list.uptime));
    let spans = match (list.typing, hint) {
        (true, _) => typing(list),
        (false, Some(hint)) => vec![line::plain(&hint.text)],
        (false, None) => keys(list, columns, inner),
    };
    frame.render_widget(line::row(spans, Vec::new(), columns, &list.theme), inner);
}

/// What the list's keys do, those that count most first. The table's own words, where they fit a list of rollouts.
fn labels(list: &Rollouts) -> Vec<(String, &'static str, Command)> {
    let ranked: [(Command, &str); 9] = [
        (Command::Open, "open"),
        (Command::Rollback, "roll back"),
        (Command::Find, "find"),
        (Command::Back, "all"),
        (Command::Quit, "quit"),
        (Command::Show(Screen::Help), "help"),
        (Command::Palette, "palette"),
        (Command::Show(Screen::Gates), "its gates"),
        (Command::Show(Screen::Timeline), "its timeline"),
    ];
    let shown = ranked.into_iter().filter(|(command, _)| match command {
        Command::Back => !list.filter.is_blank(),
        command => bound(&list.keymap, list).any(|bound| bound.binding.command == *command),
    });
    let key = |command| match command {
        Command::Open => list.theme.glyphs.enter.to_owned(),
        command => list.keymap.shown(command),
    };
    shown.map(|(command, label)| (key(command), label, command)).collect()
}

/// The keys, and where each of them can be clicked on.
fn keys(list: &Rollouts, columns: usize, area: Rect) -> Vec<Span<'static>> {
    let theme = &list.theme;
    if matches!(list.over, Some(Over::Help)) {
        return vec![Span::styled("any key", theme.key), line::plain(" closes the help")];
    }
    let mut spans = Vec::new();
    for (key, label, command) in labels(list) {
        let item = [Span::styled(key, theme.key), line::plain(format!(" {label}")), line::gap(2)];
        let (before, width) = (line::width(&spans), line::width(&item));
        if before + width > columns + 2 {
            break;
        }
        let cells = |columns: usize| u16::try_from(columns).unwrap_or(u16::MAX);
        let x = area.x.saturating_add(cells(before));
        list.drawn.mark(Rect { x, width: cells(width - 2), height: area.height, ..area }, Target::Key(command));
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
