//! The cockpit: what it shows at each size and in each state, and that no action leaves it unconfirmed.
#![allow(missing_docs)]

#[path = "tui/anything.rs"]
mod anything;
#[path = "tui/briefing.rs"]
mod briefing;
#[path = "support/cockpit.rs"]
mod cockpit;
#[path = "tui/colours.rs"]
mod colours;
#[path = "tui/gate.rs"]
mod gate;
#[path = "support/judged.rs"]
mod judged;
#[path = "tui/keys.rs"]
mod keys;
#[path = "tui/lists.rs"]
mod lists;
#[path = "tui/looks.rs"]
mod looks;
#[path = "tui/mouse.rs"]
mod mouse;
#[path = "tui/operations.rs"]
mod operations;
#[path = "tui/palette.rs"]
mod palette;
#[path = "support/polled.rs"]
mod polled;
#[path = "tui/readiness.rs"]
mod readiness;
#[path = "support/ready.rs"]
mod ready;
#[path = "tui/recording.rs"]
mod recording;
#[path = "tui/rollouts.rs"]
mod rollouts;
#[path = "tui/timeline.rs"]
mod timeline;
#[path = "tui/views.rs"]
mod views;

use std::{fmt::Write, sync::Arc, time::Duration};

use chrono::TimeDelta;
use cockpit::*;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use gonogo::{
    audit::{Action, Event, Outcome},
    fault::{Fault, FaultKind},
    judge::{Assessment, RateAssessment},
    operations::{Confirmed, Progress},
    tui::{
        dialog::Dialog,
        model::{Model, Screen},
        theme::{Depth, Palette, Theme, ThemeName},
        update::{Effect, Msg, update},
    },
};
use ratatui::{
    buffer::Buffer,
    style::{Color, Modifier},
};

const SIZES: [(u16, u16); 5] = [(80, 24), (120, 36), (200, 60), (60, 16), (40, 12)];

fn show(name: &str, model: impl Fn((u16, u16)) -> Model) {
    show_at(&SIZES, name, model);
}

fn show_at(sizes: &[(u16, u16)], name: &str, model: impl Fn((u16, u16)) -> Model) {
    for &size in sizes {
        let model = model(size);
        let name = format!("{name}-{}x{}", size.0, size.1);
        picture(&name, &model);
        insta::assert_snapshot!(name, screen(&model));
    }
}

/// With GONOGO_PICTURES=FOLDER, each screen is also written as ANSI, to be looked at with its colours: what is in the usual
/// theme on a dark ground (NAME.ans) and on a light one (NAME.light.ans), as a terminal of many colours has it.
fn picture(name: &str, model: &Model) {
    pictured(name, model.theme, |theme| draw(&Model { theme, ..model.clone() }));
}

fn pictured(name: &str, theme: Theme, mut draw: impl FnMut(Theme) -> Buffer) {
    let Some(folder) = std::env::var_os("GONOGO_PICTURES") else { return };
    let mut write = |ground: &str, theme: Theme| {
        let path = std::path::Path::new(&folder).join(format!("{name}{ground}.ans"));
        std::fs::write(path, ansi(&draw(theme))).unwrap();
    };
    if theme != Theme::new(ThemeName::Dark, false, false) {
        return write("", theme);
    }
    for (ground, name) in [("", ThemeName::Dark), (".light", ThemeName::Light)] {
        write(ground, Theme::drawn(name, Palette::of(name).as_ref(), Depth::True, false));
    }
}

