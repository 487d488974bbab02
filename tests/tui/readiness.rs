//! The readiness screen: what it shows in each state, and that its keys lead to the words of the selected line.

use gonogo::{
    audit::Event,
    judge::*,
    operations::poll::Move,
    runbook::{Duty, Runbook, built_in},
    tui::record::{FileToAttach, Shows},
};

use super::{ready::*, *};

const C: KeyCode = KeyCode::Char('c');
const ENTER: KeyCode = KeyCode::Enter;
const DOWN: KeyCode = KeyCode::Down;
const SPACE: KeyCode = KeyCode::Char(' ');

fn select(model: &mut Model, line: usize) {
    press(model, KeyCode::Home);
    for _ in 0..line {
        press(model, DOWN);
    }
}

/// The places of the lines in the built-in runbook.
const CHECK: usize = 1;
const EVIDENCE: usize = 8;
const FIELD: usize = 13;
const ROLE: usize = 20;

fn recorded(effects: &[Effect]) -> Option<&Event> {
    effects.iter().find_map(|effect| if let Effect::Record(event) = effect { Some(event) } else { None })
}

// ---- pictures ------------------------------------------------------------------------------------------------------

#[test]
fn readiness() {
    show("readiness-gate", mixed);
    show("readiness-check", |size| {
        let mut model = mixed(size);
        select(&mut model, CHECK + 1);
        model
    });
    show("readiness-evidence", |size| {
        let mut model = mixed(size);
        select(&mut model, EVIDENCE + 1);
        model
    });
    show("readiness-sign-off", |size| {
        let mut model = mixed(size);
        select(&mut model, FIELD + 2);
        model
    });
    show("readiness-ready", |size| {
        let mut model = complete(size);
        select(&mut model, FIELD + 6);
        model
    });
    show("readiness-nothing", |size| at(super::history(), assessed(None, &[]), size));
    show("readiness-words", |size| {
        let mut model = mixed(size);
        select(&mut model, CHECK + 2);
        press(&mut model, KeyCode::Char('f'));
        model
    });
    show("readiness-attach", |size| {
        let mut model = mixed(size);
        select(&mut model, EVIDENCE + 2);
        press(&mut model, ENTER);
        text(&mut model, "https://logs.example/d/43");
        model
    });
}

#[test]
fn states() {
    show("readiness-reading", |size| {
        let mut model = connecting(size);
        press(&mut model, C);
        model
    });
    show("readiness-error", |size| {
        let mut model = connecting(size);
        model.warning = Some(down("the audit log"));
        press(&mut model, C);
        model
    });
    show("readiness-blind", |size| {
        let blind = Some("entry 41 of the audit log does not follow from entry 40".to_owned());
        at(History { blind, ..History::default() }, assessed(None, &[]), size)
    });
    show("readiness-empty", |size| {
        let mut model = model(hold(), size);
        press(&mut model, C);
        model
    });
    show("readiness-ascii", |size| {
        let mut model = mixed(size);
        model.theme = Theme::new(ThemeName::Dark, true, false);
        model
    });
    for (name, theme) in [("readiness-light", ThemeName::Light), ("readiness-dark", ThemeName::Dark)] {
        let mut model = mixed((120, 36));
        model.theme = Theme::new(theme, false, false);
        styled(name, &model);
    }
}

// ---- what it says --------------------------------------------------------------------------------------------------

#[test]
fn what_cannot_be_read_is_unknown_and_never_open_or_done() {
    let blind = Some("entry 41 does not follow".to_owned());
    let shown = screen(&at(History { blind, ..midway() }, assessed(Some("Kim"), &[]), (200, 60)));
    for word in ["GREEN", "THERE", "FILLED", "NAMED", "OPEN"] {
        assert!(!shown.contains(word), "{word}:\n{shown}");
    }
    assert!(shown.contains("unknown: entry 41 does not follow"), "{shown}");
}

#[test]
fn sections_of_which_the_runbook_has_nothing_are_left_out() {
    let mut model = mixed((120, 36));
    let mut runbook = Runbook::clone(built_in());
    (runbook.qa, runbook.roles) = (None, Vec::new());
    model.facts.runbook = Arc::new(runbook);
    let shown = screen(&model);
    assert!(!shown.contains("Automated gate") && !shown.contains("Roles") && shown.contains("Evidence"), "{shown}");
    assert_eq!(model.lines(), 19);
}

