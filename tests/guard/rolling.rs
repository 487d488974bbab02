//! The binary rolls back when it may, and not otherwise.

use std::fs;

use gonogo::{
    audit::{Action, AuditLog, Begun, Event, Outcome},
    flags::Plan,
    judge::Trouble,
    runbook::Exposure,
};
use rustix::process::Signal;

use super::{
    binary::run,
    past,
    unreliable_unleash::{Mishap, Unreliable},
    watch::{Guarding, Rollout},
};

async fn entries(rollout: &Rollout) -> Vec<gonogo::audit::Entry> {
    past::log(&rollout.home.data(), "production").read().await.expect("a log").entries
}

#[tokio::test]
async fn an_armed_trip_is_rolled_back_once_and_recorded() {
    let rollout = Rollout::new().await;
    let guard = rollout.guard(&["--auto-rollback"]);
    let start = guard.says("start").await;
    assert_eq!((&start["armed"], &start["armed_for"][0]), (&true.into(), &"protocol-mismatch".into()));
    assert_eq!(start["recorded_stage"], "limited-external");
    guard.says("call").await;
    assert!(rollout.serves());
    rollout.mismatch();
    let tripped = guard.says("trigger-tripped").await;
    assert_eq!((&tripped["trigger"], &tripped["automatic"]), (&"protocol-mismatch".into(), &true.into()));
    let verified = guard.says("rollback-verified").await;
    assert!(verified["elapsed_ms"].as_i64().is_some_and(|time| time < 5000), "{verified}");
    assert!(!rollout.serves());
    guard.goes_on().await;
    for (event, times) in [("trigger-tripped", 1), ("rollback-begun", 1), ("rollback-verified", 1), ("drift", 0)] {
        assert_eq!(guard.of(event).len(), times, "{event}: {:#?}", guard.lines());
    }
    // Somebody switches it on again: without another trip that is for people.
    fs::write(&rollout.flags, super::watch::flag_file()).expect("written");
    guard.says("drift").await;
    guard.goes_on().await;
    assert!(rollout.serves() && guard.of("rollback-begun").len() == 1);
    // With another, it is rolled back.
    rollout.mismatch();
    guard.says_where("trigger-tripped", |line| line["already"] == false && line["time"] != tripped["time"]).await;
    guard.says_where("rollback-verified", |line| line["time"] != verified["time"]).await;
    assert!(!rollout.serves());
    guard.terminates();
    let begun: Vec<_> = entries(&rollout)
        .await
        .into_iter()
        .filter_map(|entry| match entry.event {
            Event::Begun(begun) if begun.action == Action::Rollback => Some((entry.operator, begun.reason)),
            _ => None,
        })
        .collect();
    assert_eq!(begun.len(), 2);
    assert_eq!(begun[0].0, "ann (guard)");
    assert!(begun[0].1.starts_with("rollback trigger Protocol mismatch: "), "{}", begun[0].1);
}

#[tokio::test]
async fn not_armed_or_not_marked_it_tells_and_leaves_it() {
    let rollout = Rollout::new().await;
    let guard = rollout.guard(&[]);
    guard.says("call").await;
    rollout.mismatch();
    let tripped = guard.says("trigger-tripped").await;
    assert_eq!(tripped["automatic"], false);
    assert!(tripped["what"].as_str().unwrap().contains("not armed"), "{tripped}");
    guard.goes_on().await;
    assert!(rollout.serves() && guard.of("rollback-begun").is_empty());
    guard.terminates();

    let rollout = Rollout::new().await;
    let guard = rollout.guard(&["--auto-rollback"]);
    guard.says("call").await;
    rollout.missing_object();
    let tripped = guard.says("trigger-tripped").await;
    assert_eq!((&tripped["trigger"], &tripped["automatic"]), (&"data-integrity".into(), &false.into()));
    guard.goes_on().await;
    assert!(rollout.serves() && guard.of("rollback-begun").is_empty());
    guard.terminates();
}

#[tokio::test]
async fn blind_it_rolls_nothing_back() {
    let rollout = Rollout::silent_for(40).await;
    let guard = rollout.guard(&["--auto-rollback"]);
    let call = guard.says("call").await;
    assert_eq!(call["call"], "hold");
    guard.goes_on().await;
    assert!(rollout.serves() && guard.of("rollback-begun").is_empty(), "{:#?}", guard.lines());
    guard.terminates();
}

