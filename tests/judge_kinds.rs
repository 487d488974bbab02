//! Two kinds of gate, rule by rule: no sustained spike, and a canary beside its control.

#[path = "support/scene.rs"]
mod scene;

use std::{collections::BTreeSet, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    judge::{GateAssessment, Trouble, Verdict},
    runbook::{Arm, Condition, Gate},
    snapshot::{Health, minute_start},
    stats::{
        burn::{Series, pairs_within},
        ratio::{Segment, SegmentedTest},
    },
};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use scene::*;

/// In `limited`, which is to be watched for `observe` minutes, with `elapsed` complete minutes behind it and no upload.
fn stage_of(observe: u64, elapsed: i64, gate: Gate) -> Scene {
    let mut scene = Scene::quiet(elapsed + 1);
    scene.runbook.stages[2].observe = Duration::from_secs(observe * 60);
    scene.runbook.stages[2].gates.push(gate);
    scene
}

fn resolve(scene: &mut Scene, gate: &str, minutes: i64) {
    scene.resolve_trouble(Trouble::Gate { stage: "limited".to_owned(), gate: gate.to_owned() }, ago(minutes));
}

/// The end of the complete minute that began between `minutes` and one more ago.
fn end_of(minutes: i64) -> DateTime<Utc> {
    ago(minutes - 1) - TimeDelta::seconds(30)
}

// ---- no sustained spike --------------------------------------------------------------------------------------------

fn spike_stage(observe: u64, elapsed: i64) -> Scene {
    stage_of(observe, elapsed, gate("spike", Condition::NoSustainedSpike { rates: vec!["upload".to_owned()] }))
}

fn spike(scene: &Scene) -> GateAssessment {
    gate_of(&scene.judge(), "spike").clone()
}

#[test]
fn each_state_of_the_windows_has_its_verdict() {
    // An hour's stage has one pair: 14.4 times 0.5 % over 1 h and over 5 m.
    type Case = (&'static str, i64, fn(&mut Scene), Verdict, &'static str, Option<i64>);
    let cases: [Case; 13] = [
        ("no complete minute", 0, |_| {}, Verdict::Pending, "nothing was attempted in this stage yet", None),
        ("no traffic", 90, |_| {}, Verdict::Pending, "nothing was attempted in the last 1 h", None),
        (
            "healthy",
            60,
            |s| s.uploads(60, 0, 100, 0),
            Verdict::Pass,
            "no sustained spike in 1 h; failing 0 times",
            None,
        ),
        (
            "healthy, a minute short",
            59,
            |s| s.uploads(59, 0, 100, 0),
            Verdict::Pending,
            "no sustained spike in 59 m of 1 h, 1 m to go",
            Some(1),
        ),
        ("traffic that is over", 130, |s| s.uploads(130, 60, 100, 0), Verdict::Pending, "in the last 1 h", None),
        ("traffic an hour ago", 130, |s| s.uploads(130, 59, 100, 0), Verdict::Pass, "no sustained spike", None),
        // 9 of 125 is 7.2 %, and all of it in the last minute.
        (
            "on the limit",
            60,
            |s| {
                s.uploads(59, 1, 2, 0);
                s.uploads(1, 0, 0, 9);
            },
            Verdict::Fail,
            "it was failing 14.4 times as fast as the SLO allows over 1 h, and 106 times over the last 5 m; 14.4 is",
            None,
        ),
        (
            "just below the limit",
            60,
            |s| {
                s.uploads(60, 59, 1, 0);
                s.uploads(59, 1, 2, 0);
                s.uploads(1, 0, 0, 9);
            },
            Verdict::Pass,
            "a spike, not sustained so far: failing 14.3 times as fast as the SLO allows over 1 h",
            None,
        ),
        (
            "a spike in a stage that is young",
            30,
            |s| {
                s.uploads(30, 0, 1, 0);
                s.uploads(1, 0, 0, 1);
            },
            Verdict::Pending,
            "30 m to go; a spike, not sustained so far: failing 6.5 times as fast as the SLO allows over 30 m, and 33.3",
            Some(30),
        ),
        (
            "four failures are too few",
            60,
            |s| {
                s.uploads(50, 40, 1, 0);
                s.uploads(4, 0, 1, 1);
            },
            Verdict::Pass,
            "a spike, not sustained so far",
            None,
        ),
        (
            "five are enough",
            60,
            |s| {
                s.uploads(50, 40, 1, 0);
                s.uploads(5, 0, 1, 1);
            },
            Verdict::Fail,
            "a sustained spike: at 2026-03-01 12:00 UTC",
            None,
        ),
        // In the first five minutes both windows are the same: a spike, and then the long one alone burns.
        (
            "recovering",
            60,
            |s| {
                s.uploads(60, 59, 0, 20);
                s.uploads(59, 0, 1, 0);
            },
            Verdict::Pending,
            "recovering: failing 50.6 times as fast as the SLO allows over 1 h, and 0 times over the last 5 m; 14.4 is \
             the limit; passes in 1 m if nothing more fails",
            Some(1),
        ),
        (
            "recovered",
            61,
            |s| {
                s.uploads(61, 60, 0, 20);
                s.uploads(60, 0, 1, 0);
            },
            Verdict::Pass,
            "failing 0 times",
            None,
        ),
    ];
    for (name, elapsed, traffic, verdict, says, eta) in cases {
        let mut scene = spike_stage(60, elapsed);
        traffic(&mut scene);
        let gate = spike(&scene);
        assert_eq!(gate.verdict, verdict, "{name}: {}", gate.reason);
        assert!(gate.reason.contains(says), "{name}: {}", gate.reason);
        assert_eq!(gate.eta, eta.map(TimeDelta::minutes), "{name}: {}", gate.reason);
    }
}

