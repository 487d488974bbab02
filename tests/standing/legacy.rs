//! Whether users are back on the old path.

use chrono::TimeDelta;
use gonogo::{
    judge::{LegacyAssessment, StepState},
    runbook::StepKind,
    snapshot::Health,
};
use proptest::prelude::*;

use crate::{
    procedure::{rolled_back, step},
    scene::{Scene, ago, fault, now},
};

/// Rolled back so many minutes ago; before that, an hour with a fifth of the uploads on the new path.
fn scene(minutes: i64) -> Scene {
    let mut scene = rolled_back(minutes);
    scene.reading("path").tallies.clear();
    uses(&mut scene, "secure", minutes + 60, minutes, 2);
    uses(&mut scene, "legacy", minutes + 60, minutes, 8);
    scene
}

/// So many a minute, from `from` minutes ago until `to` minutes ago, the last not included.
fn uses(scene: &mut Scene, path: &str, from: i64, to: i64, each: u64) {
    for minute in (to + 1..=from).rev() {
        scene.add("path", &[path], ago(minute), each);
    }
}

fn legacy(scene: &Scene) -> LegacyAssessment {
    scene.judge().standing.procedure.expect("a procedure").legacy
}

#[test]
fn it_is_verified_once_nobody_on_the_new_path_is_no_coincidence() {
    // A fifth: ln 0.01 / ln 0.8 is 20.6, so 21 uses of the old path.
    let mut scene = scene(5);
    uses(&mut scene, "legacy", 5, 0, 5);
    let seen = legacy(&scene);
    assert_eq!(seen.state, StepState::Converging, "{}", seen.found);
    // Off at 11:55:30, all SDKs at :45, whole minutes from 11:56 to 12:00: four with five each.
    assert_eq!(
        seen.found,
        "gone for 4 m, 20 of 21 uses of the old path needed, in about 1 m; SDKs ask every 15 s, all by 11:55:45"
    );
    assert_eq!((seen.gone, seen.last_gone), (0, None));
    assert_eq!(seen.sdks_by, Some(ago(5) + TimeDelta::seconds(15)));
    scene.add("path", &["legacy"], ago(3), 1);
    let seen = legacy(&scene);
    assert_eq!(seen.state, StepState::Verified);
    assert_eq!(seen.found, "nobody on the new path from 11:56:00 to 12:00:00, 21 on the old one (21 needed)");
    assert_eq!(step(&scene.judge(), StepKind::ConfirmLegacy).0, StepState::Verified);
    // From a quarter of an hour before the rollback on, the filling minute included.
    assert_eq!((seen.minutes.len(), seen.minutes[0]), (21, (seen.minutes[0].0, 2, 8)));
    assert_eq!(seen.minutes.iter().rev().nth(1).map(|minute| (minute.1, minute.2)), Some((0, 5)));
}

#[test]
fn use_of_the_new_path_after_all_sdks_knew_sets_it_back() {
    let mut scene = scene(9);
    uses(&mut scene, "legacy", 9, 0, 30);
    assert_eq!(legacy(&scene).state, StepState::Verified);
    // Before all of them knew, somebody may use it still.
    scene.add("path", &["secure"], ago(9) + TimeDelta::seconds(10), 3);
    assert_eq!(legacy(&scene).state, StepState::Verified);
    scene.add("path", &["secure"], ago(2), 1);
    let seen = legacy(&scene);
    assert_eq!((seen.state, seen.gone, seen.last_gone), (StepState::Converging, 1, Some(ago(2))), "{}", seen.found);
    assert!(seen.found.starts_with("gone for 1 m, "), "{}", seen.found);
    // In the minute that is still filling.
    scene.add("path", &["secure"], now(), 1);
    assert!(legacy(&scene).found.starts_with("the new path is not seen gone yet"), "{}", legacy(&scene).found);
}

