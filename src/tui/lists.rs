//! The lists beside the timeline: how many lines each has, what a line is known by, which are shown and in which order.

use super::{
    model::{Model, Screen},
    view::{gates, guardrails, readiness, sources, storage},
};
use crate::timeline::Words;

/// How many lines the list that fills the screen has, shown or not.
pub fn total(model: &Model) -> usize {
    match model.screen {
        Screen::Gates => model.assessment.as_ref().map_or(0, |assessment| assessment.gates.len()),
        Screen::Guardrails => guardrails::total(model),
        Screen::Readiness => readiness::length(model),
        Screen::Sources => sources::total(model),
        Screen::Storage => storage::length(model),
        Screen::Overview | Screen::Success | Screen::Procedure | Screen::Timeline | Screen::Briefing | Screen::Help => {
            0
        }
    }
}

/// What the line at this place is known by, wherever it comes to stand.
pub fn name(model: &Model, place: usize) -> Option<String> {
    match model.screen {
        Screen::Gates => model.assessment.as_ref()?.gates.get(place).map(|gate| gate.key.clone()),
        Screen::Guardrails => guardrails::name(model, place),
        Screen::Sources => sources::name(model, place),
        Screen::Storage => storage::name(model, place),
        // The runbook has them in one order for good.
        Screen::Readiness => Some(place.to_string()),
        _ => None,
    }
}

/// The places of the lines that are shown, in their order; none where all are, in their own order.
pub fn arranged(model: &Model) -> Option<Vec<usize>> {
    let sorted = match model.screen {
        Screen::Guardrails => guardrails::sorted(model),
        _ => None,
    };
    let words = &model.narrowed.words;
    if words.is_empty() {
        return sorted;
    }
    let mut places = sorted.unwrap_or_else(|| (0..total(model)).collect());
    match model.screen {
        Screen::Gates => narrow(&mut places, words, &gates::texts(model)),
        Screen::Readiness => narrow(&mut places, words, &readiness::texts(model)),
        Screen::Sources => narrow(&mut places, words, &sources::texts(model)),
        Screen::Storage => narrow(&mut places, words, &storage::texts(model)),
        // There may be ten thousand of them: no text is made of each.
        Screen::Guardrails => places.retain(|place| guardrails::fits(model, *place, words)),
        _ => {}
    }
    Some(places)
}

fn narrow(places: &mut Vec<usize>, words: &Words, texts: &[String]) {
    places.retain(|place| texts.get(*place).is_some_and(|text| words.are_in(&[text.as_str()])));
}