#[test]
fn windows_scale_to_the_stage() {
    // Hours of the stage, complete minutes so far, pairs. What has elapsed of a window burns its share only by burning
    // faster.
    for (hours, elapsed, want) in [
        (72, 4320, vec![("1h", "5m", 14.4), ("6h", "30m", 6.0), ("1d", "2h", 3.0), ("3d", "6h", 1.0)]),
        (72, 400, vec![("1h", "5m", 14.4), ("6h", "30m", 6.0), ("1d", "2h", 10.8), ("3d", "6h", 10.8)]),
        (72, 2880, vec![("1h", "5m", 14.4), ("6h", "30m", 6.0), ("1d", "2h", 3.0), ("3d", "6h", 1.5)]),
        (24, 1440, vec![("1h", "5m", 14.4), ("6h", "30m", 6.0), ("1d", "2h", 3.0)]),
        (24, 180, vec![("1h", "5m", 14.4), ("6h", "30m", 12.0), ("1d", "2h", 14.4)]),
        (5, 400, vec![("1h", "5m", 14.4), ("5h", "25m", 7.2)]),
    ] {
        let mut scene = spike_stage(hours * 60, elapsed);
        scene.uploads(elapsed, 0, 10, 0);
        let evidence = spike(&scene).evidence;
        let keys = |prefix: &str| evidence.keys().filter(|key| key.starts_with(prefix)).count();
        let windows: BTreeSet<&str> = want.iter().flat_map(|&(long, short, _)| [long, short]).collect();
        assert_eq!((keys("threshold_"), keys("burn_")), (want.len(), windows.len()), "{evidence:?}");
        for (long, short, threshold) in want {
            assert_eq!(evidence[&format!("threshold_{long}")], threshold, "{hours} h, {elapsed} m");
            assert_eq!(evidence[&format!("burn_{long}")] + evidence[&format!("burn_{short}")], 0.0, "{hours} h");
        }
        assert_eq!(evidence["longest_minutes"], (hours * 60) as f64);
    }
}

#[test]
fn a_slow_drop_fails_although_no_window_burns() {
    let mut scene = spike_stage(24 * 60, 1440);
    scene.uploads(1440, 60, 100, 0);
    scene.uploads(60, 30, 98, 2);
    scene.uploads(30, 0, 100, 0);
    let gate = spike(&scene);
    assert_eq!(gate.verdict, Verdict::Fail, "{}", gate.reason);
    assert!(gate.reason.starts_with("too many failures for too long: from 2026-03-01 11:00 UTC to"), "{}", gate.reason);
    assert!(gate.reason.ends_with("failed (2.00 %), 99.50 % is wanted"), "{}", gate.reason);
    assert_eq!(gate.brief, "2.00 of 0.50 %");
    let failed = gate.failed_at.expect("when it failed");
    assert!(end_of(59) <= failed && failed <= end_of(40), "{failed}");
    assert!(gate.evidence["burn_1h"] < 14.4 && gate.evidence["drop_failures"] >= 10.0, "{:?}", gate.evidence);
}

/// A day at 1 attempt a minute, and five failures ten hours ago: a sustained spike, too small for a drop.
fn spiked() -> Scene {
    let mut scene = spike_stage(24 * 60, 1440);
    scene.uploads(1440, 0, 1, 0);
    scene.uploads(605, 600, 0, 1);
    scene
}