fn ansi(buffer: &Buffer) -> String {
    let mut out = String::new();
    for row in buffer.content.chunks(usize::from(buffer.area.width)) {
        let mut columns = 0;
        for cell in row {
            // What stands under a wide letter is not drawn.
            if columns > 0 {
                columns -= 1;
                continue;
            }
            columns = gonogo::tui::words::width(cell.symbol()).saturating_sub(1);
            out.push_str("\x1b[0");
            let modifiers =
                [(Modifier::BOLD, 1), (Modifier::DIM, 2), (Modifier::UNDERLINED, 4), (Modifier::REVERSED, 7)];
            for (modifier, code) in modifiers {
                if cell.modifier.contains(modifier) {
                    let _ = write!(out, ";{code}");
                }
            }
            for (colour, base) in [(cell.fg, 30), (cell.bg, 40)] {
                match (colour, code(colour)) {
                    (Color::Rgb(r, g, b), _) => drop(write!(out, ";{};2;{r};{g};{b}", base + 8)),
                    (_, Some(code)) if code < 8 => drop(write!(out, ";{}", base + code)),
                    (_, Some(code)) => drop(write!(out, ";{}", base + 52 + code)),
                    (_, None) => {}
                }
            }
            let _ = write!(out, "m{}", cell.symbol());
        }
        out.push_str("\x1b[0m\n");
    }
    out
}

fn code(colour: Color) -> Option<u8> {
    use Color::*;
    let codes = [
        [Black, Red, Green, Yellow, Blue, Magenta, Cyan, Gray],
        [DarkGray, LightRed, LightGreen, LightYellow, LightBlue, LightMagenta, LightCyan, White],
    ];
    codes.iter().flatten().position(|c| *c == colour).and_then(|code| u8::try_from(code).ok())
}

/// A key, and the store's answer where it is asked which writes would be made.
fn press(model: &mut Model, code: KeyCode) -> Vec<Effect> {
    let effects = silent(model, code);
    for effect in &effects {
        if let Effect::Plan { asked, .. } = effect {
            update(model, Msg::Planned(*asked, Ok(plan())));
        }
    }
    effects
}

/// A key, while the store does not answer.
fn silent(model: &mut Model, code: KeyCode) -> Vec<Effect> {
    update(model, Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn text(model: &mut Model, text: &str) -> Vec<Effect> {
    text.chars().flat_map(|c| press(model, KeyCode::Char(c))).collect()
}

fn wait(model: &mut Model, milliseconds: u64) {
    let uptime = model.uptime + Duration::from_millis(milliseconds);
    let now = model.now + TimeDelta::milliseconds(milliseconds as i64);
    update(model, Msg::Tick(now, uptime));
}

/// Presses these keys, each a while after the one before it.
fn at_leisure(model: &mut Model, keys: &[KeyCode]) -> Vec<Effect> {
    let mut effects = Vec::new();
    for key in keys {
        wait(model, 400);
        effects.extend(press(model, *key));
    }
    effects
}

fn acts(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Perform(..)))
}

const R: KeyCode = KeyCode::Char('R');
const A: KeyCode = KeyCode::Char('A');
const Y: KeyCode = KeyCode::Char('y');

// ---- pictures ------------------------------------------------------------------------------------------------------

#[test]
fn overview() {
    show("hold", |size| model(hold(), size));
    show("go", |size| model(go(), size));
    show("no-go", |size| model(no_go(), size));
    show("connecting", connecting);
    show("no-audit-log", |size| {
        let mut model = connecting(size);
        model.snapshot = Arc::new(snapshot());
        model.warning = Some(gonogo::fault::Fault::new(
            gonogo::fault::FaultKind::File,
            "the audit log /data/audit.ndjson cannot be opened: permission denied",
            "give yourself the right to read it",
        ));
        model
    });
    show("all-down", all_down);
    show("drift", |size| model(drift(), size));
}

#[test]
fn rolled_back() {
    show("rolled-back", |size| {
        let mut a = hold();
        a.stage.index = 0;
        a.stage.key = "dark-launch".into();
        a.stage.title = "Dark launch".into();
        a.headline = "rolled back 12 m ago · fix and a green QA gate before the canary is enabled again".into();
        a.flag.serves = Some(gonogo::runbook::Exposure::off());
        let nothing = RateAssessment { scope: "stage:dark-launch".into(), ..a.rates[0].clone() };
        a.rates = vec![a.rates[1].clone(), a.rates[2].clone(), nothing];
        a.chart.clear();
        a.signals.extend(back_on_the_old_path());
        let mut model = model(a, size);
        let mut history = history();
        history.visits[0].by_rollback = true;
        history.visits[0].stage = "dark-launch".into();
        model.history = Some(Arc::new(history));
        model
    });
}

