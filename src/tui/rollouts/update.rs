//! What happens in the list on a key or on news: pure.

use std::time::Duration;

use chrono::{DateTime, Utc};
use crossterm::event::KeyEvent;

use super::{
    keys,
    list::{Over, Rollouts, Seen, Selected},
    mouse,
    standing::Standing,
};
use crate::tui::{model::Screen, update::Mouse};

/// A key or news.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse was used.
    Mouse(Mouse),
    /// Text was pasted. It is text, never keys.
    Paste(String),
    /// The terminal has another size.
    Resize(u16, u16),
    /// Time went on: the clock, and real time since the start.
    Tick(DateTime<Utc>, Duration),
    /// The rollout of this place stands so.
    Stands(usize, Box<Standing>),
    /// The list is in front, and this rollout is the one that was looked at.
    Back(usize),
    /// Somebody wants to leave while these are at work; never empty.
    Busy(Vec<String>),
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Show the cockpit of this rollout, or one of its screens.
    Open(usize, Option<Screen>),
    /// Open this rollout's confirmation of a rollback.
    RollBack(usize),
    /// Put this on the terminal's clipboard.
    Copy(String),
    /// Leave, unless something is under way.
    Leave,
    /// Leave whatever is under way.
    Quit,
    /// Forget the keys that are queued.
    DropInput,
    /// Draw everything again.
    Redraw,
    /// Stop, as Ctrl-Z does.
    Suspend,
}

/// Takes one message in.
pub fn update(list: &mut Rollouts, msg: Msg) -> Option<Effect> {
    match msg {
        Msg::Key(event) => {
            list.clicked = None;
            return touch(list, |list| keys::key(list, &event));
        }
        Msg::Mouse(event) => return touch(list, |list| mouse::mouse(list, event)),
        Msg::Paste(text) if matches!(list.over, Some(Over::Palette(_))) => {
            if let Some(Over::Palette(form)) = &mut list.over {
                form.field.insert(&text);
                form.selected = 0;
            }
            list.dirty = true;
        }
        Msg::Paste(text) if list.typing => {
            list.filter.insert(&text);
            list.dirty = true;
            list.arrange();
        }
        Msg::Paste(_) => {}
        Msg::Resize(columns, rows) => {
            list.size = (columns, rows);
            list.dirty = true;
            list.reveal();
        }
        Msg::Tick(now, uptime) => {
            // Ages are told in seconds; a fraction of one is no news.
            list.dirty |= now.timestamp() != list.now.timestamp();
            (list.now, list.uptime) = (now, uptime);
            list.settle();
        }
        Msg::Stands(i, standing) => {
            if let Some(Seen::Rollout(seen)) = list.entries.get_mut(i).map(|entry| &mut entry.seen)
                && *seen != standing
            {
                *seen = standing;
                list.dirty = true;
            }
        }
        Msg::Back(i) => {
            (list.selected, list.touched, list.dirty) = (Selected::Entry(i), None, true);
            list.arrange();
        }
        Msg::Busy(busy) => {
            list.over = Some(Over::Quit { opened: list.uptime, busy });
            list.dirty = true;
            return Some(Effect::DropInput);
        }
    }
    None
}

/// Does what a hand asks for. The lines hold still for a while then.
fn touch(list: &mut Rollouts, does: impl FnOnce(&mut Rollouts) -> Option<Effect>) -> Option<Effect> {
    list.touched = Some(list.uptime);
    list.dirty = true;
    let effect = does(list);
    list.reveal();
    effect
}
