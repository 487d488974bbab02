//! How fast event records are read: the first poll of a large file, by share of records that matter.
#![allow(missing_docs)]

use std::{fmt::Write as _, fs, hint::black_box};

use chrono::DateTime;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gonogo::{
    runbook::{EventRead, Exposure, Flag, Runbook, Signal},
    telemetry::{Telemetry, events::Events},
};

const RECORDS: usize = 200_000;

fn signal(key: &str, name: &str, labels: &[&str]) -> Signal {
    Signal {
        key: key.into(),
        title: key.into(),
        by: labels.iter().map(|label| (*label).into()).collect(),
        heartbeat: None,
        prometheus: None,
        events: Some(EventRead {
            name_field: "eventName".into(),
            names: vec![name.into()],
            matchers: vec![],
            labels: labels.iter().map(|label| (*label).into()).collect(),
            value_field: None,
        }),
    }
}

fn runbook() -> Runbook {
    Runbook {
        key: "bench".into(),
        title: "Bench".into(),
        scope: vec![],
        flag: Flag { key: "flag".into(), legacy: None },
        preconditions: vec![],
        cohorts: vec![],
        stages: vec![],
        signals: vec![
            signal("upload", "vfs_secure_upload", &["success", "detail.failStage"]),
            signal("path", "api_post_vfs_register", &["detail.path", "detail.secureFlag"]),
            signal("blob", "vfs_blob_flush_operation", &["detail.operationKind", "success", "detail.statusCode"]),
        ],
        rates: vec![],
        guardrails: None,
        failure_messages: vec![],
        codes: vec![],
        monitors: vec![],
        triggers: vec![],
        rollback: vec![],
        rules: vec![],
        checklist: vec![],
        qa: None,
        evidence: vec![],
        sign_off: vec![],
        digest: Exposure::off().to_string(),
    }
}

/// Of each hundred records, `relevant` are ones that a signal reads.
fn file_with(relevant: usize) -> Vec<u8> {
    let mut text = String::new();
    for n in 0..RECORDS {
        let name = match (n * 37 % 100 < relevant, n % 3) {
            (false, _) => "api_get_vfs_blob",
            (true, 0) => "vfs_secure_upload",
            (true, 1) => "api_post_vfs_register",
            (true, _) => "vfs_blob_flush_operation",
        };
        let at = 1_790_000_000_000 + n as u64 * 100;
        let _ = writeln!(
            text,
            r#"{{"id":"0198c0de-{n:012x}","eventName":"{name}","durationMs":{},"success":true,"timestamp":{at},"detail":"{{\"operationKind\":\"chunk\",\"attempts\":1,\"retryCount\":0,\"path\":\"secure\",\"secureFlag\":\"on\",\"fileSize\":482113,\"mimeType\":\"image/jpeg\"}}"}}"#,
            n % 900
        );
    }
    text.into_bytes()
}

fn first_poll(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    let since = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
    let now = DateTime::from_timestamp(1_790_100_000, 0).unwrap();
    let mut group = c.benchmark_group("events/first_poll");
    group.sample_size(10);
    for relevant in [5, 50, 100] {
        let text = file_with(relevant);
        fs::write(&path, &text).unwrap();
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(format!("{relevant} % relevant"), |b| {
            b.iter(|| {
                let mut events = Events::new(path.clone(), &runbook(), "production");
                black_box(runtime.block_on(events.poll(since, now)))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, first_poll);
criterion_main!(benches);
