//! What a gonogo adds to the log when it reads it: what is judged from now on, and what became of the flag.

#[path = "support/scene.rs"]
mod scene;

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    audit::{Action, AuditLog, Begun, Event, FileLog, Outcome, Record},
    flags::Plan,
    judge::{History, assess},
    operations::{Reading, recall},
    runbook::Exposure,
    snapshot::{FlagState, Snapshot},
};
use scene::{Scene, ago, exposure, flag_state, now, runbook};
use tempfile::TempDir;

struct Rollout {
    folder: TempDir,
    log: FileLog,
    snapshot: Snapshot,
}

impl Rollout {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { log: FileLog::at(folder.path()), folder, snapshot: Scene::healthy().snapshot() }
    }

    fn flag(&mut self, version: &str, configured: Exposure) -> &mut FlagState {
        let state = FlagState { version: version.to_owned(), ..flag_state(true, configured) };
        self.snapshot.flag.state.insert(state)
    }

    async fn recall<'a>(&self, candidate: impl Into<Option<&'a str>>, reading: Reading, at: DateTime<Utc>) -> History {
        // Each reads the file anew, as another process would.
        let log = FileLog::at(self.folder.path());
        let mut snapshot = self.snapshot.clone();
        snapshot.flag.read_at = Some(at);
        recall(&log, &runbook(), &snapshot, candidate.into(), "ann", reading, at).await.unwrap()
    }

    async fn record(&self) -> Record {
        self.log.read().await.unwrap()
    }

    async fn kinds(&self) -> Vec<&'static str> {
        let word = |event: &Event| match event {
            Event::Opened { .. } => "opened",
            Event::Basis { .. } => "basis",
            Event::FlagFound { .. } => "flag",
            Event::Begun(_) => "begun",
            _ => "other",
        };
        self.record().await.entries.iter().map(|entry| word(&entry.event)).collect()
    }
}

#[tokio::test]
async fn the_first_reading_of_a_run_says_what_is_judged_from_now_on() {
    let rollout = Rollout::new();
    rollout.recall("one", Reading::First, ago(300)).await;
    rollout.recall("one", Reading::Later, ago(290)).await;
    assert_eq!(rollout.kinds().await, ["opened"], "the opening says it already");
    // A second gonogo for another candidate: evidence begins again with it.
    let history = rollout.recall("two", Reading::First, ago(200)).await;
    assert_eq!(rollout.kinds().await, ["opened", "basis"]);
    assert_eq!(
        history.bases.last().map(|basis| (basis.since, basis.candidate.as_deref())),
        Some((ago(200), Some("two")))
    );
    // The first one reads on: it must not take the rollout back, but it must not judge the other's evidence either.
    let history = rollout.recall("one", Reading::Later, ago(100)).await;
    assert_eq!(rollout.kinds().await, ["opened", "basis"]);
    let judged = |candidate| assess(&runbook(), &rollout.snapshot, &history, Some(candidate), now());
    assert_eq!(judged("two").stage.evidence_from, ago(200));
    let stale = judged("one");
    assert_eq!(stale.stage.evidence_from, now());
    assert!(stale.advance.blockers.iter().any(|why| why.contains("the one on record is two")), "{:?}", stale.advance);
}

#[tokio::test]
async fn who_names_no_candidate_looks_at_the_one_on_record() {
    let rollout = Rollout::new();
    rollout.recall("one", Reading::First, ago(300)).await;
    let history = rollout.recall(None, Reading::First, ago(200)).await;
    assert_eq!(rollout.kinds().await, ["opened"]);
    let judged = |candidate| assess(&runbook(), &rollout.snapshot, &history, candidate, now());
    let (named, looking) = (judged(Some("one")), judged(None));
    assert_eq!((looking.stage.evidence_from, &looking.digest), (named.stage.evidence_from, &named.digest));
    assert_eq!(looking.gates, named.gates);
}

