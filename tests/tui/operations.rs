//! The dialogs of what is done besides advancing by one and rolling back once; and what is told from outside.

use std::path::Path;

use chrono::TimeDelta;
use gonogo::{
    audit::{Entry, Event, Head, Phase},
    fault::FaultKind,
    flags::Plan,
    judge::{LegacyEvidence, TriggerState, Trouble, Unfinished},
    operations::AttendantReport,
    runbook::{Exposure, Fill, Runbook, SignOffField},
    tui::record::State,
};

use super::*;

const D: KeyCode = KeyCode::Char('D');
const E: KeyCode = KeyCode::Char('E');
const F: KeyCode = KeyCode::Char('F');
const UP: KeyCode = KeyCode::Up;
const DOWN: KeyCode = KeyCode::Down;
const ENTER: KeyCode = KeyCode::Enter;
const ESC: KeyCode = KeyCode::Esc;
const TAB: KeyCode = KeyCode::Tab;

fn events(effects: &[Effect]) -> Vec<&Event> {
    let recorded = effects.iter().filter_map(|effect| match effect {
        Effect::Record(event) => Some(event),
        Effect::RecordAfter(_, event) => Some(event.as_ref()),
        _ => None,
    });
    recorded.collect()
}

pub(super) fn entry(seq: u64, event: Event) -> Box<Entry> {
    Box::new(Entry {
        seq,
        at: now(),
        operator: "oncall".into(),
        host: "ops-1".into(),
        version: "0".into(),
        event,
        previous: String::new(),
        hash: String::new(),
    })
}

// ---- pictures ------------------------------------------------------------------------------------------------------

#[test]
fn plans() {
    show("advance-reading", |size| {
        let mut model = model(go(), size);
        silent(&mut model, A);
        model
    });
    show("advance-no-plan", |size| {
        let mut model = model(go(), size);
        silent(&mut model, A);
        let fault = Fault::new(FaultKind::Hazard, "the store knows no segment for internal", "make it in Unleash");
        update(&mut model, Msg::Planned(1, Err(fault)));
        model
    });
    show("request", |size| {
        let mut model = model(go_by_two(None), size);
        press(&mut model, A);
        text(&mut model, "default-on");
        model
    });
    show("request-of-another", |size| {
        let mut model = model(go_by_two(Some(request_of("alice"))), size);
        press(&mut model, A);
        model
    });
    show("request-of-oneself", |size| {
        let mut model = model(go_by_two(Some(request_of("Oncall "))), size);
        press(&mut model, A);
        model
    });
    show("advance-serving", |size| {
        let mut model = model(go(), size);
        super::confirm_advance(&mut model, "default-on", "ready");
        update(&mut model, Msg::Progress(1, Progress::Ended { outcome: Outcome::Verified, after: None }));
        let mut a = reducible();
        a.stage.entered_at = Some(model.now);
        a.standing.serving = Some(gonogo::judge::ServingAssessment { since: None, attempts: 0, blind: None });
        wait(&mut model, 41_000);
        update(&mut model, Msg::Assessed(Arc::new(a)));
        model
    });
}

#[test]
fn changes() {
    show("reduce", |size| {
        let mut model = model(reducible(), size);
        press(&mut model, D);
        model
    });
    show("reduce-blocked", |size| {
        let mut a = hold();
        a.standing.reduce.blockers = vec!["rules of others decide who is served".into()];
        let mut model = model(a, size);
        press(&mut model, D);
        model
    });
    show("drifted", |size| {
        let mut model = drifted(size);
        press(&mut model, F);
        model
    });
    show("restore", |size| {
        let mut model = drifted(size);
        at_leisure(&mut model, &[F, DOWN, ENTER]);
        model
    });
}

