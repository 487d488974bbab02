//! The events source against real files: exact counts, whatever happens to the files.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use gonogo::{
    runbook::{Deployed, DeployedEvent, EventRead, Exposure, Flag, MatchOp, Matcher, Runbook, Signal},
    snapshot::{Health, Poll, SourceState, minute_of, minute_start},
    telemetry::{Telemetry, events::Events},
};
use tempfile::TempDir;

fn signal(key: &str, name: &str, matchers: &[(&str, &str)], labels: &[(&str, &str)]) -> Signal {
    Signal {
        key: key.into(),
        title: key.into(),
        by: labels.iter().map(|(label, _)| (*label).into()).collect(),
        heartbeat: None,
        prometheus: None,
        events: Some(EventRead {
            name_field: "eventName".into(),
            names: vec![name.into()],
            matchers: matchers
                .iter()
                .map(|(field, value)| Matcher { field: (*field).into(), op: MatchOp::In(vec![(*value).into()]) })
                .collect(),
            labels: labels.iter().map(|(_, path)| (*path).into()).collect(),
            value_field: None,
        }),
    }
}

fn runbook() -> Runbook {
    let mut guardrail = signal(
        "guardrail",
        "vfs_sync_guardrail_violation_total",
        &[],
        &[("stage", "tags.stage"), ("code", "tags.code")],
    );
    if let Some(read) = &mut guardrail.events {
        read.name_field = "metricName".into();
        read.value_field = Some("value".into());
    }
    let mut unreadable = signal("prometheus_only", "x", &[], &[]);
    unreadable.events = None;
    Runbook {
        key: "test".into(),
        title: "Test".into(),
        scope: vec![],
        flag: Flag { key: "flag".into(), legacy: None },
        preconditions: vec![],
        cohorts: vec![],
        stages: vec![],
        signals: vec![
            signal("upload", "vfs_secure_upload", &[], &[("success", "success"), ("fail_stage", "detail.failStage")]),
            signal("failure", "vfs_secure_upload", &[("success", "false")], &[("message", "detail.message")]),
            guardrail,
            signal("never", "vfs_never", &[], &[]),
            unreadable,
        ],
        rates: vec![],
        guardrails: None,
        failure_messages: vec![],
        codes: vec![],
        monitors: vec![],
        triggers: vec![],
        rollback: vec![],
        legacy: None,
        rules: vec![],
        checklist: vec![],
        qa: None,
        evidence: vec![],
        sign_off: vec![],
        deployed: None,
        roles: vec![],
        digest: Exposure::off().to_string(),
    }
}

const SINCE: i64 = 1_790_000_040;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(SINCE + seconds, 0).unwrap()
}

fn upload(seconds: i64, success: &str, detail: &str) -> String {
    format!(
        r#"{{"id":"a","eventName":"vfs_secure_upload","durationMs":12,"success":{success},"timestamp":{},"detail":{detail}}}"#,
        at(seconds).timestamp_millis()
    ) + "\n"
}

fn good(seconds: i64) -> String {
    upload(seconds, "true", "null")
}

fn append(path: &Path, bytes: impl AsRef<[u8]>) {
    OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(bytes.as_ref()).unwrap();
}

struct Fixture {
    folder: TempDir,
    events: Events,
}

impl Fixture {
    fn on_file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let events = Events::new(folder.path().join("events.ndjson"), &runbook(), "production");
        Self { folder, events }
    }

    fn on_folder() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let events = Events::new(folder.path().to_owned(), &runbook(), "production");
        Self { folder, events }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, bytes: impl AsRef<[u8]>) {
        append(&self.path("events.ndjson"), bytes);
    }

    async fn poll(&mut self, now: i64) -> Poll {
        self.events.poll(at(0), at(now)).await
    }

    async fn uploads(&mut self, now: i64) -> u64 {
        total(&self.poll(now).await, "upload")
    }
}