#[test]
fn a_spike_that_was_sustained_stays_failed_until_it_is_resolved() {
    let mut scene = spiked();
    let gate = spike(&scene);
    assert_eq!(gate.verdict, Verdict::Fail, "{}", gate.reason);
    assert_eq!(gate.failed_at, Some(end_of(601)));
    assert!(gate.reason.starts_with("a sustained spike: at 2026-03-01 02:00 UTC it was failing"), "{}", gate.reason);
    assert!(gate.evidence["failed_burn_long"] >= 14.4 && gate.evidence["burn_1h"] == 0.0, "{:?}", gate.evidence);
    assert_eq!((gate.evidence["failures"], gate.evidence["attempts"]), (5.0, 1445.0));

    // Resolved before it happened: nothing is resolved. Afterwards: the windows begin again there.
    resolve(&mut scene, "spike", 700);
    assert_eq!(spike(&scene).verdict, Verdict::Fail);
    resolve(&mut scene, "spike", 300);
    let gate = spike(&scene);
    assert_eq!((gate.verdict, gate.failed_at), (Verdict::Pending, None), "{}", gate.reason);
    assert_eq!((gate.eta, gate.since), (Some(TimeDelta::minutes(1440 - 299)), Some(ago(300))));
}

#[test]
fn each_stretch_of_the_stay_is_judged_by_itself() {
    // A change does not launder what failed before it.
    let mut changed = spiked();
    changed.rebase(ago(100));
    let gate = spike(&changed);
    assert_eq!((gate.verdict, gate.failed_at), (Verdict::Fail, Some(end_of(601))), "{}", gate.reason);
    assert_eq!(gate.evidence["elapsed_minutes"], 99.0);
    // Nor does it make a spike out of two halves of one.
    let mut halves = spike_stage(24 * 60, 1440);
    halves.uploads(1440, 0, 1, 0);
    halves.uploads(604, 600, 0, 1);
    halves.flag_found("v1", ago(600));
    halves.uploads(599, 595, 0, 1);
    let gate = spike(&halves);
    assert_eq!(gate.verdict, Verdict::Pending, "{}", gate.reason);
    halves.history.flags.clear();
    assert_eq!(spike(&halves).verdict, Verdict::Fail, "without the change it is one spike");
}

#[test]
fn the_minute_that_is_still_filling_is_no_spike() {
    let mut scene = spike_stage(60, 60);
    scene.uploads(60, 0, 1, 0);
    scene.add("upload", &["false", "attach"], now(), 5000);
    let gate = spike(&scene);
    assert_eq!((gate.verdict, gate.evidence["failures"]), (Verdict::Pass, 0.0), "{}", gate.reason);
}

#[test]
fn blindness_holds_a_fail_where_the_counts_are_sound_and_never_passes() {
    type Change = fn(&mut Scene);
    let cases: [(&str, Change, Verdict); 6] = [
        ("silent", |s| s.reading("upload").newest = Some(ago(20)), Verdict::Fail),
        ("down", |s| s.source.failures = 2, Verdict::Fail),
        ("gaps", |s| s.reading("upload").gaps = vec![(ago(300), ago(100))], Verdict::Fail),
        ("partial", |s| s.reading("upload").health = Health::Partial("x".to_owned()), Verdict::Unknown),
        ("skew", |s| s.skew = Some(TimeDelta::minutes(-9)), Verdict::Unknown),
        ("nothing", |s| s.polled = false, Verdict::Unknown),
    ];
    for (name, change, want) in cases {
        let mut failed = spiked();
        change(&mut failed);
        let gate = spike(&failed);
        assert_eq!(gate.verdict, want, "{name}: {}", gate.reason);
        let mut healthy = spike_stage(60, 1000);
        healthy.uploads(1000, 0, 100, 0);
        assert_eq!(spike(&healthy).verdict, Verdict::Pass, "before: {name}");
        change(&mut healthy);
        let gate = spike(&healthy);
        assert_eq!(gate.verdict, Verdict::Unknown, "{name}: {}", gate.reason);
        assert!(gate.reason.starts_with("cannot be seen: "), "{}", gate.reason);
    }
}

#[test]
fn a_rate_that_the_runbook_lacks_is_unknown() {
    let nothing = gate("spike", Condition::NoSustainedSpike { rates: vec!["nothing".to_owned()] });
    assert_eq!(spike(&stage_of(60, 60, nothing)).verdict, Verdict::Unknown);
}

// ---- canary beside its control -------------------------------------------------------------------------------------

fn arm(path: &str) -> Arm {
    Arm { events: select("divergence", &[("path", path)]), exposure: select("traffic", &[("path", path)]) }
}

