//! What is due of a rollback's procedure, and the attendant that does it.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    audit::{Action, AuditLog, Entry, Event, FileLog, Head, Outcome, Phase, Record, replay},
    clock::Clock,
    evidence,
    fault::{Fault, FaultKind},
    flags::FlagStore,
    judge::{
        self, Assessment, History, LegacyAssessment, LegacyEvidence, ProcedureAssessment, RollbackRecord, StepState,
        Trouble, Visit,
    },
    operations::{
        Attendant, AttendantContext, AttendantReport,
        procedure::{Due, Here, SEEN_AT_ONCE, Task, due, outdates, recorded, standing},
    },
    runbook,
    snapshot::{Snapshot, SourceKind, SourceStatus},
    telemetry::{Diagnostics, Exhibit},
};
use tokio::sync::{mpsc, watch};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
}

fn rollback() -> RollbackRecord {
    RollbackRecord {
        id: "ab12".to_owned(),
        at: at(0),
        operator: "ann".to_owned(),
        host: "here".to_owned(),
        reason: "it burns".to_owned(),
        from_stage: "internal-canary".to_owned(),
        candidate: None,
        before: None,
        joined: Vec::new(),
        verified_at: None,
        legacy: None,
        kept: Vec::new(),
        resolved: None,
        left_at: None,
    }
}

fn kept(phase: Phase) -> (DateTime<Utc>, Phase, String) {
    (at(5), phase, "there:/evidence".to_owned())
}

fn by_telemetry() -> LegacyEvidence {
    LegacyEvidence::Telemetry { last_gone: None, back: 12, found: "12 back, none gone".to_owned() }
}

fn history(rollback: RollbackRecord) -> History {
    History { rollback: Some(rollback), ..History::default() }
}

/// An assessment in which the legacy path stands like this.
fn judged(legacy: StepState) -> Assessment {
    let source = |kind| SourceStatus::connecting("none", kind, "none".to_owned());
    let mut snapshot = Snapshot::empty(at(0), source(SourceKind::Telemetry), source(SourceKind::Flags));
    for source in [&mut snapshot.telemetry_source, &mut snapshot.flag_source] {
        source.state = gonogo::snapshot::SourceState::Ok;
    }
    let mut assessment = judge::assess(runbook::built_in(), &snapshot, &History::default(), None, at(60));
    let record = rollback();
    assessment.standing.procedure = Some(ProcedureAssessment {
        rollback: record.id,
        at: record.at,
        operator: record.operator,
        host: record.host,
        reason: record.reason,
        from_stage: record.from_stage,
        before: None,
        joined: Vec::new(),
        legacy: LegacyAssessment {
            state: legacy,
            gone: 0,
            back: 12,
            last_gone: None,
            sdks_by: None,
            minutes: Vec::new(),
            found: "12 back, none gone".to_owned(),
        },
        steps: Vec::new(),
        done_at: None,
    });
    assessment
}

fn tasks(record: &RollbackRecord, assessment: Option<&Assessment>, host: &str, now: i64, done: &[Task]) -> Vec<Task> {
    let here = Here { host, now: at(now), under_way: &[], done, recording: false };
    let due = due(Some(record), &history(record.clone()), assessment, &[], here);
    due.iter().flat_map(Due::tasks).collect()
}

fn keep(phase: Phase) -> Task {
    Task::Keep("ab12".to_owned(), phase)
}

fn confirm() -> Task {
    Task::ConfirmLegacy("ab12".to_owned())
}

// ---- what is due ----------------------------------------------------------------------------------------------------

#[test]
fn diagnostics_are_due_at_once_from_the_machine_that_rolled_back_and_from_others_when_that_is_silent() {
    let record = rollback();
    assert_eq!(tasks(&record, None, "here", 0, &[]), [keep(Phase::AtOnce)], "not waiting for the store");
    assert_eq!(tasks(&record, None, "there", 59, &[]), []);
    assert_eq!(tasks(&record, None, "there", 60, &[]), [keep(Phase::AtOnce)]);
    assert_eq!(tasks(&record, None, "here", 0, &[keep(Phase::AtOnce)]), [], "once");
    let elsewhere = RollbackRecord { kept: vec![kept(Phase::AtOnce)], ..rollback() };
    assert_eq!(tasks(&elsewhere, None, "here", 900, &[]), [], "the first record wins");
    let left = RollbackRecord { left_at: Some(at(9)), ..rollback() };
    assert_eq!(tasks(&left, Some(&judged(StepState::Verified)), "here", 900, &[]), []);
}