#[test]
fn procedures() {
    for (name, far) in [
        ("procedure-converging", Far::Converging),
        ("procedure-blind", Far::Blind),
        ("procedure-locked", Far::Locked),
        ("procedure-open", Far::Open),
    ] {
        show(name, |size| {
            let mut model = after_rollback(far, size);
            press(&mut model, R);
            model
        });
    }
    show("procedure-ascii", |size| {
        let mut model = after_rollback(Far::Locked, size);
        model.theme = Theme::new(ThemeName::Dark, true, false);
        press(&mut model, R);
        model
    });
    show("procedure-in-memory", |size| {
        let mut model = after_rollback(Far::Locked, size);
        update(&mut model, Msg::Attended(in_memory()));
        press(&mut model, R);
        model
    });
    show("overview-rolled-back", |size| after_rollback(Far::Locked, size));
    show("overview-serving", |size| model(reducible(), size));
    show("confirm-by-hand", |size| {
        let mut model = after_rollback(Far::Blind, size);
        at_leisure(&mut model, &[R, KeyCode::Char('c')]);
        text(&mut model, "nginx access log of 14:02: only /v1/register");
        model
    });
    show("taken-up", |size| {
        let mut model = model(no_go(), size);
        update(&mut model, Msg::Interrupted(Box::new(cut_off())));
        model
    });
}

#[test]
fn records() {
    show("record", |size| {
        let mut model = model(no_go(), size);
        model.facts.runbook = talkative();
        at_leisure(&mut model, &[E, DOWN, DOWN]);
        model
    });
    show("record-words", |size| {
        let mut model = model(hold(), size);
        model.facts.runbook = talkative();
        at_leisure(&mut model, &[E, KeyCode::End, ENTER, TAB]);
        press(&mut model, KeyCode::Right);
        model
    });
    show("record-told", |size| {
        let mut model = model(hold(), size);
        at_leisure(&mut model, &[E, ENTER]);
        text(&mut model, "two SlowDown bursts");
        at_leisure(&mut model, &[ENTER, ENTER]);
        update(
            &mut model,
            Msg::Recorded(Ok(entry(42, Event::Note { text: "two SlowDown bursts".into() })), Vec::new()),
        );
        model
    });
    show("kept-entries", |size| {
        let mut model = model(hold(), size);
        update(&mut model, Msg::Kept(3));
        model
    });
}

// ---- a plan --------------------------------------------------------------------------------------------------------

