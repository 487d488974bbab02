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
    tui::{
        dialog::{Focus, NotAllowed},
        drawn::{Drawn, Target},
        field::Field,
        keys::{Command, Keymap, Kind},
        model::Model,
        rollouts::list::Rollouts,
        theme::Theme,
        words,
    },
};

/// Widest a dialog gets, and from how many columns of the screen on it gets wider.
const WIDEST: u16 = 84;
const SPACIOUS: (u16, u16) = (140, 104);

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
    /// What can have the focus, for the mouse.
    pub stops: Vec<Stop>,
}

/// Something that can have the focus, and where it is drawn.
pub struct Stop {
    row: Row,
    /// Its first column, and the first one behind it.
    columns: (usize, usize),
    focus: Focus,
}

/// A row of a dialog.
#[derive(Clone, Copy)]
pub enum Row {
    /// Of what it says.
    Body(usize),
    /// Of what can be done.
    Button(usize),
}

impl Stop {
    /// A whole row.
    pub fn row(row: Row, focus: Focus) -> Self {
        Self { row, columns: (0, usize::MAX), focus }
    }
}

/// The buttons of a row, each with what it stands for.
pub fn stops(buttons: &Line, row: Row, of: &[Focus]) -> Vec<Stop> {
    let mut from = 0;
    let mut found = Vec::new();
    for span in &buttons.spans {
        let columns = (from, from + words::width(&span.content));
        from = columns.1;
        if !span.content.trim().is_empty() {
            found.push(columns);
        }
    }
    found.into_iter().zip(of).map(|(columns, focus)| Stop { row, columns, focus: *focus }).collect()
}

/// A key, as a dialog names it.
#[derive(Debug, Clone, Copy)]
pub enum Hint<'a> {
    /// One that nothing rebinds: it belongs to the dialog, or people reach for it without looking.
    Fixed(&'a str),
    /// Whatever key does this now.
    Of(Command),
    /// Whatever keys do these now.
    Pair(Command, Command),
}

/// Out of it.
pub const ESC: Hint = Hint::Fixed("Esc");
/// On to what can have the focus next.
pub const TAB: Hint = Hint::Fixed("Tab");
/// What is possible from everywhere.
pub const ROLL_BACK: Hint = Hint::Of(Command::Rollback);

/// How wide a dialog is on this screen.
fn width(area: Rect) -> u16 {
    area.width.min(if area.width >= SPACIOUS.0 { SPACIOUS.1 } else { WIDEST })
}

/// How many columns a dialog's text has on this screen.
pub fn columns(area: Rect) -> usize {
    usize::from(width(area).saturating_sub(6))
}

/// What a dialog is drawn with: it lies over a cockpit, or over the list of rollouts.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// How it looks.
    pub theme: &'a Theme,
    /// Which key does what.
    pub keymap: &'a Keymap,
    /// Which keys there are.
    pub kind: Kind,
    /// The first line that is shown of what it says.
    pub scroll: usize,
    /// Takes up what lies where.
    pub drawn: &'a Drawn,
}

impl<'a> From<&'a Model> for Ground<'a> {
    fn from(model: &'a Model) -> Self {
        let Model { theme, keymap, scroll, drawn, .. } = model;
        Self { theme, keymap, kind: model.facts.kind(), scroll: *scroll, drawn }
    }
}

impl<'a> From<&'a Rollouts> for Ground<'a> {
    fn from(list: &'a Rollouts) -> Self {
        let Rollouts { theme, keymap, drawn, .. } = list;
        Self { theme, keymap, kind: list.kind(), scroll: 0, drawn }
    }
}

/// Draws it in the middle, over whatever is there.
pub fn render<'a>(frame: &mut Frame, area: Rect, sheet: Sheet, ground: impl Into<Ground<'a>>) {
    let ground = ground.into();
    let theme = ground.theme;
    let Laid { place, tight, body, buttons, room, taken } = lay_out(area, sheet.body, sheet.buttons);
    frame.render_widget(Clear, place);
    let fact = if sheet.fact.is_empty() { Vec::new() } else { vec![line::text(&sheet.fact, theme.dim)] };
    let title_style = sheet.style.patch(theme.strong);
    let inner = panel::boxed(frame, place, (&sheet.title, title_style), fact, sheet.style, theme);
    let inner = Rect {
        x: inner.x + 1.min(inner.width),
        width: inner.width.saturating_sub(2),
        y: inner.y + 1 - tight,
        height: inner.height.saturating_sub(1 - tight),
    };
    let below = u16::try_from(buttons.len()).unwrap_or(u16::MAX).min(inner.height);
    let above = above(body.len(), room, ground.scroll);
    let upper = Rect { height: inner.height - below, ..inner };
    let lower = Rect { y: inner.bottom() - below, height: below, ..inner };
    for stop in &sheet.stops {
        let (part, row) = match stop.row {
            // A sign in the first row tells how much is above, one in the last how much is below.
            Row::Body(row) => match (row - taken.iter().filter(|taken| **taken < row).count()).checked_sub(above) {
                Some(row) if above > 0 => (upper, row + 1),
                Some(row) => (upper, row),
                None => continue,
            },
            Row::Button(row) => (lower, row),
        };
        let column = |at: usize| u16::try_from(at).unwrap_or(u16::MAX).min(part.width);
        let (from, to) = (column(stop.columns.0), column(stop.columns.1));
        if let Some(y) = u16::try_from(row).ok().filter(|y| *y < part.height) {
            let area = Rect { x: part.x + from, y: part.y + y, width: to - from, height: 1 };
            ground.drawn.mark(area, Target::Focus(stop.focus));
        }
    }
    frame.render_widget(Text::from(seen(body, room, ground)), inner);
    frame.render_widget(Text::from(buttons), lower);
}

