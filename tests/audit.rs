//! The audit log on a real disk: whole after a cut at any byte, one chain for several writers, private, replayed.

use std::{fs, path::Path};

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    audit::{Action, AuditLog, Begun, Event, FileLog, Outcome, replay, unfinished},
    fault::{Fault, FaultKind},
    flags::Plan,
    judge::Trouble,
    runbook::{Exposure, Percent},
};

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000, 0).unwrap() + TimeDelta::minutes(minutes)
}

fn note(text: &str) -> Event {
    Event::Note { text: text.to_owned() }
}

fn begun(id: &str, action: Action, from: &str, to: &str, percent: u8) -> Event {
    let target = Exposure { percent: Percent::new(percent).unwrap(), ..Exposure::off() };
    Event::Begun(Box::new(Begun {
        id: id.to_owned(),
        action,
        from_stage: from.to_owned(),
        to_stage: to.to_owned(),
        before: None,
        plan: Plan { from_version: "v1".to_owned(), target: target.clone(), writes: Vec::new() },
        target,
        reason: "because".to_owned(),
        candidate: None,
        digest: None,
        runbook: None,
    }))
}

fn ended(id: &str, action: Action, outcome: Outcome) -> Event {
    Event::Ended { id: id.to_owned(), action, outcome, after: None }
}

async fn write(folder: &Path, events: Vec<Event>) {
    let log = FileLog::at(folder);
    for (minute, event) in events.into_iter().enumerate() {
        log.append(at(minute as i64), "ann", event).await.unwrap();
    }
}

#[tokio::test]
async fn what_was_appended_is_there_for_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("deep").join("er");
    write(&folder, vec![note("a"), note("b")]).await;
    let record = FileLog::at(&folder).read().await.unwrap();
    assert_eq!(record.damage, None);
    assert_eq!(record.entries.iter().map(|e| (e.seq, e.at)).collect::<Vec<_>>(), [(1, at(0)), (2, at(1))]);
    assert_eq!(record.entries[0].operator, "ann");
}

#[tokio::test]
async fn a_log_that_is_not_there_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    assert!(FileLog::at(folder.path()).read().await.unwrap().entries.is_empty());
    assert!(!FileLog::at(folder.path()).path().exists(), "reading makes no file");
}

#[tokio::test]
async fn a_cut_at_any_byte_of_the_last_line_is_set_aside_and_the_log_goes_on() {
    let whole = tempfile::tempdir().unwrap();
    write(whole.path(), vec![note("a"), note("b")]).await;
    let bytes = fs::read(FileLog::at(whole.path()).path()).unwrap();
    let first = bytes.iter().position(|b| *b == b'\n').unwrap() + 1;
    for cut in (first + 1..bytes.len()).step_by(37).chain([bytes.len() - 1]) {
        let folder = tempfile::tempdir().unwrap();
        let log = FileLog::at(folder.path());
        fs::write(log.path(), &bytes[..cut]).unwrap();
        let torn = log.read().await.unwrap();
        assert_eq!(torn.entries.len(), 1);
        assert!(torn.damage.unwrap().contains("torn"));

        assert_eq!(log.append(at(9), "bob", note("c")).await.unwrap().seq, 2);
        let record = log.read().await.unwrap();
        assert_eq!((record.entries.len(), record.damage), (2, None));
        let aside = fs::read(folder.path().join("audit.ndjson.torn-2")).unwrap();
        assert_eq!(aside, &bytes[first..cut], "not a byte is dropped");
    }
}

#[tokio::test]
async fn a_broken_chain_is_told_and_never_fatal() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), vec![note("a"), note("b"), note("c")]).await;
    let log = FileLog::at(folder.path());
    let text = fs::read_to_string(log.path()).unwrap();
    fs::write(log.path(), text.replacen("\"b\"", "\"x\"", 1)).unwrap();
    log.append(at(9), "ann", note("d")).await.unwrap();
    let record = log.read().await.unwrap();
    assert_eq!(record.entries.len(), 4);
    assert_eq!(record.damage.as_deref(), Some("entry 2 was changed after it was written"));
    assert_eq!(replay(&record).damage, record.damage);
}

