//! A rollout with telemetry, a flag and a history, for tests of the judge: healthy until a test changes something.
#![allow(dead_code, missing_docs)]

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    fault::{Fault, FaultKind},
    judge::{
        self, Assessment, Basis, FlagChange, GateAssessment, History, Resolution, TriggerAssessment, Trouble, Visit,
    },
    runbook::{
        Check, Condition, Exposure, FailureMessage, Flag, Gate, Guardrails, MatchOp, Matcher, Outcome, Percent, QaGate,
        Rate, RateScope, Repetition, Runbook, Selection, Signal, Signature, Stage, Trigger, TripWire,
    },
    snapshot::{
        Counts, FlagReading, FlagState, Health, Observation, Reading, Snapshot, SourceKind, SourceState, SourceStatus,
    },
};

/// The instant judged: half a minute into a minute, so that there is a minute that is still filling.
pub fn now() -> DateTime<Utc> {
    "2026-03-01T12:00:30Z".parse().expect("an instant")
}

pub fn ago(minutes: i64) -> DateTime<Utc> {
    now() - TimeDelta::minutes(minutes)
}

pub fn select(signal: &str, conditions: &[(&str, &str)]) -> Selection {
    let matchers = conditions
        .iter()
        .map(|&(field, value)| Matcher { field: field.to_owned(), op: MatchOp::In(vec![value.to_owned()]) });
    Selection { signal: signal.to_owned(), matchers: matchers.collect() }
}

pub fn exposure(cohorts: &[&str], percent: u8) -> Exposure {
    Exposure {
        cohorts: cohorts.iter().map(|&cohort| cohort.to_owned()).collect(),
        percent: Percent::new(percent).expect("a percentage"),
    }
}

pub fn signal(key: &str, by: &[&str], heartbeat: Option<&str>) -> Signal {
    Signal {
        key: key.to_owned(),
        title: key.to_owned(),
        by: by.iter().map(|&label| label.to_owned()).collect(),
        heartbeat: heartbeat.map(str::to_owned),
        prometheus: None,
        events: None,
    }
}

pub fn gate(key: &str, condition: Condition) -> Gate {
    Gate { key: key.to_owned(), title: format!("Gate {key}"), requirement: None, condition }
}

fn stage(key: &str, exposure: Exposure, gates: Vec<Gate>) -> Stage {
    Stage {
        key: key.to_owned(),
        title: format!("Stage {key}"),
        exposure,
        observe: Duration::from_secs(4 * 3600),
        second_person: None,
        actions: vec![],
        gates,
    }
}

fn measured() -> Vec<Gate> {
    vec![
        gate("observed", Condition::ObservationWindow),
        gate("success", Condition::SuccessRate { rate: "upload".to_owned() }),
        gate(
            "fallback",
            Condition::ZeroTolerance {
                events: select("path", &[("path", "legacy")]),
                exposure: select("upload", &[]),
                tolerated: 0.001,
            },
        ),
        gate("messages", Condition::DeclaredMessages { events: select("message", &[]), label: "message".to_owned() }),
    ]
}

pub fn runbook() -> Runbook {
    let trigger = |key: &str, when: Vec<TripWire>| Trigger {
        key: key.to_owned(),
        title: format!("Trigger {key}"),
        requirement: None,
        automatic: false,
        when,
    };
    Runbook {
        key: "test".to_owned(),
        title: "Test rollout".to_owned(),
        scope: vec![],
        flag: Flag { key: "feature".to_owned(), legacy: None },
        preconditions: vec![],
        cohorts: vec![],
        stages: vec![
            stage("dark", Exposure::off(), vec![gate("qa", Condition::QaReport)]),
            stage("internal", exposure(&["internal"], 0), measured()),
            stage("limited", exposure(&["internal"], 5), measured()),
            stage(
                "everyone",
                Exposure::everyone(),
                vec![
                    gate("checks", Condition::Checklist { environment: "production".to_owned() }),
                    gate("word", Condition::Attestation { statement: "the logs are clean".to_owned() }),
                    gate("owner", Condition::SignOff),
                ],
            ),
        ],
        signals: vec![
            signal("upload", &["success", "step"], None),
            signal("path", &["path"], Some("upload")),
            signal("message", &["message"], Some("upload")),
            signal("guardrail", &["stage", "code"], Some("upload")),
            signal("mismatch", &["route"], None),
        ],
        rates: vec![
            Rate {
                key: "upload".to_owned(),
                title: "Upload".to_owned(),
                scope: RateScope::Rollout,
                attempts: select("upload", &[]),
                outcome: Outcome::Successes(select("upload", &[("success", "true")])),
                slo: 0.995,
            },
            Rate {
                key: "attach".to_owned(),
                title: "Attach".to_owned(),
                scope: RateScope::Step,
                attempts: select("upload", &[]),
                outcome: Outcome::Failures(select("upload", &[("step", "attach")])),
                slo: 0.995,
            },
        ],
        guardrails: Some(Guardrails {
            signal: "guardrail".to_owned(),
            listed: ["pull:regression", "flush:exhausted"]
                .map(|signature| Signature {
                    signature: signature.to_owned(),
                    raised_when: String::new(),
                    triage: String::new(),
                })
                .to_vec(),
            triage: vec![],
        }),
        failure_messages: vec![FailureMessage {
            text: "Upload failed".to_owned(),
            variants: vec!["Upload failed (attach)".to_owned()],
            meaning: String::new(),
        }],
        codes: vec![],
        monitors: vec![],
        triggers: vec![
            trigger("rate", vec![TripWire::FailureRate { rate: "upload".to_owned() }]),
            trigger(
                "repeated",
                vec![TripWire::Repeated {
                    events: select("guardrail", &[]),
                    threshold: Repetition::AtLeast(2),
                    within: Duration::from_secs(900),
                }],
            ),
            trigger("mismatch", vec![TripWire::Any { events: select("mismatch", &[]) }]),
        ],
        rollback: vec![],
        legacy: None,
        rules: vec![],
        checklist: vec![Check { key: "restart".to_owned(), title: "Restart recovers".to_owned(), seen: Vec::new() }],
        qa: Some(QaGate {
            command: "make qa".to_owned(),
            checks: ["api-rekey-crdt", "api-client-crypto", "client-secure-upload", "vfs-guardrail"]
                .map(str::to_owned)
                .to_vec(),
            covers: vec![],
            max_age: Duration::from_secs(86_400),
            report: Vec::new(),
            reported_as: Vec::new(),
            older: Default::default(),
            limit: Duration::from_secs(3600),
        }),
        evidence: vec![],
        sign_off: vec![],
        deployed: None,
        roles: vec![],
        digest: "d".repeat(64),
    }
}

