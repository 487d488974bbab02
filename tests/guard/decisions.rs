//! When it rolls back by itself, and why not: by the real judge, without IO.

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    guard::{Decision, Guard, Why},
    judge::{RollbackRecord, Unfinished, Visit},
    runbook::Exposure,
    snapshot::Health,
};

use super::scene::{Scene, ago, flag_state, now, trigger_of};

/// A canary of six hours; an envelope that the API could not read four minutes ago, which trips `mismatch`.
fn tripped() -> Scene {
    let mut scene = Scene::healthy();
    for trigger in &mut scene.runbook.triggers {
        trigger.automatic = trigger.key == "mismatch";
    }
    scene.add("mismatch", &["register"], ago(4), 1);
    scene
}

fn decide(scene: &Scene, guard: &Guard) -> Decision {
    guard.decide(&scene.judge(), &scene.history)
}

fn why_not(scene: &Scene, guard: &Guard) -> Option<Why> {
    let assessment = scene.judge();
    guard.why_not(trigger_of(&assessment, "mismatch"), &assessment, &scene.history)
}

fn armed(scene: &Scene) -> Guard {
    Guard::new(&scene.runbook, true)
}

fn unfinished(action: &str, at: DateTime<Utc>) -> Unfinished {
    Unfinished {
        id: "1".to_owned(),
        operator: "bob".to_owned(),
        host: "elsewhere".to_owned(),
        process: None,
        reason: "he saw it first".to_owned(),
        action: action.to_owned(),
        at,
        target: Exposure::off(),
        stage: "dark".to_owned(),
    }
}

/// A rollback that another joined, which was verified later: no stage was entered by that.
fn rolled_back_again(at: DateTime<Utc>, verified_at: DateTime<Utc>) -> RollbackRecord {
    RollbackRecord {
        id: "2".to_owned(),
        at,
        operator: "bob".to_owned(),
        host: "elsewhere".to_owned(),
        reason: "he saw it first".to_owned(),
        from_stage: "limited".to_owned(),
        candidate: None,
        before: None,
        joined: vec!["ann on here".to_owned()],
        verified_at: Some(verified_at),
        legacy: None,
        kept: Vec::new(),
        resolved: None,
        left_at: None,
    }
}

#[test]
fn a_trip_of_an_automatic_trigger_rolls_back_where_it_was_armed() {
    let scene = tripped();
    let Decision::RollBack { reason, triggers } = decide(&scene, &armed(&scene)) else { panic!("it leaves it") };
    assert_eq!(triggers, ["mismatch"]);
    assert!(reason.starts_with("rollback trigger Trigger mismatch: "), "{reason}");
    assert_eq!(armed(&scene).armed_for(), ["mismatch"]);
}

#[test]
fn each_reason_against_it_is_enough() {
    type Change = fn(&mut Scene);
    let cases: [(&str, Change, Why); 7] = [
        (
            "the runbook leaves it to people",
            |scene| scene.runbook.triggers.iter_mut().for_each(|t| t.automatic = false),
            Why::NotAutomatic,
        ),
        (
            "nobody knows what was resolved",
            |scene| scene.history.blind = Some("it is torn".to_owned()),
            Why::PastUnknown,
        ),
        ("resolved after it tripped", |scene| scene.resolve_trigger("mismatch", ago(1)), Why::NobodyHasIt),
        ("nobody has the feature", |scene| scene.enter("dark", 2), Why::NobodyHasIt),
        (
            "somebody rolls back just now",
            |scene| scene.history.unfinished = Some(unfinished("rollback", ago(1))),
            Why::Runs,
        ),
        (
            "somebody rolled back since, and the flag is on again",
            |scene| {
                let stage = "dark".to_owned();
                let served = scene.flag.state.clone();
                scene.enter("dark", 6);
                scene.history.visits.pop();
                // The trip counts on: its telemetry came late.
                scene.history.visits.push(Visit { stage, entered_at: ago(3), left_at: None, by_rollback: true });
                scene.history.visits.push(Visit {
                    stage: "limited".to_owned(),
                    entered_at: ago(5),
                    left_at: None,
                    by_rollback: false,
                });
                scene.flag.state = served;
            },
            Why::Answered,
        ),
        (
            "somebody rolled back once more where that stood already, and the flag is on again",
            |scene| scene.history.rollback = Some(rolled_back_again(ago(30), ago(3))),
            Why::Answered,
        ),
    ];
    for (name, change, why) in cases {
        let mut scene = tripped();
        let guard = armed(&scene);
        assert_eq!(why_not(&scene, &guard), None, "{name}: before");
        change(&mut scene);
        assert_eq!(decide(&scene, &armed(&scene)), Decision::Leave, "{name}");
        assert_eq!(why_not(&scene, &armed(&scene)), Some(why), "{name}");
    }
    let scene = tripped();
    assert_eq!(why_not(&scene, &Guard::new(&scene.runbook, false)), Some(Why::NotArmed));
    assert_eq!(decide(&scene, &Guard::new(&scene.runbook, false)), Decision::Leave);
}