#[test]
fn nothing_is_confirmed_before_its_writes_were_seen() {
    let mut model = model(go(), (120, 36));
    wait(&mut model, 400);
    let effects = silent(&mut model, A);
    let [Effect::DropInput, Effect::Plan { asked: 1, present, target, restore: false }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!((present.version.as_str(), target), (flag_state().version.as_str(), &Exposure::everyone()));
    text(&mut model, "default-on");
    press(&mut model, ENTER);
    text(&mut model, "ready");
    assert!(!acts(&at_leisure(&mut model, &[ENTER, ENTER])), "not read yet");
    assert!(screen(&model).contains("reading what will be written"));
    update(&mut model, Msg::Planned(7, Ok(plan())));
    assert!(!acts(&at_leisure(&mut model, &[ENTER])), "the answer to another question");
    update(&mut model, Msg::Planned(1, Ok(plan())));
    let effects = at_leisure(&mut model, &[ENTER]);
    let [Effect::Perform(1, Confirmed::Advance { binding, request: None, .. })] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(binding.writes, plan().writes);
}

#[test]
fn a_plan_for_another_flag_and_a_fault_block() {
    let stale = Plan { from_version: "another".into(), ..plan() };
    for answer in [Ok(stale), Err(down("unleash"))] {
        let mut model = model(go(), (120, 36));
        silent(&mut model, A);
        update(&mut model, Msg::Planned(1, answer));
        update(&mut model, Msg::Planned(1, Ok(plan())));
        text(&mut model, "default-on");
        press(&mut model, ENTER);
        text(&mut model, "ready");
        assert!(!acts(&at_leisure(&mut model, &[ENTER, ENTER, ENTER])));
    }
}

#[test]
fn a_late_plan_does_not_reach_the_dialog_that_was_opened_since() {
    let mut model = model(go(), (120, 36));
    silent(&mut model, A);
    silent(&mut model, ESC);
    silent(&mut model, A);
    update(&mut model, Msg::Planned(1, Ok(plan())));
    assert!(screen(&model).contains("reading what will be written"));
    update(&mut model, Msg::Planned(2, Ok(plan())));
    assert!(screen(&model).contains("switch production on"));
}

#[test]
fn what_does_not_fit_is_scrolled_to() {
    let mut model = model(go(), (80, 24));
    silent(&mut model, A);
    let many = (0..30).map(|i| gonogo::flags::Write { title: format!("write {i}"), ..plan().writes[0].clone() });
    update(&mut model, Msg::Planned(1, Ok(Plan { writes: many.collect(), ..plan() })));
    assert!(screen(&model).contains("more lines, PgDn") && !screen(&model).contains("write 29"));
    for _ in 0..9 {
        press(&mut model, KeyCode::PageDown);
    }
    assert!(screen(&model).contains("lines above, PgUp") && screen(&model).contains("assessment 7c1e5b09"));
    let end = model.scroll;
    press(&mut model, KeyCode::PageUp);
    assert!(model.scroll < end, "the way back begins at once");
}

// ---- two people ----------------------------------------------------------------------------------------------------

#[test]
fn the_first_of_two_people_asks_and_changes_nothing() {
    let mut model = model(go_by_two(None), (120, 36));
    let effects = super::confirm_advance(&mut model, "default-on", "ready");
    assert!(!acts(&effects) && model.dialogs.is_empty());
    let events = events(&effects);
    let [Event::Requested(request)] = &events[..] else { panic!("{events:?}") };
    assert_eq!((request.from_stage.as_str(), request.to_stage.as_str()), ("limited-external", "default-on"));
    assert_eq!((request.writes.len(), request.reason.as_str()), (3, "ready"));
    assert_eq!(request.expires_at - model.now, TimeDelta::hours(4));
    assert!(!request.id.is_empty());
}

#[test]
fn the_second_confirms_the_request_that_was_shown() {
    let mut model = model(go_by_two(Some(request_of("alice"))), (120, 36));
    let effects = super::confirm_advance(&mut model, "default-on", "seen it, too");
    let [Effect::Perform(1, Confirmed::Advance { request, .. })] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(request.as_deref(), Some(request_of("alice").id.as_str()));
}

#[test]
fn nobody_confirms_their_own_request_and_anybody_takes_it_back() {
    for name in ["oncall", " ONCALL "] {
        let mut model = model(go_by_two(Some(request_of(name))), (120, 36));
        let opened = at_leisure(&mut model, &[A]);
        assert_eq!(opened, [Effect::DropInput], "nothing is planned");
        let effects = at_leisure(&mut model, &[KeyCode::BackTab, ENTER]);
        let events = events(&effects);
        assert!(matches!(&events[..], [Event::Withdrawn { request, .. }] if *request == request_of(name).id));
        assert!(!acts(&effects));
    }
}

#[test]
fn a_request_that_comes_or_falls_under_the_dialog_ends_it() {
    let mut fallen = request_of("alice");
    fallen.fallen = vec!["somebody raised a hold".into()];
    let mut newer = request_of("alice");
    newer.id = "another".into();
    for (before, after) in [
        (Some(request_of("alice")), Some(fallen)),
        (Some(request_of("alice")), None),
        (Some(request_of("alice")), Some(newer)),
        (None, Some(request_of("alice"))),
        (Some(request_of("oncall")), None),
    ] {
        let mut model = model(go_by_two(before), (120, 36));
        at_leisure(&mut model, &[A]);
        update(&mut model, Msg::Assessed(Arc::new(go_by_two(after))));
        assert!(screen(&model).contains("changed since this was opened"));
        assert!(!acts(&at_leisure(&mut model, &[TAB, ENTER, ENTER])));
    }
}

#[test]
fn a_fallen_request_says_why_and_can_be_asked_again() {
    let mut fallen = request_of("alice");
    fallen.fallen = vec!["the flag is another one".into()];
    let mut model = model(go_by_two(Some(fallen)), (120, 36));
    at_leisure(&mut model, &[A]);
    let shown = screen(&model);
    assert!(shown.contains("alice asked before; that fell: the flag is another one") && shown.contains("Request"));
}

// ---- reduce, drift -------------------------------------------------------------------------------------------------

#[test]
fn reduce_is_short_and_shows_its_writes_first() {
    let mut model = model(reducible(), (80, 24));
    wait(&mut model, 400);
    silent(&mut model, D);
    assert!(!acts(&at_leisure(&mut model, &[Y])), "its writes are not there yet");
    update(&mut model, Msg::Planned(1, Ok(plan())));
    let effects = at_leisure(&mut model, &[Y]);
    let [Effect::Perform(1, Confirmed::Reduce { binding, reason })] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((binding.to_stage.as_str(), binding.writes.len()), ("internal-canary", 3));
    assert!(!reason.is_empty());
}

#[test]
fn reduce_takes_no_stray_key_and_nothing_from_before_it_was_there() {
    let pressed = |keys: &[KeyCode], pause: u64| {
        let mut model = model(reducible(), (80, 24));
        wait(&mut model, 400);
        press(&mut model, D);
        at_leisure(&mut model, keys);
        wait(&mut model, pause);
        acts(&press(&mut model, Y))
    };
    assert!(pressed(&[], 400) && !pressed(&[], 50) && !pressed(&[KeyCode::Char('e')], 400));
    let mut model = model(reducible(), (80, 24));
    at_leisure(&mut model, &[D, ENTER]);
    assert!(model.dialogs.is_empty() && model.operation.is_none(), "Cancel has the focus");
    at_leisure(&mut model, &[D]);
    let mut other = reducible();
    other.flag.version = Some("another".into());
    update(&mut model, Msg::Assessed(Arc::new(other)));
    assert!(!acts(&at_leisure(&mut model, &[Y, TAB, ENTER])), "the flag changed under it");
}

#[test]
fn a_drifted_flag_has_three_ways_out_and_says_why_one_is_closed() {
    let mut model = drifted((120, 36));
    at_leisure(&mut model, &[F]);
    let shown = screen(&model);
    for said in ["alice@example.com", "gradual rollout 5 % -> 100 %", "3 m ago", "not possible", "never grows"] {
        assert!(shown.contains(said), "{said}:\n{shown}");
    }
    assert!(at_leisure(&mut model, &[ENTER]).is_empty(), "adopting is closed");
    at_leisure(&mut model, &[DOWN, DOWN, ENTER]);
    assert!(matches!(model.dialog(), Some(Dialog::Rollback(_))));
    at_leisure(&mut model, &[ESC, UP]);
    wait(&mut model, 400);
    let effects = press(&mut model, ENTER);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Plan { restore: true, .. })));
    let effects = at_leisure(&mut model, &[Y]);
    assert!(matches!(&effects[..], [Effect::Perform(1, Confirmed::Restore { .. })]), "{effects:?}");
}