/// Ten attempts a minute with the feature and ninety without, for `elapsed` complete minutes, and no event.
fn canary_stage(elapsed: i64) -> Scene {
    let (canary, control) = (arm("secure"), arm("legacy"));
    let condition = Condition::CanaryControl { canary, control, max_ratio: 2.0, tolerated: 0.001 };
    let mut scene = stage_of(240, elapsed, gate("canary", condition));
    scene.runbook.signals.push(signal("traffic", &["path"], None));
    scene.runbook.signals.push(signal("divergence", &["path", "code"], Some("traffic")));
    for key in ["traffic", "divergence"] {
        scene.readings.insert(key.to_owned(), empty_reading());
    }
    traffic(&mut scene, elapsed, 0, 10, 90);
    scene
}

/// Attempts a minute, from `from` minutes ago until `to` minutes ago, the last not included.
fn traffic(scene: &mut Scene, from: i64, to: i64, with: u64, without: u64) {
    for minute in (to + 1..=from).rev() {
        scene.add("traffic", &["secure"], ago(minute), with);
        scene.add("traffic", &["legacy"], ago(minute), without);
    }
}

/// So many events with and without the feature, so many minutes ago.
fn events(scene: &mut Scene, minute: i64, with: u64, without: u64) {
    scene.add("divergence", &["secure", "c"], ago(minute), with);
    scene.add("divergence", &["legacy", "c"], ago(minute), without);
}

fn canary(scene: &Scene) -> GateAssessment {
    gate_of(&scene.judge(), "canary").clone()
}

#[test]
fn each_comparison_has_its_verdict() {
    type Case = (&'static str, i64, fn(&mut Scene), Verdict, &'static str, bool);
    let cases: [Case; 15] = [
        (
            "equal rates",
            600,
            |s| (1..=600).step_by(10).for_each(|minute| events(s, minute, 1, 9)),
            Verdict::Pass,
            "60 in 6,000 with the feature, 540 in 54,000 without: 1.0 times as often (0.6 to 1.5); 2 times as often is \
             ruled out",
            false,
        ),
        (
            "nine times as often",
            100,
            |s| (1..=100).step_by(10).for_each(|minute| events(s, minute, 1, 1)),
            Verdict::Fail,
            "6 in 600 with the feature, 6 in 5,400 without: 9.0 times as often (1.1 to 72): more often than without it, and no",
            false,
        ),
        (
            "few events",
            600,
            |s| {
                events(s, 300, 1, 4);
                events(s, 100, 1, 5);
            },
            Verdict::Pending,
            "2 in 6,000 with the feature, 9 in 54,000 without: 2.0 times as often (0.1 to 13); 2 times as often is not",
            true,
        ),
        (
            "one and a half times as often",
            600,
            |s| (1..=600).step_by(60).for_each(|minute| events(s, minute, 1, 6)),
            Verdict::Pending,
            "2 times as often is not ruled out yet; at the present rates it fails in about",
            true,
        ),
        (
            "events in the control alone",
            600,
            |s| events(s, 100, 0, 5),
            Verdict::Pending,
            "0 in 6,000 with the feature, 5 in 54,000 without: 0 times as often (0 to",
            true,
        ),
        (
            "one event with the feature alone",
            600,
            |s| events(s, 100, 1, 0),
            Verdict::Pending,
            "1 in 6,000 with the feature, 0 in 54,000 without: at least 0.05 times as often",
            true,
        ),
        (
            "no event, enough exposure",
            369,
            |_| {},
            Verdict::Pass,
            "none in 3,690 with the feature, none in 33,210 without; with the feature its rate is below 0.10 %",
            false,
        ),
        (
            "no event, two attempts short",
            368,
            |s| traffic(s, 1, 0, 6, 0),
            Verdict::Pending,
            "none in 3,686 with the feature, none in 33,120 without; 2 more with the feature to rule out 0.10 %, about",
            true,
        ),
        (
            "no event, exactly enough",
            368,
            |s| traffic(s, 1, 0, 8, 0),
            Verdict::Pass,
            "none in 3,688 with the feature",
            false,
        ),
        (
            "no complete minute",
            0,
            |_| {},
            Verdict::Pending,
            "nobody with the feature was counted in this stage yet",
            false,
        ),
        (
            "no canary",
            600,
            |s| s.reading("traffic").tallies.retain(|labels, _| labels[0] != "secure"),
            Verdict::Pending,
            "nobody with the feature was counted in this stage yet",
            false,
        ),
        (
            "no control",
            600,
            |s| s.reading("traffic").tallies.retain(|labels, _| labels[0] != "legacy"),
            Verdict::Unknown,
            "there is no control: nobody without the feature was counted",
            false,
        ),
        (
            "events that there is nothing to compare with",
            600,
            |s| {
                s.reading("traffic").tallies.retain(|labels, _| labels[0] != "legacy");
                events(s, 10, 3, 0);
            },
            Verdict::Unknown,
            "3 events with the feature, while only one of the two sides was counted",
            false,
        ),
        (
            "events in neither arm",
            600,
            |s| {
                s.add("divergence", &["", "pull"], ago(9), 2);
                s.add("divergence", &["other", "flush"], now(), 1);
            },
            Verdict::Unknown,
            "3 events are in neither arm: :pull, other:flush",
            false,
        ),
        (
            "events in both arms",
            600,
            |s| {
                if let Condition::CanaryControl { control, .. } = &mut s.runbook.stages[2].gates[4].condition {
                    control.events.matchers.clear();
                }
                events(s, 9, 1, 1);
            },
            Verdict::Unknown,
            "1 event is in both arms: secure:c",
            false,
        ),
    ];
    for (name, elapsed, change, verdict, says, timed) in cases {
        let mut scene = canary_stage(elapsed);
        change(&mut scene);
        let gate = canary(&scene);
        assert_eq!(gate.verdict, verdict, "{name}: {}", gate.reason);
        assert!(gate.reason.contains(says), "{name}: {}", gate.reason);
        assert_eq!(gate.eta.is_some(), timed, "{name}: {:?} {}", gate.eta, gate.reason);
    }
}

