//! The mouse: it looks, opens and puts the focus somewhere. It confirms nothing, wherever it clicks.

use gonogo::tui::{
    dialog::{AdvanceFocus, Focus, RollbackFocus},
    drawn::Target,
    keys::Command,
    update::Mouse,
};

use super::*;

fn click_at(model: &mut Model, x: u16, y: u16) -> Vec<Effect> {
    draw(model);
    update(model, Msg::Mouse(Mouse::Click(x, y)))
}

/// Clicks on the last place where the screen says this.
fn click(model: &mut Model, text: &str) -> Vec<Effect> {
    let drawn = screen(model);
    let found = drawn.lines().enumerate().filter(|(_, line)| line.contains(text)).last().and_then(|(y, line)| {
        let at = line.find(text)?;
        Some((line[..at].chars().count(), y))
    });
    let (x, y) = found.unwrap_or_else(|| panic!("{text:?} is not on the screen:\n{drawn}"));
    click_at(model, x as u16, y as u16)
}

fn wheel(model: &mut Model, mouse: Mouse, notches: usize) {
    for _ in 0..notches {
        draw(model);
        assert!(update(model, Msg::Mouse(mouse)).is_empty());
    }
}

fn harmless(effects: &[Effect]) -> bool {
    let acts = |effect: &Effect| {
        matches!(
            effect,
            Effect::Perform(..)
                | Effect::Record(_)
                | Effect::RecordAfter(..)
                | Effect::Make(_)
                | Effect::Import(_)
                | Effect::Attach(_)
                | Effect::RunGate(_)
                | Effect::KillGate(_)
                | Effect::Adopt { .. }
        )
    };
    !effects.iter().any(acts)
}

#[test]
fn a_click_on_a_panel_opens_its_view() {
    for size in [(80, 24), (80, 40), (120, 36), (200, 60)] {
        let mut panels = vec![
            ("Exit gates", Screen::Gates),
            ("Success", Screen::Success),
            ("Guardrails", Screen::Guardrails),
            ("Rollback triggers", Screen::Procedure),
            ("Timeline", Screen::Timeline),
        ];
        if size.0 >= 180 {
            panels.push(("Monitored", Screen::Storage));
        }
        let overview = model(hold(), size);
        let drawn = screen(&overview);
        let places: Vec<_> = overview.drawn.all().into_iter().filter(|(_, at)| matches!(at, Target::View(_))).collect();
        assert_eq!(places.len(), panels.len());
        for ((title, leads), (area, _)) in panels.into_iter().zip(places) {
            let row: String =
                drawn.lines().nth(usize::from(area.y)).unwrap().chars().skip(usize::from(area.x)).collect();
            let head: String = row.chars().take(40).collect::<String>().to_lowercase();
            assert!(head.contains(&title.to_lowercase()), "{title}: {row}");
            for (x, y) in [(area.x, area.y), (area.right() - 1, area.bottom() - 1)] {
                let mut model = overview.clone();
                assert!(click_at(&mut model, x, y).is_empty());
                assert_eq!(model.screen, leads, "{title} at {size:?}");
            }
        }
    }
}

#[test]
fn a_click_selects_and_a_second_one_opens() {
    for (key, line, place) in [('g', "Success rate holds", 1), ('u', "lastWriteIdRegression", 1), ('t', "", 1)] {
        let mut model = model(hold(), (120, 36));
        press(&mut model, KeyCode::Char(key));
        let at = |model: &Model| {
            let lines = model.drawn.all();
            let (area, _) = lines.iter().find(|(_, target)| *target == Target::Line(place)).unwrap();
            (area.x + 3, area.y)
        };
        draw(&model);
        let (x, y) = at(&model);
        if !line.is_empty() {
            assert!(screen(&model).lines().nth(usize::from(y)).unwrap().contains(line), "{}", screen(&model));
        }
        click_at(&mut model, x, y);
        assert_eq!((model.place.selected, model.place.open), (place, false), "{key}");
        click_at(&mut model, x, y);
        assert!(model.place.open && model.place.selected == place, "{key}");
    }
}