#[test]
fn the_legacy_path_is_confirmed_by_telemetry_alone_and_once() {
    let record = RollbackRecord { kept: vec![kept(Phase::AtOnce)], ..rollback() };
    for state in [StepState::Waiting, StepState::Converging, StepState::Blind, StepState::Attested] {
        assert_eq!(tasks(&record, Some(&judged(state)), "here", 200, &[]), [], "{state:?}");
    }
    let verified = judged(StepState::Verified);
    assert_eq!(tasks(&record, Some(&verified), "there", 1, &[]), [confirm()], "whoever sees it first");
    let said = RollbackRecord { legacy: Some((at(9), "bob".to_owned(), by_telemetry())), ..record.clone() };
    assert_eq!(tasks(&said, Some(&verified), "there", 10, &[]), []);
    let mut other = judged(StepState::Verified);
    other.standing.procedure.as_mut().unwrap().rollback = "cd34".to_owned();
    assert_eq!(tasks(&record, Some(&other), "here", 200, &[]), [], "of another rollback");
}

#[test]
fn diagnostics_are_due_at_the_end_once_the_legacy_path_is_confirmed_or_attested() {
    let attested = LegacyEvidence::Attested { statement: "looked".to_owned() };
    for by in [by_telemetry(), attested] {
        let legacy = Some((at(200), "bob".to_owned(), by));
        let record = RollbackRecord { kept: vec![kept(Phase::AtOnce)], legacy, ..rollback() };
        assert_eq!(tasks(&record, None, "here", 200, &[]), [keep(Phase::AtTheEnd)]);
        assert_eq!(tasks(&record, None, "there", 259, &[]), []);
        assert_eq!(tasks(&record, None, "there", 260, &[]), [keep(Phase::AtTheEnd)]);
        let both = RollbackRecord { kept: vec![kept(Phase::AtOnce), kept(Phase::AtTheEnd)], ..record };
        assert_eq!(tasks(&both, None, "here", 900, &[]), []);
    }
    // Confirmed here, and in no log: it goes on all the same.
    let record = RollbackRecord { kept: vec![kept(Phase::AtOnce)], ..rollback() };
    assert_eq!(tasks(&record, None, "here", 200, &[confirm()]), [keep(Phase::AtTheEnd)]);
}

#[test]
fn telemetry_is_kept_from_the_entry_into_the_stage_within_reason() {
    for (entered, from) in [(Some(-7_200), -7_200), (Some(-60), -3_600), (Some(-900_000), -86_400), (None, -3_600)] {
        let visits = entered.map(|entered| Visit {
            stage: "internal-canary".to_owned(),
            entered_at: at(entered),
            left_at: None,
            by_rollback: false,
        });
        let history = History { visits: visits.into_iter().collect(), ..history(rollback()) };
        let here = Here { host: "here", now: at(0), under_way: &[], done: &[], recording: false };
        let due = due(history.rollback.as_ref(), &history, None, &[], here);
        let [Due::Keep { since, .. }] = &due[..] else { panic!("{due:?}") };
        assert_eq!(*since, at(from), "{entered:?}");
    }
}

