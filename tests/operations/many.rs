//! Several operators on one log and one store.

use gonogo::{
    audit::{Event, Outcome, replay},
    operations::Confirmed,
};

use crate::{
    change::{in_stage, reduce, rollback_begun},
    store::Store,
    world::{advance, held, percent, refused, rollback, run, world},
};

#[tokio::test(start_paused = true)]
async fn of_twenty_who_advance_together_one_does_and_the_others_write_nothing() {
    let (store, log) = (Store::new(held(true, 5)), in_stage("canary"));
    let tasks: Vec<_> = (0..20)
        .map(|number| {
            let mut world = world(&store, &log);
            world.context.operator = format!("operator {number}");
            tokio::spawn(async move { run(advance(1), world).await.0 })
        })
        .collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    let winners: Vec<usize> =
        outcomes.iter().enumerate().filter(|(_, o)| **o == Outcome::Verified).map(|(number, _)| number).collect();
    let [winner] = winners[..] else { panic!("{outcomes:#?}") };
    assert_eq!(store.sent(), ["rules"], "only the winner wrote");
    assert_eq!(store.state().serves(), percent(50));
    let begun = log.begun();
    assert_eq!(begun.len(), 1);
    assert_eq!(begun[0].0, format!("operator {winner}"));
    for outcome in outcomes.iter().filter(|outcome| **outcome != Outcome::Verified) {
        let why = refused(outcome);
        assert!(why.contains(&format!("operator {winner}'s advance")), "it says who acted: {why}");
    }
    // Each who asked has an end on record, and the chain of entries has no gap.
    let record = log.record();
    let ends = record.entries.iter().filter(|entry| matches!(entry.event, Event::Ended { .. })).count();
    assert_eq!(ends, 20);
    assert!(record.entries.windows(2).all(|pair| pair[1].previous == pair[0].hash));
    assert_eq!(replay(&record).present().unwrap().stage, "wide");
}

#[tokio::test(start_paused = true)]
async fn of_twenty_who_roll_back_together_all_are_verified_and_one_was_first() {
    let (store, log) = (Store::new(held(true, 50)), in_stage("wide"));
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let world = world(&store, &log);
            tokio::spawn(run(rollback(), world))
        })
        .collect();
    let mut joined = 0;
    for task in tasks {
        let (outcome, told) = task.await.unwrap();
        assert_eq!(outcome, Outcome::Verified);
        joined += usize::from(told.iter().any(|t| matches!(t, gonogo::operations::Progress::Joined { .. })));
    }
    assert!(!store.state().enabled);
    assert_eq!((joined, log.begun().len()), (19, 20));
}

#[tokio::test(start_paused = true)]
async fn whatever_is_written_between_the_check_and_the_send_is_looked_at() {
    let note = || Event::Note { text: "hello".to_owned() };
    // Words: looked at again, and sent.
    let (store, log) = (Store::new(held(true, 5)), in_stage("canary"));
    log.before.lock().unwrap().extend((0..4).map(|_| note()));
    assert_eq!(run(advance(1), world(&store, &log)).await.0, Outcome::Verified);
    assert_eq!(log.begun().len(), 1);

    // Without end: given up, and nothing was sent.
    let (store, log) = (Store::new(held(true, 5)), in_stage("canary"));
    log.before.lock().unwrap().extend((0..5).map(|_| note()));
    let (outcome, _) = run(advance(1), world(&store, &log)).await;
    assert!(refused(&outcome).contains("waits for the audit log"), "{outcome:?}");
    assert!(store.sent().is_empty() && log.begun().is_empty());

    // Somebody's action: refused by name.
    for confirmed in [advance(1), restore_of_canary()] {
        let begun = rollback_begun().await;
        let (store, log) = (Store::new(held(true, 5)), in_stage("canary"));
        log.before.lock().unwrap().push(begun);
        let (outcome, _) = run(confirmed, world(&store, &log)).await;
        assert!(refused(&outcome).starts_with("bob's rollback of"), "{outcome:?}");
        assert!(store.sent().is_empty() && log.kinds() == ["other", "begun", "refused"], "{:?}", log.kinds());
    }
}

fn restore_of_canary() -> Confirmed {
    let writes = [crate::world::rules(5)];
    Confirmed::Restore { binding: crate::world::binding("canary", "canary", 1, &writes), reason: "x".to_owned() }
}

#[tokio::test(start_paused = true)]
async fn of_two_reductions_together_one_happens() {
    let (store, log) = (Store::new(held(true, 50)), in_stage("wide"));
    let (one, two) = (world(&store, &log), world(&store, &log));
    let ((one, _), (two, _)) = tokio::join!(run(reduce(), one), run(reduce(), two));
    assert_eq!([&one, &two].iter().filter(|outcome| ***outcome == Outcome::Verified).count(), 1);
    assert_eq!(store.sent(), ["off", "rules", "on"]);
    assert_eq!(store.state().serves(), percent(5));
}

#[tokio::test(start_paused = true)]
async fn who_looked_before_a_rollback_was_on_record_does_not_switch_on_behind_its_back() {
    let elsewhere = in_stage("wide");
    run(reduce(), world(&Store::new(held(true, 50)), &elsewhere)).await;
    let reducing = elsewhere.entries.lock().unwrap()[1].event.clone();
    let (store, log) = (Store::new(held(true, 50)), in_stage("wide"));
    log.put(chrono::Utc::now(), "bob", reducing);
    // Off was sent and read; the reduction, which has asked the log already, switches on; then the rollback is on record.
    let flag = std::sync::Arc::clone(&store);
    *log.meanwhile.lock().unwrap() = Some(Box::new(move || flag.held.lock().unwrap().enabled = true));
    let (outcome, _) = run(rollback(), world(&store, &log)).await;
    assert_eq!(outcome, Outcome::Verified);
    assert!(!store.state().enabled);
    assert_eq!(store.sent(), ["off", "off"]);
}