#[test]
fn unknown_never_rolls_back() {
    let mut scene = Scene::healthy();
    scene.runbook.triggers.iter_mut().for_each(|trigger| trigger.automatic = true);
    for key in ["mismatch", "upload", "guardrail"] {
        scene.reading(key).health = Health::Partial("a shard is away".to_owned());
    }
    let assessment = scene.judge();
    let unknown = gonogo::judge::TriggerState::Unknown;
    assert!(assessment.triggers.iter().any(|trigger| trigger.state == unknown), "{:?}", assessment.triggers);
    assert_eq!(decide(&scene, &armed(&scene)), Decision::Leave);
    scene.polled = false;
    assert_eq!(decide(&scene, &armed(&scene)), Decision::Leave);
}

#[test]
fn an_action_of_others_is_waited_for_and_not_for_ever() {
    let mut scene = tripped();
    scene.history.unfinished = Some(unfinished("rollback", ago(4)));
    assert!(matches!(decide(&scene, &armed(&scene)), Decision::RollBack { .. }), "it was cut off");
    scene.history.unfinished = Some(unfinished("advance", ago(1)));
    assert!(matches!(decide(&scene, &armed(&scene)), Decision::RollBack { .. }), "a rollback overtakes an advance");
}

#[test]
fn one_rollback_for_one_trip_and_another_for_the_next() {
    let mut scene = tripped();
    let mut guard = armed(&scene);
    guard.begun(now());
    assert_eq!(why_not(&scene, &guard), Some(Why::Runs));
    guard.ended(now() + TimeDelta::seconds(2), true);
    scene.now = now() + TimeDelta::seconds(10);
    scene.flag.read_at = Some(scene.now);
    // The flag serves somebody again: by itself that is drift, and for people.
    assert_eq!(why_not(&scene, &guard), Some(Why::Answered));
    assert_eq!(decide(&scene, &guard), Decision::Leave);
    // A new one, in a stage entered anew.
    let entered = now() + TimeDelta::minutes(5);
    scene.now = now() + TimeDelta::minutes(9);
    scene.flag.read_at = Some(scene.now);
    scene.history.visits.last_mut().expect("a stage").left_at = Some(now());
    scene.history.visits.push(Visit {
        stage: "dark".to_owned(),
        entered_at: now(),
        left_at: Some(entered),
        by_rollback: true,
    });
    scene.history.visits.push(Visit {
        stage: "limited".to_owned(),
        entered_at: entered,
        left_at: None,
        by_rollback: false,
    });
    assert_eq!(decide(&scene, &guard), Decision::Leave, "the old one is of the visit before");
    scene.add("mismatch", &["register"], now() + TimeDelta::minutes(7), 1);
    assert!(matches!(decide(&scene, &guard), Decision::RollBack { .. }));
}

#[test]
fn what_was_not_confirmed_is_begun_again_after_a_while() {
    let mut scene = tripped();
    let mut guard = armed(&scene);
    guard.begun(now());
    guard.ended(now(), false);
    scene.now = now() + TimeDelta::seconds(5);
    scene.flag.read_at = Some(scene.now);
    assert_eq!(decide(&scene, &guard), Decision::Leave, "not at once");
    scene.now = now() + TimeDelta::seconds(31);
    scene.flag.read_at = Some(scene.now);
    assert!(matches!(decide(&scene, &guard), Decision::RollBack { .. }));
}

#[test]
fn a_flag_that_is_off_already_is_not_switched_off() {
    let mut scene = tripped();
    scene.enter("dark", 1);
    scene.flag.state = Some(flag_state(false, Exposure::everyone()));
    assert_eq!(decide(&scene, &armed(&scene)), Decision::Leave);
}
