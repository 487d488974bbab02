//! What holds of the judge whatever comes in: blindness, more failures, order of arrival, numbers without end.

#[path = "support/scene.rs"]
mod scene;

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    judge::{Assessment, Verdict},
    report::Status,
    runbook::{Condition, Outcome},
    snapshot::Health,
};
use proptest::prelude::*;
use scene::*;

// ---- blindness -----------------------------------------------------------------------------------------------------

/// A way not to see a signal.
#[derive(Debug, Clone)]
enum Blindness {
    /// Telemetry never arrived.
    NoTelemetry,
    /// The source does not tell of this signal.
    Unreported,
    /// The runbook does not say how to read it.
    Unreadable,
    /// The source says that its answer is incomplete.
    Partial,
    /// The last so many polls failed.
    Down(u32),
    /// Reading it fails, for so many minutes by now.
    Failing(i64),
    /// The source never heard of it, nor of what proves that it has nothing to tell.
    Absent,
    /// Nothing new came for so many seconds.
    Quiet(i64),
    /// Nothing was ever seen.
    NeverSeen,
    /// The source's clock is off by so many seconds.
    Skewed(i64),
    /// The newest data is so many seconds ahead.
    Ahead(i64),
    /// Telemetry begins so many minutes after the stage.
    Late(i64),
    /// From so many minutes ago on, for so many minutes, nothing was recorded.
    Gap(i64, i64),
}

fn blindness() -> impl Strategy<Value = Blindness> {
    prop_oneof![
        Just(Blindness::NoTelemetry),
        Just(Blindness::Unreported),
        Just(Blindness::Unreadable),
        Just(Blindness::Partial),
        (2_u32..1000).prop_map(Blindness::Down),
        (3_i64..5000).prop_map(Blindness::Failing),
        Just(Blindness::Absent),
        (121_i64..1_000_000).prop_map(Blindness::Quiet),
        Just(Blindness::NeverSeen),
        prop_oneof![121_i64..1_000_000, -1_000_000_i64..-120].prop_map(Blindness::Skewed),
        (121_i64..1_000_000).prop_map(Blindness::Ahead),
        (2_i64..STAGE_MINUTES).prop_map(Blindness::Late),
        // Over 5 % of the stage, and all of it within.
        (20_i64..STAGE_MINUTES, 20_i64..STAGE_MINUTES)
            .prop_map(|(ago, lasting)| Blindness::Gap(ago.max(lasting), lasting)),
    ]
}

/// Applies it to a signal. What says that nothing was heard is put right by a heartbeat that is heard: then that goes
/// silent as well.
fn blind(scene: &mut Scene, signal: &str, blindness: &Blindness) {
    let heartbeat = scene.runbook.signal(signal).and_then(|signal| signal.heartbeat.clone());
    let silent = |scene: &mut Scene, change: &dyn Fn(&mut gonogo::snapshot::Reading)| {
        change(scene.reading(signal));
        heartbeat.iter().for_each(|heartbeat| change(scene.reading(heartbeat)));
    };
    match *blindness {
        Blindness::NoTelemetry => scene.polled = false,
        Blindness::Unreported => drop(scene.readings.remove(signal)),
        Blindness::Unreadable => scene.reading(signal).health = Health::Unreadable,
        Blindness::Partial => scene.reading(signal).health = Health::Partial("a shard is missing".to_owned()),
        Blindness::Down(failures) => scene.source.failures = failures,
        Blindness::Failing(minutes) => {
            scene.reading(signal).health = Health::Failed(fault());
            scene.reading(signal).newest = Some(ago(minutes));
        }
        Blindness::Absent => silent(scene, &|reading| reading.health = Health::Absent),
        Blindness::Quiet(seconds) => {
            silent(scene, &|reading| reading.newest = Some(now() - TimeDelta::seconds(seconds)))
        }
        Blindness::NeverSeen => silent(scene, &|reading| reading.newest = None),
        Blindness::Skewed(seconds) => scene.skew = Some(TimeDelta::seconds(seconds)),
        Blindness::Ahead(seconds) => scene.reading(signal).newest = Some(now() + TimeDelta::seconds(seconds)),
        Blindness::Late(minutes) => scene.reading(signal).covered_from = ago(STAGE_MINUTES - minutes),
        Blindness::Gap(from, minutes) => scene.reading(signal).gaps = vec![(ago(from), ago(from - minutes))],
    }
}

