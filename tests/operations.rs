//! Advance and rollback against stores and logs that fail in every way. Time is paused: a hang costs nothing.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    audit::{AuditLog, Entry, Event, Head, Outcome, Record, replay},
    clock::Clock,
    fault::{Fault, FaultKind},
    flags::{FlagStore, Plan, Write},
    judge::{ActionAssessment, Assessment, Call, FlagAssessment, History, StageAssessment},
    operations::{Binding, Confirmed, Context, Progress, opening, perform, settle},
    runbook::{Condition, Exposure, Flag, Gate, Percent, Runbook, Stage},
    snapshot::{FlagReading, FlagState, Snapshot, SourceKind, SourceState, SourceStatus},
};
use tokio::sync::{mpsc, watch};

// ---- a store that misbehaves on cue ---------------------------------------------------------------------------------

#[derive(Debug, Clone, PartialEq)]
struct Held {
    enabled: bool,
    exposure: Exposure,
    foreign: Vec<String>,
    version: u32,
}

/// What the store does with one call, instead of what it should.
#[derive(Debug, Clone)]
enum Trouble {
    Hang,
    Fail(FaultKind),
    FailAfterDoing,
    ConfirmWithoutDoing,
    /// Does the write, and then somebody else does this.
    DoThenMeanwhile(Box<Held>),
    Fine,
}

struct Store {
    held: Mutex<Held>,
    writes: Mutex<VecDeque<Trouble>>,
    reads: Mutex<VecDeque<Trouble>>,
    sent: Mutex<Vec<Write>>,
}

impl Store {
    fn new(held: Held) -> Arc<Self> {
        Arc::new(Self {
            held: Mutex::new(held),
            writes: Mutex::default(),
            reads: Mutex::default(),
            sent: Mutex::default(),
        })
    }

    fn troubled_writes(self: Arc<Self>, troubles: &[Trouble]) -> Arc<Self> {
        self.writes.lock().unwrap().extend(troubles.iter().cloned());
        self
    }

    fn troubled_reads(self: Arc<Self>, troubles: &[Trouble]) -> Arc<Self> {
        self.reads.lock().unwrap().extend(troubles.iter().cloned());
        self
    }

    fn state(&self) -> FlagState {
        let held = self.held.lock().unwrap().clone();
        FlagState {
            enabled: held.enabled,
            configured: held.exposure,
            foreign: held.foreign,
            version: held.version.to_string(),
            changed_at: None,
            changed_by: None,
            changed_what: None,
            raw: serde_json::Value::Null,
        }
    }

    fn sent(&self) -> Vec<String> {
        self.sent.lock().unwrap().iter().map(|write| write.title.clone()).collect()
    }

    fn apply(&self, write: &Write) {
        let mut held = self.held.lock().unwrap();
        let before = held.clone();
        if let Some(enabled) = write.request["enabled"].as_bool() {
            held.enabled = enabled;
        }
        if let Some(exposure) = write.request.get("exposure") {
            held.exposure = serde_json::from_value(exposure.clone()).unwrap();
        }
        if *held != before {
            held.version += 1;
        }
    }
}

fn fault(kind: FaultKind) -> Fault {
    Fault::new(kind, "the store failed", "look")
}

async fn hang<T>() -> T {
    std::future::pending().await
}

#[async_trait]
impl FlagStore for Store {
    fn introduce(&self) -> SourceStatus {
        SourceStatus::connecting("fake", SourceKind::Flags, "memory".to_owned())
    }

    async fn read(&self) -> Result<FlagState, Fault> {
        let trouble = self.reads.lock().unwrap().pop_front().unwrap_or(Trouble::Fine);
        match trouble {
            Trouble::Hang => hang().await,
            Trouble::Fail(kind) => Err(fault(kind)),
            _ => Ok(self.state()),
        }
    }

    fn off(&self) -> Write {
        Write { title: "off".to_owned(), request: serde_json::json!({"enabled": false}) }
    }

    async fn plan(&self, present: &FlagState, target: &Exposure) -> Result<Plan, Fault> {
        if !present.foreign.is_empty() {
            return Err(fault(FaultKind::Hazard));
        }
        let mut writes = vec![Write { title: "rules".to_owned(), request: serde_json::json!({ "exposure": target }) }];
        if !present.enabled {
            writes.push(Write { title: "on".to_owned(), request: serde_json::json!({"enabled": true}) });
        }
        Ok(Plan { from_version: present.version.clone(), target: target.clone(), writes })
    }

