//! Audit logs as stories, and the report of each.

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    audit::{Action, Begun, Ending, Entry, Event, Head, Outcome},
    fault::{Fault, FaultKind},
    flags::Plan,
    judge::{
        self, Attached, Attachment, CheckOutcome, KeptFile, PollAnswer, PollRole, QaCheck, QaRan, QaRun, Tree, Trouble,
    },
    report::release::{Log, LogReading, Look, Made, Report},
    runbook::{self, Exposure, Runbook},
    snapshot::{FlagState, Snapshot, SourceKind, SourceStatus},
};

pub const CANDIDATE: &str = "018e611c0ffee4a7d2b9e35f60c1d8a4b7e92f53";
pub const FIX: &str = "9a7f3c5d1e2b4f60718293a4b5c6d7e8f9012345";

/// So many seconds into the story.
pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
}

/// Entries in order.
#[derive(Default, Clone)]
pub struct Story(pub Vec<Entry>);

impl Story {
    pub fn tell(&mut self, seconds: i64, who: &str, event: Event) -> &mut Self {
        self.0.push(Entry {
            seq: self.0.len() as u64 + 1,
            at: at(seconds),
            operator: who.to_owned(),
            host: format!("{who}-laptop"),
            version: "0.1.0".to_owned(),
            event,
            previous: String::new(),
            hash: format!("{:064}", self.0.len()),
        });
        self
    }

    /// In the stage before the last, by that candidate.
    pub fn opened() -> Self {
        let mut story = Self::default();
        let opened = Event::Opened {
            stage: "limited-external".to_owned(),
            entered_at: at(0),
            flag: Some(flag(5, 0)),
            candidate: Some(CANDIDATE.to_owned()),
            runbook: Some(runbook().digest.clone()),
        };
        story.tell(0, "ann", opened);
        story
    }

    pub fn note(&mut self, seconds: i64, who: &str, text: &str) -> &mut Self {
        self.tell(seconds, who, Event::Note { text: text.to_owned() })
    }

    pub fn seen(&mut self, seconds: i64, trouble: Trouble, reason: &str) -> &mut Self {
        self.tell(seconds, "ann", Event::Seen { trouble, reason: reason.to_owned() })
    }

    pub fn begin(&mut self, seconds: i64, who: &str, id: &str, action: Action, reason: &str) -> &mut Self {
        let (from_stage, to_stage) = match action {
            Action::Rollback => ("limited-external", "dark-launch"),
            _ => ("dark-launch", "internal-canary"),
        };
        let begun = Begun {
            id: id.to_owned(),
            action,
            from_stage: from_stage.to_owned(),
            to_stage: to_stage.to_owned(),
            before: Some(flag(5, 0)),
            target: Exposure::off(),
            plan: Plan { from_version: "v".to_owned(), target: Exposure::off(), writes: vec![] },
            reason: reason.to_owned(),
            candidate: None,
            digest: None,
            runbook: None,
            request: None,
            process: Some(7),
        };
        self.tell(seconds, who, Event::Begun(Box::new(begun)))
    }

    pub fn end(&mut self, seconds: i64, who: &str, id: &str, action: Action, outcome: Outcome) -> &mut Self {
        let after = (outcome == Outcome::Verified).then(|| flag(0, seconds - 1));
        self.tell(seconds, who, Event::Ended { id: id.to_owned(), action, outcome, after })
    }

    pub fn log(&self) -> Log {
        let mut reading = LogReading::default();
        self.0.iter().for_each(|entry| reading.pass(entry));
        let head = Head { count: self.0.len() as u64, hash: "ab".repeat(32) };
        reading.finish(Ending { damage: None, head })
    }

