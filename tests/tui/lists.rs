//! The lists: sorted, narrowed while it is typed, with the detail beside or below; and what they say while there is
//! nothing to list.

use std::collections::BTreeMap;

use gonogo::{
    runbook::Signal,
    snapshot::{Counts, Health, Observation, Reading, SourceState},
    tui::sort::SortBy,
};

use super::*;

const ENTER: KeyCode = KeyCode::Enter;
const ESC: KeyCode = KeyCode::Esc;
const DOWN: KeyCode = KeyCode::Down;
const SLASH: KeyCode = KeyCode::Char('/');
const GATES: KeyCode = KeyCode::Char('g');
const GUARDRAILS: KeyCode = KeyCode::Char('u');
const SOURCES: KeyCode = KeyCode::Char('i');
const O: KeyCode = KeyCode::Char('o');

fn show(name: &str, model: impl Fn((u16, u16)) -> Model) {
    show_at(&SIZES[..3], name, model);
}

fn counts(minutes_ago: &[i64]) -> Counts {
    let mut counts = Counts::default();
    minutes_ago.iter().for_each(|ago| counts.add(now() - TimeDelta::minutes(*ago), 1));
    counts
}

fn reading(health: Health, tallies: &[(&[&str], &[i64])]) -> Arc<Reading> {
    let labels = |labels: &[&str]| labels.iter().map(|label| (*label).to_owned()).collect::<Vec<_>>();
    Arc::new(Reading {
        tallies: tallies.iter().map(|(of, ago)| (labels(of), counts(ago))).collect(),
        health,
        query: "vfs_guardrail_violations_total{environment=\"production\",job=~\"vfs-client|vfs-server\"}".into(),
        covered_from: now() - TimeDelta::hours(30),
        newest: Some(now() - TimeDelta::seconds(9)),
        gaps: vec![(now() - TimeDelta::hours(5), now() - TimeDelta::minutes(290))],
        step: TimeDelta::seconds(15),
        latency: Some(TimeDelta::milliseconds(12)),
    })
}

fn signal(key: &str, title: &str, by: &[&str]) -> Signal {
    let by = by.iter().map(|label| (*label).to_owned()).collect();
    Signal { key: key.into(), title: title.into(), by, heartbeat: None, prometheus: None, events: None }
}

/// With telemetry that has read all but one of the signals, each in another way.
fn heard(mut model: Model) -> Model {
    let mut runbook = (*model.facts.runbook).clone();
    runbook.signals.push(signal("guardrail", "Guardrail violations", &["stage", "code"]));
    model.facts.runbook = Arc::new(runbook);
    let seen: &[(&[&str], &[i64])] = &[
        (&["flush", "staleWriteRecoveryExhausted"], &[4, 44]),
        (&["pull", "pullCursorRegression"], &[540]),
        (&["pull", "somethingNobodyListed"], &[31]),
    ];
    let failed = Health::Failed(down("prometheus"));
    let readings = BTreeMap::from([
        ("guardrail".to_owned(), reading(Health::Good, seen)),
        ("secure_upload".to_owned(), reading(Health::Partial("one of two replicas answers".into()), &[])),
        ("storage_error".to_owned(), reading(failed, &[])),
    ]);
    let mut snapshot = (*model.snapshot).clone();
    snapshot.telemetry = Some(Arc::new(Observation { at: now(), readings, ..Observation::default() }));
    snapshot.telemetry_source.latency = Some(TimeDelta::milliseconds(38));
    snapshot.flag_source.latency = Some(TimeDelta::milliseconds(4));
    model.snapshot = Arc::new(snapshot);
    model.log.place = "/home/ann/.local/share/gonogo/vfs-secure-upload/production/audit.ndjson".into();
    model.log.read(now() - TimeDelta::seconds(2));
    model
}

fn at(key: KeyCode, mut model: Model) -> Model {
    press(&mut model, key);
    model
}

fn looked_for(key: KeyCode, model: Model, words: &str) -> Model {
    let mut model = at(key, model);
    press(&mut model, SLASH);
    text(&mut model, words);
    model
}

fn no_log(size: (u16, u16)) -> Model {
    let mut model = connecting(size);
    let what = "the audit log /data/audit.ndjson cannot be opened: permission denied";
    update(&mut model, Msg::NoHistory(Fault::new(FaultKind::File, what, "give yourself the right to read it")));
    model
}