#[test]
fn dialogs() {
    show("rollback", |size| {
        let mut model = model(no_go(), size);
        press(&mut model, R);
        model
    });
    show("rollback-never-read", |size| {
        let mut model = connecting(size);
        press(&mut model, R);
        model
    });
    show("advance-blocked", |size| {
        let mut model = model(no_go(), size);
        press(&mut model, A);
        model
    });
    show("advance", |size| {
        let mut model = model(go(), size);
        press(&mut model, A);
        text(&mut model, "default-on");
        press(&mut model, KeyCode::Tab);
        text(&mut model, "24 h without a spike");
        model
    });
    show("advance-changed", |size| {
        let mut model = model(go(), size);
        press(&mut model, A);
        let mut changed = no_go();
        changed.flag.version = Some("another".into());
        changed.digest = "f".repeat(64);
        update(&mut model, Msg::Assessed(Arc::new(changed)));
        model
    });
    show("quit", |size| {
        let mut model = rolling_back(size);
        press(&mut model, KeyCode::Char('q'));
        model
    });
}

fn rolling_back(size: (u16, u16)) -> Model {
    let mut model = model(no_go(), size);
    at_leisure(&mut model, &[R, Y]);
    wait(&mut model, 30);
    let sent = Progress::Sent { title: "switch production off".into(), attempt: 1 };
    update(&mut model, Msg::Progress(1, sent));
    model
}

/// A rollback of which nothing is in the audit log.
fn not_recorded(size: (u16, u16)) -> Model {
    let mut model = rolling_back(size);
    let full = Fault::new(FaultKind::File, "the audit log could not be written: no space left", "free some space");
    let ended =
        Event::Ended { id: "7c1e5b09".into(), action: Action::Rollback, outcome: Outcome::Verified, after: None };
    update(&mut model, Msg::Progress(1, Progress::NotRecorded(full)));
    update(&mut model, Msg::Progress(1, Progress::Kept(vec![begun(), ended])));
    model
}

#[test]
fn what_is_in_no_audit_log_is_said_until_the_next_action() {
    let mut model = not_recorded((120, 36));
    update(&mut model, Msg::Progress(1, Progress::Ended { outcome: Outcome::Verified, after: None }));
    let dialog = screen(&model);
    for said in ["NOT IN THE AUDIT LOG", "no space left", "7c1e5b09 began", "oncall", "7c1e5b09 ended, verified"] {
        assert!(dialog.contains(said), "{said}:\n{dialog}");
    }
    press(&mut model, KeyCode::Esc);
    assert!(screen(&model).contains("rollback NOT IN THE AUDIT LOG: the audit log could not be written"));
}

#[test]
fn a_gate_says_once_when_it_is_decided() {
    let mut a = hold();
    assert_eq!(screen(&model(a.clone(), (200, 60))).matches("1 h 50 m").count(), 2, "the headline and the reason");
    a.gates[2].reason = "ratio 0.9 (0.3 – 2.4), passes below 2".into();
    assert!(screen(&model(a, (200, 60))).contains("passes below 2; verdict in about 1 h 50 m"));
}

