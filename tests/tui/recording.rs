//! A recording that is played, and one that is made: what tells them from the present, and their keys.

use gonogo::recording::{Moment, Order, Playing, Speed};

use super::*;

fn playing(now: TimeDelta) -> Playing {
    let from = cockpit::now() - now;
    let to = from + TimeDelta::minutes(185);
    Playing { from, to, speed: "4".parse::<Speed>().unwrap(), paused: false, ended: false, trouble: None }
}

fn replay(size: (u16, u16), playing: Playing) -> Model {
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
