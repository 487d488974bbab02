//! What each scenario of the demo promises, judged as the cockpit judges it: through the real sources.

use std::sync::Arc;

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
    Record { entries: (1..).zip(demo.audit_events(demo::CANDIDATE)).map(entry).collect(), damage: None }
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

/// One look every half hour for six hours.
async fn watch(scenario: Scenario, seed: u64) -> Vec<Assessment> {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Demo::open(folder.path(), scenario, seed, opening()).unwrap();
    let mut events = Events::new(demo.events_path().to_owned(), built_in(), "production");
    let mut looks = Vec::new();
    for half_hours in 0..=12 {
        let now = opening() + TimeDelta::minutes(30 * half_hours);
        demo.advance_to(now).unwrap();
        looks.push(look(&demo, &mut events, now).await);
    }
    looks
}

fn failed(a: &Assessment) -> Vec<&str> {
    a.gates.iter().filter(|gate| gate.verdict == Verdict::Fail).map(|gate| gate.key.as_str()).collect()
}

fn tripped(a: &Assessment) -> Vec<&str> {
    a.triggers.iter().filter(|t| t.state == TriggerState::Tripped).map(|t| t.key.as_str()).collect()
}

#[tokio::test]
async fn each_scenario_keeps_its_promise_on_every_seed() {
    for scenario in Scenario::ALL {
        for seed in [1, 2, 3] {
            let looks = watch(scenario, seed).await;
            let (first, end) = (&looks[0], looks.last().unwrap());
            let name = format!("{scenario}, seed {seed}: {}", end.headline);
            assert_eq!(first.stage.key, "limited-external", "{name}");
            assert_ne!(first.call, Call::NoGo, "{name}: it opens well: {}", first.headline);
            match scenario {
                Scenario::Healthy => {
                    assert!(looks.iter().all(|a| a.call != Call::NoGo), "{name}");
                    assert_eq!(end.call, Call::Go, "{name}");
                }
                Scenario::Regression => {
                    assert_eq!(end.call, Call::NoGo, "{name}");
                    assert!(failed(end).contains(&"uploads-steady"), "{name}");
                    assert!(tripped(end).contains(&"failure-rate"), "{name}");
                }
                Scenario::Guardrail => {
                    assert_eq!(end.call, Call::NoGo, "{name}");
                    assert_eq!((end.hard_stops.len(), end.hard_stops[0].count), (1, 1), "{name}");
                }
                Scenario::Fallback => {
                    assert_eq!(end.call, Call::NoGo, "{name}");
                    assert!(failed(end).contains(&"no-silent-fallback"), "{name}");
                }
                Scenario::Blind => {
                    assert_eq!((end.call, end.exit_code()), (Call::Hold, 5), "{name}");
                    // What people and tools recorded is known all the same.
                    let measured = |gate: &&GateAssessment| !matches!(gate.kind, "qa_report" | "checklist");
                    let blind: Vec<&GateAssessment> = end.gates.iter().filter(measured).collect();
                    assert_eq!(blind.len(), 10, "{name}");
                    assert!(blind.iter().all(|gate| gate.verdict == Verdict::Unknown), "{name}");
                }
                Scenario::Storage => {
                    assert_eq!(end.call, Call::NoGo, "{name}");
                    assert!(tripped(end).contains(&"data-integrity"), "{name}");
                }
                Scenario::Drift => {
                    assert_eq!(end.call, Call::NoGo, "{name}");
                    assert!(end.flag.drift.as_deref().is_some_and(|drift| drift.contains("everyone")), "{name}");
                }
            }
        }
    }
}
