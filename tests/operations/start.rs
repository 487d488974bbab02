//! What a start finds out of what was cut off, and what it opens the log with.

use std::sync::Arc;

use chrono::{TimeDelta, Utc};
use gonogo::{
    audit::{Action, Event, Outcome, replay},
    flags::FlagStore,
    judge::History,
    operations::{Confirmed, Progress, opening, perform, settle},
    runbook::Exposure,
    snapshot::{Snapshot, SourceKind, SourceStatus},
};
use tokio::sync::mpsc;

use crate::{
    change::{drifted, in_stage, reduce, restore},
    log::Log,
    store::{Held, Store},
    world::{advance, assess, from_dark, held, percent, rollback, run, runbook, world},
};

/// Starts it, and kills it when it has reported so often.
async fn killed_after(reports: usize, confirmed: Confirmed, store: &Arc<Store>, log: &Arc<Log>) -> bool {
    let (updates, mut progress) = mpsc::unbounded_channel();
    let task = tokio::spawn(perform(confirmed, world(store, log).context, updates));
    for _ in 0..reports {
        match progress.recv().await {
            Some(Progress::Ended { .. }) | None => return false,
            Some(_) => {}
        }
    }
    task.abort();
    let _ = task.await;
    true
}

#[tokio::test(start_paused = true)]
async fn killed_anywhere_nobody_has_it_who_should_not_and_the_next_start_says_what_happened() {
    type Case = (fn() -> Confirmed, Held, &'static str, Exposure);
    let cases: [Case; 4] = [
        (from_dark, held(false, 0), "dark", percent(5)),
        (|| advance(1), held(true, 5), "canary", percent(50)),
        (reduce, held(true, 50), "wide", percent(5)),
        (restore, drifted(), "canary", percent(5)),
    ];
    for (confirmed, present, stage, target) in cases {
        let mut points = 0;
        for reports in 1.. {
            let (store, log) = (Store::new(present.clone()), in_stage(stage));
            if !killed_after(reports, confirmed(), &store, &log).await {
                break;
            }
            points += 1;
            let flag = store.state();
            let before_or_after = |e: &Exposure| e.covers(&flag.configured);
            let untouched = flag.enabled && flag.foreign == present.foreign && flag.serves() == present.exposure;
            assert!(
                !flag.enabled || untouched || (flag.foreign.is_empty() && before_or_after(&target)),
                "{stage} after {reports}: {flag:?}"
            );
            let record = log.record();
            let Some(unfinished) = replay(&record).unfinished else {
                assert!(store.sent().is_empty() || log.kinds().contains(&"verified"), "sent, and not recorded");
                continue;
            };
            assert!(settle(&record, &flag, unfinished.at, |_, _| Some(true)).is_empty(), "it is under way");
            assert!(settle(&record, &flag, unfinished.at, |_, _| None).is_empty(), "it may be, elsewhere");
            let late = unfinished.at + TimeDelta::minutes(3);
            assert_eq!(settle(&record, &flag, late, |_, _| None).len(), 1);
            assert!(settle(&record, &flag, late, |_, _| Some(true)).is_empty());
            assert_eq!(settle(&record, &flag, unfinished.at + TimeDelta::minutes(15), |_, _| Some(true)).len(), 1);
            // Its process is gone: known at once.
            let ends = settle(&record, &flag, unfinished.at, |_, _| Some(false));
            let [Event::Ended { outcome, id, .. }] = &ends[..] else { panic!("{ends:?}") };
            assert_eq!(*id, unfinished.id);
            let reached = flag.foreign.is_empty() && flag.serves().same_as(&target);
            assert_eq!(*outcome == Outcome::Verified, reached, "{stage} after {reports}: {outcome:?}");
            log.put(unfinished.at, "ann", ends[0].clone());
            let history = replay(&log.record());
            assert!(history.unfinished.is_none());
            assert!(settle(&log.record(), &flag, late, |_, _| Some(false)).is_empty(), "once");
        }
        assert!(points >= 4, "{stage}: {points}");
    }
}

#[tokio::test(start_paused = true)]
async fn of_what_a_rollback_came_after_the_flag_says_nothing() {
    // An advance that is cut off, and a rollback of the same process after it.
    let (store, log) = (Store::new(held(false, 0)), in_stage("dark"));
    assert!(killed_after(3, from_dark(), &store, &log).await);
    run(rollback(), world(&store, &log)).await;
    let record = log.record();
    // Somebody else has switched on meanwhile: that does not make the advance a success.
    *store.held.lock().unwrap() = held(true, 5);
    let ends = settle(&record, &store.state(), Utc::now(), |_, _| Some(true));
    let [Event::Ended { action: Action::Advance, outcome: Outcome::NotConfirmed { fault }, .. }] = &ends[..] else {
        panic!("{ends:?}")
    };
    assert!(fault.what.contains("a later action went on from there"), "{fault}");
}

#[tokio::test(start_paused = true)]
async fn a_cut_off_rollback_that_did_its_work_is_over() {
    let (store, log) = (Store::new(held(true, 50)), in_stage("wide"));
    assert!(killed_after(3, rollback(), &store, &log).await);
    assert!(!store.state().enabled);
    let ends = settle(&log.record(), &store.state(), Utc::now(), |_, _| Some(false));
    assert!(
        matches!(&ends[..], [Event::Ended { action: Action::Rollback, outcome: Outcome::Verified, .. }]),
        "{ends:?}"
    );
}

#[test]
fn the_first_watch_opens_the_log_only_where_the_flag_is_what_a_stage_says() {
    let store = Store::new(held(true, 5));
    let state = store.state();
    let telemetry = SourceStatus::connecting("t", SourceKind::Telemetry, String::new());
    let mut snapshot = Snapshot::empty(Utc::now(), telemetry, store.introduce());
    snapshot.flag.state = Some(state.clone());
    let now = Utc::now();
    let runbook = runbook();
    let mut assessment = assess(&runbook, &snapshot, &History::default(), None, now);
    let Some(Event::Opened { stage, entered_at, .. }) =
        opening(&History::default(), &assessment, Some(&state), None, &runbook)
    else {
        panic!()
    };
    assert_eq!((stage.as_str(), entered_at), ("canary", now));
    assert_eq!(opening(&History::default(), &assessment, None, None, &runbook), None);
    assessment.flag.drift = Some("100 % elsewhere".to_owned());
    assert_eq!(opening(&History::default(), &assessment, Some(&state), None, &runbook), None);
}
