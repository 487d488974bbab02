//! The judge, rule by rule: each starts from a healthy rollout and changes one thing.

#[path = "support/scene.rs"]
mod scene;

use chrono::TimeDelta;
use gonogo::{
    judge::{
        self, Call, Decision, History, Paused, PollAnswer, PollRecord, PollRole, RaisedHold, SignOff, TriggerState,
        Unfinished, Verdict, Vote,
    },
    runbook::{Exposure, Outcome, RateScope},
    snapshot::{FlagReading, Health, minute_of},
};
use proptest::prelude::*;
use scene::*;

#[test]
fn a_healthy_rollout_is_go() {
    let a = Scene::healthy().judge();
    for gate in &a.gates {
        assert_eq!(gate.verdict, Verdict::Pass, "{}: {}", gate.key, gate.reason);
    }
    assert_eq!((a.call, a.headline.as_str(), a.exit_code()), (Call::Go, "every gate passes", 0));
    assert!(a.advance.allowed && a.rollback.allowed, "{:?}", a.advance.blockers);
    assert_eq!((a.advance.to.as_deref(), a.rollback.to.as_deref()), (Some("everyone"), Some("dark")));
    assert_eq!((a.stage.index, a.stage.inferred, a.generation), (2, false, 7));
    assert!(a.triggers.iter().all(|trigger| trigger.state == TriggerState::Armed), "{:?}", a.triggers);
    assert_eq!(gate_of(&a, "success").brief, "99.90 %");
    assert_eq!(gate_of(&a, "observed").brief, "6 h of 4 h");
    assert_eq!(trigger_of(&a, "rate").brief, "0.10 of 0.50 %");
    assert_eq!(trigger_of(&a, "repeated").brief, "0 of 2 in 15 m");
    assert_eq!(trigger_of(&a, "mismatch").brief, "0");
}

// ---- success rate --------------------------------------------------------------------------------------------------

#[test]
fn a_success_rate_needs_evidence_and_minutes() {
    // minutes of traffic, successes and failures a minute -> verdict, what the reason says, whether there is an ETA
    for (minutes, good, bad, verdict, says, timed) in [
        (120, 100, 0, Verdict::Pass, "allowing for luck, at least", false),
        (120, 98, 2, Verdict::Fail, "allowing for luck, at most", false),
        (5, 50, 50, Verdict::Pending, "seen in 4 of 10 minutes", true),
        (9, 50, 50, Verdict::Fail, "99.50 % is wanted", false),
        (30, 100, 0, Verdict::Pending, "29 of 60 minutes with traffic", true),
        (120, 2, 0, Verdict::Pending, "passes after", true),
        (3, 995, 5, Verdict::Pending, "passes after", false),
        (120, 0, 0, Verdict::Pending, "no attempt has ended", false),
    ] {
        let mut scene = Scene::quiet(minutes);
        scene.uploads(minutes, 0, good, bad);
        let a = scene.judge();
        let gate = gate_of(&a, "success");
        assert_eq!(gate.verdict, verdict, "{minutes} minutes of {good} and {bad}: {}", gate.reason);
        assert!(gate.reason.contains(says), "{}", gate.reason);
        assert_eq!(gate.eta.is_some(), timed, "{:?} {}", gate.eta, gate.reason);
    }
}

#[test]
fn a_drop_after_hours_of_health_fails_and_stays_failed() {
    let mut scene = Scene::quiet(1440);
    scene.uploads(1440, 60, 100, 0);
    scene.uploads(60, 30, 97, 3);
    scene.uploads(30, 0, 100, 0);
    let a = scene.judge();
    let gate = gate_of(&a, "success");
    // 99.94 % over the whole stage is far above the SLO, and the cumulative test alone would pass it.
    assert!(gate.evidence["rate"] > 0.999 && gate.evidence["ln_e_pass"] > gate.evidence["ln_e_needed"], "{gate:?}");
    assert_eq!(gate.verdict, Verdict::Fail, "{}", gate.reason);
    assert!(gate.reason.contains("from 2026-03-01 11:00 UTC to 2026-03-01 11:"), "{}", gate.reason);
    assert!(gate.reason.contains("(3.00 %)"), "{}", gate.reason);
    assert_eq!(a.call, Call::NoGo);
    let trigger = a.triggers.iter().find(|trigger| trigger.state == TriggerState::Tripped).expect("one trips");
    assert_eq!(trigger.brief, "3.00 of 0.50 %");
}

#[test]
fn a_rate_that_was_shown_below_its_slo_stays_failed_until_somebody_resolves_it() {
    // 6 h, of which the first hour fails in 1 of 100: enough to be shown, and diluted by what comes after.
    let mut scene = Scene::quiet(360);
    scene.uploads(360, 300, 99, 1);
    scene.uploads(300, 0, 1000, 0);
    let a = scene.judge();
    let gate = gate_of(&a, "success");
    assert!(gate.evidence["ln_e_fail"] < gate.evidence["ln_e_needed"], "the present counts do not show it: {gate:?}");
    assert_eq!(gate.verdict, Verdict::Fail, "{}", gate.reason);
    let failed_at = gate.failed_at.expect("when it failed");
    assert!(ago(350) < failed_at && failed_at < ago(300), "{failed_at}");
    assert!(gate.reason.contains(" failed (1.00 %); 99.50 % is wanted"), "{}", gate.reason);
    assert_eq!(a.call, Call::NoGo);

    // Neither another candidate nor another runbook clears it.
    scene.rebase(ago(200));
    let a = scene.judge();
    assert_eq!((gate_of(&a, "success").verdict, gate_of(&a, "success").failed_at), (Verdict::Fail, Some(failed_at)));
    // The resolution of something else does not, nor does one from before it failed.
    scene.resolve_gate("internal", "success", ago(100));
    scene.resolve_gate("limited", "success", ago(358));
    assert_eq!(gate_of(&scene.judge(), "success").verdict, Verdict::Fail);
    // Its own does, and evidence begins with it.
    scene.resolve_gate("limited", "success", ago(100));
    let a = scene.judge();
    let gate = gate_of(&a, "success");
    assert_eq!((gate.verdict, gate.failed_at, gate.since), (Verdict::Pass, None, Some(ago(100))), "{}", gate.reason);
    assert_eq!(gate.evidence["attempts"], 99.0 * 1000.0);
    // The trigger on the same rate has a resolution of its own.
    assert_eq!(trigger_of(&a, "rate").state, TriggerState::Tripped);
    scene.resolve_trigger("rate", ago(90));
    assert_eq!(trigger_of(&scene.judge(), "rate").state, TriggerState::Armed);
}

