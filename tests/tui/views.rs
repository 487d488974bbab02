//! The views that fill the screen: success, storage and attach, the rollback procedure; each in every state.

use std::sync::Arc;

use chrono::TimeDelta;
use crossterm::event::KeyCode;
use gonogo::{
    judge::{History, Visit, evidence_begins, trace, turns},
    runbook::Exposure,
    snapshot::{FlagReading, FlagState, Snapshot, SourceState, minute_of, minute_start},
    tui::{
        model::{Model, Screen},
        theme::{Theme, ThemeName},
        zoom::Zoom,
    },
};

use crate::{
    cockpit::{Far, after_rollback, down, flag_state, now, screen, snapshot},
    judged::*,
    picture, press, show_at,
};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 60)];
const VIEWS: [(&str, Screen); 3] =
    [("success", Screen::Success), ("storage", Screen::Storage), ("procedure", Screen::Procedure)];

/// Neither source ever answered.
fn failed_sources(size: (u16, u16)) -> Model {
    let mut model = nothing(size);
    let mut snapshot = Snapshot::clone(&model.snapshot);
    for status in [&mut snapshot.telemetry_source, &mut snapshot.flag_source] {
        status.state = SourceState::Failed;
        status.failures = 3;
        status.error = Some(down(&status.name));
    }
    snapshot.flag = FlagReading { fault: Some(down("unleash")), ..FlagReading::default() };
    model.history = Some(Arc::new(past()));
    model.snapshot = Arc::new(snapshot);
    model
}

/// Telemetry answered, and does so no more.
fn blind(size: (u16, u16)) -> Model {
    let mut snapshot = Snapshot { telemetry: Some(Arc::new(telemetry(true))), ..snapshot() };
    snapshot.telemetry_source.state = SourceState::Failed;
    snapshot.telemetry_source.failures = 9;
    snapshot.telemetry_source.error = Some(down("prometheus"));
    judged(size, snapshot, past())
}

/// Nobody has the feature yet, and nothing of it happened.
fn empty(size: (u16, u16)) -> Model {
    let mut telemetry = telemetry(true);
    for (key, reading) in &mut telemetry.readings {
        if key != "upload_path" {
            Arc::make_mut(reading).tallies.clear();
        }
    }
    let flag = FlagState { enabled: false, configured: Exposure::off(), ..flag_state() };
    let flag = FlagReading { state: Some(flag), ..snapshot().flag };
    let entered_at = now() - TimeDelta::minutes(50);
    let visit = Visit { stage: "dark-launch".into(), entered_at, left_at: None, by_rollback: false };
    let history = History { visits: vec![visit], ..History::default() };
    judged(size, Snapshot { telemetry: Some(Arc::new(telemetry)), flag, ..snapshot() }, history)
}

type Scene = fn((u16, u16)) -> Model;

#[test]
fn every_view_in_every_state() {
    let scenes: [(&str, Scene); 6] = [
        ("good", good),
        ("no-go", no_go),
        ("connecting", nothing),
        ("failed", failed_sources),
        ("blind", blind),
        ("empty", empty),
    ];
    for (scene, model) in scenes {
        for (view, shown) in VIEWS {
            for size in SIZES {
                let mut model = model(size);
                model.screen = shown;
                let name = format!("{view}-{scene}-{}x{}", size.0, size.1);
                picture(&name, &model);
                insta::assert_snapshot!(name, screen(&model));
            }
        }
    }
}

#[test]
fn every_view_in_ascii() {
    for (view, shown) in VIEWS {
        let mut model = no_go((120, 36));
        model.screen = shown;
        model.theme = Theme::new(ThemeName::Dark, true, false);
        let name = format!("{view}-ascii-120x36");
        picture(&name, &model);
        let text = screen(&model);
        assert!(text.is_ascii(), "{text}");
        insta::assert_snapshot!(name, text);
    }
}

