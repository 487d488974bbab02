//! Prometheus as a source: exact counts from real servers, and honesty about everything that goes wrong.

#[path = "../support/faulty.rs"]
mod faulty;
#[path = "../support/prometheus.rs"]
mod prometheus;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/victoria.rs"]
mod victoria;

mod budget;
mod copies;
mod counting;
mod deployed;
mod faults;
mod history;
mod real;
mod stand_in;

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, Utc};
use gonogo::{
    http::{Auth, Endpoint, Http},
    runbook::{
        Exposure, Flag, MatchOp, Matcher, Outcome, PrometheusRead, Rate, RateScope, Runbook, Selection, Signal, Stage,
    },
    snapshot::{Poll, Reading},
    telemetry::prometheus::Prometheus,
};

const UPLOADS: &str = "vfs_secure_upload_total";
const GUARDRAILS: &str = "vfs_sync_guardrail_violation_total";

fn is(field: &str, value: &str) -> Matcher {
    Matcher { field: field.to_owned(), op: MatchOp::In(vec![value.to_owned()]) }
}

fn signal(key: &str, metric: &str, by: &[&str], labels: &[&str]) -> Signal {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    Signal {
        key: key.to_owned(),
        title: key.to_owned(),
        by: owned(by),
        heartbeat: None,
        prometheus: Some(PrometheusRead {
            metric: metric.to_owned(),
            matchers: vec![is("environment", "{environment}")],
            labels: owned(labels),
            replica_labels: Vec::new(),
        }),
        events: None,
    }
}

fn runbook() -> Runbook {
    let uploads = |matchers| Selection { signal: "upload".to_owned(), matchers };
    Runbook {
        key: "test".to_owned(),
        title: "Test".to_owned(),
        scope: Vec::new(),
        flag: Flag { key: "flag".to_owned(), legacy: None },
        preconditions: Vec::new(),
        cohorts: Vec::new(),
        stages: vec![Stage {
            key: "off".to_owned(),
            title: "Off".to_owned(),
            exposure: Exposure::off(),
            observe: Duration::from_secs(60),
            second_person: None,
            actions: Vec::new(),
            gates: Vec::new(),
        }],
        signals: vec![
            signal("upload", UPLOADS, &["ok", "step"], &["success", "fail_stage"]),
            signal("by_step", UPLOADS, &["step"], &["fail_stage"]),
            signal("guardrail", GUARDRAILS, &["stage", "code"], &["stage", "code"]),
            Signal { prometheus: None, ..signal("elsewhere", "x", &[], &[]) },
        ],
        rates: vec![Rate {
            key: "upload".to_owned(),
            title: "Uploads".to_owned(),
            scope: RateScope::Rollout,
            attempts: uploads(Vec::new()),
            outcome: Outcome::Successes(uploads(vec![is("ok", "true")])),
            slo: 0.99,
        }],
        guardrails: None,
        failure_messages: Vec::new(),
        codes: Vec::new(),
        monitors: Vec::new(),
        triggers: Vec::new(),
        rollback: Vec::new(),
        legacy: None,
        rules: Vec::new(),
        checklist: Vec::new(),
        qa: None,
        evidence: Vec::new(),
        sign_off: Vec::new(),
        deployed: None,
        roles: Vec::new(),
        digest: String::new(),
    }
}

fn endpoint(base: &str) -> Endpoint {
    Endpoint {
        name: "prometheus".to_owned(),
        base: base.to_owned(),
        auth: Auth::None,
        headers: Vec::new(),
        ca_file: None,
        timeout: Duration::from_secs(10),
        body_limit: 64 << 20,
    }
}

fn source_at(endpoint: Endpoint) -> Prometheus {
    Prometheus::new(Http::new(endpoint).expect("a client"), &runbook(), "production").expect("a source")
}

fn source(base: &str) -> Prometheus {
    source_at(endpoint(base))
}

fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("an instant")
}

fn reading<'a>(poll: &'a Poll, signal: &str) -> &'a Reading {
    &poll.observation.readings[signal]
}

fn totals(reading: &Reading) -> BTreeMap<String, u64> {
    reading.tallies.iter().map(|(key, counts)| (key.join("/"), counts.total())).collect()
}

fn map(entries: &[(&str, u64)]) -> BTreeMap<String, u64> {
    entries.iter().map(|(key, n)| ((*key).to_owned(), *n)).collect()
}

fn same(a: &Poll, b: &Poll) {
    for signal in ["upload", "by_step", "guardrail"] {
        assert_eq!(reading(a, signal).tallies, reading(b, signal).tallies, "{signal}");
        assert_eq!(reading(a, signal).gaps, reading(b, signal).gaps, "{signal}");
        assert_eq!(reading(a, signal).newest, reading(b, signal).newest, "{signal}");
    }
}
