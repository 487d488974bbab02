//! Text from outside that would do something: wherever the log holds it, no answer, report, table or bundle lets it act.
#![allow(missing_docs)]

use std::{
    path::Path,
    process::{Command, Output},
};

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    audit::{AuditLog, Event, FileLog},
    judge::{Attached, Attachment, CheckOutcome, KeptFile, PollAnswer, PollRole, QaCheck, QaRun, Trouble},
    runbook::built_in,
};

const SHA: &str = "018e611abc1234567890abcdef1234567890abcd";

/// Moves the cursor, sets the title, turns the reading direction, and is Markdown, HTML, a formula and a mention.
const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}\u{9b}31m<script>alert(1)</script><img src=x onerror=alert(2)>\
                       [x](javascript:alert(3)) ![i](http://evil.example/i) |cell|\n# heading\n```\n=HYPERLINK(\"http://e\") @everyone #1";

/// As long as nobody would type it.
fn long() -> String {
    "10 MB \u{202e}\u{1b}[31m ".repeat(10 << 20).chars().take(10 << 20).collect()
}

fn said_everywhere(text: &str) -> Vec<Event> {
    let text = || text.to_owned();
    let stage = built_in().stages[0].key.clone();
    let candidate = || Some(SHA.to_owned());
    let file = KeptFile { path: text(), bytes: 7, digest: "ab".repeat(32), cut: false };
    let attached = Attached::File { file, name: text() };
    vec![
        Event::Note { text: text() },
        Event::HoldRaised { hold: "h1".into(), reason: text(), evidence: text() },
        Event::Resolved { trouble: Trouble::Guardrail { signature: text() }, evidence: text() },
        Event::Seen { trouble: Trouble::Guardrail { signature: text() }, reason: text() },
        Event::Checked {
            check: built_in().checklist[0].key.clone(),
            environment: text(),
            outcome: CheckOutcome::Fail,
            candidate: candidate(),
            note: text(),
            attached: Some(attached.clone()),
        },
        Event::Attached(Box::new(Attachment { item: text(), candidate: candidate(), attached, note: text() })),
        Event::Assigned { role: built_in().roles[0].key.clone(), name: Some(text()) },
        Event::PollOpened {
            poll: "p1".into(),
            stage,
            candidate: candidate(),
            runbook: built_in().digest.clone(),
            roles: vec![PollRole { key: text(), title: text() }],
            question: text(),
        },
        Event::Voted { poll: "p1".into(), role: text(), answer: PollAnswer::NoGo, reason: text() },
        Event::PollClosed { poll: "p1".into(), decision: PollAnswer::NoGo, reason: text() },
        Event::QaReported(Box::new(QaRun {
            command: text(),
            candidate: SHA.into(),
            started_at: at(0),
            completed_at: Some(at(1)),
            dry_run: false,
            all_passed: true,
            checks: vec![QaCheck { id: text(), status: text() }],
            odd: vec![text()],
            digest: "cd".repeat(32),
            ran: None,
        })),
        Event::Paused { reason: text() },
    ]
}

fn at(seconds: i64) -> DateTime<Utc> {
    Utc::now() - TimeDelta::hours(2) + TimeDelta::seconds(seconds)
}

/// A rollout's data folder whose log says this everywhere.
async fn rollout(text: &str) -> tempfile::TempDir {
    let data = tempfile::tempdir().unwrap();
    let log = FileLog::at(&data.path().join(&built_in().key).join("production"));
    let opened = Event::Opened {
        stage: built_in().stages[0].key.clone(),
        entered_at: at(0),
        flag: None,
        candidate: Some(SHA.to_owned()),
        runbook: Some(built_in().digest.clone()),
    };
    for (n, event) in [vec![opened], said_everywhere(text)].concat().into_iter().enumerate() {
        log.append(at(n as i64), text.get(..200).unwrap_or(text), event).await.unwrap();
    }
    data
}

fn gonogo(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gonogo"));
    command.env_clear().env("HOME", data).env("USER", "ann").args(arguments).arg("--data-dir").arg(data);
    command.output().unwrap()
}

/// Whether a terminal, or an eye, would take it for something else than text.
fn acts_on_a_terminal(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

const ANSWERS: &[&[&str]] = &[
    &["audit", "show"],
    &["audit", "show", "--format", "md"],
    &["audit", "show", "--format", "csv"],
    &["audit", "verify"],
    &["check", "list", "--candidate", SHA],
    &["evidence", "list", "--candidate", SHA],
    &["evidence", "verify"],
    &["hold", "list"],
    &["poll", "show"],
    &["role", "list"],
    &["report", "--offline"],
    &["report", "--offline", "--format", "html"],
    &["report", "--offline", "--format", "json"],
];

#[tokio::test]
async fn no_answer_lets_text_act() {
    let data = rollout(HOSTILE).await;
    for arguments in ANSWERS {
        let output = gonogo(data.path(), arguments);
        for (stream, bytes) in [("stdout", output.stdout), ("stderr", output.stderr)] {
            // Rows of a table end so.
            let text = String::from_utf8(bytes).unwrap().replace("\r\n", "\n");
            let found = text.find(acts_on_a_terminal);
            let before = found.map(|at| text[..at].chars().rev().take(120).collect::<Vec<_>>());
            let before = before.map(|before| before.into_iter().rev().collect::<String>());
            assert_eq!(before, None, "{arguments:?} on {stream}");
            if arguments.contains(&"html") {
                let lower = text.to_lowercase();
                for acting in ["<script", "<img", "onerror=alert(2)>", "href=\"javascript", "src=\"http"] {
                    assert!(!lower.contains(acting), "{acting} in {arguments:?}");
                }
            }
            if arguments.contains(&"csv") {
                assert!(!text.lines().any(|line| line.split(',').any(|cell| cell.starts_with("=HYPER"))), "{text}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_far_too_long_is_told_and_breaks_nothing() {
    let data = tempfile::tempdir().unwrap();
    let log = FileLog::at(&data.path().join(&built_in().key).join("production"));
    log.append(at(0), "ann", Event::Note { text: long() }).await.unwrap();
    log.append(at(1), "ann", Event::Note { text: "after it".to_owned() }).await.unwrap();
    for arguments in [&["audit", "show"][..], &["report", "--offline"], &["report", "--offline", "--format", "html"]] {
        let output = gonogo(data.path(), arguments);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && text.contains("after it"), "{arguments:?}");
        assert_eq!(text.chars().find(|c| acts_on_a_terminal(*c)), None, "{arguments:?}");
    }
    let bundle = data.path().join("all.tar.gz").display().to_string();
    for arguments in [&["bundle", "--offline", "--output", &bundle][..], &["bundle", "verify", &bundle]] {
        let output = gonogo(data.path(), arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
