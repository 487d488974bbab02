//! What happens on a key or on news: pure. No clock, no file, no network; what is to be done comes back as effects.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{
    dialog::{AdvanceFocus, AdvanceForm, Dialog, QuitForm, RollbackFocus, RollbackForm, TOO_SOON},
    keys::{self, Command},
    model::{Model, Place, Screen},
    operation::Operation,
    view,
};
use crate::{
    audit::Action,
    fault::Fault,
    judge::{Assessment, History},
    operations::{Confirmed, Progress},
    snapshot::Snapshot,
};

/// A key or news.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted. It is text, never keys.
    Paste(String),
    /// The terminal has another size.
    Resize(u16, u16),
    /// Time went on: the session's clock, and real time since the start.
    Tick(DateTime<Utc>, Duration),
    /// A poll came in.
    Polled(Arc<Snapshot>),
    /// A snapshot was judged.
    Assessed(Arc<Assessment>),
    /// The audit log was read.
    History(Arc<History>),
    /// The audit log could not be read.
    NoHistory(Fault),
    /// The action of this number reports. A report of an action that was overtaken is dropped.
    Progress(u64, Progress),
    /// The action of this number is gone without having ended.
    Lost(u64),
}

/// What the shell is to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Do what was confirmed; its reports carry this number. Whatever action still runs gives way to it.
    Perform(u64, Confirmed),
    /// Forget the keys that are queued: they were typed at another screen. Done after the next frame is drawn.
    DropInput,
    /// Draw everything again.
    Redraw,
    /// Stop, as Ctrl-Z does.
    Suspend,
    /// Leave.
    Quit,
}

/// Takes one message in.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let visible = match &msg {
        // The clock on the screen shows seconds; a fraction of one is no news. A stopwatch runs while an action does.
        Msg::Tick(now, _) => now.timestamp() != model.now.timestamp() || model.busy(),
        Msg::Resize(columns, rows) => (*columns, *rows) != model.size,
        Msg::Key(_) => false,
        _ => true,
    };
    model.dirty |= visible;
    match msg {
        Msg::Key(event) => {
            let before = (model.screen, model.place, model.dialogs.clone());
            let effects = key(model, &event);
            model.dirty |= before != (model.screen, model.place, model.dialogs.clone()) || !effects.is_empty();
            return effects;
        }
        Msg::Paste(text) => paste(model, &text),
        Msg::Resize(columns, rows) => model.size = (columns, rows),
        Msg::Tick(now, uptime) => (model.now, model.uptime) = (now, uptime),
        Msg::Polled(snapshot) => model.snapshot = snapshot,
        Msg::Assessed(assessment) => {
            model.assessment = Some(assessment);
            recheck(model);
            clamp(model);
        }
        Msg::History(history) => {
            model.history = Some(history);
            model.warning = None;
            clamp(model);
        }
        Msg::NoHistory(fault) => model.warning = Some(fault),
        Msg::Progress(number, progress) => {
            if let Some((operation, elapsed)) = running(model, number) {
                operation.report(progress, elapsed);
            }
        }
        Msg::Lost(number) => {
            if let Some((operation, elapsed)) = running(model, number) {
                operation.lost(elapsed);
            }
        }
    }
    Vec::new()
}

fn running(model: &mut Model, number: u64) -> Option<(&mut Operation, Duration)> {
    let uptime = model.uptime;
    let operation = model.operation.as_mut().filter(|operation| operation.number == number && operation.runs())?;
    let elapsed = uptime.saturating_sub(operation.since);
    Some((operation, elapsed))
}

fn key(model: &mut Model, event: &KeyEvent) -> Vec<Effect> {
    let command = keys::command(event, model.facts.read_only);
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    match command {
        Some(Command::Redraw) => return vec![Effect::Redraw],
        Some(Command::Suspend) => return vec![Effect::Suspend],
        Some(Command::Quit) if control => return quit(model),
        // In the rollback's own reason an R is a letter; everywhere else it rolls back.
        Some(Command::Rollback) if !matches!(model.dialog(), Some(Dialog::Rollback(_))) => return roll_back(model),
        _ => {}
    }
    match model.dialogs.pop() {
        None => screen_key(model, command),
        Some(Dialog::Rollback(form)) => rollback_key(model, form, event, command),
        Some(Dialog::Advance(form)) => advance_key(model, form, event),
        Some(Dialog::Quit(form)) => quit_key(model, form, event),
        Some(dialog @ (Dialog::Blocked | Dialog::Progress)) => match command {
            Some(Command::Back | Command::Open) => Vec::new(),
            Some(Command::Quit) => {
                model.dialogs.push(dialog);
                quit(model)
            }
            Some(Command::Advance) if dialog == Dialog::Blocked => advance(model),
            Some(command @ (Command::Help | Command::Gates | Command::Guardrails | Command::Timeline)) => {
                screen_key(model, Some(command))
            }
            _ => {
                model.dialogs.push(dialog);
                Vec::new()
            }
        },
    }
}

