//! The palette: by name what keys do, and nothing more than they do.

use gonogo::tui::keys::{BINDINGS, Does};

use super::*;

const COLON: KeyCode = KeyCode::Char(':');
const ENTER: KeyCode = KeyCode::Enter;
const ESC: KeyCode = KeyCode::Esc;
const TAB: KeyCode = KeyCode::Tab;

fn typed(model: &mut Model, words: &str) {
    at_leisure(model, &[COLON]);
    text(model, words);
}

fn by_name(model: &mut Model, name: &str) -> Vec<Effect> {
    typed(model, name);
    at_leisure(model, &[ENTER])
}

#[test]
fn palette() {
    show("palette", |size| {
        let mut model = model(hold(), size);
        typed(&mut model, "ro");
        model
    });
    show("palette-all", |size| {
        let mut model = model(hold(), size);
        typed(&mut model, "");
        model
    });
    show("palette-nothing", |size| {
        let mut model = model(hold(), size);
        typed(&mut model, "xyzzy");
        model
    });
}

#[test]
fn what_it_does_is_what_the_key_does() {
    // All that one can see of it, and all that is to be done.
    let came_to = |model: &Model, effects: Vec<Effect>| (model.screen, model.place, model.dialogs.clone(), effects);
    for (binding, key) in BINDINGS.iter().map(|binding| (binding, binding.keys.split(' ').next().unwrap())) {
        let mut letters = key.chars();
        let (Some(letter), None) = (letters.next(), letters.next()) else { continue };
        let here = binding.on.first().copied().unwrap_or(Screen::Overview);
        let on = || {
            let mut model = ready::mixed((120, 36));
            model.facts.simulated = true;
            model.screen = here;
            model
        };
        let mut by_key = on();
        // As long as the palette takes.
        let waits = 400 * 2;
        wait(&mut by_key, waits);
        let effects = press(&mut by_key, KeyCode::Char(letter));
        let expected = came_to(&by_key, effects);
        let mut named = on();
        typed(&mut named, binding.name);
        let there = matches!(named.dialog(), Some(Dialog::Palette(form))
            if form.found(&named).first().is_some_and(|bound| bound.binding.name == binding.name));
        if !there {
            let left_out = [
                "overview",
                "palette",
                "pause",
                "slower",
                "faster",
                "step-back",
                "step",
                "back-10m",
                "on-10m",
                "to-start",
                "to-end",
                "seek",
                "rollouts",
            ];
            assert!(left_out.contains(&binding.name), "{}", binding.name);
            continue;
        }
        let effects = at_leisure(&mut named, &[ENTER]);
        assert_eq!(came_to(&named, effects), expected, "{}", binding.name);
    }
}

#[test]
fn what_acts_opens_its_confirmation_and_nothing_else() {
    for (name, opens) in [("roll-back", 0), ("advance", 1), ("reduce", 2), ("flag", 3), ("enter", 4)] {
        let mut model = model(go(), (120, 36));
        let effects = by_name(&mut model, name);
        assert!(!acts(&effects) && model.operation.is_none(), "{name}");
        let dialog = model.dialog().unwrap();
        let found = match dialog {
            Dialog::Rollback(_) => 0,
            Dialog::Advance(_) => 1,
            Dialog::NotNow(_) => 2,
            Dialog::Drift(_) => 3,
            Dialog::Record(_) => 4,
            other => panic!("{other:?}"),
        };
        assert_eq!((found, model.dialogs.len()), (opens, 1), "{name}");
        assert_eq!(effects[0], Effect::DropInput, "what was typed before it was there is no confirmation");
        assert!(!acts(&press(&mut model, ENTER)), "nor is the Enter that opened it");
    }
}

#[test]
fn a_command_of_another_screen_goes_there_first() {
    let mut elsewhere = model(hold(), (120, 36));
    by_name(&mut elsewhere, "vote");
    assert_eq!(elsewhere.screen, Screen::Briefing);
    assert!(matches!(elsewhere.dialog(), Some(Dialog::NotAllowed(_))), "nobody asks");
    let mut found = model(hold(), (120, 36));
    by_name(&mut found, "find");
    assert!(found.screen == Screen::Timeline && matches!(found.dialog(), Some(Dialog::Find(_))));
}

#[test]
fn it_completes_selects_and_is_left() {
    let mut model = model(hold(), (120, 36));
    let name = |model: &Model| match model.dialog() {
        Some(Dialog::Palette(form)) => form.field.text(),
        other => panic!("{other:?}"),
    };
    typed(&mut model, "ro");
    at_leisure(&mut model, &[TAB]);
    assert_eq!(name(&model), "roll", "roll-back and rollback-plan have that much in common");
    at_leisure(&mut model, &[KeyCode::Down, TAB]);
    assert_eq!(name(&model), "rollback-plan");
    at_leisure(&mut model, &[ENTER]);
    assert_eq!(model.screen, Screen::Procedure);
    typed(&mut model, "xyzzy");
    assert!(screen(&model).contains("nothing is called so"));
    at_leisure(&mut model, &[ENTER]);
    assert!(matches!(model.dialog(), Some(Dialog::Palette(_))), "nothing to do");
    at_leisure(&mut model, &[ESC]);
    assert!(model.dialogs.is_empty() && model.screen == Screen::Procedure);
}

#[test]
fn letters_are_letters_in_it_but_for_the_one_that_always_rolls_back() {
    let mut model = model(hold(), (120, 36));
    typed(&mut model, "q?g");
    assert!(matches!(model.dialog(), Some(Dialog::Palette(form)) if form.field.text() == "q?g"));
    at_leisure(&mut model, &[R]);
    assert!(matches!(model.dialog(), Some(Dialog::Rollback(form)) if !form.armed), "it may have been a letter");
    at_leisure(&mut model, &[Y]);
    assert!(model.operation.is_none());
    at_leisure(&mut model, &[ESC]);
    assert!(matches!(model.dialog(), Some(Dialog::Palette(_))), "what was typed is still there");
}

#[test]
fn who_only_looks_finds_nothing_that_acts_or_records() {
    let mut model = model(go(), (120, 36));
    model.facts.read_only = true;
    typed(&mut model, "");
    let Some(Dialog::Palette(form)) = model.dialog() else { panic!() };
    let found = form.found(&model);
    assert!(found.len() > 10 && found.iter().all(|bound| bound.binding.does == Does::Looks));
    assert!(!screen(&model).contains("roll back"));
}
