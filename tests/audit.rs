//! The audit log on a real disk: whole after a cut at any byte, one chain for several writers, private, replayed.

use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    audit::{Action, Anchored, AuditLog, Begun, Event, FileLog, Outbox, Outcome, replay, unfinished},
    fault::{Fault, FaultKind},
    flags::Plan,
    judge::{CheckOutcome, QaCheck, QaRun, Trouble},
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
        request: None,
        process: None,
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

/// One of each kind of recorded fact.
fn facts() -> Vec<Event> {
    let candidate = || Some("018e611".to_owned());
    vec![
        Event::QaReported(Box::new(QaRun {
            command: "make qa".to_owned(),
            candidate: "018e611".to_owned(),
            started_at: at(-9),
            completed_at: None,
            dry_run: true,
            all_passed: false,
            checks: vec![
                QaCheck { id: "unit".to_owned(), status: "pass".to_owned() },
                QaCheck { id: "contract".to_owned(), status: "skipped".to_owned() },
            ],
            digest: "d".repeat(64),
            ran: None,
            odd: Vec::new(),
        })),
        Event::Checked {
            check: "restart".to_owned(),
            environment: "staging".to_owned(),
            outcome: CheckOutcome::Blocked,
            candidate: candidate(),
            note: "no server".to_owned(),
            attached: None,
        },
        Event::Attested {
            stage: "dark".to_owned(),
            gate: "logs".to_owned(),
            statement: "the logs are clean".to_owned(),
            candidate: candidate(),
            evidence: "log 7".to_owned(),
        },
        Event::SignedOff {
            stage: "dark".to_owned(),
            candidate: candidate(),
            runbook: "e".repeat(64),
            statement: "go on".to_owned(),
            approval: None,
            block: Vec::new(),
        },
        Event::Raised { trigger: "by-hand".to_owned(), reason: "a report".to_owned() },
        Event::Resolved { trouble: Trouble::Trigger { trigger: "by-hand".to_owned() }, evidence: "log 8".to_owned() },
        Event::Resolved {
            trouble: Trouble::Gate { stage: "dark".to_owned(), gate: "logs".to_owned() },
            evidence: "log 9".to_owned(),
        },
        Event::Basis { candidate: None, runbook: "e".repeat(64) },
    ]
}

#[tokio::test]
async fn recorded_facts_are_read_back_as_they_were_and_replayed() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), facts()).await;
    let record = FileLog::at(folder.path()).read().await.unwrap();
    assert_eq!(record.damage, None);
    assert_eq!(record.entries.iter().map(|entry| entry.event.clone()).collect::<Vec<_>>(), facts());

    let history = replay(&record);
    let report = &history.qa_reports[0];
    assert_eq!((report.at, report.operator.as_str(), report.run.started_at), (at(0), "ann", at(-9)));
    assert_eq!((report.run.completed_at, report.run.dry_run, report.run.all_passed), (None, true, false));
    assert_eq!(report.run.checks[1].status, "skipped");
    let check = &history.checks[0];
    assert_eq!((check.at, check.outcome, check.environment.as_str()), (at(1), CheckOutcome::Blocked, "staging"));
    assert_eq!((check.candidate.as_deref(), check.note.as_str()), (Some("018e611"), "no server"));
    let word = &history.attestations[0];
    assert_eq!((word.at, word.gate.as_str(), word.statement.as_str()), (at(2), "logs", "the logs are clean"));
    let signed = &history.sign_offs[0];
    assert_eq!((signed.at, signed.stage.as_str(), signed.runbook.len()), (at(3), "dark", 64));
    assert_eq!((history.raised[0].at, history.raised[0].trigger.as_str()), (at(4), "by-hand"));
    let troubles: Vec<_> = history.resolutions.iter().map(|resolution| resolution.trouble.to_string()).collect();
    assert_eq!(troubles, ["rollback trigger by-hand", "failed gate logs of stage dark"]);
    assert_eq!(history.bases[0].since, at(7));

    let kinds: Vec<_> = history.timeline.iter().map(|line| line.kind.as_str()).collect();
    assert_eq!(kinds, ["qa", "check", "attestation", "sign-off", "raised", "resolution", "resolution", "basis"]);
    assert_eq!(history.timeline[0].text, "`make qa` on 018e611: 1 of 2 checks passed");
    assert_eq!(history.timeline[1].text, "check restart in staging blocked: no server");
}

