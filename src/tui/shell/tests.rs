//! What the cockpit puts on record, and what it says of it where the log fails in between.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::*;
use crate::{
    audit::{Entry, Event, FileLog, Head, Record, replay},
    judge::{PollAnswer, PollRole},
    poller,
    runbook::{Duty, Role, Runbook, built_in},
    session::Pending,
    snapshot::{Snapshot, SourceKind, SourceStatus},
    tui::{
        model::Facts,
        record::{State, Told},
        theme::{Theme, ThemeName},
    },
};

const SHA: &str = "018e611c0ffee4a7d2b9e35f60c1d8a4b7e92f53";

/// A log that takes so many entries, and then no more.
struct Fills {
    log: FileLog,
    left: AtomicUsize,
}

impl Fills {
    fn takes(&self) -> Result<(), Fault> {
        let less = |left: usize| left.checked_sub(1);
        let full = |_| Fault::new(FaultKind::File, "the disk is full", "free some space");
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).map(drop).map_err(full)
    }
}

#[async_trait]
impl AuditLog for Fills {
    fn place(&self) -> String {
        self.log.place()
    }

    async fn append(&self, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault> {
        self.takes()?;
        self.log.append(at, operator, event).await
    }

    async fn append_after(&self, head: &Head, at: DateTime<Utc>, by: &str, event: Event) -> Result<Entry, Fault> {
        self.takes()?;
        self.log.append_after(head, at, by, event).await
    }

    async fn read(&self) -> Result<Record, Fault> {
        self.log.read().await
    }
}

/// A cockpit of ann, who has every role as her profile says and the log does not, beside an open poll.
struct Cockpit {
    shell: Shell,
    arrivals: UnboundedReceiver<Msg>,
    audit: Arc<Fills>,
    uptime: Duration,
    _folder: tempfile::TempDir,
}

fn runbook() -> Arc<Runbook> {
    let role = |key: &str, title: &str, duty| Role {
        key: key.to_owned(),
        title: title.to_owned(),
        duty,
        configured: Some("ann".to_owned()),
    };
    let roles = vec![role("owner", "Release owner", Some(Duty::ReleaseOwner)), role("api", "API", None)];
    Arc::new(Runbook { roles, ..built_in().clone() })
}

fn nothing<T>(kind: SourceKind) -> Pending<T> {
    let fault = Fault::new(FaultKind::Configuration, "nothing is named", "name it");
    let introduction = SourceStatus::connecting("none", kind, "nowhere".to_owned());
    Pending { introduction, connect: Box::new(move || Err(fault)) }
}

impl Cockpit {
    /// One whose log takes so many entries more.
    async fn new(left: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = FileLog::at(folder.path());
        let runbook = runbook();
        let opened = Event::PollOpened {
            poll: "p1".to_owned(),
            stage: runbook.stages[0].key.clone(),
            candidate: Some(SHA.to_owned()),
            runbook: runbook.digest.clone(),
            roles: vec![PollRole { key: "api".to_owned(), title: "API".to_owned() }],
            question: "Go on?".to_owned(),
        };
        log.append(Utc::now(), "bob", opened).await.unwrap();
        let facts = Facts {
            runbook,
            environment: "production".to_owned(),
            candidate: Some(SHA.to_owned()),
            operator: "ann".to_owned(),
            label: None,
            read_only: false,
            simulated: false,
            replay: false,
            several: false,
        };
        let (clock, every) = (Clock::System, Duration::from_secs(3600));
        let (telemetry, flags) = (nothing(SourceKind::Telemetry), nothing(SourceKind::Flags));
        let empty = Snapshot::empty(clock.now(), telemetry.introduction.clone(), flags.introduction.clone());
        let poller = poller::start(telemetry, flags, clock, every, clock.now());
        let model = Model::new(facts, Theme::new(ThemeName::Dark, false, false), Arc::new(empty), (120, 36));
        let audit = Arc::new(Fills { log, left: left.into() });
        let (news, arrivals) = unbounded_channel();
        let history = Arc::new(replay(&audit.read().await.unwrap()));
        let mut shell = Shell::new(model, clock, Instant::now(), every, poller, audit.clone(), news);
        shell.arrival(Msg::History(history));
        Self { shell, arrivals, audit, uptime: Duration::ZERO, _folder: folder }
    }