#[tokio::test]
async fn what_tripped_before_the_start_counts_unless_people_resolved_it() {
    let rollout = Rollout::new().await;
    rollout.mismatch();
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    let resolved = Event::Resolved {
        trouble: Trouble::Trigger { trigger: "protocol-mismatch".to_owned() },
        evidence: "a client of the tests".to_owned(),
    };
    let log = past::log(&rollout.home.data(), "production");
    log.append(chrono::Utc::now(), "ann", resolved).await.expect("written");
    let guard = rollout.guard(&["--auto-rollback"]);
    guard.says("call").await;
    guard.goes_on().await;
    assert!(rollout.serves() && guard.of("rollback-begun").is_empty(), "{:#?}", guard.lines());
    guard.terminates();

    let rollout = Rollout::new().await;
    rollout.mismatch();
    let guard = rollout.guard(&["--auto-rollback"]);
    let tripped = guard.says("trigger-tripped").await;
    assert_eq!(tripped["already"], true);
    guard.says("rollback-verified").await;
    assert!(!rollout.serves());
    guard.terminates();
    // Started again, it does not roll back for the same trip.
    fs::write(&rollout.flags, super::watch::flag_file()).expect("written");
    let guard = rollout.guard(&["--auto-rollback"]);
    guard.says("call").await;
    guard.goes_on().await;
    assert!(rollout.serves() && guard.of("rollback-begun").is_empty(), "{:#?}", guard.lines());
    guard.terminates();
}

#[tokio::test]
async fn what_is_not_confirmed_goes_on_and_says_so() {
    let rollout = Rollout::new().await;
    let text = fs::read_to_string(&rollout.runbook).unwrap().replace("key = \"vfsSecureUpload\"", "key = \"flag\"");
    fs::write(&rollout.runbook, text).unwrap();
    let store = Unreliable::start(Mishap::IgnoresChanges).await;
    {
        let mut state = store.state.lock().unwrap();
        state.enabled = true;
        state.add(&serde_json::json!({"name": "flexibleRollout", "segments": [],
            "parameters": {"rollout": "5", "stickiness": "default", "groupId": "flag"}}));
    }
    let flags = format!("unleash+{}", store.base);
    let events = format!("events:{}", rollout.events);
    let mut command = rollout.home.command(&["guard", "--auto-rollback", "--telemetry", &events, "--flags", &flags]);
    command.args(["--runbook", &rollout.runbook, "--interval", "200ms"]);
    let guard = Guarding::start(&mut command);
    guard.says("call").await;
    rollout.mismatch();
    let unconfirmed = guard.says_where("rollback-not-confirmed", |line| line["attempts"] == 3).await;
    assert!(unconfirmed["reason"].as_str().unwrap().contains("still serves"), "{unconfirmed}");
    store.state.lock().unwrap().mishap = Mishap::None;
    guard.says("rollback-verified").await;
    assert!(!store.state.lock().unwrap().enabled);
    assert_eq!(guard.of("rollback-begun").len(), 1);
    guard.terminates();
}

/// A rollback of a process on this machine that is gone.
async fn cut_off(rollout: &Rollout) {
    let gone = std::process::Command::new("true").spawn().and_then(|mut child| child.wait().map(|_| child.id()));
    let begun = Begun {
        id: "cut-off".to_owned(),
        action: Action::Rollback,
        from_stage: "limited-external".to_owned(),
        to_stage: "dark-launch".to_owned(),
        before: None,
        target: Exposure::off(),
        plan: Plan { from_version: String::new(), target: Exposure::off(), writes: Vec::new() },
        reason: "uploads fail".to_owned(),
        candidate: None,
        digest: None,
        runbook: None,
        request: None,
        process: Some(gone.expect("a process that ended")),
    };
    let log = past::log(&rollout.home.data(), "production");
    log.append(chrono::Utc::now(), "ann", Event::Begun(Box::new(begun))).await.expect("written");
}

#[tokio::test]
async fn a_rollback_that_was_cut_off_is_taken_up_by_an_armed_guard_alone() {
    let rollout = Rollout::new().await;
    cut_off(&rollout).await;
    let guard = rollout.guard(&[]);
    guard.says("call").await;
    guard.goes_on().await;
    assert!(rollout.serves() && guard.of("taken-up").is_empty());
    guard.terminates();
    let guard = rollout.guard(&["--auto-rollback"]);
    let taken = guard.says("taken-up").await;
    assert_eq!((&taken["rollback"], &taken["reason"]), (&"cut-off".into(), &"uploads fail".into()));
    guard.says("rollback-verified").await;
    assert!(!rollout.serves());
    guard.terminates();
    let ends = |entry: &gonogo::audit::Entry| {
        matches!(&entry.event, Event::Ended { outcome: Outcome::Verified, action: Action::Rollback, .. })
    };
    assert_eq!(entries(&rollout).await.iter().filter(|entry| ends(entry)).count(), 1);
}

#[tokio::test]
async fn it_ends_by_signals_and_refuses_what_contradicts_itself() {
    let rollout = Rollout::new().await;
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129)] {
        let guard = rollout.guard(&["--heartbeat", "1s"]);
        guard.says("heartbeat").await;
        let (ended, told) = guard.ends(signal);
        assert_eq!(ended, code, "{told}");
        assert_eq!(told.lines().count(), 2, "the start and the end: {told}");
    }
    let before = entries(&rollout).await.len();
    run(rollout.command(&["--auto-rollback", "--read-only"])).await.ended(2).told("read-only");
    run(rollout.command(&["--hook", " "])).await.ended(2).told("names no program");
    let guard = rollout.guard(&["--read-only"]);
    guard.says("call").await;
    guard.goes_on().await;
    guard.terminates();
    assert_eq!(entries(&rollout).await.len(), before, "read-only adds nothing to the log");
}
