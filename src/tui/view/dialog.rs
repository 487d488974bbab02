//! What every dialog shares: a box in the middle, buttons that never scroll away.

use ratatui::{
    Frame,
    layout::Rect,
    style::{Modifier, Style},
    text::{Line, Span, Text},
    widgets::Clear,
};

use super::{line, panel};
use crate::tui::{field::Field, model::Model, theme::Theme, words};

/// Widest a dialog gets.
const WIDEST: u16 = 84;

/// A dialog, ready to be drawn.
pub struct Sheet {
    /// Its title.
    pub title: String,
    /// The fact at its right.
    pub fact: String,
    /// The style of its frame and title.
    pub style: Style,
    /// What it says; cut at the end where there is no room.
    pub body: Vec<Line<'static>>,
    /// What can be done; always visible.
    pub buttons: Vec<Line<'static>>,
}

/// How many columns a dialog's text has on this screen.
pub fn columns(area: Rect) -> usize {
    usize::from(area.width.min(WIDEST).saturating_sub(6))
}

/// Draws it in the middle, over whatever is there.
pub fn render(frame: &mut Frame, area: Rect, sheet: Sheet, theme: &Theme) {
    let mut body = sheet.body;
    // White space goes first where there is little room: within the frame, then in the text.
    let spare = |body: &[Line]| usize::from(area.height).saturating_sub(body.len() + sheet.buttons.len() + 2);
    let tight = u16::from(spare(&body) < 2);
    while spare(&body) == 0 && body.len() + sheet.buttons.len() + 2 > usize::from(area.height) {
        let Some(blank) = body.iter().rposition(|row| row.width() == 0) else { break };
        body.remove(blank);
    }
    let wanted = u16::try_from(body.len() + sheet.buttons.len() + 4).unwrap_or(u16::MAX) - 2 * tight;
    let height = wanted.min(area.height);
    let width = area.width.min(WIDEST);
    // Below the call, where there is room: it stays in sight.
    let below_call = if area.height >= super::AIRY { 6 } else { 4 };
    let y = area.y + (area.height - height).min(below_call);
    let place = Rect { x: area.x + (area.width - width) / 2, y, width, height };
    frame.render_widget(Clear, place);
    let fact = if sheet.fact.is_empty() { Vec::new() } else { vec![line::text(&sheet.fact, theme.dim)] };
    let title_style = sheet.style.patch(theme.strong);
    let inner = panel::boxed(frame, place, (&sheet.title, title_style), fact, sheet.style, theme);
    let inner = Rect {
        x: inner.x + 1.min(inner.width),
        width: inner.width.saturating_sub(2),
        y: inner.y + 1 - tight,
        height: inner.height.saturating_sub(2 * (1 - tight)),
    };
    let buttons = u16::try_from(sheet.buttons.len()).unwrap_or(u16::MAX).min(inner.height);
    let room = usize::from(inner.height - buttons);
    if body.len() > room && room > 0 {
        let hidden = body.len() - room + 1;
        body.truncate(room - 1);
        body.push(Line::from(line::text(format!("{} {hidden} more lines", theme.glyphs.ellipsis), theme.dim)));
    }
    frame.render_widget(Text::from(body), inner);
    let place = Rect { y: inner.bottom() - buttons, height: buttons, ..inner };
    frame.render_widget(Text::from(sheet.buttons), place);
}

/// A text field after its name, the cursor shown where the focus is.
pub fn field(label: &str, field: &Field, focused: bool, hint: &str, columns: usize, theme: &Theme) -> Line<'static> {
    let (before, after) = field.parts();
    let mut spans = vec![line::text(format!("{label:<8} "), if focused { theme.key } else { theme.dim })];
    if !focused {
        let text = field.text();
        spans.push(if text.is_empty() { line::text(hint, theme.dim) } else { line::plain(text) });
        return line::row(spans, Vec::new(), columns, theme);
    }
    // The end of what is before the cursor is what is being typed.
    let room = columns.saturating_sub(line::width(&spans) + 2);
    let mut start = before.as_str();
    while words::width(start) > room {
        start = start.char_indices().nth(1).map_or("", |(i, _)| &start[i..]);
    }
    let mut rest = after.chars();
    let under = rest.next().unwrap_or(' ');
    spans.push(Span::styled(start.to_owned(), Style::new().add_modifier(Modifier::UNDERLINED)));
    spans.push(Span::styled(under.to_string(), Style::new().add_modifier(Modifier::REVERSED)));
    spans.push(Span::styled(rest.collect::<String>(), Style::new().add_modifier(Modifier::UNDERLINED)));
    if field.text().is_empty() {
        spans.extend([line::gap(1), line::text(hint, theme.dim)]);
    }
    line::row(spans, Vec::new(), columns, theme)
}

/// A button.
pub fn button(label: &str, focused: bool, theme: &Theme) -> Span<'static> {
    let (open, close) = if focused { (theme.glyphs.selected, " ") } else { (" ", " ") };
    Span::styled(format!("{open} {label} {close}"), if focused { theme.focus } else { Style::new() })
}

/// A key and what it does.
pub fn key(shown: &str, does: &str, theme: &Theme) -> Vec<Span<'static>> {
    vec![Span::styled(shown.to_owned(), theme.key), line::plain(format!(" {does}")), line::gap(3)]
}

/// Who is served before and after, in words.
pub fn change(before: &str, after: &str, model: &Model, columns: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let flag = &model.facts.runbook.flag.key;
    let one = format!("{flag}  {before}  {}  {after}", theme.glyphs.arrow);
    if words::width(&one) <= columns {
        return vec![Line::from(vec![
            line::text(flag, theme.strong),
            line::text(format!("  {before}  "), theme.dim),
            line::text(format!("{}  {after}", theme.glyphs.arrow), theme.strong),
        ])];
    }
    let mut rows = vec![Line::from(line::text(flag, theme.strong))];
    rows.extend(line::paragraph("  from ", theme.dim, before, Style::new(), columns));
    rows.extend(line::paragraph("  to   ", theme.dim, after, theme.strong, columns));
    rows
}

/// Leave while an action runs?
pub fn render_quit(frame: &mut Frame, area: Rect, model: &Model) {
    let theme = &model.theme;
    let columns = columns(area);
    let text = "An action is under way. The store may or may not make the change after gonogo is gone; the next start finds out from the audit log.";
    let mut buttons = key("Esc", "stay", theme);
    buttons.extend(key("y", "quit all the same", theme));
    let mut body: Vec<Line> = words::wrap(text, columns).into_iter().map(Line::from).collect();
    body.push(Line::default());
    let sheet = Sheet {
        title: "Quit now?".to_owned(),
        fact: String::new(),
        style: theme.wait,
        body,
        buttons: vec![line::row(buttons, Vec::new(), columns, theme)],
    };
    render(frame, area, sheet, theme);
}
