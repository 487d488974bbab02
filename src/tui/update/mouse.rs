//! The mouse: a click looks, opens or puts the focus somewhere; it confirms nothing. The wheel scrolls.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::{
    Effect, find,
    key::{clamp, screen_key, show, step},
};
use crate::tui::{
    dialog::Dialog,
    drawn::Target,
    keys::Command,
    model::{Clicked, Model, Screen},
    view,
};

/// Lines of a text that one notch of the wheel scrolls. In a list it goes on by one.
const NOTCH: usize = 3;

/// What a mouse does here. Its other keys, and where it moves, mean nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mouse {
    /// A click: column and row.
    Click(u16, u16),
    /// The wheel, away from the hand.
    WheelUp,
    /// The wheel, towards it.
    WheelDown,
}

impl Mouse {
    /// What the terminal tells, if it means anything.
    pub fn of(event: &MouseEvent) -> Option<Self> {
        match event.kind {
            MouseEventKind::Down(MouseButton::Left) => Some(Self::Click(event.column, event.row)),
            MouseEventKind::ScrollUp => Some(Self::WheelUp),
            MouseEventKind::ScrollDown => Some(Self::WheelDown),
            _ => None,
        }
    }
}

pub(super) fn mouse(model: &mut Model, mouse: Mouse) -> Vec<Effect> {
    match mouse {
        Mouse::Click(column, row) => {
            let target = model.drawn.at(column, row);
            click(model, target)
        }
        Mouse::WheelUp => wheel(model, Command::Up),
        Mouse::WheelDown => wheel(model, Command::Down),
    }
}

fn click(model: &mut Model, target: Option<Target>) -> Vec<Effect> {
    let clicked = model.place.clicked.take();
    match (target, model.dialogs.last_mut()) {
        (Some(Target::Focus(focus)), Some(dialog)) => dialog.take_focus(focus),
        // The line in which one searches lies over nothing.
        (Some(Target::Line(line)), Some(Dialog::Find(_))) => {
            model.place.selected = line;
            clamp(model);
            find::moved(model);
        }
        // What lies under a dialog is not drawn as something to click on; and where it is all the same, nothing happens.
        (_, Some(_)) | (None | Some(Target::Focus(_)), None) => {}
        (Some(Target::View(screen)), None) if screen != model.screen => show(model, screen),
        (Some(Target::View(_)), None) => {}
        (Some(Target::Line(line)), None) => {
            model.place.selected = line;
            clamp(model);
            // The second click on a line opens it, wherever the selection was before.
            if clicked.is_some_and(|clicked| clicked.line == line) {
                return screen_key(model, Some(Command::Open));
            }
            model.place.clicked = Some(Clicked { line, first: model.drawn.first() });
        }
        (Some(Target::Key(command)), None) => return screen_key(model, Some(command)),
    }
    Vec::new()
}

fn wheel(model: &mut Model, command: Command) -> Vec<Effect> {
    let down = command == Command::Down;
    let by = |at: usize, lines: usize| {
        if down { at.saturating_add(1).min(lines.saturating_sub(1)) } else { at.saturating_sub(1) }
    };
    model.place.clicked = None;
    let ways = model.assessment.as_deref().map_or(0, |a| crate::tui::dialog::ways_out(model, a).len());
    let mut dialog = model.dialogs.pop();
    match &mut dialog {
        None => {
            let text = model.place.open || model.screen == Screen::Help;
            (0..if text { NOTCH } else { 1 }).for_each(|_| step(model, Some(command)));
        }
        Some(Dialog::Record(form)) if !form.typing() => form.selected = by(form.selected, form.choices.len()),
        Some(Dialog::Drift(form)) => form.selected = by(form.selected, ways),
        Some(Dialog::Palette(form)) => form.selected = by(form.selected, form.found(model).len()),
        Some(_) => {}
    }
    let Some(dialog) = dialog else { return Vec::new() };
    let scrolls = !matches!(&dialog, Dialog::Drift(_) | Dialog::Palette(_) | Dialog::Find(_))
        && !matches!(&dialog, Dialog::Record(form) if !form.typing());
    let finds = matches!(&dialog, Dialog::Find(_));
    model.dialogs.push(dialog);
    if finds {
        step(model, Some(command));
        find::moved(model);
    }
    if scrolls {
        let furthest = view::furthest_in_dialog(model);
        let from = model.scroll.min(furthest);
        model.scroll = if down { (from + NOTCH).min(furthest) } else { from.saturating_sub(NOTCH) };
    }
    Vec::new()
}
