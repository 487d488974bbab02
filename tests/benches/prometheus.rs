//! How fast a large answer of Prometheus is decoded and counted: 10,000 series, as in a poll every fifteen seconds.
//!
//! The stand-in is on loopback, on a thread of its own, with the answer made beforehand. What it takes to bring the
//! same bytes here is measured beside it (`transfer`): the difference is what decoding and counting take.
#![allow(missing_docs)]

#[path = "../support/faulty.rs"]
mod faulty;

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, Utc};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use faulty::{Faulty, Reply};
use gonogo::{
    http::{Auth, Body, Endpoint, Http},
    runbook::{Exposure, Flag, MatchOp, Matcher, PrometheusRead, Runbook, Signal},
    snapshot::{Health, Poll},
    telemetry::{Telemetry, prometheus::Prometheus},
};

const SERIES: usize = 10_000;
/// Seconds between two samples, and between two polls.
const STEP: i64 = 15;
/// So many samples of each series are in the two minutes that a poll asks for again.
const SAMPLES: i64 = 9;
const BEGIN: i64 = 1_790_000_040;

fn runbook() -> Runbook {
    let signal = Signal {
        key: "blob".into(),
        title: "Blob operations".into(),
        by: vec!["operation".into(), "success".into(), "status".into()],
        heartbeat: None,
        prometheus: Some(PrometheusRead {
            metric: "vfs_blob_flush_operation_total".into(),
            matchers: vec![Matcher { field: "environment".into(), op: MatchOp::In(vec!["{environment}".into()]) }],
            labels: vec!["operation_kind".into(), "success".into(), "status_code".into()],
            replica_labels: vec![],
        }),
        events: None,
    };
    Runbook {
        key: "bench".into(),
        title: "Bench".into(),
        scope: vec![],
        flag: Flag { key: "flag".into(), legacy: None },
        preconditions: vec![],
        cohorts: vec![],
        stages: vec![],
        signals: vec![signal],
        rates: vec![],
        guardrails: None,
        failure_messages: vec![],
        codes: vec![],
        monitors: vec![],
        triggers: vec![],
        rollback: vec![],
        legacy: None,
        rules: vec![],
        checklist: vec![],
        qa: None,
        evidence: vec![],
        sign_off: vec![],
        deployed: None,
        roles: vec![],
        digest: Exposure::off().to_string(),
    }
}

