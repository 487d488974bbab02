//! Reducing, restoring and adopting.

use std::{sync::Arc, time::Duration};

use gonogo::{
    audit::{Action, Event, Outcome, replay},
    flags::Write,
    operations::{Confirmed, Progress, adopt, perform},
};
use tokio::sync::mpsc;

use crate::{
    log::Log,
    store::{Held, Store, Trouble},
    world::{
        AGAINST, advance, binding, from_dark, held, not_confirmed, percent, refused, rollback, rules, run, switch,
        world,
    },
};

pub fn reduce() -> Confirmed {
    let writes = [switch(false), rules(5), switch(true)];
    Confirmed::Reduce { binding: binding("wide", "canary", 1, &writes), reason: "too many".to_owned() }
}

/// In stage canary, on record by `log`; others serve by a rule of theirs.
pub fn drifted() -> Held {
    let mut drifted = held(true, 50);
    drifted.foreign.push("somebody's".to_owned());
    drifted
}

pub fn clear() -> Write {
    Write { title: "clear".to_owned(), request: serde_json::json!({"clear": true}) }
}

pub fn restore() -> Confirmed {
    let writes = [switch(false), clear(), rules(5), switch(true)];
    Confirmed::Restore { binding: binding("canary", "canary", 1, &writes), reason: "back".to_owned() }
}

pub fn in_stage(stage: &str) -> Arc<Log> {
    let log = Arc::new(Log::default());
    let (stage, now) = (stage.to_owned(), chrono::Utc::now());
    log.put(now, "ann", Event::Opened { stage, entered_at: now, flag: None, candidate: None, runbook: None });
    log
}

#[tokio::test(start_paused = true)]
async fn reducing_goes_through_off_and_asks_no_digest() {
    let (store, log) = (Store::new(held(true, 50)), in_stage("wide"));
    let Confirmed::Reduce { mut binding, reason } = reduce() else { unreachable!() };
    binding.digest = "of other evidence".to_owned();
    let (outcome, _) = run(Confirmed::Reduce { binding, reason }, world(&store, &log)).await;
    assert_eq!(outcome, Outcome::Verified);
    assert_eq!(store.sent(), ["off", "rules", "on"]);
    assert_eq!(store.state().serves(), percent(5));
    let (_, begun) = &log.begun()[0];
    assert_eq!((begun.action, begun.digest.as_ref()), (Action::Reduce, None));
    assert_eq!(begun.plan.writes, [switch(false), rules(5), switch(true)]);
    assert_eq!(begun.process, Some(std::process::id()));
    assert_eq!(replay(&log.record()).present().unwrap().stage, "canary");
}

#[tokio::test(start_paused = true)]
async fn what_the_judge_has_against_it_refuses_a_reduction_and_a_restoration() {
    AGAINST.set(vec!["foreign rules decide".to_owned()]);
    for (confirmed, present, stage) in [(reduce(), held(true, 50), "wide"), (restore(), drifted(), "canary")] {
        let (store, log) = (Store::new(present), in_stage(stage));
        let (outcome, _) = run(confirmed, world(&store, &log)).await;
        assert_eq!(refused(&outcome), "foreign rules decide");
        assert!(store.sent().is_empty());
    }
    // It is the reduction that is asked about, not the advance.
    let (outcome, _) = run(advance(1), world(&Store::new(held(true, 5)), &Arc::new(Log::default()))).await;
    assert_eq!(outcome, Outcome::Verified);
}

#[tokio::test(start_paused = true)]
async fn restoring_takes_the_rules_of_others_away() {
    let (store, log) = (Store::new(drifted()), in_stage("canary"));
    let (outcome, _) = run(restore(), world(&store, &log)).await;
    assert_eq!(outcome, Outcome::Verified, "{:?}", store.sent());
    assert_eq!(store.sent(), ["off", "clear", "rules", "on"]);
    let state = store.state();
    assert!(state.foreign.is_empty() && state.serves() == percent(5));
    assert_eq!(replay(&log.record()).present().unwrap().stage, "canary");
}

