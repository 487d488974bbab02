//! The briefing: at each size, in each state, in each look; and what is done from it.

use gonogo::{
    judge::{PollAnswer, PollRecord},
    operations::poll::Move,
};

use super::{
    polled::{briefing, decided, go, put, record, said, with_roles},
    *,
};

const ENTER: KeyCode = KeyCode::Enter;
const RIGHT: KeyCode = KeyCode::Right;
const ESC: KeyCode = KeyCode::Esc;
const B: KeyCode = KeyCode::Char('b');
const V: KeyCode = KeyCode::Char('v');
const O: KeyCode = KeyCode::Char('o');
const DECIDE: KeyCode = KeyCode::Char('d');

fn moves(effects: &[Effect]) -> Vec<&Move> {
    effects.iter().filter_map(|effect| if let Effect::Make(step) = effect { Some(step) } else { None }).collect()
}

// ---- pictures ------------------------------------------------------------------------------------------------------

#[test]
fn each_state() {
    show("briefing-hold", |size| briefing(hold(), Some(said()), size));
    show("briefing-go", |size| briefing(cockpit::go(), Some(decided()), size));
    show("briefing-no-go", |size| briefing(no_go(), Some(said()), size));
    show("briefing-no-poll", |size| briefing(hold(), None, size));
    show("briefing-fallen", |size| {
        let mut model = briefing(hold(), None, size);
        put(&mut model, Some(said()), Some("the candidate is another one"));
        model
    });
    show("briefing-blind", |size| {
        let mut model = all_down(size);
        model.facts.runbook = with_roles();
        press(&mut model, B);
        model
    });
    show("briefing-connecting", |size| {
        let mut model = connecting(size);
        press(&mut model, B);
        model
    });
    show("briefing-rolled-back", |size| {
        let mut model = after_rollback(Far::Locked, size);
        model.facts.runbook = with_roles();
        press(&mut model, B);
        model
    });
    show("briefing-read-only", |size| {
        let mut model = briefing(hold(), None, size);
        model.facts.read_only = true;
        model
    });
}

#[test]
fn each_look() {
    let looks = [
        ("light", ThemeName::Light, false, false),
        ("colour-blind", ThemeName::ColourBlind, false, false),
        ("mono", ThemeName::Dark, false, true),
        ("ascii", ThemeName::Dark, true, false),
    ];
    for (name, theme, ascii, mono) in looks {
        show(&format!("briefing-{name}"), |size| {
            let mut model = briefing(no_go(), Some(said()), size);
            model.theme = Theme::new(theme, ascii, mono);
            model
        });
    }
}

#[test]
fn hostile_text_is_cut_and_harmless() {
    show("briefing-hostile", |size| {
        let long = "x\x1b[2J".repeat(200);
        let mut poll = decided();
        poll.question = format!("{long}?");
        for vote in &mut poll.votes {
            (vote.operator, vote.reason) = (long.clone(), format!("漢字 {long}"));
        }
        for role in &mut poll.roles {
            role.title = format!("{} {long}", role.title);
        }
        poll.decision.as_mut().unwrap().reason = long.clone();
        poll.decision.as_mut().unwrap().operator = long.clone();
        let mut assessment = no_go();
        assessment.headline = long.clone();
        for gate in &mut assessment.gates {
            gate.title = long.clone();
        }
        let mut model = briefing(assessment, Some(poll), size);
        model.facts.candidate = Some(long.clone());
        model
    });
}

#[test]
fn every_size_is_drawn_and_the_call_is_in_it() {
    for columns in (1..=210).step_by(7) {
        for rows in 1..=62 {
            let model = briefing(no_go(), Some(said()), (columns, rows));
            let shown = screen(&model);
            if columns >= 60 && rows >= 16 {
                let letters = shown.contains('█') || shown.contains("NO-GO");
                assert!(letters && shown.contains("Limited external"), "{columns}x{rows}:\n{shown}");
            }
        }
    }
}