/// The signatures in the order of the screen.
fn signatures(model: &Model) -> Vec<String> {
    let assessment = model.assessment.as_ref().unwrap();
    let all = &assessment.guardrails;
    let total = gonogo::tui::lists::total(model);
    let places = (0..model.lines()).filter_map(|line| model.narrowed.place(line, total));
    places.filter_map(|place| all.get(place)).map(|row| row.signature.clone()).collect()
}

fn chosen(model: &Model) -> Option<String> {
    gonogo::tui::lists::name(model, model.chosen()?)
}

// ---- pictures ------------------------------------------------------------------------------------------------------

#[test]
fn gates() {
    show("list-gates", |size| at(GATES, heard(model(hold(), size))));
    show("list-gates-failed", |size| {
        let mut assessment = no_go();
        assessment.gates[1].failed_at = Some(now() - TimeDelta::minutes(31));
        let mut model = at(GATES, model(assessment, size));
        press(&mut model, DOWN);
        model
    });
    show("list-gates-found", |size| looked_for(GATES, model(hold(), size), "no PASS"));
    show("list-gates-nothing", |size| looked_for(GATES, model(hold(), size), "no such gate"));
    show("list-gates-unknown", |size| at(GATES, all_down(size)));
    show("list-gates-loading", |size| at(GATES, connecting(size)));
    show("list-gates-error", |size| at(GATES, no_log(size)));
    show("list-gates-empty", |size| at(GATES, model(Assessment { gates: Vec::new(), ..go() }, size)));
}

#[test]
fn guardrails() {
    show("list-guardrails", |size| at(GUARDRAILS, heard(model(no_go(), size))));
    show("list-guardrails-sorted", |size| {
        let mut model = at(GUARDRAILS, heard(model(no_go(), size)));
        at_leisure(&mut model, &[O, O, O]);
        model
    });
    show("list-guardrails-found", |size| looked_for(GUARDRAILS, heard(model(no_go(), size)), "pull regreSSIon"));
    show("list-guardrails-kept", |size| {
        let mut model = looked_for(GUARDRAILS, heard(model(no_go(), size)), "slow");
        press(&mut model, ENTER);
        model
    });
    show("list-guardrails-nothing", |size| looked_for(GUARDRAILS, heard(model(no_go(), size)), "pull flush"));
    show("list-guardrails-many", |size| {
        let mut model = at(GUARDRAILS, model(many_signatures(10_000), size));
        press(&mut model, KeyCode::End);
        model
    });
    show("list-guardrails-unknown", |size| at(GUARDRAILS, all_down(size)));
    show("list-guardrails-loading", |size| at(GUARDRAILS, connecting(size)));
    show("list-guardrails-error", |size| at(GUARDRAILS, no_log(size)));
    show("list-guardrails-empty", |size| {
        let assessment = Assessment { guardrails: Vec::new(), monitors: Vec::new(), ..go() };
        let mut model = at(GUARDRAILS, model(assessment, size));
        let mut runbook = (*model.facts.runbook).clone();
        (runbook.guardrails, runbook.monitors, runbook.codes) = (None, Vec::new(), Vec::new());
        model.facts.runbook = Arc::new(runbook);
        model
    });
}

#[test]
fn sources() {
    show("list-sources", |size| at(SOURCES, heard(model(hold(), size))));
    show("list-sources-query", |size| {
        let mut model = at(SOURCES, heard(model(hold(), size)));
        press(&mut model, KeyCode::End);
        model
    });
    show("list-sources-found", |size| looked_for(SOURCES, heard(model(hold(), size)), "fail"));
    show("list-sources-nothing", |size| looked_for(SOURCES, heard(model(hold(), size)), "nowhere"));
    show("list-sources-error", |size| {
        let mut model = at(SOURCES, all_down(size));
        let mut snapshot = (*model.snapshot).clone();
        snapshot.telemetry_source.failures = 38;
        model.snapshot = Arc::new(snapshot);
        model
    });
    show("list-sources-loading", |size| at(SOURCES, connecting(size)));
    show("list-sources-no-log", |size| {
        let mut model = at(SOURCES, no_log(size));
        press(&mut model, DOWN);
        press(&mut model, DOWN);
        model
    });
}

#[test]
fn readiness_and_help_are_narrowed_too() {
    show("list-readiness-found", |size| {
        let mut model = ready::mixed(size);
        press(&mut model, SLASH);
        text(&mut model, "OPEN");
        model
    });
    show("list-help-found", |size| looked_for(KeyCode::Char('?'), model(hold(), size), "stage"));
    show("list-help-nothing", |size| looked_for(KeyCode::Char('?'), model(hold(), size), "no such key"));
}

