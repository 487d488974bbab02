//! The model, drawn. One file per panel; each renders into the area it is given.
//!
//! ```text
//! wide (from 100 columns and 24 rows)            narrow
//! ┌──────────────────────────────────────┐       ┌────────────────────┐
//! │ header                               │       │ header             │
//! │ stages                               │       │ stages             │
//! │ call                                 │       │ call               │
//! │ problem                              │       │ problem            │
//! ├───────────────────┬──────────────────┤       ├────────────────────┤
//! │ gates             │ success          │       │ gates              │
//! ├───────────────────┼──────────────────┤       │ success            │
//! │ guardrails        │ triggers         │       │ guardrails         │
//! ├───────────────────┴──────────────────┤       │ triggers           │
//! │ timeline                             │       │ timeline           │
//! ├──────────────────────────────────────┤       ├────────────────────┤
//! │ footer                               │       │ footer             │
//! └──────────────────────────────────────┘       └────────────────────┘
//! ```
//!
//! From 180 columns on the timeline shares its row with the other signals. A problem that one row cannot hold takes
//! another one from the body. Below 60 columns or 16 rows: the call, the stage and the keys only. A panel that gets one row shows its title and
//! its summary in it, so that folding never hides a fact that counts.

mod briefing;
mod call;
mod chart;
pub mod classes;
mod confirm_advance;
mod confirm_change;
mod confirm_legacy;
mod confirm_rollback;
mod dialog;
mod drift;
mod find;
mod footer;
pub mod gates;
pub mod guardrails;
mod header;
pub mod help;
mod letters;
mod line;
mod list;
mod paint;
mod palette;
mod panel;
mod plan;
mod procedure;
mod progress;
mod qa;
pub mod readiness;
mod record;
mod recording;
pub mod rollback_plan;
pub mod rollouts;
mod seek;
mod serving;
pub mod sources;
mod spark;
mod stages;
mod state;
pub mod storage;
pub mod success;
mod tallies;
mod timeline;
mod triggers;

use ratatui::{Frame, buffer::Buffer, layout::Rect, style::Style, text::Line};

use super::{
    dialog::Dialog,
    drawn::Target,
    model::{Model, Screen},
    theme::to_ascii,
};

/// From this size on there are two columns of boxed panels.
const WIDE: (u16, u16) = (100, 24);
/// From this width on the other signals have a panel of their own beside the timeline.
const SPACIOUS: u16 = 180;
/// From this height on there is white space around the call.
const AIRY: u16 = 32;
/// Below this size there are only the call, the stage and the keys.
const SMALL: (u16, u16) = (60, 16);

/// Draws everything.
pub fn render(frame: &mut Frame, model: &Model) {
    let area = frame.area();
    model.drawn.clear();
    if area.is_empty() {
        return;
    }
    if area.width < SMALL.0 || area.height < SMALL.1 {
        small(frame, area, model);
    } else {
        whole(frame, area, model);
    }
    if let Some(sheet) = sheet(area, model) {
        fade(frame.buffer_mut(), area, model);
        model.drawn.clear();
        dialog::render(frame, area, sheet, model);
    }
    if model.theme.ascii {
        plain(frame.buffer_mut());
    }
}

/// The dialog on top, ready to be drawn.
fn sheet(area: Rect, model: &Model) -> Option<dialog::Sheet> {
    Some(match model.dialog()? {
        Dialog::Rollback(form) => confirm_rollback::sheet(area, model, form),
        Dialog::Advance(form) => confirm_advance::sheet(area, model, form),
        Dialog::Change(form) => confirm_change::sheet(area, model, form),
        Dialog::Drift(form) => drift::sheet(area, model, form),
        // It is part of its panel.
        Dialog::Find(_) => return None,
        Dialog::Palette(form) => palette::sheet(area, form, &form.found(model), model),
        Dialog::Seek(form) => seek::sheet(area, model, form),
        Dialog::Record(form) => record::sheet(area, model, form),
        Dialog::Legacy(form) => confirm_legacy::sheet(area, model, form),
        Dialog::Qa(form) => qa::sheet(area, model, form),
        Dialog::Blocked => confirm_advance::blocked(area, model),
        Dialog::NotAllowed(told) => dialog::not_allowed(area, model, told),
        Dialog::NotNow(change) => confirm_change::not_now(area, model, *change),
        Dialog::Progress => match &model.operation {
            Some(operation) if !procedure::shows(operation, model) => progress::sheet(area, model, operation),
            _ => procedure::sheet(area, model),
        },
        Dialog::Quit(_) => dialog::quit(area, model),
    })
}