/// Each row of the rates is the rate that it tells of, whether the tables stand beside each other or not.
#[test]
fn a_click_on_a_rate_draws_its_line_and_a_second_one_only_that() {
    for size in [(80, 24), (80, 40), (120, 36), (200, 60)] {
        let mut model = judged::good(size);
        press(&mut model, KeyCode::Char('s'));
        let drawn = screen(&model);
        let rows: Vec<_> = model.drawn.all().into_iter().filter(|(_, at)| matches!(at, Target::Line(_))).collect();
        assert!(rows.len() >= 2, "{size:?}:\n{drawn}");
        for (area, target) in rows {
            let Target::Line(line) = target else { panic!() };
            let mut clicked = model.clone();
            click_at(&mut clicked, area.x + 1, area.y);
            assert_eq!((clicked.place.selected, clicked.place.open), (line, false), "{size:?}");
            let after = screen(&clicked);
            let row: String =
                after.lines().nth(usize::from(area.y)).unwrap().chars().skip(usize::from(area.x)).collect();
            assert!(row.starts_with('▸'), "{line} at {size:?}: {row:?}\n{after}");
            click_at(&mut clicked, area.x + 1, area.y);
            assert!(clicked.place.open && clicked.place.selected == line, "{size:?}");
            assert!(!screen(&clicked).contains("By stage"));
        }
    }
}

#[test]
fn the_first_click_on_what_is_selected_already_opens_nothing() {
    let mut model = model(hold(), (120, 36));
    press(&mut model, KeyCode::Char('g'));
    draw(&model);
    let lines = model.drawn.all();
    let (area, _) = lines.iter().find(|(_, target)| *target == Target::Line(0)).unwrap();
    click_at(&mut model, area.x, area.y);
    assert!(!model.place.open);
    press(&mut model, KeyCode::Down);
    press(&mut model, KeyCode::Up);
    click_at(&mut model, area.x, area.y);
    assert!(!model.place.open, "keys between two clicks make two first ones");
    click_at(&mut model, area.x, area.y);
    assert!(model.place.open);
}

#[test]
fn a_long_list_stays_where_it_is_under_a_click() {
    let mut model = ready::mixed((120, 24));
    model.screen = Screen::Readiness;
    draw(&model);
    let lines = model.drawn.all();
    let (area, last) = *lines.iter().rfind(|(_, target)| matches!(target, Target::Line(_))).unwrap();
    click_at(&mut model, area.x, area.y);
    draw(&model);
    assert_eq!(model.drawn.at(area.x, area.y), Some(last), "a second click finds the same line");
    wheel(&mut model, Mouse::WheelDown, 1);
    let Target::Line(at) = last else { panic!() };
    assert_eq!(model.place.selected, at + 1);
}

#[test]
fn a_click_on_a_key_of_the_footer_does_that_key() {
    let mut model = model(go(), (160, 36));
    assert!(click(&mut model, "g gates").is_empty() && model.screen == Screen::Gates);
    assert!(click(&mut model, "Esc back").is_empty() && model.screen == Screen::Overview);
    let effects = click(&mut model, "A advance");
    assert!(harmless(&effects) && matches!(model.dialog(), Some(Dialog::Advance(_))));
    at_leisure(&mut model, &[KeyCode::Esc]);
    assert_eq!(click(&mut model, "R roll back"), [Effect::DropInput]);
    assert!(matches!(model.dialog(), Some(Dialog::Rollback(_))) && model.operation.is_none());
    at_leisure(&mut model, &[KeyCode::Esc]);
    assert_eq!(click(&mut model, "q quit"), [Effect::Quit]);
}

#[test]
fn a_click_on_a_button_gives_it_the_focus_and_confirms_nothing() {
    let mut rolling = model(hold(), (120, 36));
    at_leisure(&mut rolling, &[R]);
    wait(&mut rolling, 400);
    for _ in 0..3 {
        assert!(click(&mut rolling, " Roll back ").is_empty());
        assert!(matches!(rolling.dialog(), Some(Dialog::Rollback(form)) if form.focus == RollbackFocus::RollBack));
    }
    click(&mut rolling, "reason");
    assert!(matches!(rolling.dialog(), Some(Dialog::Rollback(form)) if form.focus == RollbackFocus::Reason));
    click(&mut rolling, "Cancel");
    assert!(matches!(rolling.dialog(), Some(Dialog::Rollback(form)) if form.focus == RollbackFocus::Cancel));
    click(&mut rolling, " Roll back ");
    assert!(acts(&at_leisure(&mut rolling, &[KeyCode::Enter])), "Enter does");

    let mut advancing = model(go(), (120, 36));
    at_leisure(&mut advancing, &[A]);
    click(&mut advancing, "stage    type");
    text(&mut advancing, "default-on");
    click(&mut advancing, "reason");
    text(&mut advancing, "all gates pass");
    assert!(click(&mut advancing, "  Advance ").is_empty());
    let Some(Dialog::Advance(form)) = advancing.dialog() else { panic!() };
    assert_eq!((form.focus, form.missing()), (AdvanceFocus::Advance, None));
    assert!(acts(&at_leisure(&mut advancing, &[KeyCode::Enter])));
}

