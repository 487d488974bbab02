//! Keys by the keymap in force: what is named is what is bound, in the footer, in the help, in every dialog; and it works.

use std::collections::BTreeMap;

use gonogo::tui::{
    dialog::Change,
    keys::{BINDINGS, Bound, Command, Does, Key, Keymap},
};

use super::*;

/// Every command with another key than that of the table, as far as it may have one.
fn other_keys() -> Arc<Keymap> {
    let mut letters = ('α'..='ω').chain('а'..='я').filter(|c| *c != 'ς').map(String::from);
    let mut acting = (4..=12).map(|n| format!("F{n}"));
    let mut by = BTreeMap::new();
    for binding in BINDINGS.iter().filter(|binding| !binding.fixed) {
        let key = if binding.does == Does::Acts { acting.next() } else { letters.next() };
        by.insert(binding.name.to_owned(), vec![key.unwrap()]);
    }
    Arc::new(Keymap::rebound(&by).unwrap())
}

fn event(bound: &Bound) -> KeyEvent {
    match bound.keys[0] {
        Key::Plain(code) => KeyEvent::new(code, KeyModifiers::NONE),
        Key::Ctrl(letter) => KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL),
    }
}

fn key_of(map: &Keymap, command: Command, model: &Model) -> KeyEvent {
    event(map.available(model.facts.kind()).find(|bound| bound.binding.command == command).unwrap())
}

/// Every screen and every dialog, in the states in which they name keys.
pub(super) fn everything(size: (u16, u16)) -> Vec<(String, Model)> {
    let mut all: Vec<(String, Model)> = Vec::new();
    for screen in Screen::ALL {
        for (name, assessment) in [("go", go()), ("no-go", no_go()), ("blind", blind())] {
            let mut model = model(assessment, size);
            model.screen = screen;
            all.push((format!("{screen:?} {name}"), model));
        }
        let mut ready = ready::mixed(size);
        ready.screen = screen;
        ready.facts.candidate = None;
        all.push((format!("{screen:?} ready"), ready));
    }
    let mut opened = |name: &str, mut model: Model, keys: &[KeyCode]| {
        at_leisure(&mut model, keys);
        assert!(!model.dialogs.is_empty(), "{name} did not open");
        all.push((name.to_owned(), model));
    };
    let letter = KeyCode::Char;
    opened("rollback", model(hold(), size), &[R]);
    opened("advance", model(go(), size), &[A]);
    opened("asked for by somebody", model(go_by_two(Some(request_of("alice"))), size), &[A]);
    opened("blocked", model(hold(), size), &[A]);
    opened("reduce", model(reducible(), size), &[letter('D')]);
    opened("not now", model(blind(), size), &[letter('D')]);
    opened("no drift", model(hold(), size), &[letter('F')]);
    opened("drift", drifted(size), &[letter('F')]);
    opened("list", model(hold(), size), &[letter('E')]);
    opened("words", model(hold(), size), &[letter('E'), KeyCode::Enter]);
    opened("note", model(hold(), size), &[letter('n')]);
    opened("progress", rolling_back(size), &[R]);
    opened("procedure", after_rollback(Far::Blind, size), &[R]);
    opened("legacy", after_rollback(Far::Blind, size), &[R, letter('c')]);
    opened("quit", rolling_back(size), &[letter('q')]);
    opened("palette", model(hold(), size), &[letter(':')]);
    opened("find", model(hold(), size), &[letter('t'), letter('/')]);
    opened("nobody asks", model(hold(), size), &[letter('b'), letter('v')]);
    opened("gate", ready::mixed(size), &[letter('x')]);
    let mut unnamed = ready::mixed(size);
    unnamed.facts.candidate = None;
    opened("gate without a candidate", unnamed, &[letter('x')]);
    let mut changed = model(go(), size);
    at_leisure(&mut changed, &[A]);
    update(&mut changed, Msg::Assessed(Arc::new(no_go())));
    all.push(("changed".to_owned(), changed));
    let mut refused = model(hold(), size);
    refused.dialogs.push(Dialog::NotNow(Change::Restore));
    all.push(("restore".to_owned(), refused));
    all
}

/// The words on the screen that are drawn as keys are.
fn keys_drawn(model: &Model) -> Vec<String> {
    let (buffer, style) = (draw(model), model.theme.key);
    let mut words = Vec::new();
    for row in buffer.content.chunks(usize::from(buffer.area.width)) {
        let text: String = row
            .iter()
            .map(|cell| match style.fg == Some(cell.fg) && cell.modifier.contains(style.add_modifier) {
                true => cell.symbol(),
                false => " ",
            })
            .collect();
        words.extend(text.split_whitespace().map(str::to_owned));
    }
    words
}

