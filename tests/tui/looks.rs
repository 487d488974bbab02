//! Themes, zones of times, the clipboard, notifications, links; and cells that stay where they are whatever is in them.

use chrono::FixedOffset;
use gonogo::{
    config::{Alerts, Palette},
    snapshot::SourceState,
    tui::{
        keys::Command,
        model::{Focus, Screen},
        terminal::links,
        theme::{Depth, Themes},
        times::Times,
        title::title,
    },
};
use ratatui::{TerminalOptions, Viewport, backend::CrosstermBackend, layout::Rect};
use regex::Regex;

use super::*;
use crate::ready::midway;

const F2: KeyCode = KeyCode::F(2);
const F3: KeyCode = KeyCode::F(3);
const ENTER: KeyCode = KeyCode::Enter;

fn row(model: &Model, row: usize) -> String {
    screen(model).lines().nth(row).unwrap_or_default().to_owned()
}

fn footer(model: &Model) -> String {
    row(model, usize::from(model.size.1) - 1)
}

// ---- nothing happens -----------------------------------------------------------------------------------------------

#[test]
fn while_nothing_happens_only_the_clock_moves() {
    for size in [(80, 24), (120, 36), (200, 60)] {
        let mut model = model(go(), size);
        let before = screen(&model);
        model.now += TimeDelta::seconds(1);
        let after = screen(&model);
        let moved: Vec<usize> =
            before.chars().zip(after.chars()).enumerate().filter(|(_, (a, b))| a != b).map(|(i, _)| i).collect();
        assert_eq!(moved, [before.lines().next().unwrap().chars().count() - 5], "{before}\n{after}");
    }
}

#[test]
fn a_source_that_answers_is_as_old_as_a_poll_at_most() {
    let mut model = crate::model(go(), (120, 36));
    let header = |model: &Model| row(model, 0);
    assert!(header(&model).contains("unleash ● <10s   prometheus ● <10s "), "{}", header(&model));
    // It missed a poll and more; the other did not.
    Arc::make_mut(&mut model.snapshot).flag_source.last_ok = Some(model.now - TimeDelta::seconds(12));
    assert!(header(&model).contains("unleash ● 12s   prometheus ● <10s "), "{}", header(&model));
    // Where it fails the age itself matters.
    let source = &mut Arc::make_mut(&mut model.snapshot).flag_source;
    (source.state, source.last_ok) = (SourceState::Failed, Some(model.now - TimeDelta::seconds(4)));
    assert!(Regex::new(r"unleash \S \w+ 4s ").unwrap().is_match(&header(&model)), "{}", header(&model));
    // Never more than an age would say of it: 90 s are a minute and something.
    model = crate::model(go(), (120, 36));
    for (every, bound) in [(45, "<1m"), (90, "<3m"), (2700, "<1h")] {
        model.every = Some(Duration::from_secs(every));
        assert!(header(&model).contains(&format!("prometheus ● {bound} ")), "{}", header(&model));
    }
    // Nobody asks.
    model.every = None;
    assert!(header(&model).contains("unleash ● 1s   prometheus ● 3s "), "{}", header(&model));
    // Where there is little room, the sign alone says that it answers.
    let small = header(&crate::model(go(), (80, 24)));
    assert!(small.contains("unleash ●   prometheus ●   "), "{small}");
}

// ---- themes --------------------------------------------------------------------------------------------------------

fn themed(depth: Depth, name: &str) -> Themes {
    let none: [(&String, &Palette<gonogo::colour::Rgb>); 0] = [];
    let mut themes = Themes::new(none, depth, false);
    assert!(themes.choose(name), "{name}");
    themes
}

#[test]
fn f2_goes_to_the_next_theme_and_says_so_for_a_while() {
    let mut model = model(no_go(), (120, 36));
    model.themes = themed(Depth::True, "dark");
    model.theme = model.themes.theme();
    model.dirty = false;
    let dark = draw(&model);
    assert_eq!(press(&mut model, F2), []);
    assert!(model.dirty && footer(&model).contains("theme light, until gonogo ends"), "{}", footer(&model));
    wait(&mut model, 6_000);
    assert!(footer(&model).contains("R roll back"));
    let light = draw(&model);
    assert_ne!(dark, light);
    let again = (0..6).map(|_| press(&mut model, F2)).count();
    wait(&mut model, 6_000);
    assert_eq!((again, model.themes.name()), (6, "dark"));
}

#[test]
fn without_colours_f2_says_why_nothing_changes() {
    let mut model = model(hold(), (80, 24));
    model.themes = themed(Depth::None, "light");
    model.theme = model.themes.theme();
    let before = model.theme;
    press(&mut model, F2);
    assert_eq!(model.theme, before);
    assert!(footer(&model).contains("no colours here"), "{}", footer(&model));
}