#[test]
fn a_restore_by_which_somebody_gains_wants_the_stage_typed() {
    let mut a = drift_with_ways_out();
    a.flag.serves = Some(Exposure::off());
    let mut model = drifted((120, 36));
    model.assessment = Some(Arc::new(a));
    at_leisure(&mut model, &[F, DOWN, ENTER]);
    assert!(!acts(&at_leisure(&mut model, &[Y, KeyCode::BackTab, ENTER])));
    assert!(screen(&model).contains("somebody gains the feature"));
    text(&mut model, "limited-external");
    let effects = at_leisure(&mut model, &[ENTER, ENTER, ENTER]);
    assert!(matches!(&effects[..], [Effect::Perform(1, Confirmed::Restore { .. })]), "{effects:?}");
}

#[test]
fn adopting_is_bound_to_the_flag_and_to_the_end_of_the_log() {
    let mut a = drift_with_ways_out();
    a.standing.adopt =
        gonogo::judge::ActionAssessment { allowed: true, to: Some("internal-canary".into()), blockers: Vec::new() };
    let mut model = drifted((120, 36));
    model.assessment = Some(Arc::new(a));
    let mut history = history();
    history.head = Head { count: 41, hash: "beef".into() };
    model.history = Some(Arc::new(history.clone()));
    at_leisure(&mut model, &[F, ENTER]);
    assert!(!at_leisure(&mut model, &[Y]).iter().any(|effect| matches!(effect, Effect::Adopt { .. })));
    at_leisure(&mut model, &[TAB, TAB]);
    text(&mut model, "agreed with alice");
    let effects = at_leisure(&mut model, &[ENTER, ENTER]);
    let wanted = Effect::Adopt {
        stage: "internal-canary".into(),
        version: flag_state().version,
        reason: "agreed with alice".into(),
        head: history.head,
    };
    assert_eq!(effects, [wanted]);
}

/// Diagnostics that no disk takes.
fn in_memory() -> AttendantReport {
    let fault = Fault::new(FaultKind::File, "the folder /data/evidence cannot be written", "free some space there");
    AttendantReport::InMemory { rollback: "1".to_owned(), phase: Phase::AtOnce, bytes: 70_000, fault }
}