#[tokio::test]
async fn what_an_older_version_wrote_is_read_without_what_it_did_not_know() {
    const ENTERED: &str = "2025-10-09T08:53:20Z";
    // As they were written: no candidate and no runbook in `opened`, no runbook in `begun`, a resolution of nothing but
    // a signature.
    let events = [
        format!(r#"{{"kind":"opened","stage":"dark","entered_at":"{ENTERED}","flag":null}}"#),
        r#"{"kind":"begun","id":"1","action":"advance","from_stage":"dark","to_stage":"canary","before":null,"target":{"cohorts":[],"percent":5},"plan":{"from_version":"v1","target":{"cohorts":[],"percent":5},"writes":[]},"reason":"because","candidate":null,"digest":null}"#.to_owned(),
        r#"{"kind":"ended","id":"1","action":"advance","outcome":{"result":"verified"},"after":null}"#.to_owned(),
        r#"{"kind":"resolved","signature":"pull:x","evidence":"fixed"}"#.to_owned(),
    ];
    let (mut log, mut previous) = (String::new(), "0".repeat(64));
    for (event, seq) in events.iter().zip(1..) {
        let body = format!(
            r#"{{"seq":{seq},"at":"{ENTERED}","operator":"ann","host":"box","version":"0.0.1","event":{event},"previous":"{previous}""#
        );
        previous = gonogo::fingerprint::sha256(format!("{body}}}"));
        log.push_str(&format!("{body},\"hash\":\"{previous}\"}}\n"));
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(FileLog::at(folder.path()).path(), log).unwrap();
    let record = FileLog::at(folder.path()).read().await.unwrap();
    assert_eq!((record.entries.len(), record.damage.as_deref()), (4, None));
    let history = replay(&record);
    assert_eq!(history.visits.iter().map(|visit| visit.stage.as_str()).collect::<Vec<_>>(), ["dark", "canary"]);
    assert_eq!(history.resolutions[0].trouble, Trouble::Guardrail { signature: "pull:x".to_owned() });
    assert_eq!((history.bases.len(), history.flags.len()), (0, 0), "what was not told is not made up");
}

#[tokio::test]
async fn what_another_process_appends_is_noticed_within_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let (here, there) = (FileLog::at(folder.path()), FileLog::at(folder.path()));
    for text in ["a", "b"] {
        let head = here.read().await.unwrap().head;
        let waiting = tokio::spawn({
            let (here, head) = (here.clone(), head.clone());
            async move { here.changed(&head).await }
        });
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert!(!waiting.is_finished(), "nothing happened yet");
        let began = Instant::now();
        there.append(at(0), "bob", note(text)).await.unwrap();
        waiting.await.unwrap();
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
        here.changed(&head).await;
    }
}

#[tokio::test]
async fn many_are_appended_in_one_piece_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Anchored::new(Arc::new(FileLog::at(folder.path())), folder.path());
    open().append(at(0), "bob", note("before")).await.unwrap();
    let head = open().read().await.unwrap().head;
    let many = ["a", "b", "c"].map(note).to_vec();
    let entries = open().append_all_after(&head, at(1), "ann", many.clone()).await.unwrap();
    let record = open().read().await.unwrap();
    assert_eq!((&record.entries[1..], record.damage), (&entries[..], None));
    assert_eq!(entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [2, 3, 4]);
    let refused = open().append_all_after(&head, at(2), "ann", many).await.unwrap_err();
    assert_eq!(refused.kind, FaultKind::Changed);
    assert_eq!(open().append_all_after(&record.head, at(2), "ann", Vec::new()).await.unwrap(), []);
    let after = open().read().await.unwrap();
    assert_eq!(after.head, record.head, "neither a refusal nor nothing adds anything");
    // The note of where it ends was kept as well: what is cut off is told.
    let path = FileLog::at(folder.path()).path();
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.split_inclusive('\n').take(3).collect::<String>()).unwrap();
    let damage = open().read().await.unwrap().damage.unwrap();
    assert!(damage.contains("audit.head"), "{damage}");
}