#[test]
fn what_both_arms_ask_alike_is_what_they_are_about() {
    let mut scene = canary_stage(400);
    if let Condition::CanaryControl { canary, control, .. } = &mut scene.runbook.stages[2].gates[4].condition {
        for arm in [canary, control] {
            arm.events.matchers.extend(select("divergence", &[("code", "c")]).matchers);
        }
    }
    scene.add("divergence", &["secure", "another matter"], ago(9), 7);
    assert_eq!(canary(&scene).verdict, Verdict::Pass);
    scene.add("divergence", &["", "c"], ago(9), 7);
    let gate = canary(&scene);
    assert_eq!((gate.verdict, gate.reason.as_str()), (Verdict::Unknown, "7 events are in neither arm: :c"));
}

#[test]
fn what_failed_stays_failed_until_it_is_resolved_whatever_comes_after() {
    let mut scene = canary_stage(2000);
    (1900..1910).for_each(|minute| events(&mut scene, minute, 1, 0));
    (1..1900).for_each(|minute| events(&mut scene, minute, 0, 1));
    let gate = canary(&scene);
    assert_eq!(gate.verdict, Verdict::Fail, "{}", gate.reason);
    assert!(gate.evidence["ratio"] < 0.1 && gate.evidence["ln_e_pass"] > gate.evidence["ln_e_needed"], "{gate:?}");
    let failed = gate.failed_at.expect("when it failed");
    assert!(end_of(1909) <= failed && failed <= end_of(1905), "{failed}");
    let events_then = gate.evidence["failed_canary_events"];
    assert!((3.0..=5.0).contains(&events_then) && gate.evidence["failed_ln_e_fail"] >= 20_f64.ln(), "{gate:?}");

    // Neither another candidate nor the flag clears it, nor events that are in no arm.
    for change in [|s: &mut Scene| s.rebase(ago(500)), |s: &mut Scene| s.flag_found("v1", ago(500))] {
        let mut scene = scene.clone();
        change(&mut scene);
        scene.add("divergence", &["", "pull"], ago(9), 2);
        let gate = canary(&scene);
        assert_eq!((gate.verdict, gate.failed_at), (Verdict::Fail, Some(failed)), "{}", gate.reason);
    }
    resolve(&mut scene, "canary", 1500);
    let gate = canary(&scene);
    assert_eq!((gate.verdict, gate.since), (Verdict::Pass, Some(ago(1500))), "{}", gate.reason);
    assert_eq!((gate.evidence["canary_events"], gate.evidence["control_events"]), (0.0, 1499.0));
}

#[test]
fn a_change_of_the_flag_goes_on_and_another_candidate_begins_anew() {
    let mut scene = canary_stage(600);
    (1..=600).step_by(10).for_each(|minute| events(&mut scene, minute, 1, 9));
    assert_eq!(canary(&scene).evidence["segments"], 1.0);
    // From 5 to 45 in 100 with the feature, at the same rates of events: each exposure is compared by itself.
    let mut wider = canary_stage(600);
    for reading in ["traffic", "divergence"] {
        wider.reading(reading).tallies.clear();
    }
    traffic(&mut wider, 600, 300, 5, 95);
    traffic(&mut wider, 299, 0, 45, 55);
    (301..=600).step_by(20).for_each(|minute| events(&mut wider, minute, 1, 19));
    (1..=299).step_by(20).for_each(|minute| events(&mut wider, minute, 9, 11));
    wider.flag_found("v1", ago(300));
    let gate = canary(&wider);
    assert_eq!((gate.verdict, gate.evidence["segments"]), (Verdict::Pass, 2.0), "{}", gate.reason);
    assert_eq!((gate.since, gate.evidence["canary_events"]), (Some(ago(601)), 150.0));
    assert!((gate.evidence["ratio"] - 1.0).abs() < 0.05, "{}", gate.evidence["ratio"]);

    scene.rebase(ago(50));
    let gate = canary(&scene);
    assert_eq!((gate.verdict, gate.since), (Verdict::Pending, Some(ago(50))), "{}", gate.reason);
    assert_eq!((gate.evidence["segments"], gate.evidence["canary_events"]), (1.0, 5.0));
}

