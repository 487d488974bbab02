//! Which dialog or screen a key goes to, and what it does on a screen.

use std::mem::discriminant;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{
    Effect, actions, advance, change as changes, drift, find, lists, look, open, palette, procedure, qa, readiness,
    record, recording, rollback, screens, too_soon,
};
use crate::tui::{
    dialog::{Dialog, QuitForm},
    keys::{Command, Key},
    model::{Model, Place, Screen},
    view,
};

pub(super) fn key(model: &mut Model, event: &KeyEvent) -> Vec<Effect> {
    // With a modifier that no binding has it is no key of ours. An Esc with a key right behind it comes as such: neither a
    // `y` that follows a way out confirms, nor does an `R` take the confirmation's short way from it.
    if Key::of(event).is_none() {
        return Vec::new();
    }
    let command = model.command(event);
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    // A letter where letters are text is one, whatever else it is bound to; but for the one that always rolls back.
    let letter = model.typing() && !control && matches!(event.code, KeyCode::Char(_));
    let typed = letter || (control && model.typing());
    match command {
        Some(Command::Redraw) if !letter => return vec![Effect::Redraw],
        Some(Command::Suspend) if !letter => return vec![Effect::Suspend],
        Some(Command::Quit) if control => return quit(model),
        // In the rollback's own reason an R is a letter; everywhere else it rolls back.
        Some(Command::Rollback) if !matches!(model.dialog(), Some(Dialog::Rollback(_))) => {
            return rollback::roll_back(model);
        }
        // What a dialog says and does not fit is scrolled; no dialog has another use for these keys. Ctrl-U empties a field.
        Some(Command::PageUp | Command::PageDown)
            if !typed && !matches!(model.dialog(), None | Some(Dialog::Find(_) | Dialog::Palette(_))) =>
        {
            scroll(model, command == Some(Command::PageDown));
            return Vec::new();
        }
        _ => {}
    }
    let depth = model.dialogs.len();
    let top = model.dialog().map(discriminant);
    let effects = match model.dialogs.pop() {
        None => screen_key(model, command),
        Some(Dialog::Rollback(form)) => rollback::key(model, form, event, command),
        Some(Dialog::Advance(form)) => advance::key(model, form, event),
        Some(Dialog::Change(form)) => changes::key(model, form, event, command),
        Some(Dialog::Drift(form)) => drift::key(model, form, event, command),
        Some(Dialog::Palette(form)) => palette::key(model, form, event),
        Some(Dialog::Seek(form)) => recording::seek_key(model, form, event),
        Some(Dialog::Find(form)) => find::key(model, form, event),
        Some(Dialog::Record(form)) => record::key(model, form, event, command),
        Some(Dialog::Legacy(form)) => procedure::legacy_key(model, form, event),
        Some(Dialog::Quit(form)) => quit_key(model, form, event),
        Some(Dialog::Qa(form)) => qa::key(model, form, event, command),
        Some(Dialog::Progress) => procedure::key(model, event, command),
        Some(Dialog::Blocked) => blocked_key(model, command),
        Some(Dialog::NotAllowed(told)) => match command {
            Some(Command::Back | Command::Open) => Vec::new(),
            _ => leave_to(model, Dialog::NotAllowed(told), command),
        },
        Some(Dialog::NotNow(change)) => match command {
            Some(Command::Back | Command::Open) => Vec::new(),
            _ => leave_to(model, Dialog::NotNow(change), command),
        },
    };
    if (depth, top) != (model.dialogs.len(), model.dialog().map(discriminant)) {
        model.scroll = 0;
    }
    effects
}

/// What stands against advancing: nothing to confirm, but ways on.
fn blocked_key(model: &mut Model, command: Option<Command>) -> Vec<Effect> {
    match command {
        Some(Command::Back | Command::Open) => Vec::new(),
        Some(Command::Advance) => advance::advance(model),
        _ => leave_to(model, Dialog::Blocked, command),
    }
}

/// What a key does in a dialog that only shows: it may lead elsewhere, else the dialog stays.
pub(super) fn leave_to(model: &mut Model, dialog: Dialog, command: Option<Command>) -> Vec<Effect> {
    match command {
        Some(Command::Quit) => {
            model.dialogs.push(dialog);
            quit(model)
        }
        Some(
            command @ (Command::Show(_)
            | Command::NextView
            | Command::PreviousView
            | Command::Rollouts
            | Command::Palette),
        ) => screen_key(model, Some(command)),
        Some(command @ (Command::Record | Command::Drift | Command::Reduce)) => {
            model.dialogs.push(dialog);
            actions::open(model, command)
        }
        _ => {
            model.dialogs.push(dialog);
            Vec::new()
        }
    }
}

