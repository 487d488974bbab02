//! Advancing against stores and logs that fail in every way.

use std::sync::Arc;

use gonogo::{
    audit::{Outcome, replay},
    fault::FaultKind,
    operations::Progress,
    snapshot::Snapshot,
};

use crate::{
    log::Log,
    store::{Store, Trouble},
    world::{World, advance, from_dark, held, not_confirmed, percent, refused, run, world},
};

#[tokio::test(start_paused = true)]
async fn an_advance_is_checked_recorded_sent_and_read_back() {
    let (store, log) = (Store::new(held(false, 0)), Arc::new(Log::default()));
    let (outcome, _) = run(from_dark(), world(&store, &log)).await;
    assert_eq!(outcome, Outcome::Verified);
    assert_eq!(store.sent(), ["rules", "on"]);
    assert_eq!(store.state().serves(), percent(5));
    assert_eq!(log.kinds(), ["begun", "verified"]);
    assert_eq!(replay(&log.record()).present().unwrap().stage, "canary");
}

#[tokio::test(start_paused = true)]
async fn whatever_changed_since_it_was_confirmed_refuses_it_and_nothing_is_sent() {
    type Change = fn(&mut World, &Store, &Log);
    let changes: [(&str, Change); 5] = [
        ("the flag was changed since you looked", |_, store, _| store.held.lock().unwrap().version = 7),
        ("the rollout is in stage wide, no longer in canary", |_, store, _| {
            *store.held.lock().unwrap() = held(true, 50)
        }),
        ("the candidate is def, no longer abc", |world, _, _| world.context.candidate = Some("def".to_owned())),
        ("a gate fails", |_, _, log| *log.damage.lock().unwrap() = Some("a gate fails".to_owned())),
        ("the evidence changed since you looked", |world, _, _| {
            world.latest.send_modify(|snapshot| {
                let mut next = Snapshot::clone(snapshot);
                next.telemetry_source.note = Some("other evidence".to_owned());
                *snapshot = Arc::new(next);
            });
        }),
    ];
    for (expected, change) in changes {
        let (store, log) = (Store::new(held(true, 5)), Arc::new(Log::default()));
        let mut world = world(&store, &log);
        change(&mut world, &store, &log);
        let (outcome, _) = run(advance(1), world).await;
        let why = refused(&outcome);
        assert!(why.contains(expected), "{expected:?} in {why:?}");
        assert!(store.sent().is_empty(), "{expected}");
        assert_eq!(log.kinds(), ["refused"]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_advance_that_cannot_be_checked_or_recorded_is_refused() {
    let store = Store::new(held(true, 5)).troubled_reads(&[Trouble::Hang]);
    let (outcome, _) = run(advance(1), world(&store, &Arc::new(Log::default()))).await;
    assert!(refused(&outcome).contains("did not answer"));

    let mut foreign = held(true, 5);
    foreign.foreign.push("somebody's".to_owned());
    let store = Store::new(foreign);
    let (outcome, _) = run(advance(1), world(&store, &Arc::new(Log::default()))).await;
    assert!(refused(&outcome).contains("the store failed"));

    for log in [Log::failing(99), Log::hanging()] {
        let store = Store::new(held(true, 5));
        let (outcome, seen) = run(advance(1), world(&store, &log)).await;
        assert!(refused(&outcome).contains("waits for the audit log"));
        assert!(store.sent().is_empty());
        assert!(seen.iter().any(|p| matches!(p, Progress::Kept(_))));
    }
}

#[tokio::test(start_paused = true)]
async fn an_unclear_write_is_read_back_before_anything_else_is_sent() {
    // Done in spite of the error: on to the next write, the first is not sent again.
    let store = Store::new(held(false, 0)).troubled_writes(&[Trouble::FailAfterDoing]);
    let (outcome, _) = run(from_dark(), world(&store, &Arc::new(Log::default()))).await;
    assert_eq!((outcome, store.sent()), (Outcome::Verified, vec!["rules".to_owned(), "on".to_owned()]));

    // Not done: sent again.
    let store = Store::new(held(false, 0)).troubled_writes(&[Trouble::Fail(FaultKind::Server)]);
    let (outcome, _) = run(from_dark(), world(&store, &Arc::new(Log::default()))).await;
    assert_eq!(outcome, Outcome::Verified);
    assert_eq!(store.sent(), ["rules", "rules", "on"]);

    // Never done: given up, and nobody has the feature.
    let store = Store::new(held(false, 0)).troubled_writes(&vec![Trouble::Hang; 9]);
    let log = Arc::new(Log::default());
    let (outcome, _) = run(from_dark(), world(&store, &log)).await;
    assert_eq!(not_confirmed(&outcome).kind, FaultKind::Timeout);
    assert_eq!(store.sent(), ["rules", "rules", "rules"]);
    assert_eq!(log.kinds(), ["begun", "not confirmed"]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_store_is_not_repeated() {
    let store = Store::new(held(true, 5)).troubled_writes(&[Trouble::Fail(FaultKind::Forbidden)]);
    let (outcome, _) = run(advance(1), world(&store, &Arc::new(Log::default()))).await;
    assert_eq!(not_confirmed(&outcome).kind, FaultKind::Forbidden);
    assert_eq!(store.sent(), ["rules"]);
}

#[tokio::test(start_paused = true)]
async fn confirmed_and_not_done_is_not_confirmed() {
    let store = Store::new(held(true, 5)).troubled_writes(&[Trouble::ConfirmWithoutDoing]);
    let (outcome, _) = run(advance(1), world(&store, &Arc::new(Log::default()))).await;
    assert!(not_confirmed(&outcome).what.contains("serves 5 % instead of 50 %"));
    assert_eq!(store.sent(), ["rules"]);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_goes_silent_after_the_write_is_not_confirmed() {
    let mut reads = vec![Trouble::Fine];
    reads.extend(vec![Trouble::Fail(FaultKind::Unreachable); 20]);
    let store = Store::new(held(true, 5)).troubled_reads(&reads);
    let (outcome, _) = run(advance(1), world(&store, &Arc::new(Log::default()))).await;
    assert_eq!(not_confirmed(&outcome).kind, FaultKind::Unreachable);
    assert_eq!(store.sent(), ["rules"]);
}

#[tokio::test(start_paused = true)]
async fn more_than_was_asked_for_is_switched_off_at_once() {
    let mut foreign = held(true, 5);
    foreign.foreign.push("100 % for everyone".to_owned());
    for meanwhile in [held(true, 100), foreign] {
        let store = Store::new(held(true, 5))
            .troubled_writes(&[Trouble::DoThenMeanwhile(Box::new(meanwhile)), Trouble::Fail(FaultKind::Unreachable)]);
        let log = Arc::new(Log::default());
        let (outcome, _) = run(advance(1), world(&store, &log)).await;
        let fault = not_confirmed(&outcome);
        assert!(fault.what.contains("switched off"), "{fault}");
        assert!(!store.state().enabled, "off, though the first attempt to switch off failed");
        assert_eq!(store.sent(), ["rules", "off", "off"]);
        assert_eq!(log.kinds(), ["begun", "not confirmed"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_fail_safe_that_fails_too_says_that_more_is_served() {
    let mut troubles = vec![Trouble::DoThenMeanwhile(Box::new(held(true, 100)))];
    troubles.extend(vec![Trouble::Fail(FaultKind::Unreachable); 99]);
    let store = Store::new(held(true, 5)).troubled_writes(&troubles);
    let (outcome, _) = run(advance(1), world(&store, &Arc::new(Log::default()))).await;
    let fault = not_confirmed(&outcome);
    assert!(fault.what.contains("switching it off failed"), "{fault}");
    assert_eq!(fault.next, "roll back now");
}

#[tokio::test(start_paused = true)]
async fn a_rollback_by_somebody_else_in_between_ends_it() {
    let mut off = held(false, 5);
    off.version = 9;
    let store = Store::new(held(true, 5)).troubled_writes(&[Trouble::DoThenMeanwhile(Box::new(off))]);
    let (outcome, _) = run(advance(1), world(&store, &Arc::new(Log::default()))).await;
    assert!(not_confirmed(&outcome).what.contains("took the feature away"));
    assert_eq!(store.sent(), ["rules"], "it is not switched on again");
    assert!(!store.state().enabled);
}