#[tokio::test]
async fn several_writers_keep_one_chain() {
    let folder = tempfile::tempdir().unwrap();
    let writers = (0..4).map(|writer| {
        let log = FileLog::at(folder.path());
        tokio::spawn(async move {
            for n in 0..10 {
                log.append(at(n), &format!("writer {writer}"), note("x")).await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let record = FileLog::at(folder.path()).read().await.unwrap();
    assert_eq!((record.entries.len(), record.damage), (40, None));
}

#[tokio::test]
async fn a_log_that_somebody_else_holds_is_a_fault_after_a_while() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), vec![note("a")]).await;
    let log = FileLog::at(folder.path());
    let held = fs::File::open(log.path()).unwrap();
    held.lock().unwrap();
    let fault = log.append(at(1), "ann", note("b")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::File);
    assert!(fault.what.contains("another process holds it"), "{fault}");
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("state");
    write(&folder, vec![note("a")]).await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&FileLog::at(&folder).path()), 0o600);
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_a_fault_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a file");
    fs::write(&file, "").unwrap();
    let fault = FileLog::at(&file.join("state")).append(at(0), "ann", note("a")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::File);
    assert!(fault.what.contains("a file/state/audit.ndjson"), "{fault}");
}

#[tokio::test]
async fn the_history_is_what_was_verified() {
    let folder = tempfile::tempdir().unwrap();
    let opened =
        Event::Opened { stage: "dark".to_owned(), entered_at: at(-60), flag: None, candidate: None, runbook: None };
    let refused = Outcome::Refused { why: vec!["a gate fails".to_owned()] };
    write(
        folder.path(),
        vec![
            opened,
            begun("1", Action::Advance, "dark", "canary", 5),
            ended("1", Action::Advance, Outcome::Verified),
            begun("2", Action::Advance, "canary", "wide", 50),
            ended("2", Action::Advance, refused),
            Event::Resolved {
                trouble: Trouble::Guardrail { signature: "pull:x".to_owned() },
                evidence: "fixed in abc".to_owned(),
            },
            begun("3", Action::Rollback, "canary", "dark", 0),
            ended("3", Action::Rollback, Outcome::Verified),
            begun("4", Action::Advance, "dark", "canary", 5),
        ],
    )
    .await;
    let record = FileLog::at(folder.path()).read().await.unwrap();
    let history = replay(&record);
    let visits: Vec<_> = history.visits.iter().map(|v| (v.stage.as_str(), v.entered_at, v.left_at)).collect();
    assert_eq!(
        visits,
        [("dark", at(-60), Some(at(2))), ("canary", at(2), Some(at(7))), ("dark", at(7), None)],
        "a refused advance enters nothing"
    );
    assert_eq!(history.visits.iter().map(|v| v.by_rollback).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(history.resolutions[0].trouble, Trouble::Guardrail { signature: "pull:x".to_owned() });
    assert_eq!(history.resolutions[0].at, at(5));
    let unfinished_action = history.unfinished.unwrap();
    assert_eq!((unfinished_action.action.as_str(), unfinished_action.stage.as_str()), ("advance", "canary"));
    assert_eq!(unfinished(&record).iter().map(|(_, begun)| begun.id.as_str()).collect::<Vec<_>>(), ["4"]);
    let lines: Vec<_> = history.timeline.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(lines.len(), 6, "one line an action: {lines:#?}");
    assert!(lines[1].starts_with("advance dark → canary verified: because"), "{lines:#?}");
    assert!(lines[2].contains("refused, nothing was sent: a gate fails"), "{lines:#?}");
    assert!(lines[5].contains("how it ended is not known"), "{lines:#?}");
}

#[tokio::test]
async fn an_end_that_is_found_out_later_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let fault = Fault::new(FaultKind::Timeout, "no answer", "look");
    write(
        folder.path(),
        vec![
            begun("1", Action::Rollback, "canary", "dark", 0),
            begun("1", Action::Rollback, "canary", "dark", 0),
            ended("1", Action::Rollback, Outcome::NotConfirmed { fault }),
            ended("1", Action::Rollback, Outcome::Verified),
            ended("1", Action::Rollback, Outcome::Verified),
        ],
    )
    .await;
    let history = replay(&FileLog::at(folder.path()).read().await.unwrap());
    assert_eq!(history.visits.len(), 1);
    assert_eq!(history.visits[0].entered_at, at(3));
    assert_eq!(history.unfinished, None);
}