pub(super) fn screen_key(model: &mut Model, command: Option<Command>) -> Vec<Effect> {
    let Some(command) = command else { return Vec::new() };
    match command {
        Command::Rollback => return rollback::roll_back(model),
        Command::Advance | Command::Reduce | Command::Drift | Command::Record => return actions::open(model, command),
        Command::Quit => return quit(model),
        Command::Palette => return palette::palette(model),
        Command::Redraw => return vec![Effect::Redraw],
        Command::Suspend => return vec![Effect::Suspend],
        Command::Show(screen) => show(model, screen),
        Command::NextView => show(model, model.screen.next()),
        Command::PreviousView => show(model, model.screen.previous()),
        Command::Note
        | Command::Find
        | Command::Export
        | Command::Report
        | Command::OpenPoll
        | Command::Vote
        | Command::Decide
        | Command::RunQa
        | Command::Skip
        | Command::Pass
        | Command::Fail => return screens::open(model, command),
        Command::Sort => return lists::sort(model),
        Command::Back if model.place.open => model.place.open = false,
        Command::Back if find::widen(model) => {}
        Command::Rollouts => return vec![Effect::Rollouts],
        Command::Back if model.facts.several && model.screen == Screen::Overview => return vec![Effect::Rollouts],
        Command::Back => show(model, Screen::Overview),
        Command::Open if model.screen == Screen::Overview => {
            show(model, Screen::Gates);
            model.place.selected = model.worst_gate().map_or(0, |(i, _)| i);
        }
        Command::Open if model.screen == Screen::Readiness => return readiness::enter(model),
        Command::Open | Command::Details => {
            let pages = matches!(model.screen, Screen::Help | Screen::Procedure);
            model.place.open = !model.place.open && !pages && model.lines() > 0;
            model.place.scroll = 0;
        }
        Command::First | Command::Last if model.facts.replay && model.lines() == 0 => {
            return recording::order(model, command);
        }
        Command::Up | Command::Down | Command::PageUp | Command::PageDown | Command::First | Command::Last => {
            step(model, Some(command));
        }
        Command::Copy => return look::copy(model),
        Command::Theme => look::next_theme(model),
        Command::Times => look::next_times(model),
        Command::Zoom if model.screen == Screen::Success => model.zoom = model.zoom.next(),
        Command::Left if model.screen == Screen::Success => model.zoom = model.zoom.wider(),
        Command::Right if model.screen == Screen::Success => model.zoom = model.zoom.narrower(),
        Command::Pause
        | Command::Slower
        | Command::Faster
        | Command::StepBack
        | Command::StepOn
        | Command::SeekBack
        | Command::SeekOn
        | Command::SeekFirst
        | Command::SeekLast
        | Command::SeekTo => return recording::order(model, command),
        Command::Left | Command::Right | Command::Zoom => {}
    }
    Vec::new()
}

/// Shows a screen; asked for again, it goes back to the overview.
pub(super) fn show(model: &mut Model, screen: Screen) {
    if model.screen != Screen::Help {
        model.helped = model.screen;
    }
    model.screen = if model.screen == screen { Screen::Overview } else { screen };
    model.place = Place::default();
    find::left(model);
}

fn page(model: &Model) -> isize {
    isize::try_from(model.size.1.saturating_sub(8)).unwrap_or(1).max(1)
}

/// Moves the selection, or what is open, as the key says.
pub(super) fn step(model: &mut Model, command: Option<Command>) {
    let by = match command {
        Some(Command::Up) => -1,
        Some(Command::Down) => 1,
        Some(Command::PageUp) => -page(model),
        Some(Command::PageDown) => page(model),
        Some(Command::First) => isize::MIN,
        Some(Command::Last) => isize::MAX,
        _ => return,
    };
    if model.place.open {
        model.place.scroll = model.place.scroll.saturating_add_signed(by).min(view::furthest(model));
    } else {
        model.place.selected = model.place.selected.saturating_add_signed(by);
        clamp(model);
    }
}

pub(super) fn clamp(model: &mut Model) {
    model.place.selected = model.place.selected.min(model.lines().saturating_sub(1));
}

/// Scrolls what the dialog on top says, half a screen at a time.
fn scroll(model: &mut Model, down: bool) {
    let half = usize::from(model.size.1 / 3).max(1);
    let furthest = view::furthest_in_dialog(model);
    let from = model.scroll.min(furthest);
    model.scroll = if down { (from + half).min(furthest) } else { from.saturating_sub(half) };
}

pub(super) fn quit(model: &mut Model) -> Vec<Effect> {
    if !(model.busy() || model.gate_runs()) || matches!(model.dialog(), Some(Dialog::Quit(_))) {
        return vec![Effect::Quit];
    }
    let form = QuitForm { opened: model.uptime };
    open(model, Dialog::Quit(form))
}

fn quit_key(model: &mut Model, form: QuitForm, event: &KeyEvent) -> Vec<Effect> {
    match event.code {
        KeyCode::Char('y') if !too_soon(model, form.opened) => return vec![Effect::Quit],
        KeyCode::Esc | KeyCode::Enter | KeyCode::Char('n') => {}
        _ => model.dialogs.push(Dialog::Quit(form)),
    }
    Vec::new()
}