#[test]
fn what_is_drawn_has_the_colours_of_the_depth_and_no_other() {
    for name in ["dark", "light", "high-contrast", "high-contrast-light", "colour-blind", "colour-blind-light"] {
        for depth in [Depth::True, Depth::TwoFiftySix] {
            for screen in Screen::ALL {
                for dialog in [None, Some(R)] {
                    let mut model = model(no_go(), (120, 36));
                    model.theme = themed(depth, name).theme();
                    model.screen = screen;
                    dialog.map(|key| press(&mut model, key));
                    for cell in &draw(&model).content {
                        assert!(!cell.modifier.contains(Modifier::DIM), "{name} {screen:?}: {cell:?}");
                        for colour in [cell.fg, cell.bg] {
                            let here = match colour {
                                Color::Reset => true,
                                Color::Rgb(..) => depth == Depth::True,
                                Color::Indexed(16..) => depth == Depth::TwoFiftySix,
                                _ => false,
                            };
                            assert!(here, "{name} {depth:?} {screen:?}: {cell:?}");
                        }
                    }
                }
            }
        }
    }
}

// ---- times ---------------------------------------------------------------------------------------------------------

fn east(hours: i32) -> Times {
    Times::Fixed(FixedOffset::east_opt(hours * 3600).unwrap())
}

/// Times of day on the screen, in minutes, and whether UTC stands behind each. Not those of a stopwatch or a zone.
fn times_on(screen: &str) -> Vec<(i32, bool)> {
    let time = Regex::new(r"(^|[^+\d:])(\d\d):(\d\d)(:\d\d(\.\d+)?)?( UTC)?").unwrap();
    let number = |text: &str| text.parse::<i32>().unwrap();
    time.captures_iter(screen).map(|c| (number(&c[2]) * 60 + number(&c[3]), c.get(6).is_some())).collect()
}

#[test]
fn every_instant_is_in_the_zone_that_is_asked_for() {
    let mut seen = 0;
    for screen_shown in Screen::ALL {
        for keys in [&[][..], &[ENTER]] {
            let at = |times: Times| {
                // Without the chart: its ticks are round times, other ones in another zone.
                let mut model = model(Assessment { chart: Vec::new(), ..no_go() }, (200, 60));
                model.history = Some(Arc::new(midway()));
                model.times = times;
                model.screen = screen_shown;
                at_leisure(&mut model, keys);
                screen(&model)
            };
            let (utc, east) = (at(Times::Utc), at(east(2)));
            let (utc_times, east_times) = (times_on(&utc), times_on(&east));
            assert_eq!(utc_times.len(), east_times.len(), "{screen_shown:?}\n{utc}\n{east}");
            for ((utc_time, _), (time, is_utc)) in utc_times.into_iter().zip(east_times) {
                let moved = (utc_time + 120) % (24 * 60) == time;
                assert!(moved && !is_utc || is_utc && utc_time == time, "{screen_shown:?} {time}\n{east}");
                seen += usize::from(moved);
            }
            assert!(east.lines().next().unwrap().contains("+02:00"), "the header says the zone\n{east}");
        }
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn the_zone_is_said_at_every_size() {
    for size in SIZES {
        for (times, zone) in [(Times::Utc, &["UTC", "02Z"][..]), (east(2), &["+02:00", "02+02"])] {
            let mut model = model(hold(), size);
            model.times = times;
            let header = row(&model, 0);
            // The smallest has no room for the time at all.
            assert!(size.0 < 60 || zone.iter().any(|zone| header.ends_with(zone)), "{size:?} {header}");
            assert_eq!(header.contains(":"), size.0 >= 60, "{size:?} {header}");
        }
    }
}

#[test]
fn f3_goes_from_utc_to_here_and_back() {
    let mut model = model(hold(), (120, 36));
    press(&mut model, F3);
    assert_eq!(model.times, Times::Local);
    assert!(footer(&model).contains("times as this machine has them"));
    press(&mut model, F3);
    assert_eq!(model.times, Times::Utc);
    assert!(footer(&model).contains("times in UTC"));
}

// ---- the clipboard -------------------------------------------------------------------------------------------------

const COPY: KeyCode = KeyCode::Char('y');

fn copied(model: &mut Model) -> Option<String> {
    assert_eq!(model.keymap.shown(Command::Copy), "y");
    match press(model, COPY).pop() {
        Some(Effect::Copy(text)) => Some(text),
        other => {
            assert_eq!(other, None);
            None
        }
    }
}

#[test]
fn what_is_selected_is_copied_in_full() {
    let mut model = model(hold(), (80, 24));
    assert_eq!(copied(&mut model).as_deref(), Some("018e611c0ffee"));
    assert!(footer(&model).contains("candidate: copied 13 characters; not every terminal takes them"));

    model.screen = Screen::Gates;
    let gates = model.assessment.as_ref().unwrap().gates.clone();
    model.place.selected = gates.iter().position(|gate| gate.query.is_some()).unwrap();
    let gate = copied(&mut model).unwrap();
    let chosen = &gates[model.place.selected];
    assert!(gate.starts_with(&chosen.title) && gate.contains(&chosen.reason), "{gate}");
    let query = chosen.query.as_ref().unwrap();
    assert!(gate.lines().any(|line| line.ends_with(query.as_str())), "the query on one line, to be pasted\n{gate}");

    model.screen = Screen::Timeline;
    model.place.selected = 0;
    let entry = copied(&mut model).unwrap();
    assert!(entry.contains("Success rate holds the SLO: PENDING") && entry.contains("2026-03-14 13:58:31"), "{entry}");

    model.screen = Screen::Guardrails;
    let signature = copied(&mut model).unwrap();
    assert!(signature.contains("what to do"), "{signature}");
}

#[test]
fn where_nothing_is_selected_it_says_so() {
    let mut model = connecting((80, 24));
    model.screen = Screen::Gates;
    assert_eq!(copied(&mut model), None);
    assert!(footer(&model).contains("nothing to copy here"));
    model.screen = Screen::Overview;
    model.facts.candidate = None;
    assert_eq!(copied(&mut model), None);
}

#[test]
fn what_is_copied_holds_no_control_character_but_line_ends() {
    let mut model = model(hold(), (80, 24));
    let mut history = history();
    history.timeline.last_mut().unwrap().text = "a\x1b]52;c;x\x07b\r\nrm -rf /\u{202e}".into();
    (model.history, model.screen) = (Some(Arc::new(history)), Screen::Timeline);
    let text = copied(&mut model).unwrap();
    assert!(text.contains("a]52;c;xb"), "{text}");
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()) && !text.contains('\u{202e}'), "{text:?}");
}

