//! What Enter and the keys of the readiness screen lead to: the words of what the selected line asks for.

use super::{Effect, open as put, screens::words_of};
use crate::{
    facts::outcome_word,
    judge::CheckOutcome,
    runbook::Fill,
    tui::{
        dialog::{Dialog, RecordForm},
        model::Model,
        record::{Kind, OUTCOME, WHERE},
        view::readiness::{self, Item},
    },
};

/// Opens the words of the selected line; of a line that asks for none, all there is to know of it.
pub(super) fn enter(model: &mut Model) -> Vec<Effect> {
    let Some(item) = readiness::item(model) else { return Vec::new() };
    if model.facts.read_only {
        return details(model);
    }
    let opened = match item {
        Item::Gate => return details(model),
        Item::Check(_) => return check(model, None),
        Item::Evidence(at) => {
            let Some(key) = model.facts.runbook.evidence.get(at).map(|item| item.key.clone()) else {
                return Vec::new();
            };
            words_of(model, |kind| matches!(kind, Kind::Attach { item } if *item == key))
        }
        Item::Field(at) => return field(model, at),
        Item::Role(at) => name(model, at),
    };
    if opened.is_empty() { details(model) } else { opened }
}

/// Opens the words of the selected check: where it is still to be made, with this outcome.
pub(super) fn check(model: &mut Model, outcome: Option<CheckOutcome>) -> Vec<Effect> {
    let Some(Item::Check(at)) = readiness::item(model) else { return Vec::new() };
    let Some(check) = model.facts.runbook.checklist.get(at) else { return Vec::new() };
    let Some(mut form) = RecordForm::only(model, |kind| matches!(kind, Kind::Check { check: of } if *of == check.key))
    else {
        return Vec::new();
    };
    // Where it was to be recorded and was refused, it stays as it was typed.
    let place = readiness::to_be_made(model, &check.key).filter(|_| form.complaint.is_none());
    if let Some(place) = place {
        form.preset(WHERE, &place);
    }
    if let Some(outcome) = outcome {
        form.preset(OUTCOME, outcome_word(outcome));
        // Where and how are told already, and in sight; what is left is to be said in words.
        form.to_words();
    }
    put(model, Dialog::Record(Box::new(form)))
}

/// The signature's words, where nothing but the signature is open; else what is.
fn field(model: &mut Model, at: usize) -> Vec<Effect> {
    let fill = model.facts.runbook.sign_off.get(at).map(|field| field.fill.clone());
    let owner = readiness::owner(model).filter(|_| fill == Some(Fill::RollbackOwner));
    if let Some(owner) = owner {
        return name(model, owner);
    }
    if !readiness::open_fields(model).is_empty() {
        return details(model);
    }
    let signing = words_of(model, |kind| matches!(kind, Kind::SignOff { .. }));
    if signing.is_empty() { details(model) } else { signing }
}

/// The words that give a role to somebody.
fn name(model: &mut Model, at: usize) -> Vec<Effect> {
    let Some(key) = model.facts.runbook.roles.get(at).map(|role| role.key.clone()) else { return Vec::new() };
    words_of(model, |kind| matches!(kind, Kind::Assign { role } if *role == key))
}

fn details(model: &mut Model) -> Vec<Effect> {
    model.place.open = !model.place.open;
    model.place.scroll = 0;
    Vec::new()
}