/// The signals that each gate of the scene rests on.
const RESTS_ON: [(&str, &[&str]); 4] = [
    ("observed", &["upload"]),
    ("success", &["upload"]),
    ("fallback", &["path", "upload"]),
    ("messages", &["message"]),
];

// ---- numbers -------------------------------------------------------------------------------------------------------

/// Counts of every size, the largest among them.
fn any_count() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), 0_u64..100, Just(u64::MAX), any::<u64>(), (0_u32..64).prop_map(|bits| 1 << bits)]
}

/// Seconds from now, backwards and forwards, near and far.
fn any_time() -> impl Strategy<Value = i64> {
    prop_oneof![-120_i64..120, -30_000_i64..30_000, -100_000_000_i64..100_000_000]
}

fn at(seconds: i64) -> DateTime<Utc> {
    now() + TimeDelta::seconds(seconds)
}

/// The words of a text: a number that is none shows up as one of its own.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
}

fn numbers_are_numbers(scene: &Scene) -> Result<Assessment, TestCaseError> {
    let assessment = scene.judge();
    let status = Status::new(&scene.runbook, "production", scene.candidate.as_deref(), &assessment);
    for text in [format!("{assessment:?}"), format!("{status:?}")] {
        let strange = words(&text).find(|word| ["NaN", "inf"].contains(word));
        prop_assert!(strange.is_none(), "{strange:?} in {text}");
    }
    for rate in &assessment.rates {
        for share in [rate.low, rate.high, rate.slo, rate.rate.unwrap_or(0.0)] {
            prop_assert!((0.0..=1.0).contains(&share), "{}: {share}", rate.key);
        }
    }
    Ok(assessment)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Each gate of a healthy rollout passes, until one signal that it rests on is not seen.
    #[test]
    fn a_gate_passes_on_nothing_that_is_not_seen(how in blindness()) {
        for (key, signals) in RESTS_ON {
            for signal in signals {
                let mut scene = Scene::healthy();
                prop_assert!(gate_of(&scene.judge(), key).verdict == Verdict::Pass);
                blind(&mut scene, signal, &how);
                let assessment = numbers_are_numbers(&scene)?;
                let gate = gate_of(&assessment, key);
                prop_assert!(gate.verdict == Verdict::Unknown, "{key} without {signal}: {} {}", gate.verdict.word(), gate.reason);
            }
        }
    }

    /// Failures of any kind, at any minutes of the stage, on top of a stage that failed already.
    #[test]
    fn a_gate_that_fails_does_not_pass_for_more_failures(
        bad in 1_u64..20,
        strangers in proptest::collection::vec((0_usize..3, 0_i64..STAGE_MINUTES), 1..6),
        more in proptest::collection::vec((0_usize..3, 0_i64..STAGE_MINUTES, 1_u64..500), 1..20),
    ) {
        let fail = |scene: &mut Scene, kind: usize, minute: i64, n: u64| match kind {
            0 => scene.add("upload", &["false", "attach"], ago(minute), n),
            1 => scene.add("path", &["legacy"], ago(minute), n),
            _ => scene.add("message", &["Nobody declared this"], ago(minute), n),
        };
        let mut scene = Scene::quiet(STAGE_MINUTES);
        scene.uploads(STAGE_MINUTES, 0, 100, bad);
        for (kind, minute) in strangers {
            fail(&mut scene, kind, minute, 1);
        }
        let before = scene.judge();
        for (kind, minute, n) in more {
            fail(&mut scene, kind, minute, n);
        }
        let after = scene.judge();
        prop_assert!(before.gates.iter().any(|gate| gate.verdict == Verdict::Fail));
        for (before, after) in before.gates.iter().zip(&after.gates).filter(|(before, _)| before.verdict == Verdict::Fail) {
            // Failures that come in clumps say less than as many that do not, so a rate may become pending.
            let stays = before.kind != "success_rate";
            prop_assert!(after.verdict != Verdict::Pass, "{}: {}", after.key, after.reason);
            prop_assert!(!stays || after.verdict == Verdict::Fail, "{}: {}", after.key, after.reason);
        }
    }

    /// Every second that something happened in, told in any order.
    #[test]
    fn the_order_within_a_minute_does_not_matter(
        (told, shuffled) in proptest::collection::vec((0_usize..4, 0_i64..600, 1_u64..50), 1..60)
            .prop_flat_map(|told| (Just(told.clone()), Just(told).prop_shuffle())),
    ) {
        let judged = |told: &[(usize, i64, u64)]| {
            let mut scene = Scene::quiet(9);
            for &(kind, second, n) in told {
                let (signal, labels): (&str, &[&str]) = [
                    ("upload", &["true", ""] as &[&str]),
                    ("upload", &["false", "attach"]),
                    ("guardrail", &["a", "b"]),
                    ("message", &["Nobody declared this"]),
                ][kind];
                scene.add(signal, labels, now() - TimeDelta::seconds(second), n);
            }
            scene.judge()
        };
        prop_assert_eq!(judged(&told), judged(&shuffled));
    }

    /// Counts up to the largest there are, at any times, by any clock.
    #[test]
    fn whatever_is_counted_the_answer_is_in_numbers(
        counted in proptest::collection::vec((0_usize..6, any_time(), any_count()), 0..60),
        (entered, newest, covered, gap, skew) in (any_time(), any_time(), any_time(), (any_time(), any_time()), any_time()),
        (step, read) in (any_time(), any_time()),
        slo in prop_oneof![Just(0.995), 1e-12_f64..1.0, Just(f64::MIN_POSITIVE), Just(1.0 - f64::EPSILON)],
        tolerated in prop_oneof![Just(0.001), 1e-300_f64..1.0],
    ) {
        let mut scene = Scene::quiet(60);
        for (kind, seconds, n) in counted {
            let (signal, labels): (&str, &[&str]) = [
                ("upload", &["true", ""] as &[&str]),
                ("upload", &["false", "attach"]),
                ("path", &["legacy"]),
                ("message", &["Upload failed"]),
                ("guardrail", &["pull", "regression"]),
                ("mismatch", &["/register"]),
            ][kind];
            scene.add(signal, labels, at(seconds), n);
        }
        if let Some(visit) = scene.history.visits.last_mut() {
            visit.entered_at = at(entered);
        }
        scene.runbook.rates[0].slo = slo;
        scene.runbook.rates[1].outcome = Outcome::Failures(select("path", &[]));
        for gate in scene.runbook.stages.iter_mut().flat_map(|stage| &mut stage.gates) {
            if let Condition::ZeroTolerance { tolerated: t, .. } = &mut gate.condition {
                *t = tolerated;
            }
        }
        for reading in scene.readings.values_mut() {
            (reading.newest, reading.covered_from) = (Some(at(newest)), at(covered));
            (reading.gaps, reading.step) = (vec![(at(gap.0), at(gap.1))], TimeDelta::seconds(step));
        }
        scene.skew = Some(TimeDelta::seconds(skew));
        scene.flag.read_at = Some(at(read));
        numbers_are_numbers(&scene)?;
        // Where all else is well, the counts reach the tests.
        let fine = Scene::healthy().readings;
        for (key, reading) in &mut scene.readings {
            let tallies = std::mem::take(&mut reading.tallies);
            *reading = gonogo::snapshot::Reading { tallies, ..fine[key].clone() };
        }
        scene.skew = None;
        numbers_are_numbers(&scene)?;
    }
}