#[test]
fn the_minute_that_is_still_filling_is_not_compared() {
    let mut scene = canary_stage(600);
    (1..=600).step_by(10).for_each(|minute| events(&mut scene, minute, 1, 9));
    let before = canary(&scene);
    events(&mut scene, 0, 1000, 0);
    let gate = canary(&scene);
    assert_eq!((gate.verdict, &gate.evidence), (Verdict::Pass, &before.evidence), "{}", gate.reason);
    // But "never" is not said over an event that was seen.
    let mut first = canary_stage(600);
    events(&mut first, 0, 1, 0);
    let gate = canary(&first);
    assert_eq!(gate.verdict, Verdict::Pending);
    assert!(gate.reason.ends_with("but one came in a minute that is not whole"), "{}", gate.reason);
}

#[test]
fn either_signal_unseen_is_unknown_and_a_sound_fail_stands() {
    type Change = fn(&mut Scene, &str);
    let cases: [(&str, Change, Verdict); 7] = [
        ("silent", |_, _| {}, Verdict::Fail),
        ("failed", |s, key| s.reading(key).health = Health::Failed(fault()), Verdict::Fail),
        ("down", |s, _| s.source.failures = 2, Verdict::Fail),
        ("partial", |s, key| s.reading(key).health = Health::Partial("x".to_owned()), Verdict::Unknown),
        // A gap in one of two signals makes their ratio wrong, whether or not it has gone silent since.
        ("gaps", |s, key| s.reading(key).gaps = vec![(ago(300), ago(100))], Verdict::Unknown),
        ("not covered", |s, key| s.reading(key).covered_from = ago(200), Verdict::Unknown),
        (
            "gone",
            |s, key| {
                s.readings.remove(key);
            },
            Verdict::Unknown,
        ),
    ];
    for (name, change, want) in cases {
        for key in ["traffic", "divergence"] {
            let mut failed = canary_stage(600);
            (400..410).for_each(|minute| events(&mut failed, minute, 1, 0));
            failed.reading(key).newest = Some(ago(15));
            change(&mut failed, key);
            let gate = canary(&failed);
            assert_eq!(gate.verdict, want, "{name} of {key}: {}", gate.reason);
            let mut healthy = canary_stage(600);
            assert_eq!(canary(&healthy).verdict, Verdict::Pass);
            healthy.reading(key).newest = Some(ago(15));
            change(&mut healthy, key);
            let gate = canary(&healthy);
            // Events that have nothing to report are as fresh as the attempts that vouch for them.
            let vouched = (name, key) == ("silent", "divergence");
            let want = if vouched { Verdict::Pass } else { Verdict::Unknown };
            assert_eq!(gate.verdict, want, "{name} of {key}: {}", gate.reason);
        }
    }
}

// ---- properties ----------------------------------------------------------------------------------------------------

fn unseen() -> impl Strategy<Value = Health> {
    prop_oneof![
        Just(Health::Unreadable),
        Just(Health::Partial("x".to_owned())),
        Just(Health::Failed(fault())),
        Just(Health::Absent),
    ]
}

fn both_gates(elapsed: i64) -> Scene {
    let mut scene = canary_stage(elapsed);
    scene.runbook.stages[2].gates.push(gate("spike", Condition::NoSustainedSpike { rates: vec!["upload".to_owned()] }));
    scene
}

