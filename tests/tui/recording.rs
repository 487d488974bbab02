//! A recording that is played, and one that is made: what tells them from the present, and their keys.

use chrono::FixedOffset;
use gonogo::{
    recording::{Moment, Order, Playing, Speed},
    tui::times::Times,
};

use super::*;

pub(super) fn playing(now: TimeDelta) -> Playing {
    let from = cockpit::now() - now;
    let to = from + TimeDelta::minutes(185);
    Playing { from, to, speed: "4".parse::<Speed>().unwrap(), paused: false, ended: false, trouble: None }
}

pub(super) fn replay(size: (u16, u16), playing: Playing) -> Model {
    let mut model = model(no_go(), size);
    (model.facts.replay, model.facts.read_only) = (true, true);
    let moment = Moment {
        snapshot: Some(Arc::clone(&model.snapshot)),
        history: model.history.clone(),
        warning: None,
        candidate: model.facts.candidate.clone(),
        now: cockpit::now(),
        playing,
    };
    update(&mut model, Msg::Moment(Box::new(moment)));
    update(&mut model, Msg::Assessed(Arc::new(no_go())));
    model
}

#[test]
fn a_recording_at_each_size() {
    let at = TimeDelta::minutes(72) + TimeDelta::seconds(5);
    show("replay", |size| replay(size, playing(at)));
    show("replay-paused", |size| replay(size, Playing { paused: true, ..playing(at) }));
    show("replay-ended", |size| replay(size, Playing { ended: true, ..playing(TimeDelta::minutes(185)) }));
    let trouble = Some("it breaks off: the last line is not whole".to_owned());
    show("replay-cut", |size| replay(size, Playing { ended: true, trouble: trouble.clone(), ..playing(at) }));
}

#[test]
fn its_keys_ask_the_player_and_nothing_acts() {
    let mut model = replay((120, 36), playing(TimeDelta::minutes(9)));
    let far = TimeDelta::minutes(10);
    for (key, order) in [
        ('p', Order::Pause),
        ('<', Order::Slower),
        ('>', Order::Faster),
        (',', Order::StepBack),
        ('.', Order::StepOn),
        ('(', Order::Seek(-far)),
        (')', Order::Seek(far)),
        ('{', Order::To(cockpit::now() - TimeDelta::minutes(9))),
        ('}', Order::To(cockpit::now() + TimeDelta::minutes(176))),
    ] {
        assert_eq!(press(&mut model, KeyCode::Char(key)), [Effect::Play(order)], "{key}");
    }
    for key in ['A', 'R', 'D', 'F', 'E', 'n', 'w', 'v'] {
        assert_eq!(press(&mut model, KeyCode::Char(key)), [], "{key}");
        assert!(model.dialogs.is_empty(), "{key}");
    }
    let mut live = cockpit::model(hold(), (120, 36));
    assert_eq!(press(&mut live, KeyCode::Char('p')), []);
}

#[test]
fn home_and_end_lead_to_its_ends_where_there_is_no_list() {
    let ends = [
        (KeyCode::Home, Order::To(cockpit::now() - TimeDelta::minutes(9))),
        (KeyCode::End, Order::To(cockpit::now() + TimeDelta::minutes(176))),
    ];
    for (key, order) in ends {
        for (view, plays) in [('1', true), ('b', true), ('g', false), ('t', false), ('s', false), ('?', false)] {
            let mut model = replay((120, 36), playing(TimeDelta::minutes(9)));
            if view != '1' {
                press(&mut model, KeyCode::Char(view));
            }
            let effects = press(&mut model, key);
            assert_eq!(effects, if plays { vec![Effect::Play(order)] } else { vec![] }, "{key:?} on {view}");
        }
        assert_eq!(press(&mut cockpit::model(hold(), (120, 36)), key), [], "nothing is played");
    }
}

/// What is typed, and where that leads: seconds from its beginning. It goes from 12:50:31 to 15:55:31, and stands at
/// 14:02:31.
const TIMES: [(&str, Option<i64>); 17] = [
    ("13:00", Some(569)),
    ("13:00:10", Some(579)),
    ("+10m", Some(82 * 60)),
    ("-1h 2m", Some(600)),
    ("2026-03-14 13:00", Some(569)),
    ("2026-03-14T15:00:00+02:00", Some(569)),
    ("2026-03-14T13:00Z", Some(569)),
    // The minute that it begins in, and the one after its end.
    ("12:50", Some(0)),
    ("15:56", Some(185 * 60)),
    ("12:49", None),
    ("15:57", None),
    ("+9h", None),
    ("2026-03-13 13:00", None),
    ("25:00", None),
    ("2h", None),
    ("tea time", None),
    ("", None),
];

