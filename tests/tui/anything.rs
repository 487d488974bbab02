//! Whatever comes, in whatever order: nothing panics, and nothing acts but what its confirmation confirms.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

use gonogo::tui::{
    dialog::{Change, ChangeFocus},
    keys::Keymap,
    update::Mouse,
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use super::*;

/// Sequences, and messages in each of them.
const SEQUENCES: u32 = 800;
const MESSAGES: usize = 160;

fn key() -> impl Strategy<Value = KeyEvent> {
    let letters: Vec<char> = (' '..='~').chain("äß漢🚀".chars()).collect();
    let keys = vec![
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::Backspace,
        KeyCode::Delete,
        KeyCode::Insert,
        KeyCode::F(1),
        KeyCode::F(2),
        KeyCode::F(3),
        KeyCode::F(12),
        KeyCode::Null,
    ];
    let code = prop_oneof![
        5 => prop::sample::select("ARDFEcgutq?yjkx dpf/wn:@".chars().collect::<Vec<_>>()).prop_map(KeyCode::Char),
        2 => prop::sample::select(letters).prop_map(KeyCode::Char),
        5 => prop::sample::select(keys),
    ];
    let modifiers = prop_oneof![
        12 => Just(KeyModifiers::NONE),
        2 => Just(KeyModifiers::CONTROL),
        1 => Just(KeyModifiers::SHIFT),
        1 => Just(KeyModifiers::ALT),
    ];
    (code, modifiers).prop_map(|(code, modifiers)| KeyEvent::new(code, modifiers))
}

/// What a message is, and where the mouse is: as a share of the screen, or as the number of something that can be
/// clicked on.
#[derive(Debug, Clone)]
enum Input {
    Msg(Msg),
    ClickOn(usize),
    /// Words, letter by letter, so that dialogs are filled in: and what follows them may confirm.
    Types(&'static str),
}

fn input() -> impl Strategy<Value = Input> {
    let assessments: Vec<Arc<Assessment>> = [
        hold(),
        go(),
        no_go(),
        blind(),
        drift(),
        drift_with_ways_out(),
        reducible(),
        rollback_stands(Far::Blind),
        go_by_two(Some(request_of("alice"))),
        go_by_two(None),
    ]
    .map(Arc::new)
    .into();
    let histories = vec![Arc::new(history()), Arc::new(ready::midway())];
    let (polled, drifted) = (Arc::new(snapshot()), drifted((80, 24)).snapshot);
    let msg = prop_oneof![
        16 => key().prop_map(Msg::Key),
        2 => (0u16..220, 0u16..70).prop_map(|(x, y)| Msg::Mouse(Mouse::Click(x, y))),
        1 => prop::sample::select(vec![Mouse::WheelUp, Mouse::WheelDown]).prop_map(Msg::Mouse),
        2 => prop_oneof![(1u16..30, 1u16..12), (1u16..220, 1u16..70)].prop_map(|(x, y)| Msg::Resize(x, y)),
        2 => (0i64..4000).prop_map(|ms| {
            let uptime = Duration::from_secs(100) + Duration::from_millis(ms as u64);
            Msg::Tick(now() + TimeDelta::milliseconds(ms), uptime)
        }),
        1 => (0u64..4).prop_map(|asked| Msg::Planned(asked, Ok(plan()))),
        1 => (0u64..4).prop_map(|asked| Msg::Planned(asked, Err(down("unleash")))),
        2 => prop::sample::select(assessments).prop_map(Msg::Assessed),
        1 => prop::sample::select(vec!["default-on", "roll-back", "y\ny", "R", "\u{1b}[2J", "", "漢字"])
            .prop_map(|text| Msg::Paste(text.into())),
        1 => (0u64..3).prop_map(Msg::Lost),
        1 => (0u64..3).prop_map(|n| Msg::Progress(n, Progress::Ended { outcome: Outcome::Verified, after: None })),
        1 => prop::sample::select(histories).prop_map(Msg::History),
        1 => prop::sample::select(vec![polled, drifted]).prop_map(Msg::Polled),
        1 => (0usize..3).prop_map(Msg::Kept),
        1 => Just(Msg::NoHistory(down("the audit log"))),
    ];
    prop_oneof![
        30 => msg.prop_map(Input::Msg),
        2 => any::<usize>().prop_map(Input::ClickOn),
        1 => prop::sample::select(vec![
            "default-on", "all gates pass", "adv", "roll", "reduce", "ann", "kind:note", "13:00",
            // To the procedure of a rollback that stands, and to somebody's word for what it cannot see.
            "Rc",
        ])
        .prop_map(Input::Types),
    ]
}

/// What a message may come to.
fn judge(
    effect: &Effect,
    msg: &Msg,
    before: Option<&Dialog>,
    model: &Model,
    uptime: Duration,
) -> Result<(), TestCaseError> {
    let confirming = matches!(msg, Msg::Key(key) if matches!(key.code, KeyCode::Enter | KeyCode::Char('y')));
    let read_only = model.facts.read_only;
    let read = |opened: Duration| uptime.saturating_sub(opened) >= Duration::from_millis(150);
    match effect {
        Effect::Record(_) | Effect::RecordAfter(..) | Effect::Attach(_) | Effect::Import(_) | Effect::Make(_) => {
            prop_assert!(confirming && !read_only && before.is_some(), "recorded from a dialog alone");
        }
        Effect::RunGate(_) => prop_assert!(confirming && !read_only && matches!(before, Some(Dialog::Qa(_)))),
        Effect::KillGate(_) => prop_assert!(!read_only && matches!(before, Some(Dialog::Qa(_)))),
        Effect::Adopt { .. } => match before {
            Some(Dialog::Change(form)) => {
                prop_assert!(confirming && !read_only && form.change == Change::Adopt && form.focus == ChangeFocus::Do);
            }
            other => prop_assert!(false, "{other:?}"),
        },
        Effect::Perform(_, confirmed) => {
            prop_assert!(confirming && !read_only);
            match (confirmed, before) {
                (Confirmed::Rollback { .. }, Some(Dialog::Rollback(form))) => prop_assert!(read(form.opened)),
                (Confirmed::Advance { binding, reason, .. }, Some(Dialog::Advance(form))) => {
                    prop_assert!(form.changed.is_empty() && !reason.trim().is_empty());
                    prop_assert!(binding.writes == plan().writes, "the plan was there, and seen");
                    prop_assert!(form.stage.text().trim() == binding.to_stage);
                    prop_assert!(read(form.opened));
                }
                (
                    Confirmed::Reduce { binding, .. } | Confirmed::Restore { binding, .. },
                    Some(Dialog::Change(form)),
                ) => {
                    prop_assert!(form.changed.is_empty() && binding.writes == plan().writes);
                    prop_assert!(read(form.opened));
                }
                other => prop_assert!(false, "{:?}", other),
            }
        }
        _ => {}
    }
    Ok(())
}

/// Other keys than those of the table.
fn other_keys() -> Arc<Keymap> {
    let keys = [("advance", "Ctrl-A"), ("roll-back", "F9"), ("gates", "e"), ("redraw", "l"), ("page-down", "-")];
    let mut by: BTreeMap<_, _> = keys.map(|(name, key)| (name.to_owned(), vec![key.to_owned()])).into();
    by.insert("right".to_owned(), Vec::new());
    Arc::new(Keymap::rebound(&by).unwrap())
}

#[test]
fn a_hundred_thousand_messages_neither_panic_nor_act_without_their_confirmation() {
    let (taken, seen) = (Cell::new(0_usize), std::cell::RefCell::new(BTreeSet::new()));
    let config = Config { cases: SEQUENCES, failure_persistence: None, ..Config::default() };
    // From a rollback that stands twice as often: its dialogs are behind each other.
    let start =
        (prop::sample::select(vec![0, 1, 2, 2, 3, 4, 5]), prop::bool::weighted(0.2), any::<bool>(), any::<bool>());
    let inputs = prop::collection::vec(input(), MESSAGES);
    let run = TestRunner::new(config).run(&(inputs, start), |(inputs, (start, read_only, ascii, rebound))| {
        let mut model = match start {
            0 => ready::mixed((120, 36)),
            1 => model(go(), (120, 36)),
            2 => {
                // Its own dialog is one key away: else it is seldom met.
                let mut model = after_rollback(Far::Blind, (120, 36));
                press(&mut model, R);
                model
            }
            3 => rolling_back((80, 24)),
            4 => recording::replay((80, 24), recording::playing(TimeDelta::minutes(72))),
            _ => connecting((1, 1)),
        };
        model.facts.read_only = read_only;
        model.facts.simulated = ascii;
        model.theme = Theme::new(ThemeName::Dark, ascii, false);
        if rebound {
            model.keymap = other_keys();
        }
        for input in inputs {
            let msgs = match input {
                Input::Msg(msg) => vec![msg],
                Input::Types(text) => {
                    text.chars().map(|c| Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE))).collect()
                }
                Input::ClickOn(number) => {
                    draw(&model);
                    let places = model.drawn.all();
                    let place = places.get(number % places.len().max(1)).map(|(area, _)| Mouse::Click(area.x, area.y));
                    place.map(Msg::Mouse).into_iter().collect()
                }
            };
            for msg in msgs {
                let (before, uptime) = (model.dialog().cloned(), model.uptime);
                let effects = update(&mut model, msg.clone());
                taken.set(taken.get() + 1);
                seen.borrow_mut()
                    .insert(model.dialog().map_or(0, |dialog| 1 + place(dialog)) * 100 + model.screen as usize);
                for effect in &effects {
                    judge(effect, &msg, before.as_ref(), &model, uptime)?;
                }
                // As the loop does; where little can have changed, not each time.
                if taken.get().is_multiple_of(16) {
                    draw(&model);
                }
            }
        }
        Ok(())
    });
    run.unwrap();
    println!("{} messages, {} pairs of a screen and a dialog", taken.get(), seen.borrow().len());
    assert!(taken.get() >= 100_000, "{}", taken.get());
    let seen = seen.into_inner();
    for screen in Screen::ALL {
        assert!(seen.contains(&(screen as usize)), "{screen:?} was never there");
    }
    let dialogs: BTreeSet<usize> = seen.iter().map(|pair| pair / 100).collect();
    assert_eq!(dialogs.len(), DIALOGS + 1, "each dialog was there, and none: {dialogs:?}");
}