#[tokio::test(start_paused = true)]
async fn on_the_way_down_what_was_there_is_the_bound_until_the_first_off() {
    // The off is not made at first: what was there before is no reason to give up.
    let store = Store::new(held(true, 50)).troubled_writes(&[Trouble::Fail(gonogo::fault::FaultKind::Server)]);
    let (outcome, _) = run(reduce(), world(&store, &in_stage("wide"))).await;
    assert_eq!((outcome, store.sent().len()), (Outcome::Verified, 4));

    // More than there was: switched off, before the first off and after it.
    for (troubles, sent) in [
        (vec![Trouble::DoThenMeanwhile(Box::new(held(true, 80)))], vec!["off", "off"]),
        (vec![Trouble::Fine, Trouble::DoThenMeanwhile(Box::new(held(true, 50)))], vec!["off", "rules", "off"]),
    ] {
        let store = Store::new(held(true, 50)).troubled_writes(&troubles);
        let (outcome, _) = run(reduce(), world(&store, &in_stage("wide"))).await;
        assert!(not_confirmed(&outcome).what.contains("more than 5 %"), "{outcome:?}");
        assert_eq!(store.sent(), sent);
        assert!(!store.state().enabled);
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_nobody_answered_is_waited_for_before_it_is_called_verified() {
    // The first off is given up on after 10 s. All else is done by then, and it may still be made.
    for (late, still) in [(None, percent(5)), (Some(false), percent(0)), (Some(true), percent(0))] {
        let store = Store::new(held(true, 50)).troubled_writes(&[Trouble::Hang]);
        let (made, began) = (Arc::clone(&store), tokio::time::Instant::now());
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(11)).await;
            match late {
                Some(false) => made.apply(&switch(false)),
                Some(true) => made.apply(&rules(80)),
                None => {}
            }
        });
        let (outcome, _) = run(reduce(), world(&store, &in_stage("wide"))).await;
        assert!(began.elapsed() > Duration::from_secs(12), "{:?}", began.elapsed());
        assert_eq!(store.state().serves(), still);
        match late {
            None => assert_eq!(outcome, Outcome::Verified),
            Some(false) => {
                let what = &not_confirmed(&outcome).what;
                assert!(what.starts_with("the store served 5 % and now serves off: "), "{what}");
                assert_eq!(store.sent(), ["off", "off", "rules", "on"]);
            }
            // More than was asked for is taken back, whenever it comes.
            Some(true) => {
                assert!(not_confirmed(&outcome).what.contains("more than 5 %"), "{outcome:?}");
                assert_eq!(store.sent(), ["off", "off", "rules", "on", "off"]);
            }
        }
    }
    // What was answered, if only with a failure, is over.
    let store = Store::new(held(true, 50)).troubled_writes(&[Trouble::Fail(gonogo::fault::FaultKind::Server)]);
    let began = tokio::time::Instant::now();
    let (outcome, _) = run(reduce(), world(&store, &in_stage("wide"))).await;
    assert_eq!(outcome, Outcome::Verified);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn other_writes_than_were_seen_refuse() {
    for writes in [vec![], vec![rules(50), switch(true)], vec![rules(51)]] {
        let store = Store::new(held(true, 5));
        let binding = binding("canary", "wide", 1, &writes);
        let confirmed = Confirmed::Advance { binding, reason: "all green".to_owned(), request: None };
        let (outcome, _) = run(confirmed, world(&store, &Arc::new(Log::default()))).await;
        assert_eq!(refused(&outcome), "the changes are others than those you saw; look again");
        assert!(store.sent().is_empty());
    }
}

