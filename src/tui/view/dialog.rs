//! What every dialog shares: a box in the middle, buttons that never scroll away.

use ratatui::{
    Frame,
    layout::Rect,
    style::{Modifier, Style},
    text::{Line, Span, Text},
    widgets::Clear,
};

use super::{line, panel};
use crate::{
    judge::ActionAssessment,
    tui::{dialog::NotAllowed, field::Field, model::Model, theme::Theme, words},
};

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
pub fn render(frame: &mut Frame, area: Rect, sheet: Sheet, model: &Model) {
    let theme = &model.theme;
    let Laid { place, tight, body, buttons, room } = lay_out(area, sheet.body, sheet.buttons);
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
    let below = u16::try_from(buttons.len()).unwrap_or(u16::MAX).min(inner.height);
    frame.render_widget(Text::from(seen(body, room, model)), inner);
    let place = Rect { y: inner.bottom() - below, height: below, ..inner };
    frame.render_widget(Text::from(buttons), place);
}

/// How far a dialog can be scrolled: as many lines are above what is shown of it then.
pub fn furthest(area: Rect, sheet: Sheet) -> usize {
    let Laid { body, room, .. } = lay_out(area, sheet.body, sheet.buttons);
    if body.len() > room && room > 1 { body.len() - (room - 1) } else { 0 }
}

/// A dialog, laid out.
struct Laid {
    place: Rect,
    /// 1 where there is no white space within the frame.
    tight: u16,
    body: Vec<Line<'static>>,
    buttons: Vec<Line<'static>>,
    /// Rows for the body.
    room: usize,
}

fn lay_out(area: Rect, mut body: Vec<Line<'static>>, buttons: Vec<Line<'static>>) -> Laid {
    // White space goes first where there is little room: within the frame, then in the text.
    let spare = |body: &[Line]| usize::from(area.height).saturating_sub(body.len() + buttons.len() + 2);
    let tight = u16::from(spare(&body) < 2);
    while spare(&body) == 0 && body.len() + buttons.len() + 2 > usize::from(area.height) {
        let Some(blank) = body.iter().rposition(|row| row.width() == 0) else { break };
        body.remove(blank);
    }
    let wanted = u16::try_from(body.len() + buttons.len() + 4).unwrap_or(u16::MAX) - 2 * tight;
    let height = wanted.min(area.height);
    let width = area.width.min(WIDEST);
    // Below the call, where there is room: it stays in sight.
    let below_call = if area.height >= super::AIRY { 6 } else { 4 };
    let y = area.y + (area.height - height).min(below_call);
    let place = Rect { x: area.x + (area.width - width) / 2, y, width, height };
    let inner = height.saturating_sub(2 + 2 * (1 - tight));
    let below = u16::try_from(buttons.len()).unwrap_or(u16::MAX).min(inner);
    Laid { place, tight, body, buttons, room: usize::from(inner - below) }
}

/// As much of the body as fits, and how much of it is above and below that.
fn seen(mut body: Vec<Line<'static>>, room: usize, model: &Model) -> Vec<Line<'static>> {
    if body.len() <= room || room == 0 {
        return body;
    }
    let theme = &model.theme;
    let mark = |text: String| Line::from(line::text(format!("{} {text}", theme.glyphs.ellipsis), theme.dim));
    let above = model.scroll.min(body.len().saturating_sub(room.saturating_sub(1)));
    if above > 0 {
        body.drain(..above);
        body.insert(0, mark(format!("{above} lines above, PgUp")));
    }
    if body.len() > room {
        let hidden = body.len() - room + 1;
        body.truncate(room - 1);
        body.push(mark(format!("{hidden} more lines, PgDn")));
    }
    body
}

/// Keys and what they do, in one row; the rollback's is not there where the session only looks.
pub fn keys(keys: &[(&str, &str)], columns: usize, model: &Model) -> Line<'static> {
    let spans: Vec<Span> = keys
        .iter()
        .filter(|(key, _)| !(model.facts.read_only && *key == "R"))
        .flat_map(|(shown, does)| key(shown, does, &model.theme))
        .collect();
    line::row(spans, Vec::new(), columns, &model.theme)
}

/// What changed under a confirmation, so that it is none any more.
pub fn changed(changed: &[String], columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    let title = format!("{} changed since this was opened", theme.glyphs.fail);
    let mut rows = vec![Line::from(line::text(title, theme.bad.patch(theme.strong)))];
    for change in changed {
        rows.extend(line::paragraph(&format!("  {} ", theme.glyphs.dot), theme.dim, change, Style::new(), columns));
    }
    rows.push(Line::default());
    rows
}

/// Why the last Enter did nothing, or an empty row in its place.
pub fn complaint(complaint: Option<&str>, columns: usize, theme: &Theme) -> Line<'static> {
    match complaint {
        Some(complaint) => {
            let text = format!("{} {complaint}", theme.glyphs.fail);
            line::row(vec![line::text(text, theme.wait)], Vec::new(), columns, theme)
        }
        None => Line::default(),
    }
}

/// What stands against an action, or that nothing does any more.
pub fn blockers(action: Option<&ActionAssessment>, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut body = Vec::new();
    match action {
        None => body.push(Line::from("Nothing is judged yet. What is not seen is not green.")),
        Some(action) if action.allowed => body.push(Line::from("Nothing stands against it any more.")),
        Some(action) => {
            let count = match action.blockers.len() {
                1 => "1 thing stands".to_owned(),
                n => format!("{n} things stand"),
            };
            body.push(Line::from(vec![
                line::text("Not now. ", theme.bad.patch(theme.strong)),
                line::plain(format!("{count} against it, the worst first:")),
            ]));
            body.push(Line::default());
            for blocker in &action.blockers {
                let mark = format!("{} ", theme.glyphs.fail);
                body.extend(line::paragraph(&mark, theme.bad, blocker, Style::new(), columns));
            }
        }
    }
    body.push(Line::default());
    body
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

/// What cannot be done, and why: tells, and offers nothing.
pub fn not_allowed(area: Rect, model: &Model, told: &NotAllowed) -> Sheet {
    let theme = &model.theme;
    let columns = columns(area);
    let mark = format!("{} ", theme.glyphs.fail);
    let mut body = line::paragraph(&mark, theme.wait, &told.why, Style::new(), columns);
    body.push(Line::default());
    Sheet {
        title: told.title.to_owned(),
        fact: format!("not now, {}", crate::text::clean(&model.facts.operator)),
        style: theme.wait,
        body,
        buttons: vec![keys(&[("Esc", "close"), ("E", "enter"), ("R", "roll back")], columns, model)],
    }
}

/// Leave while an action runs?
pub fn quit(area: Rect, model: &Model) -> Sheet {
    let theme = &model.theme;
    let columns = columns(area);
    let gate = "The automated gate runs. It is stopped first, and the run is recorded as stopped: a few seconds. A run that was stopped is not green.";
    let action = "An action is under way. The store may or may not make the change after gonogo is gone; the next start finds out from the audit log.";
    let texts = [model.busy().then_some(action), model.gate_runs().then_some(gate)];
    let texts = texts.into_iter().flatten().flat_map(|text| words::wrap(text, columns));
    let mut body: Vec<Line> = texts.map(Line::from).collect();
    body.push(Line::default());
    Sheet {
        title: "Quit now?".to_owned(),
        fact: String::new(),
        style: theme.wait,
        body,
        buttons: vec![keys(&[("Esc", "stay"), ("y", "quit all the same")], columns, model)],
    }
}
