//! What was seen stays, whatever telemetry forgets.

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    audit::Event,
    judge::{History, Seen, TriggerState, Trouble, Verdict, on_record, unseen},
};

use crate::scene::{Scene, ago, gate_of, now, trigger_of};

fn troubles() -> [Trouble; 3] {
    [
        Trouble::Trigger { trigger: "mismatch".to_owned() },
        Trouble::Guardrail { signature: "pull:regression".to_owned() },
        Trouble::Gate { stage: "limited".to_owned(), gate: "fallback".to_owned() },
    ]
}

/// All three came up three minutes ago.
fn troubled() -> Scene {
    let mut scene = Scene::healthy();
    scene.add("mismatch", &["/register"], ago(3), 1);
    scene.add("guardrail", &["pull", "regression"], ago(3), 1);
    scene.add("path", &["legacy"], ago(3), 1);
    scene
}

fn record(history: &mut History, events: Vec<Event>, at: DateTime<Utc>) {
    for event in events {
        let Event::Seen { trouble, reason } = event else { panic!("{event:?} was not seen") };
        history.seen.push(Seen { at, trouble, reason });
    }
}

fn standing(scene: &Scene) -> [bool; 3] {
    let a = scene.judge();
    [
        trigger_of(&a, "mismatch").state == TriggerState::Tripped,
        a.hard_stops.iter().any(|stop| stop.signature == "pull:regression"),
        scene.history.visits.last().unwrap().stage == "limited" && gate_of(&a, "fallback").verdict == Verdict::Fail,
    ]
}

#[test]
fn what_was_seen_is_recorded_once_and_stands_until_it_is_resolved() {
    let mut scene = troubled();
    let first = unseen(&scene.judge(), &scene.history);
    let seen: Vec<_> = first
        .iter()
        .map(|event| match event {
            Event::Seen { trouble, .. } => trouble.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    for trouble in troubles() {
        assert!(seen.contains(&trouble), "{trouble}: {seen:?}");
    }
    record(&mut scene.history, first, ago(2));
    // Polls later, nothing is recorded again.
    assert_eq!(unseen(&scene.judge(), &scene.history), []);

    // The source forgets.
    let mut forgotten = Scene::healthy();
    forgotten.history = scene.history.clone();
    assert_eq!(standing(&forgotten), [true; 3]);
    assert_eq!(unseen(&forgotten.judge(), &forgotten.history), []);
    let a = forgotten.judge();
    let trigger = trigger_of(&a, "mismatch");
    assert!(trigger.reason.starts_with("seen at 2026-03-01 11:58 UTC: 1 since"), "{}", trigger.reason);
    assert_eq!((trigger.since, trigger.by.as_deref()), (Some(ago(2)), None));
    assert!(gate_of(&a, "fallback").reason.starts_with("seen at "));
    assert_eq!(gate_of(&a, "fallback").failed_at, Some(ago(2)));
    let row = a.guardrails.iter().find(|row| row.signature == "pull:regression").unwrap();
    assert!(row.hard_stop && row.listed);
    assert_eq!(a.guardrails.iter().filter(|row| row.signature == "pull:regression").count(), 1);
    let told: Vec<_> =
        on_record(&forgotten.runbook, &forgotten.history, now()).into_iter().map(|one| one.trouble).collect();
    assert!(troubles().iter().all(|trouble| told.contains(trouble)), "{told:?}");

    for (i, trouble) in troubles().into_iter().enumerate() {
        forgotten.resolve_trouble(trouble, ago(1));
        assert!(!standing(&forgotten)[i], "{i}");
    }
    assert_eq!(unseen(&forgotten.judge(), &forgotten.history), []);

    // It recurs after the resolution: a sight of its own.
    for trouble in troubles() {
        scene.resolve_trouble(trouble, ago(2) + TimeDelta::seconds(20));
    }
    assert_eq!(unseen(&scene.judge(), &scene.history), []);
    scene.add("mismatch", &["/register"], now(), 1);
    scene.add("guardrail", &["pull", "regression"], now(), 1);
    scene.add("path", &["legacy"], now(), 1);
    let again = unseen(&scene.judge(), &scene.history);
    // The three, and the trigger that such a signature trips when it is repeated.
    assert_eq!(again.len(), 4, "{again:?}");
    record(&mut scene.history, again, now());
    assert_eq!(unseen(&scene.judge(), &scene.history), []);
}

#[test]
fn it_counts_for_the_run_and_a_gate_for_the_stay() {
    let mut scene = troubled();
    let seen = unseen(&scene.judge(), &scene.history);
    record(&mut scene.history, seen, ago(2));
    let mut quiet = Scene::healthy();
    quiet.history = scene.history.clone();
    // Reduced: the gate is another's, the rest stands.
    quiet.enter("internal", 1);
    assert_eq!(standing(&quiet), [true, true, false]);
    // Rolled back: there is nothing to roll back, and the violation stands as ever.
    quiet.enter("dark", 1);
    assert_eq!(standing(&quiet), [false, true, false]);
    let a = quiet.judge();
    assert!(trigger_of(&a, "mismatch").reason.starts_with("nobody has the feature"));
    let told: Vec<_> = on_record(&quiet.runbook, &quiet.history, now()).into_iter().map(|one| one.trouble).collect();
    assert!(!told.contains(&troubles()[0]) && told.contains(&troubles()[1]), "{told:?}");
    // Another run begins.
    quiet.enter("internal", 0);
    assert_eq!(standing(&quiet), [false; 3]);
}

#[test]
fn what_people_recorded_is_not_recorded_again_as_seen() {
    let mut scene = Scene::healthy();
    scene.enter("everyone", 300);
    scene.history.checks = vec![gonogo::judge::CheckResult {
        at: ago(5),
        check: "restart".to_owned(),
        environment: "production".to_owned(),
        outcome: gonogo::judge::CheckOutcome::Fail,
        candidate: scene.candidate.clone(),
        operator: "ann".to_owned(),
        note: "it did not".to_owned(),
        attached: None,
    }];
    let a = scene.judge();
    assert_eq!(gate_of(&a, "checks").verdict, Verdict::Fail);
    assert_eq!(unseen(&a, &scene.history), []);
    // Nor is anything where the past is not known, or the rollout was never opened.
    let mut blind = troubled();
    assert!(!unseen(&blind.judge(), &blind.history).is_empty());
    blind.history.blind = Some("permission denied".to_owned());
    assert_eq!(unseen(&blind.judge(), &blind.history), []);
    blind.history = History::default();
    assert_eq!(unseen(&blind.judge(), &blind.history), []);
}