#[test]
fn what_was_seen_is_due_without_any_rollback_and_again_after_a_resolution() {
    let trouble = Trouble::Trigger { trigger: "data-integrity".to_owned() };
    let seen = Event::Seen { trouble: trouble.clone(), reason: "3 of them".to_owned() };
    let resolved = Event::Resolved { trouble: trouble.clone(), evidence: "fixed".to_owned() };
    let unseen = [seen.clone()];
    let look = |under_way: &[Task], done: &[Task]| {
        let here = Here { host: "here", now: at(0), under_way, done, recording: false };
        due(None, &History::default(), None, &unseen, here).len()
    };
    let task = Task::Seen(trouble);
    let this = std::slice::from_ref(&task);
    assert_eq!((look(&[], &[]), look(this, &[]), look(&[], this)), (1, 0, 1));
    let entries = [seen.clone(), resolved, seen];
    let told = [0, 1, 2, 3].map(|n| recorded(&task, entries[..n].iter()));
    assert_eq!(told, [false, true, false, true]);
}

#[test]
fn what_was_seen_is_due_in_pieces_one_after_the_other() {
    let trouble = |i: usize| Trouble::Guardrail { signature: format!("pull:code{i}") };
    let seen = |i| Event::Seen { trouble: trouble(i), reason: "it was seen".to_owned() };
    let unseen: Vec<Event> = (0..SEEN_AT_ONCE + 10).map(seen).collect();
    let here = Here { host: "here", now: at(0), under_way: &[], done: &[], recording: false };
    let first = due(None, &History::default(), None, &unseen, here);
    let [Due::RecordSeen { seen, .. }] = &first[..] else { panic!("{first:?}") };
    assert_eq!(seen.len(), SEEN_AT_ONCE);
    let under_way = first[0].tasks();
    let while_it_runs = Here { under_way: &under_way, recording: true, ..here };
    assert_eq!(due(None, &History::default(), None, &unseen, while_it_runs), []);
    let then = due(None, &History::default(), None, &unseen, Here { under_way: &under_way, ..here });
    let rest: Vec<Task> = (SEEN_AT_ONCE..SEEN_AT_ONCE + 10).map(|i| Task::Seen(trouble(i))).collect();
    assert_eq!(then.iter().flat_map(Due::tasks).collect::<Vec<_>>(), rest);
}

#[test]
fn what_was_seen_is_judged_afresh_after_a_resolution_and_in_another_stage() {
    let trouble = Trouble::Trigger { trigger: "data-integrity".to_owned() };
    let entry = |seconds: i64, event: Event| Entry {
        seq: 1,
        at: at(seconds),
        operator: "ann".to_owned(),
        host: "here".to_owned(),
        version: String::new(),
        event,
        previous: String::new(),
        hash: String::new(),
    };
    let resolved = |trigger: &str| {
        let trouble = Trouble::Trigger { trigger: trigger.to_owned() };
        Event::Resolved { trouble, evidence: "fixed".to_owned() }
    };
    // Whatever the clocks say: the resolution was there when it was to be recorded.
    assert!(outdates(&entry(-5, resolved("data-integrity")), &trouble, at(0)));
    assert!(outdates(&entry(5, resolved("data-integrity")), &trouble, at(0)));
    assert!(!outdates(&entry(-5, resolved("another")), &trouble, at(0)));
    let ended = |outcome| Event::Ended { id: "ab12".to_owned(), action: Action::Rollback, outcome, after: None };
    assert!(outdates(&entry(-5, ended(Outcome::Verified)), &trouble, at(0)), "it was seen of a stage that was left");
    assert!(!outdates(&entry(5, ended(Outcome::Verified)), &trouble, at(0)), "it was seen, and then came the rollback");
    let refused = Outcome::Refused { why: Vec::new() };
    assert!(!outdates(&entry(-5, ended(refused)), &trouble, at(0)));
}

#[test]
fn without_a_log_a_rollback_is_known_from_what_could_not_be_recorded() {
    let begun: gonogo::audit::Begun = serde_json::from_value(serde_json::json!({
        "id": "ab12", "action": "rollback", "from_stage": "internal-canary", "to_stage": "off", "before": null,
        "target": {"cohorts": [], "percent": 0}, "plan": {"from_version": "", "target": {"cohorts": [], "percent": 0},
        "writes": []}, "reason": "it burns", "candidate": null, "digest": null
    }))
    .unwrap();
    let entry = |event| (at(0), "ann".to_owned(), event);
    let mut lost = vec![entry(Event::Begun(Box::new(begun)))];
    let known = standing(&History::default(), &lost, "here").unwrap();
    assert_eq!(known, rollback());
    lost.push(entry(Event::LegacyConfirmed { rollback: "ab12".to_owned(), by: by_telemetry() }));
    let known = standing(&History::default(), &lost, "here").unwrap();
    assert_eq!(known.legacy, Some((at(0), "ann".to_owned(), by_telemetry())));
    let other = RollbackRecord { id: "on record".to_owned(), ..rollback() };
    assert_eq!(standing(&history(other), &lost, "here").unwrap().id, "on record", "a second one joins the first");
    assert_eq!(standing(&History::default(), &[], "here"), None);
}

