//! What happens on a key or on news: pure. No clock, no file, no network; what is to be done comes back as effects.

mod actions;
mod advance;
mod alerts;
mod change;
mod drift;
mod find;
mod key;
mod lists;
mod look;
mod mouse;
mod palette;
mod procedure;
mod qa;
mod readiness;
mod record;
mod recording;
mod rollback;
mod screens;
mod timeline;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use crossterm::event::KeyEvent;

pub(super) use look::{copied, rezoned, turned, written};
pub use mouse::Mouse;
pub use qa::GateNews;

use super::{
    dialog::{Dialog, TOO_SOON},
    keys::Command,
    model::{Model, SeenElsewhere},
    operation::Operation,
    record::FileToAttach,
};
use crate::{
    audit::{Entry, Event, Head},
    fault::Fault,
    flags::Plan,
    judge::{Assessment, History, SeenCheck, Unfinished},
    operations::{AttendantReport, Confirmed, Progress, poll::Move},
    recording::{Moment, Order},
    runbook::Exposure,
    snapshot::{FlagState, Snapshot},
};

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
    /// The terminal got the keyboard's focus, or lost it.
    Focus(bool),
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
    /// Which writes would be made, as the answer to the question of this number. An answer to an earlier one is dropped.
    Planned(u64, Result<Plan, Fault>),
    /// What was to be recorded is in the log, or it is not; with what is odd about it.
    Recorded(Result<Box<Entry>, Fault>, Vec<String>),
    /// Telemetry of these other environments is asked about the checklist.
    AskedElsewhere(Vec<String>),
    /// What telemetry of this other environment saw of the checklist.
    SeenElsewhere(String, Vec<SeenCheck>),
    /// The timeline is in this file, or in none.
    Exported(Result<String, Fault>),
    /// A rollback on record was cut off, and nobody drives it any more.
    Interrupted(Box<Unfinished>),
    /// The automated gate's run of this number is heard of.
    Gate(u64, GateNews),
    /// So many entries wait for the audit log.
    Kept(usize),
    /// What was done beside a rollback, or could not be.
    Attended(AttendantReport),
    /// What a recording shows now.
    Moment(Box<Moment>),
    /// Whether what is shown is recorded; a fault where it no longer is, or the disk is slow.
    Recorder(Result<(), Fault>),
    /// Something is asked for without a key: from the list of rollouts.
    Ask(Command),
}

/// What the shell is to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Do what was confirmed; its reports carry this number. Whatever action still runs gives way to it.
    Perform(u64, Confirmed),
    /// Ask the store which writes lead from here to there; the answer carries this number.
    Plan {
        /// The number of the question.
        asked: u64,
        /// The flag as the operator sees it.
        present: Box<FlagState>,
        /// Who is to be served.
        target: Exposure,
        /// Whether rules of others are to be taken away, too.
        restore: bool,
    },
    /// Record this.
    Record(Event),
    /// Record this if the log still ends there.
    RecordAfter(Head, Box<Event>),
    /// Read the log again and record this move, if the rules allow it on what the log says then.
    Make(Move),
    /// Read the report of the automated gate in this file, and record it.
    Import(String),
    /// Copy this file below the data folder, and record the copy as evidence.
    Attach(FileToAttach),
    /// Run the automated gate; what is heard of it carries this number.
    RunGate(u64),
    /// End that run of it.
    KillGate(u64),
    /// Read the flag again and, where it still has this version and the log still ends here, record that it is adopted.
    Adopt {
        /// Key of the stage that it stands for.
        stage: String,
        /// The flag's version that the operator saw.
        version: String,
        /// Why.
        reason: String,
        /// Where the log ended when the operator saw it.
        head: Head,
    },
    /// Let so much simulated time pass at once.
    Skip(TimeDelta),
    /// Ask this of the player of the recording.
    Play(Order),
    /// Write the timeline to a file.
    Export(Box<Export>),
    /// Write the report to files.
    Report,
    /// Ring, and tell the terminal, so that it can tell whoever looks elsewhere.
    Alert(String),
    /// Give this to the terminal's clipboard.
    Copy(String),
    /// Forget the keys that are queued: they were typed at another screen. Done after the next frame is drawn.
    DropInput,
    /// Back to the list of rollouts.
    Rollouts,
    /// Draw everything again.
    Redraw,
    /// Stop, as Ctrl-Z does.
    Suspend,
    /// Leave.
    Quit,
}

/// The timeline as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    /// All of it.
    pub history: Arc<History>,
    /// Places of what is shown, newest first; none where that is everything.
    pub shown: Option<Vec<usize>>,
    /// What was looked for.
    pub query: String,
}