pub fn visit(stage: &str, entered: DateTime<Utc>, left: Option<DateTime<Utc>>) -> Visit {
    Visit { stage: stage.to_owned(), entered_at: entered, left_at: left, by_rollback: false }
}

pub fn fault() -> Fault {
    Fault::new(FaultKind::Unreachable, "prometheus at 127.0.0.1:9090 refused the connection", "check that it runs")
}

pub fn flag_state(enabled: bool, configured: Exposure) -> FlagState {
    FlagState {
        enabled,
        configured,
        foreign: vec![],
        version: "v1".to_owned(),
        changed_at: None,
        changed_by: None,
        changed_what: None,
        raw: serde_json::Value::Null,
    }
}

/// Everything that is judged. Telemetry is by signal, and may be taken away whole.
#[derive(Debug, Clone)]
pub struct Scene {
    pub runbook: Runbook,
    pub history: History,
    pub readings: BTreeMap<String, Reading>,
    pub polled: bool,
    pub skew: Option<TimeDelta>,
    pub source: SourceStatus,
    pub flag: FlagReading,
    pub candidate: Option<String>,
    /// Commits that telemetry tells as deployed, and on how many instances.
    pub deployed: Option<BTreeMap<String, u64>>,
    pub now: DateTime<Utc>,
}

/// Minutes that the present stage has lasted.
pub const STAGE_MINUTES: i64 = 360;

impl Scene {
    /// In `limited` for six hours, 100 uploads a minute of which one in 1,000 fails, everything fresh.
    pub fn healthy() -> Self {
        let connected = |name: &str, kind| SourceStatus {
            state: SourceState::Ok,
            last_ok: Some(now()),
            ..SourceStatus::connecting(name, kind, "127.0.0.1".to_owned())
        };
        let mut scene = Self {
            runbook: runbook(),
            history: History {
                visits: vec![
                    visit("dark", ago(2000), Some(ago(1000))),
                    visit("internal", ago(1000), Some(ago(STAGE_MINUTES))),
                    visit("limited", ago(STAGE_MINUTES), None),
                ],
                ..History::default()
            },
            readings: BTreeMap::new(),
            polled: true,
            skew: Some(TimeDelta::zero()),
            source: connected("prometheus", SourceKind::Telemetry),
            flag: FlagReading {
                state: Some(flag_state(true, exposure(&["internal"], 5))),
                read_at: Some(now()),
                fault: None,
            },
            candidate: Some("018e611".to_owned()),
            deployed: None,
            now: now(),
        };
        for key in ["upload", "path", "message", "guardrail", "mismatch"] {
            scene.readings.insert(key.to_owned(), empty_reading());
        }
        scene.uploads(1000, 0, 100, 0);
        for minute in (5..1000).step_by(10) {
            scene.add("upload", &["false", "flush"], ago(minute), 1);
            scene.add("message", &["Upload failed"], ago(minute), 1);
        }
        scene.add("path", &["secure"], ago(1), 100);
        scene
    }

    /// The same with no uploads at all, in a stage that was entered `minutes` ago.
    pub fn quiet(minutes: i64) -> Self {
        let mut scene = Self::healthy();
        for reading in scene.readings.values_mut() {
            reading.tallies.clear();
        }
        scene.enter("limited", minutes);
        scene
    }