#[test]
fn progress() {
    show("progress", rolling_back);
    show("progress-retrying", |size| {
        let mut model = rolling_back(size);
        wait(&mut model, 12_000);
        let retrying =
            Progress::Retrying { title: "switch production off".into(), fault: down("unleash"), attempts: 4 };
        update(&mut model, Msg::Progress(1, retrying));
        model
    });
    show("progress-verified", |size| {
        let mut model = rolling_back(size);
        wait(&mut model, 20);
        update(&mut model, Msg::Progress(1, Progress::Answered { title: "switch production off".into() }));
        wait(&mut model, 20);
        let mut off = flag_state();
        off.enabled = false;
        update(&mut model, Msg::Progress(1, Progress::ReadBack(Box::new(off))));
        update(&mut model, Msg::Progress(1, Progress::Ended { outcome: Outcome::Verified, after: None }));
        model
    });
    show("progress-going-back", |size| {
        let mut model = rolling_back(size);
        let mut a = hold();
        a.stage.entered_at = Some(model.now);
        a.signals.extend(back_on_the_old_path());
        update(&mut model, Msg::Progress(1, Progress::Ended { outcome: Outcome::Verified, after: None }));
        wait(&mut model, 90_000);
        update(&mut model, Msg::Assessed(Arc::new(a)));
        model
    });
    show("progress-kept", |size| {
        let mut model = not_recorded(size);
        update(&mut model, Msg::Progress(1, Progress::Ended { outcome: Outcome::Verified, after: None }));
        model
    });
    show("kept-afterwards", |size| {
        let mut model = not_recorded(size);
        update(&mut model, Msg::Progress(1, Progress::Ended { outcome: Outcome::Verified, after: None }));
        press(&mut model, KeyCode::Esc);
        model
    });
    show("progress-not-confirmed", |size| {
        let mut model = rolling_back(size);
        let outcome = Outcome::NotConfirmed { fault: down("unleash") };
        update(&mut model, Msg::Progress(1, Progress::Ended { outcome, after: None }));
        model
    });
    show("not-confirmed-afterwards", |size| {
        let mut model = rolling_back(size);
        let outcome = Outcome::NotConfirmed { fault: down("unleash") };
        update(&mut model, Msg::Progress(1, Progress::Ended { outcome, after: None }));
        press(&mut model, KeyCode::Esc);
        model
    });
    show("advance-refused", |size| {
        let mut model = model(go(), size);
        press(&mut model, A);
        text(&mut model, "default-on");
        press(&mut model, KeyCode::Enter);
        text(&mut model, "ready");
        at_leisure(&mut model, &[KeyCode::Enter, KeyCode::Enter]);
        let why = vec!["the flag is not what it was: somebody changed it at 14:02:29".to_owned()];
        update(&mut model, Msg::Progress(1, Progress::Ended { outcome: Outcome::Refused { why }, after: None }));
        model
    });
}

#[test]
fn panels() {
    for (name, key) in [("gates", 'g'), ("guardrails", 'u'), ("timeline", 't'), ("help", '?')] {
        show(&format!("panel-{name}"), |size| {
            let mut model = model(no_go(), size);
            press(&mut model, KeyCode::Char(key));
            press(&mut model, KeyCode::Down);
            model
        });
    }
    show("panel-gate-open", |size| {
        let mut model = model(hold(), size);
        press(&mut model, KeyCode::Enter);
        press(&mut model, KeyCode::Enter);
        model
    });
    show("panel-help-sources-down", |size| {
        let mut model = all_down(size);
        press(&mut model, KeyCode::Char('?'));
        at_leisure(&mut model, &[KeyCode::PageDown]);
        model
    });
    show("panel-code", |size| {
        let mut model = model(hold(), size);
        press(&mut model, KeyCode::Char('u'));
        press(&mut model, KeyCode::End);
        model
    });
}

#[test]
fn looks_of_every_kind() {
    show("ascii", |size| {
        let mut model = model(no_go(), size);
        model.theme = Theme::new(ThemeName::Dark, true, false);
        model
    });
    show("read-only", |size| {
        let mut model = model(go(), size);
        model.facts.read_only = true;
        model.facts.label = Some("demo".into());
        model
    });
    for (name, theme, mono) in [
        ("mono", ThemeName::Dark, true),
        ("light", ThemeName::Light, false),
        ("colour-blind", ThemeName::ColourBlind, false),
    ] {
        let mut model = model(no_go(), (120, 36));
        model.theme = Theme::new(theme, false, mono);
        styled(name, &model);
    }
}

/// A picture with its colours.
fn styled(name: &str, model: &Model) {
    picture(name, model);
    insta::assert_debug_snapshot!(format!("styled-{name}"), draw(model));
}

// ---- what must hold on every screen --------------------------------------------------------------------------------

#[test]
fn ascii_is_ascii_and_mono_has_no_colour() {
    for assessment in [hold(), no_go(), blind()] {
        for keys in
            [vec![], vec![R], vec![A], vec![KeyCode::Char('g')], vec![KeyCode::Char('c')], vec![KeyCode::Char('?')]]
        {
            let mut model = model(assessment.clone(), (120, 36));
            model.theme = Theme::new(ThemeName::Dark, true, true);
            at_leisure(&mut model, &keys);
            for cell in &draw(&model).content {
                assert!(cell.symbol().is_ascii(), "{:?}", cell.symbol());
                assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset));
            }
        }
    }
}