#[test]
fn evidence_begins_again_at_each_change_of_what_it_is_about() {
    type Change = fn(&mut Scene);
    let cases: [(&str, Change, i64, Option<&str>); 6] = [
        ("nothing", |_| {}, 360, None),
        ("candidate", |s| s.rebase(ago(50)), 50, Some("the candidate or the runbook changed")),
        ("flag", |s| s.flag_found("v9", ago(40)), 40, Some("the flag was changed elsewhere")),
        (
            "both, the later counts",
            |s| {
                s.flag_found("v9", ago(40));
                s.rebase(ago(50));
            },
            40,
            Some("the flag was changed elsewhere"),
        ),
        ("before the stage", |s| s.rebase(ago(500)), 360, None),
        (
            "what is not on record yet",
            |s| s.candidate = Some("another".to_owned()),
            0,
            Some("the candidate or the runbook changed"),
        ),
    ];
    for (name, change, minutes, why) in cases {
        let mut scene = Scene::healthy();
        scene.rebase(ago(600));
        change(&mut scene);
        let a = scene.judge();
        let from = if minutes == 0 { now() } else { ago(minutes) };
        assert_eq!((a.stage.evidence_from, a.stage.restarted.as_deref()), (from, why), "{name}");
        let gate = gate_of(&a, "success");
        assert_eq!(gate.since, Some(from), "{name}");
        // Of the minutes since then, the one in which it changed and the one that still fills do not count.
        let complete = (minutes - 1).max(0);
        assert_eq!(gate.evidence["buckets"], complete as f64, "{name}");
        assert_eq!(gate.verdict == Verdict::Pass, minutes > 60, "{name}: {}", gate.reason);
        let observed = gate_of(&a, "observed");
        assert_eq!(observed.evidence["observed_s"], minutes as f64 * 60.0, "{name}");
        // Events that must not happen count since the stage was entered, whatever changed.
        scene.add("path", &["legacy"], ago(300), 1);
        assert_eq!(gate_of(&scene.judge(), "fallback").verdict, Verdict::Fail, "{name}");
    }
}

#[test]
fn a_stage_that_a_clock_entered_in_1970_is_looked_at_for_no_more_than_is_asked_of_telemetry() {
    let mut scene = Scene::healthy();
    scene.history.visits[1].entered_at = chrono::DateTime::UNIX_EPOCH;
    let a = scene.judge();
    let internal = a.rates.iter().find(|rate| rate.scope == "stage:internal").expect("the stage's rate");
    // The first whole minute of the last thirty days.
    assert_eq!(internal.from, now() - TimeDelta::days(30) + TimeDelta::seconds(30));
}

#[test]
fn a_candidate_that_is_not_on_record_holds_and_says_so() {
    let mut scene = Scene::healthy();
    scene.rebase(ago(600));
    scene.candidate = Some("another".to_owned());
    let a = scene.judge();
    assert_eq!((a.call, a.advance.allowed), (Call::Hold, false));
    assert!(
        a.advance
            .blockers
            .iter()
            .any(|why| why.starts_with("the candidate here is another, the one on record is 018e611")),
        "{:#?}",
        a.advance.blockers
    );
    scene.candidate = Some("018e611".to_owned());
    scene.runbook.digest = "e".repeat(64);
    let a = scene.judge();
    assert!(a.advance.blockers.iter().any(|why| why.starts_with("this version of the runbook is not")));
}

#[test]
fn the_rollout_is_complete_after_a_whole_window_without_trouble_in_its_last_stage() {
    let mut scene = Scene::healthy();
    let measured = scene.runbook.stages[2].gates.clone();
    scene.runbook.stages[3].gates = measured;
    // In a stage before the last, what is resolved does not have the window begin again.
    scene.resolve("pull:regression", ago(30));
    let a = scene.judge();
    assert_eq!((a.call, a.complete, gate_of(&a, "observed").verdict), (Call::Go, false, Verdict::Pass));

    scene.enter("everyone", 241);
    let a = scene.judge();
    assert_eq!((a.call, a.complete, a.advance.allowed), (Call::Hold, false, false));
    scene.history.resolutions.clear();
    let a = scene.judge();
    assert_eq!((a.call, a.complete, a.rollback.allowed), (Call::Go, true, true), "{:?}", a.advance.blockers);
    assert_eq!(a.headline, "the rollout is complete: every gate of its last stage passes");
    scene.resolve("pull:regression", ago(60));
    let a = scene.judge();
    let gate = gate_of(&a, "observed");
    assert_eq!((gate.verdict, gate.eta), (Verdict::Pending, Some(TimeDelta::hours(3))), "{}", gate.reason);
    assert_eq!((a.call, a.complete), (Call::Hold, false));
    // And an open one keeps it from completing.
    scene.history.resolutions.clear();
    scene.add("guardrail", &["pull", "regression"], ago(10), 1);
    assert_eq!((scene.judge().call, scene.judge().complete), (Call::NoGo, false));
}

#[test]
fn a_pending_rate_says_what_is_missing_and_when_it_can_be_there() {
    let mut scene = Scene::quiet(100);
    scene.uploads(100, 0, 5, 0);
    let a = scene.judge();
    let gate = gate_of(&a, "success");
    // 99 complete minutes of 5: 820 - 495 are missing, at 5 a minute.
    assert_eq!(gate.reason, "100 % of 495 attempts succeeded; passes after 325 more without a failure, about 1 h 5 m");
    assert_eq!(gate.eta, Some(TimeDelta::minutes(65)));
    assert_eq!(gate.evidence["attempts_per_minute"], 5.0);

    let mut idle = Scene::quiet(100);
    idle.uploads(100, 40, 5, 0);
    let a = idle.judge();
    let gate = gate_of(&a, "success");
    assert_eq!(gate.eta, None);
    assert!(gate.reason.ends_with("without a failure; nothing was attempted in the last half hour"), "{}", gate.reason);
}

#[test]
fn the_minute_that_is_still_filling_is_no_evidence() {
    let mut scene = Scene::quiet(120);
    scene.uploads(120, 0, 100, 0);
    scene.add("upload", &["false", "attach"], now(), 5000);
    let a = scene.judge();
    assert_eq!(gate_of(&a, "success").verdict, Verdict::Pass);
    assert_eq!(gate_of(&a, "success").evidence["failures"], 0.0);
}

#[test]
fn failures_in_clumps_say_less_and_the_interval_says_so_too() {
    let mut scene = Scene::quiet(120);
    scene.uploads(120, 0, 100, 0);
    scene.add("upload", &["false", "attach"], ago(60), 130);
    let a = scene.judge();
    let gate = gate_of(&a, "success");
    let rate = a.rates.iter().find(|rate| rate.scope == "stage:limited").expect("the stage's rate");
    assert!(gate.evidence["phi"] > 50.0);
    assert_eq!(gate.verdict, Verdict::Pending, "{}", gate.reason);
    assert!(rate.low < 0.995 && 0.995 < rate.high, "the interval agrees: {} to {}", rate.low, rate.high);
    assert_eq!((rate.attempts, rate.successes), (119 * 100 + 130, 119 * 100), "counts are shown as they are");
}