    async fn write(&self, write: &Write) -> Result<(), Fault> {
        self.sent.lock().unwrap().push(write.clone());
        let trouble = self.writes.lock().unwrap().pop_front().unwrap_or(Trouble::Fine);
        match trouble {
            Trouble::Hang => hang().await,
            Trouble::Fail(kind) => Err(fault(kind)),
            Trouble::FailAfterDoing => {
                self.apply(write);
                Err(fault(FaultKind::Server))
            }
            Trouble::ConfirmWithoutDoing => Ok(()),
            Trouble::DoThenMeanwhile(held) => {
                self.apply(write);
                *self.held.lock().unwrap() = *held;
                Ok(())
            }
            Trouble::Fine => {
                self.apply(write);
                Ok(())
            }
        }
    }
}

// ---- a log that misbehaves ------------------------------------------------------------------------------------------

#[derive(Default)]
struct Log {
    entries: Mutex<Vec<(DateTime<Utc>, Event)>>,
    hangs: bool,
    /// What another operator wrote into it since.
    since: Mutex<Option<String>>,
    failures: Mutex<u32>,
}

impl Log {
    fn failing(times: u32) -> Arc<Self> {
        Arc::new(Self { failures: Mutex::new(times), ..Self::default() })
    }

    fn hanging() -> Arc<Self> {
        Arc::new(Self { hangs: true, ..Self::default() })
    }

    fn kinds(&self) -> Vec<&'static str> {
        let word = |event: &Event| match event {
            Event::Begun(_) => "begun",
            Event::Ended { outcome: Outcome::Verified, .. } => "verified",
            Event::Ended { outcome: Outcome::Refused { .. }, .. } => "refused",
            Event::Ended { outcome: Outcome::NotConfirmed { .. }, .. } => "not confirmed",
            _ => "other",
        };
        self.entries.lock().unwrap().iter().map(|(_, event)| word(event)).collect()
    }
}

fn entry(seq: u64, at: DateTime<Utc>, event: Event) -> Entry {
    let none = String::new;
    Entry { seq, at, operator: "ann".to_owned(), host: none(), version: none(), event, previous: none(), hash: none() }
}

#[async_trait]
impl AuditLog for Log {
    async fn append(&self, at: DateTime<Utc>, _: &str, event: Event) -> Result<Entry, Fault> {
        if self.hangs {
            hang::<()>().await;
        }
        {
            let mut failures = self.failures.lock().unwrap();
            if *failures > 0 {
                *failures -= 1;
                return Err(Fault::new(FaultKind::File, "no space is left", "free space"));
            }
        }
        self.entries.lock().unwrap().push((at, event.clone()));
        Ok(entry(1, at, event))
    }

    fn place(&self) -> String {
        "memory".to_owned()
    }

    async fn append_after(&self, _: &Head, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault> {
        self.append(at, operator, event).await
    }

    async fn read(&self) -> Result<Record, Fault> {
        if self.hangs {
            hang::<()>().await;
        }
        Ok(Record { damage: self.since.lock().unwrap().clone(), ..Record::default() })
    }
}

// ---- the world around it --------------------------------------------------------------------------------------------

fn percent(value: u8) -> Exposure {
    Exposure { cohorts: BTreeSet::new(), percent: Percent::new(value).unwrap() }
}

fn held(enabled: bool, value: u8) -> Held {
    Held { enabled, exposure: percent(value), foreign: Vec::new(), version: 1 }
}

fn runbook() -> Runbook {
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
        digest: "d".to_owned(),
    }
}

/// A judge for these tests: the stage is what the flag serves; blocked while the history is damaged; the digest is over
/// the telemetry source's note, which stands for the evidence.
fn assess(
    runbook: &Runbook,
    snapshot: &Snapshot,
    history: &History,
    _: Option<&str>,
    now: DateTime<Utc>,
) -> Assessment {
    let state = snapshot.flag.state.clone();
    let serves = state.as_ref().map(FlagState::serves).unwrap_or_default();
    let index = runbook.stages.iter().position(|stage| stage.exposure == serves).unwrap_or(0);
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
        standing: gonogo::judge::Standing::default(),
        rollback_called_for: Vec::new(),
        complete: false,
        chart: Vec::new(),
        digest: snapshot.telemetry_source.note.clone().unwrap_or_default(),
        warnings: Vec::new(),
    }
}