/// How far the dialog on top can be scrolled.
pub fn furthest_in_dialog(model: &Model) -> usize {
    let area = Rect::new(0, 0, model.size.0, model.size.1);
    sheet(area, model).map_or(0, |sheet| dialog::furthest(area, sheet))
}

fn whole(frame: &mut Frame, area: Rect, model: &Model) {
    if model.screen == Screen::Briefing {
        return briefing::render_screen(frame, area, model);
    }
    let airy = u16::from(area.height >= AIRY);
    let row = |y: u16, height: u16| Rect { y: area.y + y, height, ..area };
    header::render(frame, row(0, 1), model);
    stages::render(frame, row(1 + airy, 1), model);
    let call_at = 2 + 2 * airy;
    let call = call::rows(model, area);
    let call_height = call.len() as u16;
    call::render(frame, row(call_at, call_height), call);
    let top = call_at + call_height;
    let bottom = 1 + airy;
    let body = row(top, area.height.saturating_sub(top + bottom));
    match model.screen {
        Screen::Overview if wide(area) => two_columns(frame, body, model),
        Screen::Overview => one_column(frame, body, model),
        Screen::Gates => gates::render_screen(frame, body, model),
        Screen::Guardrails => guardrails::render_screen(frame, body, model),
        Screen::Timeline => timeline::render_screen(frame, body, model),
        Screen::Readiness => readiness::render_screen(frame, body, model),
        Screen::Success => success::render_screen(frame, body, model),
        Screen::Storage => storage::render_screen(frame, body, model),
        Screen::Procedure => rollback_plan::render_screen(frame, body, model),
        Screen::Sources => sources::render_screen(frame, body, model),
        Screen::Briefing => {}
        Screen::Help => help::render_screen(frame, body, model),
    }
    footer::render(frame, row(area.height - 1, 1), model);
}

/// Columns and rows within a panel that fills the screen.
fn panel_size(model: &Model) -> (usize, usize) {
    let (columns, rows) = model.size;
    let airy = u16::from(rows >= AIRY);
    let call = call::rows(model, Rect::new(0, 0, columns, rows)).len() as u16;
    let frame = if columns >= WIDE.0 && rows >= WIDE.1 { (4, 2) } else { (2, 1) };
    (usize::from(columns.saturating_sub(frame.0)), usize::from(rows.saturating_sub(3 + call + 3 * airy + frame.1)))
}

/// How far what is open on a full screen can be scrolled.
pub fn furthest(model: &Model) -> usize {
    let (columns, rows) = panel_size(model);
    detail(model, columns).map_or(0, |(_, lines)| lines.len().saturating_sub(rows))
}

/// Title and text of what is selected on a full screen, in so many columns.
pub fn detail(model: &Model, columns: usize) -> Option<(String, Vec<Line<'static>>)> {
    match model.screen {
        Screen::Gates => gates::selected(model, columns),
        Screen::Guardrails => guardrails::selected(model, columns),
        Screen::Timeline => timeline::selected(model, columns),
        Screen::Readiness => readiness::selected(model, columns),
        Screen::Overview | Screen::Help | Screen::Briefing => None,
        Screen::Storage => storage::selected(model, columns),
        Screen::Sources => sources::selected(model, columns),
        Screen::Success | Screen::Procedure => None,
    }
}

/// The call, the stage and the keys; the call first, because there may be a single row.
fn small(frame: &mut Frame, area: Rect, model: &Model) {
    let row = |y: u16, height: u16| Rect { y: area.y + y, height: height.min(area.height.saturating_sub(y)), ..area };
    let keys = u16::from(area.height >= 2);
    let room = area.height - keys;
    if room >= 4 {
        header::render(frame, row(0, 1), model);
        stages::render(frame, row(1, 1), model);
        call::render_tall(frame, row(2, room - 2), model);
    } else {
        call::render_tall(frame, row(0, room.min(2)), model);
        if room >= 3 {
            stages::render(frame, row(2, 1), model);
        }
    }
    if keys > 0 {
        footer::render(frame, row(area.height - 1, 1), model);
    }
}