#[test]
fn the_call_and_the_stage_never_move() {
    let rows = |model: &Model| -> Vec<String> { screen(model).lines().map(str::to_owned).collect() };
    for size in [(80, 24), (120, 36), (200, 60)] {
        let places: Vec<_> = [model(hold(), size), model(no_go(), size), all_down(size), connecting(size)]
            .iter()
            .map(|model| {
                let rows = rows(model);
                let stage = rows
                    .iter()
                    .position(|row| row.contains("0 Dark launch") || row.contains("○ 0") || row.contains("✔ 0"));
                let call = rows
                    .iter()
                    .position(|row| row.trim_start().starts_with("HOLD") || row.trim_start().starts_with("NO-GO"));
                (stage.unwrap(), call.unwrap())
            })
            .collect();
        assert!(places.windows(2).all(|pair| pair[0] == pair[1]), "{size:?}: {places:?}");
    }
}

#[test]
fn hostile_text_stays_in_its_cells() {
    let mut a = hold();
    a.headline = "\x1b[2J\u{202e}漢字漢字漢字 · \u{200b}\x07done".repeat(9);
    a.gates[0].title = "漢".repeat(300);
    a.gates[1].brief = "x".repeat(300);
    a.gates[2].reason = "a\nb\tc\x1b]0;title\x07".repeat(50);
    a.guardrails[0].signature = "é".repeat(300);
    for size in SIZES {
        let buffer = draw(&model(a.clone(), size));
        assert!(buffer.content.iter().all(|cell| !cell.symbol().chars().any(char::is_control)));
    }
}

// ---- the dialogs' rules --------------------------------------------------------------------------------------------

#[test]
fn rollback_opens_from_every_screen_and_dialog() {
    let paths: [&[KeyCode]; 9] = [
        &[],
        &[KeyCode::Char('g')],
        &[KeyCode::Char('u'), KeyCode::Enter],
        &[KeyCode::Char('t')],
        &[KeyCode::Char('?')],
        &[A],
        &[A, KeyCode::Tab],
        &[A, KeyCode::Tab, KeyCode::Tab, KeyCode::Char('x')],
        &[A, KeyCode::Char('d'), KeyCode::BackTab],
    ];
    for assessment in [go(), no_go()] {
        for path in paths {
            let mut model = model(assessment.clone(), (120, 36));
            at_leisure(&mut model, path);
            let effects = at_leisure(&mut model, &[R]);
            assert_eq!(effects, [Effect::DropInput], "{path:?}");
            assert!(matches!(model.dialog(), Some(Dialog::Rollback(_))), "{path:?}");
            let effects = at_leisure(&mut model, &[KeyCode::Tab, KeyCode::Enter]);
            assert!(acts(&effects), "{path:?}");
        }
    }
}

#[test]
fn rollback_needs_neither_telemetry_nor_a_flag_nor_a_history() {
    let mut model = connecting((80, 24));
    model.warning = Some(down("the audit log"));
    let effects = at_leisure(&mut model, &[R, Y]);
    let reason = "operator's decision".to_owned();
    assert_eq!(effects[1..], [Effect::Perform(1, Confirmed::Rollback { reason, resumes: None })]);
}

#[test]
fn rollback_takes_a_short_confirmation_and_no_accident() {
    let y_then = |before: &[KeyCode], pause: u64| {
        let mut model = model(hold(), (80, 24));
        at_leisure(&mut model, before);
        wait(&mut model, pause);
        press(&mut model, Y)
    };
    assert!(acts(&y_then(&[R], 400)));
    assert!(!acts(&y_then(&[R], 50)), "typed before anybody could read it");
    let mut quick = model(hold(), (80, 24));
    at_leisure(&mut quick, &[R]);
    assert!(!acts(&press(&mut quick, Y)) && acts(&at_leisure(&mut quick, &[Y])), "too quick is no other letter");
    assert!(!acts(&y_then(&[R, KeyCode::Char('e')], 400)), "somebody types a sentence in the wrong window");
    assert!(!acts(&y_then(&[R, KeyCode::Tab, KeyCode::Tab], 400)), "a letter in the reason");
    assert!(!acts(&y_then(&[R, KeyCode::Esc], 400)), "closed");
    let mut model = model(hold(), (80, 24));
    let effects = at_leisure(&mut model, &[R, KeyCode::Enter]);
    assert!(!acts(&effects) && model.dialogs.is_empty(), "Cancel has the focus");
}