    /// Calls `with` with the report of this story, a minute after its end, without telemetry.
    pub fn report<T>(&self, with: impl FnOnce(&Report<'_>) -> T) -> T {
        self.report_of(None, None, with)
    }

    pub fn report_of<T>(
        &self,
        from: Option<DateTime<Utc>>,
        to: Option<DateTime<Utc>>,
        with: impl FnOnce(&Report<'_>) -> T,
    ) -> T {
        let log = self.log();
        let now = self.0.last().map_or(at(0), |entry| entry.at) + TimeDelta::minutes(1);
        let source = |name: &str, kind| SourceStatus::connecting(name, kind, "nowhere".to_owned());
        let snapshot =
            Snapshot::empty(now, source("telemetry", SourceKind::Telemetry), source("flags", SourceKind::Flags));
        let candidate = log.history.candidate(None).map(str::to_owned);
        let assessment = judge::assess(runbook(), &snapshot, &log.history, candidate.as_deref(), now);
        let look = Look {
            runbook: runbook(),
            environment: "production",
            candidate: candidate.as_deref(),
            assessment: &assessment,
            log: &log,
            place: "/data/audit.ndjson",
            waiting: 0,
            from,
            to,
        };
        let made = Made { at: now, by: "ann".to_owned(), version: "0.1.0".to_owned(), offline: true };
        with(&Report::new(&look, made))
    }
}

pub fn runbook() -> &'static Runbook {
    runbook::built_in()
}

pub fn flag(percent: u8, changed: i64) -> FlagState {
    let configured = Exposure { cohorts: Default::default(), percent: runbook::Percent::new(percent).unwrap() };
    FlagState {
        enabled: percent > 0,
        configured,
        foreign: vec![],
        version: format!("v{percent}-{changed}"),
        changed_at: Some(at(changed)),
        changed_by: Some("flags".to_owned()),
        changed_what: None,
        raw: serde_json::Value::Null,
    }
}

pub fn trigger(key: &str) -> Trouble {
    Trouble::Trigger { trigger: key.to_owned() }
}

pub fn guardrail(signature: &str) -> Trouble {
    Trouble::Guardrail { signature: signature.to_owned() }
}

pub fn not_confirmed() -> Outcome {
    Outcome::NotConfirmed { fault: Fault::new(FaultKind::Timeout, "flags did not answer", "try again") }
}

pub fn green(candidate: &str, seconds: i64) -> Event {
    let gate = runbook().qa.as_ref().unwrap();
    let checks = gate.checks.iter().map(|id| QaCheck { id: id.clone(), status: "pass".to_owned() });
    let ran = QaRan {
        exit: Some(0),
        killed: None,
        duration_ms: 61_000,
        head: Some(candidate.to_owned()),
        tree: Tree::Clean,
        output: None,
        report: Some(KeptFile {
            path: "evidence/qa/report.json".into(),
            bytes: 7,
            digest: "ef".repeat(32),
            cut: false,
        }),
    };
    Event::QaReported(Box::new(QaRun {
        command: gate.command.clone(),
        candidate: candidate.to_owned(),
        started_at: at(seconds - 61),
        completed_at: Some(at(seconds)),
        dry_run: false,
        all_passed: true,
        checks: checks.collect(),
        digest: "cd".repeat(32),
        odd: Vec::new(),
        ran: Some(ran),
    }))
}

/// A story that has something of everything, each free text of it this one.
pub fn everything(text: &str) -> Story {
    let mut story = Story::opened();
    let said = || text.to_owned();
    let kept = KeptFile { path: said(), bytes: 7, digest: "ef".repeat(32), cut: false };
    story.note(1, text, text);
    story.tell(2, text, green(CANDIDATE, 2));
    if let Event::QaReported(mut run) = green(CANDIDATE, 3) {
        run.command = said();
        run.candidate = said();
        run.checks.push(QaCheck { id: said(), status: said() });
        run.ran = Some(QaRan {
            exit: None,
            killed: Some(said()),
            duration_ms: 5,
            head: None,
            tree: Tree::Dirty { files: vec![said()], count: 3 },
            output: Some(kept.clone()),
            report: None,
        });
        story.tell(3, text, Event::QaReported(run));
    }
    for (n, attached) in [
        Attached::Link { url: "https://ci.example.com/run/7?a=1&b=2#log".to_owned() },
        Attached::Link { url: said() },
        Attached::File { file: kept.clone(), name: said() },
        Attached::Logs { file: kept, lines: 3, source: said() },
    ]
    .into_iter()
    .enumerate()
    {
        let item = runbook().evidence[n % runbook().evidence.len()].key.clone();
        let attachment =
            Attachment { item, candidate: Some(CANDIDATE.to_owned()), attached: attached.clone(), note: said() };
        story.tell(4, text, Event::Attached(Box::new(attachment)));
        let checked = Event::Checked {
            check: if n == 0 { said() } else { runbook().checklist[n].key.clone() },
            environment: if n == 1 { said() } else { "staging".to_owned() },
            outcome: CheckOutcome::Pass,
            candidate: Some(if n == 2 { said() } else { CANDIDATE.to_owned() }),
            note: said(),
            attached: Some(attached),
        };
        story.tell(4, text, checked);
    }
    story.tell(5, text, Event::Assigned { role: runbook().roles[0].key.clone(), name: Some(said()) });
    let opened = Event::PollOpened {
        poll: "p1".to_owned(),
        stage: "limited-external".to_owned(),
        candidate: Some(CANDIDATE.to_owned()),
        runbook: runbook().digest.clone(),
        roles: vec![
            PollRole { key: "client".to_owned(), title: said() },
            PollRole { key: "x".to_owned(), title: said() },
        ],
        question: said(),
    };
    story.tell(6, text, opened);
    let voted =
        Event::Voted { poll: "p1".to_owned(), role: "client".to_owned(), answer: PollAnswer::NoGo, reason: said() };
    story.tell(7, text, voted);
    let closed = Event::PollClosed { poll: "p1".to_owned(), decision: PollAnswer::Go, reason: said() };
    story.tell(8, text, closed);
    let signed = Event::SignedOff {
        stage: said(),
        candidate: Some(said()),
        runbook: runbook().digest.clone(),
        statement: said(),
        approval: Some(said()),
        block: vec![(said(), said())],
    };
    story.tell(9, text, signed);
    let hold = Event::HoldRaised { hold: "h1".to_owned(), reason: said(), evidence: said() };
    story.tell(10, text, hold);
    let cleared = Event::Resolved { trouble: Trouble::Hold { hold: "h1".to_owned() }, evidence: said() };
    story.tell(11, text, cleared);
    story.seen(12, guardrail(text), text);
    story.tell(13, text, Event::Resolved { trouble: guardrail(text), evidence: said() });
    story.seen(14, guardrail("pull:pullCursorRegression"), text);
    story.tell(15, text, Event::Raised { trigger: runbook().triggers[0].key.clone(), reason: said() });
    story.begin(20, text, "r1", Action::Rollback, text);
    story.end(25, text, "r1", Action::Rollback, Outcome::Verified);
    story.tell(26, text, Event::Basis { candidate: Some(said()), runbook: runbook().digest.clone() });
    story
}