fn total(poll: &Poll, signal: &str) -> u64 {
    poll.observation.readings[signal].tallies.values().map(|counts| counts.total()).sum()
}

fn tally(poll: &Poll, signal: &str, labels: &[&str]) -> u64 {
    let labels: Vec<String> = labels.iter().map(|label| (*label).into()).collect();
    poll.observation.readings[signal].tallies.get(&labels).map_or(0, |counts| counts.total())
}

fn health(poll: &Poll, signal: &str) -> Health {
    poll.observation.readings[signal].health.clone()
}

#[tokio::test]
async fn the_product_s_record_is_read_in_every_form_it_is_written_in() {
    let mut f = Fixture::on_file();
    f.write(upload(1, "true", "\"null\""));
    f.write(upload(2, "1", r#""{\"fileSize\":3}""#));
    f.write(upload(3, "false", r#""{\"failStage\":\"flush\",\"message\":\"Secure upload failed\"}""#));
    f.write(upload(4, "0", r#"{"failStage":"flush","message":"Secure upload failed","nested":{"a":[1,{"b":2}]}}"#));
    f.write(
        r#"{"timestamp":"2026-09-21T14:15:00Z","detail":{"failStage":"register"},"success":0,"eventName":"vfs_secure_upload"}"#
            .replace("2026-09-21T14:15:00Z", &at(5).to_rfc3339()),
    );
    f.write("\r\n");
    f.write(r#"{"metricName":"vfs_sync_guardrail_violation_total","value":2,"tags":{"stage":"pull","code":"x"}}"#);
    f.write("\n");
    let poll = f.poll(60).await;
    assert_eq!(poll.status.state, SourceState::Ok);
    assert_eq!(poll.status.note, None);
    assert_eq!(tally(&poll, "upload", &["true", ""]), 2);
    assert_eq!(tally(&poll, "upload", &["false", "flush"]), 2);
    assert_eq!(tally(&poll, "upload", &["false", "register"]), 1);
    assert_eq!(tally(&poll, "failure", &["Secure upload failed"]), 2);
    assert_eq!(tally(&poll, "guardrail", &["pull", "x"]), 2);
    let guardrail = &poll.observation.readings["guardrail"];
    assert_eq!(
        guardrail.tallies.values().next().unwrap().last(),
        Some(at(5)),
        "a record without a time has the last one's"
    );
    assert_eq!(guardrail.newest, Some(at(5)));
    assert_eq!(health(&poll, "guardrail"), Health::Good);
    assert_eq!(health(&poll, "never"), Health::Absent);
    assert_eq!(health(&poll, "prometheus_only"), Health::Unreadable);
    assert_eq!(
        poll.observation.readings["failure"].query.split_once(": ").unwrap().1,
        "eventName=vfs_secure_upload success=false by detail.message"
    );
}

#[tokio::test]
async fn a_growing_file_is_counted_once_and_a_torn_line_when_it_is_whole() {
    let mut f = Fixture::on_file();
    let line = good(3);
    let (head, tail) = line.split_at(40);
    f.write(good(1) + head);
    assert_eq!(f.uploads(10).await, 1);
    assert_eq!(f.uploads(11).await, 1);
    f.write(tail);
    f.write(good(4));
    let poll = f.poll(12).await;
    assert_eq!(total(&poll, "upload"), 3);
    assert_eq!(poll.status.note, None);
    f.write(good(5).trim_end());
    assert_eq!(f.uploads(13).await, 4, "a whole record counts even before its line end");
    f.write("\n".to_owned() + &good(6));
    let poll = f.poll(14).await;
    assert_eq!((total(&poll, "upload"), poll.status.note), (5, None));
}

#[tokio::test]
async fn any_way_of_cutting_the_same_bytes_gives_the_same_counts() {
    let text: String = (0..40).map(|s| if s % 7 == 0 { "garbage\n".into() } else { good(s) }).collect();
    for step in [1, 2, 3, 50, 173, 4096] {
        let mut f = Fixture::on_file();
        for piece in text.as_bytes().chunks(step * 13) {
            f.write(piece);
            f.uploads(60).await;
        }
        let poll = f.poll(60).await;
        assert_eq!(total(&poll, "upload"), 34);
        assert!(
            poll.status.note.unwrap().starts_with("6 malformed lines, the last at events.ndjson:36: expected value")
        );
    }
}

#[tokio::test]
async fn rotation_loses_nothing_and_counts_nothing_twice() {
    let mut f = Fixture::on_file();
    f.write(good(1));
    assert_eq!(f.uploads(10).await, 1);
    f.write(good(2));
    fs::rename(f.path("events.ndjson"), f.path("events.ndjson.1")).unwrap();
    f.write(good(3));
    assert_eq!(f.uploads(11).await, 3, "the rest of the renamed file and the new one");
    append(&f.path("events.ndjson.1"), good(4));
    assert_eq!(f.uploads(12).await, 4, "its writer has not let go of it yet");
    fs::remove_file(f.path("events.ndjson.1")).unwrap();
    assert_eq!(f.uploads(4000).await, 4);
}

#[tokio::test]
async fn truncation_reads_new_content_from_the_start() {
    let mut f = Fixture::on_file();
    f.write(good(1) + &good(2));
    assert_eq!(f.uploads(10).await, 2);
    fs::write(f.path("events.ndjson"), good(3)).unwrap();
    assert_eq!(f.uploads(11).await, 3);
    // Emptied, and longer than before by the next poll.
    fs::write(f.path("events.ndjson"), good(4) + &good(5) + &good(6)).unwrap();
    assert_eq!(f.uploads(12).await, 6);
}

#[tokio::test]
async fn a_copy_made_before_emptying_is_not_counted_twice() {
    let mut f = Fixture::on_folder();
    append(&f.path("a.log"), (0..10).map(good).collect::<String>());
    assert_eq!(f.uploads(20).await, 10);
    append(&f.path("a.log"), good(21));
    fs::copy(f.path("a.log"), f.path("a-1.log")).unwrap();
    fs::write(f.path("a.log"), good(22)).unwrap();
    assert_eq!(f.uploads(30).await, 12, "one was added before it was copied, and one after it was emptied");
    append(&f.path("a.log"), good(31));
    assert_eq!(f.uploads(40).await, 13);
}

#[tokio::test]
async fn a_folder_is_read_whole_and_new_files_are_picked_up() {
    let mut f = Fixture::on_folder();
    append(&f.path("a.ndjson"), good(1));
    append(&f.path("b.log"), good(2));
    append(&f.path("c.txt"), good(3));
    fs::create_dir(f.path("d.json")).unwrap();
    assert_eq!(f.uploads(10).await, 2);
    append(&f.path("e.jsonl"), good(4));
    append(&f.path("a.ndjson"), good(5));
    assert_eq!(f.uploads(11).await, 4);
    fs::rename(f.path("a.ndjson"), f.path("a.1.ndjson")).unwrap();
    append(&f.path("a.ndjson"), good(6));
    assert_eq!(f.uploads(12).await, 5, "renamed within the folder: known by its inode");
    fs::rename(f.path("b.log"), f.path("b.gone")).unwrap();
    assert_eq!(f.uploads(1000).await, 5);
    fs::rename(f.path("b.gone"), f.path("b.log")).unwrap();
    assert_eq!(f.uploads(2000).await, 5, "a file that comes back is not counted twice");
}

#[tokio::test]
async fn lines_that_are_no_records_are_told_and_never_fatal() {
    let mut f = Fixture::on_file();
    for n in 0..200 {
        f.write(good(n % 50));
    }
    f.write("[1]\n\n   \nnull\n{\"eventName\":\"vfs_secure_upload\",\"success\":NaN}\n");
    f.write(vec![b'x'; (1 << 20) + 1]);
    f.write(vec![b'y'; 3 << 20]);
    assert_eq!(f.uploads(60).await, 200);
    f.write("\n");
    f.write(b"\xff\xfe\n");
    let mut damaged = upload(2, "false", r#"{"message":"bad ? byte"}"#).into_bytes();
    let q = damaged.iter().position(|b| *b == b'?').unwrap();
    damaged[q] = 0xff;
    f.write(damaged);
    f.write(upload(3, "false", r#""cut off {\"failSta""#));
    let poll = f.poll(60).await;
    assert_eq!(total(&poll, "upload"), 202);
    assert_eq!(tally(&poll, "failure", &["bad \u{fffd} byte"]), 1);
    assert_eq!(health(&poll, "upload"), Health::Good);
    let note = poll.status.note.unwrap();
    assert!(note.starts_with("4 malformed lines, the last at events.ndjson:207: "), "{note}");
    assert!(note.contains("; 1 line over 1 MB skipped; 1 record with a detail that is no JSON"), "{note}");
}

#[tokio::test]
async fn a_source_that_is_mostly_unreadable_is_not_relied_on() {
    let mut f = Fixture::on_file();
    f.write(good(1) + "garbage\n");
    let poll = f.poll(60).await;
    assert_eq!(health(&poll, "upload"), Health::Partial("1 of 2 lines cannot be read".into()));
}

#[tokio::test]
async fn impossible_times_and_values_lose_no_violation() {
    let violation = |rest: &str| {
        format!(r#"{{"metricName":"vfs_sync_guardrail_violation_total","tags":{{"stage":"pull","code":"x"}}{rest}}}"#)
            + "\n"
    };
    let mut f = Fixture::on_file();
    f.write(violation(r#","value":1"#));
    let first = f.poll(30).await;
    let counts = &first.observation.readings["guardrail"].tallies[&vec!["pull".to_owned(), "x".to_owned()]];
    assert_eq!(counts.last(), Some(at(30)), "no record before it: the poll's own time");
    assert_eq!(first.observation.readings["guardrail"].newest, None);
    f.write(good(31));
    for rest in [
        r#","timestamp":0"#,
        r#","timestamp":-5"#,
        r#","timestamp":1790000041"#,
        r#","timestamp":9e300"#,
        r#","timestamp":99999999999999999999"#,
        r#","timestamp":"yesterday""#,
        r#","value":-3"#,
        r#","value":1e300"#,
        r#","value":0.5"#,
        r#","value":"NaN""#,
        r#","value":null"#,
        r#","value":"3""#,
        r#","value":0"#,
    ] {
        f.write(violation(rest));
    }
    f.write(violation(&format!(r#","timestamp":{}"#, at(60 + 301).timestamp_millis())));
    let poll = f.poll(60).await;
    assert_eq!(tally(&poll, "guardrail", &["pull", "x"]), 1 + 6 + 5 + 3 + 1);
    let reading = &poll.observation.readings["guardrail"];
    assert_eq!(reading.newest, Some(at(31)));
    assert!(reading.tallies.values().all(|counts| counts.last().unwrap() <= at(60)));
    let note = poll.status.note.unwrap();
    assert_eq!(note, "7 records with an impossible time; 4 records with a value that is no count");
    // Written now, after a silence: not as old as the record before it.
    f.poll(4000).await;
    f.write(violation(""));
    let poll = f.poll(4005).await;
    assert_eq!(poll.observation.readings["guardrail"].tallies.values().next().unwrap().last(), Some(at(4000)));
}

#[tokio::test]
async fn the_window_may_move_either_way() {
    let mut f = Fixture::on_file();
    f.write(good(-7200) + &good(-3600) + &good(-1) + &good(0) + &good(120));
    f.write(
        r#"{"metricName":"vfs_sync_guardrail_violation_total","timestamp":1,"tags":{}}"#
            .replace(":1,", &format!(":{},", at(-7200).timestamp_millis())),
    );
    let poll = f.poll(180).await;
    assert_eq!(total(&poll, "upload"), 2);
    assert_eq!(poll.observation.readings["upload"].covered_from, at(0));
    assert_eq!(
        (total(&poll, "guardrail"), health(&poll, "guardrail")),
        (0, Health::Good),
        "seen, though before the window"
    );
    let poll = f.events.poll(at(60), at(181)).await;
    assert_eq!(total(&poll, "upload"), 1);
    let poll = f.events.poll(at(-5000), at(182)).await;
    assert_eq!(total(&poll, "upload"), 4, "read again");
    let poll = f.events.poll(at(-50_000), at(183)).await;
    assert_eq!(total(&poll, "upload"), 5);
    let covered = poll.observation.readings["upload"].covered_from;
    assert_eq!(covered, minute_start(minute_of(at(-7200))), "the file says nothing of the time before its first event");
}

#[tokio::test]
async fn silence_is_a_gap_only_where_there_is_traffic() {
    let mut f = Fixture::on_file();
    let busy = |from: i64, to: i64| (from..to).map(|minute| good(minute * 60)).collect::<String>();
    f.write(busy(0, 60) + &busy(90, 120));
    let poll = f.poll(7200).await;
    assert_eq!(poll.observation.readings["never"].gaps, vec![(at(3600), at(5400))]);
    let mut f = Fixture::on_file();
    f.write((0..20).map(|n| good(n * 1800)).collect::<String>());
    let poll = f.poll(36_000).await;
    assert_eq!(poll.observation.readings["upload"].gaps, vec![], "an event in half an hour is this source's way");
}

#[tokio::test]
async fn what_cannot_be_read_is_a_fault_and_keeps_the_tallies() {
    let mut f = Fixture::on_file();
    let poll = f.poll(1).await;
    assert_eq!((poll.status.state, poll.status.failures), (SourceState::Failed, 1));
    let fault = poll.status.error.clone().unwrap();
    assert!(fault.what.ends_with("events.ndjson are not there"), "{fault}");
    assert_eq!(health(&poll, "upload"), Health::Failed(fault));
    f.write(good(1));
    let poll = f.poll(2).await;
    assert_eq!((poll.status.state, poll.status.failures, poll.status.last_ok), (SourceState::Ok, 0, Some(at(2))));
    fs::rename(f.path("events.ndjson"), f.path("elsewhere")).unwrap();
    let poll = f.poll(3).await;
    assert_eq!((poll.status.state, total(&poll, "upload")), (SourceState::Failed, 1));
    assert!(matches!(health(&poll, "upload"), Health::Failed(_)));
    f.poll(3000).await;
    fs::rename(f.path("elsewhere"), f.path("events.ndjson")).unwrap();
    assert_eq!(f.uploads(3001).await, 1, "back again, and not counted twice");
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_without_permission_or_of_another_kind_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let mut f = Fixture::on_file();
    f.write(good(1));
    fs::set_permissions(f.path("events.ndjson"), fs::Permissions::from_mode(0o000)).unwrap();
    // Root reads whatever it likes.
    if fs::File::open(f.path("events.ndjson")).is_err() {
        let poll = f.poll(1).await;
        assert_eq!(poll.status.state, SourceState::Failed);
        assert!(poll.status.error.unwrap().what.contains("permission denied"));
    }
    let mut device = Events::new("/dev/null".into(), &runbook(), "production");
    let poll = device.poll(at(0), at(1)).await;
    assert!(poll.status.error.unwrap().what.contains("neither a file nor a folder"));
}

#[tokio::test]
async fn the_number_of_combinations_is_bounded() {
    let mut f = Fixture::on_file();
    let text: String = (0..10_050).map(|n| upload(1, "false", &format!(r#"{{"message":"m{n}"}}"#))).collect();
    f.write(text);
    f.write(upload(2, "false", &format!(r#"{{"message":"{}"}}"#, "é".repeat(5000))));
    let poll = f.poll(60).await;
    let tallies = &poll.observation.readings["failure"].tallies;
    assert_eq!(tallies.len(), 10_001);
    assert_eq!(tally(&poll, "failure", &["(other)"]), 51);
    assert_eq!(total(&poll, "failure"), 10_051);
    assert!(matches!(health(&poll, "failure"), Health::Partial(why) if why.contains("10000 combinations")));
    assert_eq!(health(&poll, "upload"), Health::Good);
}

#[tokio::test]
async fn escapes_are_undone_and_control_characters_of_a_label_reach_nobody() {
    let mut f = Fixture::on_file();
    f.write(upload(1, "false", r#"{"message":"a\u001b[31mred"}"#));
    f.write(upload(1, "false", r#""{\"message\":\"a\\u001b[31mred\"}""#));
    f.write(upload(1, "false", r#""{\"message\":\"caf\u00e9 \\\"1\\\" \\\\ \/\"}""#));
    let poll = f.poll(60).await;
    assert_eq!(tally(&poll, "failure", &["a[31mred"]), 2);
    assert_eq!(tally(&poll, "failure", &["café \"1\" \\ /"]), 1);
}

/// A runbook whose instances tell which commit they run.
fn telling() -> Runbook {
    let events = DeployedEvent {
        name_field: "kind".into(),
        names: vec!["build".into()],
        commit: "detail.commit".into(),
        instance: Some("detail.host".into()),
    };
    Runbook { deployed: Some(Deployed { prometheus: None, events: Some(events), required: false }), ..runbook() }
}

fn build(seconds: i64, host: &str, commit: &str) -> String {
    let detail = format!(r#"{{\"host\":\"{host}\",\"commit\":\"{commit}\"}}"#);
    format!(r#"{{"timestamp":{},"detail":"{detail}","kind":"build"}}"#, at(seconds).timestamp_millis()) + "\n"
}

fn deployed(poll: &Poll) -> Vec<(String, u64)> {
    poll.observation.deployed.clone().into_iter().flatten().collect()
}

#[tokio::test]
async fn the_newest_record_of_each_instance_says_what_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    let mut events = Events::new(path.clone(), &telling(), "production");
    append(&path, good(1) + &build(2, "a", "old") + &build(3, "b", "old"));
    let poll = events.poll(at(0), at(60)).await;
    assert_eq!(deployed(&poll), [("old".to_owned(), 2)]);
    assert_eq!((total(&poll, "upload"), poll.status.note), (1, None), "it is no record of a signal");

    append(&path, build(90, "a", "new"));
    let one = |commit: &str| (commit.to_owned(), 1);
    assert_eq!(deployed(&events.poll(at(0), at(120)).await), [one("new"), one("old")]);
    // A quarter of an hour after its last word an instance is gone.
    assert_eq!(deployed(&events.poll(at(0), at(900 + 30)).await), [one("new")]);
    let poll = events.poll(at(0), at(900 + 91)).await;
    assert_eq!(poll.observation.deployed, None, "nobody tells");
    append(&path, build(990, "b", ""));
    assert_eq!(deployed(&events.poll(at(0), at(995)).await), [one("unknown")]);

    // What cannot be read may hold any instance's word.
    fs::rename(&path, folder.path().join("elsewhere")).unwrap();
    fs::create_dir(&path).unwrap();
    fs::remove_dir(&path).unwrap();
    let poll = events.poll(at(0), at(996)).await;
    assert_eq!((poll.status.state, poll.observation.deployed.clone()), (SourceState::Failed, None));

    // A runbook that does not ask is told nothing.
    let mut other = Events::new(folder.path().join("elsewhere"), &runbook(), "production");
    assert_eq!(other.poll(at(0), at(996)).await.observation.deployed, None);
}
