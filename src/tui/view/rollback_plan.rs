//! The rollback, before it is needed: what calls for it, its steps, what is written, who owns it, and the key that does
//! it. While one runs, or stands, how far it is.

mod plan;

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Clear,
};

use self::plan::Room;
use super::{line, panel, procedure, state, wide};
use crate::{
    audit::Action,
    tui::{model::Model, operation::Operation},
};

/// From this width on what calls for it stands beside what is done.
const BROAD: u16 = 110;

/// How many places the page can be scrolled to.
pub fn length(model: &Model) -> usize {
    let (columns, rows) = super::panel_size(model);
    let longest = match broad(model) {
        // Each of two boxes has a frame of its own.
        true => {
            let [left, right] = halves(Rect::new(0, 0, model.size.0, 1));
            let columns = |half: Rect| usize::from(half.width.saturating_sub(4));
            calls(model, columns(left), rows).len().max(done(model, columns(right), rows).len())
        }
        false => page(model, columns, rows).len(),
    };
    longest.saturating_sub(rows) + 1
}

/// Whether there is one to tell of: it runs, it failed, or it stands.
fn is_under_way(model: &Model) -> bool {
    let rolls_back = |operation: &Operation| operation.action == Action::Rollback;
    model.procedure().is_some() || model.operation.as_ref().is_some_and(rolls_back)
}

fn broad(model: &Model) -> bool {
    let (columns, rows) = model.size;
    columns >= BROAD && wide(Rect::new(0, 0, columns, rows))
}

/// Draws the full screen.
pub fn render_screen(frame: &mut Frame, area: Rect, model: &Model) {
    if !broad(model) {
        let (title, fact) = head(model);
        return scrolled(frame, area, (&title, fact), page, model);
    }
    let [left, right] = halves(area);
    scrolled(frame, left, (CALLS, plan::called(model)), calls, model);
    let (title, fact) = head(model);
    scrolled(frame, right, (&title, fact), done, model);
}

fn halves(area: Rect) -> [Rect; 2] {
    // The procedure has more to say; a trigger keeps its title and its figure in one row.
    let left = Rect { width: area.width * 28 / 60, ..area };
    [left, Rect { x: left.right(), width: area.width - left.width, ..area }]
}

/// The rows of a panel, in so many columns and so many rows if that is possible.
type Rows = fn(&Model, usize, usize) -> Vec<Line<'static>>;

/// A panel from the selected row on; a page that is cut says so.
fn scrolled(frame: &mut Frame, area: Rect, (title, fact): (&str, Vec<Span<'static>>), rows: Rows, model: &Model) {
    let inner = panel::open(frame, area, title, fact, &model.theme);
    let rows = rows(model, usize::from(inner.width), usize::from(inner.height));
    let last = rows.len().saturating_sub(usize::from(inner.height));
    let first = model.place.selected.min(last);
    panel::scrolled(frame, inner, rows, first);
    more(frame, inner, last - first, model);
}

const CALLS: &str = "What calls for a rollback";

/// That there is more below.
fn more(frame: &mut Frame, area: Rect, hidden: usize, model: &Model) {
    let theme = &model.theme;
    if hidden == 0 || area.height < 2 {
        return;
    }
    let text = format!("{} {} more lines, Down", theme.glyphs.ellipsis, hidden + 1);
    let last = Rect { y: area.bottom() - 1, height: 1, ..area };
    frame.render_widget(Clear, last);
    frame.render_widget(line::row(vec![line::text(text, theme.dim)], Vec::new(), usize::from(area.width), theme), last);
}

/// All of it in one column: what is to be done first where it was called for, else what would call for it.
fn page(model: &Model, columns: usize, _: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let mut calls = vec![line::row(vec![line::text(CALLS, theme.strong)], plan::called(model), columns, theme)];
    calls.extend(plan::calls(model, columns, Room::Tight));
    if is_under_way(model) {
        let mut rows = procedure::told(model, columns);
        rows.push(Line::default());
        rows.extend(calls);
        return rows;
    }
    let mut rows = plan::plan(model, columns, Room::Tight);
    let rest = rows.split_off(rows.len().min(plan::HEAD));
    rows.extend(calls);
    rows.extend(rest);
    rows
}

/// What calls for it.
fn calls(model: &Model, columns: usize, rows: usize) -> Vec<Line<'static>> {
    Room::fitting(rows, |room| plan::calls(model, columns, room))
}

/// The procedure: as it would be, or as far as it is.
fn done(model: &Model, columns: usize, rows: usize) -> Vec<Line<'static>> {
    Room::fitting(rows, |room| match is_under_way(model) {
        false => plan::plan(model, columns, room),
        true => {
            let mut rows = procedure::told(model, columns);
            match room {
                Room::Airy => rows.insert(0, Line::default()),
                Room::Whole => {}
                Room::Tight => rows.retain(|row| row.width() > 0),
            }
            rows
        }
    })
}

/// Title and fact of the procedure.
fn head(model: &Model) -> (String, Vec<Span<'static>>) {
    let theme = &model.theme;
    if is_under_way(model) {
        let (title, clock, style) = procedure::standing(model);
        return (title, vec![line::text(clock, style)]);
    }
    let fact = match state::unjudged(model) {
        Some(_) => "needs the flag store alone",
        None if model.is_off() => "nobody has the feature",
        None => "none stands",
    };
    ("Rollback procedure".to_owned(), vec![line::text(fact, theme.dim)])
}
