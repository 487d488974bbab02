//! Rolling back, whatever the store and the log do.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use gonogo::{
    audit::{Event, Outcome, replay},
    fault::FaultKind,
    operations::{Confirmed, Progress, interrupted, perform, settle},
};
use tokio::sync::mpsc;

use crate::{
    log::Log,
    store::{Store, Trouble},
    world::{held, not_confirmed, percent, rollback, run, world},
};

#[tokio::test(start_paused = true)]
async fn a_rollback_is_recorded_sent_and_read_back() {
    let (store, log) = (Store::new(held(true, 5)), Arc::new(Log::default()));
    let (outcome, _) = run(rollback(), world(&store, &log)).await;
    assert_eq!(outcome, Outcome::Verified);
    assert!(!store.state().enabled);
    assert_eq!(log.kinds(), ["begun", "verified"]);
    let entries = log.entries.lock().unwrap();
    let Event::Begun(begun) = &entries[0].event else { panic!() };
    assert_eq!(begun.before.as_ref().unwrap().serves(), percent(5));
    assert_eq!((begun.from_stage.as_str(), begun.to_stage.as_str()), ("canary", "dark"));
    let Event::Ended { after: Some(after), .. } = &entries[1].event else { panic!() };
    assert!(after.serves().is_off());
}

