//! The mouse in the list: a click selects, a second one on the same rollout opens it; it confirms nothing. The wheel
//! scrolls.

use std::sync::Arc;

use super::{
    keys::{act, offers, step},
    list::{Over, Rollouts, Selected},
    update::Effect,
};
use crate::tui::{dialog::Focus, drawn::Target, keys::Command, update::Mouse};

pub(super) fn mouse(list: &mut Rollouts, mouse: Mouse) -> Option<Effect> {
    match mouse {
        Mouse::Click(column, row) => {
            let target = list.drawn.at(column, row);
            click(list, target)
        }
        Mouse::WheelUp => {
            wheel(list, Command::Up);
            None
        }
        Mouse::WheelDown => {
            wheel(list, Command::Down);
            None
        }
    }
}

fn click(list: &mut Rollouts, target: Option<Target>) -> Option<Effect> {
    let clicked = list.clicked.take();
    match (&mut list.over, target?) {
        (Some(Over::Palette(form)), Target::Focus(Focus::Line(line))) => form.selected = line,
        // What lies under something is not drawn as anything to click on; and where it is all the same, nothing happens.
        (Some(_), _) => {}
        (None, Target::Line(line)) => {
            let entry = *list.order.get(line)?;
            list.selected = Selected::Entry(entry);
            // It is the rollout that counts, wherever its line has gone since.
            if clicked == Some(entry) {
                return act(list, Command::Open);
            }
            list.clicked = Some(entry);
        }
        // Where letters are text, only the lines are there.
        (None, Target::Key(_)) if list.typing => {}
        (None, Target::Key(command)) => return act(list, command),
        (None, Target::View(_) | Target::Focus(_)) => {}
    }
    None
}

fn wheel(list: &mut Rollouts, command: Command) {
    list.clicked = None;
    let keymap = Arc::clone(&list.keymap);
    match list.over.take() {
        None => step(list, command),
        Some(Over::Palette(mut form)) => {
            let last = form.among(&offers(&keymap, list)).len().saturating_sub(1);
            let by = if command == Command::Down { 1 } else { -1 };
            form.selected = form.selected.saturating_add_signed(by).min(last);
            list.over = Some(Over::Palette(form));
        }
        over => list.over = over,
    }
}