/// Where these words stand, as column and row.
fn places(shown: &str, words: &[&str]) -> Vec<(usize, usize)> {
    let place = |word: &&str| {
        shown.lines().enumerate().find_map(|(row, line)| Some((line[..line.find(word)?].chars().count(), row)))
    };
    words.iter().map(|word| place(word).unwrap_or_else(|| panic!("no {word:?} in\n{shown}"))).collect()
}

#[test]
fn on_a_large_screen_everything_has_its_place() {
    for size in [(200, 60), (120, 60), (200, 50), (100, 50)] {
        let words = ["Limited external", "Gates", "Poll", "Release owner", "Storage", "Guardrails", "Rollback  "];
        let drawn = |assessment, poll| places(&screen(&briefing(assessment, poll, size)), &words);
        let first = drawn(hold(), Some(said()));
        for (assessment, poll) in [
            (cockpit::go(), Some(decided())),
            (no_go(), Some(said())),
            (hold(), Some(record(&[go(""), None, None, None, None]))),
        ] {
            assert_eq!(drawn(assessment, poll), first, "{size:?}");
        }
        let (_, last) = first[first.len() - 1];
        assert!(last > usize::from(size.1) * 4 / 5, "{size:?}: its lower end is empty");
    }
}

#[test]
fn on_a_small_screen_nothing_below_the_call_moves_when_it_changes() {
    for size in [(80, 24), (99, 30), (100, 28), (110, 36), (120, 36), (200, 24)] {
        let words = ["Limited external", "Gates"];
        let drawn = |assessment, poll| places(&screen(&briefing(assessment, poll, size)), &words);
        let first = drawn(hold(), Some(said()));
        for ascii in [false, true] {
            for (assessment, poll) in [(cockpit::go(), Some(decided())), (no_go(), Some(said())), (no_go(), None)] {
                let mut model = briefing(assessment, poll, size);
                model.theme = Theme::new(ThemeName::Dark, ascii, false);
                let mut other = briefing(hold(), Some(said()), size);
                other.theme = model.theme;
                assert_eq!(places(&screen(&model), &words), places(&screen(&other), &words), "{size:?} {ascii}");
            }
        }
        assert!(first[1].1 < 14, "{size:?}: there is room for the gates");
    }
}

#[test]
fn nothing_moves_while_nothing_happens() {
    let mut model = briefing(hold(), Some(said()), (120, 36));
    model.dirty = false;
    wait(&mut model, 20_000);
    assert!(!model.dirty, "14:02:51 is still 14:02");
    let before = screen(&model);
    wait(&mut model, 10_000);
    assert!(model.dirty, "14:03:01");
    assert_eq!(before.replace("14:02 UTC", "14:03 UTC"), screen(&model));
    // With a dialog over it, or on another screen, there are seconds.
    model.dirty = false;
    press(&mut model, O);
    model.dirty = false;
    wait(&mut model, 1_000);
    assert!(model.dirty);
}

// ---- what is done from it ------------------------------------------------------------------------------------------

#[test]
fn whoever_has_a_role_votes_and_nobody_says_go_by_pressing_enter() {
    show("briefing-vote", |size| {
        let mut model = briefing(hold(), Some(said()), size);
        at_leisure(&mut model, &[V, ENTER, RIGHT]);
        model
    });
    let mut model = briefing(hold(), Some(said()), (120, 36));
    assert!(moves(&at_leisure(&mut model, &[V, ENTER, ENTER, ENTER, ENTER])).is_empty());
    assert!(screen(&model).contains("say GO or NO-GO"), "{}", screen(&model));
    // The roles that this operator has: Rollback owner, API.
    at_leisure(&mut model, &[ESC, V, RIGHT, ENTER, RIGHT, RIGHT, ENTER, ENTER, ENTER]);
    assert!(screen(&model).contains("a NO-GO has a reason"), "{}", screen(&model));
    let mut model = briefing(hold(), Some(said()), (120, 36));
    at_leisure(&mut model, &[V, RIGHT, ENTER, RIGHT, RIGHT, ENTER]);
    text(&mut model, "the retry storm");
    let effects = at_leisure(&mut model, &[ENTER, ENTER]);
    let (role, reason) = ("api".to_owned(), "the retry storm".to_owned());
    assert_eq!(moves(&effects), [&Move::Vote { role, answer: PollAnswer::NoGo, reason }]);
    assert!(model.dialogs.is_empty() && model.screen == Screen::Briefing);
}