#[test]
fn outside_a_dialog_nothing_can_be_clicked_on() {
    let mut model = model(go(), (160, 36));
    at_leisure(&mut model, &[R]);
    for text in ["q quit", "Exit gates", "Timeline"] {
        let before = (model.screen, model.dialogs.clone());
        assert!(click(&mut model, text).is_empty());
        assert_eq!((model.screen, model.dialogs.clone()), before);
    }
}

#[test]
fn the_wheel_scrolls_lists_texts_and_dialogs() {
    let mut list = model(hold(), (80, 24));
    press(&mut list, KeyCode::Char('g'));
    wheel(&mut list, Mouse::WheelDown, 2);
    assert_eq!(list.place.selected, 2);
    wheel(&mut list, Mouse::WheelUp, 9);
    assert_eq!(list.place.selected, 0);
    press(&mut list, KeyCode::Char('?'));
    wheel(&mut list, Mouse::WheelDown, 2);
    assert_eq!(list.place.selected, 6, "a text by more than a line");

    let mut detail = model(hold(), (60, 16));
    at_leisure(&mut detail, &[KeyCode::Enter, KeyCode::Enter]);
    wheel(&mut detail, Mouse::WheelDown, 1);
    assert!(detail.place.open && detail.place.scroll > 0);

    let mut dialog = model(go(), (60, 16));
    at_leisure(&mut dialog, &[A]);
    wheel(&mut dialog, Mouse::WheelDown, 1);
    assert!(dialog.scroll > 0, "{}", screen(&dialog));
    wheel(&mut dialog, Mouse::WheelUp, 9);
    assert_eq!(dialog.scroll, 0);

    let mut lines = model(hold(), (120, 36));
    at_leisure(&mut lines, &[KeyCode::Char('E')]);
    wheel(&mut lines, Mouse::WheelDown, 1);
    assert!(matches!(lines.dialog(), Some(Dialog::Record(form)) if form.selected == 1));
    click(&mut lines, "Note  ");
    assert!(matches!(lines.dialog(), Some(Dialog::Record(form)) if form.selected == 0 && !form.typing()));
}

#[test]
fn the_field_of_a_dialog_that_is_cut_or_scrolled_is_where_it_is_drawn() {
    for size in [(120, 36), (80, 24), (60, 16), (60, 12)] {
        for (name, model) in keys::everything(size) {
            let drawn = screen(&model);
            for (area, target) in model.drawn.all() {
                assert!(area.right() <= size.0 && area.bottom() <= size.1, "{name} at {size:?}: {target:?}");
                let row = drawn.lines().nth(usize::from(area.y)).unwrap();
                let label = match target {
                    Target::Focus(Focus::Rollback(RollbackFocus::Reason)) => "reason",
                    Target::Focus(Focus::Rollback(RollbackFocus::RollBack)) => "Roll back",
                    Target::Focus(Focus::Advance(AdvanceFocus::Stage)) => "stage",
                    Target::Key(Command::Rollback) => "roll back",
                    Target::Key(Command::Quit) => "quit",
                    _ => continue,
                };
                assert!(row.contains(label), "{name} at {size:?}: {label} is not in {row:?}\n{drawn}");
            }
        }
    }
}

#[test]
fn no_click_anywhere_acts_or_records() {
    let mut clicks = 0;
    for (name, model) in keys::everything((100, 30)) {
        draw(&model);
        let spots = model.drawn.all().into_iter().map(|(area, _)| (area.x, area.y));
        let grid = (0..30).flat_map(|y| (0..100).step_by(7).map(move |x| (x, y)));
        for (x, y) in spots.chain(grid) {
            let mut after = model.clone();
            wait(&mut after, 400);
            let effects = update(&mut after, Msg::Mouse(Mouse::Click(x, y)));
            assert!(harmless(&effects), "{name} at {x} {y}: {effects:?}");
            if !model.dialogs.is_empty() {
                assert_eq!(after.dialogs.len(), model.dialogs.len(), "{name} at {x} {y}");
                assert!(effects.is_empty(), "{name} at {x} {y}: {effects:?}");
            }
            clicks += 1;
        }
    }
    assert!(clicks > 10_000, "{clicks}");
}
