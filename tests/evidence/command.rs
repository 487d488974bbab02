//! `gonogo rollback` with a flagd file and events, and with neither disk nor telemetry.

use std::{
    fs,
    path::{Path, PathBuf},
};

use chrono::Utc;
use serde_json::{Value, json};

use super::{
    binary::{Home, run, unwritable},
    folder::sha256sum,
};

fn flags(home: &Home) -> String {
    let flag = json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on"});
    format!("flagd:{}", home.write("flags.json", json!({"flags": {"vfsSecureUpload": flag}}).to_string()))
}

fn events(home: &Home) -> (String, String) {
    let at = Utc::now().timestamp_millis() - 60_000;
    let failed = format!(r#"{{"eventName":"vfs_secure_upload",  "success":false,"timestamp":{at}}}"#);
    (format!("events:{}", home.write("events.ndjson", format!("{failed}\n"))), failed)
}

/// The one rollback's folder of evidence.
fn evidence(home: &Home) -> Vec<PathBuf> {
    let root = home.data().join("vfs-secure-upload/production/evidence");
    let entries = fs::read_dir(root).map(|entries| entries.map(|entry| entry.unwrap().path()).collect());
    entries.unwrap_or_default()
}

fn texts(folder: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => all.push_str(&texts(&path)),
            false => all.push_str(&String::from_utf8_lossy(&fs::read(path).unwrap())),
        }
    }
    all
}

#[tokio::test]
async fn a_rollback_keeps_diagnostics_at_once_and_says_how_far_it_is() {
    let home = Home::new();
    let (flags, (events, failed)) = (flags(&home), events(&home));
    let arguments =
        ["rollback", "--yes", "--reason", "it burns", "--watch", "6s", "--flags", &flags, "--telemetry", &events];
    let mut command = home.command(&arguments);
    command.env("GONOGO_TELEMETRY_TOKEN", "s3cret-one").env("GONOGO_FLAGS_TOKEN", "s3cret-two");
    let ran = run(command).await.ended(0).answered("everyone -> off; the store, read again, says off");
    let ran =
        ran.told("Ctrl-C ends the watching").told("diagnostics kept (at once)").told("1. Disable the flag: verified");
    let ran = ran.told("open: the legacy path is not confirmed").told("gonogo rollback confirm --statement");
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    let [folder] = &evidence(&home)[..] else { panic!("one rollback") };
    let folder = folder.join("at-once");
    assert!(sha256sum(&folder));
    assert_eq!(fs::read_to_string(folder.join("failing-events.ndjson")).unwrap(), format!("{failed}\n"));
    let read = |name: &str| -> Value { serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap() };
    assert_eq!(read("assessment.json")["schema"], "gonogo/status/1");
    assert_eq!(read("snapshot.json")["sources"][0]["state"], "ok", "telemetry was heard before it was kept");
    assert_eq!(read("flag-before.json")["defaultVariant"], "on");
    // Kept while it was being switched off, and named by what it says.
    let after = folder.join("flag-after.json").exists();
    let (name, says) = if after { ("flag-after.json", "off") } else { ("flag-meanwhile.json", "on") };
    assert_eq!(read(name)["defaultVariant"], says);
    assert_eq!(read("timeline.json")["entries"][0]["event"]["kind"], "begun");
    assert_eq!(read("manifest.json")["rollback"]["reason"], "it burns");
    assert!(!texts(&folder).contains("s3cret"), "no token in any file");
    let log = fs::read_to_string(home.data().join("vfs-secure-upload/production/audit.ndjson")).unwrap();
    let kept = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let kept: Vec<Value> = kept.filter(|entry| entry["event"]["kind"] == "diagnostics-kept").collect();
    let sums = fs::read(folder.join("SHA256SUMS")).unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0]["event"]["digest"], gonogo::fingerprint::sha256(sums));

    // It is off: there is nothing to keep, and nothing to watch.
    let again = ["rollback", "--yes", "--reason", "again", "--flags", &flags, "--telemetry", &events];
    run(home.command(&again)).await.ended(0).answered("was off already").told("is already off in production");
}

#[tokio::test]
async fn json_says_what_was_done_and_what_is_open() {
    let home = Home::new();
    let flags = flags(&home);
    let ran = run(home.command(&["rollback", "--yes", "--reason", "x", "--flags", &flags, "--json"])).await.ended(0);
    let facts = ran.json();
    assert_eq!((&facts["outcome"], &facts["already_off"]), (&json!("verified"), &json!(false)));
    assert_eq!(facts["served_before"], "everyone");
    assert_eq!(facts["steps"][0]["does"], "disable");
    assert_eq!(facts["steps"][0]["state"], "verified");
    assert_eq!(facts["kept"][0]["phase"], "at-once");
    assert!(Path::new(facts["kept"][0]["folder"].as_str().unwrap()).join("SHA256SUMS").exists());
    assert!(facts["open"][0].as_str().unwrap().contains("no telemetry is named"), "{}", ran.out);
    assert_eq!(facts["id"].as_str().unwrap().len(), 16);
    let ran = run(home.command(&["rollback", "--yes", "--reason", "x", "--flags", &flags, "--json"])).await.ended(0);
    assert_eq!(ran.json()["already_off"], true);
    assert_eq!(ran.json()["kept"], json!([]));
}

#[tokio::test]
async fn without_disk_log_terminal_and_telemetry_it_rolls_back_and_says_what_was_not_kept() {
    let home = Home::new();
    let flags = flags(&home);
    let blocked = unwritable(&home);
    let arguments = ["rollback", "--yes", "--reason", "x", "--flags", &flags, "--data-dir", &blocked];
    let ran = run(home.command(&arguments)).await.ended(0).answered("the store, read again, says off");
    ran.told("NOT on the disk")
        .told("diagnostics were NOT kept, they are lost with this run")
        .told("not in the audit log");
    assert!(fs::read_to_string(home.path("flags.json")).unwrap().contains(r#""defaultVariant":"off""#));
}

#[tokio::test]
async fn who_does_not_want_to_watch_is_told_who_goes_on() {
    let home = Home::new();
    let (flags, (events, _)) = (flags(&home), events(&home));
    let arguments = ["rollback", "--yes", "--reason", "x", "--no-watch", "--flags", &flags, "--telemetry", &events];
    let ran = run(home.command(&arguments)).await.ended(0).answered("says off");
    let ran = ran.told("goes on with it");
    assert!(!ran.err.contains("watching for"), "{}", ran.err);
    assert!(ran.took.as_secs() < 5);
    run(home.command(&["rollback", "--no-watch", "--watch", "1s", "--yes", "--reason", "x"])).await.ended(2);
}

#[tokio::test]
async fn a_word_needs_words_and_a_rollback_that_stands() {
    let home = Home::new();
    run(home.command(&["rollback", "confirm"])).await.ended(2).told("--statement");
    run(home.command(&["rollback", "confirm", "--statement", "  "])).await.ended(2).told("say what you looked at");
    let ran = run(home.command(&["rollback", "confirm", "--statement", "looked"])).await.ended(6);
    ran.told("no rollback that stands");
    run(home.command(&["rollback", "confirm", "--statement", "looked", "--read-only"]))
        .await
        .ended(6)
        .told("read-only");
}
