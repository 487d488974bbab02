//! Recording: one poll said as a change, compressed and handed on; saying everything. And playing: the recording of a day
//! opened, and sought to its middle. It prints how much of the disk a day takes.
#![allow(missing_docs)]

#[path = "../support/scene.rs"]
mod scene;

use std::{fs::File, hint::black_box, io::Write, path::Path, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use flate2::{Compression, write::GzEncoder};
use gonogo::{
    demo::{self, Demo, Scenario},
    flags::{FlagStore, flagd::Flagd},
    recording::{
        Encoder, Film, Reel, SCHEMA,
        line::{At, Header},
    },
    runbook::{self, built_in},
    snapshot::{FlagReading, Snapshot},
    telemetry::{Telemetry, events::Events},
};

/// Two snapshots, a poll apart: every tally of the last minute counted on.
fn polls() -> [Arc<Snapshot>; 2] {
    let mut scene = scene::Scene::healthy();
    let before = Arc::new(scene.snapshot());
    scene.now += chrono::TimeDelta::seconds(5);
    for (signal, labels) in [("upload", &["true", ""][..]), ("path", &["secure"]), ("message", &["Upload failed"])] {
        scene.add(signal, labels, scene.now, 1);
        scene.reading(signal).newest = Some(scene.now);
    }
    [before, Arc::new(scene.snapshot())]
}

fn record(criterion: &mut Criterion) {
    let [before, after] = polls();
    let mut member = GzEncoder::new(std::io::sink(), Compression::default());
    let mut write = |line| {
        serde_json::to_writer(&mut member, &line).expect("written");
        member.write_all(b"\n").and_then(|()| member.flush()).expect("written");
    };
    criterion.bench_function("record a poll", |bencher| {
        let mut encoder = Encoder::default();
        encoder.poll(&before, None, 0);
        let mut turn = false;
        bencher.iter(|| {
            turn = !turn;
            let now = if turn { &after } else { &before };
            write(encoder.poll(black_box(now), None, 0).expect("a change"));
        });
    });
    criterion.bench_function("record everything, sixteen hours", |bencher| {
        bencher.iter(|| write(Encoder::default().poll(black_box(&before), None, 0).expect("everything")));
    });
}

/// How often the sources are polled: twice in it something is known anew.
const EVERY: TimeDelta = TimeDelta::seconds(5);
/// Polls of a day.
const POLLS: i32 = 17_280;

/// A day of a demo through the real sources, recorded as the cockpit records it.
fn record_day(path: &Path) {
    let folder = tempfile::tempdir().expect("a folder");
    let opening = DateTime::from_timestamp(1_790_000_000, 0).expect("an instant");
    let mut demo = Demo::open(folder.path(), Scenario::Healthy, 1, opening).expect("a demo");
    let runbook = built_in();
    let mut events = Events::new(demo::events_path(folder.path()), runbook, "production");
    let store = Flagd::new(demo.flag_path(), &runbook.flag, &runbook.cohorts);
    let mut snapshot = Snapshot::empty(opening, events.introduce(), store.introduce());
    let file = File::create(path).expect("a file");
    let mut film = Film::begin(file, header(opening)).expect("a recording");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    for poll in 0..POLLS {
        let at = opening + EVERY * poll;
        demo.advance_to(at).expect("a fleet");
        let read = runtime.block_on(events.poll(opening - TimeDelta::hours(18), at));
        let state = runtime.block_on(store.read()).expect("a flag");
        for telemetry in [true, false] {
            (snapshot.at, snapshot.generation) = (at, snapshot.generation + 1);
            if telemetry {
                (snapshot.telemetry, snapshot.telemetry_source) = (Some(read.observation.clone()), read.status.clone());
            } else {
                snapshot.flag = FlagReading { state: Some(state.clone()), read_at: Some(at), fault: None };
            }
            film.poll(&Arc::new(snapshot.clone()), Some(demo::CANDIDATE), 0).expect("written");
        }
        // As often as the cockpit does.
        film.flush().expect("written");
    }
    film.end().expect("written");
}

fn header(started_at: DateTime<Utc>) -> Header {
    Header {
        schema: SCHEMA,
        gonogo: "0.1.0".to_owned(),
        rollout: "vfs-secure-upload".to_owned(),
        environment: "production".to_owned(),
        candidate: Some(demo::CANDIDATE.to_owned()),
        operator: "oncall".to_owned(),
        label: None,
        started_at: At::new(started_at),
        interval_ms: 5000,
        runbook: runbook::text(None).expect("the built-in runbook"),
        roles: Default::default(),
    }
}

fn play(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("day.gz");
    record_day(&path);
    let mut reel = Reel::open(&path).expect("a recording");
    assert_eq!((reel.cut(), reel.missed()), (None, 0), "all of it was recorded");
    let moments = reel.times().count();
    let size = std::fs::metadata(&path).expect("a file").len();
    println!("a day: {POLLS} polls, {moments} moments, {:.1} MB", size as f64 / 1e6);
    let mut group = criterion.benchmark_group("a day's recording");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.bench_function("opened", |bencher| bencher.iter(|| Reel::open(black_box(&path)).expect("a recording")));
    group.bench_function("opened, and sought to its middle", |bencher| {
        bencher.iter(|| {
            let mut reel = Reel::open(black_box(&path)).expect("a recording");
            reel.scene(moments / 2).expect("a moment").snapshot
        });
    });
    // From the beginning and back again, so that nothing is where it was read last.
    group.bench_function("sought to its middle and back", |bencher| {
        bencher.iter(|| {
            reel.scene(moments / 2).expect("a moment");
            reel.scene(0).expect("a moment").snapshot
        });
    });
    group.finish();
}

criterion_group!(benches, record, play);
criterion_main!(benches);