#[test]
fn what_no_disk_takes_is_shown_until_it_is_kept() {
    let mut model = after_rollback(Far::Locked, (120, 36));
    let rollback = || "1".to_owned();
    update(&mut model, Msg::Attended(in_memory()));
    assert!(model.dirty && model.attended.is_some());
    update(&mut model, Msg::Attended(AttendantReport::Keeping { rollback: rollback(), phase: Phase::AtOnce }));
    assert_eq!(model.attended, Some(in_memory()), "that it is tried again does not put it right");
    let (phase, folder) = (Phase::AtOnce, "/data/evidence/rollback-1/at-once".to_owned());
    update(&mut model, Msg::Attended(AttendantReport::Kept { rollback: rollback(), phase, folder, files: 9 }));
    assert_eq!(model.attended, None);
}

// ---- the procedure -------------------------------------------------------------------------------------------------

fn cut_off() -> Unfinished {
    Unfinished {
        id: "7c1e5b0900000000".into(),
        operator: "alice".into(),
        host: "ops-2".into(),
        process: Some(4242),
        reason: "success rate below the SLO".into(),
        action: "rollback".into(),
        at: now() - TimeDelta::minutes(4),
        target: Exposure::off(),
        stage: "dark-launch".into(),
    }
}

#[test]
fn r_shows_the_rollback_that_stands_and_again_rolls_back_again() {
    let mut model = after_rollback(Far::Locked, (120, 36));
    assert!(at_leisure(&mut model, &[R]).is_empty());
    assert!(matches!(model.dialog(), Some(Dialog::Progress)));
    at_leisure(&mut model, &[R]);
    assert!(matches!(model.dialog(), Some(Dialog::Rollback(_))));
    assert!(acts(&at_leisure(&mut model, &[Y])));
    // Nobody knows that it is off: nothing stands between R and the rollback.
    let mut unread = after_rollback(Far::Locked, (120, 36));
    let mut snapshot = gonogo::snapshot::Snapshot::clone(&unread.snapshot);
    snapshot.flag.fault = Some(down("unleash"));
    unread.snapshot = Arc::new(snapshot);
    at_leisure(&mut unread, &[R]);
    assert!(matches!(unread.dialog(), Some(Dialog::Rollback(_))));
}

#[test]
fn the_clock_of_a_rollback_runs_from_its_confirmation_and_stops_when_it_is_done() {
    let mut running = after_rollback(Far::Converging, (120, 36));
    let mut done = after_rollback(Far::Locked, (120, 36));
    for model in [&mut running, &mut done] {
        press(model, R);
        wait(model, 60_000);
    }
    assert!(screen(&running).contains("+00:04:12 since 13:59:19"));
    assert!(screen(&done).contains("+00:02:30 since 13:59:19"));
}

#[test]
fn what_telemetry_cannot_see_is_said_by_name_and_in_words() {
    let mut model = after_rollback(Far::Blind, (120, 36));
    at_leisure(&mut model, &[R, KeyCode::Char('c')]);
    assert!(matches!(model.dialog(), Some(Dialog::Legacy(_))));
    assert!(events(&at_leisure(&mut model, &[ENTER, ENTER])).is_empty(), "nothing was said");
    text(&mut model, "read the access log");
    let effects = at_leisure(&mut model, &[ENTER, ENTER]);
    let by = LegacyEvidence::Attested { statement: "read the access log".into() };
    assert_eq!(events(&effects), [&Event::LegacyConfirmed { rollback: "7c1e5b0900000000".into(), by }]);
    for seen in [Far::Converging, Far::Locked] {
        let mut model = after_rollback(seen, (120, 36));
        at_leisure(&mut model, &[R, KeyCode::Char('c')]);
        assert!(matches!(model.dialog(), Some(Dialog::Progress)), "what is seen is not attested");
    }
}