#[test]
fn a_time_that_is_typed_is_gone_to() {
    for (typed, far) in TIMES {
        let at = |far: i64| cockpit::now() - TimeDelta::minutes(72) + TimeDelta::seconds(far);
        let mut model = replay((120, 36), playing(TimeDelta::minutes(72)));
        press(&mut model, KeyCode::Char('@'));
        text(&mut model, typed);
        let effects = press(&mut model, KeyCode::Enter);
        let expected: Vec<Effect> = far.map(|far| Effect::Play(Order::To(at(far)))).into_iter().collect();
        assert_eq!(effects, expected, "{typed}");
        assert_eq!(model.dialogs.is_empty(), far.is_some(), "{typed}: it stays open, and says why");
        if typed.is_empty() {
            continue;
        }
        // The same by name.
        let mut named = replay((120, 36), playing(TimeDelta::minutes(72)));
        press(&mut named, KeyCode::Char(':'));
        text(&mut named, &format!("seek {typed}"));
        assert_eq!(press(&mut named, KeyCode::Enter), expected, "{typed}");
        let asked = matches!(named.dialog(), Some(Dialog::Seek(form)) if form.field.text() == typed);
        assert_eq!(asked, far.is_none(), "{typed}");
    }
    let mut live = cockpit::model(hold(), (120, 36));
    assert_eq!(press(&mut live, KeyCode::Char('@')), []);
    press(&mut live, KeyCode::Char(':'));
    text(&mut live, "seek 13:00");
    assert_eq!(press(&mut live, KeyCode::Enter), []);
    assert!(matches!(live.dialog(), Some(Dialog::Palette(_))), "it is nothing that there is");
}

#[test]
fn a_time_of_day_is_that_of_the_zone_that_is_shown_and_of_the_nearest_day() {
    let hours = |n| TimeDelta::hours(n);
    let mut model = replay((120, 36), playing(TimeDelta::minutes(72)));
    model.times = Times::Fixed(FixedOffset::east_opt(3600).unwrap());
    let sought = |model: &mut Model, typed: &str| {
        press(model, KeyCode::Char('@'));
        text(model, typed);
        press(model, KeyCode::Enter)
    };
    let at = cockpit::now() - TimeDelta::minutes(62) - TimeDelta::seconds(31);
    assert_eq!(sought(&mut model, "14:00"), [Effect::Play(Order::To(at))]);
    assert_eq!(sought(&mut model, "2026-03-14 14:00"), [Effect::Play(Order::To(at))]);
    // Three days: the nearest 13:00 to where it stands is meant, whichever way.
    let mut long = replay((120, 36), Playing { to: cockpit::now() + hours(70), ..playing(TimeDelta::minutes(72)) });
    for (now, day) in [(0, 0), (13, 1), (40, 2)] {
        long.now = cockpit::now() + hours(now);
        assert_eq!(sought(&mut long, "13:00"), [Effect::Play(Order::To(at + hours(24 * day)))], "{now}");
    }
}

#[test]
fn the_time_that_is_asked_for() {
    for (name, typed) in [("seek", ""), ("seek-typed", "13:00"), ("seek-wrong", "17:30")] {
        show_at(&[(80, 24), (120, 36)], name, |size| {
            let mut model = replay(size, playing(TimeDelta::minutes(72)));
            press(&mut model, KeyCode::Char('@'));
            text(&mut model, typed);
            model
        });
    }
}

#[test]
fn nobody_is_called_to_what_is_over() {
    let mut live = cockpit::model(hold(), (120, 36));
    let alert = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::Alert(_)));
    assert!(alert(&update(&mut live, Msg::Assessed(Arc::new(no_go())))));
    let mut over = replay((120, 36), playing(TimeDelta::minutes(9)));
    assert!(!alert(&update(&mut over, Msg::Assessed(Arc::new(no_go())))));
}

#[test]
fn before_the_log_was_read_nothing_is_judged() {
    let mut model = replay((120, 36), playing(TimeDelta::minutes(9)));
    let moment = Moment {
        snapshot: None,
        history: None,
        warning: Some(down("the audit log")),
        candidate: None,
        now: cockpit::now(),
        playing: playing(TimeDelta::zero()),
    };
    update(&mut model, Msg::Moment(Box::new(moment)));
    assert!(model.assessment.is_none() && model.history.is_none() && model.warning.is_some());
    assert!(!screen(&model).contains("NO-GO"), "{}", screen(&model));
}

#[test]
fn a_recording_that_stops_is_told_of_once() {
    let mut model = cockpit::model(hold(), (120, 36));
    model.recording = true;
    assert!(screen(&model).contains(" REC "));
    let fault =
        Fault::new(FaultKind::File, "the recording film.gz stopped: No space left on device", "begin another one");
    update(&mut model, Msg::Recorder(Err(fault)));
    let told = screen(&model);
    assert!(!told.contains(" REC ") && told.contains("No space left on device"), "{told}");
    update(&mut model, Msg::Recorder(Ok(())));
    assert!(screen(&model).contains(" REC "));
}