// ---- the attendant --------------------------------------------------------------------------------------------------

/// Gives one exhibit.
struct One;

#[async_trait]
impl Diagnostics for One {
    async fn collect(&self, _: DateTime<Utc>, _: DateTime<Utc>) -> Vec<Exhibit> {
        let bytes = b"{\"as\": \"it came\"}".to_vec();
        vec![Exhibit { name: "queries/01-uploads.answer".to_owned(), note: "an answer".to_owned(), bytes }]
    }
}

/// A log that takes nothing, and keeps what it is to take soon.
#[derive(Default)]
struct Away(Mutex<Vec<(DateTime<Utc>, String, Event)>>);

fn away() -> Fault {
    Fault::new(FaultKind::Unreachable, "the log is away", "wait")
}

#[async_trait]
impl AuditLog for Away {
    fn place(&self) -> String {
        "nowhere".to_owned()
    }

    async fn append(&self, _: DateTime<Utc>, _: &str, _: Event) -> Result<Entry, Fault> {
        Err(away())
    }

    async fn append_after(&self, _: &Head, _: DateTime<Utc>, _: &str, _: Event) -> Result<Entry, Fault> {
        Err(away())
    }

    async fn append_soon(&self, at: DateTime<Utc>, operator: &str, event: Event) -> Result<(), Fault> {
        self.0.lock().unwrap().push((at, operator.to_owned(), event));
        Err(away())
    }

    fn kept(&self) -> Vec<(DateTime<Utc>, String, Event)> {
        self.0.lock().unwrap().clone()
    }

    async fn read(&self) -> Result<Record, Fault> {
        Err(away())
    }
}

struct Attended {
    attendant: Attendant,
    reports: mpsc::UnboundedReceiver<AttendantReport>,
    data: tempfile::TempDir,
    log: FileLog,
    _diagnostics: watch::Sender<Option<Arc<dyn Diagnostics>>>,
    _store: watch::Sender<Option<Result<Arc<dyn FlagStore>, Fault>>>,
}

fn attended(log: Option<Arc<dyn AuditLog>>) -> Attended {
    let data = tempfile::tempdir().unwrap();
    let file = FileLog::at(data.path());
    let one: Arc<dyn Diagnostics> = Arc::new(One);
    let (diagnostics, diagnostics_out) = watch::channel(Some(one));
    let (store, store_out) = watch::channel(Some(Err(away())));
    let (attendant, reports) = Attendant::new(AttendantContext {
        runbook: Arc::new(runbook::built_in().clone()),
        environment: "production".to_owned(),
        candidate: None,
        operator: "ann".to_owned(),
        host: "here".to_owned(),
        clock: Clock::System,
        audit: log.unwrap_or_else(|| Arc::new(file.clone())),
        diagnostics: diagnostics_out,
        store: store_out,
        data_dir: data.path().to_owned(),
    });
    Attended { attendant, reports, data, log: file, _diagnostics: diagnostics, _store: store }
}

impl Attended {
    async fn next(&mut self) -> AttendantReport {
        let report = tokio::time::timeout(Duration::from_secs(30), self.reports.recv()).await;
        report.expect("a report in time").expect("a report")
    }

    async fn until(&mut self, mut wanted: impl FnMut(&AttendantReport) -> bool) -> AttendantReport {
        loop {
            let report = self.next().await;
            if wanted(&report) {
                return report;
            }
        }
    }