    /// Keys, each at leisure.
    fn presses(&mut self, keys: &[KeyCode]) {
        for key in keys {
            self.uptime += Duration::from_secs(5);
            self.shell.take(Msg::Tick(Utc::now(), self.uptime));
            self.shell.take(Msg::Key(KeyEvent::new(*key, KeyModifiers::NONE)));
        }
    }

    /// What is said of the entry that is on its way.
    async fn told(&mut self) -> State {
        loop {
            let news = self.arrivals.recv().await.expect("the cockpit is there");
            let recorded = matches!(news, Msg::Recorded(..));
            self.shell.take(news);
            if recorded {
                return self.shell.model.told.clone().expect("it is told").state;
            }
        }
    }

    async fn last(&self, many: usize) -> Vec<Event> {
        let entries = self.audit.read().await.unwrap().entries;
        entries.into_iter().skip(1).map(|entry| entry.event).take(many).collect()
    }

    fn votes(&mut self) {
        let (right, enter) = (KeyCode::Right, KeyCode::Enter);
        self.presses(&[KeyCode::Char('b'), KeyCode::Char('v'), enter, right, enter, enter, enter]);
        let model = &self.shell.model;
        assert!(model.told.as_ref().is_some_and(Told::waits), "{:?}", model.dialogs);
    }

    fn signs(&self) {
        let head = self.shell.model.history.as_ref().expect("it was read").head.clone();
        self.shell.record_after(
            head,
            Event::SignedOff {
                stage: self.shell.model.facts.runbook.stages[0].key.clone(),
                candidate: Some(SHA.to_owned()),
                runbook: "0".repeat(64),
                statement: "go".to_owned(),
                approval: None,
                block: Vec::new(),
            },
        );
    }
}

fn named(role: &str) -> Event {
    Event::Assigned { role: role.to_owned(), name: Some("ann".to_owned()) }
}

#[tokio::test]
async fn a_vote_puts_the_name_on_record_first() {
    let mut cockpit = Cockpit::new(9).await;
    cockpit.votes();
    let told = cockpit.told().await;
    let State::Recorded(told) = told else { panic!("{told:?}") };
    assert_eq!(told, "recorded as entry 3; recorded as entry 2: API is ann, as the configuration says");
    let events = cockpit.last(9).await;
    assert_eq!((events.len(), &events[0]), (2, &named("api")));
    assert!(matches!(&events[1], Event::Voted { role, answer: PollAnswer::Go, .. } if role == "api"), "{events:?}");
}

#[tokio::test]
async fn a_signature_puts_the_names_on_record_first() {
    let mut cockpit = Cockpit::new(9).await;
    cockpit.signs();
    let told = cockpit.told().await;
    let State::Recorded(told) = told else { panic!("{told:?}") };
    assert!(told.ends_with("recorded as entry 2: Release owner is ann, as the configuration says"), "{told}");
    let events = cockpit.last(9).await;
    assert_eq!((events.len(), &events[0]), (2, &named("owner")));
    assert!(matches!(&events[1], Event::SignedOff { .. }), "{events:?}");
}

#[tokio::test]
async fn where_the_name_is_on_record_and_what_rests_on_it_is_not_both_are_told() {
    for (role, title) in [("api", "API"), ("owner", "Release owner")] {
        let mut cockpit = Cockpit::new(1).await;
        match role {
            "api" => cockpit.votes(),
            _ => cockpit.signs(),
        }
        let told = cockpit.told().await;
        let State::Failed(fault) = told else { panic!("{told:?}") };
        assert_eq!(
            fault.to_string(),
            format!(
                "the disk is full; before it, recorded as entry 2: {title} is ann, as the configuration says; \
                 free some space"
            )
        );
        assert_eq!(cockpit.last(9).await, [named(role)]);
    }
}