// ---- notifications, title ------------------------------------------------------------------------------------------

fn rung(model: &mut Model, assessment: Assessment) -> Option<String> {
    let effects = update(model, Msg::Assessed(Arc::new(assessment)));
    effects.into_iter().find_map(|effect| if let Effect::Alert(text) = effect { Some(text) } else { None })
}

#[test]
fn a_change_of_the_call_is_told_to_who_asked_for_it_and_looks_elsewhere() {
    let calm = |call: Assessment| Assessment { triggers: Vec::new(), hard_stops: Vec::new(), ..call };
    for (alerts, focus, told) in [
        (Alerts::Call, Focus::Elsewhere, true),
        (Alerts::Call, Focus::Unknown, true),
        (Alerts::Call, Focus::Here, false),
        (Alerts::Trouble, Focus::Elsewhere, false),
        (Alerts::None, Focus::Elsewhere, false),
    ] {
        let mut model = connecting((120, 36));
        model.alerts = alerts;
        match focus {
            Focus::Unknown => {}
            known => drop(update(&mut model, Msg::Focus(known == Focus::Here))),
        }
        assert_eq!(rung(&mut model, calm(go())), None, "the first call is no change");
        assert_eq!(rung(&mut model, calm(go())), None);
        let said = rung(&mut model, calm(hold()));
        assert_eq!(said.as_deref(), told.then_some("gonogo production: HOLD, was GO"), "{alerts:?} {focus:?}");
        assert_eq!(rung(&mut model, calm(hold())), None);
    }
}

#[test]
fn trouble_is_told_whoever_looks_and_not_at_all_where_nothing_is_to_ring() {
    let mut model = connecting((120, 36));
    (model.alerts, model.focus) = (Alerts::Call, Focus::Here);
    assert!(rung(&mut model, no_go()).is_some_and(|text| text.contains("rollback trigger tripped")));
    let mut model = connecting((120, 36));
    model.alerts = Alerts::None;
    assert_eq!(rung(&mut model, no_go()), None);
    // One notification for both.
    let mut model = connecting((120, 36));
    (model.alerts, model.focus) = (Alerts::Call, Focus::Elsewhere);
    let calm = Assessment { triggers: Vec::new(), hard_stops: Vec::new(), ..go() };
    assert_eq!(rung(&mut model, calm), None);
    let both = rung(&mut model, no_go()).unwrap();
    assert!(both.starts_with("gonogo production: NO-GO, was GO; rollback trigger tripped"), "{both}");
}

