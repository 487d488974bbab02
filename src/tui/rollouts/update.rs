//! What happens in the list on a key or on news: pure.

use std::time::Duration;

use chrono::{DateTime, Utc};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{
    list::{Over, Rollouts, Seen, Selected},
    standing::Standing,
};
use crate::tui::{dialog::TOO_SOON, keys::Command, model::Screen, view};

/// The keys of the list are those of this screen: a list, in which nothing is sorted or recorded.
pub const KEYS_OF: Screen = Screen::Sources;

/// A key or news.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Show the cockpit of this rollout, or one of its screens.
    Open(usize, Option<Screen>),
    /// Open this rollout's confirmation of a rollback.
    RollBack(usize),
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
            list.touched = Some(list.uptime);
            list.dirty = true;
            let effect = key(list, &event);
            list.reveal();
            return effect;
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

fn key(list: &mut Rollouts, event: &KeyEvent) -> Option<Effect> {
    let command = list.keymap.command(event, list.kind(), KEYS_OF);
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    match command {
        Some(Command::Redraw) => return Some(Effect::Redraw),
        Some(Command::Suspend) => return Some(Effect::Suspend),
        Some(Command::Quit) if control => return Some(leave(list)),
        _ => {}
    }
    match list.over.take() {
        Some(Over::Quit { opened, busy }) => return quit_key(list, event, opened, busy),
        // Any key closes it, and does nothing else.
        Some(Over::Help) => return None,
        None => {}
    }
    if list.typing {
        return type_into(list, event, command);
    }
    match command? {
        Command::Quit => return Some(Effect::Leave),
        Command::Rollback => return list.current().map(Effect::RollBack),
        Command::Open => return open(list, None),
        Command::Show(Screen::Help) => list.over = Some(Over::Help),
        Command::Show(screen) => return open(list, Some(screen)),
        Command::Find => list.typing = true,
        Command::Back if !list.filter.is_blank() => narrow(list, |list| list.filter = Default::default()),
        command => step(list, command),
    }
    None
}

/// Asked twice to leave, in a way that no dialog keeps back, one leaves.
fn leave(list: &Rollouts) -> Effect {
    if matches!(list.over, Some(Over::Quit { .. })) { Effect::Quit } else { Effect::Leave }
}

fn quit_key(list: &mut Rollouts, event: &KeyEvent, opened: Duration, busy: Vec<String>) -> Option<Effect> {
    match event.code {
        KeyCode::Char('y') if list.uptime.saturating_sub(opened) >= TOO_SOON => return Some(Effect::Quit),
        KeyCode::Esc | KeyCode::Enter | KeyCode::Char('n') => {}
        _ => list.over = Some(Over::Quit { opened, busy }),
    }
    None
}

/// One that cannot be opened says below the list why.
fn open(list: &Rollouts, screen: Option<Screen>) -> Option<Effect> {
    let i = list.current()?;
    matches!(list.entries[i].seen, Seen::Rollout(_)).then_some(Effect::Open(i, screen))
}

fn type_into(list: &mut Rollouts, event: &KeyEvent, command: Option<Command>) -> Option<Effect> {
    match event.code {
        KeyCode::Enter => list.typing = false,
        KeyCode::Esc => {
            list.typing = false;
            narrow(list, |list| list.filter = Default::default());
        }
        KeyCode::Up | KeyCode::Down | KeyCode::PageUp | KeyCode::PageDown => step(list, command?),
        _ => narrow(list, |list| {
            list.filter.edit(event);
        }),
    }
    None
}

/// Changes the filter. What is selected and not shown any more gives way to the first that is.
fn narrow(list: &mut Rollouts, change: impl FnOnce(&mut Rollouts)) {
    let before = list.filter.text();
    change(list);
    if list.filter.text() == before {
        return;
    }
    list.arrange();
    if list.line().is_none() {
        list.selected = Selected::First;
    }
}

fn step(list: &mut Rollouts, command: Command) {
    let page = view::rollouts::rows(list.size, list.order.len()).saturating_sub(1).max(1);
    let page = isize::try_from(page).unwrap_or(1);
    let by = match command {
        Command::Up => -1,
        Command::Down => 1,
        Command::PageUp => -page,
        Command::PageDown => page,
        Command::First => isize::MIN,
        Command::Last => isize::MAX,
        _ => return,
    };
    let last = list.order.len().saturating_sub(1);
    let line = list.line().unwrap_or_default().saturating_add_signed(by).min(last);
    if let Some(entry) = list.order.get(line) {
        list.selected = Selected::Entry(*entry);
    }
}
