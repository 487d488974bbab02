//! What each scenario of the demo promises, judged as the cockpit judges it: through the real sources.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    audit::{Entry, Record, replay},
    demo::{self, Demo, Scenario},
    flags::{FlagStore, flagd::Flagd},
    judge::{Assessment, Call, GateAssessment, TriggerState, Verdict, assess, evidence_since},
    runbook::built_in,
    snapshot::{FlagReading, Snapshot},
    telemetry::{Telemetry, events::Events},
};

fn opening() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

fn past(demo: &Demo) -> Record {
    let entry = |(seq, (at, operator, event))| Entry {
        seq,
        at,
        operator,
        host: String::new(),
        version: String::new(),
        event,
        previous: String::new(),
        hash: String::new(),
    };
    Record { entries: (1..).zip(demo.audit_events(demo::CANDIDATE)).map(entry).collect(), ..Record::default() }
}

async fn look(demo: &Demo, events: &mut Events, now: DateTime<Utc>) -> Assessment {
    let (runbook, history) = (built_in(), replay(&past(demo)));
    let store = Flagd::new(demo.flag_path(), &runbook.flag, &runbook.cohorts);
    let mut snapshot = Snapshot::empty(now, events.introduce(), store.introduce());
    let poll = events.poll(evidence_since(&history, now), now).await;
    snapshot.telemetry = Some(Arc::clone(&poll.observation));
    snapshot.telemetry_source = poll.status;
    snapshot.flag = FlagReading { state: Some(store.read().await.unwrap()), read_at: Some(now), fault: None };
    assess(runbook, &snapshot, &history, Some(demo::CANDIDATE), now)
}

/// What two gonogos must agree on, whenever each was started: everything that a decision rests on, and its numbers.
fn judged(a: &Assessment) -> impl PartialEq + std::fmt::Debug + use<> {
    let gates: Vec<_> = a
        .gates
        .iter()
        .map(|gate| (gate.key.clone(), gate.verdict, gate.reason.clone(), gate.evidence.clone()))
        .collect();
    let stops: Vec<_> = a.hard_stops.iter().map(|stop| (stop.signature.clone(), stop.count)).collect();
    let triggers: Vec<_> = a.triggers.iter().map(|t| (t.key.clone(), t.state, t.since, t.by.clone())).collect();
    let monitors: Vec<_> = a.monitors.iter().map(|monitor| (monitor.key.clone(), monitor.counts)).collect();
    (a.call, a.digest.clone(), gates, stops, triggers, monitors)
}

/// One look every half hour for six hours, by a gonogo that was there all the time; and at the end one by another that
/// was just started.
async fn watch(scenario: Scenario, seed: u64) -> Vec<Assessment> {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Demo::open(folder.path(), scenario, seed, opening()).unwrap();
    let open = || Events::new(demo::events_path(folder.path()), built_in(), "production");
    let mut events = open();
    let mut looks = Vec::new();
    for half_hours in 0..=12 {
        let now = opening() + TimeDelta::minutes(30 * half_hours);
        demo.advance_to(now).unwrap();
        looks.push(look(&demo, &mut events, now).await);
    }
    let (end, restarted) = (looks.last().unwrap(), look(&demo, &mut open(), opening() + TimeDelta::hours(6)).await);
    assert_eq!(judged(end), judged(&restarted), "{scenario}, seed {seed}: a restart changes no verdict");
    looks
}

fn failed(a: &Assessment) -> Vec<&str> {
    a.gates.iter().filter(|gate| gate.verdict == Verdict::Fail).map(|gate| gate.key.as_str()).collect()
}

fn tripped(a: &Assessment) -> Vec<&str> {
    a.triggers.iter().filter(|t| t.state == TriggerState::Tripped).map(|t| t.key.as_str()).collect()
}