#[test]
fn a_fail_stands_when_telemetry_falls_silent_and_not_when_counts_are_in_doubt() {
    type Change = fn(&mut Scene);
    let cases: [(&str, Change, Verdict); 7] = [
        ("silent", |s| s.reading("upload").newest = Some(ago(20)), Verdict::Fail),
        ("down", |s| s.source.failures = 2, Verdict::Fail),
        ("gaps", |s| s.reading("upload").gaps = vec![(ago(60), ago(30))], Verdict::Fail),
        ("not covered", |s| s.reading("upload").covered_from = ago(200), Verdict::Fail),
        (
            "partial",
            |s| s.reading("upload").health = Health::Partial("a store is missing".to_owned()),
            Verdict::Unknown,
        ),
        ("skew", |s| s.skew = Some(TimeDelta::minutes(-9)), Verdict::Unknown),
        ("contradiction", |s| s.runbook.rates[0].outcome = Outcome::Successes(select("path", &[])), Verdict::Unknown),
    ];
    for (name, change, want) in cases {
        let mut scene = Scene::healthy();
        scene.uploads(300, 30, 0, 10);
        scene.add("path", &["secure"], ago(100), 1_000_000);
        assert_eq!(gate_of(&scene.judge(), "success").verdict, Verdict::Fail, "before: {name}");
        change(&mut scene);
        let a = scene.judge();
        assert_eq!(gate_of(&a, "success").verdict, want, "{name}: {}", gate_of(&a, "success").reason);
        let tripped = trigger_of(&a, "rate").state == TriggerState::Tripped;
        assert_eq!(tripped, want == Verdict::Fail, "the trigger agrees with the gate: {name}");
    }
}

// ---- blindness -----------------------------------------------------------------------------------------------------

#[test]
fn each_cause_of_blindness_makes_unknown_and_says_so() {
    type Change = fn(&mut Scene);
    let cases: [(&str, Change); 16] = [
        ("no telemetry yet", |s| s.polled = false),
        ("refused the connection", |s| {
            s.polled = false;
            s.source.error = Some(fault());
        }),
        ("does not report `upload`", |s| drop(s.readings.remove("upload"))),
        ("no new data for 4 m 30 s (limit 2 m)", |s| {
            s.reading("upload").newest = Some(now() - TimeDelta::seconds(270))
        }),
        ("no new data for 4 m (limit 3 m)", |s| {
            s.reading("upload").step = TimeDelta::minutes(1);
            s.reading("upload").newest = Some(now() - TimeDelta::seconds(240));
        }),
        ("2 polls failed in a row: prometheus at 127.0.0.1:9090 refused the connection", |s| {
            s.source.failures = 2;
            s.source.error = Some(fault());
        }),
        ("refused the connection", |s| {
            s.reading("upload").health = Health::Failed(fault());
            s.reading("upload").newest = Some(ago(5));
        }),
        // Nothing of it can begin late if it never answered: what it said instead is the reason.
        ("nothing was ever seen of it: prometheus at 127.0.0.1:9090 refused the connection", |s| {
            let reading = s.reading("upload");
            reading.health = Health::Failed(fault());
            (reading.newest, reading.covered_from) = (None, now());
        }),
        ("a partial answer: one shard", |s| s.reading("upload").health = Health::Partial("one\u{1b} shard".to_owned())),
        ("the source has never heard of it", |s| s.reading("upload").health = Health::Absent),
        ("does not say how to read `upload` from prometheus", |s| s.reading("upload").health = Health::Unreadable),
        ("nothing was ever seen of it", |s| s.reading("upload").newest = None),
        ("of the window is missing (limit 5.00 %)", |s| {
            s.reading("upload").gaps = vec![(ago(300), ago(290)), (ago(100), ago(90))];
        }),
        ("telemetry begins 59 m after", |s| s.reading("upload").covered_from = ago(300) - TimeDelta::seconds(30)),
        ("the source's clock is 3 m ahead of gonogo's", |s| s.skew = Some(TimeDelta::minutes(3))),
        ("in the future", |s| s.reading("upload").newest = Some(now() + TimeDelta::minutes(10))),
    ];
    for (says, change) in cases {
        let mut scene = Scene::healthy();
        change(&mut scene);
        let a = scene.judge();
        // All of them rest on `upload`: the rate itself, the exposure, or the heartbeat of a quiet detector.
        for key in ["observed", "success", "fallback"] {
            let gate = gate_of(&a, key);
            assert_eq!(gate.verdict, Verdict::Unknown, "{key} at {says}: {}", gate.reason);
            assert!(gate.reason.contains(says), "{key}: {} lacks {says}", gate.reason);
        }
        assert_eq!((a.call, a.exit_code(), a.advance.allowed), (Call::Hold, 5, false), "{says}: {}", a.headline);
        assert!(a.rollback.allowed, "{says}");
    }
}

#[test]
fn a_past_that_cannot_be_read_holds_although_every_gate_passes() {
    let mut scene = Scene::healthy();
    scene.history.blind = Some("the audit log x could not be read".to_owned());
    let a = scene.judge();
    assert!(a.gates.iter().all(|gate| gate.verdict == Verdict::Pass));
    assert_eq!((a.call, a.exit_code(), a.advance.allowed, a.rollback.allowed), (Call::Hold, 5, false, true));
    assert_eq!(a.advance.blockers, ["what happened before is not known: the audit log x could not be read"]);
}

#[test]
fn what_is_within_its_limit_is_seen() {
    type Change = fn(&mut Scene);
    let cases: [(&str, Change); 7] = [
        ("a poll that failed once", |s| {
            s.source.failures = 1;
            s.reading("upload").health = Health::Failed(fault());
        }),
        ("data of two minutes ago", |s| s.reading("upload").newest = Some(ago(2))),
        ("a slow source", |s| {
            s.reading("upload").step = TimeDelta::minutes(1);
            s.reading("upload").newest = Some(ago(3));
        }),
        ("a short gap", |s| s.reading("upload").gaps = vec![(ago(300), ago(285))]),
        ("a gap of the stage before", |s| s.reading("upload").gaps = vec![(ago(900), ago(400))]),
        ("covered a minute late", |s| s.reading("upload").covered_from = ago(STAGE_MINUTES) + TimeDelta::seconds(50)),
        ("a clock that is a little off", |s| s.skew = Some(TimeDelta::seconds(-100))),
    ];
    for (name, change) in cases {
        let mut scene = Scene::healthy();
        change(&mut scene);
        let a = scene.judge();
        assert_eq!(gate_of(&a, "success").verdict, Verdict::Pass, "{name}: {}", gate_of(&a, "success").reason);
    }
}