#[test]
fn esc_leaves_without_a_word() {
    for key in [V, O] {
        let poll = (key == V).then(said);
        let mut model = briefing(hold(), poll, (120, 36));
        let effects = at_leisure(&mut model, &[key, ENTER, RIGHT, ESC]);
        assert!(moves(&effects).is_empty() && model.dialogs.is_empty() && model.screen == Screen::Briefing);
    }
}

#[test]
fn what_somebody_may_not_do_is_told_and_not_offered() {
    show("briefing-not-allowed", |size| {
        let mut model = briefing(hold(), Some(said()), size);
        press(&mut model, DECIDE);
        model
    });
    let tells = |poll: Option<PollRecord>, operator: &str, key: KeyCode, why: &str| {
        let mut model = briefing(hold(), poll, (120, 36));
        model.facts.operator = operator.into();
        let effects = at_leisure(&mut model, &[key, ENTER]);
        assert!(moves(&effects).is_empty());
        press(&mut model, key);
        assert!(screen(&model).contains(why), "{}", screen(&model));
        at_leisure(&mut model, &[ESC]);
        assert!(model.dialogs.is_empty());
    };
    tells(Some(said()), "oncall", DECIDE, "Release owner is owner, who decides, and you are oncall");
    tells(Some(said()), "stranger", V, "stranger has no role that is asked");
    tells(Some(said()), "owner", O, "poll p1 is open, by owner since 2026-03-14 13:47 UTC");
    tells(None, "owner", DECIDE, "no poll is open");
    tells(None, "oncall", V, "no poll is open");
    let mut model = connecting((120, 36));
    press(&mut model, B);
    press(&mut model, O);
    assert!(screen(&model).contains("the audit log was not read yet"));
}

#[test]
fn the_release_owner_decides_with_what_stands_against_it_in_sight() {
    let mut model = briefing(hold(), Some(said()), (120, 36));
    model.facts.operator = "Owner".into();
    at_leisure(&mut model, &[DECIDE]);
    let shown = screen(&model);
    assert!(shown.contains("API said NO-GO: waits") && shown.contains("no answer from Storage"), "{shown}");
    at_leisure(&mut model, &[RIGHT, ENTER]);
    text(&mut model, "it is about another path");
    let effects = at_leisure(&mut model, &[ENTER, ENTER]);
    let reason = "it is about another path".to_owned();
    assert_eq!(moves(&effects), [&Move::Close { decision: PollAnswer::Go, reason }]);
}

#[test]
fn a_poll_is_opened_and_a_role_is_given_from_the_list() {
    let mut model = briefing(hold(), None, (120, 36));
    let effects = at_leisure(&mut model, &[O, ENTER, ENTER]);
    assert_eq!(moves(&effects), [&Move::Open { question: String::new() }]);
    let mut model = briefing(hold(), None, (120, 36));
    at_leisure(&mut model, &[KeyCode::Char('E'), KeyCode::End]);
    assert!(screen(&model).contains("Assign Storage") && screen(&model).contains("nobody has it"));
    at_leisure(&mut model, &[ENTER]);
    text(&mut model, "ines");
    let effects = at_leisure(&mut model, &[ENTER, ENTER]);
    let (role, name) = ("storage".to_owned(), Some("ines".to_owned()));
    assert_eq!(moves(&effects), [&Move::Assign { role, name }]);
}