fn screen_key(model: &mut Model, command: Option<Command>) -> Vec<Effect> {
    let Some(command) = command else { return Vec::new() };
    match command {
        Command::Advance => return advance(model),
        Command::Rollback => return roll_back(model),
        Command::Quit => return quit(model),
        Command::Gates => show(model, Screen::Gates),
        Command::Guardrails => show(model, Screen::Guardrails),
        Command::Timeline => show(model, Screen::Timeline),
        Command::Help => show(model, Screen::Help),
        Command::Back if model.place.open => model.place.open = false,
        Command::Back => show(model, Screen::Overview),
        Command::Open if model.screen == Screen::Overview => {
            show(model, Screen::Gates);
            model.place.selected = model.worst_gate().map_or(0, |(i, _)| i);
        }
        Command::Open => {
            model.place.open = !model.place.open && model.screen != Screen::Help && model.lines() > 0;
            model.place.scroll = 0;
        }
        Command::Up => step(model, -1),
        Command::Down => step(model, 1),
        Command::PageUp => step(model, -page(model)),
        Command::PageDown => step(model, page(model)),
        Command::First => step(model, isize::MIN),
        Command::Last => step(model, isize::MAX),
        Command::Redraw | Command::Suspend => {}
    }
    Vec::new()
}

/// Shows a screen; asked for again, it goes back to the overview.
fn show(model: &mut Model, screen: Screen) {
    model.screen = if model.screen == screen { Screen::Overview } else { screen };
    model.place = Place::default();
}

fn page(model: &Model) -> isize {
    isize::try_from(model.size.1.saturating_sub(8)).unwrap_or(1).max(1)
}

fn step(model: &mut Model, by: isize) {
    if model.place.open {
        model.place.scroll = model.place.scroll.saturating_add_signed(by).min(view::furthest(model));
    } else {
        model.place.selected = model.place.selected.saturating_add_signed(by);
        clamp(model);
    }
}

fn clamp(model: &mut Model) {
    model.place.selected = model.place.selected.min(model.lines().saturating_sub(1));
}

fn recheck(model: &mut Model) {
    let mut dialogs = std::mem::take(&mut model.dialogs);
    for dialog in &mut dialogs {
        if let Dialog::Advance(form) = dialog {
            form.recheck(model);
        }
    }
    model.dialogs = dialogs;
}

/// Opens the rollback's confirmation over whatever is open, or shows the rollback that runs.
fn roll_back(model: &mut Model) -> Vec<Effect> {
    let typing = model.typing();
    let rolling = model.operation.as_ref().is_some_and(|o| o.runs() && o.action == Action::Rollback);
    model.dialogs.retain(|dialog| !matches!(dialog, Dialog::Rollback(_) | Dialog::Progress));
    if rolling {
        model.dialogs.push(Dialog::Progress);
        return Vec::new();
    }
    let form = RollbackForm::open(model, typing);
    model.dialogs.push(Dialog::Rollback(form));
    vec![Effect::DropInput]
}

fn rollback_key(model: &mut Model, mut form: RollbackForm, event: &KeyEvent, command: Option<Command>) -> Vec<Effect> {
    use RollbackFocus::{Cancel, Reason, RollBack};
    let soon = too_soon(model, form.opened);
    match (event.code, form.focus) {
        (KeyCode::Esc, _) => return Vec::new(),
        (KeyCode::Enter, _) if soon => {}
        (KeyCode::Enter, Cancel) => return Vec::new(),
        (KeyCode::Enter, RollBack) => return confirm_rollback(model, &form),
        (KeyCode::Enter, Reason) => form.focus = RollBack,
        (KeyCode::Tab | KeyCode::Down, _) => form.focus = [RollBack, Reason, Cancel][form.focus as usize],
        (KeyCode::BackTab | KeyCode::Up, _) => form.focus = [Reason, Cancel, RollBack][form.focus as usize],
        (_, Reason) => {
            form.reason.edit(event);
        }
        (KeyCode::Left | KeyCode::Right, Cancel) => form.focus = RollBack,
        (KeyCode::Left | KeyCode::Right, RollBack) => form.focus = Cancel,
        (KeyCode::Char('y'), _) if form.armed && !soon => return confirm_rollback(model, &form),
        // A hand that was too quick is no other letter: its next y counts.
        (KeyCode::Char('y'), _) if form.armed => {}
        (KeyCode::Char('R'), _) => {}
        (KeyCode::Char(_), _) if command == Some(Command::Quit) => {
            model.dialogs.push(Dialog::Rollback(form));
            return quit(model);
        }
        (KeyCode::Char(_), _) => form.armed = false,
        _ => {}
    }
    model.dialogs.push(Dialog::Rollback(form));
    Vec::new()
}

fn confirm_rollback(model: &mut Model, form: &RollbackForm) -> Vec<Effect> {
    let reason = if form.reason.is_blank() { "operator's decision".to_owned() } else { form.reason.text() };
    let before = model.serves().map_or_else(|| "not read yet".to_owned(), |serves| serves.to_string());
    begin(model, Confirmed::Rollback { reason, resumes: None }, before, "off for everyone".to_owned())
}