    /// Enters this stage so many minutes ago, the flag with it.
    pub fn enter(&mut self, stage: &str, minutes: i64) {
        let entered = ago(minutes);
        if let Some(last) = self.history.visits.last_mut() {
            if last.stage == stage {
                last.entered_at = entered;
            } else {
                last.left_at = Some(entered);
                self.history.visits.push(visit(stage, entered, None));
            }
        }
        let exposure = self.runbook.stage(stage).expect("a stage of the runbook").1.exposure.clone();
        self.flag.state = Some(flag_state(!exposure.is_off(), exposure));
    }

    /// `successes` and `failures` a minute, from `from` minutes ago until `to` minutes ago, the last not included.
    pub fn uploads(&mut self, from: i64, to: i64, successes: u64, failures: u64) {
        for minute in (to + 1..=from).rev() {
            self.add("upload", &["true", ""], ago(minute), successes);
            self.add("upload", &["false", "attach"], ago(minute), failures);
        }
    }

    pub fn add(&mut self, signal: &str, labels: &[&str], at: DateTime<Utc>, n: u64) {
        let labels: Vec<String> = labels.iter().map(|&label| label.to_owned()).collect();
        self.reading(signal).tallies.entry(labels).or_default().add(at, n);
    }

    pub fn reading(&mut self, signal: &str) -> &mut Reading {
        self.readings.get_mut(signal).expect("a signal of the runbook")
    }

    pub fn resolve(&mut self, signature: &str, at: DateTime<Utc>) {
        self.resolve_trouble(Trouble::Guardrail { signature: signature.to_owned() }, at);
    }

    pub fn resolve_gate(&mut self, stage: &str, gate: &str, at: DateTime<Utc>) {
        self.resolve_trouble(Trouble::Gate { stage: stage.to_owned(), gate: gate.to_owned() }, at);
    }

    pub fn resolve_trigger(&mut self, trigger: &str, at: DateTime<Utc>) {
        self.resolve_trouble(Trouble::Trigger { trigger: trigger.to_owned() }, at);
    }

    /// The candidate or the runbook changed then, to what is judged now.
    pub fn rebase(&mut self, since: DateTime<Utc>) {
        let (candidate, runbook) = (self.candidate.clone(), self.runbook.digest.clone());
        if self.history.bases.is_empty() {
            let before = Basis { since: ago(10_000), candidate: None, runbook: runbook.clone() };
            self.history.bases.push(before);
        }
        self.history.bases.push(Basis { since, candidate, runbook });
        self.history.bases.sort_by_key(|basis| basis.since);
    }

    /// Somebody else changed the flag then, to what it is now.
    pub fn flag_found(&mut self, version: &str, at: DateTime<Utc>) {
        self.history.flags = vec![
            FlagChange { at: ago(10_000), version: "v0".to_owned() },
            FlagChange { at, version: version.to_owned() },
        ];
        self.flag.state.as_mut().expect("a flag").version = version.to_owned();
    }

    pub fn resolve_trouble(&mut self, trouble: Trouble, at: DateTime<Utc>) {
        self.history.resolutions.push(Resolution {
            at,
            trouble,
            operator: "owner".to_owned(),
            evidence: "incident 7".to_owned(),
        });
    }

    /// Resolves the failure of a gate of the present stage.
    pub fn resolve_gate_here(&mut self, gate: &str, at: DateTime<Utc>) {
        let stage = self.history.visits.last().expect("a stage").stage.clone();
        self.resolve_gate(&stage, gate, at);
    }

    pub fn snapshot(&self) -> Snapshot {
        let flags = SourceStatus::connecting("flagd", SourceKind::Flags, "flags.json".to_owned());
        let mut snapshot = Snapshot::empty(self.now, self.source.clone(), flags);
        snapshot.generation = 7;
        snapshot.flag = self.flag.clone();
        snapshot.telemetry = self.polled.then(|| {
            let readings = self.readings.iter().map(|(key, reading)| (key.clone(), Arc::new(reading.clone())));
            Arc::new(Observation {
                at: self.now,
                skew: self.skew,
                readings: readings.collect(),
                deployed: self.deployed.clone(),
            })
        });
        snapshot
    }

    pub fn judge(&self) -> Assessment {
        judge::assess(&self.runbook, &self.snapshot(), &self.history, self.candidate.as_deref(), self.now)
    }
}

pub fn empty_reading() -> Reading {
    Reading {
        tallies: BTreeMap::<Vec<String>, Counts>::new(),
        health: Health::Good,
        query: "increase(some_total[1m])".to_owned(),
        covered_from: ago(10_000),
        newest: Some(now() - TimeDelta::seconds(5)),
        gaps: vec![],
        step: TimeDelta::seconds(15),
        latency: None,
    }
}

/// The gate of this key.
pub fn gate_of<'a>(assessment: &'a Assessment, key: &str) -> &'a GateAssessment {
    assessment.gates.iter().find(|gate| gate.key == key).unwrap_or_else(|| panic!("no gate {key}"))
}

/// The trigger of this key.
pub fn trigger_of<'a>(assessment: &'a Assessment, key: &str) -> &'a TriggerAssessment {
    assessment.triggers.iter().find(|trigger| trigger.key == key).unwrap_or_else(|| panic!("no trigger {key}"))
}