#[test]
fn a_rollback_that_was_cut_off_is_taken_up_by_who_may_act() {
    let taken = |model: &mut Model| update(model, Msg::Interrupted(Box::new(cut_off())));
    let mut fresh = model(no_go(), (120, 36));
    let effects = taken(&mut fresh);
    assert!(matches!(&effects[0], Effect::Perform(1, Confirmed::Rollback { resumes: Some(id), .. })
        if *id == cut_off().id));
    assert!(screen(&fresh).contains("alice on ops-2"));
    assert!(!acts(&taken(&mut fresh)), "once");
    let mut looking = model(no_go(), (120, 36));
    looking.facts.read_only = true;
    assert!(!acts(&taken(&mut looking)));
    assert!(!acts(&taken(&mut after_rollback(Far::Locked, (120, 36)))), "the flag is off");
}

// ---- what is entered -----------------------------------------------------------------------------------------------

/// Opens the list, goes to the line of this title, answers, and records.
fn enters(model: &mut Model, title: &str, answers: &[&str]) -> Vec<Effect> {
    at_leisure(model, &[E]);
    let Some(Dialog::Record(form)) = model.dialog() else { panic!("{:?}", model.dialog()) };
    let at = form.choices.iter().position(|choice| choice.title == title);
    let at = at.unwrap_or_else(|| panic!("{title} in {:?}", form.choices.iter().map(|c| &c.title).collect::<Vec<_>>()));
    at_leisure(model, &vec![DOWN; at]);
    at_leisure(model, &[ENTER]);
    for answer in answers {
        text(model, answer);
        press(model, TAB);
    }
    at_leisure(model, &[ENTER])
}

#[test]
fn each_line_of_the_list_makes_its_entry() {
    type Made = fn(&Event) -> bool;
    let cases: [(&str, &[&str], Made); 10] = [
        ("Note", &["odd"], |e| matches!(e, Event::Note { text } if text == "odd")),
        ("Pause promotions", &["freeze"], |e| matches!(e, Event::Paused { reason } if reason == "freeze")),
        (
            "Raise a hold",
            &["doubt", "ticket 7"],
            |e| matches!(e, Event::HoldRaised { hold, evidence, .. } if hold.len() == 16 && evidence == "ticket 7"),
        ),
        (
            "Clear pull:somethingNobodyListed",
            &["fixed"],
            |e| matches!(e, Event::Resolved { trouble: Trouble::Guardrail { signature }, .. } if signature.starts_with("pull:")),
        ),
        (
            "Clear trigger: Failure rate above the SLO",
            &["fixed"],
            |e| matches!(e, Event::Resolved { trouble: Trouble::Trigger { trigger }, .. } if trigger == "failure-rate"),
        ),
        ("Clear failed gate: Success rate holds the SLO", &["fixed"], |e| {
            matches!(e, Event::Resolved { trouble: Trouble::Gate { gate, stage }, .. }
                if gate == "success" && stage == "limited-external")
        }),
        (
            "Name another candidate",
            &["2ab4c6d8e0f1"],
            |e| matches!(e, Event::Basis { candidate: Some(sha), runbook } if sha == "2ab4c6d8e0f1" && runbook.len() == 64),
        ),
        ("Attest support", &["asked support"], |e| {
            matches!(e, Event::Attested { stage, gate, candidate: Some(_), .. }
                if stage == "limited-external" && gate == "support")
        }),
        (
            "Raise: Data integrity at risk",
            &["a lost file"],
            |e| matches!(e, Event::Raised { trigger, .. } if trigger == "integrity"),
        ),
        ("Check restore", &["", "", "seen", ""], |e| {
            matches!(e, Event::Checked { check, environment, note, attached: None, .. }
                if check == "restore" && environment == "staging" && note == "seen")
        }),
    ];
    for (title, answers, made) in cases {
        let mut model = model(no_go(), (120, 36));
        model.facts.runbook = talkative();
        let effects = enters(&mut model, title, answers);
        let events = events(&effects);
        assert!(events.len() == 1 && made(events[0]), "{title}: {effects:?}");
    }
}

