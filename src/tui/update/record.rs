//! Entering something into the audit log: the list, the words, and what became of it.

use crossterm::event::{KeyCode, KeyEvent};

use super::{Effect, key::leave_to, qa, too_soon};
use crate::{
    audit::{Entry, Event},
    fault::Fault,
    operations::poll::Move,
    tui::{
        dialog::{Answer, Dialog, Draft, RecordForm},
        keys::Command,
        model::Model,
        record::{About, Deed, Kind, State, Told, answer, deed},
    },
};

pub(super) fn key(
    model: &mut Model,
    mut form: Box<RecordForm>,
    event: &KeyEvent,
    command: Option<Command>,
) -> Vec<Effect> {
    if form.typing() {
        return words_key(model, form, event);
    }
    let last = form.choices.len().saturating_sub(1);
    match command {
        Some(Command::Back) => return Vec::new(),
        Some(Command::Up) => form.selected = form.selected.saturating_sub(1),
        Some(Command::Down) => form.selected = (form.selected + 1).min(last),
        Some(Command::First) => form.selected = 0,
        Some(Command::Last) => form.selected = last,
        Some(Command::Open) if too_soon(model, form.opened) => {}
        // It asks for no words, and has a dialog of its own.
        Some(Command::Open) if form.choice().is_some_and(|choice| choice.kind == Kind::RunQa) => {
            model.dialogs.push(Dialog::Record(form));
            return qa::show(model);
        }
        Some(Command::Open) => {
            form.choose(model);
            model.dialogs.push(Dialog::Record(form));
            // What is typed next is meant for the words.
            return vec![Effect::DropInput];
        }
        Some(Command::Record) => {}
        _ => return leave_to(model, Dialog::Record(form), command),
    }
    model.dialogs.push(Dialog::Record(form));
    Vec::new()
}

/// A key while the words are typed.
fn words_key(model: &mut Model, mut form: Box<RecordForm>, event: &KeyEvent) -> Vec<Effect> {
    let asked = form.answers.as_ref().map_or(0, Vec::len);
    form.complaint = None;
    match event.code {
        // Back to the list, not out of it.
        KeyCode::Esc if form.alone => return Vec::new(),
        KeyCode::Esc => (form.answers, form.opened) = (None, model.uptime),
        KeyCode::Enter if form.at_button() && !too_soon(model, form.opened) => return enter(model, form),
        KeyCode::Enter if !form.at_button() => form.focus += 1,
        KeyCode::Enter => {}
        KeyCode::Tab | KeyCode::Down => form.focus = (form.focus + 1) % (asked + 1),
        KeyCode::BackTab | KeyCode::Up => form.focus = (form.focus + asked) % (asked + 1),
        _ => match form.answers.as_ref().and_then(|answers| answers.get(form.focus)) {
            Some(Answer::Pick(_)) if event.code == KeyCode::Left => form.pick(-1),
            Some(Answer::Pick(_)) if matches!(event.code, KeyCode::Right | KeyCode::Char(' ')) => form.pick(1),
            _ => {
                if let Some(field) = form.field() {
                    field.edit(event);
                }
            }
        },
    }
    model.dialogs.push(Dialog::Record(form));
    Vec::new()
}

/// Records what was typed, if it says what is needed.
fn enter(model: &mut Model, mut form: Box<RecordForm>) -> Vec<Effect> {
    let Some(choice) = form.choice().cloned() else { return Vec::new() };
    let facts = &model.facts;
    let about = About {
        runbook: &facts.runbook,
        assessment: model.assessment.as_deref(),
        history: model.history.as_deref(),
        candidate: facts.candidate.as_deref(),
        operator: &facts.operator,
        now: model.now,
    };
    let answer = match deed(&choice.kind, &form.given(), about) {
        Ok(_) if model.told.as_ref().is_some_and(Told::waits) => Err("the last one is still on its way".to_owned()),
        Ok(Deed::Make(step)) => allowed(model, step).map(Deed::Make),
        answer => answer,
    };
    match answer {
        Ok(deed) => {
            waiting(model, choice.title.clone());
            model.draft = form.answers.clone().map(|answers| Draft { choice, answers, refused: None });
            if !form.alone {
                (form.answers, form.opened) = (None, model.uptime);
                model.dialogs.push(Dialog::Record(form));
            }
            vec![match deed {
                Deed::Record(event) => Effect::Record(*event),
                Deed::RecordAfter(head, event) => Effect::RecordAfter(head, event),
                Deed::Make(step) => Effect::Make(step),
                Deed::Import(path) => Effect::Import(path),
                Deed::Attach(file) => Effect::Attach(file),
            }]
        }
        Err(complaint) => {
            form.complaint = Some(complaint);
            form.focus = 0;
            model.dialogs.push(Dialog::Record(form));
            Vec::new()
        }
    }
}

/// A move that the rules allow on what is known of the log here. What it says then is asked again.
fn allowed(model: &Model, step: Move) -> Result<Move, String> {
    let meeting = model.meeting().ok_or("the audit log was not read yet: what is in it decides")?;
    step.event(&meeting).map_err(|refusal| refusal.text().to_owned())?;
    Ok(step)
}

/// Records one event on its own. Nothing is done while the last one is still on its way.
pub(super) fn put_on_record(model: &mut Model, event: Event, what: String) -> Vec<Effect> {
    if waiting(model, what) { vec![Effect::Record(event)] } else { Vec::new() }
}

/// Notes that something is on its way to the log; false where something is already.
pub(super) fn waiting(model: &mut Model, what: String) -> bool {
    if model.told.as_ref().is_some_and(Told::waits) {
        return false;
    }
    model.told = Some(Told { what, at: model.uptime, state: State::Waiting });
    true
}

/// What became of it, and what is on record with it or, where it failed, all the same. A candidate that was named is the
/// candidate from here on.
pub(super) fn recorded(model: &mut Model, result: Result<Box<Entry>, Fault>, notes: &[String]) {
    if let Ok(Entry { event: Event::Basis { candidate: Some(candidate), .. }, .. }) = result.as_deref() {
        model.facts.candidate = Some(candidate.clone());
    }
    let result = result.map_err(|fault| match notes {
        [] => fault,
        // What came before it is there, and is not entered once more.
        notes => Fault { what: format!("{}; before it, {}", fault.what, notes.join("; ")), ..fault },
    });
    let reports = model.history.as_ref().map(|history| history.qa_reports.as_slice()).unwrap_or_default();
    let candidate = model.facts.candidate.as_deref();
    // One that was refused before is about something else.
    if let Some(mut draft) = model.draft.take_if(|draft| draft.refused.is_none())
        && let Err(fault) = &result
    {
        draft.refused = Some(fault.to_string());
        model.draft = Some(draft);
    }
    let state = match result {
        Ok(entry) => State::Recorded(answer(&entry, notes, &model.facts.runbook, reports, candidate, model.now)),
        Err(fault) => State::Failed(fault),
    };
    let what = model.told.take().map_or_else(|| "entry".to_owned(), |told| told.what);
    model.told = Some(Told { what, at: model.uptime, state });
}
