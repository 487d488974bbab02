//! A rollout in three stages, a judge that is told what to say, and one way to run an operation in it.

use std::{cell::RefCell, collections::BTreeSet, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    audit::Outcome,
    clock::Clock,
    fault::Fault,
    flags::{FlagStore, Write},
    judge::{
        ActionAssessment, Assessment, Call, FlagAssessment, History, RequestAssessment, StageAssessment, Standing,
    },
    operations::{Binding, Confirmed, Context, Progress, perform},
    runbook::{Condition, Exposure, Flag, Gate, Percent, Runbook, Stage},
    snapshot::{FlagReading, FlagState, Snapshot, SourceKind, SourceState, SourceStatus},
};
use tokio::sync::{mpsc, watch};

use crate::{
    log::Log,
    store::{Held, Store},
};

thread_local! {
    /// What the judge says of a request, and why it allows nothing but advancing. Each test has its own thread.
    pub static REQUEST: RefCell<Option<RequestAssessment>> = const { RefCell::new(None) };
    pub static AGAINST: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

pub fn percent(value: u8) -> Exposure {
    Exposure { cohorts: BTreeSet::new(), percent: Percent::new(value).unwrap() }
}

pub fn held(enabled: bool, value: u8) -> Held {
    Held { enabled, exposure: percent(value), foreign: Vec::new(), version: 1 }
}

pub fn runbook() -> Runbook {
    let stage = |key: &str, exposure| Stage {
        key: key.to_owned(),
        title: key.to_owned(),
        exposure,
        observe: Duration::from_secs(60),
        second_person: None,
        actions: Vec::new(),
        gates: vec![Gate {
            key: "window".to_owned(),
            title: "window".to_owned(),
            requirement: None,
            condition: Condition::ObservationWindow,
        }],
    };
    Runbook {
        key: "r".to_owned(),
        title: "r".to_owned(),
        scope: Vec::new(),
        flag: Flag { key: "f".to_owned(), legacy: None },
        preconditions: Vec::new(),
        cohorts: Vec::new(),
        stages: vec![stage("dark", Exposure::off()), stage("canary", percent(5)), stage("wide", percent(50))],
        signals: Vec::new(),
        rates: Vec::new(),
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
        digest: "d".to_owned(),
    }
}

/// A judge for these tests: the stage is the one on record, else what the flag serves; blocked while the history is damaged;
/// the digest is over the telemetry source's note, which stands for the evidence.
pub fn assess(
    runbook: &Runbook,
    snapshot: &Snapshot,
    history: &History,
    _: Option<&str>,
    now: DateTime<Utc>,
) -> Assessment {
    let state = snapshot.flag.state.clone();
    let serves = state.as_ref().map(FlagState::serves).unwrap_or_default();
    let recorded = history.present().and_then(|visit| runbook.stage(&visit.stage)).map(|(index, _)| index);
    let serving = runbook.stages.iter().position(|stage| stage.exposure == serves);
    let index = recorded.or(serving).unwrap_or(0);
    let stage = &runbook.stages[index];
    let blockers: Vec<String> = history.damage.iter().cloned().collect();
    Assessment {
        at: now,
        generation: snapshot.generation,
        call: Call::Go,
        headline: String::new(),
        stage: StageAssessment {
            index,
            key: stage.key.clone(),
            title: stage.title.clone(),
            entered_at: None,
            inferred: false,
            evidence_from: now,
            restarted: None,
            observed: TimeDelta::zero(),
            observe: TimeDelta::zero(),
        },
        flag: FlagAssessment {
            enabled: state.as_ref().map(|s| s.enabled),
            serves: Some(serves),
            version: state.map(|s| s.version),
            age: None,
            drift: None,
            blind: None,
        },
        sources: Vec::new(),
        gates: Vec::new(),
        rates: Vec::new(),
        guardrails: Vec::new(),
        guardrails_blind: None,
        history_blind: None,
        monitors: Vec::new(),
        signals: Vec::new(),
        triggers: Vec::new(),
        hard_stops: Vec::new(),
        advance: ActionAssessment {
            allowed: blockers.is_empty(),
            to: runbook.stages.get(index + 1).map(|next| next.key.clone()),
            blockers,
        },
        rollback: ActionAssessment { allowed: true, to: None, blockers: Vec::new() },
        standing: Standing {
            reduce: allowed(index.checked_sub(1).map(|before| &runbook.stages[before])),
            restore: allowed(Some(stage)),
            adopt: allowed(serving.filter(|serving| *serving < index).map(|earlier| &runbook.stages[earlier])),
            request: REQUEST.with_borrow(Clone::clone),
            ..Standing::default()
        },
        rollback_called_for: Vec::new(),
        complete: false,
        chart: Vec::new(),
        digest: snapshot.telemetry_source.note.clone().unwrap_or_default(),
        approval: String::new(),
        candidate: None,
        warnings: Vec::new(),
    }
}

fn allowed(to: Option<&Stage>) -> ActionAssessment {
    let blockers = AGAINST.with_borrow(Clone::clone);
    ActionAssessment { allowed: blockers.is_empty() && to.is_some(), to: to.map(|stage| stage.key.clone()), blockers }
}

pub struct World {
    pub context: Context,
    pub latest: watch::Sender<Arc<Snapshot>>,
}

pub fn world(store: &Arc<Store>, log: &Arc<Log>) -> World {
    let telemetry = SourceStatus::connecting("t", SourceKind::Telemetry, String::new());
    let mut snapshot = Snapshot::empty(Utc::now(), telemetry, store.introduce());
    snapshot.flag = FlagReading { state: Some(store.state()), read_at: Some(Utc::now()), fault: None };
    snapshot.flag_source.state = SourceState::Ok;
    let (latest, receiver) = watch::channel(Arc::new(snapshot));
    let context = Context {
        runbook: Arc::new(runbook()),
        candidate: Some("abc".to_owned()),
        operator: "ann".to_owned(),
        store: store.clone(),
        audit: log.clone(),
        clock: Clock::System,
        latest: receiver,
        assess,
        stage: "canary".to_owned(),
        limit: Some(Duration::from_secs(120)),
    };
    World { context, latest }
}

pub async fn run(confirmed: Confirmed, world: World) -> (Outcome, Vec<Progress>) {
    let (updates, mut progress) = mpsc::unbounded_channel();
    let outcome = perform(confirmed, world.context, updates).await;
    let mut seen = Vec::new();
    while let Some(update) = progress.recv().await {
        seen.push(update);
    }
    assert!(matches!(seen.first(), Some(Progress::Begun { .. })));
    assert!(matches!(seen.last(), Some(Progress::Ended { outcome: last, .. }) if *last == outcome));
    (outcome, seen)
}

pub fn rollback() -> Confirmed {
    Confirmed::Rollback { reason: "it burns".to_owned(), resumes: None }
}

pub fn advance(version: u32) -> Confirmed {
    let binding = binding("canary", "wide", version, &[rules(50)]);
    Confirmed::Advance { binding, reason: "all green".to_owned(), request: None }
}

pub fn from_dark() -> Confirmed {
    let binding = binding("dark", "canary", 1, &[rules(5), switch(true)]);
    Confirmed::Advance { binding, reason: "all green".to_owned(), request: None }
}

pub fn rules(value: u8) -> Write {
    Write { title: "rules".to_owned(), request: serde_json::json!({ "exposure": percent(value) }) }
}

pub fn switch(on: bool) -> Write {
    Write { title: if on { "on" } else { "off" }.to_owned(), request: serde_json::json!({ "enabled": on }) }
}

pub fn binding(from: &str, to: &str, version: u32, writes: &[Write]) -> Binding {
    Binding {
        from_stage: from.to_owned(),
        to_stage: to.to_owned(),
        flag_version: version.to_string(),
        candidate: Some("abc".to_owned()),
        digest: String::new(),
        writes: writes.to_vec(),
    }
}

pub fn not_confirmed(outcome: &Outcome) -> &Fault {
    let Outcome::NotConfirmed { fault } = outcome else { panic!("{outcome:?}") };
    fault
}

pub fn refused(outcome: &Outcome) -> String {
    let Outcome::Refused { why } = outcome else { panic!("{outcome:?}") };
    why.join("; ")
}