/// How many kinds of dialogs there are.
const DIALOGS: usize = 15;

fn place(dialog: &Dialog) -> usize {
    match dialog {
        Dialog::Rollback(_) => 0,
        Dialog::Advance(_) => 1,
        Dialog::Change(_) => 2,
        Dialog::Drift(_) => 3,
        Dialog::Find(_) => 4,
        Dialog::Palette(_) => 5,
        Dialog::Record(_) => 6,
        Dialog::Legacy(_) => 7,
        Dialog::Blocked => 8,
        Dialog::NotNow(_) => 9,
        Dialog::NotAllowed(_) => 10,
        Dialog::Qa(_) => 11,
        Dialog::Progress => 12,
        Dialog::Quit(_) => 13,
        Dialog::Seek(_) => 14,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn every_size_is_drawn(columns in 1u16..260, rows in 1u16..80, dialog in 0usize..6) {
        for assessment in [hold(), no_go(), blind()] {
            let mut model = model(assessment, (columns, rows));
            let colon = KeyCode::Char(':');
            let keys: [&[KeyCode]; 6] =
                [&[], &[R], &[A], &[KeyCode::Char('g')], &[KeyCode::Char('u'), KeyCode::Enter], &[colon]];
            at_leisure(&mut model, keys[dialog]);
            draw(&model);
        }
    }
}
