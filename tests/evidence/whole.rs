//! `gonogo evidence verify` of what a rollback kept from a real Prometheus and of the payloads that failed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use chrono::Utc;
use gonogo::{
    audit::{AuditLog, Event, FileLog, Phase},
    telemetry::Exhibit,
};
use serde_json::{Value, json};

use super::{
    binary::{Home, Ran, run},
    prometheus::{self, Known, Options},
    support,
};

const BROKEN: i32 = 3;

fn flags(home: &Home) -> String {
    let flag = json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on"});
    format!("flagd:{}", home.write("flags.json", json!({"flags": {"vfsSecureUpload": flag}}).to_string()))
}

/// Rolls back with this telemetry, and gives the folder that was kept at once.
async fn rolled_back(home: &Home, telemetry: &str) -> PathBuf {
    let flags = flags(home);
    let arguments = ["rollback", "--yes", "--reason", "it burns", "--watch", "5s", "--json"];
    let rollback = [&arguments[..], &["--flags", &flags, "--telemetry", telemetry]].concat();
    let facts = run(home.command(&rollback)).await.ended(0).json();
    let folder = PathBuf::from(facts["kept"][0]["folder"].as_str().expect("a folder"));
    assert!(folder.starts_with(home.data()), "{}", folder.display());
    folder
}

async fn verified(home: &Home, code: i32) -> (Ran, Value) {
    let json = run(home.command(&["evidence", "verify", "--json"])).await.ended(code).json();
    (run(home.command(&["evidence", "verify"])).await.ended(code), json)
}

/// Looks at the folder whole, with a byte of the file changed, without it, and whole again.
async fn is_watched(home: &Home, folder: &Path, name: &str) {
    let path = folder.join(name);
    let bytes = fs::read(&path).expect("it was kept");
    let (text, facts) = verified(home, 0).await;
    assert_eq!((&facts["whole"], &facts["broken"]), (&json!(1), &json!(0)), "{facts}");
    text.answered("whole      entry ").answered(": ").answered("1 file on record: 1 whole");

    let mut changed = bytes.clone();
    changed[bytes.len() / 2] ^= 1;
    fs::write(&path, changed).expect("written");
    let (text, facts) = verified(home, BROKEN).await;
    assert_eq!((&facts["whole"], &facts["broken"]), (&json!(0), &json!(1)), "{facts}");
    let why = facts["files"][0]["why"].as_str().expect("why");
    assert!(why.contains(&format!("{name} was changed")), "{why}");
    text.answered("broken     entry ").answered(&format!("{name} was changed"));

    fs::remove_file(&path).expect("removed");
    let (text, facts) = verified(home, BROKEN).await;
    let why = facts["files"][0]["why"].as_str().expect("why");
    assert!(why.contains(&format!("{name}: ")), "{why}");
    text.answered(&format!("{name}: "));

    fs::write(&path, bytes).expect("written");
    verified(home, 0).await;
}

