//! A report of a long log: reading it entry by entry, and each form of it.
#![allow(missing_docs)]

use std::{fmt::Write as _, fs, io, path::Path};

use chrono::{DateTime, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use gonogo::{
    audit::{AuditLog, FileLog},
    fingerprint::sha256,
    judge,
    report::release::{Log, LogReading, Look, Made, Report, html, markdown},
    runbook,
    snapshot::{Snapshot, SourceKind, SourceStatus},
};
use serde_json::json;
use tokio::runtime::Builder;

/// Entries in the log.
const ENTRIES: i64 = 100_000;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + second, 0).expect("an instant")
}

/// A log as it is written, each entry sealed: to append them one by one would read all of it each time.
fn filled(folder: &Path) -> FileLog {
    let log = FileLog::at(folder);
    let (mut text, mut previous) = (String::new(), "0".repeat(64));
    for n in 0..ENTRIES {
        let event = json!({"kind": "note", "text": format!("note {n}: looked at the dashboards, all is well")});
        let entry = json!({
            "seq": n + 1, "at": at(n), "operator": "ann", "host": "laptop", "version": "0.1.0", "event": event,
            "previous": previous,
        });
        let mut line = entry.to_string();
        previous = sha256(&line);
        line.pop();
        writeln!(text, "{line},\"hash\":\"{previous}\"}}").expect("a String takes it");
    }
    fs::write(log.path(), text).expect("a file");
    log
}

async fn read(log: &FileLog) -> Log {
    let mut reading = LogReading::default();
    let ending = log.read_each(&mut |entry| reading.pass(entry)).await.expect("a log");
    assert_eq!(ending.damage, None, "the log is sealed as gonogo seals it");
    reading.finish(ending)
}

fn report(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = filled(folder.path());
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let mut group = c.benchmark_group("report of 100,000 entries");
    group.sample_size(10);
    group.bench_function("read", |b| b.iter(|| runtime.block_on(read(&file))));

    let log = runtime.block_on(read(&file));
    let now = at(ENTRIES);
    let source = |name: &str, kind| SourceStatus::connecting(name, kind, "nowhere".to_owned());
    let snapshot = Snapshot::empty(now, source("telemetry", SourceKind::Telemetry), source("flags", SourceKind::Flags));
    let runbook = runbook::built_in();
    let assessment = judge::assess(runbook, &snapshot, &log.history, None, now);
    let look = Look {
        runbook,
        environment: "production",
        candidate: None,
        assessment: &assessment,
        log: &log,
        place: "audit.ndjson",
        waiting: 0,
        from: None,
        to: None,
    };
    let made = Made { at: now, by: "ann".to_owned(), version: "0.1.0".to_owned(), offline: true };
    let report = Report::new(&look, made);
    group.bench_function("markdown", |b| b.iter(|| markdown(&report, &mut io::sink()).expect("it is written")));
    group.bench_function("html", |b| b.iter(|| html(&report, &mut io::sink()).expect("it is written")));
    group.bench_function("json", |b| {
        b.iter(|| serde_json::to_writer_pretty(io::sink(), &report).expect("it is written"))
    });
    group.finish();
}

criterion_group!(benches, report);
criterion_main!(benches);