/// Every seed of twenty, two at a time.
fn on_every_seed(scenario: Scenario, keeps: fn(&str, &[Assessment])) {
    let seeds = Mutex::new(1..=20);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                loop {
                    let Some(seed) = seeds.lock().unwrap().next() else { return };
                    let looks = runtime.block_on(watch(scenario, seed));
                    let (first, end) = (&looks[0], looks.last().unwrap());
                    let name = format!("{scenario}, seed {seed}: {}", end.headline);
                    assert_eq!(first.stage.key, "limited-external", "{name}");
                    assert_ne!(first.call, Call::NoGo, "{name}: it opens well: {}", first.headline);
                    keeps(&name, &looks);
                }
            });
        }
    });
}

fn end(looks: &[Assessment]) -> &Assessment {
    looks.last().unwrap()
}

#[test]
fn healthy_never_fails_and_ends_in_go() {
    on_every_seed(Scenario::Healthy, |name, looks| {
        for look in looks {
            assert_ne!(look.call, Call::NoGo, "{name}: {}", look.headline);
            assert!(failed(look).is_empty() && tripped(look).is_empty() && look.hard_stops.is_empty(), "{name}");
        }
        assert_eq!(end(looks).call, Call::Go, "{name}");
    });
}

#[test]
fn regression_fails_the_rate_and_trips_its_trigger() {
    on_every_seed(Scenario::Regression, |name, looks| {
        assert_eq!(end(looks).call, Call::NoGo, "{name}");
        assert!(failed(end(looks)).contains(&"uploads-steady"), "{name}");
        assert!(failed(end(looks)).contains(&"error-spikes"), "{name}");
        assert!(tripped(end(looks)).contains(&"failure-rate"), "{name}");
        assert!(end(looks).headline.starts_with("roll back: "), "{name}");
        // Once it was tripped it stays so.
        let first = looks.iter().position(|look| tripped(look).contains(&"failure-rate")).unwrap();
        let since = |look: &Assessment| look.triggers.iter().find(|t| t.key == "failure-rate").unwrap().since;
        assert!(looks[first..].iter().all(|look| since(look) == since(&looks[first])), "{name}");
    });
}

#[test]
fn guardrail_is_one_hard_stop() {
    on_every_seed(Scenario::Guardrail, |name, looks| {
        assert_eq!(end(looks).call, Call::NoGo, "{name}");
        assert_eq!((end(looks).hard_stops.len(), end(looks).hard_stops[0].count), (1, 1), "{name}");
        assert!(tripped(end(looks)).is_empty(), "{name}: one is no repetition");
    });
}

#[test]
fn fallback_fails_its_gate() {
    on_every_seed(Scenario::Fallback, |name, looks| {
        assert_eq!(end(looks).call, Call::NoGo, "{name}");
        assert_eq!(failed(end(looks)), ["no-silent-fallback"], "{name}");
    });
}

#[test]
fn blind_is_unknown_and_not_green() {
    on_every_seed(Scenario::Blind, |name, looks| {
        assert_eq!((end(looks).call, end(looks).exit_code()), (Call::Hold, 5), "{name}");
        // What people and tools recorded is known all the same.
        let measured = |gate: &&GateAssessment| !matches!(gate.kind, "qa_report" | "checklist");
        let blind: Vec<&GateAssessment> = end(looks).gates.iter().filter(measured).collect();
        assert_eq!(blind.len(), 6, "{name}");
        assert!(blind.iter().all(|gate| gate.verdict == Verdict::Unknown), "{name}");
    });
}

#[test]
fn storage_trips_data_integrity() {
    on_every_seed(Scenario::Storage, |name, looks| {
        assert_eq!(end(looks).call, Call::NoGo, "{name}");
        assert!(tripped(end(looks)).contains(&"data-integrity"), "{name}");
        let count = |key: &str| end(looks).monitors.iter().find(|monitor| monitor.key == key).unwrap().counts.stage;
        assert!(count("storage-transient") > count("storage-integrity"), "{name}");
        assert!(count("storage-integrity") > 0, "{name}");
    });
}

#[test]
fn drift_is_no_go() {
    on_every_seed(Scenario::Drift, |name, looks| {
        assert_eq!(end(looks).call, Call::NoGo, "{name}");
        assert!(end(looks).flag.drift.as_deref().is_some_and(|drift| drift.contains("everyone")), "{name}");
    });
}
