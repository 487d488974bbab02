//! The list of several rollouts: what it shows, in which order, and what its keys do.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use gonogo::{
    audit::{Action, Outcome},
    judge::{Assessment, TriggerState},
    runbook::{Duty, Role, Runbook},
    tui::{
        model::{Model, Screen},
        operation::Operation,
        rollouts::{
            Named,
            list::{Entry, Over, Rollouts, Seen, Selected},
            order::order,
            standing::{Rank, Standing},
            update::{Effect, Msg, update},
        },
        theme::{Theme, ThemeName},
        times::Times,
        title::title_of_list,
        update::{Effect as CockpitEffect, Mouse, Msg as CockpitMsg, update as update_cockpit},
        view,
    },
};
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};

use super::{
    cockpit::{self, *},
    pictured,
};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 60)];

fn named(title: &str, environment: &str) -> Named {
    let key = title.to_lowercase().replace(' ', "-");
    Named {
        file: format!("runbooks/{key}.toml"),
        profile: Some(key.clone()),
        key,
        title: title.into(),
        environment: environment.into(),
        read_only: false,
    }
}

fn stands(title: &str, environment: &str, model: &Model) -> Entry {
    Entry { named: named(title, environment), seen: Seen::Rollout(Box::new(Standing::of(model))) }
}

fn judged(assessment: Assessment) -> Model {
    cockpit::model(assessment, (80, 24))
}

fn tripped() -> Assessment {
    let mut assessment = no_go();
    assessment.triggers[0].state = TriggerState::Tripped;
    assessment
}

fn broken(title: &str, why: &str) -> Entry {
    Entry { named: Named { profile: None, ..named(title, "production") }, seen: Seen::Broken(why.into()) }
}

/// One of each kind, the best first.
fn entries() -> Vec<Entry> {
    let mut only_no_go = no_go();
    only_no_go.hard_stops.clear();
    only_no_go.triggers.iter_mut().for_each(|trigger| trigger.state = TriggerState::Armed);
    let mut rolling = judged(hold());
    rolling.operation = Some(operation(None));
    vec![
        stands("Avatars", "production", &judged(go())),
        stands("Billing export", "staging", &judged(hold())),
        stands("Chunked rekey", "production", &rolling),
        stands("Dark mode", "production", &cockpit::connecting((80, 24))),
        stands("Edge cache", "eu-west", &all_down((80, 24))),
        broken("torn.toml", "the runbook has 2 problems\ntorn.toml:3:1: no stage\ntorn.toml:9:4: key = 1: a key"),
        stands("Folder locks", "production", &judged(only_no_go)),
        stands("Secure upload", "production", &judged(tripped())),
    ]
}

fn operation(outcome: Option<Outcome>) -> Operation {
    Operation {
        number: 1,
        action: Action::Rollback,
        reason: "x".into(),
        before: "5 %".into(),
        after: "off".into(),
        at: now(),
        since: Duration::ZERO,
        taken_up: None,
        writes: Vec::new(),
        not_recorded: None,
        kept: Vec::new(),
        read_back: None,
        ended: outcome.map(|outcome| (Duration::from_secs(1), outcome)),
    }
}

fn list(entries: Vec<Entry>, size: (u16, u16)) -> Rollouts {
    let theme = Theme::new(ThemeName::Dark, false, false);
    let mut list = Rollouts::new(entries, theme, size, now());
    update(&mut list, Msg::Tick(now(), Duration::from_secs(100)));
    list
}

fn drawn(list: &Rollouts) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(list.size.0, list.size.1)).unwrap();
    terminal.draw(|frame| view::rollouts::render(frame, list)).unwrap();
    terminal.backend().buffer().clone()
}