#[test]
fn the_header_warns_where_something_else_runs() {
    let header = |commits: &[(&str, u64)]| {
        let shown = screen(&at(midway(), assessed(None, commits), (160, 40)));
        shown.lines().next().unwrap().to_owned()
    };
    assert!(header(&[(CANDIDATE, 9), (OTHER, 3)]).contains("018e611  ✘ not on 3 of 12"));
    assert!(header(&[(OTHER, 3)]).contains("✘ not deployed"));
    for fine in [&[(CANDIDATE, 12)][..], &[]] {
        assert!(!header(fine).contains('✘'), "{fine:?}");
    }
}

#[test]
fn telemetry_of_elsewhere_stands_beside_that_of_here() {
    let mut model = mixed((200, 60));
    select(&mut model, CHECK + 1);
    let here = screen(&model);
    let words = "stage 41, commit 40, attach 40, Secure uploads that ended 39";
    assert!(here.contains("✔ seen") && here.replace('\n', " ").contains("in production since"), "{here}");
    assert_eq!(here.matches("commit 40").count(), 1, "{words}\n{here}");
    let seen = SeenCheck {
        check: "full-sequence".into(),
        environment: "staging".into(),
        since: chrono::DateTime::UNIX_EPOCH,
        counts: vec![("stage".into(), 7), ("commit".into(), 0)],
        blind: None,
    };
    // Before it answers it is said that it is asked; asked again, its last answer stands.
    let asked = || Msg::AskedElsewhere(vec!["staging".into()]);
    update(&mut model, asked());
    let waits = screen(&model);
    assert!(waits.contains("○ not known yet  asking staging…"), "{waits}");
    update(&mut model, Msg::SeenElsewhere("staging".into(), vec![seen]));
    update(&mut model, asked());
    assert!(!screen(&model).contains("asking staging"));
    let both = screen(&model);
    let words = "○ seen in part  in staging since 1970-01-01 00:00 UTC: stage 7, commit 0";
    assert!(both.contains(words), "{both}");
}

#[test]
fn hostile_words_stay_in_their_cells() {
    let evil = "\x1b[2J\u{202e}漢字\u{200b}\x07".repeat(40);
    let mut history = midway();
    for check in &mut history.checks {
        (check.operator, check.note, check.environment) = (evil.clone(), evil.clone(), evil.clone());
        check.attached = Some(link(&evil));
    }
    for report in &mut history.qa_reports {
        report.operator = evil.clone();
        let ran = report.run.ran.as_mut().unwrap();
        ran.tree = Tree::Dirty { files: vec![evil.clone()], count: 9 };
    }
    for record in &mut history.attachments {
        (record.operator, record.attachment.note) = (evil.clone(), evil.clone());
    }
    let mut assessment = assessed(Some(&evil), &[(&evil, 3)]);
    assessment.standing.roles[0].name = Some(evil.clone());
    for size in SIZES {
        let mut model = at(history.clone(), assessment.clone(), size);
        model.facts.environment = "staging".into();
        for _ in 0..model.lines() {
            for opened in [false, true] {
                model.place.open = opened;
                let buffer = draw(&model);
                assert!(buffer.content.iter().all(|cell| !cell.symbol().chars().any(char::is_control)));
            }
            model.place.open = false;
            press(&mut model, DOWN);
        }
    }
}

// ---- keys ----------------------------------------------------------------------------------------------------------