#[test]
fn a_detector_with_nothing_to_report_is_as_alive_as_its_heartbeat() {
    type Change = fn(&mut Scene);
    let cases: [(&str, Change, Verdict); 6] = [
        ("old, heartbeat fresh", |s| s.reading("path").newest = Some(ago(200)), Verdict::Pass),
        ("absent, heartbeat fresh", |s| s.reading("path").health = Health::Absent, Verdict::Pass),
        (
            "absent, heartbeat absent",
            |s| {
                s.reading("path").health = Health::Absent;
                s.reading("upload").health = Health::Absent;
            },
            Verdict::Unknown,
        ),
        (
            "absent, no heartbeat",
            |s| {
                s.reading("path").health = Health::Absent;
                s.runbook.signals[1].heartbeat = None;
            },
            Verdict::Unknown,
        ),
        (
            "absent, heartbeat patchy",
            |s| {
                s.reading("path").health = Health::Absent;
                s.reading("upload").gaps = vec![(ago(300), ago(200))];
            },
            Verdict::Unknown,
        ),
        (
            "failed: it may have missed what it is there to see",
            |s| {
                s.reading("path").health = Health::Failed(fault());
                s.reading("path").newest = Some(ago(10));
            },
            Verdict::Unknown,
        ),
    ];
    for (name, change, want) in cases {
        let mut scene = Scene::healthy();
        change(&mut scene);
        let a = scene.judge();
        assert_eq!(gate_of(&a, "fallback").verdict, want, "{name}: {}", gate_of(&a, "fallback").reason);
    }
}

// ---- the other kinds of gate ---------------------------------------------------------------------------------------

#[test]
fn zero_tolerance_needs_exposure_and_no_event() {
    for (minutes, a_minute, verdict, says) in [
        (60, 100, Verdict::Pass, "none in 5,900; its rate is below 0.05 %"),
        (30, 100, Verdict::Pending, "none in 2,900 so far; 95 more to rule out 0.10 %, about 57 s"),
        (30, 0, Verdict::Pending, "nothing it could have happened to"),
    ] {
        let mut scene = Scene::quiet(minutes);
        scene.uploads(minutes, 0, a_minute, 0);
        let a = scene.judge();
        let gate = gate_of(&a, "fallback");
        assert_eq!(gate.verdict, verdict, "{}", gate.reason);
        assert!(gate.reason.contains(says), "{}", gate.reason);
    }
}

#[test]
fn one_event_fails_zero_tolerance_at_once_and_blind_or_not() {
    for (at, want) in [
        (now(), Verdict::Fail),
        (ago(30), Verdict::Fail),
        (ago(STAGE_MINUTES) + TimeDelta::seconds(5), Verdict::Fail),
        (ago(STAGE_MINUTES) - TimeDelta::seconds(5), Verdict::Pass),
        (ago(700), Verdict::Pass),
    ] {
        let mut scene = Scene::healthy();
        scene.add("path", &["legacy"], at, 1);
        let a = scene.judge();
        assert_eq!(gate_of(&a, "fallback").verdict, want, "at {at}: {}", gate_of(&a, "fallback").reason);
        if want == Verdict::Fail {
            assert!(gate_of(&a, "fallback").reason.starts_with("1 since 2026-03-01 06:00 UTC (legacy)"));
            scene.source.failures = 9;
            scene.reading("path").health = Health::Partial("cut off".to_owned());
            assert_eq!(gate_of(&scene.judge(), "fallback").verdict, Verdict::Fail, "blind, at {at}");
        }
    }
}

#[test]
fn only_declared_messages_may_be_seen() {
    type Change = fn(&mut Scene);
    let cases: [(&str, Change, Verdict, &str); 7] = [
        ("declared", |_| {}, Verdict::Pass, "36 failures, all with a declared message"),
        ("variant", |s| s.add("message", &["Upload failed (attach)"], ago(9), 2), Verdict::Pass, "38 failures"),
        (
            "stranger",
            |s| s.add("message", &["TypeError:\u{1b}[31m x is\nundefined"], now(), 3),
            Verdict::Fail,
            "not declared, seen 3 times: \"TypeError:[31m x is undefined\"",
        ),
        (
            "stranger while blind",
            |s| {
                s.add("message", &["Oops"], ago(9), 3);
                s.source.failures = 3;
            },
            Verdict::Fail,
            "\"Oops\"",
        ),
        ("stranger before the stage", |s| s.add("message", &["Oops"], ago(600), 3), Verdict::Pass, "36 failures"),
        ("no message", |s| s.add("message", &[""], ago(9), 4), Verdict::Unknown, "4 failures came without a message"),
        ("blind", |s| s.reading("message").health = Health::Unreadable, Verdict::Unknown, "cannot be seen"),
    ];
    for (name, change, want, says) in cases {
        let mut scene = Scene::healthy();
        change(&mut scene);
        let a = scene.judge();
        let gate = gate_of(&a, "messages");
        assert_eq!(gate.verdict, want, "{name}: {}", gate.reason);
        assert!(gate.reason.contains(says), "{name}: {}", gate.reason);
    }
}

#[test]
fn no_message_in_no_traffic_is_no_pass() {
    let mut scene = Scene::quiet(60);
    assert_eq!(gate_of(&scene.judge(), "messages").verdict, Verdict::Pending);
    scene.uploads(60, 0, 10, 0);
    assert_eq!(gate_of(&scene.judge(), "messages").verdict, Verdict::Pass);
}

#[test]
fn a_timer_alone_never_passes() {
    let mut scene = Scene::healthy();
    scene.enter("limited", 100);
    let a = scene.judge();
    let gate = gate_of(&a, "observed");
    assert_eq!((gate.verdict, gate.eta), (Verdict::Pending, Some(TimeDelta::minutes(140))));
    assert_eq!(gate.reason, "watched for 1 h 40 m of 4 h; 2 h 20 m to go");

    let a = Scene::quiet(300).judge();
    assert_eq!(gate_of(&a, "observed").verdict, Verdict::Pending, "nothing was attempted");

    let mut unmeasured = Scene::healthy();
    unmeasured.runbook.rates.clear();
    assert_eq!(gate_of(&unmeasured.judge(), "observed").verdict, Verdict::Unknown);
}

#[test]
fn what_nobody_recorded_is_pending_and_says_what_to_do() {
    let mut scene = Scene::healthy();
    scene.enter("everyone", 5);
    let a = scene.judge();
    for (key, reason) in [
        ("checks", "1 check to be made in production on 018e611, the first restart: gonogo check pass|fail|blocked"),
        ("word", "nobody has given their word on 018e611: gonogo attest word --evidence, that \"the logs are clean\""),
        ("owner", "nobody has signed for 018e611: gonogo sign-off --statement"),
    ] {
        let gate = gate_of(&a, key);
        assert_eq!((gate.verdict, gate.reason.as_str()), (Verdict::Pending, reason));
    }
    assert_eq!((a.call, a.exit_code()), (Call::Hold, 4));
    assert_eq!(a.advance.to, None);
    assert_eq!(a.advance.blockers[0], "this is the last stage");
}