/// Keys that a dialog has for itself; and those that always are what they are.
const FIXED: [&str; 10] = ["Esc", "Enter", "Tab", "Up", "Down", "y", "k", "c", "Ctrl-Z", "n"];

#[test]
fn no_key_is_named_that_is_bound_to_nothing() {
    let map = other_keys();
    let old: Vec<&str> = BINDINGS.iter().flat_map(|binding| binding.keys.split(' ')).collect();
    for size in [(80, 24), (120, 36)] {
        for (name, mut model) in everything(size) {
            model.keymap = Arc::clone(&map);
            for word in keys_drawn(&model) {
                // A digit is the number of a stage: it is nowhere the first key of anything but the overview.
                let digit = word.chars().all(|c| c.is_ascii_digit());
                // In front of what is searched for it is a sign, not a key.
                let sign = name == "find" && word == "/";
                let stale = !sign && old.contains(&word.as_str()) && !FIXED.contains(&word.as_str()) && !digit;
                assert!(!stale, "{name} at {size:?} names {word}:\n{}", screen(&model));
            }
            let text = screen(&model);
            let words: Vec<&str> = text.split([' ', '\n']).collect();
            for pair in words.windows(2) {
                let told = pair[0] == "press" || pair[0] == "with";
                let one = pair[1].trim_end_matches([',', '.', ';', ':']);
                assert!(!(told && old.contains(&one)), "{name} says {pair:?}");
                let tells = ["opens", "names", "runs", "imports", "again"].contains(&pair[1]);
                assert!(!(tells && old.contains(&pair[0])), "{name} says {pair:?}");
            }
            for gone in ["PgUp", "PgDn", "Space:"] {
                assert!(!text.contains(gone), "{name} says {gone}:\n{text}");
            }
        }
    }
}

#[test]
fn where_keys_are_named_the_new_ones_are() {
    let map = other_keys();
    let named = |command| map.shown(command);
    let at = |name: &str| {
        let (_, mut model) = everything((120, 36)).into_iter().find(|(of, _)| of == name).unwrap();
        model.keymap = Arc::clone(&map);
        screen(&model)
    };
    let (roll_back, advance, gates) =
        (named(Command::Rollback), named(Command::Advance), named(Command::Show(Screen::Gates)));
    for name in
        ["advance", "blocked", "reduce", "not now", "drift", "no drift", "list", "words", "palette", "find", "changed"]
    {
        assert!(at(name).contains(&format!("{roll_back} roll back")), "{name}:\n{}", at(name));
    }
    assert!(at("procedure").contains(&format!("{roll_back} again")), "{}", at("procedure"));
    assert!(
        at("Overview no-go").contains(&format!("press {roll_back}"))
            || !screen(&model(no_go(), (120, 36))).contains("press R")
    );
    assert!(at("Overview go").contains(&format!("{advance} advance")));
    assert!(at("Overview go").contains(&format!("{} quit", named(Command::Quit))));
    assert!(at("changed").contains(&format!("{advance} look again")));
    assert!(at("blocked").contains(&format!("{gates} gates")));
    assert!(at("list").contains(&format!("{} {} which", named(Command::Up), named(Command::Down))));
    assert!(at("gate without a candidate").contains(&format!("Name it with {}", named(Command::Record))));
}