fn finite(gate: &GateAssessment) -> Result<(), TestCaseError> {
    for (name, value) in &gate.evidence {
        prop_assert!(value.is_finite(), "{} {name}", gate.key);
    }
    let text = format!("{gate:?}");
    prop_assert!(!text.contains("NaN") && !text.contains("inf ") && !text.contains("inf)"), "{text}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_not_seen_never_passes(
        health in unseen(), elapsed in 1_i64..700, bad in 0_u64..3, which in 0_usize..4,
    ) {
        let mut scene = both_gates(elapsed);
        scene.uploads(elapsed, 0, 50, bad);
        events(&mut scene, 1 + elapsed / 2, bad, 9 * bad);
        let keys = [&["upload", "traffic"][..], &["upload", "divergence"], &["traffic", "upload"], &["upload", "traffic", "divergence"]];
        for key in keys[which] {
            let reading = scene.reading(key);
            reading.health = health.clone();
            reading.newest = Some(ago(30));
        }
        // What is absent is vouched for by its heartbeat.
        let vouched = health == Health::Absent && which == 1;
        for gate in [spike(&scene), canary(&scene)] {
            let blind = gate.key == "spike" || !vouched;
            prop_assert!(!blind || gate.verdict == Verdict::Unknown || gate.verdict == Verdict::Fail, "{}: {}", gate.key, gate.reason);
            finite(&gate)?;
        }
    }

    #[test]
    fn more_failures_never_turn_fail_into_pass(
        elapsed in 30_i64..400, good in 0_u64..20, bad in 0_u64..2, step in 1_usize..40,
        at in 1_i64..400, more in 1_u64..30, with in 0_u64..3, without in 0_u64..9,
    ) {
        let mut scene = both_gates(elapsed);
        scene.uploads(elapsed, 0, good, 0);
        for minute in (1..=elapsed).step_by(step) {
            scene.add("upload", &["false", "attach"], ago(minute), bad);
            events(&mut scene, minute, with, without);
        }
        let before = [spike(&scene).verdict, canary(&scene).verdict];
        let minute = at.min(elapsed);
        scene.add("upload", &["false", "attach"], ago(minute), more);
        events(&mut scene, minute, more, 0);
        for (gate, before) in [spike(&scene), canary(&scene)].into_iter().zip(before) {
            prop_assert!(!(before == Verdict::Fail && gate.verdict != Verdict::Fail), "{}: {}", gate.key, gate.reason);
            // Where nothing was attempted before, the failure is also the first attempt.
            let new = gate.key == "canary" || good > 0;
            prop_assert!(!(before != Verdict::Pass && gate.verdict == Verdict::Pass && new), "{}: {}", gate.key, gate.reason);
        }
    }

    #[test]
    fn the_order_of_arrival_does_not_matter(mut seconds in proptest::collection::vec(0_i64..18_000, 1..60)) {
        let judged = |seconds: &[i64]| {
            let mut scene = both_gates(350);
            for &second in seconds {
                let at = minute_start(0) + (now() - minute_start(0)) - TimeDelta::seconds(second);
                scene.add("upload", &[if second % 3 == 0 { "false" } else { "true" }, ""], at, 1);
                scene.add("divergence", &[if second % 2 == 0 { "secure" } else { "legacy" }, "c"], at, 1);
            }
            [spike(&scene), canary(&scene)]
        };
        let forward = judged(&seconds);
        seconds.reverse();
        prop_assert_eq!(&forward, &judged(&seconds));
        seconds.sort_unstable();
        prop_assert_eq!(&forward, &judged(&seconds));
    }

    #[test]
    fn every_number_is_finite(
        elapsed in 0_i64..500, good in 0_u64..1_000_000_000, bad in 0_u64..1_000_000_000, slo in 0.0001_f64..0.9999,
        with in 0_u64..1_000_000, without in 0_u64..1_000_000, exposed in 0_u64..1_000_000, observe in 0_u64..20_000,
        max_ratio in 1.001_f64..1e6, tolerated in 1e-9_f64..0.9, minute in 0_i64..500, changed in 0_i64..500,
    ) {
        let mut scene = both_gates(elapsed);
        scene.runbook.stages[2].observe = Duration::from_secs(observe * 60);
        scene.runbook.rates[0].slo = slo;
        if let Condition::CanaryControl { max_ratio: ratio, tolerated: rate, .. } = &mut scene.runbook.stages[2].gates[4].condition {
            (*ratio, *rate) = (max_ratio, tolerated);
        }
        scene.uploads(elapsed.min(40), 0, good, bad);
        traffic(&mut scene, elapsed.min(30), 0, exposed, 1);
        events(&mut scene, minute, with, without);
        scene.flag_found("v1", ago(changed));
        for gate in [spike(&scene), canary(&scene)] {
            finite(&gate)?;
            prop_assert!(!gate.reason.is_empty() && !gate.brief.is_empty());
        }
    }
}

// ---- how often they are wrong --------------------------------------------------------------------------------------

/// Events a minute, one at a time: how many attempts there are from one to the next is geometric.
struct Happening {
    random: rand_chacha::ChaCha8Rng,
    ln_not: f64,
    next: f64,
}