// ---- what they do --------------------------------------------------------------------------------------------------

#[test]
fn typed_words_narrow_at_once_enter_keeps_and_escape_clears_then_leaves() {
    for (key, words) in [(GATES, "silent NO"), (GUARDRAILS, "curSOr pullC"), (SOURCES, "AUDIT LOg")] {
        let mut model = at(key, heard(model(no_go(), (120, 36))));
        let all = model.lines();
        press(&mut model, SLASH);
        let mut before = all;
        for c in words.chars() {
            press(&mut model, KeyCode::Char(c));
            assert!(model.lines() <= before, "{words}: more after {c:?}");
            before = model.lines();
        }
        assert_eq!(model.lines(), 1, "{words}");
        assert!(screen(&model).contains(&format!("1 of {all}")), "{}", screen(&model));
        let only = chosen(&model);
        press(&mut model, ENTER);
        assert_eq!((model.lines(), model.dialogs.len()), (1, 0));
        let there = model.screen;
        model.dirty = false;
        press(&mut model, ESC);
        assert!(model.dirty);
        assert_eq!(
            (model.lines(), model.screen, chosen(&model)),
            (all, there, only),
            "{words}: the line stays selected"
        );
        press(&mut model, ESC);
        assert_eq!(model.screen, Screen::Overview);
    }
}

#[test]
fn nothing_stays_hidden_for_whoever_comes_back() {
    let mut model = looked_for(GUARDRAILS, model(no_go(), (120, 36)), "cursor");
    press(&mut model, ENTER);
    press(&mut model, GATES);
    assert_eq!(model.lines(), 5);
    press(&mut model, GUARDRAILS);
    assert_eq!(model.lines(), gonogo::tui::lists::total(&model));
}

#[test]
fn a_line_that_nothing_fits_is_no_selection_and_does_no_harm() {
    for key in [GATES, GUARDRAILS, SOURCES] {
        let mut model = looked_for(key, heard(model(no_go(), (120, 36))), "zzz");
        assert_eq!((model.lines(), model.chosen()), (0, None));
        press(&mut model, ENTER);
        at_leisure(&mut model, &[DOWN, ENTER, KeyCode::End, KeyCode::PageUp]);
        assert!(!model.place.open);
        assert!(screen(&model).contains("no line has all of these words"));
    }
}

#[test]
fn hard_stops_come_first_whichever_column_sorts_and_the_head_tells_which() {
    let mut model = at(GUARDRAILS, model(many_signatures(40), (120, 36)));
    let stopped = "pull:code00020";
    for (sort, second, head) in [
        (SortBy::Last, "pull:code00000", "last▼"),
        (SortBy::M15, "pull:code00000", "15m▼"),
        (SortBy::H1, "pull:code00039", "1h▼"),
        (SortBy::H24, "pull:code00000", "24h▼"),
        (SortBy::Stage, "pull:code00039", "stage▼"),
        (SortBy::Signature, "pull:code00000", "stage:code▲"),
    ] {
        assert_eq!(model.sort, sort);
        assert_eq!(signatures(&model)[..2], [stopped, second], "{sort:?}");
        assert!(screen(&model).contains(head), "{}", screen(&model));
        model.dirty = false;
        press(&mut model, O);
        assert!(model.dirty);
    }
    assert_eq!(model.sort, SortBy::Last);
}

#[test]
fn the_selection_stays_on_its_line_whatever_comes_in() {
    let mut model = at(GUARDRAILS, model(many_signatures(40), (120, 36)));
    at_leisure(&mut model, &[DOWN, DOWN, DOWN]);
    let there = chosen(&model);
    assert_eq!(there.as_deref(), Some("pull:code00002"));
    press(&mut model, O);
    press(&mut model, O);
    assert_eq!(chosen(&model), there, "sorted by another column");
    let mut later = many_signatures(40);
    later.guardrails.reverse();
    later.guardrails[0].hard_stop = true;
    update(&mut model, Msg::Assessed(Arc::new(later.clone())));
    assert_eq!(chosen(&model), there, "judged again");
    press(&mut model, SLASH);
    text(&mut model, "2");
    assert_eq!(chosen(&model), there, "narrowed");
    later.guardrails.remove(5);
    update(&mut model, Msg::Assessed(Arc::new(later.clone())));
    assert_eq!(chosen(&model), there, "narrowed and judged again");
    later.guardrails.retain(|row| Some(&row.signature) != there.as_ref());
    update(&mut model, Msg::Assessed(Arc::new(later)));
    assert!(chosen(&model).is_some(), "gone: another one is");
}