/// How far a dialog can be scrolled: as many lines are above what is shown of it then.
pub fn furthest(area: Rect, sheet: Sheet) -> usize {
    let Laid { body, room, .. } = lay_out(area, sheet.body, sheet.buttons);
    if body.len() > room && room > 1 { body.len() - (room - 1) } else { 0 }
}

/// A dialog, laid out.
struct Laid {
    place: Rect,
    /// 1 where there is no white space below the title.
    tight: u16,
    body: Vec<Line<'static>>,
    buttons: Vec<Line<'static>>,
    /// Rows for the body.
    room: usize,
    /// Rows that were taken out of the body, as they were counted when each was.
    taken: Vec<usize>,
}

fn lay_out(area: Rect, mut body: Vec<Line<'static>>, mut buttons: Vec<Line<'static>>) -> Laid {
    // White space goes first where there is little room: above the keys, within the frame, then in the text.
    if buttons.len() > 1 && usize::from(area.height) >= body.len() + buttons.len() + 4 {
        buttons.insert(buttons.len() - 1, Line::default());
    }
    let spare = |body: &[Line]| usize::from(area.height).saturating_sub(body.len() + buttons.len() + 2);
    let tight = u16::from(spare(&body) < 1);
    let mut taken = Vec::new();
    while spare(&body) == 0 && body.len() + buttons.len() + 2 > usize::from(area.height) {
        let Some(blank) = body.iter().rposition(|row| row.width() == 0) else { break };
        body.remove(blank);
        taken.push(blank);
    }
    let wanted = u16::try_from(body.len() + buttons.len() + 3).unwrap_or(u16::MAX) - tight;
    let height = wanted.min(area.height);
    let width = width(area);
    // Below the call, where there is room: it stays in sight.
    let below_call = if area.height >= super::AIRY { 6 } else { 4 };
    let y = area.y + (area.height - height).min(below_call);
    let place = Rect { x: area.x + (area.width - width) / 2, y, width, height };
    let inner = height.saturating_sub(2 + (1 - tight));
    let below = u16::try_from(buttons.len()).unwrap_or(u16::MAX).min(inner);
    Laid { place, tight, body, buttons, room: usize::from(inner - below), taken }
}

/// How many rows of so many are above what is shown of them.
fn above(rows: usize, room: usize, scroll: usize) -> usize {
    match rows <= room || room == 0 {
        true => 0,
        false => scroll.min(rows.saturating_sub(room.saturating_sub(1))),
    }
}

/// As much of the body as fits, and how much of it is above and below that.
fn seen(mut body: Vec<Line<'static>>, room: usize, ground: Ground) -> Vec<Line<'static>> {
    if body.len() <= room || room == 0 {
        return body;
    }
    let theme = ground.theme;
    let mark = |text: String| Line::from(line::text(format!("{} {text}", theme.glyphs.ellipsis), theme.dim));
    let above = above(body.len(), room, ground.scroll);
    if above > 0 {
        body.drain(..above);
        body.insert(0, mark(format!("{above} lines above, {}", ground.keymap.shown(Command::PageUp))));
    }
    if body.len() > room {
        let hidden = body.len() - room + 1;
        body.truncate(room - 1);
        body.push(mark(format!("{hidden} more lines, {}", ground.keymap.shown(Command::PageDown))));
    }
    body
}

/// Keys and what they do, in one row; those that the session does not have are not there.
pub fn keys<'a>(keys: &[(Hint, &str)], columns: usize, ground: impl Into<Ground<'a>>) -> Line<'static> {
    let Ground { theme, keymap, kind, .. } = ground.into();
    let shown = |command| keymap.shown(command);
    let has = |wanted| keymap.available(kind).any(|bound| bound.binding.command == wanted);
    let mut spans = Vec::new();
    for (hint, does) in keys {
        let name = match hint {
            Hint::Fixed(name) => (*name).to_owned(),
            Hint::Of(command) if !has(*command) => continue,
            Hint::Of(command) => shown(*command),
            Hint::Pair(one, other) => format!("{} {}", shown(*one), shown(*other)),
        };
        spans.extend(key(&name, does, theme));
    }
    line::row(spans, Vec::new(), columns, theme)
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
        buttons: vec![keys(
            &[(ESC, "close"), (Hint::Of(Command::Record), "enter"), (ROLL_BACK, "roll back")],
            columns,
            model,
        )],
        stops: Vec::new(),
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
        buttons: vec![keys(&[(ESC, "stay"), (Hint::Fixed("y"), "quit all the same")], columns, model)],
        stops: Vec::new(),
    }
}