/// The labels of the n-th series: pods, of which each has 25 operations and outcomes. Every pod is scraped by
/// `replicas` servers.
fn labels(n: usize, replicas: usize) -> String {
    let (kind, pod) = (n / replicas % 25, n / replicas / 25);
    let replica = if replicas > 1 { format!(r#","prometheus_replica":"{}""#, n % replicas) } else { String::new() };
    format!(
        r#"{{"__name__":"vfs_blob_flush_operation_total","environment":"production","instance":"10.0.{}.{}:9464","job":"vfs-api","namespace":"vfs","operation_kind":"{}","pod":"vfs-api-6c9d8f7b5-{pod:05}","status_code":"{}","success":"{}"{replica}}}"#,
        pod / 250,
        pod % 250,
        ["stage", "chunk", "commit", "attach", "read"][kind % 5],
        [200, 201, 409, 429, 500][kind / 5 % 5],
        if kind / 5 % 5 < 2 { "true" } else { "false" },
    )
}

/// All series at `at`, in seconds: every sample is one more than the one before.
fn matrix(at: i64, replicas: usize) -> String {
    let mut body = String::from(r#"{"status":"success","data":{"resultType":"matrix","result":["#);
    for n in 0..SERIES {
        let comma = if n > 0 { "," } else { "" };
        let _ = write!(body, r#"{comma}{{"metric":{},"values":["#, labels(n, replicas));
        for i in (0..SAMPLES).rev() {
            let (comma, sampled) = (if i < SAMPLES - 1 { "," } else { "" }, at - i * STEP);
            let value = (sampled - BEGIN) / STEP + 100 * n as i64 + 1000;
            let _ = write!(body, r#"{comma}[{sampled}.{:03},"{value}"]"#, n % 1000);
        }
        body.push_str("]}");
    }
    body + "]}}"
}

fn vector(at: i64) -> String {
    let mut body = String::from(r#"{"status":"success","data":{"resultType":"vector","result":["#);
    for n in 0..SERIES {
        let comma = if n > 0 { "," } else { "" };
        let _ = write!(body, r#"{comma}{{"metric":{},"value":[{at},"{}"]}}"#, labels(n, 1), 100 * n + 900);
    }
    body + "]}}"
}

const EMPTY: &str = r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#;

/// What the stand-in says of the time, of the values before the window, and of the samples in it.
#[derive(Clone, Default)]
struct Answers {
    at: i64,
    before: Arc<str>,
    samples: Arc<str>,
}

fn stand_in(answers: &Arc<Mutex<Answers>>) -> String {
    let answers = Arc::clone(answers);
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let server = Faulty::scripted(move |request| {
                let answers = answers.lock().expect("no poison").clone();
                if request.contains("query=time") {
                    let at = answers.at;
                    return Reply::json(format!(
                        r#"{{"status":"success","data":{{"resultType":"scalar","result":[{at},"{at}"]}}}}"#
                    ));
                }
                let samples = request.contains("%5B") && !request.contains("last_over_time");
                Reply::json(String::from(if samples { &*answers.samples } else { &*answers.before }))
            })
            .await;
            send.send(server.base()).expect("somebody waits");
            std::future::pending::<()>().await;
        });
    });
    receive.recv().expect("an address")
}

fn endpoint(base: &str) -> Endpoint {
    Endpoint {
        name: "prometheus".into(),
        base: base.into(),
        auth: Auth::None,
        headers: vec![],
        ca_file: None,
        timeout: Duration::from_secs(10),
        body_limit: 64 << 20,
    }
}

fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("an instant")
}

fn counted(poll: &Poll) -> u64 {
    let reading = &poll.observation.readings["blob"];
    assert_eq!(reading.health, Health::Good);
    reading.tallies.values().map(|counts| counts.total()).sum()
}

fn polls(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let answers: Arc<Mutex<Answers>> = Arc::default();
    let base = stand_in(&answers);
    let http = || Http::new(endpoint(&base)).expect("a client");
    let source = || Prometheus::new(http(), &runbook(), "production").expect("a source");
    let (since, empty): (_, Arc<str>) = (instant(BEGIN), EMPTY.into());
    let mut group = criterion.benchmark_group("prometheus, 10000 series");
    group.sample_size(40);

    let client = http();
    for (name, body) in [("samples", matrix(BEGIN + 600, 1)), ("vector", vector(BEGIN))] {
        println!("{name}: {} bytes", body.len());
        *answers.lock().expect("no poison") =
            Answers { at: BEGIN + 600, before: Arc::clone(&empty), samples: body.into() };
        group.bench_function(format!("transfer of {name}"), |bencher| {
            bencher.iter(|| {
                let form = [("query", "x[1s]".to_owned())];
                let answer = runtime.block_on(client.send(reqwest::Method::POST, "x", &[], Body::Form(&form)));
                answer.expect("an answer").body.len()
            });
        });
    }

    for (name, replicas) in [("a steady poll", 1), ("a steady poll, scraped twice", 2)] {
        group.bench_function(name, |bencher| {
            let mut source = source();
            let mut at = BEGIN;
            *answers.lock().expect("no poison") =
                Answers { at, before: Arc::clone(&empty), samples: matrix(at, replicas).into() };
            runtime.block_on(source.poll(since, instant(at)));
            // Each of the counters adds one between two polls, once however often it is scraped.
            let mut expected = None;
            bencher.iter_batched(
                || {
                    at += STEP;
                    let samples = matrix(at, replicas).into();
                    *answers.lock().expect("no poison") = Answers { at, before: Arc::clone(&empty), samples };
                    instant(at)
                },
                |now| {
                    let poll = runtime.block_on(source.poll(since, now));
                    let count = counted(&poll);
                    let each = (SERIES / replicas) as u64;
                    assert_eq!(*expected.get_or_insert(count), count);
                    expected = Some(count + each);
                    poll
                },
                BatchSize::PerIteration,
            );
        });
    }

    let answer = Answers { at: BEGIN + 60, before: vector(BEGIN).into(), samples: Arc::clone(&empty) };
    *answers.lock().expect("no poison") = answer;
    group.bench_function("the values before a window", |bencher| {
        bencher.iter_batched(
            source,
            |mut source| runtime.block_on(source.poll(since, instant(BEGIN + 60))),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, polls);
criterion_main!(benches);