// ---- guardrails ----------------------------------------------------------------------------------------------------

#[test]
fn a_violation_is_a_hard_stop_from_its_first_occurrence_until_it_is_resolved() {
    for (labels, signature, listed) in
        [(["pull", "regression"], "pull:regression", true), (["odd", "new"], "odd:new", false)]
    {
        let mut scene = Scene::healthy();
        // In the stage before, with no exposure gone to nobody since: it belongs to this run.
        scene.add("guardrail", &labels, ago(700), 1);
        let a = scene.judge();
        assert_eq!((a.call, a.hard_stops.len()), (Call::NoGo, 1));
        assert_eq!(a.headline, format!("guardrail {signature}: hard stop"));
        let row = &a.guardrails[0];
        assert_eq!((row.signature.as_str(), row.listed, row.hard_stop), (signature, listed, true));
        assert_eq!((row.counts.m15, row.counts.h1, row.counts.h24, row.counts.stage), (0, 0, 1, 0));
        assert!(!a.advance.allowed && a.rollback.allowed);

        scene.resolve(signature, ago(600));
        assert_eq!(scene.judge().call, Call::Go);
        scene.add("guardrail", &labels, now(), 1);
        let a = scene.judge();
        assert_eq!((a.call, a.hard_stops[0].count), (Call::NoGo, 1), "only what came after");
    }
}

#[test]
fn a_hard_stop_survives_a_rollback_and_falls_with_an_older_run() {
    let mut scene = Scene::healthy();
    scene.add("guardrail", &["pull", "regression"], ago(700), 1);
    scene.enter("dark", 10);
    assert_eq!(scene.judge().hard_stops.len(), 1, "rolled back, not resolved");

    // A run of long ago: left off at 1,000 minutes ago, the violation was before.
    let mut scene = Scene::healthy();
    scene.add("guardrail", &["pull", "regression"], ago(1500), 1);
    assert!(scene.judge().hard_stops.is_empty());
}

#[test]
fn guardrail_rows_count_their_windows_and_listed_ones_show_zeros() {
    let mut scene = Scene::healthy();
    for minutes in [0, 14, 15, 59, 100, 1439, 1440, 5000] {
        scene.add("guardrail", &["flush", "exhausted"], ago(minutes), 1);
    }
    let a = scene.judge();
    let row = &a.guardrails[0];
    assert_eq!((row.counts.m15, row.counts.h1, row.counts.h24, row.counts.stage), (2, 4, 6, 5));
    assert_eq!((row.first_seen, row.last_seen), (Some(ago(5000)), Some(now())));
    let never = &a.guardrails[1];
    assert_eq!(
        (never.signature.as_str(), never.counts, never.last_seen),
        ("pull:regression", Default::default(), None)
    );
}

#[test]
fn guardrails_that_cannot_be_seen_hold() {
    let mut scene = Scene::healthy();
    scene.reading("guardrail").health = Health::Partial("cut off".to_owned());
    let a = scene.judge();
    assert_eq!((a.call, a.exit_code()), (Call::Hold, 5));
    assert!(a.guardrails_blind.is_some());

    // The run began in the stage before: telemetry that begins with this stage does not show all of it.
    let mut scene = Scene::healthy();
    scene.reading("guardrail").covered_from = ago(STAGE_MINUTES);
    let a = scene.judge();
    assert!(a.guardrails_blind.is_some() && a.gates.iter().all(|gate| gate.verdict == Verdict::Pass));
    assert_eq!((a.call, a.exit_code(), a.advance.blockers.len()), (Call::Hold, 5, 1), "{}", a.headline);
}

#[test]
fn a_rollout_that_never_exposed_anybody_need_not_report() {
    let mut scene = Scene::healthy();
    scene.history.visits = vec![visit("dark", ago(300), None)];
    scene.flag.state = Some(flag_state(false, Exposure::off()));
    for reading in scene.readings.values_mut() {
        reading.tallies.clear();
        reading.health = Health::Absent;
        reading.newest = None;
    }
    let a = scene.judge();
    assert_eq!(a.guardrails_blind, None);
    assert!(a.triggers.iter().all(|trigger| trigger.state == TriggerState::Armed));

    // But the source must answer, and a run that was rolled back must not be forgotten with its series.
    scene.source.failures = 2;
    assert!(scene.judge().guardrails_blind.is_some());
    scene.source.failures = 0;
    scene.history.visits = vec![visit("internal", ago(600), Some(ago(300))), visit("dark", ago(300), None)];
    assert!(scene.judge().guardrails_blind.is_some());
}

// ---- triggers ------------------------------------------------------------------------------------------------------

#[test]
fn triggers_trip_latch_and_say_when_they_cannot_see() {
    type Change = fn(&mut Scene);
    let cases: [(&str, &str, Change, TriggerState, &str); 9] = [
        ("rate", "failing", |s| s.uploads(300, 30, 0, 10), TriggerState::Tripped, ""),
        ("rate", "blind", |s| s.reading("upload").health = Health::Absent, TriggerState::Unknown, ""),
        ("repeated", "once", |s| s.add("guardrail", &["a", "b"], ago(5), 1), TriggerState::Armed, "1 of 2 in 15 m"),
        (
            "repeated",
            "other labels",
            |s| {
                s.add("guardrail", &["a", "b"], ago(5), 1);
                s.add("guardrail", &["a", "c"], ago(5), 1);
            },
            TriggerState::Armed,
            "1 of 2 in 15 m",
        ),
        (
            "repeated",
            "hours ago, in this stage: latched",
            |s| {
                s.add("guardrail", &["a", "b"], ago(310), 1);
                s.add("guardrail", &["a", "b"], ago(300), 1);
            },
            TriggerState::Tripped,
            "2 of 2 in 15 m",
        ),
        (
            "repeated",
            "far apart",
            |s| {
                s.add("guardrail", &["a", "b"], ago(310), 1);
                s.add("guardrail", &["a", "b"], ago(200), 1);
            },
            TriggerState::Armed,
            "1 of 2 in 15 m",
        ),
        (
            "repeated",
            "in the stage before",
            |s| s.add("guardrail", &["a", "b"], ago(500), 5),
            TriggerState::Armed,
            "0 of 2 in 15 m",
        ),
        ("mismatch", "any", |s| s.add("mismatch", &["/register"], now(), 1), TriggerState::Tripped, "1"),
        ("mismatch", "absent", |s| s.reading("mismatch").health = Health::Absent, TriggerState::Unknown, "0"),
    ];
    for (key, name, change, want, brief) in cases {
        let mut scene = Scene::healthy();
        change(&mut scene);
        let a = scene.judge();
        let trigger = trigger_of(&a, key);
        assert_eq!(trigger.state, want, "{key}, {name}: {}", trigger.reason);
        assert!(brief.is_empty() || trigger.brief == brief, "{key}, {name}: {}", trigger.brief);
        match want {
            TriggerState::Tripped => assert_eq!((a.call, a.triggers[0].key.as_str()), (Call::NoGo, key), "{name}"),
            TriggerState::Unknown => assert_eq!((a.call, a.exit_code()), (Call::Hold, 5), "{name}"),
            TriggerState::Armed => {}
        }
    }
}