struct World {
    context: Context,
    latest: watch::Sender<Arc<Snapshot>>,
}

fn world(store: &Arc<Store>, log: &Arc<Log>) -> World {
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

async fn run(confirmed: Confirmed, world: World) -> (Outcome, Vec<Progress>) {
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

fn rollback() -> Confirmed {
    Confirmed::Rollback { reason: "it burns".to_owned(), resumes: None }
}

fn advance(version: u32) -> Confirmed {
    let binding = Binding {
        from_stage: "canary".to_owned(),
        to_stage: "wide".to_owned(),
        flag_version: version.to_string(),
        candidate: Some("abc".to_owned()),
        digest: String::new(),
        writes: Vec::new(),
    };
    Confirmed::Advance { binding, reason: "all green".to_owned(), request: None }
}

fn from_dark() -> Confirmed {
    let Confirmed::Advance { mut binding, reason, .. } = advance(1) else { unreachable!() };
    binding.from_stage = "dark".to_owned();
    binding.to_stage = "canary".to_owned();
    Confirmed::Advance { binding, reason, request: None }
}

fn not_confirmed(outcome: &Outcome) -> &Fault {
    let Outcome::NotConfirmed { fault } = outcome else { panic!("{outcome:?}") };
    fault
}

fn refused(outcome: &Outcome) -> String {
    let Outcome::Refused { why } = outcome else { panic!("{outcome:?}") };
    why.join("; ")
}

// ---- rollback -------------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn a_rollback_is_recorded_sent_and_read_back() {
    let (store, log) = (Store::new(held(true, 5)), Arc::new(Log::default()));
    let (outcome, _) = run(rollback(), world(&store, &log)).await;
    assert_eq!(outcome, Outcome::Verified);
    assert!(!store.state().enabled);
    assert_eq!(log.kinds(), ["begun", "verified"]);
    let entries = log.entries.lock().unwrap();
    let Event::Begun(begun) = &entries[0].1 else { panic!() };
    assert_eq!(begun.before.as_ref().unwrap().serves(), percent(5));
    assert_eq!((begun.from_stage.as_str(), begun.to_stage.as_str()), ("canary", "dark"));
    let Event::Ended { after: Some(after), .. } = &entries[1].1 else { panic!() };
    assert!(after.serves().is_off());
}

#[tokio::test(start_paused = true)]
async fn a_rollback_outlasts_every_trouble_with_the_same_payload() {
    use Trouble::*;
    let troubles = [Hang, Fail(FaultKind::Unreachable), ConfirmWithoutDoing, Fail(FaultKind::Unauthorized)];
    let store = Store::new(held(true, 5)).troubled_writes(&troubles).troubled_reads(&[Hang, Fail(FaultKind::NotFound)]);
    let (outcome, seen) = run(rollback(), world(&store, &Arc::new(Log::default()))).await;
    assert_eq!(outcome, Outcome::Verified);
    let sent = store.sent.lock().unwrap();
    assert_eq!(sent.len(), 5);
    assert!(sent.iter().all(|write| *write == sent[0]));
    let retries = seen.iter().filter(|p| matches!(p, Progress::Retrying { .. })).count();
    assert_eq!(retries, 4, "each is told: {seen:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_failed_after_doing_it_is_done() {
    let store = Store::new(held(true, 5)).troubled_writes(&[Trouble::FailAfterDoing]);
    let (outcome, _) = run(rollback(), world(&store, &Arc::new(Log::default()))).await;
    assert_eq!(outcome, Outcome::Verified);
    assert_eq!(store.sent().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_of_an_off_flag_is_verified() {
    let store = Store::new(held(false, 5));
    let (outcome, _) = run(rollback(), world(&store, &Arc::new(Log::default()))).await;
    assert_eq!(outcome, Outcome::Verified);
    assert_eq!(store.state().version, "1", "nothing was changed");
}

#[tokio::test(start_paused = true)]
async fn a_hanging_log_delays_a_rollback_by_no_more_than_a_moment_and_its_entries_are_handed_out() {
    let store = Store::new(held(true, 5));
    let began = tokio::time::Instant::now();
    let world = world(&store, &Log::hanging());
    let (updates, mut progress) = mpsc::unbounded_channel();
    let done = tokio::spawn(perform(rollback(), world.context, updates));
    let mut kept = None;
    let mut sent_after = None;
    while let Some(update) = progress.recv().await {
        match update {
            Progress::Sent { .. } => sent_after = Some(began.elapsed()),
            Progress::Kept(events) => kept = Some(events),
            _ => {}
        }
    }
    assert_eq!(done.await.unwrap(), Outcome::Verified);
    assert!(sent_after.unwrap() < Duration::from_millis(500), "{sent_after:?}");
    let kept = kept.unwrap();
    assert!(matches!(kept[..], [Event::Begun(_), Event::Ended { outcome: Outcome::Verified, .. }]));
}

#[tokio::test(start_paused = true)]
async fn a_log_that_fails_once_has_both_entries_in_the_end() {
    let (store, log) = (Store::new(held(true, 5)), Log::failing(1));
    let (outcome, seen) = run(rollback(), world(&store, &log)).await;
    assert_eq!(outcome, Outcome::Verified);
    assert!(seen.iter().any(|p| matches!(p, Progress::NotRecorded(_))));
    assert!(!seen.iter().any(|p| matches!(p, Progress::Kept(_))));
    assert_eq!(log.kinds(), ["begun", "verified"]);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_gives_up_at_its_limit_and_says_why() {
    let store = Store::new(held(true, 5)).troubled_writes(&vec![Trouble::Hang; 99]);
    let log = Arc::new(Log::default());
    let began = tokio::time::Instant::now();
    let (outcome, _) = run(rollback(), world(&store, &log)).await;
    assert_eq!(not_confirmed(&outcome).kind, FaultKind::Timeout);
    assert!(began.elapsed() < Duration::from_secs(150), "{:?}", began.elapsed());
    assert_eq!(log.kinds(), ["begun", "not confirmed"]);
}

#[tokio::test(start_paused = true)]
async fn without_a_limit_a_rollback_goes_on() {
    let store = Store::new(held(true, 5)).troubled_writes(&vec![Trouble::Fail(FaultKind::Unreachable); 500]);
    let mut world = world(&store, &Arc::new(Log::default()));
    world.context.limit = None;
    assert_eq!(run(rollback(), world).await.0, Outcome::Verified);
    assert_eq!(store.sent().len(), 501);
}

// ---- advance --------------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn an_advance_is_checked_recorded_sent_and_read_back() {
    let (store, log) = (Store::new(held(false, 0)), Arc::new(Log::default()));
    let (outcome, _) = run(from_dark(), world(&store, &log)).await;
    assert_eq!(outcome, Outcome::Verified);
    assert_eq!(store.sent(), ["rules", "on"]);
    assert_eq!(store.state().serves(), percent(5));
    assert_eq!(log.kinds(), ["begun", "verified"]);
    let record = Record {
        entries: log.entries.lock().unwrap().iter().map(|(at, e)| entry(1, *at, e.clone())).collect(),
        ..Record::default()
    };
    assert_eq!(replay(&record).present().unwrap().stage, "canary");
}

#[tokio::test(start_paused = true)]
async fn whatever_changed_since_it_was_confirmed_refuses_it_and_nothing_is_sent() {
    type Change = fn(&mut World, &Store, &Log);
    let changes: [(&str, Change); 5] = [
        ("the flag was changed since you looked", |_, store, _| store.held.lock().unwrap().version = 7),
        ("the rollout is in stage wide, no longer in canary", |_, store, _| {
            *store.held.lock().unwrap() = held(true, 50)
        }),
        ("the candidate is def, no longer abc", |world, _, _| world.context.candidate = Some("def".to_owned())),
        ("a gate fails", |_, _, log| *log.since.lock().unwrap() = Some("a gate fails".to_owned())),
        ("the evidence changed since you looked", |world, _, _| {
            world.latest.send_modify(|snapshot| {
                let mut next = Snapshot::clone(snapshot);
                next.telemetry_source.note = Some("other evidence".to_owned());
                *snapshot = Arc::new(next);
            });
        }),
    ];
    for (expected, change) in changes {
        let (store, log) = (Store::new(held(true, 5)), Arc::new(Log::default()));
        let mut world = world(&store, &log);
        change(&mut world, &store, &log);
        let (outcome, _) = run(advance(1), world).await;
        let why = refused(&outcome);
        assert!(why.contains(expected), "{expected:?} in {why:?}");
        assert!(store.sent().is_empty(), "{expected}");
        assert_eq!(log.kinds(), ["refused"]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_advance_that_cannot_be_checked_or_recorded_is_refused() {
    let store = Store::new(held(true, 5)).troubled_reads(&[Trouble::Hang]);
    let (outcome, _) = run(advance(1), world(&store, &Arc::new(Log::default()))).await;
    assert!(refused(&outcome).contains("did not answer"));

    let mut foreign = held(true, 5);
    foreign.foreign.push("somebody's".to_owned());
    let store = Store::new(foreign);
    let (outcome, _) = run(advance(1), world(&store, &Arc::new(Log::default()))).await;
    assert!(refused(&outcome).contains("the store failed"));

    for log in [Log::failing(99), Log::hanging()] {
        let store = Store::new(held(true, 5));
        let (outcome, seen) = run(advance(1), world(&store, &log)).await;
        assert!(refused(&outcome).contains("waits for the audit log"));
        assert!(store.sent().is_empty());
        assert!(seen.iter().any(|p| matches!(p, Progress::Kept(_))));
    }
}

#[tokio::test(start_paused = true)]
async fn an_unclear_write_is_read_back_before_anything_else_is_sent() {
    // Done in spite of the error: on to the next write, the first is not sent again.
    let store = Store::new(held(false, 0)).troubled_writes(&[Trouble::FailAfterDoing]);
    let (outcome, _) = run(from_dark(), world(&store, &Arc::new(Log::default()))).await;
    assert_eq!((outcome, store.sent()), (Outcome::Verified, vec!["rules".to_owned(), "on".to_owned()]));

    // Not done: sent again.
    let store = Store::new(held(false, 0)).troubled_writes(&[Trouble::Fail(FaultKind::Server)]);
    let (outcome, _) = run(from_dark(), world(&store, &Arc::new(Log::default()))).await;
    assert_eq!(outcome, Outcome::Verified);
    assert_eq!(store.sent(), ["rules", "rules", "on"]);

    // Never done: given up, and nobody has the feature.
    let store = Store::new(held(false, 0)).troubled_writes(&vec![Trouble::Hang; 9]);
    let log = Arc::new(Log::default());
    let (outcome, _) = run(from_dark(), world(&store, &log)).await;
    assert_eq!(not_confirmed(&outcome).kind, FaultKind::Timeout);
    assert_eq!(store.sent(), ["rules", "rules", "rules"]);
    assert_eq!(log.kinds(), ["begun", "not confirmed"]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_store_is_not_repeated() {
    let store = Store::new(held(true, 5)).troubled_writes(&[Trouble::Fail(FaultKind::Forbidden)]);
    let (outcome, _) = run(advance(1), world(&store, &Arc::new(Log::default()))).await;
    assert_eq!(not_confirmed(&outcome).kind, FaultKind::Forbidden);
    assert_eq!(store.sent(), ["rules"]);
}

#[tokio::test(start_paused = true)]
async fn confirmed_and_not_done_is_not_confirmed() {
    let store = Store::new(held(true, 5)).troubled_writes(&[Trouble::ConfirmWithoutDoing]);
    let (outcome, _) = run(advance(1), world(&store, &Arc::new(Log::default()))).await;
    assert!(not_confirmed(&outcome).what.contains("serves 5 % instead of 50 %"));
    assert_eq!(store.sent(), ["rules"]);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_goes_silent_after_the_write_is_not_confirmed() {
    let mut reads = vec![Trouble::Fine];
    reads.extend(vec![Trouble::Fail(FaultKind::Unreachable); 20]);
    let store = Store::new(held(true, 5)).troubled_reads(&reads);
    let (outcome, _) = run(advance(1), world(&store, &Arc::new(Log::default()))).await;
    assert_eq!(not_confirmed(&outcome).kind, FaultKind::Unreachable);
    assert_eq!(store.sent(), ["rules"]);
}

#[tokio::test(start_paused = true)]
async fn more_than_was_asked_for_is_switched_off_at_once() {
    let mut foreign = held(true, 5);
    foreign.foreign.push("100 % for everyone".to_owned());
    for meanwhile in [held(true, 100), foreign] {
        let store = Store::new(held(true, 5))
            .troubled_writes(&[Trouble::DoThenMeanwhile(Box::new(meanwhile)), Trouble::Fail(FaultKind::Unreachable)]);
        let log = Arc::new(Log::default());
        let (outcome, _) = run(advance(1), world(&store, &log)).await;
        let fault = not_confirmed(&outcome);
        assert!(fault.what.contains("switched off"), "{fault}");
        assert!(!store.state().enabled, "off, though the first attempt to switch off failed");
        assert_eq!(store.sent(), ["rules", "off", "off"]);
        assert_eq!(log.kinds(), ["begun", "not confirmed"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_fail_safe_that_fails_too_says_that_more_is_served() {
    let mut troubles = vec![Trouble::DoThenMeanwhile(Box::new(held(true, 100)))];
    troubles.extend(vec![Trouble::Fail(FaultKind::Unreachable); 99]);
    let store = Store::new(held(true, 5)).troubled_writes(&troubles);
    let (outcome, _) = run(advance(1), world(&store, &Arc::new(Log::default()))).await;
    let fault = not_confirmed(&outcome);
    assert!(fault.what.contains("switching it off failed"), "{fault}");
    assert_eq!(fault.next, "roll back now");
}

#[tokio::test(start_paused = true)]
async fn a_rollback_by_somebody_else_in_between_ends_it() {
    let mut off = held(false, 5);
    off.version = 9;
    let store = Store::new(held(true, 5)).troubled_writes(&[Trouble::DoThenMeanwhile(Box::new(off))]);
    let (outcome, _) = run(advance(1), world(&store, &Arc::new(Log::default()))).await;
    assert!(not_confirmed(&outcome).what.contains("took the feature away"));
    assert_eq!(store.sent(), ["rules"], "it is not switched on again");
    assert!(!store.state().enabled);
}

// ---- the next start -------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn an_action_that_died_between_its_writes_is_found_out_on_the_next_start() {
    let store = Store::new(held(false, 0)).troubled_writes(&[Trouble::Fine, Trouble::Hang]);
    let log = Arc::new(Log::default());
    let (updates, mut progress) = mpsc::unbounded_channel();
    let task = tokio::spawn(perform(from_dark(), world(&store, &log).context, updates));
    while let Some(update) = progress.recv().await {
        if matches!(&update, Progress::Sent { title, .. } if title == "on") {
            break;
        }
    }
    task.abort();
    assert!(store.state().serves().is_off(), "between the writes nobody has it");
    assert_eq!(log.kinds(), ["begun"]);

    let (at, event) = log.entries.lock().unwrap()[0].clone();
    let record = Record { entries: vec![entry(1, at, event)], damage: None, ..Record::default() };
    assert!(replay(&record).unfinished.is_some());
    assert!(settle(&record, &store.state(), at + TimeDelta::seconds(30)).is_empty(), "it may still be under way");
    let later = at + TimeDelta::minutes(30);
    let ends = settle(&record, &store.state(), later);
    assert!(matches!(&ends[..], [Event::Ended { outcome: Outcome::NotConfirmed { .. }, .. }]));
    *store.held.lock().unwrap() = held(true, 5);
    let ends = settle(&record, &store.state(), later);
    assert!(matches!(&ends[..], [Event::Ended { outcome: Outcome::Verified, .. }]));
}

#[test]
fn the_first_watch_opens_the_log_only_where_the_flag_is_what_a_stage_says() {
    let store = Store::new(held(true, 5));
    let state = store.state();
    let telemetry = SourceStatus::connecting("t", SourceKind::Telemetry, String::new());
    let mut snapshot = Snapshot::empty(Utc::now(), telemetry, store.introduce());
    snapshot.flag.state = Some(state.clone());
    let now = Utc::now();
    let runbook = runbook();
    let mut assessment = assess(&runbook, &snapshot, &History::default(), None, now);
    let Some(Event::Opened { stage, entered_at, .. }) =
        opening(&History::default(), &assessment, Some(&state), None, &runbook)
    else {
        panic!()
    };
    assert_eq!((stage.as_str(), entered_at), ("canary", now));
    assert_eq!(opening(&History::default(), &assessment, None, None, &runbook), None);
    assessment.flag.drift = Some("100 % elsewhere".to_owned());
    assert_eq!(opening(&History::default(), &assessment, Some(&state), None, &runbook), None);
}
