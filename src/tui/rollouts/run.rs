//! The loop over several rollouts: as the one over a single one, with the list or one of the cockpits in front.

use std::time::{Duration, Instant};

use chrono::Utc;
use crossterm::event::{Event, KeyEventKind};
use rustix::process::{Signal, kill_current_process_group};
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval_at},
};

use super::{
    Rollout,
    held::{Fleet, Front, entries},
    list::Rollouts,
    update::{Effect, Msg, update},
};
use crate::tui::{
    event_loop::{End, Options, draw, drop_queued, hung_up, next_second, obeyed, tell},
    hint::Hint,
    shell::TO_LEAVE,
    signals::Signals,
    terminal::{Input, Screen},
    title::title_of_list,
    update::Mouse,
    view,
};

/// Runs the cockpits of several rollouts until they are left, and gives the exit code: 0, or 128 and the signal that
/// ended it.
///
/// # Errors
/// When there is no terminal.
pub async fn run_several(rollouts: Vec<Rollout>, options: Options) -> color_eyre::Result<u8> {
    let mut signals = Signals::install()?;
    let mut screen = Screen::enter(options.features, options.mouse)?;
    let started = Instant::now();
    let size = screen.size()?;
    let theme = options.themes.theme();
    let mut list = Rollouts::new(entries(&rollouts, &options, size), theme, size, Utc::now());
    list.keymap = options.keymap.clone();
    list.hint = options.themes.remark().map(|remark| Hint::new(remark, Duration::ZERO));
    list.wear(options.themes.clone(), options.times);

    // The first frame is there before anything else begins.
    if !show(&mut screen, &mut list) {
        hung_up();
    }

    let mut input = Input::open()?;
    let (sender, mut news) = mpsc::unbounded_channel();
    let mut fleet = Fleet::watch(rollouts, list, &options, started, &sender);
    let mut seconds = interval_at(next_second(Utc::now()), Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut suspended = false;

    let end = loop {
        let (mut redraw, mut drop_input, mut copied) = (false, false, None);
        tokio::select! {
            biased;
            signal = signals.next() => match obeyed(signal, &mut screen, &mut suspended) {
                Some(end) => break end,
                None => resized(&mut fleet, &screen),
            },
            typed = input.next() => match typed {
                Ok(event) => match take(&mut fleet, event, &screen, started) {
                    Some(After::Left) => break End::Left,
                    Some(After::Redraw) => redraw = true,
                    Some(After::DropInput) => drop_input = true,
                    Some(After::Copied(text)) => copied = Some(text),
                    None => {}
                },
                // The terminal is gone: staying would mean an orphan that spins.
                Err(_) => break End::HungUp,
            },
            Some((place, heard)) = news.recv() => fleet.hear(place, heard),
            _ = seconds.tick() => {
                screen.forget_size();
                fleet.second(Utc::now(), started.elapsed());
            }
        }
        if suspended {
            continue;
        }
        fleet.return_if_asked();
        let mut alerts = Vec::new();
        for shell in fleet.shells() {
            alerts.append(&mut shell.alerts);
            copied = copied.or(shell.copied.take());
            redraw |= std::mem::take(&mut shell.redraw);
            drop_input |= std::mem::take(&mut shell.drop_input);
        }
        if redraw && screen.forget().is_err() {
            break End::HungUp;
        }
        if alerts.iter().any(|alert| screen.alert(alert).is_err()) {
            break End::HungUp;
        }
        if copied.is_some_and(|text| screen.copy(&text).is_err()) {
            break End::HungUp;
        }
        if !draw_front(&mut screen, &mut fleet, redraw) {
            break End::HungUp;
        }
        if drop_input {
            if let Some(event) = drop_queued(&mut input) {
                take(&mut fleet, event, &screen, started);
            }
            resized(&mut fleet, &screen);
        }
    };
    if fleet.gate_runs() {
        let quiet = end == End::HungUp;
        if !quiet {
            screen.leave();
            tell(&format!("stopping the automated gates, up to {} s; Ctrl-C to leave at once", TO_LEAVE.as_secs()));
        }
        let told = tokio::select! {
            told = fleet.stop_gates(|operator| end.why(operator)) => told,
            () = signals.end() => vec!["the automated gates were killed; what became of them may not be on record".to_owned()],
        };
        told.iter().for_each(|told| if quiet { tracing::warn!("{told}") } else { tell(told) });
    }
    match end {
        End::Left => Ok(0),
        End::Signal(code) => Ok(code),
        End::HungUp => hung_up(),
    }
}

/// What the loop is to do after a key.
enum After {
    Left,
    Redraw,
    DropInput,
    Copied(String),
}

/// Gives an event to whatever is in front.
fn take(fleet: &mut Fleet, event: Event, screen: &Screen, started: Instant) -> Option<After> {
    if let Event::FocusGained | Event::FocusLost = event {
        fleet.focused(event == Event::FocusGained);
        return None;
    }
    if let Front::Cockpit { place, .. } = fleet.front {
        let leaves = fleet.in_front().is_some_and(|shell| shell.event(event));
        // What is done here was asked about by its own dialog.
        return if leaves { leave(fleet, Some(place)) } else { None };
    }
    update(&mut fleet.list, Msg::Tick(Utc::now(), started.elapsed()));
    let msg = match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => Msg::Key(key),
        Event::Mouse(event) => Msg::Mouse(Mouse::of(&event)?),
        Event::Paste(text) => Msg::Paste(text),
        _ => return None,
    };
    match update(&mut fleet.list, msg)? {
        Effect::Open(place, on) => fleet.open(place, on, screen),
        Effect::RollBack(place) => fleet.roll_back(place, screen),
        Effect::Leave => return leave(fleet, None),
        Effect::Quit => return Some(After::Left),
        Effect::DropInput => return Some(After::DropInput),
        Effect::Redraw => return Some(After::Redraw),
        Effect::Copy(text) => return Some(After::Copied(text)),
        // To the whole group, as the terminal would. It comes back as a signal to this process too.
        Effect::Suspend => drop(kill_current_process_group(Signal::TSTP)),
    }
    None
}

/// Leaves where nothing is under way; else the list asks, and names what is.
fn leave(fleet: &mut Fleet, asked: Option<usize>) -> Option<After> {
    let busy = fleet.busy(asked);
    if busy.is_empty() {
        return Some(After::Left);
    }
    fleet.show_list();
    update(&mut fleet.list, Msg::Busy(busy));
    Some(After::DropInput)
}

/// Takes the size of the terminal over.
fn resized(fleet: &mut Fleet, screen: &Screen) {
    match fleet.in_front() {
        Some(shell) => shell.resized(screen),
        None => {
            if let Ok((columns, rows)) = screen.size() {
                update(&mut fleet.list, Msg::Resize(columns, rows));
            }
        }
    }
}

/// Draws what is in front, if it looks otherwise than it did. False where the terminal is gone.
fn draw_front(screen: &mut Screen, fleet: &mut Fleet, whole: bool) -> bool {
    if let Some(shell) = fleet.in_front() {
        shell.model.dirty |= whole;
        return !shell.model.dirty || draw(screen, &mut shell.model);
    }
    fleet.list.dirty |= whole;
    !fleet.list.dirty || show(screen, &mut fleet.list)
}

/// Draws the list. False where the terminal is gone.
fn show(screen: &mut Screen, list: &mut Rollouts) -> bool {
    list.dirty = false;
    screen.title(&title_of_list(list)).is_ok()
        && screen.draw(list.size, &[], |frame| view::rollouts::render(frame, list)).is_ok()
}