#[test]
fn a_trip_is_seen_even_where_the_rest_is_blind() {
    let mut scene = Scene::healthy();
    scene.add("mismatch", &["/register"], ago(3), 1);
    scene.source.failures = 5;
    let a = scene.judge();
    assert_eq!(trigger_of(&a, "mismatch").state, TriggerState::Tripped);
    assert_eq!(a.call, Call::NoGo);
}

#[test]
fn nothing_calls_for_a_rollback_of_nothing() {
    let mut scene = Scene::healthy();
    scene.enter("dark", 60);
    scene.add("mismatch", &["/register"], ago(3), 4);
    let a = scene.judge();
    assert_eq!(
        (trigger_of(&a, "mismatch").state, trigger_of(&a, "mismatch").brief.as_str()),
        (TriggerState::Armed, "4")
    );

    // A source that does not answer is not a fleet that has nothing to report.
    scene.source.failures = 2;
    assert_eq!(trigger_of(&scene.judge(), "rate").state, TriggerState::Unknown);
    scene.source.failures = 0;

    // Unless somebody has it all the same.
    scene.flag.state = Some(flag_state(true, Exposure::everyone()));
    assert_eq!(trigger_of(&scene.judge(), "mismatch").state, TriggerState::Tripped);
}

// ---- the flag ------------------------------------------------------------------------------------------------------

#[test]
fn a_flag_that_is_not_what_the_stage_says_is_drift() {
    type Change = fn(&mut FlagReading);
    let cases: [(&str, Change); 4] = [
        ("serves everyone, the stage says internal + 5 %", |f| f.state = Some(flag_state(true, Exposure::everyone()))),
        ("is switched off, the stage says internal + 5 %", |f| f.state.as_mut().expect("read").enabled = false),
        ("serves 5 %, the stage says internal + 5 %", |f| {
            f.state.as_mut().expect("read").configured = exposure(&[], 5)
        }),
        ("other rules decide too (all users 100 %), the stage says internal + 5 %", |f| {
            f.state.as_mut().expect("read").foreign = vec!["all users\u{7} 100 %".to_owned()];
        }),
    ];
    for (drift, change) in cases {
        let mut scene = Scene::healthy();
        change(&mut scene.flag);
        let a = scene.judge();
        assert_eq!(a.flag.drift.as_deref(), Some(drift));
        assert_eq!((a.call, a.headline), (Call::NoGo, format!("flag {drift}")));
    }
    let mut off = Scene::healthy();
    off.enter("dark", 5);
    off.flag.state = Some(flag_state(false, exposure(&["internal"], 5)));
    assert_eq!(off.judge().flag.drift, None, "off is off, whatever waits behind the switch");
}

#[test]
fn a_flag_that_is_not_known_holds() {
    type Change = fn(&mut FlagReading);
    let cases: [(&str, Change); 3] = [
        ("the flag was never read", |f| *f = FlagReading::default()),
        ("the flag was last read 1 m 1 s ago: prometheus at", |f| {
            f.read_at = Some(now() - TimeDelta::seconds(61));
            f.fault = Some(fault());
        }),
        ("in the future", |f| f.read_at = Some(now() + TimeDelta::minutes(5))),
    ];
    for (says, change) in cases {
        let mut scene = Scene::healthy();
        change(&mut scene.flag);
        let a = scene.judge();
        assert!(a.flag.blind.as_deref().is_some_and(|blind| blind.contains(says)), "{:?}", a.flag.blind);
        assert_eq!((a.call, a.exit_code(), a.advance.allowed), (Call::Hold, 5, false));
        assert!(a.rollback.allowed);
    }
    let mut failing = Scene::healthy();
    failing.flag.fault = Some(fault());
    failing.flag.read_at = Some(now() - TimeDelta::seconds(30));
    assert_eq!(failing.judge().flag.blind, None, "one failed reading is not blind yet");
}

// ---- stage, rates, history -----------------------------------------------------------------------------------------

#[test]
fn without_a_history_the_stage_is_what_the_flag_serves() {
    let changed = Some(ago(90));
    for (enabled, configured, changed_at, stage, entered, drifts) in [
        (true, exposure(&["internal"], 5), changed, "limited", ago(90), false),
        (true, exposure(&["internal"], 5), None, "limited", now(), false),
        (true, exposure(&["internal"], 5), Some(now() + TimeDelta::hours(1)), "limited", now(), false),
        (false, Exposure::everyone(), changed, "dark", ago(90), false),
        (true, Exposure::everyone(), changed, "everyone", ago(90), false),
        (true, exposure(&[], 40), changed, "dark", ago(90), true),
    ] {
        let mut scene = Scene::healthy();
        scene.history = History::default();
        let mut state = flag_state(enabled, configured);
        state.changed_at = changed_at;
        scene.flag.state = Some(state);
        let a = scene.judge();
        assert_eq!((a.stage.key.as_str(), a.stage.entered_at, a.stage.inferred), (stage, Some(entered), true));
        assert_eq!(a.flag.drift.is_some(), drifts, "{:?}", a.flag.drift);
    }
}

#[test]
fn a_recorded_stage_that_the_runbook_lacks_is_drift() {
    let mut scene = Scene::healthy();
    scene.history.visits.push(visit("gone", ago(10), None));
    let a = scene.judge();
    assert_eq!(a.flag.drift.as_deref(), Some("the audit log says stage `gone`, which this runbook does not have"));
    assert_eq!(a.call, Call::NoGo);
}

#[test]
fn each_stage_has_the_rate_of_its_own_window() {
    let mut scene = Scene::healthy();
    scene.add("upload", &["false", "attach"], ago(700), 50);
    let a = scene.judge();
    let shown: Vec<_> = a.rates.iter().map(|rate| (rate.scope.as_str(), rate.kind, rate.attempts)).collect();
    // In whole minutes: the one in which a stage was entered or left belongs to neither.
    let (internal, limited) = (640 - 1, STAGE_MINUTES - 1);
    assert_eq!(
        shown,
        [
            ("stage:dark", RateScope::Rollout, 0),
            ("stage:internal", RateScope::Rollout, internal as u64 * 100 + 64 + 50),
            ("stage:limited", RateScope::Rollout, limited as u64 * 100 + 36),
            ("step", RateScope::Step, limited as u64 * 100 + 36),
        ]
    );
    assert_eq!(a.rates[1].attempts - a.rates[1].successes, 64 + 50);
    assert_eq!((a.rates[0].rate, a.rates[3].rate), (None, Some(1.0)));
    assert!(a.rates.iter().all(|rate| rate.blind.is_none()), "{:?}", a.rates);
    assert_eq!(a.chart.len(), limited as usize);
    assert_eq!(a.chart.last().map(|point| point.minute), Some(minute_of(now()) - 1));
}