#[test]
fn the_title_says_the_call_first() {
    assert_eq!(title(&connecting((80, 24))), "gonogo: not judged yet VFS secure upload production");
    assert_eq!(title(&model(no_go(), (80, 24))), "gonogo: NO-GO VFS secure upload production");
    let mut model = model(hold(), (80, 24));
    let title_of = |runbook: &gonogo::runbook::Runbook| "x".repeat(500) + "\x1b\\" + &runbook.title;
    let long = title_of(&model.facts.runbook);
    model.facts.runbook = Arc::new(gonogo::runbook::Runbook { title: long, ..(*model.facts.runbook).clone() });
    let title = title(&model);
    assert!(title.len() <= 120 && title.starts_with("gonogo: HOLD x") && !title.contains('\x1b'), "{title:?}");
}

// ---- links ---------------------------------------------------------------------------------------------------------

#[test]
fn evidence_can_be_opened_from_where_it_is_shown() {
    let url = "https://logs.example/d/42?from=now-6h";
    for size in [(80, 24), (120, 36), (200, 60)] {
        let mut model = model(hold(), size);
        let runbook = gonogo::runbook::Runbook {
            evidence: gonogo::runbook::built_in().evidence.clone(),
            ..(*model.facts.runbook).clone()
        };
        model.facts.runbook = Arc::new(runbook);
        model.history = Some(Arc::new(midway()));
        model.facts.candidate = midway().attachments[0].attachment.candidate.clone();
        model.screen = Screen::Readiness;
        let known = links::known(&midway());
        assert!(known.iter().any(|known| known == url));
        let lines = model.lines();
        let found = (0..lines).find_map(|line| {
            model.place = gonogo::tui::model::Place { selected: line, open: true, ..Default::default() };
            let buffer = draw(&model);
            let found = links::find(&buffer, &known);
            let cells = |number| {
                let covered = (0..size.1).flat_map(|y| (0..size.0).map(move |x| (x, y)));
                let covered = covered.filter(|(x, y)| found.iter().any(|l| l.number == number && l.covers(*x, *y)));
                covered.map(|at| buffer[at].symbol().to_owned()).collect::<String>()
            };
            let link = found.iter().find(|link| link.address == url)?;
            Some(cells(link.number))
        });
        assert_eq!(found.as_deref(), Some(url), "{size:?}");
    }
}

// ---- cells that stay where they are --------------------------------------------------------------------------------

/// Titles of double width, an emoji, one with a variation selector, a combining mark, a joined family.
const WIDE: &str = "安全なアップロード 🚀 ❤\u{fe0f} cafe\u{301} 👩\u{200d}👩\u{200d}👧 end";

fn wide(size: (u16, u16)) -> Model {
    let mut assessment = no_go();
    for gate in &mut assessment.gates {
        gate.title = WIDE.into();
        gate.reason = format!("{WIDE} {WIDE}");
    }
    for trigger in &mut assessment.triggers {
        trigger.title = WIDE.into();
        trigger.reason = WIDE.into();
    }
    for stop in &mut assessment.hard_stops {
        stop.reason = WIDE.into();
    }
    let mut model = model(assessment, size);
    let mut history = history();
    for entry in &mut history.timeline {
        entry.text = WIDE.into();
        entry.operator = Some("山田".into());
    }
    let runbook = gonogo::runbook::Runbook { title: WIDE.into(), ..(*model.facts.runbook).clone() };
    (model.history, model.facts.runbook) = (Some(Arc::new(history)), Arc::new(runbook));
    model
}

#[test]
fn wide_and_combining_letters_move_nothing() {
    for size in [(80, 24), (120, 36)] {
        for screen in Screen::ALL {
            for keys in [&[][..], &[ENTER], &[R]] {
                let mut model = wide(size);
                model.screen = screen;
                at_leisure(&mut model, keys);
                let mut bytes = Vec::new();
                let area = Rect::new(0, 0, size.0, size.1);
                let options = TerminalOptions { viewport: Viewport::Fixed(area) };
                let backend = CrosstermBackend::new(&mut bytes);
                let mut terminal = ratatui::Terminal::with_options(backend, options).unwrap();
                terminal.draw(|frame| gonogo::tui::view::render(frame, &model)).unwrap();
                drop(terminal);
                let mut parser = vt100::Parser::new(size.1, size.0, 0);
                parser.process(&bytes);
                let buffer = draw(&model);
                for y in 0..size.1 {
                    let mut x = 0;
                    while x < size.0 {
                        let symbol = buffer[(x, y)].symbol();
                        let shown = parser.screen().cell(y, x).unwrap().contents();
                        assert!(!symbol.contains('\u{200d}'), "a joiner is drawn as each terminal likes");
                        let shown = if shown.is_empty() { " " } else { shown };
                        assert_eq!(shown, symbol, "{screen:?} {size:?} at {x},{y}\n{}", super::screen(&model));
                        x += u16::try_from(gonogo::tui::words::width(symbol)).unwrap().max(1);
                    }
                }
            }
        }
    }
}
