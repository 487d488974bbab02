//! On to the next stage: one person advances, or one asks and another confirms.

use chrono::{DateTime, Utc};
use crossterm::event::{KeyCode, KeyEvent};

use super::{Effect, actions::begin, ask, key::quit, open, record::put_on_record, too_soon};
use crate::{
    audit::{Event, Request},
    operations::Confirmed,
    tui::{
        dialog::{AdvanceFocus, AdvanceForm, Dialog, Way},
        keys::Command,
        model::Model,
        record,
    },
};

/// Opens the advance's confirmation, or says what stands against it.
pub(super) fn advance(model: &mut Model) -> Vec<Effect> {
    if model.busy() {
        model.scroll = 0;
        model.dialogs.push(Dialog::Progress);
        return Vec::new();
    }
    model.asked += 1;
    let Some(form) = AdvanceForm::open(model, model.asked) else { return open(model, Dialog::Blocked) };
    let plan = (!form.withdraws()).then(|| ask(model, form.plan.asked, form.after.clone(), false)).flatten();
    let mut effects = open(model, Dialog::Advance(Box::new(form)));
    effects.extend(plan);
    effects
}

pub(super) fn key(model: &mut Model, mut form: Box<AdvanceForm>, event: &KeyEvent) -> Vec<Effect> {
    use AdvanceFocus::{Advance, Cancel, Reason, Stage};
    if event.code == KeyCode::Esc {
        return Vec::new();
    }
    if !form.changed.is_empty() {
        // Nothing is left to confirm: it must be opened again.
        return match (event.code, model.command(event)) {
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
    // One's own request asks for no stage: it is there already.
    let order: &[AdvanceFocus] =
        if form.withdraws() { &[Cancel, Reason, Advance] } else { &[Cancel, Stage, Reason, Advance] };
    let at = order.iter().position(|focus| *focus == form.focus).unwrap_or(0);
    match (event.code, form.focus) {
        (KeyCode::Enter, Cancel) if !too_soon(model, form.opened) => return Vec::new(),
        (KeyCode::Enter, Stage) => form.focus = Reason,
        (KeyCode::Enter, Reason) => form.focus = Advance,
        (KeyCode::Enter, Advance) if !too_soon(model, form.opened) => match form.missing() {
            None if !model.busy() => return confirm(model, form),
            None => form.complaint = Some("another action runs"),
            Some((focus, complaint)) => (form.focus, form.complaint) = (focus, Some(complaint)),
        },
        (KeyCode::Enter, _) => {}
        (KeyCode::Tab | KeyCode::Down, _) => form.focus = order[(at + 1) % order.len()],
        (KeyCode::BackTab | KeyCode::Up, _) => form.focus = order[(at + order.len() - 1) % order.len()],
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
            if let Some((focus @ (Stage | Reason), _)) = form.missing() {
                form.focus = focus;
                if let Some(field) = form.field() {
                    field.edit(event);
                }
            }
        }
        _ => {}
    }
    model.dialogs.push(Dialog::Advance(form));
    Vec::new()
}

fn confirm(model: &mut Model, form: Box<AdvanceForm>) -> Vec<Effect> {
    let reason = form.reason.text().trim().to_owned();
    match &form.way {
        Way::Alone | Way::Confirm(_) => {
            let (before, after) = (form.before.to_string(), form.after.to_string());
            let request = form.request().map(str::to_owned);
            begin(model, Confirmed::Advance { binding: form.binding, reason, request }, before, after)
        }
        Way::Request { .. } => match requested(&form, &model.facts.operator, model.now) {
            Some(event) => put_on_record(model, event, format!("asked for {}", form.title)),
            None => Vec::new(),
        },
        Way::Own(request) => {
            let why = if reason.is_empty() { "taken back by who asked".to_owned() } else { reason };
            let event = Event::Withdrawn { request: request.id.clone(), why };
            put_on_record(model, event, format!("request for {} taken back", form.title))
        }
    }
}

/// The entry by which the first of two people asks for a stage; None where the form does not ask.
pub(super) fn requested(form: &AdvanceForm, operator: &str, now: DateTime<Utc>) -> Option<Event> {
    let Way::Request { stands, .. } = &form.way else { return None };
    let binding = form.binding.clone();
    Some(Event::Requested(Box::new(Request {
        id: record::name(&[operator, &now.to_rfc3339(), &binding.digest]),
        from_stage: binding.from_stage,
        to_stage: binding.to_stage,
        flag_version: binding.flag_version,
        candidate: binding.candidate,
        digest: binding.digest,
        writes: binding.writes,
        reason: form.reason.text().trim().to_owned(),
        expires_at: now + *stands,
    })))
}
