//! A healthy product that goes on while the tests run: events of the last hours in a file, and a few more each second.

use std::{
    fmt::Write as _,
    fs::OpenOptions,
    io::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{TimeDelta, Utc};

/// Longer than a stage is watched, and than the hour that a success rate takes.
const HISTORY: TimeDelta = TimeDelta::minutes(100);

/// Milliseconds between two uploads of the history.
const EVERY: i64 = 1_000;

/// Writes the history into `folder`, and keeps the product alive until the runtime ends.
pub fn start(folder: &Path) -> PathBuf {
    let path = folder.join("events.ndjson");
    let now = Utc::now().timestamp_millis();
    let mut text = String::new();
    for at in (now - HISTORY.num_milliseconds()..now).step_by(EVERY as usize) {
        upload(&mut text, at);
    }
    std::fs::write(&path, text).expect("written");
    let lives = path.clone();
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        loop {
            tick.tick().await;
            let mut text = String::new();
            upload(&mut text, Utc::now().timestamp_millis());
            let file = OpenOptions::new().append(true).open(&lives);
            // Its folder is gone when the tests are over.
            let Ok(()) = file.and_then(|mut file| file.write_all(text.as_bytes())) else { return };
        }
    });
    path
}

/// One secure upload that went well: what it says when it is registered, attached, and when it ends.
fn upload(text: &mut String, at: i64) {
    let detail = |fields: &str| fields.replace('"', "\\\"");
    for (name, fields) in [
        ("api_post_vfs_register", r#"{"path":"secure","secureFlag":"on"}"#),
        ("vfs_blob_flush_operation", r#"{"operationKind":"attach"}"#),
        ("vfs_secure_upload", r#"{"fileSize":1000}"#),
    ] {
        let detail = detail(fields);
        writeln!(
            text,
            r#"{{"id":"{name}-{at}","eventName":"{name}","success":true,"timestamp":{at},"detail":"{detail}"}}"#
        )
        .expect("text");
    }
}