#[test]
fn ten_thousand_signatures_are_all_within_reach() {
    let mut model = at(GUARDRAILS, model(many_signatures(10_000), (120, 36)));
    press(&mut model, KeyCode::End);
    assert!(screen(&model).contains("NoSuchKey"), "the last of the codes: {}", screen(&model));
    press(&mut model, KeyCode::Home);
    assert!(screen(&model).contains("pull:code05000"), "the hard stop");
    press(&mut model, SLASH);
    text(&mut model, "code0999");
    assert_eq!(signatures(&model).len(), 10);
    press(&mut model, DOWN);
    assert!(screen(&model).contains("10 of 10,0"), "{}", screen(&model));
}

#[test]
fn what_is_selected_is_beside_the_list_where_there_is_room_and_opens_in_full() {
    let beside = |key, size: (u16, u16)| {
        let text = screen(&at(key, heard(model(no_go(), size))));
        text.lines().any(|row| row.matches('╭').count() == 2)
    };
    assert!(beside(GUARDRAILS, (120, 36)) && !beside(GUARDRAILS, (118, 36)));
    assert!(beside(GATES, (150, 40)) && !beside(GATES, (149, 40)));
    assert!(beside(SOURCES, (200, 60)) && !beside(SOURCES, (120, 36)));
    let mut model = at(SOURCES, heard(model(hold(), (80, 24))));
    model.size.1 = 17;
    at_leisure(&mut model, &[KeyCode::End, ENTER]);
    assert!(model.place.open);
    let before = screen(&model);
    press(&mut model, DOWN);
    assert_ne!(before, screen(&model), "it scrolls");
}

#[test]
fn a_signature_whose_labels_hold_colons_has_its_bars() {
    let mut model = heard(model(no_go(), (200, 60)));
    let mut assessment = no_go();
    assessment.guardrails[0].signature = "a:b:c".into();
    let mut snapshot = (*model.snapshot).clone();
    let tallies: &[(&[&str], &[i64])] = &[(&["a:b", "c"], &[4, 44])];
    let readings = BTreeMap::from([("guardrail".to_owned(), reading(Health::Good, tallies))]);
    snapshot.telemetry = Some(Arc::new(Observation { at: now(), readings, ..Observation::default() }));
    model.snapshot = Arc::new(snapshot);
    update(&mut model, Msg::Assessed(Arc::new(assessment)));
    press(&mut model, GUARDRAILS);
    assert!(screen(&model).contains("last hour"), "{}", screen(&model));
}

#[test]
fn what_was_never_reported_is_no_trouble_where_its_detector_is_known_to_be_alive() {
    let mut model = heard(model(hold(), (120, 36)));
    let mut runbook = (*model.facts.runbook).clone();
    runbook.signals.push(signal("quiet", "Nothing so far", &[]));
    let watched = Signal { heartbeat: Some("guardrail".into()), ..signal("watched", "Nothing, and watched", &[]) };
    runbook.signals.push(watched);
    model.facts.runbook = Arc::new(runbook);
    let mut snapshot = (*model.snapshot).clone();
    let mut observation = (**snapshot.telemetry.as_ref().unwrap()).clone();
    for key in ["quiet", "watched"] {
        observation.readings.insert(key.into(), reading(Health::Absent, &[]));
    }
    snapshot.telemetry = Some(Arc::new(observation));
    model.snapshot = Arc::new(snapshot);
    let text = screen(&at(SOURCES, model));
    let row = |title: &str| text.lines().find(|row| row.contains(title)).unwrap_or_default().to_owned();
    assert!(row("Nothing so far").contains("? absent") && row("Nothing, and watched").contains("○ none yet"), "{text}");
}

#[test]
fn the_audit_log_is_a_source_like_the_others() {
    let mut model = at(SOURCES, heard(model(hold(), (120, 36))));
    assert!(screen(&model).contains("3 of 3 answer"));
    let fault = Fault::new(FaultKind::File, "the audit log cannot be opened: no such disk", "mount the disk");
    update(&mut model, Msg::NoHistory(fault.clone()));
    update(&mut model, Msg::NoHistory(fault));
    at_leisure(&mut model, &[DOWN, DOWN]);
    let text = screen(&model);
    assert!(text.contains("2 of 3 answer") && text.contains("2 in a row") && text.contains("mount the disk"), "{text}");
    update(&mut model, Msg::History(Arc::new(history())));
    assert!(screen(&model).contains("0 in a row"));
    assert_eq!(model.snapshot.telemetry_source.state, SourceState::Ok);
}
