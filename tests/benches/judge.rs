//! How long a judgement takes: 40 gates, 1,000 guardrail signatures, 24 hours of one-minute buckets in each tally.
#![allow(missing_docs)]

use std::{collections::BTreeMap, fmt::Write as _, hint::black_box, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use gonogo::{
    judge::{History, Resolution, Trouble, Visit, assess},
    report,
    runbook::{Exposure, Percent, Runbook, parse},
    snapshot::{
        Counts, FlagReading, FlagState, Health, Observation, Reading, Snapshot, SourceKind, SourceState, SourceStatus,
    },
};

const SIGNATURES: usize = 1_000;
const MINUTES: i64 = 24 * 60;

const HEAD: &str = r#"
key = "bench"
title = "Bench"
flag = { key = "feature" }

[[failure_message]]
text = "Upload failed"
meaning = "It failed."

[guardrails]
signal = "guardrail"
"#;

const STAGES: &str = r#"
[[stage]]
key = "dark"
title = "Dark"
exposure = "off"
observe = "1h"
[[stage.gate]]
key = "word"
title = "Word"
kind = "attestation"
statement = "The logs are clean"

[[stage]]
key = "limited"
title = "Limited"
exposure = { percent = 5 }
observe = "24h"
"#;

/// Eight gates of each measured kind: 40.
fn runbook() -> Runbook {
    let mut text = HEAD.to_owned();
    for (key, by, heartbeat) in [
        ("upload", r#""success", "step""#, ""),
        ("path", r#""path""#, "upload"),
        ("message", r#""message""#, "upload"),
        ("guardrail", r#""stage", "code""#, "upload"),
        ("divergence", r#""path""#, "upload"),
    ] {
        let _ = write!(text, "\n[[signal]]\nkey = \"{key}\"\ntitle = \"{key}\"\nby = [{by}]\n");
        if !heartbeat.is_empty() {
            let _ = writeln!(text, "heartbeat = \"{heartbeat}\"");
        }
        let _ = writeln!(text, "prometheus = {{ metric = \"{key}_total\" }}");
    }
    for n in 0..8 {
        let scope = if n == 0 { "rollout" } else { "step" };
        let _ = write!(
            text,
            "\n[[rate]]\nkey = \"rate-{n}\"\ntitle = \"Rate {n}\"\nscope = \"{scope}\"\nslo = 0.995\nattempts = {{ signal = \"upload\" }}\nfailures = {{ signal = \"upload\", match = {{ step = \"step-{n}\" }} }}\n"
        );
    }
    text.push_str(STAGES);
    for n in 0..8 {
        let gates = [
            format!("kind = \"success_rate\"\nrate = \"rate-{n}\""),
            format!("kind = \"no_sustained_spike\"\nrates = [\"rate-{n}\"]"),
            "kind = \"zero_tolerance\"\nevents = { signal = \"path\", match = { path = \"legacy\" } }\nexposure = { signal = \"upload\" }\ntolerated = 0.001".to_owned(),
            "kind = \"canary_control\"\ncanary = { events = { signal = \"divergence\", match = { path = \"secure\" } }, exposure = { signal = \"path\", match = { path = \"secure\" } } }\ncontrol = { events = { signal = \"divergence\", match = { path = \"legacy\" } }, exposure = { signal = \"path\", match = { path = \"plain\" } } }".to_owned(),
            "kind = \"declared_messages\"\nevents = { signal = \"message\" }\nlabel = \"message\"".to_owned(),
        ];
        for (i, gate) in gates.iter().enumerate() {
            let _ = write!(text, "\n[[stage.gate]]\nkey = \"gate-{n}-{i}\"\ntitle = \"Gate {n} {i}\"\n{gate}\n");
        }
    }
    text.push_str(
        "\n[[trigger]]\nkey = \"rate\"\ntitle = \"Rate\"\n[[trigger.when]]\nkind = \"failure_rate\"\nrate = \"rate-0\"\n\n[[trigger]]\nkey = \"repeated\"\ntitle = \"Repeated\"\n[[trigger.when]]\nkind = \"repeated\"\nevents = { signal = \"guardrail\" }\nbackground_per_day = 1\nwithin = \"15m\"\n",
    );
    parse(&text, "bench.toml").unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_030, 0).unwrap()
}

fn reading(tallies: impl Iterator<Item = (Vec<String>, u64)>) -> Arc<Reading> {
    let began = now() - TimeDelta::minutes(MINUTES);
    let counts = |n: u64| {
        let mut counts = Counts::default();
        (0..MINUTES).for_each(|minute| counts.add(began + TimeDelta::minutes(minute), n));
        counts
    };
    Arc::new(Reading {
        tallies: tallies.map(|(labels, n)| (labels, counts(n))).collect(),
        health: Health::Good,
        query: "metric_total{environment=\"production\"}".to_owned(),
        covered_from: began - TimeDelta::hours(1),
        newest: Some(now() - TimeDelta::seconds(5)),
        gaps: Vec::new(),
        step: TimeDelta::seconds(15),
        latency: None,
    })
}

fn snapshot() -> Snapshot {
    let labels = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
    let steps = (0..8).map(|n| (labels(&["false", &format!("step-{n}")]), u64::from(n == 0)));
    let signatures = (0..SIGNATURES).map(|n| (labels(&["pull", &format!("violation{n:04}")]), 1));
    let readings = BTreeMap::from([
        ("upload".to_owned(), reading(steps.chain([(labels(&["true", ""]), 400)]))),
        ("path".to_owned(), reading([(labels(&["secure"]), 20), (labels(&["plain"]), 380)].into_iter())),
        ("message".to_owned(), reading([(labels(&["Upload failed"]), 1)].into_iter())),
        ("guardrail".to_owned(), reading(signatures)),
        ("divergence".to_owned(), reading([(labels(&["secure"]), 1), (labels(&["legacy"]), 19)].into_iter())),
    ]);
    let connected = |name, kind| SourceStatus {
        state: SourceState::Ok,
        last_ok: Some(now()),
        ..SourceStatus::connecting(name, kind, "http://127.0.0.1".to_owned())
    };
    let mut snapshot =
        Snapshot::empty(now(), connected("prometheus", SourceKind::Telemetry), connected("unleash", SourceKind::Flags));
    snapshot.telemetry =
        Some(Arc::new(Observation { at: now(), skew: Some(TimeDelta::zero()), readings, deployed: None }));
    let state = FlagState {
        enabled: true,
        configured: Exposure { percent: Percent::new(5).unwrap(), ..Exposure::off() },
        foreign: Vec::new(),
        version: "v1".to_owned(),
        changed_at: None,
        changed_by: None,
        changed_what: None,
        raw: serde_json::Value::Null,
    };
    snapshot.flag = FlagReading { state: Some(state), read_at: Some(now()), fault: None };
    snapshot
}

fn history(resolved: bool) -> History {
    let visit = |stage: &str, ago: i64, left: Option<i64>| Visit {
        stage: stage.to_owned(),
        entered_at: now() - TimeDelta::minutes(ago),
        left_at: left.map(|left| now() - TimeDelta::minutes(left)),
        by_rollback: false,
    };
    let resolution = |n: usize| Resolution {
        at: now(),
        trouble: Trouble::Guardrail { signature: format!("pull:violation{n:04}") },
        operator: "ann".to_owned(),
        evidence: "fixed".to_owned(),
    };
    History {
        visits: vec![visit("dark", 2 * MINUTES, Some(MINUTES)), visit("limited", MINUTES, None)],
        resolutions: if resolved { (0..SIGNATURES).map(resolution).collect() } else { Vec::new() },
        ..History::default()
    }
}

fn judging(c: &mut Criterion) {
    let (runbook, snapshot) = (runbook(), snapshot());
    let mut group = c.benchmark_group("judge/40 gates, 1,000 signatures, 24 h");
    for (name, resolved) in [("all resolved", true), ("all hard stops", false)] {
        let history = history(resolved);
        let a = assess(&runbook, &snapshot, &history, None, now());
        // What is measured is what it says: every gate judged, every signature seen.
        assert_eq!((a.gates.len(), a.guardrails.len()), (40, SIGNATURES));
        assert_eq!(a.hard_stops.len(), if resolved { 0 } else { SIGNATURES });
        assert!(
            a.gates.iter().all(|gate| !gate.reason.contains("cannot be seen")),
            "{}",
            report::text(&runbook, "e", None, &a)
        );
        group.bench_function(name, |b| {
            b.iter(|| black_box(assess(black_box(&runbook), black_box(&snapshot), black_box(&history), None, now())));
        });
    }
    group.finish();
}

criterion_group!(benches, judging);
criterion_main!(benches);