impl Happening {
    fn new(seed: u64, rate: f64) -> Self {
        let mut new = Self { random: rand_chacha::ChaCha8Rng::seed_from_u64(seed), ln_not: (-rate).ln_1p(), next: 0.0 };
        new.next = new.gap();
        new
    }

    fn gap(&mut self) -> f64 {
        ((1.0 - self.random.random::<f64>()).ln() / self.ln_not).ceil().max(1.0)
    }

    fn in_attempts(&mut self, attempts: u64) -> u64 {
        let mut happened = 0;
        self.next -= attempts as f64;
        while self.next <= 0.0 {
            happened += 1;
            self.next += self.gap();
        }
        happened
    }
}

/// Of so many days at this failure rate, those in which the burn rate was ever sustained.
fn days_sustained(days: u64, failure_rate: f64, per_minute: u64, slo: f64) -> u64 {
    let pairs = pairs_within(1440);
    let sustained = (0..days).filter(|&day| {
        let mut failing = Happening::new(day, failure_rate);
        let minutes: Vec<(u64, u64)> = (0..1440).map(|_| (per_minute, failing.in_attempts(per_minute))).collect();
        Series::new(&minutes).first_sustained(slo, &pairs).is_some()
    });
    sustained.count() as u64
}

#[test]
fn a_rate_on_its_slo_is_rarely_a_sustained_spike_and_a_healthy_one_never() {
    const DAYS: u64 = 200;
    let on_slo = days_sustained(DAYS, 0.005, 100, 0.995);
    let healthy = days_sustained(DAYS, 0.001, 100, 0.995);
    let quiet = days_sustained(DAYS, 0.001, 1, 0.995);
    let spiking = days_sustained(20, 0.1, 100, 0.995);
    println!("sustained in {DAYS} days: {on_slo} on the SLO, {healthy} healthy, {quiet} healthy at 1 a minute");
    assert!(on_slo <= DAYS / 20 && quiet <= DAYS / 20, "{on_slo} on the SLO, {quiet} in quiet days");
    assert_eq!((healthy, spiking), (0, 20));
}

/// Of so many days with this ratio of rates, those that ever failed, and those that passed at any look. From noon on more
/// have the feature; how many attempts a minute brings differs.
fn days_compared(days: u64, control_rate: f64, ratio: f64) -> (u64, u64) {
    let test = SegmentedTest { rho_max: 2.0, alpha: 0.05 };
    let (mut failed, mut passed) = (0, 0);
    for day in 0..days {
        let (mut with, mut without) =
            (Happening::new(2 * day, control_rate * ratio), Happening::new(2 * day + 1, control_rate));
        let mut traffic = rand_chacha::ChaCha8Rng::seed_from_u64(1_000_000 + day);
        let segments: Vec<Vec<Segment>> = [5_u64, 25]
            .map(|percent| {
                let minute = |_| {
                    let attempts = traffic.random_range(50..150_u64);
                    let (exposed, rest) = (attempts * percent / 100, attempts - attempts * percent / 100);
                    Segment {
                        canary_events: with.in_attempts(exposed) as f64,
                        canary_exposure: exposed as f64,
                        control_events: without.in_attempts(rest) as f64,
                        control_exposure: rest as f64,
                    }
                };
                (0..720).map(minute).collect()
            })
            .to_vec();
        failed += u64::from(test.scan(&segments).failed.is_some());
        let mut totals = vec![];
        let mut ever = false;
        for minutes in &segments {
            totals.push(Segment::default());
            for &minute in minutes {
                if let Some(last) = totals.last_mut() {
                    *last = last.plus(minute, 1.0);
                }
                ever = ever || (minute.events() > 0.0 && test.passes(&totals));
            }
        }
        passed += u64::from(ever);
    }
    (failed, passed)
}

#[test]
fn a_comparison_is_rarely_wrong_however_often_it_is_looked_at() {
    const DAYS: u64 = 200;
    let (equal_failed, equal_passed) = days_compared(DAYS, 0.002, 1.0);
    let (_, worst_passed) = days_compared(DAYS, 0.002, 2.0);
    let (bad_failed, bad_passed) = days_compared(DAYS, 0.002, 4.0);
    println!("of {DAYS} days at equal rates {equal_failed} failed and {equal_passed} passed");
    println!("of {DAYS} days at twice the rate {worst_passed} passed; at four times it {bad_failed} failed");
    assert!(equal_failed <= DAYS / 20 && worst_passed <= DAYS / 20, "{equal_failed} failed, {worst_passed} passed");
    assert!(bad_passed <= DAYS / 100, "{bad_passed} passed at four times the rate");
    assert!(bad_failed >= DAYS * 9 / 10 && equal_passed >= DAYS / 2, "{bad_failed} failed, {equal_passed} passed");
}