/// The entry by which somebody begins a rollback.
pub async fn rollback_begun() -> Event {
    let log = Arc::new(Log::default());
    run(rollback(), world(&Store::new(held(true, 5)), &log)).await;
    log.entries.lock().unwrap()[0].event.clone()
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_came_between_the_writes_is_not_undone() {
    type Case = (fn() -> Confirmed, Held, &'static str, &'static str, &'static [&'static str]);
    let cases: [Case; 4] = [
        // Begun while an earlier write was on its way: the last one is not sent.
        (from_dark, held(false, 0), "dark", "rules", &["rules"]),
        (reduce, held(true, 50), "wide", "rules", &["off", "rules"]),
        // Begun, and perhaps read off, right before the last one switched on: taken back.
        (from_dark, held(false, 0), "dark", "on", &["rules", "on", "off"]),
        (reduce, held(true, 50), "wide", "on", &["off", "rules", "on", "off"]),
    ];
    for (confirmed, present, stage, during, sent) in cases {
        let (store, log, begun) = (Store::new(present), in_stage(stage), rollback_begun().await);
        let (updates, mut progress) = mpsc::unbounded_channel();
        let running = tokio::spawn(perform(confirmed(), world(&store, &log).context, updates));
        while let Some(update) = progress.recv().await {
            if matches!(&update, Progress::Sent { title, .. } if title == during) {
                log.put(chrono::Utc::now(), "bob", begun.clone());
            }
        }
        let outcome = running.await.unwrap();
        assert!(not_confirmed(&outcome).what.contains("bob's rollback"), "{outcome:?}");
        assert_eq!(store.sent(), sent);
        assert!(!store.state().enabled);
    }
}

#[tokio::test(start_paused = true)]
async fn adopting_enters_the_stage_that_says_what_is_served_and_writes_nothing() {
    let (store, log) = (Store::new(held(true, 5)), in_stage("wide"));
    let context = world(&store, &log).context;
    let entry = adopt(&context, "canary", "1", "meant so").await.unwrap();
    let Event::Adopted { stage, flag, reason } = entry.event else { panic!() };
    assert_eq!((stage.as_str(), flag.serves(), reason.as_str()), ("canary", percent(5), "meant so"));
    assert_eq!(entry.operator, "ann");
    assert_eq!(log.kinds(), ["other", "adopted"]);
    // The rollout is in that stage now: there is nothing to adopt any more.
    adopt(&context, "canary", "1", "meant so").await.unwrap_err();
    assert_eq!(log.kinds(), ["other", "adopted"]);
    assert!(store.sent().is_empty());
}

#[tokio::test(start_paused = true)]
async fn adopting_what_is_not_there_any_more_or_what_others_decide_is_refused() {
    let (store, log) = (Store::new(held(true, 5)), in_stage("wide"));
    let context = world(&store, &log).context;
    let why = adopt(&context, "canary", "7", "x").await.unwrap_err();
    assert_eq!(why, ["the flag was changed since you looked; it serves 5 %"]);
    let why = adopt(&context, "dark", "1", "x").await.unwrap_err();
    assert_eq!(why, ["the stage that says what is served is canary, not dark"]);
    AGAINST.set(vec!["other rules decide".to_owned()]);
    assert_eq!(adopt(&context, "canary", "1", "x").await.unwrap_err(), ["other rules decide"]);
    assert_eq!(log.kinds(), ["other"]);
    assert!(store.sent().is_empty());
}

#[tokio::test(start_paused = true)]
async fn adopting_looks_again_where_somebody_wrote_into_the_log() {
    let note = || Event::Note { text: "hello".to_owned() };
    let (store, log) = (Store::new(held(true, 5)), in_stage("wide"));
    log.before.lock().unwrap().extend([note(), note()]);
    adopt(&world(&store, &log).context, "canary", "1", "x").await.unwrap();
    assert_eq!(log.kinds(), ["other", "other", "other", "adopted"]);

    let log = in_stage("wide");
    log.before.lock().unwrap().extend((0..9).map(|_| note()));
    let why = adopt(&world(&store, &log).context, "canary", "1", "x").await.unwrap_err();
    assert_eq!(why, ["others keep writing into the audit log; look again"]);

    let store = Store::new(held(false, 0));
    let why = adopt(&world(&store, &Log::hanging()).context, "dark", "1", "x").await.unwrap_err();
    assert!(why[0].contains("silent for 5 s"), "{why:?}");
    let log = in_stage("wide");
    *log.failures.lock().unwrap() = 9;
    let why = adopt(&world(&store, &log).context, "dark", "1", "x").await.unwrap_err();
    assert!(why[0].contains("adopting waits for the audit log: no space is left"), "{why:?}");
    assert_eq!(log.kinds(), ["other"]);
}