#[tokio::test]
async fn a_flag_that_somebody_else_changed_is_recorded_once_with_who_and_when() {
    let mut rollout = Rollout::new();
    rollout.flag("v1", exposure(&["internal"], 5));
    rollout.recall("one", Reading::First, ago(300)).await;
    let state = rollout.flag("v2", Exposure::everyone());
    (state.changed_at, state.changed_by) = (Some(ago(250)), Some("bob".to_owned()));
    for minutes in [240, 239] {
        rollout.recall("one", Reading::Later, ago(minutes)).await;
    }
    assert_eq!(rollout.kinds().await, ["opened", "flag"]);
    // And back: the same exposure as before, and evidence of neither time counts for it.
    rollout.flag("v1", exposure(&["internal"], 5));
    let history = rollout.recall("one", Reading::Later, ago(200)).await;
    assert_eq!(rollout.kinds().await, ["opened", "flag", "flag"]);
    let changes: Vec<_> = history.flags.iter().map(|change| (change.version.as_str(), change.at)).collect();
    assert_eq!(changes[1..], [("v2", ago(250)), ("v1", ago(200))]);
    let told = history.timeline.iter().filter(|line| line.kind == "flag").map(|line| line.text.as_str());
    assert_eq!(told.collect::<Vec<_>>()[0], "the flag was changed elsewhere by bob: it serves everyone");
    let a = assess(&runbook(), &rollout.snapshot, &history, Some("one"), now());
    assert_eq!((a.stage.evidence_from, a.flag.drift), (ago(200), None));
    assert_eq!(a.stage.restarted.as_deref(), Some("the flag was changed elsewhere"));
}

#[tokio::test]
async fn what_gonogo_writes_itself_is_not_found() {
    let mut rollout = Rollout::new();
    rollout.flag("v1", exposure(&["internal"], 5));
    rollout.recall("one", Reading::First, ago(300)).await;
    let begun = Begun {
        id: "7".to_owned(),
        action: Action::Advance,
        from_stage: "limited".to_owned(),
        to_stage: "everyone".to_owned(),
        before: None,
        target: Exposure::everyone(),
        plan: Plan { from_version: "v1".to_owned(), target: Exposure::everyone(), writes: Vec::new() },
        reason: "all pass".to_owned(),
        candidate: Some("one".to_owned()),
        digest: None,
        runbook: Some(runbook().digest),
        request: None,
        process: None,
    };
    rollout.log.append(ago(2), "ann", Event::Begun(Box::new(begun))).await.unwrap();
    rollout.flag("v2", Exposure::everyone());
    // Written already, and its end is not on record yet.
    rollout.recall("one", Reading::Later, ago(2) + TimeDelta::seconds(3)).await;
    assert_eq!(rollout.kinds().await, ["opened", "begun"]);
    let after = rollout.snapshot.flag.state.clone();
    let ended = Event::Ended { id: "7".to_owned(), action: Action::Advance, outcome: Outcome::Verified, after };
    rollout.log.append(ago(1), "ann", ended).await.unwrap();
    // A reading that was begun before the write, and arrives after it.
    rollout.flag("v1", exposure(&["internal"], 5));
    rollout.recall("one", Reading::Later, ago(1) + TimeDelta::seconds(9)).await;
    assert_eq!(rollout.kinds().await, ["opened", "begun", "other"]);
    // No reading takes that long: somebody took it back.
    rollout.recall("one", Reading::Later, ago(1) + TimeDelta::seconds(15)).await;
    assert_eq!(rollout.kinds().await, ["opened", "begun", "other", "flag"]);
}

#[tokio::test]
async fn of_twenty_who_start_together_one_writes_what_the_log_lacks() {
    let rollout = Rollout::new();
    for (candidate, kinds) in [("one", vec!["opened"]), ("two", vec!["opened", "basis"])] {
        let starts = (0..20).map(|_| rollout.recall(candidate, Reading::First, ago(300)));
        let histories = futures_util::future::join_all(starts).await;
        assert_eq!(rollout.kinds().await, kinds);
        assert!(histories.iter().all(|history| history.candidate(None) == Some(candidate)));
    }
    // An action that was cut off on another machine: its end is found out once.
    let begun = Begun {
        id: "7".to_owned(),
        action: Action::Advance,
        from_stage: "limited".to_owned(),
        to_stage: "everyone".to_owned(),
        before: None,
        target: Exposure::everyone(),
        plan: Plan { from_version: "v".to_owned(), target: Exposure::everyone(), writes: Vec::new() },
        reason: "all pass".to_owned(),
        candidate: Some("two".to_owned()),
        digest: None,
        runbook: Some(runbook().digest),
        request: None,
        process: None,
    };
    rollout.log.append(ago(200), "ann", Event::Begun(Box::new(begun))).await.unwrap();
    let starts = (0..20).map(|_| rollout.recall("two", Reading::First, ago(100)));
    let histories = futures_util::future::join_all(starts).await;
    assert_eq!(rollout.kinds().await, ["opened", "basis", "begun", "other"]);
    assert!(histories.iter().all(|history| history.unfinished.is_none()));
}