#[test]
fn a_signature_is_of_what_is_judged_and_is_refused_while_anything_is_open() {
    let mut runbook = Runbook::clone(&talkative());
    let by_hand = |title: &str| SignOffField { title: title.into(), fill: Fill::ByHand };
    runbook.sign_off = vec![by_hand("Dashboard"), by_hand("Ticket")];
    let signing = |assessment: Assessment, answers: &[&str]| {
        let mut model = model(assessment, (120, 36));
        model.facts.runbook = Arc::new(runbook.clone());
        let effects = enters(&mut model, "Sign off Limited external", answers);
        let after =
            effects.iter().any(|effect| matches!(effect, Effect::RecordAfter(head, _) if *head == history().head));
        (events(&effects).into_iter().cloned().collect::<Vec<_>>(), after, screen(&model))
    };
    let (recorded, after, screen) = signing(go(), &["go on", "https://d.example", "OPS-7"]);
    let [Event::SignedOff { stage, candidate: Some(_), approval: Some(approval), block, .. }] = &recorded[..] else {
        panic!("{recorded:?}: {screen}")
    };
    assert_eq!((stage.as_str(), approval, after), ("limited-external", &go().approval, true));
    let filled: Vec<_> = block.iter().map(|(title, value)| (title.as_str(), value.as_str())).collect();
    assert_eq!(filled, [("Dashboard", "https://d.example"), ("Ticket", "OPS-7")]);

    let (recorded, _, screen) = signing(go(), &["go on", "https://d.example", " "]);
    assert!(recorded.is_empty() && screen.contains("Ticket: filled in by the one who signs"), "{screen}");
    let (recorded, _, screen) = signing(no_go(), &["go on", "x", "y"]);
    assert!(recorded.is_empty() && screen.contains("hard stop") && screen.contains("more"), "{screen}");
}

#[test]
fn the_rollback_and_a_hold_are_resolved_from_the_list_and_a_pause_is_lifted() {
    let mut model = after_rollback(Far::Locked, (120, 36));
    let effects = enters(&mut model, "Resolve the rollback", &["fixed in #812"]);
    assert!(matches!(events(&effects)[..], [Event::Resolved { trouble: Trouble::Rollback { rollback }, .. }]
        if rollback == "7c1e5b0900000000"));
    let mut a = hold();
    let (at, operator) = (now(), "alice".to_owned());
    a.standing.paused = Some(gonogo::judge::Paused { at, operator: operator.clone(), reason: "freeze".into() });
    let (reason, evidence) = ("doubt".into(), "ticket".into());
    a.standing.holds = vec![gonogo::judge::RaisedHold { at, hold: "h1".into(), operator, reason, evidence }];
    let mut held = super::model(a.clone(), (120, 36));
    let effects = enters(&mut held, "Clear the hold", &["checked"]);
    assert!(matches!(events(&effects)[..], [Event::Resolved { trouble: Trouble::Hold { hold }, .. }] if hold == "h1"));
    let mut paused = super::model(a, (120, 36));
    assert!(matches!(events(&enters(&mut paused, "Unpause promotions", &["over"]))[..], [Event::Unpaused { .. }]));
}

#[test]
fn nothing_is_recorded_without_its_words_nor_twice_at_once() {
    let mut model = model(hold(), (120, 36));
    assert!(events(&enters(&mut model, "Note", &["  "])).is_empty());
    assert!(screen(&model).contains("a note says something"));
    at_leisure(&mut model, &[ESC, ESC]);
    assert!(model.dialogs.is_empty(), "first back to the list, then out of it");
    assert_eq!(events(&enters(&mut model, "Note", &["one"])).len(), 1);
    at_leisure(&mut model, &[ESC]);
    assert!(events(&enters(&mut model, "Note", &["two"])).is_empty(), "the first is still on its way");
    update(&mut model, Msg::Recorded(Err(down("the audit log")), Vec::new()));
    assert_eq!(events(&at_leisure(&mut model, &[KeyCode::BackTab, ENTER, ENTER])).len(), 1);
}

#[test]
fn what_became_of_an_entry_is_said_and_a_failure_stays_beside_the_call() {
    let mut model = model(hold(), (120, 36));
    enters(&mut model, "Name another candidate", &["2ab4c6d8e0f1"]);
    let named = Event::Basis { candidate: Some("2ab4c6d8e0f1".into()), runbook: "0".repeat(64) };
    update(&mut model, Msg::Recorded(Ok(entry(43, named)), Vec::new()));
    assert_eq!(model.facts.candidate.as_deref(), Some("2ab4c6d8e0f1"));
    at_leisure(&mut model, &[ESC]);
    assert!(screen(&model).contains("recorded as entry 43"));
    wait(&mut model, 7_000);
    assert!(!screen(&model).contains("recorded as entry 43"));
    enters(&mut model, "Note", &["one"]);
    update(&mut model, Msg::Recorded(Err(down("the audit log")), Vec::new()));
    at_leisure(&mut model, &[ESC]);
    assert!(screen(&model).contains("Note: not recorded"));
    assert!(matches!(model.told.as_ref().unwrap().state, State::Failed(_)));
}

