//! What is played is what was recorded, as far as anything is judged by it.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    audit::{AuditLog, FileLog, replay},
    demo::{self, Demo, Scenario},
    flags::{FlagStore, flagd::Flagd},
    judge::{Call, assess, evidence_since},
    recording::{Encoder, Reel, line::Line},
    runbook::built_in,
    snapshot::{Counts, FlagReading, Health, Reading, Snapshot, SourceState},
    telemetry::{Telemetry, events::Events},
};
use proptest::prelude::*;

use crate::{
    film::{file, film},
    scene::{Scene, ago, empty_reading, fault, now},
};

/// Something that happens between two polls.
#[derive(Debug, Clone)]
enum Step {
    Uploads(i64, u64, u64),
    NewTally(u8),
    Forget(i64),
    Gone(usize),
    Health(u8),
    Gap,
    Took(Option<u32>),
    Source(bool),
    Flag(u8),
    FlagFault(bool),
    Deployed(Option<u64>),
    Candidate(Option<u8>),
    Nothing,
    Everything,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0i64..30, 0u64..50, 0u64..5).prop_map(|(minute, good, bad)| Step::Uploads(minute, good, bad)),
        1 => any::<u8>().prop_map(Step::NewTally),
        1 => (0i64..900).prop_map(Step::Forget),
        1 => (0usize..9).prop_map(Step::Gone),
        1 => any::<u8>().prop_map(Step::Health),
        1 => Just(Step::Gap),
        1 => prop::option::of(any::<u32>()).prop_map(Step::Took),
        1 => any::<bool>().prop_map(Step::Source),
        1 => any::<u8>().prop_map(Step::Flag),
        1 => any::<bool>().prop_map(Step::FlagFault),
        1 => prop::option::of(1u64..9).prop_map(Step::Deployed),
        1 => prop::option::of(any::<u8>()).prop_map(Step::Candidate),
        1 => Just(Step::Nothing),
        1 => Just(Step::Everything),
    ]
}

impl Step {
    fn apply(&self, scene: &mut Scene) {
        match self {
            Self::Uploads(minute, good, bad) => scene.uploads(minute + 1, *minute, *good, *bad),
            Self::NewTally(n) => scene.add("guardrail", &["pull", &format!("code-{n}")], ago(i64::from(*n)), 1),
            Self::Forget(minutes) => {
                let before = gonogo::snapshot::minute_of(ago(*minutes));
                for counts in scene.reading("upload").tallies.values_mut() {
                    counts.forget_before(before);
                }
            }
            Self::Gone(n) => {
                let tallies = &mut scene.reading("guardrail").tallies;
                if let Some(labels) = tallies.keys().nth(*n).cloned() {
                    tallies.remove(&labels);
                }
                scene.reading("mismatch").tallies.insert(vec!["empty".to_owned()], Counts::default());
            }
            Self::Health(n) => {
                scene.reading("message").health = match n % 5 {
                    0 => Health::Good,
                    1 => Health::Absent,
                    2 => Health::Partial("two nodes".to_owned()),
                    3 => Health::Failed(fault()),
                    _ => Health::Unreadable,
                }
            }
            Self::Gap => scene.reading("upload").gaps.push((ago(40), ago(35))),
            Self::Took(ms) => {
                scene.reading("guardrail").latency = ms.map(|ms| TimeDelta::milliseconds(ms.into()));
            }
            Self::Source(up) => {
                scene.source.state = if *up { SourceState::Ok } else { SourceState::Failed };
                scene.source.error = (!up).then(fault);
                scene.source.failures = u32::from(!up);
            }
            Self::Flag(n) => scene.flag.state.as_mut().unwrap().version = format!("v{n}"),
            Self::FlagFault(down) => scene.flag.fault = down.then(fault),
            Self::Deployed(n) => scene.deployed = n.map(|n| [("018e611".to_owned(), n)].into()),
            Self::Candidate(n) => scene.candidate = n.map(|n| format!("018e6{n}")),
            Self::Nothing | Self::Everything => {}
        }
        // Each poll is later than the one before, and some data newer.
        scene.now += TimeDelta::milliseconds(5_001);
        scene.flag.read_at = Some(scene.now);
        scene.reading("path").newest = Some(scene.now);
    }
}