/// Takes one message in.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let visible = match &msg {
        // The clock on the screen shows seconds; a fraction of one is no news. A stopwatch runs while an action does.
        // The briefing, which many look at and nobody touches, shows minutes.
        Msg::Tick(now, uptime) => match model.is_still(*uptime) {
            true => now.timestamp().div_euclid(60) != model.now.timestamp().div_euclid(60),
            false => now.timestamp() != model.now.timestamp() || model.busy(),
        },
        Msg::Resize(columns, rows) => (*columns, *rows) != model.size,
        Msg::Kept(kept) => *kept != model.kept,
        Msg::Key(_) | Msg::Mouse(_) | Msg::Focus(_) => false,
        _ => true,
    };
    model.dirty |= visible;
    match msg {
        Msg::Key(event) => {
            return seen(model, |model| {
                model.place.clicked = None;
                key::key(model, &event)
            });
        }
        Msg::Mouse(event) => return seen(model, |model| mouse::mouse(model, event)),
        Msg::Paste(text) => {
            if let Some(field) = model.dialogs.last_mut().and_then(Dialog::field) {
                field.insert(&text);
            }
            find::retyped(model);
            palette::retyped(model);
        }
        Msg::Resize(columns, rows) => model.size = (columns, rows),
        Msg::Focus(here) => look::focused(model, here),
        Msg::Tick(now, uptime) => (model.now, model.uptime) = (now, uptime),
        Msg::Polled(snapshot) => {
            let here = lists::here(model);
            model.snapshot = snapshot;
            lists::renew(model, here);
        }
        Msg::Assessed(assessment) => {
            let here = lists::here(model);
            model.assessment = Some(assessment);
            lists::renew(model, here);
            recheck(model);
            key::clamp(model);
            return alerts::alerts(model);
        }
        Msg::History(history) => {
            let here = lists::here(model);
            timeline::renew(model, history);
            model.warning = None;
            model.log.read(model.now);
            lists::renew(model, here);
            key::clamp(model);
        }
        Msg::NoHistory(fault) => {
            model.log.failed();
            model.warning = Some(fault);
        }
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
        Msg::Attended(report) if report.is_trouble() => model.attended = Some(report),
        // That it is tried again does not put it right.
        Msg::Attended(AttendantReport::Keeping { .. }) => {}
        Msg::Attended(_) => model.attended = None,
        Msg::Planned(asked, answer) => planned(model, asked, &answer),
        Msg::Recorded(result, notes) => record::recorded(model, result, &notes),
        Msg::SeenElsewhere(place, seen) => {
            let by_check = seen.into_iter().map(|seen| (seen.check.clone(), seen));
            let here = lists::here(model);
            model.seen_elsewhere.insert(place, SeenElsewhere::Answered(by_check.collect()));
            lists::renew(model, here);
        }
        Msg::AskedElsewhere(places) => places.into_iter().for_each(|place| {
            model.seen_elsewhere.entry(place).or_insert(SeenElsewhere::Asked);
        }),
        Msg::Exported(result) => timeline::exported(model, result),
        Msg::Interrupted(unfinished) => return rollback::take_up(model, &unfinished),
        Msg::Gate(number, news) => qa::heard(model, number, news),
        Msg::Kept(kept) => model.kept = kept,
        Msg::Moment(moment) => recording::moment(model, *moment),
        Msg::Recorder(result) => recording::recorder(model, result),
        Msg::Ask(command) => return key::screen_key(model, Some(command)),
    }
    Vec::new()
}

/// Does it, and notes whether anything of it is to be seen.
fn seen(model: &mut Model, does: impl FnOnce(&mut Model) -> Vec<Effect>) -> Vec<Effect> {
    let before = (model.screen, model.place, model.zoom, model.scroll, model.dialogs.clone());
    let effects = does(model);
    let after = (model.screen, model.place, model.zoom, model.scroll, &model.dialogs);
    model.dirty |= (before.0, before.1, before.2, before.3, &before.4) != after || !effects.is_empty();
    effects
}

fn running(model: &mut Model, number: u64) -> Option<(&mut Operation, Duration)> {
    let uptime = model.uptime;
    let operation = model.operation.as_mut().filter(|operation| operation.number == number && operation.runs())?;
    let elapsed = uptime.saturating_sub(operation.since);
    Some((operation, elapsed))
}

fn planned(model: &mut Model, asked: u64, answer: &Result<Plan, Fault>) {
    for dialog in &mut model.dialogs {
        let (plan, seen) = match dialog {
            Dialog::Advance(form) => (Some(&mut form.plan), &mut form.binding),
            Dialog::Change(form) => (form.plan.as_mut(), &mut form.binding),
            _ => continue,
        };
        let Some(plan) = plan.filter(|plan| plan.asked == asked && plan.answer.is_none()) else { continue };
        plan.take(asked, answer.clone(), &seen.flag_version);
        seen.writes = plan.writes().map(<[_]>::to_vec).unwrap_or_default();
    }
}

fn recheck(model: &mut Model) {
    let mut dialogs = std::mem::take(&mut model.dialogs);
    for dialog in &mut dialogs {
        match dialog {
            Dialog::Advance(form) => form.recheck(model),
            Dialog::Change(form) => form.recheck(model),
            Dialog::Record(form) => form.recheck(model),
            _ => {}
        }
    }
    model.dialogs = dialogs;
}

/// Puts a dialog on top, to be read from its beginning. What was typed before it was there is forgotten.
fn open(model: &mut Model, dialog: Dialog) -> Vec<Effect> {
    model.scroll = 0;
    model.dialogs.push(dialog);
    vec![Effect::DropInput]
}

/// Asks the store which writes would be made: the effect that asks. The flag must have been read.
fn ask(model: &Model, asked: u64, target: Exposure, restore: bool) -> Option<Effect> {
    let present = Box::new(model.snapshot.flag.state.clone()?);
    Some(Effect::Plan { asked, present, target, restore })
}

fn too_soon(model: &Model, opened: Duration) -> bool {
    model.uptime.saturating_sub(opened) < TOO_SOON
}