#[test]
fn a_capital_in_a_text_does_not_make_a_later_y_roll_back() {
    let mut model = model(go(), (120, 36));
    at_leisure(&mut model, &[A, KeyCode::Tab, KeyCode::Tab, R, Y]);
    assert!(model.operation.is_none());
    at_leisure(&mut model, &[KeyCode::Esc]);
    assert!(matches!(model.dialog(), Some(Dialog::Advance(_))), "what was typed is still there");
}

#[test]
fn rollback_reason_is_the_worst_thing_known_and_can_be_changed() {
    let mut model = model(no_go(), (120, 36));
    at_leisure(&mut model, &[R]);
    let Some(Dialog::Rollback(form)) = model.dialog() else { panic!() };
    assert!(form.reason.text().starts_with("hard stop flush:staleWriteRecoveryExhausted"));
    at_leisure(&mut model, &[KeyCode::Tab, KeyCode::Tab]);
    update(&mut model, Msg::Key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL)));
    text(&mut model, "Rq?");
    update(&mut model, Msg::Paste("y\ny".into()));
    let effects = at_leisure(&mut model, &[KeyCode::Enter, KeyCode::Enter]);
    assert_eq!(effects, [Effect::Perform(1, Confirmed::Rollback { reason: "Rq?y y".into(), resumes: None })]);
}

#[test]
fn a_second_r_shows_the_rollback_that_runs() {
    let mut model = rolling_back((120, 36));
    at_leisure(&mut model, &[KeyCode::Esc, KeyCode::Char('g')]);
    assert!(model.dialogs.is_empty());
    let effects = at_leisure(&mut model, &[R, Y, KeyCode::Enter]);
    assert!(!acts(&effects));
    update(&mut model, Msg::Lost(1));
    at_leisure(&mut model, &[R]);
    assert!(matches!(model.dialog(), Some(Dialog::Rollback(_))), "over, so it can be tried again");
}

#[test]
fn an_advance_that_runs_gives_way_to_a_rollback_and_its_late_reports_are_dropped() {
    let mut model = model(go(), (120, 36));
    let effects = confirm_advance(&mut model, "default-on", "ready");
    assert!(acts(&effects));
    let effects = at_leisure(&mut model, &[R, Y]);
    assert!(matches!(effects[1], Effect::Perform(2, Confirmed::Rollback { .. })));
    update(&mut model, Msg::Progress(1, Progress::Ended { outcome: Outcome::Verified, after: None }));
    update(&mut model, Msg::Lost(1));
    assert!(model.busy());
}

fn confirm_advance(model: &mut Model, stage: &str, reason: &str) -> Vec<Effect> {
    at_leisure(model, &[A]);
    text(model, stage);
    press(model, KeyCode::Enter);
    text(model, reason);
    at_leisure(model, &[KeyCode::Enter, KeyCode::Enter])
}

#[test]
fn advance_wants_the_stage_and_a_reason() {
    let fresh = || model(go(), (120, 36));
    assert!(!acts(&confirm_advance(&mut fresh(), "", "ready")));
    assert!(!acts(&confirm_advance(&mut fresh(), "default", "ready")));
    assert!(!acts(&confirm_advance(&mut fresh(), "default-on", "  ")));
    let effects = confirm_advance(&mut fresh(), "default-on", "ready");
    let [Effect::Perform(1, Confirmed::Advance { binding, reason, .. })] = &effects[..] else { panic!("{effects:?}") };
    let assessment = go();
    assert_eq!(reason, "ready");
    assert_eq!((binding.from_stage.as_str(), binding.to_stage.as_str()), ("limited-external", "default-on"));
    assert_eq!(Some(&binding.flag_version), assessment.flag.version.as_ref());
    assert_eq!(binding.digest, assessment.digest);
    assert_eq!(binding.candidate.as_deref(), Some("018e611c0ffee"));
}