#[test]
fn a_check_passes_by_keys_where_it_is_still_to_be_made() {
    let mut model = mixed((120, 36));
    select(&mut model, CHECK + 2);
    at_leisure(&mut model, &[KeyCode::Char('p')]);
    text(&mut model, "by hand");
    press(&mut model, KeyCode::Tab);
    text(&mut model, "https://ci.example/1");
    let effects = at_leisure(&mut model, &[ENTER, ENTER]);
    let Some(Event::Checked { check, environment, outcome, candidate, note, attached }) = recorded(&effects) else {
        panic!("{effects:?}")
    };
    assert_eq!((check.as_str(), environment.as_str(), *outcome), ("rekey", "production", CheckOutcome::Pass));
    assert_eq!((candidate.as_deref(), note.as_str()), (Some(CANDIDATE), "by hand"));
    assert_eq!(attached, &Some(link("https://ci.example/1")));
    assert!(model.dialogs.is_empty());

    let mut fresh = at(super::history(), assessed(None, &[]), (120, 36));
    select(&mut fresh, CHECK);
    let effects = at_leisure(&mut fresh, &[KeyCode::Char('f'), ENTER, ENTER, ENTER]);
    let Some(Event::Checked { environment, outcome, .. }) = recorded(&effects) else { panic!("{effects:?}") };
    assert_eq!((environment.as_str(), *outcome), ("staging", CheckOutcome::Fail), "the first stage asks first");
}

#[test]
fn a_link_with_a_password_and_what_is_no_address_are_refused() {
    for (given, why) in [("https://me:secret@ci.example/", "credentials"), ("ftp://ci.example/x", "of http or https")] {
        let mut model = mixed((120, 36));
        select(&mut model, EVIDENCE + 2);
        at_leisure(&mut model, &[ENTER]);
        text(&mut model, given);
        let effects = at_leisure(&mut model, &[ENTER, ENTER, ENTER]);
        assert!(recorded(&effects).is_none() && !model.dialogs.is_empty(), "{given}");
        assert!(screen(&model).contains(why));
    }
}

#[test]
fn a_check_takes_a_file_too_and_one_that_is_refused_is_not_typed_again() {
    let rekey = CHECK + 2;
    let mut model = mixed((120, 36));
    select(&mut model, rekey);
    at_leisure(&mut model, &[KeyCode::Char('f')]);
    text(&mut model, "it hangs");
    press(&mut model, KeyCode::Tab);
    text(&mut model, "/tmp/rekey shot.png");
    let file = FileToAttach {
        path: "/tmp/rekey shot.png".into(),
        shows: Shows::Check { check: "rekey".into(), environment: "production".into(), outcome: CheckOutcome::Fail },
        candidate: Some(CANDIDATE.into()),
        note: "it hangs".into(),
    };
    assert_eq!(at_leisure(&mut model, &[ENTER, ENTER]), [Effect::Attach(file.clone())]);
    let fault = Fault::new(FaultKind::File, "/tmp/rekey shot.png is empty", "attach a file that shows something");
    update(&mut model, Msg::Recorded(Err(fault), Vec::new()));
    assert!(screen(&model).contains("/tmp/rekey shot.png is empty"), "{}", screen(&model));

    // Another line does not take it over; the same one has all of it, and why it was refused.
    select(&mut model, rekey + 1);
    at_leisure(&mut model, &[KeyCode::Char('f')]);
    assert!(!screen(&model).contains("it hangs"));
    at_leisure(&mut model, &[KeyCode::Esc]);
    select(&mut model, rekey);
    at_leisure(&mut model, &[KeyCode::Char('f')]);
    let shown = screen(&model);
    assert!(shown.contains("it hangs") && shown.contains("not recorded: /tmp/rekey shot.png is empty"), "{shown}");
    assert_eq!(at_leisure(&mut model, &[KeyCode::Tab, KeyCode::Tab, ENTER]), [Effect::Attach(file)]);

    // Once it is in the log, there is nothing to type again.
    let entry = super::operations::entry(42, Event::Note { text: "stands for it".into() });
    update(&mut model, Msg::Recorded(Ok(entry), Vec::new()));
    at_leisure(&mut model, &[KeyCode::Char('f')]);
    assert!(!screen(&model).contains("it hangs"));
}

#[test]
fn a_check_from_the_list_takes_a_file() {
    let mut model = mixed((120, 36));
    at_leisure(&mut model, &[KeyCode::Char('E')]);
    for _ in 0..60 {
        if screen(&model).contains("▸ Check rekey") {
            break;
        }
        press(&mut model, DOWN);
    }
    at_leisure(&mut model, &[ENTER, KeyCode::Right, ENTER, ENTER, ENTER]);
    text(&mut model, "shot.png");
    let effects = at_leisure(&mut model, &[ENTER, ENTER]);
    let [Effect::Attach(FileToAttach { path, shows: Shows::Check { check, environment, outcome }, .. })] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!((path.as_str(), check.as_str(), environment.as_str()), ("shot.png", "rekey", "production"));
    assert_eq!(*outcome, CheckOutcome::Pass);
}