/// Opens the advance's confirmation, or says what stands against it.
fn advance(model: &mut Model) -> Vec<Effect> {
    if model.busy() {
        model.dialogs.push(Dialog::Progress);
        return Vec::new();
    }
    let dialog = AdvanceForm::open(model).map_or(Dialog::Blocked, |form| Dialog::Advance(Box::new(form)));
    model.dialogs.push(dialog);
    vec![Effect::DropInput]
}

fn advance_key(model: &mut Model, mut form: Box<AdvanceForm>, event: &KeyEvent) -> Vec<Effect> {
    use AdvanceFocus::{Advance, Cancel, Reason, Stage};
    if event.code == KeyCode::Esc {
        return Vec::new();
    }
    if !form.changed.is_empty() {
        // Nothing is left to confirm: it must be opened again.
        return match (event.code, keys::command(event, model.facts.read_only)) {
            (KeyCode::Enter, _) => Vec::new(),
            (_, Some(Command::Advance)) => advance(model),
            (_, Some(Command::Quit)) => {
                model.dialogs.push(Dialog::Advance(form));
                quit(model)
            }
            _ => {
                model.dialogs.push(Dialog::Advance(form));
                Vec::new()
            }
        };
    }
    form.complaint = None;
    match (event.code, form.focus) {
        (KeyCode::Enter, Cancel) if !too_soon(model, form.opened) => return Vec::new(),
        (KeyCode::Enter, Stage) => form.focus = Reason,
        (KeyCode::Enter, Reason) => form.focus = Advance,
        (KeyCode::Enter, Advance) if !too_soon(model, form.opened) => match form.missing() {
            None if !model.busy() => return confirm_advance(model, *form),
            None => form.complaint = Some("another action runs"),
            Some((focus, complaint)) => (form.focus, form.complaint) = (focus, Some(complaint)),
        },
        (KeyCode::Enter, _) => {}
        (KeyCode::Tab | KeyCode::Down, _) => form.focus = [Stage, Reason, Advance, Cancel][form.focus as usize],
        (KeyCode::BackTab | KeyCode::Up, _) => form.focus = [Advance, Cancel, Stage, Reason][form.focus as usize],
        (_, Stage) => {
            form.stage.edit(event);
        }
        (_, Reason) => {
            form.reason.edit(event);
        }
        (KeyCode::Left | KeyCode::Right, Cancel) => form.focus = Advance,
        (KeyCode::Left | KeyCode::Right, Advance) => form.focus = Cancel,
        // Letters at a button begin the first text that is missing.
        (KeyCode::Char(_), _) => {
            if let Some((focus, _)) = form.missing() {
                form.focus = focus;
                if focus == Stage {
                    form.stage.edit(event)
                } else {
                    form.reason.edit(event)
                };
            }
        }
        _ => {}
    }
    model.dialogs.push(Dialog::Advance(form));
    Vec::new()
}

fn confirm_advance(model: &mut Model, form: AdvanceForm) -> Vec<Effect> {
    let (before, after) = (form.before.to_string(), form.after.to_string());
    let reason = form.reason.text().trim().to_owned();
    begin(model, Confirmed::Advance { binding: form.binding, reason, request: None }, before, after)
}

fn begin(model: &mut Model, confirmed: Confirmed, before: String, after: String) -> Vec<Effect> {
    let number = model.operation.as_ref().map_or(1, |operation| operation.number + 1);
    model.operation = Some(Operation {
        number,
        action: confirmed.action(),
        reason: confirmed.reason().to_owned(),
        before,
        after,
        at: model.now,
        since: model.uptime,
        writes: Vec::new(),
        not_recorded: None,
        kept: Vec::new(),
        read_back: None,
        ended: None,
    });
    model.dialogs = vec![Dialog::Progress];
    vec![Effect::Perform(number, confirmed)]
}

fn quit(model: &mut Model) -> Vec<Effect> {
    if !model.busy() || matches!(model.dialog(), Some(Dialog::Quit(_))) {
        return vec![Effect::Quit];
    }
    let form = QuitForm { opened: model.uptime };
    model.dialogs.push(Dialog::Quit(form));
    vec![Effect::DropInput]
}

fn quit_key(model: &mut Model, form: QuitForm, event: &KeyEvent) -> Vec<Effect> {
    match event.code {
        KeyCode::Char('y') if !too_soon(model, form.opened) => return vec![Effect::Quit],
        KeyCode::Esc | KeyCode::Enter | KeyCode::Char('n') => {}
        _ => model.dialogs.push(Dialog::Quit(form)),
    }
    Vec::new()
}

fn too_soon(model: &Model, opened: Duration) -> bool {
    model.uptime.saturating_sub(opened) < TOO_SOON
}

fn paste(model: &mut Model, text: &str) {
    match model.dialogs.last_mut() {
        Some(Dialog::Rollback(form)) if form.focus == RollbackFocus::Reason => form.reason.insert(text),
        Some(Dialog::Advance(form)) if form.focus == AdvanceFocus::Stage => form.stage.insert(text),
        Some(Dialog::Advance(form)) if form.focus == AdvanceFocus::Reason => form.reason.insert(text),
        _ => {}
    }
}