#[test]
fn advance_cancels_by_default() {
    let mut model = model(go(), (120, 36));
    let effects = at_leisure(&mut model, &[A, KeyCode::Enter]);
    assert!(!acts(&effects) && model.dialogs.is_empty());
}

#[test]
fn what_changed_under_an_advance_ends_it() {
    type Change = fn(&mut Assessment);
    let changes: [(&str, Change); 5] = [
        ("digest", |a| a.digest = "e".repeat(64)),
        ("version", |a| a.flag.version = Some("other".into())),
        ("unread", |a| a.flag.version = None),
        ("stage", |a| a.stage.key = "internal-canary".into()),
        ("blocked", |a| a.advance.allowed = false),
    ];
    for (name, change) in changes {
        let mut model = model(go(), (120, 36));
        at_leisure(&mut model, &[A]);
        text(&mut model, "default-on");
        press(&mut model, KeyCode::Enter);
        text(&mut model, "ready");
        press(&mut model, KeyCode::Enter);
        let mut other = go();
        change(&mut other);
        update(&mut model, Msg::Assessed(Arc::new(other)));
        // It flickers back: what was confirmed is still not what was seen.
        update(&mut model, Msg::Assessed(Arc::new(go())));
        let effects = at_leisure(&mut model, &[KeyCode::Enter]);
        assert!(!acts(&effects), "{name}");
    }
    let mut model = model(go(), (120, 36));
    at_leisure(&mut model, &[A]);
    text(&mut model, "default-on");
    let mut later = go();
    later.generation += 1;
    later.at += TimeDelta::seconds(5);
    later.gates[1].brief = "99.83 %".into();
    update(&mut model, Msg::Assessed(Arc::new(later)));
    press(&mut model, KeyCode::Enter);
    text(&mut model, "ready");
    assert!(acts(&at_leisure(&mut model, &[KeyCode::Enter, KeyCode::Enter])), "the same verdicts on newer data");
}

#[test]
fn a_blocked_advance_offers_nothing_to_confirm() {
    for model in [model(no_go(), (120, 36)), connecting((120, 36))] {
        let mut model = model;
        let effects = confirm_advance(&mut model, "default-on", "because");
        assert!(!acts(&effects));
    }
}

#[test]
fn read_only_has_no_acting_keys() {
    let mut model = model(go(), (120, 36));
    model.facts.read_only = true;
    let effects = at_leisure(&mut model, &[R, A, Y, KeyCode::Enter]);
    // To read is not to act.
    assert!(matches!(effects[..], [] | [Effect::Copy(_)]), "{effects:?}");
    assert!(model.dialogs.is_empty() && model.operation.is_none());
    assert!(!screen(&model).contains("roll back") && !screen(&model).contains("A advance"));
}

#[test]
fn quit_asks_only_while_an_action_runs() {
    let q = KeyCode::Char('q');
    assert_eq!(at_leisure(&mut model(go(), (80, 24)), &[q]), [Effect::Quit]);
    let mut busy = rolling_back((80, 24));
    assert_eq!(at_leisure(&mut busy, &[q, KeyCode::Enter]), [Effect::DropInput]);
    assert_eq!(at_leisure(&mut busy, &[q, Y]), [Effect::DropInput, Effect::Quit]);
    let mut over = rolling_back((80, 24));
    update(&mut over, Msg::Progress(1, Progress::Ended { outcome: Outcome::Verified, after: None }));
    assert_eq!(at_leisure(&mut over, &[q]), [Effect::Quit]);
}

#[test]
fn a_paste_is_never_keys() {
    for path in [&[][..], &[R], &[A], &[KeyCode::Char('g')]] {
        let mut model = model(go(), (80, 24));
        at_leisure(&mut model, path);
        wait(&mut model, 400);
        let dialogs = model.dialogs.clone();
        assert!(update(&mut model, Msg::Paste("Ryq\r\ny".into())).is_empty());
        assert_eq!(model.dialogs, dialogs);
    }
}