#[test]
fn one_minute_is_never_enough_and_nobody_on_the_old_path_neither() {
    let mut early = scene(2);
    uses(&mut early, "legacy", 2, 0, 900);
    let seen = legacy(&early);
    assert_eq!(seen.state, StepState::Converging, "{}", seen.found);
    let silent = scene(30);
    let seen = legacy(&silent);
    assert_eq!(seen.state, StepState::Converging);
    assert!(
        seen.found.starts_with("gone for 29 m, 0 of 21 uses of the old path needed, and none come"),
        "{}",
        seen.found
    );
}

#[test]
fn what_cannot_be_told_is_left_to_people() {
    // Nobody was on the new path in the hour before: the whole stay counts. Nor then: nothing can be told.
    let mut rare = scene(5);
    rare.reading("path").tallies.clear();
    uses(&mut rare, "legacy", 300, 0, 50);
    let seen = legacy(&rare);
    assert_eq!(seen.state, StepState::Blind);
    assert!(seen.found.contains("nobody was on the new path before the rollback"), "{}", seen.found);
    rare.add("path", &["secure"], ago(200), 100);
    let seen = legacy(&rare);
    assert!(seen.state != StepState::Blind && seen.found.contains("needed"), "{}", seen.found);

    let mut untold = scene(5);
    untold.runbook.legacy = None;
    let seen = legacy(&untold);
    assert_eq!((seen.state, seen.minutes.len()), (StepState::Blind, 0));
    assert!(seen.found.contains("the runbook does not say"), "{}", seen.found);
}

fn blindness() -> impl Strategy<Value = u8> {
    0_u8..7
}

/// One way of not seeing.
fn blinded(scene: &mut Scene, how: u8) {
    match how {
        0 => scene.reading("path").health = Health::Partial("one of two stores did not answer".to_owned()),
        1 => scene.reading("path").newest = Some(ago(6)),
        2 => scene.polled = false,
        3 => scene.reading("path").health = Health::Unreadable,
        4 => {
            (scene.source.failures, scene.source.error) = (2, Some(fault()));
        }
        5 => scene.skew = Some(TimeDelta::minutes(30)),
        _ => scene.reading("path").gaps = vec![(ago(3), ago(1))],
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn blind_telemetry_never_verifies(how in blindness(), minutes in 4_i64..60, each in 1_u64..1000) {
        let mut scene = scene(minutes);
        uses(&mut scene, "legacy", minutes, 0, each);
        // It does not prove the path signal alive either.
        blinded(&mut scene, how);
        if how == 1 {
            let stale = scene.reading("path").clone();
            scene.reading("upload").newest = stale.newest;
        }
        let seen = legacy(&scene);
        prop_assert_ne!(seen.state, StepState::Verified, "{}: {}", how, seen.found);
    }

    #[test]
    fn more_on_the_old_path_never_takes_it_back(
        minutes in 1_i64..40,
        each in 0_u64..40,
        late in 0_i64..40,
        more in prop::collection::vec((0_i64..40, 1_u64..50), 1..5),
    ) {
        let mut scene = scene(minutes);
        uses(&mut scene, "legacy", minutes, 0, each);
        if late < minutes {
            scene.add("path", &["secure"], ago(late), 1);
        }
        let before = legacy(&scene).state;
        for (minute, n) in more {
            scene.add("path", &["legacy"], ago(minute.min(minutes - 1)), n);
        }
        let after = legacy(&scene).state;
        prop_assert!(before != StepState::Verified || after == StepState::Verified);
    }

    #[test]
    fn anybody_on_the_new_path_within_the_last_two_minutes_keeps_it_open(
        minutes in 4_i64..40,
        each in 1_u64..1000,
        seconds in 0_i64..119,
    ) {
        let mut scene = scene(minutes);
        uses(&mut scene, "legacy", minutes, 0, each);
        scene.add("path", &["secure"], now() - TimeDelta::seconds(seconds), 1);
        prop_assert_ne!(legacy(&scene).state, StepState::Verified);
    }
}