#[tokio::test]
async fn answers_of_prometheus_are_whole_until_a_byte_changes() {
    let now = Utc::now().timestamp();
    let samples = (0..40).map(|i| ((now - 600 + i * 15) * 1000, i as f64)).collect();
    let labels = r#"environment="production",success="false",fail_stage="attach""#.to_owned();
    let known = Known { metric: "vfs_secure_upload_total", labels, samples };
    let Some(server) = prometheus::start(&Options { history: &[known], ..Options::default() }) else {
        return support::missing("Prometheus");
    };
    let home = Home::new();
    let folder = rolled_back(&home, &format!("prometheus+{}", server.base)).await;
    let names = fs::read_dir(folder.join("queries")).expect("queries").map(|entry| entry.expect("one").file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    let with_samples = |name: &&String| {
        let text = fs::read_to_string(folder.join("queries").join(name)).expect("text");
        name.ends_with(".answer") && text.contains("attach") && text.contains("\"39\"")
    };
    let answer = names.iter().find(with_samples).unwrap_or_else(|| panic!("the samples are kept: {names:?}"));
    is_watched(&home, &folder, &format!("queries/{answer}")).await;
    is_watched(&home, &folder, "assessment.json").await;
    // The list itself is what the log speaks of: who changes a file and the list is found, too.
    let sums = folder.join("SHA256SUMS");
    let list = fs::read_to_string(&sums).expect("a list");
    fs::write(&sums, list.replacen('0', "1", 1)).expect("written");
    verified(&home, BROKEN).await.0.answered("its list of checksums was changed");
    fs::remove_dir_all(&folder).expect("removed");
    verified(&home, BROKEN).await.0.answered("it is missing");
}

#[tokio::test]
async fn payloads_that_failed_are_whole_until_a_byte_changes() {
    let home = Home::new();
    let at = Utc::now().timestamp_millis() - 60_000;
    let failed = format!(r#"{{"eventName":"vfs_secure_upload","success":false,"timestamp":{at},"payload":"x"}}"#);
    let events = home.write("events.ndjson", format!("{failed}\n"));
    let folder = rolled_back(&home, &format!("events:{events}")).await;
    assert_eq!(fs::read_to_string(folder.join("failing-events.ndjson")).expect("kept"), format!("{failed}\n"));
    is_watched(&home, &folder, "failing-events.ndjson").await;
}

#[tokio::test]
async fn what_was_put_into_a_folder_is_named_and_drives_no_terminal() {
    let home = Home::new();
    let folder = rolled_back(&home, &format!("events:{}", home.write("events.ndjson", "{}\n"))).await;
    let hostile = folder.join("new\u{1b}[2J\u{202e}file");
    fs::write(&hostile, "x").expect("written");
    let (text, facts) = verified(&home, BROKEN).await;
    let text = text.answered("is not listed");
    assert!(!text.out.contains(['\u{1b}', '\u{202e}']), "{:?}", text.out);
    assert!(!facts["files"][0]["why"].as_str().expect("why").contains(['\u{1b}', '\u{202e}']), "{facts}");
    fs::remove_file(&hostile).expect("removed");
    // Nothing is waited for: a pipe in the place of a file would have its reader wait for a writer.
    let path = folder.join("manifest.json");
    fs::remove_file(&path).expect("removed");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo runs").success());
    verified(&home, BROKEN).await.0.answered("manifest.json is no regular file");
}

#[tokio::test]
async fn a_folder_that_was_named_from_elsewhere_or_moved_is_found() {
    let home = Home::new();
    let (flags, events) = (flags(&home), format!("events:{}", home.write("events.ndjson", "{}\n")));
    let arguments = ["rollback", "--yes", "--reason", "it burns", "--watch", "5s", "--data-dir", "data", "--json"];
    let mut command = home.command(&[&arguments[..], &["--flags", &flags, "--telemetry", &events]].concat());
    command.current_dir(home.path(""));
    let facts = run(command).await.ended(0).json();
    assert!(Path::new(facts["kept"][0]["folder"].as_str().expect("a folder")).is_relative(), "{facts}");
    verified(&home, 0).await.0.answered("1 file on record: 1 whole");
    fs::rename(home.data(), home.path("moved")).expect("moved");
    let moved = home.path("moved").display().to_string();
    let verify = ["evidence", "verify", "--data-dir", &moved];
    run(home.command(&verify)).await.ended(0).answered("1 file on record: 1 whole");
    fs::remove_file(kept_below(&home.path("moved")).join("manifest.json")).expect("removed");
    run(home.command(&verify)).await.ended(BROKEN).answered("manifest.json: ");
}

/// Whoever writes to a shared log can name any machine and any folder.
#[tokio::test]
async fn a_folder_that_lies_elsewhere_is_not_looked_into_whoever_is_said_to_have_kept_it() {
    let home = Home::new();
    let written = gonogo::evidence::write(
        &home.path("elsewhere"),
        "r1",
        Phase::AtOnce,
        &[Exhibit { name: "secret".into(), note: String::new(), bytes: b"secret".to_vec() }],
    );
    let written = written.expect("a folder");
    let data = home.data().join("vfs-secure-upload/production");
    let up = data.join("../../../elsewhere/evidence/rollback-r1/at-once");
    let log = FileLog::at(&data);
    for folder in [written.folder.as_path(), up.as_path(), Path::new("/proc/self/fd/0")] {
        let (rollback, phase, folder) = ("r1".to_owned(), Phase::AtOnce, folder.display().to_string());
        let event = Event::DiagnosticsKept { rollback, phase, folder, files: 1, digest: written.digest.clone() };
        log.append(Utc::now(), "ann", event).await.expect("written");
    }
    let facts = verified(&home, BROKEN).await.1;
    for file in facts["files"].as_array().expect("files") {
        let why = file["why"].as_str().expect("why");
        assert!(why.starts_with("it does not lie below the rollout's folder; "), "{facts}");
    }
    // Nor by a link in the place of a folder that was kept here.
    fs::create_dir_all(data.join("evidence")).expect("a folder");
    std::os::unix::fs::symlink(home.path("elsewhere/evidence/rollback-r1"), data.join("evidence/rollback-r1"))
        .expect("a link");
    let facts = verified(&home, BROKEN).await.1;
    for file in &facts["files"].as_array().expect("files")[..2] {
        assert_eq!(file["why"], "it leads out of the rollout's folder", "{facts}");
    }
}

#[tokio::test]
async fn a_link_within_a_folder_leads_to_nothing_else() {
    let home = Home::new();
    let folder = rolled_back(&home, &format!("events:{}", home.write("events.ndjson", "{}\n"))).await;
    let list = folder.join("SHA256SUMS");
    let secret = home.write("out/secret", "secret");
    let line = format!("{}  q/secret\n", gonogo::fingerprint::sha256("secret"));
    fs::write(&list, fs::read_to_string(&list).expect("a list") + &line).expect("written");
    std::os::unix::fs::symlink(Path::new(&secret).parent().expect("a folder"), folder.join("q")).expect("a link");
    let fault = gonogo::evidence::verify(&folder).expect_err("no file of it");
    assert!(fault.what.contains("q/secret leads out of the rollout's folder"), "{fault}");
}

/// The one folder that was kept at once below this data folder.
fn kept_below(data: &Path) -> PathBuf {
    let root = data.join("vfs-secure-upload/production/evidence");
    let rollback = fs::read_dir(root).expect("evidence").next().expect("a rollback").expect("a rollback");
    rollback.path().join("at-once")
}