    /// `DATA/evidence/rollback-ab12`.
    fn folder(&self) -> std::path::PathBuf {
        self.data.path().join("evidence/rollback-ab12")
    }

    async fn recorded(&self, wanted: impl Fn(&Event) -> bool) -> usize {
        self.log.read().await.unwrap().entries.iter().filter(|entry| wanted(&entry.event)).count()
    }
}

fn fresh() -> History {
    let now = Utc::now();
    history(RollbackRecord { at: now - TimeDelta::seconds(1), ..rollback() })
}

#[tokio::test]
async fn all_that_is_due_is_done_once_and_recorded() {
    let mut attended = attended(None);
    let began = Instant::now();
    let assessment = Arc::new(judged(StepState::Verified));
    for _ in 0..5 {
        attended.attendant.attend(Some(Arc::clone(&assessment)), Arc::new(fresh()), Vec::new());
    }
    assert!(began.elapsed() < Duration::from_millis(200), "attending returns at once");
    let mut phases = Vec::new();
    while phases.len() < 2 {
        if let AttendantReport::Kept { phase, folder, .. } = attended.next().await {
            assert_eq!(evidence::verify(std::path::Path::new(&folder)).unwrap(), 5);
            phases.push(phase);
        }
    }
    // Both are due at the same time here, and either may be on the disk first.
    assert!(phases.contains(&Phase::AtOnce) && phases.contains(&Phase::AtTheEnd), "{phases:?}");
    // Were something done twice, it would be done by now.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let is_kept = |event: &Event| matches!(event, Event::DiagnosticsKept { .. });
    let is_confirmed =
        |event: &Event| matches!(event, Event::LegacyConfirmed { by: LegacyEvidence::Telemetry { back: 12, .. }, .. });
    assert_eq!((attended.recorded(is_kept).await, attended.recorded(is_confirmed).await), (2, 1));
    let mut folders: Vec<_> = std::fs::read_dir(attended.folder()).unwrap().map(|e| e.unwrap().file_name()).collect();
    folders.sort();
    assert_eq!(folders, ["at-once", "at-the-end"]);
    let answer = std::fs::read(attended.folder().join("at-once/queries/01-uploads.answer")).unwrap();
    assert_eq!(answer, b"{\"as\": \"it came\"}");
    let sums = std::fs::read_to_string(attended.folder().join("at-once/SHA256SUMS")).unwrap();
    let digest = gonogo::fingerprint::sha256(&sums);
    let told = |event: &Event| matches!(event, Event::DiagnosticsKept { digest: told, .. } if *told == digest);
    assert_eq!(attended.recorded(told).await, 1);
}

#[tokio::test]
async fn what_cannot_be_written_is_told_kept_in_memory_and_written_when_it_can_be() {
    let mut attended = attended(None);
    let blocked = attended.data.path().join("evidence");
    std::fs::write(&blocked, "a file where the folder is to be").unwrap();
    attended.attendant.attend(Some(Arc::new(judged(StepState::Blind))), Arc::new(fresh()), Vec::new());
    let told = attended.until(AttendantReport::is_trouble).await;
    let AttendantReport::InMemory { bytes, .. } = &told else { panic!("{told:?}") };
    assert!(*bytes > 1_000);
    assert!(told.text().contains("NOT on the disk"), "{}", told.text());
    std::fs::remove_file(blocked).unwrap();
    attended.until(|report| matches!(report, AttendantReport::Kept { phase: Phase::AtOnce, .. })).await;
    assert_eq!(evidence::verify(&attended.folder().join("at-once")).unwrap(), 5);
}

#[tokio::test]
async fn what_somebody_else_kept_meanwhile_is_not_kept_again() {
    let mut attended = attended(None);
    let kept = Event::DiagnosticsKept {
        rollback: "ab12".to_owned(),
        phase: Phase::AtOnce,
        folder: "/there".to_owned(),
        files: 3,
        digest: String::new(),
    };
    attended.log.append(Utc::now(), "bob", kept).await.unwrap();
    // Read before that.
    attended.attendant.attend(Some(Arc::new(judged(StepState::Blind))), Arc::new(fresh()), Vec::new());
    attended.until(|report| matches!(report, AttendantReport::KeptElsewhere { phase: Phase::AtOnce, .. })).await;
    assert!(!attended.folder().exists());
}