#[test]
fn a_qa_report_is_read_from_its_file_and_says_whether_the_gate_is_green() {
    let mut model = model(hold(), (120, 36));
    model.facts.runbook = talkative();
    let effects = enters(&mut model, "Import a QA report", &["/reports/qa.json"]);
    assert_eq!(effects, [Effect::Import("/reports/qa.json".into())]);
    let check = |id: &str| gonogo::judge::QaCheck { id: id.into(), status: "pass".into() };
    let run = gonogo::judge::QaRun {
        command: "pnpm qaVfsSecureUpload".into(),
        candidate: "018e611c0ffee".into(),
        started_at: now() - TimeDelta::minutes(9),
        completed_at: Some(now() - TimeDelta::minutes(3)),
        dry_run: false,
        all_passed: true,
        checks: vec![check("register"), check("flush")],
        digest: String::new(),
        ran: None,
        odd: Vec::new(),
    };
    update(&mut model, Msg::Recorded(Ok(entry(44, Event::QaReported(Box::new(run)))), vec!["odd totals".into()]));
    let shown = screen(&model);
    assert!(shown.contains("green on 018e611c0ffe: all 2 checks passed") && shown.contains("odd totals"), "{shown}");
}

#[test]
fn a_file_that_is_no_report_is_told_in_one_sentence() {
    for (path, why) in [("/", "is a folder"), ("/no/such/file", "cannot be read"), ("/dev/null", "regular file")] {
        let fault = gonogo::qa::read_qa_file(Path::new(path)).unwrap_err();
        assert!(fault.what.contains(why), "{fault}");
    }
}

// ---- from outside --------------------------------------------------------------------------------------------------

#[test]
fn a_trouble_rings_once_until_it_is_gone() {
    let mut model = connecting((120, 36));
    let alert = |model: &mut Model, a: Assessment| {
        let effects = update(model, Msg::Assessed(Arc::new(a)));
        effects.into_iter().find_map(|effect| if let Effect::Alert(text) = effect { Some(text) } else { None })
    };
    let first = alert(&mut model, no_go()).expect("tripped at the start");
    assert!(first.starts_with("gonogo production: rollback trigger tripped: Failure rate above the SLO"), "{first}");
    assert!(first.contains("+2 more") && first.chars().all(|c| !c.is_control()));
    assert_eq!(alert(&mut model, no_go()), None);
    let mut blind = blind();
    blind.triggers[0].state = TriggerState::Unknown;
    assert_eq!(alert(&mut model, blind), None);
    assert_eq!(alert(&mut model, no_go()), None, "what could not be seen had not gone");
    assert_eq!(alert(&mut model, hold()), None);
    assert!(alert(&mut model, no_go()).is_some(), "it had gone, and came back");
}

#[test]
fn read_only_has_none_of_the_acting_keys() {
    let mut model = after_rollback(Far::Blind, (120, 36));
    model.facts.read_only = true;
    let keys = [A, R, D, F, E, KeyCode::Char('c'), Y, ENTER, ENTER];
    assert!(at_leisure(&mut model, &keys).iter().all(|effect| !matches!(effect, Effect::DropInput)));
    assert!(model.dialogs.is_empty());
}

#[test]
fn r_rolls_back_from_every_dialog() {
    let paths: [(Assessment, &[KeyCode]); 6] = [
        (go_by_two(Some(request_of("oncall"))), &[A]),
        (reducible(), &[D]),
        (hold(), &[D]),
        (drift_with_ways_out(), &[F, DOWN, ENTER]),
        (hold(), &[E]),
        (hold(), &[E, ENTER, KeyCode::Char('x')]),
    ];
    for (assessment, path) in paths {
        let mut model = model(assessment, (120, 36));
        at_leisure(&mut model, path);
        assert!(!model.dialogs.is_empty(), "{path:?}");
        at_leisure(&mut model, &[R]);
        assert!(matches!(model.dialog(), Some(Dialog::Rollback(_))), "{path:?}");
    }
}