fn screen(list: &Rollouts) -> String {
    let buffer = drawn(list);
    let rows = buffer.content.chunks(usize::from(buffer.area.width));
    let row = |row: &[ratatui::buffer::Cell]| row.iter().map(|cell| cell.symbol()).collect::<String>();
    rows.map(|cells| row(cells).trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

fn press(list: &mut Rollouts, code: KeyCode) -> Option<Effect> {
    update(list, Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn letters(list: &mut Rollouts, text: &str) {
    for c in text.chars() {
        assert_eq!(press(list, KeyCode::Char(c)), None, "{c}");
    }
}

fn wait(list: &mut Rollouts, seconds: u64) {
    let (now, uptime) = (list.now + TimeDelta::seconds(seconds as i64), list.uptime + Duration::from_secs(seconds));
    update(list, Msg::Tick(now, uptime));
}

fn titles(list: &Rollouts) -> Vec<&str> {
    list.order.iter().map(|i| list.entries[*i].named.title.as_str()).collect()
}

fn current(list: &Rollouts) -> &str {
    &list.entries[list.current().unwrap()].named.title
}

fn many(n: usize) -> Vec<Entry> {
    (0..n).map(|i| stands(&format!("Rollout {i:03}"), "production", &judged(hold()))).collect()
}

fn show(name: &str, size: (u16, u16), list: &Rollouts) {
    let name = format!("{name}-{}x{}", size.0, size.1);
    pictured(&name, list.theme, |theme| drawn(&Rollouts { theme, ..list.clone() }));
    insta::assert_snapshot!(name, screen(list));
}

#[test]
fn pictures() {
    for size in SIZES {
        show("rollouts", size, &list(entries(), size));
        show("rollouts-many", size, &{
            let mut list = list(many(200), size);
            press(&mut list, KeyCode::End);
            list
        });
        show("rollouts-filter", size, &{
            let mut list = list(entries(), size);
            press(&mut list, KeyCode::Char('/'));
            letters(&mut list, "prod go");
            list
        });
        show("rollouts-quit", size, &{
            let mut list = list(entries(), size);
            update(&mut list, Msg::Busy(vec!["Chunked rekey, production: rolling back".into()]));
            list
        });
        show("rollouts-broken", size, &{
            let mut list = list(entries(), size);
            list.selected = Selected::Entry(5);
            list
        });
        show("rollouts-help", size, &{
            let mut list = list(entries(), size);
            press(&mut list, KeyCode::Char('?'));
            list
        });
        show("rollouts-nothing", size, &{
            let mut list = list(entries(), size);
            press(&mut list, KeyCode::Char('/'));
            letters(&mut list, "zebra");
            list
        });
        show("rollouts-palette", size, &{
            let mut list = list(entries(), size);
            press(&mut list, KeyCode::Char(':'));
            list
        });
        for rollouts in [1, 5] {
            show(&format!("rollouts-{rollouts}"), size, &list(many(rollouts), size));
        }
    }
}

#[test]
fn every_size_is_drawn_and_plain_text_is_plain() {
    for columns in [1, 12, 40, 60, 79, 100, 300] {
        for rows in [1, 3, 8, 12, 16, 24, 50] {
            let mut list = list(entries(), (columns, rows));
            list.theme = Theme::new(ThemeName::Dark, true, true);
            assert!(screen(&list).is_ascii(), "{columns}x{rows}");
            press(&mut list, KeyCode::Char('?'));
            assert!(screen(&list).is_ascii(), "{columns}x{rows}");
        }
    }
}

#[test]
fn the_worst_is_first_and_those_alike_are_by_name() {
    let list = list(entries(), (120, 36));
    let worst_first = [
        "Secure upload",
        "Folder locks",
        "torn.toml",
        "Edge cache",
        "Dark mode",
        "Billing export",
        "Chunked rekey",
        "Avatars",
    ];
    assert_eq!(titles(&list), worst_first);
    let mut reversed = entries();
    reversed.reverse();
    let order = order(&reversed, "");
    assert_eq!(order.iter().map(|i| reversed[*i].named.title.as_str()).collect::<Vec<_>>(), worst_first);
}

#[test]
fn a_rollback_that_could_not_be_confirmed_is_the_worst_there_is() {
    let mut model = judged(go());
    model.operation = Some(operation(Some(Outcome::NotConfirmed { fault: down("unleash") })));
    let standing = Standing::of(&model);
    assert_eq!(standing.rank, Rank::Stop);
    assert!(standing.reason.starts_with("rollback NOT CONFIRMED"), "{}", standing.reason);
    model.operation = Some(operation(Some(Outcome::Verified)));
    assert_eq!(Standing::of(&model).rank, Rank::Go);
}

#[test]
fn a_filter_keeps_what_has_every_word_of_it_and_esc_shows_all() {
    let mut list = list(entries(), (120, 36));
    press(&mut list, KeyCode::Char('/'));
    letters(&mut list, "PROD no-go");
    assert_eq!(titles(&list), ["Secure upload", "Folder locks"]);
    // Letters are letters here, and R rolls nothing back.
    letters(&mut list, "R");
    assert!(titles(&list).is_empty() && list.current().is_none());
    assert_eq!(press(&mut list, KeyCode::Enter), None);
    assert_eq!(press(&mut list, KeyCode::Enter), None, "nothing is selected, so nothing opens");
    assert_eq!(press(&mut list, KeyCode::Char('R')), None);
    press(&mut list, KeyCode::Esc);
    assert_eq!(titles(&list).len(), 8);
    assert_eq!(press(&mut list, KeyCode::Esc), None, "there is nothing behind the list");
}

#[test]
fn keys_move_and_act_on_what_is_selected() {
    let mut list = list(many(200), (80, 24));
    let rows = view::rollouts::rows(&list);
    for (key, expected) in [
        (KeyCode::Down, 1),
        (KeyCode::Char('j'), 2),
        (KeyCode::Up, 1),
        (KeyCode::PageDown, rows),
        (KeyCode::End, 199),
        (KeyCode::Down, 199),
        (KeyCode::PageUp, 200 - rows),
        (KeyCode::Home, 0),
        (KeyCode::Up, 0),
    ] {
        press(&mut list, key);
        assert_eq!(list.line(), Some(expected), "{key:?}");
        let shown = screen(&list);
        assert!(shown.lines().any(|row| row.contains('▸') && row.contains(current(&list))), "{key:?}:\n{shown}");
    }
    press(&mut list, KeyCode::Down);
    assert_eq!(press(&mut list, KeyCode::Enter), Some(Effect::Open(1, None)));
    assert_eq!(press(&mut list, KeyCode::Char('g')), Some(Effect::Open(1, Some(Screen::Gates))));
    assert_eq!(press(&mut list, KeyCode::Char('R')), Some(Effect::RollBack(1)));
    assert_eq!(press(&mut list, KeyCode::Char('A')), None, "only a rollback is begun from the list");
    assert_eq!(press(&mut list, KeyCode::Char('q')), Some(Effect::Leave));
}

#[test]
fn what_is_selected_is_copied_in_full_also_where_it_is_broken() {
    let mut list = list(entries(), (80, 24));
    for (entry, told) in [
        (7, &["Secure upload, production", "NO-GO", "serves ", "runbooks/secure-upload.toml"][..]),
        (5, &["torn.toml, production", "the runbook has 2 problems", "torn.toml:9:4: key = 1: a key"][..]),
    ] {
        list.selected = Selected::Entry(entry);
        let Some(Effect::Copy(text)) = press(&mut list, KeyCode::Char('y')) else { panic!("nothing was copied") };
        assert!(text.starts_with(told[0]) && told.iter().all(|part| text.contains(part)), "{text}");
        let said = format!("copied {} characters", text.chars().count());
        assert!(screen(&list).contains(&said), "{}", screen(&list));
    }
    press(&mut list, KeyCode::Char('/'));
    letters(&mut list, "zebra");
    press(&mut list, KeyCode::Enter);
    assert_eq!(press(&mut list, KeyCode::Char('y')), None);
    assert!(screen(&list).contains("nothing to copy here"), "{}", screen(&list));
}

#[test]
fn one_that_is_broken_or_only_looked_at_has_no_acting_key() {
    let mut entries = entries();
    entries[7].named.read_only = true;
    let mut list = list(entries, (80, 24));
    for entry in [7, 5] {
        list.selected = Selected::Entry(entry);
        assert_eq!(press(&mut list, KeyCode::Char('R')), None, "{entry}");
        assert!(!screen(&list).contains("R roll back"));
    }
    assert_eq!(press(&mut list, KeyCode::Enter), None, "a broken one does not open");
    list.selected = Selected::Entry(6);
    assert!(screen(&list).contains("R roll back"));
    assert_eq!(press(&mut list, KeyCode::Char('R')), Some(Effect::RollBack(6)));
}

/// Clicks on what is drawn where this stands.
fn click(list: &mut Rollouts, on: &str) -> Option<Effect> {
    let shown = screen(list);
    let (row, text) = shown
        .lines()
        .enumerate()
        .skip(2)
        .find(|(_, text)| text.contains(on))
        .unwrap_or_else(|| panic!("{on}: {shown}"));
    let column = text.split(on).next().unwrap().chars().count();
    update(list, Msg::Mouse(Mouse::Click(column as u16, row as u16)))
}

#[test]
fn a_click_selects_a_second_one_opens_and_the_wheel_scrolls() {
    for size in SIZES {
        let mut list = list(many(20), size);
        assert_eq!(click(&mut list, "Rollout 003"), None);
        assert_eq!(current(&list), "Rollout 003");
        assert_eq!(click(&mut list, "Rollout 004"), None, "another one is another first click");
        assert_eq!(click(&mut list, "Rollout 004"), Some(Effect::Open(4, None)));
        assert_eq!(update(&mut list, Msg::Mouse(Mouse::WheelDown)), None);
        assert_eq!(current(&list), "Rollout 005");
        update(&mut list, Msg::Mouse(Mouse::WheelUp));
        assert_eq!(click(&mut list, "Rollout 004"), None, "the wheel was between");
        press(&mut list, KeyCode::Down);
        assert_eq!(click(&mut list, "Rollout 004"), None, "a key was between");
        // The keys of the footer; what is clicked on confirms nothing.
        assert_eq!(click(&mut list, "R roll back"), Some(Effect::RollBack(4)));
        assert_eq!(click(&mut list, "q quit"), Some(Effect::Leave));
        assert_eq!(click(&mut list, "? help"), None);
        assert_eq!(list.over, Some(Over::Help));
        assert_eq!(update(&mut list, Msg::Mouse(Mouse::Click(20, 8))), None, "nothing lies under what lies over it");
        assert_eq!((list.over.is_some(), current(&list)), (true, "Rollout 004"));
    }
    // The second line of a rollout is its own, too.
    let mut few = list(many(3), (80, 24));
    assert_eq!(screen(&few).matches("1 gate pending").count(), 4, "a line each, and once in full: {}", screen(&few));
    let row = screen(&few).lines().position(|row| row.contains("Rollout 001")).unwrap() + 1;
    update(&mut few, Msg::Mouse(Mouse::Click(30, row as u16)));
    assert_eq!(current(&few), "Rollout 001");
}

#[test]
fn the_palette_does_what_keys_do_and_offers_nothing_else() {
    let mut list = list(entries(), (80, 24));
    let by_name = |list: &mut Rollouts, name: &str| {
        press(list, KeyCode::Char(':'));
        letters(list, name);
        press(list, KeyCode::Enter)
    };
    assert_eq!(by_name(&mut list, "gates"), Some(Effect::Open(7, Some(Screen::Gates))));
    assert_eq!(by_name(&mut list, "quit"), Some(Effect::Leave));
    assert_eq!(by_name(&mut list, "roll-back"), Some(Effect::RollBack(7)));
    assert_eq!(by_name(&mut list, "find"), None);
    assert!(list.typing && list.over.is_none());
    press(&mut list, KeyCode::Esc);
    for name in ["advance", "note", "rollouts", "sort", "pause"] {
        assert_eq!(by_name(&mut list, name), None, "{name}");
        let Some(Over::Palette(form)) = &list.over else { panic!("{name}: {:?}", list.over) };
        let keymap = Arc::clone(&list.keymap);
        let found = form.among(&gonogo::tui::rollouts::keys::offers(&keymap, &list));
        assert!(found.iter().all(|bound| bound.binding.name != name), "{name}");
        press(&mut list, KeyCode::Esc);
    }
    // Letters are letters in it, but for the one that always rolls back; what is selected is what is rolled back.
    press(&mut list, KeyCode::Char(':'));
    letters(&mut list, "q?g");
    assert_eq!(press(&mut list, KeyCode::Char('R')), Some(Effect::RollBack(7)));
    list.selected = Selected::Entry(5);
    assert_eq!(by_name(&mut list, "roll-back"), None, "a broken one has none");
    press(&mut list, KeyCode::Esc);
    press(&mut list, KeyCode::Char('?'));
    assert_eq!(press(&mut list, KeyCode::Char('R')), None, "nor in the help");
    list.selected = Selected::Entry(0);
    press(&mut list, KeyCode::Char('?'));
    assert_eq!(press(&mut list, KeyCode::Char('R')), Some(Effect::RollBack(0)));
}

#[test]
fn themes_and_times_change_and_the_footer_says_so() {
    let mut list = list(entries(), (120, 36));
    let before = list.theme;
    press(&mut list, KeyCode::F(2));
    assert!(list.theme != before && list.theme == list.themes.theme());
    assert!(screen(&list).contains(&format!("theme {}, until gonogo ends", list.themes.name())));
    press(&mut list, KeyCode::F(3));
    assert_eq!(list.times, Times::Local);
    assert!(screen(&list).contains("times as this machine has them"));
    wait(&mut list, 6);
    assert!(screen(&list).contains("R roll back"), "the keys come back");
    press(&mut list, KeyCode::F(3));
    assert_eq!(list.times, Times::Utc);
}

#[test]
fn the_title_counts_the_worst_first() {
    assert_eq!(
        title_of_list(&list(entries(), (80, 24))),
        "gonogo: 2 NO-GO 1 broken 3 HOLD 1 unseen 1 GO of 8 rollouts"
    );
    assert_eq!(title_of_list(&list(many(1), (80, 24))), "gonogo: 1 HOLD of 1 rollout");
}

#[test]
fn whoever_has_a_duty_is_found_by_name() {
    let mut of_ann = judged(hold());
    let runbook = Arc::make_mut(&mut of_ann.facts.runbook);
    runbook.roles.push(Role {
        key: "rollback-owner".into(),
        title: "Rollback owner".into(),
        duty: Some(Duty::RollbackOwner),
        configured: Some("Ann Example".into()),
    });
    let entries = many(3).into_iter().chain([stands("Avatars", "staging", &of_ann)]);
    let mut list = list(entries.collect(), (120, 36));
    press(&mut list, KeyCode::Char('/'));
    letters(&mut list, "ann stag");
    assert_eq!(titles(&list), ["Avatars"]);
    assert!(screen(&list).contains("rollback owner Ann Example"), "{}", screen(&list));
}

#[test]
fn what_is_the_same_for_all_is_said_once() {
    let shown = screen(&list(many(20), (80, 24)));
    assert!(shown.contains("all in production") && !shown.contains("where"), "{shown}");
    let apart = many(20).into_iter().chain([stands("Avatars", "staging", &judged(hold()))]).collect();
    let shown = screen(&list(apart, (80, 24)));
    assert!(!shown.contains("all in") && shown.contains("where") && shown.contains("staging"), "{shown}");
}

#[test]
fn lines_hold_still_after_a_key_and_the_selection_stays_with_its_rollout() {
    let mut list = list(many(5), (80, 24));
    let worse = Box::new(Standing::of(&judged(tripped())));
    // Nobody has chosen: the worst is selected.
    update(&mut list, Msg::Stands(3, worse.clone()));
    wait(&mut list, 1);
    assert_eq!(current(&list), "Rollout 003");
    press(&mut list, KeyCode::Down);
    assert_eq!(current(&list), "Rollout 000");
    update(&mut list, Msg::Stands(4, worse));
    wait(&mut list, 1);
    assert_eq!(titles(&list)[1], "Rollout 000", "nothing moves under the hand");
    assert_eq!(list.count(&[Rank::Stop]), 2, "but it is told");
    wait(&mut list, 5);
    assert_eq!(titles(&list), ["Rollout 003", "Rollout 004", "Rollout 000", "Rollout 001", "Rollout 002"]);
    assert_eq!(current(&list), "Rollout 000");
}

#[test]
fn leaving_while_something_is_under_way_is_asked_and_a_hasty_key_does_not_answer() {
    let mut list = list(entries(), (80, 24));
    assert_eq!(update(&mut list, Msg::Busy(vec!["Chunked rekey: rolling back".into()])), Some(Effect::DropInput));
    assert_eq!(press(&mut list, KeyCode::Char('y')), None, "too soon");
    wait(&mut list, 1);
    assert_eq!(press(&mut list, KeyCode::Char('R')), None, "no key of the list works behind it");
    assert!(matches!(list.over, Some(Over::Quit { .. })));
    press(&mut list, KeyCode::Esc);
    assert_eq!(list.over, None);
    update(&mut list, Msg::Busy(vec!["Chunked rekey: rolling back".into()]));
    wait(&mut list, 1);
    assert_eq!(press(&mut list, KeyCode::Char('y')), Some(Effect::Quit));
}

/// One of several, in its cockpit.
fn one_of_several(assessment: Assessment) -> Model {
    let mut model = cockpit::model(assessment, (80, 24));
    model.facts.several = true;
    model
}

fn key(model: &mut Model, code: KeyCode) -> Vec<CockpitEffect> {
    update_cockpit(model, CockpitMsg::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

#[test]
fn from_a_cockpit_m_and_esc_on_its_overview_lead_back() {
    let mut model = one_of_several(hold());
    assert_eq!(key(&mut model, KeyCode::Char('g')), []);
    assert_eq!(key(&mut model, KeyCode::Esc), [], "first back to the overview");
    assert_eq!(key(&mut model, KeyCode::Esc), [CockpitEffect::Rollouts]);
    assert_eq!(key(&mut model, KeyCode::Char('m')), [CockpitEffect::Rollouts]);
    // Alone, there is nothing to lead back to.
    let mut alone = cockpit::model(hold(), (80, 24));
    assert_eq!(key(&mut alone, KeyCode::Esc), []);
    assert_eq!(key(&mut alone, KeyCode::Char('m')), []);
}

#[test]
fn the_confirmation_of_a_rollback_names_the_rollout_in_full() {
    let mut model = one_of_several(hold());
    let title = "A very long title of a rollout that does not fit into the header of a narrow terminal".to_owned();
    model.facts.runbook = Arc::new(Runbook { title: title.clone(), ..(*model.facts.runbook).clone() });
    update_cockpit(&mut model, CockpitMsg::Ask(gonogo::tui::keys::Command::Rollback));
    let shown = cockpit::screen(&model).replace(['│', '\n'], " ");
    let shown: Vec<&str> = shown.split_whitespace().collect();
    let wanted = format!("{title} ({})", model.facts.runbook.key);
    let wanted: Vec<&str> = wanted.split_whitespace().collect();
    assert!(shown.windows(wanted.len()).any(|words| words == wanted), "{shown:?}");
}

#[test]
fn it_rings_once_and_says_for_which_rollout() {
    let mut model = one_of_several(hold());
    let effects = update_cockpit(&mut model, CockpitMsg::Assessed(Arc::new(tripped())));
    let [CockpitEffect::Alert(text)] = &effects[..] else { panic!("{effects:?}") };
    assert!(text.contains(&model.facts.runbook.title) && text.contains("production"), "{text}");
    assert_eq!(update_cockpit(&mut model, CockpitMsg::Assessed(Arc::new(tripped()))), []);
}
