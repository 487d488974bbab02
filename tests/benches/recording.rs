//! Recording: one poll said as a change, compressed and handed on; and saying everything.
#![allow(missing_docs)]

#[path = "../support/scene.rs"]
mod scene;

use std::{hint::black_box, io::Write, sync::Arc};

use criterion::{Criterion, criterion_group, criterion_main};
use flate2::{Compression, write::GzEncoder};
use gonogo::{recording::Encoder, snapshot::Snapshot};

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

criterion_group!(benches, record);
criterion_main!(benches);