#[test]
fn the_running_interval_ends_where_the_judge_has_it() {
    let model = good((120, 36));
    let assessment = model.assessment.as_deref().unwrap();
    let rate = assessment.rates.iter().find(|rate| rate.scope == "stage:limited-external").unwrap();
    let source = model.facts.runbook.rate(&rate.key).unwrap();
    let begins = evidence_begins(model.history.as_deref().unwrap(), &assessment.stage);
    let traced = trace(&model.facts.runbook, &model.snapshot, source, (rate.from, rate.to)).unwrap();
    assert_eq!(traced.points(), assessment.chart);
    let ends = [minute_of(rate.from), minute_of(rate.from) + 60, minute_of(rate.to)];
    let intervals = traced.intervals(&begins, &ends);
    assert_eq!((intervals[0], intervals[2]), (None, Some((rate.low, rate.high))));
    let (early, late) = (intervals[1].unwrap(), intervals[2].unwrap());
    assert!(early.1 - early.0 > late.1 - late.0, "more is known later: {early:?} {late:?}");
}

#[test]
fn what_is_not_kept_is_not_looked_for() {
    let model = good((120, 36));
    let source = model.facts.runbook.primary_rate().unwrap();
    let (from, to) = (now() - TimeDelta::days(9), now());
    let traced = trace(&model.facts.runbook, &model.snapshot, source, (from, to)).unwrap();
    assert_eq!(traced.kept_from, now() - TimeDelta::minutes(KEPT));
    assert_eq!(traced.between(minute_of(from), minute_of(traced.kept_from)), (0, 0));
    assert!(minute_start(traced.points()[0].minute) >= traced.kept_from);
}

#[test]
fn exposure_changed_by_what_is_on_record() {
    let words: Vec<&str> = turns(&runbook(), &past()).iter().map(|turn| turn.what.word()).collect();
    assert_eq!(words, ["watched", "advance", "drift", "restore", "advance"]);
}

#[test]
fn the_window_is_zoomed_by_z_and_by_the_arrows() {
    let mut model = good((120, 36));
    model.screen = Screen::Success;
    for (key, zoom) in [
        (KeyCode::Char('z'), Zoom::Quarter),
        (KeyCode::Right, Zoom::Quarter),
        (KeyCode::Left, Zoom::Hour),
        (KeyCode::Char('h'), Zoom::Day),
        (KeyCode::Char('l'), Zoom::Hour),
    ] {
        model.dirty = false;
        let before = model.zoom;
        press(&mut model, key);
        assert_eq!(model.zoom, zoom, "{key:?}");
        assert_eq!(model.dirty, before != zoom, "{key:?}");
    }
}

#[test]
fn each_zoom_at_each_size() {
    for (zoom, name) in [(Zoom::Quarter, "15m"), (Zoom::Hour, "1h"), (Zoom::Day, "24h"), (Zoom::Stage, "stage")] {
        show_at(&SIZES, &format!("success-zoom-{name}"), |size| {
            let mut model = no_go(size);
            (model.screen, model.zoom) = (Screen::Success, zoom);
            model
        });
    }
}

#[test]
fn the_line_is_that_of_the_selected_rate() {
    let mut model = no_go((120, 36));
    model.screen = Screen::Success;
    assert_eq!(model.lines(), model.assessment.as_ref().unwrap().rates.len());
    // Opened, the line has the whole screen.
    assert!(screen(&model).contains("By step"));
    press(&mut model, KeyCode::Enter);
    assert!(!screen(&model).contains("By step"));
    // The stages come first, then the worst step.
    for (name, line, open) in [("canary", 1, false), ("attach", 3, false), ("open", 2, true)] {
        show_at(&SIZES, &format!("success-{name}"), |size| {
            let mut model = no_go(size);
            model.screen = Screen::Success;
            (model.place.selected, model.place.open) = (line, open);
            model
        });
    }
}

#[test]
fn a_code_says_what_it_means_and_what_to_do() {
    let mut model = no_go((120, 36));
    model.screen = Screen::Storage;
    let place = screen(&model);
    let wanted = |text: &str| text.contains("NoSuchKey") && text.contains("integrity question");
    assert!(place.contains("Fail-closed client errors"), "{place}");
    let found = (0..model.lines()).any(|line| {
        model.place.selected = line;
        model.place.open = true;
        wanted(&screen(&model))
    });
    assert!(found, "no line tells what NoSuchKey is");
}

#[test]
fn a_rollback_that_stands_is_told_on_its_page() {
    for size in SIZES {
        let mut model = after_rollback(Far::Locked, size);
        model.screen = Screen::Procedure;
        let name = format!("procedure-standing-{}x{}", size.0, size.1);
        picture(&name, &model);
        insta::assert_snapshot!(name, screen(&model));
    }
}
