//! What the keys of the list do: those of the one table that mean something in a list of rollouts.

use std::{sync::Arc, time::Duration};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{
    list::{Over, Rollouts, Seen, Selected},
    update::Effect,
};
use crate::tui::{
    dialog::{PaletteForm, TOO_SOON, Typed, is_named},
    hint::Hint,
    keys::{Bound, Command, Key, Keymap},
    model::Screen,
    update::{copied, rezoned, turned},
    view,
};

/// The keys of the list are those of this screen: a list, in which nothing is sorted or recorded.
const KEYS_OF: Screen = Screen::Sources;

/// The lines of the table that do something in the list as it stands, in their order.
pub fn bound<'a>(keymap: &'a Keymap, list: &Rollouts) -> impl Iterator<Item = &'a Bound> {
    let opens = list.opens();
    keymap.on_screen(list.kind(), KEYS_OF).filter(move |bound| match bound.binding.command {
        Command::Show(Screen::Help) => true,
        Command::Show(_) | Command::Open => opens,
        Command::Rollback
        | Command::Find
        | Command::Copy
        | Command::Palette
        | Command::Theme
        | Command::Times
        | Command::Quit
        | Command::Back
        | Command::Up
        | Command::Down
        | Command::PageUp
        | Command::PageDown
        | Command::First
        | Command::Last
        | Command::Redraw
        | Command::Suspend => true,
        _ => false,
    })
}

/// What the list offers by name.
pub fn offers<'a>(keymap: &'a Keymap, list: &Rollouts) -> Vec<&'a Bound> {
    bound(keymap, list).filter(|bound| is_named(bound)).collect()
}

pub(super) fn key(list: &mut Rollouts, event: &KeyEvent) -> Option<Effect> {
    // With a modifier that no binding has it is no key of ours: an Esc with a key right behind it comes as such.
    Key::of(event)?;
    let command = list.keymap.command(event, list.kind(), KEYS_OF);
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    // A letter where letters are text is one, whatever else it is bound to.
    let text = list.typing || matches!(list.over, Some(Over::Palette(_)));
    let letter = text && !control && matches!(event.code, KeyCode::Char(_));
    match command {
        Some(Command::Redraw) if !letter => return Some(Effect::Redraw),
        Some(Command::Suspend) if !letter => return Some(Effect::Suspend),
        Some(Command::Quit) if control => return Some(leave(list)),
        _ => {}
    }
    match list.over.take() {
        Some(Over::Quit { opened, busy }) => return quit_key(list, event, opened, busy),
        // What lies over the list and asks nothing keeps nobody from rolling back.
        Some(Over::Help | Over::Palette(_)) if command == Some(Command::Rollback) => {
            return act(list, Command::Rollback);
        }
        // Any key closes it, and does nothing else.
        Some(Over::Help) => return None,
        Some(Over::Palette(form)) => return palette_key(list, form, event),
        None => {}
    }
    if list.typing {
        return type_into(list, event, command);
    }
    act(list, command?)
}

/// Does what a command asks for, however it was given.
pub(super) fn act(list: &mut Rollouts, command: Command) -> Option<Effect> {
    match command {
        Command::Quit => return Some(Effect::Leave),
        Command::Rollback => return list.current().map(Effect::RollBack),
        Command::Open => return open(list, None),
        Command::Show(Screen::Help) => list.over = Some(Over::Help),
        Command::Show(screen) => return open(list, Some(screen)),
        Command::Find => list.typing = true,
        Command::Palette => list.over = Some(Over::Palette(PaletteForm::default())),
        Command::Theme => {
            let text = turned(&mut list.themes);
            list.wear(list.themes.clone(), list.times);
            list.hint = Some(Hint::new(text, list.uptime));
        }
        Command::Times => {
            let text = rezoned(&mut list.times, list.now);
            list.hint = Some(Hint::new(text, list.uptime));
        }
        Command::Copy => {
            let (text, said) = copied(view::rollouts::selected(list));
            list.hint = Some(Hint::new(said, list.uptime));
            return text.map(Effect::Copy);
        }
        Command::Back if !list.filter.is_blank() => narrow(list, |list| list.filter = Default::default()),
        Command::Redraw => return Some(Effect::Redraw),
        Command::Suspend => return Some(Effect::Suspend),
        command => step(list, command),
    }
    None
}

fn palette_key(list: &mut Rollouts, mut form: PaletteForm, event: &KeyEvent) -> Option<Effect> {
    let keymap = Arc::clone(&list.keymap);
    match form.key(event, &offers(&keymap, list)) {
        Typed::Stays => list.over = Some(Over::Palette(form)),
        Typed::Left => {}
        Typed::Chosen(binding) => return act(list, binding.command),
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

pub(super) fn step(list: &mut Rollouts, command: Command) {
    let page = view::rollouts::rows(list).saturating_sub(1).max(1);
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