#[test]
fn evidence_is_a_link_or_a_file() {
    let words = |given: &str| {
        let mut model = mixed((120, 36));
        select(&mut model, EVIDENCE + 2);
        at_leisure(&mut model, &[ENTER]);
        text(&mut model, given);
        press(&mut model, ENTER);
        text(&mut model, "one failure");
        at_leisure(&mut model, &[ENTER, ENTER])
    };
    let effects = words("https://logs.example/d/43");
    let Some(Event::Attached(attachment)) = recorded(&effects) else { panic!("{effects:?}") };
    assert_eq!((attachment.item.as_str(), attachment.note.as_str()), ("staging-forced-failure", "one failure"));
    assert_eq!(attachment.attached, link("https://logs.example/d/43"));
    let file = FileToAttach {
        path: "/tmp/failure.log".into(),
        shows: Shows::Evidence { item: "staging-forced-failure".into() },
        candidate: Some(CANDIDATE.into()),
        note: "one failure".into(),
    };
    assert!(words("/tmp/failure.log").contains(&Effect::Attach(file)));
}

#[test]
fn a_signature_asks_for_words_only_where_everything_else_is_there() {
    let mut open = mixed((120, 36));
    select(&mut open, FIELD + 6);
    at_leisure(&mut open, &[ENTER]);
    assert!(open.dialogs.is_empty() && open.place.open, "what is open is told instead");
    let shown = screen(&open);
    let (owner, failure) = (shown.find("Rollback owner: nobody"), shown.find("forced-failure secure upload evidence"));
    assert!(owner.is_some_and(|owner| failure.is_some_and(|failure| owner < failure)), "the worst first:\n{shown}");

    let mut model = complete((120, 36));
    select(&mut model, FIELD + 6);
    at_leisure(&mut model, &[ENTER]);
    assert!(screen(&model).contains("what was decided, in words"));
    // What stands against it outside of this screen is told when it is to be recorded.
    text(&mut model, "promote");
    let effects = at_leisure(&mut model, &[ENTER, ENTER]);
    assert!(effects.is_empty() && screen(&model).contains("gate No increase in sync divergence"), "{}", screen(&model));
}

#[test]
fn roles_are_named_by_keys() {
    let owner = built_in().roles.iter().position(|role| role.duty == Some(Duty::RollbackOwner)).unwrap();
    for line in [FIELD + 5, ROLE + owner] {
        let mut model = mixed((120, 36));
        select(&mut model, line);
        at_leisure(&mut model, &[ENTER]);
        text(&mut model, "Kim");
        let effects = at_leisure(&mut model, &[ENTER, ENTER]);
        let named = Move::Assign { role: "rollback-owner".into(), name: Some("Kim".into()) };
        assert!(effects.contains(&Effect::Make(named)), "{effects:?}");
    }
}

#[test]
fn who_only_looks_reads_and_records_nothing() {
    for line in [0, CHECK, EVIDENCE, FIELD + 6, ROLE] {
        let mut model = complete((120, 36));
        model.facts.read_only = true;
        select(&mut model, line);
        let effects = at_leisure(&mut model, &[KeyCode::Char('p'), KeyCode::Char('f'), KeyCode::Char('x'), ENTER]);
        assert!(effects.is_empty() && model.dialogs.is_empty() && model.place.open, "{line}");
        assert!(!screen(&model).contains("keys"), "{line}");
        at_leisure(&mut model, &[SPACE]);
        assert!(!model.place.open);
    }
}

#[test]
fn nothing_is_selected_before_the_log_was_read() {
    let mut model = connecting((120, 36));
    let keys = [C, DOWN, ENTER, SPACE, KeyCode::Char('p'), KeyCode::End];
    assert!(at_leisure(&mut model, &keys).is_empty());
    assert!(model.dialogs.is_empty() && !model.place.open);
}
