//! How fast event records are read: the first poll of a large file, by share of records that matter.
#![allow(missing_docs)]

mod records;

use std::{fs, hint::black_box};

use chrono::DateTime;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gonogo::telemetry::{Telemetry, events::Events};

const RECORDS: usize = 200_000;

fn first_poll(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    let since = DateTime::from_timestamp_millis(records::FIRST_MS).unwrap();
    let now = DateTime::from_timestamp_millis(records::FIRST_MS + RECORDS as i64 * records::STEP_MS).unwrap();
    let mut group = c.benchmark_group("events/first_poll");
    group.sample_size(10);
    for relevant in [5, 50, 100] {
        let text = records::file_with(RECORDS, relevant);
        fs::write(&path, &text).unwrap();
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(format!("{relevant} % relevant"), |b| {
            b.iter(|| {
                let mut events = Events::new(path.clone(), &records::runbook(), "production");
                black_box(runtime.block_on(events.poll(since, now)))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, first_poll);
criterion_main!(benches);