/// Everything of a snapshot but what its flag store said in its own words.
fn known(snapshot: &Snapshot) -> (Vec<(String, Reading)>, String) {
    let mut rest = snapshot.clone();
    if let Some(flag) = &mut rest.flag.state {
        flag.raw = serde_json::Value::Null;
    }
    let mut telemetry = rest.telemetry.take().map(|telemetry| (*telemetry).clone()).unwrap_or_default();
    let readings = std::mem::take(&mut telemetry.readings);
    let readings = readings.into_iter().map(|(key, reading)| (key, (*reading).clone()));
    (readings.collect(), format!("{telemetry:?} {rest:?}"))
}

/// Whether both are the same; two tallies are where their buckets are, whatever their sums start from.
fn same(a: &Snapshot, b: &Snapshot) -> bool {
    let ((readings, rest), (others, other_rest)) = (known(a), known(b));
    let light = |reading: &Reading| format!("{:?}", Reading { tallies: BTreeMap::new(), ..reading.clone() });
    let pairs = readings.iter().zip(&others);
    let equal = pairs.map(|(a, b)| a.0 == b.0 && a.1.tallies == b.1.tallies && light(&a.1) == light(&b.1));
    rest == other_rest && readings.len() == others.len() && equal.into_iter().all(|equal| equal)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_moment_is_judged_as_it_was(
        steps in prop::collection::vec(step(), 1..25),
        looks in prop::collection::vec(any::<prop::sample::Index>(), 1..12),
    ) {
        let (mut scene, mut encoder) = (Scene::healthy(), Encoder::default());
        scene.readings.insert("upload".to_owned(), { let mut reading = empty_reading(); reading.newest = Some(now()); reading });
        scene.uploads(120, 0, 20, 0);
        let (mut lines, mut moments) = (Vec::new(), Vec::new());
        for step in &steps {
            step.apply(&mut scene);
            if matches!(step, Step::Everything) {
                encoder.say_all();
            }
            let snapshot = Arc::new(scene.snapshot());
            lines.extend(encoder.poll(&snapshot, scene.candidate.as_deref(), 0));
            moments.push((snapshot, scene.candidate.clone()));
        }
        let (_folder, path) = file(&film(&lines));
        let mut reel = Reel::open(&path).unwrap();
        prop_assert_eq!(reel.cut(), None);
        let forward: Vec<usize> = (0..moments.len()).collect();
        for i in forward.into_iter().chain(looks.iter().map(|look| look.index(moments.len()))) {
            let (snapshot, candidate) = &moments[i];
            let scene_then = reel.scene(i).unwrap();
            let then = scene_then.snapshot.unwrap();
            prop_assert!(same(&then, snapshot), "{:?} is not {:?}", then, snapshot);
            prop_assert_eq!(&scene_then.candidate, candidate);
            let judged = |snapshot: &Snapshot| {
                assess(&scene.runbook, snapshot, &scene.history, candidate.as_deref(), snapshot.at)
            };
            prop_assert_eq!(judged(&then), judged(snapshot));
        }
    }
}

/// What is shown of a query is there, to the millisecond; a recording that does not say it is played without.
#[test]
fn how_long_each_query_took_is_played_too_and_is_missed_by_nobody() {
    let mut scene = Scene::healthy();
    let mut encoder = Encoder::default();
    let mut lines = Vec::new();
    for micros in [12_300, 12_900, 4_200_000] {
        scene.now += TimeDelta::seconds(5);
        scene.reading("upload").latency = Some(TimeDelta::microseconds(micros));
        lines.extend(encoder.poll(&Arc::new(scene.snapshot()), None, 0));
    }
    let played = |lines: &[Line]| {
        let (_folder, path) = file(&film(lines));
        let mut reel = Reel::open(&path).unwrap();
        assert_eq!((reel.cut(), reel.times().count()), (None, 3));
        let took = |i| reel.scene(i).unwrap().snapshot.unwrap().reading("upload").unwrap().latency;
        [0, 1, 2].map(took)
    };
    assert_eq!(played(&lines), [12, 12, 4200].map(|ms| Some(TimeDelta::milliseconds(ms))));
    let said: Vec<bool> = lines.iter().map(|line| crate::film::text(line).contains("\"ms\":")).collect();
    assert_eq!(said, [true, false, true], "what is shown alike is no news");
    // As it was written before anybody recorded it.
    let older: Vec<Line> = lines
        .iter()
        .map(|line| {
            let mut value = serde_json::to_value(line).unwrap();
            let poll = value.as_object_mut().unwrap().values_mut().next().unwrap();
            if let Some(upload) = poll.pointer_mut("/telemetry/signals/upload") {
                upload.as_object_mut().unwrap().remove("ms").unwrap();
            }
            serde_json::from_value(value).unwrap()
        })
        .collect();
    assert_eq!(played(&older), [None; 3]);
}