#[test]
fn a_stage_that_is_over_keeps_its_rate_while_the_source_is_down() {
    let mut scene = Scene::healthy();
    scene.source.failures = 7;
    let a = scene.judge();
    let blind: Vec<_> = a.rates.iter().map(|rate| (rate.scope.as_str(), rate.blind.is_some())).collect();
    assert_eq!(blind, [("stage:dark", false), ("stage:internal", false), ("stage:limited", true), ("step", true)]);
}

#[test]
fn evidence_is_needed_from_where_the_rollout_was_first_watched() {
    let days = |n| now() - TimeDelta::days(n);
    for (first, want) in
        [(None, days(1)), (Some(ago(60)), days(1)), (Some(days(9)), days(9)), (Some(days(90)), days(30))]
    {
        let visits = first.map(|at| visit("dark", at, None)).into_iter().collect();
        assert_eq!(judge::evidence_since(&History { visits, ..History::default() }, now()), want, "{first:?}");
    }
}

#[test]
fn a_stage_may_last_longer_than_evidence_is_kept() {
    let mut scene = Scene::healthy();
    scene.enter("limited", 40 * 24 * 60);
    for reading in scene.readings.values_mut() {
        reading.covered_from = now() - TimeDelta::days(30);
    }
    let a = scene.judge();
    assert_eq!(a.call, Call::Go, "{}", a.headline);
}

// ---- the call ------------------------------------------------------------------------------------------------------

#[test]
fn the_worst_reason_comes_first_and_every_reason_is_there() {
    let mut scene = Scene::healthy();
    scene.history.unfinished = Some(Unfinished {
        id: "1".to_owned(),
        operator: "ann".to_owned(),
        host: "box".to_owned(),
        process: None,
        reason: "go".to_owned(),
        action: "advance".to_owned(),
        at: ago(3),
        target: Exposure::everyone(),
        stage: "everyone".to_owned(),
    });
    assert_eq!(scene.judge().call, Call::Hold);
    scene.enter("limited", 20);
    scene.add("path", &["legacy"], ago(3), 1);
    scene.add("mismatch", &["/register"], ago(3), 1);
    scene.add("guardrail", &["pull", "regression"], ago(3), 1);
    scene.flag.state = Some(flag_state(true, Exposure::everyone()));
    scene.flag.read_at = Some(ago(3));
    scene.reading("message").health = Health::Unreadable;
    let a = scene.judge();
    let starts = [
        "rollback trigger Trigger mismatch",
        "hard stop: guardrail pull:regression",
        "gate Gate fallback: 1 since",
        "drift: the flag serves everyone",
        "the end of the advance begun at",
        "the flag was last read",
        "gate Gate messages: cannot be seen",
        "gate Gate observed: watched for 20 m",
        "gate Gate success:",
    ];
    for (blocker, start) in a.advance.blockers.iter().zip(starts) {
        assert!(blocker.starts_with(start), "{blocker} does not start with {start}");
    }
    assert_eq!(a.advance.blockers.len(), starts.len(), "{:#?}", a.advance.blockers);
    assert_eq!(a.headline, "roll back: Trigger mismatch (1) · 8 more reasons");
}

#[test]
fn a_pending_headline_says_when() {
    let mut scene = Scene::healthy();
    scene.enter("limited", 150);
    let a = scene.judge();
    assert_eq!(a.headline, "1 gate pending · verdict in about 1 h 30 m");
    assert_eq!((a.call, a.exit_code()), (Call::Hold, 4));
}

#[test]
fn the_digest_changes_with_what_was_relied_on_and_with_nothing_else() {
    type Change = fn(&mut Scene);
    let base = Scene::healthy().judge().digest;
    assert_eq!(base.len(), 64);
    let same: [Change; 3] = [
        |s| s.uploads(20, 1, 7, 0),
        |s| s.flag.read_at = Some(now() - TimeDelta::seconds(20)),
        |s| s.reading("upload").newest = Some(ago(1)),
    ];
    for (i, change) in same.into_iter().enumerate() {
        let mut scene = Scene::healthy();
        change(&mut scene);
        assert_eq!(scene.judge().digest, base, "change {i} is no change");
    }
    let other: [Change; 8] = [
        |s| s.candidate = None,
        |s| s.runbook.digest = "e".repeat(64),
        |s| s.flag.state.as_mut().expect("read").version = "v2".to_owned(),
        |s| s.add("path", &["legacy"], ago(3), 1),
        |s| s.add("guardrail", &["a", "b"], ago(700), 1),
        |s| s.add("mismatch", &["/register"], ago(3), 1),
        |s| s.flag.state.as_mut().expect("read").foreign = vec!["x".to_owned()],
        |s| s.enter("everyone", 300),
    ];
    for (i, change) in other.into_iter().enumerate() {
        let mut scene = Scene::healthy();
        change(&mut scene);
        assert_ne!(scene.judge().digest, base, "change {i}");
    }
}

#[test]
fn damage_of_the_audit_log_is_shown() {
    let mut scene = Scene::healthy();
    scene.history.damage = Some("the last line is torn".to_owned());
    assert!(scene.judge().warnings[0].what.contains("the last line is torn"));
}