#[tokio::test(start_paused = true)]
async fn a_rollback_outlasts_every_trouble_with_the_same_payload() {
    use Trouble::*;
    let troubles = [Hang, Fail(FaultKind::Unreachable), ConfirmWithoutDoing, Fail(FaultKind::Unauthorized)];
    let store = Store::new(held(true, 5)).troubled_writes(&troubles).troubled_reads(&[Hang, Fail(FaultKind::NotFound)]);
    let (outcome, seen) = run(rollback(), world(&store, &Arc::new(Log::default()))).await;
    assert_eq!(outcome, Outcome::Verified);
    let sent = store.sent.lock().unwrap();
    assert_eq!(sent.len(), 5);
    assert!(sent.iter().all(|write| *write == sent[0]));
    let retries = seen.iter().filter(|p| matches!(p, Progress::Retrying { .. })).count();
    assert_eq!(retries, 4, "each is told: {seen:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_failed_after_doing_it_is_done() {
    let store = Store::new(held(true, 5)).troubled_writes(&[Trouble::FailAfterDoing]);
    let (outcome, _) = run(rollback(), world(&store, &Arc::new(Log::default()))).await;
    assert_eq!(outcome, Outcome::Verified);
    assert_eq!(store.sent().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_of_an_off_flag_is_verified() {
    let store = Store::new(held(false, 5));
    let (outcome, _) = run(rollback(), world(&store, &Arc::new(Log::default()))).await;
    assert_eq!(outcome, Outcome::Verified);
    assert_eq!(store.state().version, "1", "nothing was changed");
}

#[tokio::test(start_paused = true)]
async fn a_rollback_whose_log_hangs_is_on_the_wire_at_once_and_its_entries_are_handed_out() {
    let store = Store::new(held(true, 5));
    let began = tokio::time::Instant::now();
    let world = world(&store, &Log::hanging());
    let (updates, mut progress) = mpsc::unbounded_channel();
    let done = tokio::spawn(perform(rollback(), world.context, updates));
    let mut kept = None;
    let mut sent_after = None;
    while let Some(update) = progress.recv().await {
        match update {
            Progress::Sent { .. } => sent_after = Some(began.elapsed()),
            Progress::Kept(events) => kept = Some(events),
            _ => {}
        }
    }
    assert_eq!(done.await.unwrap(), Outcome::Verified);
    assert!(
        sent_after.unwrap() <= Duration::from_millis(3),
        "the wait is 2 ms, on a clock of whole ms: {sent_after:?}"
    );
    let kept = kept.unwrap();
    assert!(matches!(kept[..], [Event::Begun(_), Event::Ended { outcome: Outcome::Verified, .. }]));
}

#[tokio::test(start_paused = true)]
async fn a_log_that_fails_once_has_both_entries_in_the_end() {
    let (store, log) = (Store::new(held(true, 5)), Log::failing(1));
    let (outcome, seen) = run(rollback(), world(&store, &log)).await;
    assert_eq!(outcome, Outcome::Verified);
    assert!(seen.iter().any(|p| matches!(p, Progress::NotRecorded(_))));
    assert!(!seen.iter().any(|p| matches!(p, Progress::Kept(_))));
    assert_eq!(log.kinds(), ["begun", "verified"]);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_gives_up_at_its_limit_and_says_why() {
    let store = Store::new(held(true, 5)).troubled_writes(&vec![Trouble::Hang; 99]);
    let log = Arc::new(Log::default());
    let began = tokio::time::Instant::now();
    let (outcome, _) = run(rollback(), world(&store, &log)).await;
    assert_eq!(not_confirmed(&outcome).kind, FaultKind::Timeout);
    assert!(began.elapsed() < Duration::from_secs(150), "{:?}", began.elapsed());
    assert_eq!(log.kinds(), ["begun", "not confirmed"]);
}

#[tokio::test(start_paused = true)]
async fn without_a_limit_a_rollback_goes_on() {
    let store = Store::new(held(true, 5)).troubled_writes(&vec![Trouble::Fail(FaultKind::Unreachable); 500]);
    let mut world = world(&store, &Arc::new(Log::default()));
    world.context.limit = None;
    assert_eq!(run(rollback(), world).await.0, Outcome::Verified);
    assert_eq!(store.sent().len(), 501);
}

#[tokio::test(start_paused = true)]
async fn between_the_answer_and_off_it_is_converging() {
    let store = Store::new(held(true, 5)).troubled_writes(&[Trouble::ConfirmWithoutDoing]);
    let (_, seen) = run(rollback(), world(&store, &Arc::new(Log::default()))).await;
    let words: Vec<&str> = seen
        .iter()
        .filter_map(|progress| match progress {
            Progress::Sent { .. } => Some("requested"),
            Progress::Answered { .. } => Some("confirmed"),
            Progress::Converging(flag) if flag.serves() == percent(5) => Some("converging"),
            Progress::Ended { outcome: Outcome::Verified, .. } => Some("verified"),
            _ => None,
        })
        .collect();
    assert_eq!(words, ["requested", "confirmed", "converging", "requested", "confirmed", "verified"]);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_was_cut_off_is_taken_up_under_its_own_id() {
    let (store, log) = (Store::new(held(true, 5)).troubled_writes(&[Trouble::Hang]), Arc::new(Log::default()));
    let (updates, mut progress) = mpsc::unbounded_channel();
    let task = tokio::spawn(perform(rollback(), world(&store, &log).context, updates));
    while !matches!(progress.recv().await, Some(Progress::Sent { .. })) {}
    tokio::task::yield_now().await;
    task.abort();
    assert_eq!(log.kinds(), ["begun"]);
    assert!(store.state().enabled);

    let at = log.entries.lock().unwrap()[0].at;
    let gone = |_: &str, process| (process == std::process::id()).then_some(false);
    let (history, flag) = (replay(&log.record()), store.state());
    assert_eq!(interrupted(&history, Some(&flag), at, |_, _| Some(true)), None, "it is under way");
    assert_eq!(interrupted(&history, Some(&flag), at, |_, _| None), None, "it may be under way elsewhere");
    let later = at + TimeDelta::minutes(3);
    assert!(interrupted(&history, Some(&flag), later, |_, _| None).is_some());
    assert!(interrupted(&history, None, at, gone).is_some(), "a flag that cannot be read may be on");
    assert!(settle(&log.record(), &store.state(), later, gone).is_empty(), "it is not over while the flag is on");
    let found = interrupted(&history, Some(&flag), at, gone).unwrap();
    assert_eq!(found.reason, "it burns");
    let resumed = Confirmed::Rollback { reason: found.reason.clone(), resumes: Some(found.id.clone()) };

    let (outcome, _) = run(resumed, world(&store, &log)).await;
    assert_eq!((outcome, log.kinds()), (Outcome::Verified, vec!["begun", "verified"]));
    let record = log.record();
    let Event::Ended { id, .. } = &record.entries[1].event else { panic!() };
    assert_eq!(*id, log.begun()[0].1.id);
    assert_eq!(interrupted(&replay(&record), Some(&store.state()), later, gone), None);
}

#[tokio::test(start_paused = true)]
async fn of_two_who_roll_back_together_one_is_told_that_it_joined() {
    let (store, log) = (Store::new(held(true, 5)), Arc::new(Log::default()));
    let (first, mut second) = (world(&store, &log), world(&store, &log));
    second.context.operator = "bob".to_owned();
    let ((one, told_one), (two, told_two)) = tokio::join!(run(rollback(), first), run(rollback(), second));
    assert_eq!((one, two), (Outcome::Verified, Outcome::Verified));
    let joined = |told: &[Progress]| {
        told.iter().find_map(|progress| match progress {
            Progress::Joined { operator, .. } => Some(operator.clone()),
            _ => None,
        })
    };
    let earlier = log.begun()[0].0.clone();
    assert_eq!(earlier, "ann");
    assert_eq!((joined(&told_one), joined(&told_two)), (None, Some(earlier)));

    // Somebody who comes later, in the same stay.
    let mut third = world(&store, &log);
    third.context.operator = "cy".to_owned();
    let (outcome, told) = run(rollback(), third).await;
    assert_eq!((outcome, joined(&told)), (Outcome::Verified, Some("ann".to_owned())));
}
