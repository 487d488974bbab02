//! The automated gate: asked for, watched, hidden, ended. It runs beside everything else.

use crossterm::event::{KeyCode, KeyEvent};

use super::{Effect, key::leave_to, open, too_soon};
use crate::{
    audit::{Entry, Event},
    facts,
    fault::Fault,
    qa::{Progress, took_before},
    tui::{
        dialog::{Dialog, GateEnd, GateRun, QaForm, no_run},
        keys::Command,
        model::Model,
        record::{State, Told, answer},
    },
};

/// What is heard of a run.
#[derive(Debug, Clone)]
pub enum GateNews {
    /// It printed something: how each check stands now, and the last lines.
    Printed(Box<Progress>, Vec<String>),
    /// Nothing was run, and why.
    NotRun(String),
    /// It ended, and is in the log or not; with what could not be kept of it, and where the rest is.
    Recorded(Result<Box<Entry>, Fault>, Vec<String>),
    /// What ran it is gone without a word.
    Lost,
}

/// Opens the dialog.
pub(super) fn show(model: &mut Model) -> Vec<Effect> {
    let form = QaForm::open(model);
    open(model, Dialog::Qa(form))
}

pub(super) fn key(model: &mut Model, mut form: QaForm, event: &KeyEvent, command: Option<Command>) -> Vec<Effect> {
    let asked_to_kill = form.kill.take();
    match command {
        Some(Command::Back) => return Vec::new(),
        Some(Command::Open) if form.asks && no_run(model).is_none() && !model.gate_runs() => {
            if too_soon(model, form.opened) {
                model.dialogs.push(Dialog::Qa(form));
                return Vec::new();
            }
            form.asks = false;
            model.dialogs.push(Dialog::Qa(form));
            return start(model);
        }
        Some(Command::Open) if !model.gate_runs() => return Vec::new(),
        _ if event.code == KeyCode::Char('k') && model.gate_runs() => {
            let effects = match (asked_to_kill, &mut model.gate) {
                (Some(at), Some(gate)) if !gate.killing => {
                    // A key that is held down is one press.
                    if model.uptime.saturating_sub(at) < super::TOO_SOON {
                        form.kill = Some(at);
                        Vec::new()
                    } else {
                        gate.killing = true;
                        vec![Effect::KillGate(gate.number)]
                    }
                }
                _ => {
                    form.kill = Some(model.uptime);
                    Vec::new()
                }
            };
            model.dialogs.push(Dialog::Qa(form));
            return effects;
        }
        Some(Command::Open | Command::RunQa | Command::Up | Command::Down) => {}
        _ => return leave_to(model, Dialog::Qa(form), command),
    }
    model.dialogs.push(Dialog::Qa(form));
    Vec::new()
}

fn start(model: &mut Model) -> Vec<Effect> {
    let Some(gate) = &model.facts.runbook.qa else { return Vec::new() };
    let number = model.gate.as_ref().map_or(1, |last| last.number + 1);
    let reports = model.history.as_ref().map(|history| history.qa_reports.as_slice()).unwrap_or_default();
    model.gate = Some(GateRun {
        number,
        since: model.uptime,
        before: took_before(reports, model.facts.candidate.as_deref()),
        progress: Progress::new(gate),
        tail: Vec::new(),
        killing: false,
        ended: None,
    });
    vec![Effect::RunGate(number)]
}

/// Takes news of a run in. News of an earlier run are dropped.
pub(super) fn heard(model: &mut Model, number: u64, news: GateNews) {
    let uptime = model.uptime;
    let Some(gate) = model.gate.as_mut().filter(|gate| gate.number == number) else { return };
    let took = uptime.saturating_sub(gate.since);
    let end = |green, text| Some(GateEnd { took, green, text });
    let ended = match news {
        GateNews::Printed(progress, tail) => {
            (gate.progress, gate.tail) = (*progress, tail);
            return;
        }
        _ if gate.ended.is_some() => return,
        GateNews::NotRun(why) => end(false, vec![format!("nothing was run: {why}")]),
        GateNews::Lost => end(false, vec!["the run was lost without an answer; nothing of it is on record".to_owned()]),
        GateNews::Recorded(Err(fault), remarks) => {
            end(false, [vec![format!("the gate ran, and is not on record: {fault}")], remarks].concat())
        }
        GateNews::Recorded(Ok(entry), remarks) => {
            let facts = &model.facts;
            let reports = model.history.as_ref().map(|history| history.qa_reports.as_slice()).unwrap_or_default();
            let candidate = facts.candidate.as_deref();
            let text = answer(&entry, &[], &facts.runbook, reports, candidate, model.now);
            let green = match (&entry.event, &facts.runbook.qa) {
                (Event::QaReported(run), Some(gate)) => {
                    let mut reports = reports.to_vec();
                    let run = (**run).clone();
                    let ran_on = run.candidate.clone();
                    reports.push(crate::judge::QaReport { at: entry.at, operator: entry.operator.clone(), run });
                    facts::qa_missing(gate, &reports, candidate, &ran_on, model.now).is_empty()
                }
                _ => false,
            };
            end(green, [vec![text], remarks].concat())
        }
    };
    gate.ended = ended;
    // Whoever hid it hears of it all the same.
    let watched = model.dialogs.iter().any(|dialog| matches!(dialog, Dialog::Qa(_)));
    if let (false, false, Some(GateEnd { text, .. })) =
        (watched, model.told.as_ref().is_some_and(Told::waits), ended_of(model))
    {
        let state = State::Recorded(text.first().cloned().unwrap_or_default());
        model.told = Some(Told { what: "Automated gate".to_owned(), at: uptime, state });
    }
}

fn ended_of(model: &Model) -> Option<GateEnd> {
    model.gate.as_ref()?.ended.clone()
}