#[tokio::test]
async fn without_a_log_evidence_is_kept_and_the_entries_are_left_to_it() {
    let away = Arc::new(Away::default());
    let mut attended = attended(Some(Arc::clone(&away) as _));
    attended.attendant.attend(Some(Arc::new(judged(StepState::Verified))), Arc::new(fresh()), Vec::new());
    // Both are kept at the same time, and either may be first.
    let (mut kept, mut not_recorded) = (0, 0);
    attended
        .until(|report| {
            kept += usize::from(matches!(report, AttendantReport::Kept { .. }));
            not_recorded += usize::from(matches!(report, AttendantReport::NotRecorded { .. }));
            kept == 2 && not_recorded > 0
        })
        .await;
    assert!(attended.folder().join("at-once/timeline.json").exists());
    let manifest = std::fs::read_to_string(attended.folder().join("at-the-end/manifest.json")).unwrap();
    assert!(manifest.contains("the audit log: the log is away"), "{manifest}");
    let confirmed = |event: &Event| matches!(event, Event::LegacyConfirmed { .. });
    assert_eq!(away.kept().iter().filter(|(_, _, event)| confirmed(event)).count(), 1);
}

#[tokio::test]
async fn a_trouble_is_put_on_record_by_the_first_of_many() {
    let trouble = Trouble::Guardrail { signature: "pull:x".to_owned() };
    let seen = Event::Seen { trouble, reason: "it was seen".to_owned() };
    let data = tempfile::tempdir().unwrap();
    let log: Arc<dyn AuditLog> = Arc::new(FileLog::at(data.path()));
    let mut many: Vec<Attended> = (0..4).map(|_| attended(Some(Arc::clone(&log)))).collect();
    for attended in &many {
        attended.attendant.attend(None, Arc::default(), vec![seen.clone()]);
    }
    let began = Instant::now();
    while log.read().await.unwrap().entries.is_empty() && began.elapsed() < Duration::from_secs(20) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(log.read().await.unwrap().entries.len(), 1);
    let told: usize = many.iter_mut().map(|attended| usize::from(attended.reports.try_recv().is_ok())).sum();
    assert_eq!(told, 1, "who recorded it says so");
}

#[tokio::test]
async fn a_flood_of_troubles_comes_on_record_once_each_and_in_order() {
    let mut attended = attended(None);
    let reason = "it was seen".to_owned();
    let flood: Vec<Event> = (0..3 * SEEN_AT_ONCE)
        .map(|i| Trouble::Guardrail { signature: format!("pull:code{i:05}") })
        .map(|trouble| Event::Seen { trouble, reason: reason.clone() })
        .collect();
    attended.attendant.attend(None, Arc::default(), flood.clone());
    for _ in &flood {
        attended.until(|report| matches!(report, AttendantReport::SeenRecorded { .. })).await;
    }
    let record = attended.log.read().await.unwrap();
    assert_eq!(record.damage, None);
    assert_eq!(record.entries.into_iter().map(|entry| entry.event).collect::<Vec<_>>(), flood);
}

/// A log that hangs when it is to take something soon; it crashes when it is read, as often as it is told to.
struct Faulty {
    log: FileLog,
    crashes: AtomicUsize,
    away: bool,
}

#[async_trait]
impl AuditLog for Faulty {
    fn place(&self) -> String {
        "nowhere".to_owned()
    }