fn wide(area: Rect) -> bool {
    area.width >= WIDE.0 && area.height >= WIDE.1
}

/// A panel of the overview, and the view that a click on it leads to.
type Panel = (fn(&mut Frame, Rect, &Model), Screen);

const GATES: Panel = (gates::render, Screen::Gates);
const SUCCESS: Panel = (success::render, Screen::Success);
const GUARDRAILS: Panel = (guardrails::render, Screen::Guardrails);
const TRIGGERS: Panel = (triggers::render, Screen::Procedure);
const TIMELINE: Panel = (timeline::render, Screen::Timeline);
const TALLIES: Panel = (tallies::render, Screen::Storage);

fn leads(frame: &mut Frame, area: Rect, model: &Model, (render, screen): Panel) {
    render(frame, area, model);
    model.drawn.mark(area, Target::View(screen));
}

fn two_columns(frame: &mut Frame, area: Rect, model: &Model) {
    // At 36 rows: 13, 9 and 6. The upper holds seven gates and why the worst of them is.
    let upper = (area.height * 6).div_ceil(13);
    let middle = area.height * 9 / 28;
    // Signatures are longer than triggers.
    let left = area.width * 31 / 60;
    let split = |y: u16, height: u16| {
        let row = Rect { y: area.y + y, height, ..area };
        (Rect { width: left, ..row }, Rect { x: row.x + left, width: row.width - left, ..row })
    };
    let (gates_area, success_area) = split(0, upper);
    let (guardrails_area, triggers_area) = split(upper, middle);
    let panels: [Panel; 4] = [GATES, SUCCESS, GUARDRAILS, TRIGGERS];
    for (panel, area) in panels.into_iter().zip([gates_area, success_area, guardrails_area, triggers_area]) {
        leads(frame, area, model, panel);
    }
    let y = upper + middle;
    let lower = Rect { y: area.y + y, height: area.height - y, ..area };
    if area.width < SPACIOUS {
        leads(frame, lower, model, TIMELINE);
        return;
    }
    let tallies = area.width / 3;
    leads(frame, Rect { width: area.width - tallies, ..lower }, model, TIMELINE);
    leads(frame, Rect { x: lower.right() - tallies, width: tallies, ..lower }, model, TALLIES);
}

/// One panel below the other. Each gets a row; what is left goes to what counts most, first.
fn one_column(frame: &mut Frame, area: Rect, model: &Model) {
    let gates_lines = gates::length(model);
    let trigger_lines = triggers::length(model);
    // Places among the panels.
    let [gates, success, guardrails, triggers, timeline] = [0, 1, 2, 3, 4];
    let wishes = [
        (gates, 1 + gates_lines),
        (success, 2),
        (guardrails, 2),
        (triggers, 1 + trigger_lines),
        (timeline, 2),
        (gates, 2 + gates_lines),
        (gates, 3 + gates_lines),
        (success, 7),
        (guardrails, 5),
        (timeline, 4),
        (success, 9),
        (timeline, u16::MAX),
    ];
    let mut rows = [1_u16; 5];
    let mut left = area.height.saturating_sub(5);
    for (panel, wish) in wishes {
        let more = wish.saturating_sub(rows[panel]).min(left);
        rows[panel] += more;
        left -= more;
    }
    let mut y = area.y;
    let panels: [Panel; 5] = [GATES, SUCCESS, GUARDRAILS, TRIGGERS, TIMELINE];
    for (panel, height) in panels.into_iter().zip(rows) {
        let height = height.min(area.bottom().saturating_sub(y));
        leads(frame, Rect { y, height, ..area }, model, panel);
        y += height;
    }
}

/// What lies under a dialog is there, and quiet.
fn fade(buffer: &mut Buffer, area: Rect, model: &Model) {
    buffer.set_style(area, Style::reset().patch(model.theme.frame));
}

/// Whatever text came from outside: in ASCII mode nothing else reaches the terminal.
fn plain(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if !cell.symbol().is_ascii() {
            let symbol = to_ascii(cell.symbol());
            cell.set_symbol(symbol);
        }
    }
}