fn opening() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

/// Hours of a demo through the real sources, polled every five seconds, with the real log: how much an hour takes, and
/// that what is played is judged as it was, wherever the player goes.
#[tokio::test]
async fn a_demo_is_played_as_it_was_and_an_hour_of_it_is_small() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Demo::open(folder.path(), Scenario::Guardrail, 1, opening()).unwrap();
    let (runbook, log) = (built_in(), FileLog::at(&folder.path().join("log")));
    let mut events = Events::new(demo::events_path(folder.path()), runbook, "production");
    let store = Flagd::new(demo.flag_path(), &runbook.flag, &runbook.cohorts);
    let (mut encoder, mut lines, mut moments) = (Encoder::default(), Vec::new(), Vec::new());
    let (mut since_full, mut known_entries) = (0, 0);
    let (begin, end) = (TimeDelta::minutes(90), TimeDelta::minutes(150));
    let mut generation = 0;
    let mut at = opening() + begin;
    let mut snapshot = Snapshot::empty(at, events.introduce(), store.introduce());
    while at < opening() + end {
        demo.advance_to(at).unwrap();
        for (at, operator, event) in demo.audit_events(demo::CANDIDATE).into_iter().skip(known_entries) {
            log.append(at, &operator, event).await.unwrap();
            known_entries += 1;
        }
        let record = log.read().await.unwrap();
        let history = replay(&record);
        lines.extend(encoder.log(at, &record));
        if lines.len() > moments.len() {
            moments.push(None);
        }
        let poll = events.poll(evidence_since(&history, at), at).await;
        // The two sources answer one after the other.
        for flag in [false, true] {
            generation += 1;
            (snapshot.at, snapshot.generation) = (at, generation);
            if flag {
                let state = Some(store.read().await.unwrap());
                snapshot.flag = FlagReading { state, read_at: Some(at), fault: None };
            } else {
                let poll = poll.clone();
                (snapshot.telemetry, snapshot.telemetry_source) = (Some(poll.observation), poll.status);
            }
            since_full += 1;
            if since_full == 240 {
                since_full = 0;
                encoder.say_all();
            }
            lines.extend(encoder.poll(&Arc::new(snapshot.clone()), Some(demo::CANDIDATE), 0));
            moments.push(Some(assess(runbook, &snapshot, &history, Some(demo::CANDIDATE), at)));
        }
        at += TimeDelta::seconds(5);
    }
    let bytes = film(&lines);
    let text: usize = lines.iter().map(|line| crate::film::text(line).len()).sum();
    println!("{} lines of an hour: {} KB, uncompressed {} KB", lines.len(), bytes.len() / 1000, text / 1000);
    assert!(bytes.len() < 1_000_000, "an hour of a demo takes less than a megabyte: {}", bytes.len());

    let (_folder, path) = file(&bytes);
    let mut reel = Reel::open(&path).unwrap();
    assert_eq!((reel.cut(), reel.times().count()), (None, moments.len()));
    assert!(lines.iter().filter(|line| matches!(line, Line::Full(_))).count() >= 3);
    let calls: Vec<Call> = moments.iter().flatten().map(|judged| judged.call).collect();
    assert!(calls.contains(&Call::Hold) && calls.contains(&Call::NoGo), "{calls:?}");
    // On, back, on again, and all over the place.
    let places = (0..moments.len()).step_by(29).chain((0..moments.len()).rev().step_by(97)).chain([500, 3, 700, 699]);
    for i in places {
        let Some(want) = &moments[i] else { continue };
        let scene = reel.scene(i).unwrap();
        let (history, fault) = reel.history(i);
        let (snapshot, history) = (scene.snapshot.unwrap(), history.unwrap());
        assert_eq!(fault, None);
        let got = assess(reel.runbook(), &snapshot, &history, scene.candidate.as_deref(), snapshot.at);
        assert_eq!(&got, want, "moment {i}");
    }
}