#[test]
fn keys_lead_where_the_help_says() {
    let mut model = model(hold(), (80, 24));
    for (key, screen) in [
        ('g', Screen::Gates),
        ('u', Screen::Guardrails),
        ('t', Screen::Timeline),
        ('c', Screen::Readiness),
        ('?', Screen::Help),
    ] {
        press(&mut model, KeyCode::Char(key));
        assert_eq!(model.screen, screen);
    }
    press(&mut model, KeyCode::Esc);
    assert_eq!(model.screen, Screen::Overview);
    press(&mut model, KeyCode::Enter);
    assert_eq!((model.screen, model.place.selected), (Screen::Gates, 2), "the worst gate");
    press(&mut model, KeyCode::End);
    press(&mut model, KeyCode::Down);
    assert_eq!(model.place.selected, 4);
    press(&mut model, KeyCode::Char('k'));
    press(&mut model, KeyCode::Home);
    assert_eq!(model.place.selected, 0);
    press(&mut model, KeyCode::Enter);
    assert!(model.place.open);
    press(&mut model, KeyCode::Esc);
    assert!(!model.place.open && model.screen == Screen::Gates);
}

#[test]
fn scrolling_ends_where_the_text_ends() {
    let mut model = model(hold(), (60, 16));
    at_leisure(&mut model, &[KeyCode::Enter, KeyCode::Enter, KeyCode::End]);
    assert!(screen(&model).contains("query"), "the last fact");
    let end = screen(&model);
    at_leisure(&mut model, &[KeyCode::Down, KeyCode::Down, KeyCode::PageDown]);
    assert_eq!(screen(&model).lines().nth(6), end.lines().nth(6));
    press(&mut model, KeyCode::Up);
    assert_ne!(screen(&model).lines().nth(6), end.lines().nth(6), "the way back begins at once");
    at_leisure(&mut model, &[KeyCode::Char('?'), KeyCode::End]);
    let end = screen(&model);
    press(&mut model, KeyCode::Up);
    assert_ne!(screen(&model).lines().nth(6), end.lines().nth(6));
}

#[test]
fn where_the_triggers_do_not_fit_the_worst_come_first_and_the_others_are_counted() {
    let mut assessment = no_go();
    // The tripped one is the last of the runbook.
    assessment.triggers.rotate_left(1);
    assert_eq!(assessment.triggers.last().map(|trigger| trigger.state), Some(gonogo::judge::TriggerState::Tripped));
    let seen = |rows| {
        let text = screen(&model(assessment.clone(), (80, rows)));
        let panel = text.lines().skip_while(|line| !line.contains("Rollback triggers")).skip(1);
        let rows = panel.map(str::trim).take_while(|line| !line.is_empty() && !line.contains("Timeline"));
        rows.map(|row| row.split("  ").next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let tripped = "✘ TRIPPED Failure rate above the SLO";
    assert_eq!(seen(18), [tripped]);
    assert_eq!(seen(20), [tripped, "○ armed", "and 2 armed"]);
    assert_eq!(seen(24).len(), 4);
    assert_eq!(seen(24)[3], tripped, "all of them in the runbook's order");
}

#[test]
fn only_what_shows_is_drawn() {
    let mut model = model(hold(), (80, 24));
    model.dirty = false;
    let (now, uptime) = (model.now, model.uptime);
    update(&mut model, Msg::Tick(now + TimeDelta::milliseconds(300), uptime));
    assert!(!model.dirty, "the clock shows seconds");
    for key in [KeyCode::Down, KeyCode::Esc, KeyCode::Char('x')] {
        press(&mut model, key);
        assert!(!model.dirty, "{key:?} does nothing here");
    }
    press(&mut model, KeyCode::Char('g'));
    assert!(std::mem::take(&mut model.dirty));
    update(&mut model, Msg::Resize(80, 24));
    assert!(!model.dirty);
    update(&mut model, Msg::Tick(now + TimeDelta::milliseconds(1300), uptime));
    assert!(model.dirty);
}