#[tokio::test]
async fn nothing_is_added_to_a_log_that_was_moved() {
    let folder = tempfile::tempdir().unwrap();
    let log = FileLog::at(folder.path());
    write(folder.path(), vec![note("a"), Event::Moved { to: "postgres://h:1/d".to_owned() }]).await;
    let head = log.read().await.unwrap().head;
    for fault in [log.append(at(1), "ann", note("b")).await, log.append_after(&head, at(1), "ann", note("b")).await] {
        let fault = fault.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Configuration);
        assert!(fault.what.contains("was moved to postgres://h:1/d"), "{fault}");
    }
    let back = tempfile::tempdir().unwrap();
    write(back.path(), vec![Event::Moved { to: FileLog::at(back.path()).place() }, note("b")]).await;
}

#[tokio::test]
async fn an_end_that_was_cut_off_is_told_until_it_is_cleared_up() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Anchored::new(Arc::new(FileLog::at(folder.path())), folder.path());
    let path = FileLog::at(folder.path()).path();
    for text in ["a", "b", "c"] {
        open().append(at(0), "ann", note(text)).await.unwrap();
    }
    assert_eq!(open().read().await.unwrap().damage, None);
    let whole = fs::read_to_string(&path).unwrap();
    let cut: String = whole.split_inclusive('\n').take(2).collect();
    fs::write(&path, cut).unwrap();
    for _ in 0..3 {
        let damage = open().read().await.unwrap().damage.unwrap();
        assert!(damage.contains("its end was cut off") || damage.contains("is not the one"), "{damage}");
        open().append(at(1), "eve", note("over it")).await.unwrap();
    }
    fs::remove_file(folder.path().join("audit.head")).unwrap();
    assert_eq!(open().read().await.unwrap().damage, None);

    // A head that cannot be noted is no matter.
    let file = folder.path().join("a file");
    fs::write(&file, "").unwrap();
    let log = Anchored::new(Arc::new(FileLog::at(folder.path())), &file.join("below"));
    log.append(at(2), "ann", note("d")).await.unwrap();
    assert_eq!(log.read().await.unwrap().damage, None);
}

#[tokio::test]
async fn what_no_disk_takes_is_kept_in_memory_and_sent_once() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("state");
    fs::write(&place, "a file where the folder should be").unwrap();
    let log = Outbox::new(Arc::new(FileLog::at(&place)), &place, true);
    for text in ["a", "b"] {
        let fault = log.append_soon(at(0), "ann", note(text)).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::File);
    }
    assert_eq!(log.kept().len(), 2);
    assert!(log.append(at(1), "ann", note("overtaking")).await.is_err());
    fs::remove_file(&place).unwrap();
    log.append(at(1), "ann", note("c")).await.unwrap();
    assert_eq!(log.kept(), []);
    log.append_soon(at(2), "ann", note("d")).await.unwrap();
    let record = log.read().await.unwrap();
    let told: Vec<_> = record.entries.iter().map(|entry| entry.event.clone()).collect();
    assert_eq!(told, ["a", "b", "c", "d"].map(note));
    assert_eq!(record.damage, None);
}

#[tokio::test]
async fn what_arrived_before_a_crash_could_note_it_is_not_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let log = FileLog::at(folder.path());
    log.append(at(0), "ann", note("a")).await.unwrap();
    let before = log.read().await.unwrap().head;
    log.append(at(1), "ann", note("b")).await.unwrap();
    log.append(at(2), "bob", note("of another")).await.unwrap();
    // As a process leaves it that is killed between sending and noting that it arrived; the second was never sent.
    let kept = |id: &str, minute, text: &str| serde_json::json!({"is": "kept", "id": id, "at": at(minute), "operator": "ann", "event": note(text)});
    let sending = serde_json::json!({"is": "sending", "id": "1", "after": before});
    let journal = format!("{}\n{}\n{sending}\n", kept("1", 1, "b"), kept("2", 3, "c"));
    fs::write(folder.path().join("outbox.ndjson"), journal).unwrap();
    Outbox::new(Arc::new(log.clone()), folder.path(), true).flush().await.unwrap();
    let told: Vec<_> = log.read().await.unwrap().entries.into_iter().map(|entry| entry.event).collect();
    assert_eq!(told, ["a", "b", "of another", "c"].map(note));
    assert_eq!(fs::metadata(folder.path().join("outbox.ndjson")).unwrap().len(), 0);
}