    async fn append(&self, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault> {
        self.log.append(at, operator, event).await
    }

    async fn append_after(&self, head: &Head, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault> {
        self.log.append_after(head, at, operator, event).await
    }

    async fn append_soon(&self, _: DateTime<Utc>, _: &str, _: Event) -> Result<(), Fault> {
        std::future::pending().await
    }

    async fn read(&self) -> Result<Record, Fault> {
        let left = self.crashes.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        assert!(left.is_err(), "a crash, as it was told to");
        if self.away {
            return Err(away());
        }
        self.log.read().await
    }
}

fn signature(name: &str) -> Event {
    let trouble = Trouble::Guardrail { signature: name.to_owned() };
    Event::Seen { trouble, reason: "it was seen".to_owned() }
}

#[tokio::test(start_paused = true)]
async fn what_crashed_is_told_and_tried_again_and_keeps_nothing_else_off_the_record() {
    let data = tempfile::tempdir().unwrap();
    let log = FileLog::at(data.path());
    let faulty = Faulty { log: log.clone(), crashes: AtomicUsize::new(1), away: false };
    let mut attended = attended(Some(Arc::new(faulty)));
    attended.attendant.attend(None, Arc::default(), vec![signature("pull:first")]);
    let told = attended.next().await;
    assert!(told.is_trouble() && told.text().contains("recording what was seen is NOT done"), "{}", told.text());

    let unseen = vec![signature("pull:first"), signature("pull:second")];
    attended.attendant.attend(None, Arc::default(), unseen.clone());
    let recorded = async || log.read().await.unwrap().entries.into_iter().map(|entry| entry.event).collect::<Vec<_>>();
    let began = tokio::time::Instant::now();
    attended.next().await;
    assert_eq!(recorded().await, unseen[1..], "what did not crash does not wait for what did");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    let mut last = attended.reports.recv().await;
    while recorded().await.len() < 2 {
        last = attended.reports.recv().await;
    }
    assert!(matches!(last, Some(AttendantReport::SeenRecorded { .. })), "{last:?}");
    assert!(recorded().await.contains(&unseen[0]));
}

#[tokio::test(start_paused = true)]
async fn a_log_that_hangs_is_waited_for_once_and_not_once_for_each_trouble() {
    let data = tempfile::tempdir().unwrap();
    let faulty = Faulty { log: FileLog::at(data.path()), crashes: AtomicUsize::new(0), away: true };
    let mut attended = attended(Some(Arc::new(faulty)));
    let began = tokio::time::Instant::now();
    let flood = (0..SEEN_AT_ONCE).map(|i| signature(&format!("pull:code{i}"))).collect();
    attended.attendant.attend(None, Arc::default(), flood);
    for _ in 0..SEEN_AT_ONCE {
        attended.until(|report| matches!(report, AttendantReport::NotRecorded { .. })).await;
    }
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}

fn seen(reason: &str) -> (Trouble, Event) {
    let trouble = Trouble::Trigger { trigger: "data-integrity".to_owned() };
    (trouble.clone(), Event::Seen { trouble, reason: reason.to_owned() })
}

#[tokio::test]
async fn what_people_resolved_meanwhile_is_not_put_on_record_as_seen() {
    let attended = attended(None);
    let (trouble, seen) = seen("3 of them");
    let resolved = Event::Resolved { trouble, evidence: "fixed".to_owned() };
    attended.log.append(Utc::now(), "bob", resolved).await.unwrap();
    // Judged before that.
    attended.attendant.attend(Some(Arc::new(judged(StepState::Waiting))), Arc::default(), vec![seen]);
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(attended.recorded(|event| matches!(event, Event::Seen { .. })).await, 0);
}

#[tokio::test]
async fn what_was_seen_comes_on_record_with_its_own_time_also_of_another_run() {
    let mut attended = attended(None);
    let (_, seen) = seen("3 of them");
    // On record of an earlier run: the judge says that it does not cover this one.
    attended.log.append(Utc::now(), "bob", seen.clone()).await.unwrap();
    let history = replay(&attended.log.read().await.unwrap());
    let assessment = judged(StepState::Waiting);
    let when = assessment.at;
    attended.attendant.attend(Some(Arc::new(assessment)), Arc::new(history), vec![seen]);
    attended.until(|report| matches!(report, AttendantReport::SeenRecorded { .. })).await;
    let entries = attended.log.read().await.unwrap().entries;
    assert_eq!((entries.len(), entries.last().map(|entry| entry.at)), (2, Some(when)));
}