#[test]
fn the_new_keys_work_and_rolling_back_does_from_everywhere() {
    let map = other_keys();
    for (name, mut model) in everything((120, 36)) {
        model.keymap = Arc::clone(&map);
        wait(&mut model, 400);
        let already = matches!(model.dialog(), Some(Dialog::Rollback(_)));
        let mut old = model.clone();
        update(&mut old, Msg::Key(KeyEvent::new(R, KeyModifiers::SHIFT)));
        assert_eq!(matches!(old.dialog(), Some(Dialog::Rollback(_))), already, "{name}: R is a letter like others");
        let roll_back = key_of(&map, Command::Rollback, &model);
        update(&mut model, Msg::Key(roll_back));
        let opened = matches!(model.dialog(), Some(Dialog::Rollback(_) | Dialog::Progress));
        assert!(opened, "{name}: {:?}", model.dialog());
    }
    let mut model = model(go(), (120, 36));
    model.keymap = Arc::clone(&map);
    let press = |model: &mut Model, command| {
        wait(model, 400);
        let event = key_of(&map, command, model);
        update(model, Msg::Key(event))
    };
    press(&mut model, Command::Show(Screen::Gates));
    assert_eq!(model.screen, Screen::Gates);
    press(&mut model, Command::Down);
    assert_eq!(model.place.selected, 1);
    press(&mut model, Command::Advance);
    assert!(matches!(model.dialog(), Some(Dialog::Advance(_))));
    update(&mut model, Msg::Assessed(Arc::new(no_go())));
    press(&mut model, Command::Advance);
    assert!(matches!(model.dialog(), Some(Dialog::Blocked)), "looked again");
    press(&mut model, Command::Show(Screen::Guardrails));
    assert!(model.dialogs.is_empty() && model.screen == Screen::Guardrails);
    press(&mut model, Command::Palette);
    assert!(matches!(model.dialog(), Some(Dialog::Palette(_))));
    update(&mut model, Msg::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE)));
    assert_eq!(press(&mut model, Command::Quit), [Effect::Quit]);
}

#[test]
fn where_letters_are_text_they_are_whatever_they_are_bound_to() {
    let keys = [("redraw", "e"), ("page-down", "-"), ("quit", "l"), ("right", "Right")];
    let by = keys.map(|(name, key)| (name.to_owned(), vec![key.to_owned()])).into();
    let mut model = model(go(), (120, 36));
    model.keymap = Arc::new(Keymap::rebound(&by).unwrap());
    at_leisure(&mut model, &[A, KeyCode::Tab, KeyCode::Tab]);
    assert!(text(&mut model, "e-l").is_empty());
    assert!(matches!(model.dialog(), Some(Dialog::Advance(form)) if form.reason.text() == "e-l"));
}

#[test]
fn a_key_with_a_modifier_of_nobody_does_nothing() {
    let mut model = model(hold(), (120, 36));
    at_leisure(&mut model, &[R]);
    wait(&mut model, 400);
    let before = model.dialogs.clone();
    // As a terminal tells of an Esc with a key right behind it.
    for code in [R, Y, KeyCode::Enter, KeyCode::Char('q')] {
        assert!(update(&mut model, Msg::Key(KeyEvent::new(code, KeyModifiers::ALT))).is_empty());
        assert_eq!(model.dialogs, before, "{code:?}");
    }
    assert!(acts(&at_leisure(&mut model, &[Y])), "and the short way is still there");
}

/// The bottom line at the widths that terminals have.
#[test]
fn footer() {
    let mut lines = String::new();
    for screen_of in Screen::ALL {
        for columns in [80, 100, 120, 160, 200] {
            let mut model = ready::mixed((columns, 36));
            model.screen = screen_of;
            let drawn = screen(&model);
            let line = drawn.lines().last().unwrap_or_default().trim_end();
            let _ = writeln!(lines, "{:<11}{columns:>4} {line}", format!("{screen_of:?}"));
        }
    }
    insta::assert_snapshot!("footer", lines);
}

#[test]
fn the_help_begins_with_the_keys_of_the_screen_it_was_asked_for_on() {
    for (from, first) in
        [('b', "On the briefing"), ('c', "On readiness"), ('t', "On the timeline"), ('u', "On the guardrails")]
    {
        let mut model = model(hold(), (80, 24));
        at_leisure(&mut model, &[KeyCode::Char(from), KeyCode::Char('?')]);
        let text = screen(&model);
        assert!(text.contains(first), "{text}");
        assert!(text.find(first) < text.find("Acting"), "{text}");
        picture(&format!("help-{from}"), &model);
    }
    let mut model = model(hold(), (80, 24));
    at_leisure(&mut model, &[KeyCode::Char('c'), KeyCode::Char('?')]);
    insta::assert_snapshot!("help-on-readiness-80x24", screen(&model));
}

#[test]
fn the_help_has_every_line_of_the_table_with_its_name() {
    let mut model = model(hold(), (120, 200));
    model.screen = Screen::Help;
    let text = screen(&model);
    for bound in model.keymap.available(model.facts.kind()) {
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let begins = words(&format!("{} {}", bound.shown, bound.binding.name));
        let told = text.lines().any(|line| words(line.trim_matches('│')).starts_with(&begins));
        assert!(told, "{}:\n{text}", bound.binding.name);
    }
}