#[test]
fn nothing_from_outside_reaches_the_answer_raw() {
    const HOSTILE: &str = "a\u{1b}[2Jb\u{202e}c\nd";
    let mut scene = Scene::healthy();
    for key in ["upload", "path", "message", "guardrail", "mismatch"] {
        scene.add(key, &[HOSTILE, HOSTILE], now(), 3);
    }
    scene.add("path", &["legacy"], now(), 3);
    scene.reading("mismatch").health = Health::Partial(HOSTILE.to_owned());
    scene.reading("guardrail").query = HOSTILE.to_owned();
    scene.candidate = Some(HOSTILE.to_owned());
    scene.flag.fault = Some(fault());
    scene.flag.fault.as_mut().expect("a fault").what = HOSTILE.to_owned();
    scene.flag.read_at = None;
    let state = scene.flag.state.as_mut().expect("read");
    (state.version, state.foreign) = (HOSTILE.to_owned(), vec![HOSTILE.to_owned()]);
    state.configured.cohorts.insert(HOSTILE.to_owned());
    scene.history.damage = Some(HOSTILE.to_owned());
    let text = || HOSTILE.to_owned();
    scene.runbook.roles =
        vec![gonogo::runbook::Role { key: "owner".to_owned(), title: text(), duty: None, configured: Some(text()) }];
    scene.history.paused = Some(Paused { at: ago(9), operator: text(), reason: text() });
    scene.history.holds =
        vec![RaisedHold { at: ago(9), hold: text(), operator: text(), reason: text(), evidence: text() }];
    scene.history.polls = vec![PollRecord {
        poll: text(),
        at: ago(4),
        operator: text(),
        stage: "everyone".to_owned(),
        candidate: Some(text()),
        runbook: text(),
        roles: vec![PollRole { key: "owner".to_owned(), title: text() }],
        question: text(),
        votes: vec![Vote {
            at: ago(3),
            role: "owner".to_owned(),
            operator: text(),
            answer: PollAnswer::NoGo,
            reason: text(),
        }],
        decision: Some(Decision { at: ago(2), operator: text(), answer: PollAnswer::NoGo, reason: text() }),
        closings: Vec::new(),
    }];
    scene.runbook.deployed = Some(gonogo::runbook::Deployed { prometheus: None, events: None, required: true });
    scene.deployed = Some([(text(), 1), ("77aa00bbccdd".to_owned(), 2)].into());
    let approval = scene.judge().approval;
    scene.history.sign_offs = vec![SignOff {
        at: ago(1),
        stage: "everyone".to_owned(),
        candidate: Some(text()),
        runbook: scene.runbook.digest.clone(),
        operator: text(),
        statement: text(),
        approval: Some(approval),
        block: vec![(text(), text())],
    }];
    scene.history.visits.push(visit(HOSTILE, ago(10), None));
    for stage in ["", "everyone"] {
        if !stage.is_empty() {
            scene.history.visits.push(visit(stage, ago(5), None));
        }
        let text = format!("{:?}", scene.judge());
        for raw in ["\\u{1b}", "\\u{202e}", "c\\nd"] {
            assert!(!text.contains(raw), "{raw} in {text}");
        }
    }
}

// ---- properties ----------------------------------------------------------------------------------------------------

/// Any health that makes a signal unseen.
fn unseen() -> impl Strategy<Value = Health> {
    prop_oneof![
        Just(Health::Unreadable),
        Just(Health::Partial("x".to_owned())),
        Just(Health::Failed(fault())),
        Just(Health::Absent),
    ]
}

fn finite(scene: &Scene) -> Result<(), TestCaseError> {
    let a = scene.judge();
    for gate in &a.gates {
        for (name, value) in &gate.evidence {
            prop_assert!(value.is_finite(), "{} {name}", gate.key);
        }
    }
    for rate in &a.rates {
        for value in [rate.low, rate.high, rate.slo, rate.rate.unwrap_or(0.0)] {
            prop_assert!((0.0..=1.0).contains(&value), "{} {value}", rate.key);
        }
    }
    let text = format!("{a:?}");
    prop_assert!(!text.contains("NaN") && !text.contains("inf,") && !text.contains("inf)"), "{text}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_not_seen_never_passes(health in unseen(), failures in 0_u64..50, minutes in 1_i64..600) {
        let mut scene = Scene::quiet(minutes);
        scene.uploads(minutes, 0, 100, failures);
        for reading in scene.readings.values_mut() {
            reading.health = health.clone();
            reading.newest = Some(ago(30));
        }
        let a = scene.judge();
        for gate in &a.gates {
            prop_assert!(gate.verdict != Verdict::Pass, "{}: {}", gate.key, gate.reason);
        }
        prop_assert!(a.call != Call::Go);
        prop_assert!(!a.advance.allowed && a.rollback.allowed);
        finite(&scene)?;
    }

    #[test]
    fn one_unseen_signal_is_enough_to_hold(
        health in unseen(), key in prop_oneof![Just("upload"), Just("mismatch")],
    ) {
        let mut scene = Scene::healthy();
        scene.reading(key).health = health;
        scene.reading(key).newest = Some(ago(30));
        prop_assert!(scene.judge().call == Call::Hold);
    }

    #[test]
    fn more_failures_never_turn_fail_into_pass(
        minutes in 1_i64..400, good in 0_u64..200, bad in 0_u64..20, more in 0_u64..200, at in 0_i64..400,
    ) {
        let mut scene = Scene::quiet(minutes);
        scene.uploads(minutes, 0, good, bad);
        let before = gate_of(&scene.judge(), "success").verdict;
        // Evenly more: a single burst may rightly turn a Fail into Pending, as over-dispersion.
        let mut evenly = scene.clone();
        evenly.uploads(minutes, 0, 0, more);
        let after = gate_of(&evenly.judge(), "success").verdict;
        prop_assert!(!(before == Verdict::Fail && after == Verdict::Pass), "{before:?} {after:?}");
        prop_assert!(!(before != Verdict::Pass && after == Verdict::Pass), "{before:?} {after:?}");
        scene.add("upload", &["false", "attach"], ago(at.min(minutes - 1)), more);
        let burst = gate_of(&scene.judge(), "success").verdict;
        prop_assert!(!(before == Verdict::Fail && burst == Verdict::Pass), "{before:?} {burst:?}");
    }

    #[test]
    fn nothing_that_is_no_number_reaches_the_answer(
        minutes in 0_i64..3000, good in 0_u64..1_000_000, bad in 0_u64..1_000_000, slo in 0.0001_f64..0.9999,
        tolerated in 1e-9_f64..0.9, step in -100_i64..100_000, skew in -1000_i64..1000,
    ) {
        let mut scene = Scene::quiet(minutes);
        scene.uploads(minutes.min(90), 0, good, bad);
        scene.runbook.rates[0].slo = slo;
        if let gonogo::runbook::Condition::ZeroTolerance { tolerated: t, .. } = &mut scene.runbook.stages[2].gates[2].condition {
            *t = tolerated;
        }
        scene.reading("upload").step = TimeDelta::seconds(step);
        scene.skew = Some(TimeDelta::seconds(skew));
        finite(&scene)?;
    }

    #[test]
    fn the_order_of_arrival_does_not_matter(mut minutes in proptest::collection::vec(0_i64..300, 1..60)) {
        let judged = |minutes: &[i64]| {
            let mut scene = Scene::quiet(350);
            for &minute in minutes {
                scene.add("upload", &["false", "attach"], ago(minute), 1);
                scene.add("guardrail", &["a", "b"], ago(minute), 1);
            }
            scene.judge()
        };
        let forward = judged(&minutes);
        minutes.reverse();
        prop_assert_eq!(&forward, &judged(&minutes));
        minutes.sort_unstable();
        prop_assert_eq!(&forward, &judged(&minutes));
    }
}
