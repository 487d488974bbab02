//! A bundle of a rollout whose log is there: every line of it as it is stored, with the evidence of the machine that made it.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use chrono::Utc;
use flate2::read::GzDecoder;
use serde_json::json;

use super::{
    binary::{Ran, run},
    commands::Operator,
    postgres::Postgres,
    sql, stored,
};

impl Operator {
    async fn bundle(&self, name: &str, more: &[&str]) -> (PathBuf, Ran) {
        let path = self.home.path(name);
        let output = path.display().to_string();
        let arguments = [&["bundle", "--offline", "--output", &output], more].concat();
        let mut command = self.command(&arguments);
        command.env("GONOGO_AUDIT_PASSWORD", "hunter2-of-the-log").current_dir(self.home.path(""));
        (path, run(command).await)
    }

    async fn verify(&self, path: &Path) -> Ran {
        // Where no log is at all: a bundle speaks for itself.
        let mut command = self.home.command(&["bundle", "verify", &path.display().to_string()]);
        command.env_remove("GONOGO_AUDIT").env("GONOGO_DATA_DIR", self.home.path("nowhere"));
        run(command).await
    }

    /// Rolls back, which keeps diagnostics below this machine's data folder.
    async fn rolls_back(&self) {
        let flag = json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on"});
        let flags = self.home.write("flags.json", json!({"flags": {"vfsSecureUpload": flag}}).to_string());
        let at = Utc::now().timestamp_millis() - 60_000;
        let failed = format!(r#"{{"eventName":"vfs_secure_upload","success":false,"timestamp":{at}}}"#);
        let events = self.home.write("events.ndjson", format!("{failed}\n"));
        let (flags, events) = (format!("flagd:{flags}"), format!("events:{events}"));
        let arguments = ["rollback", "--yes", "--reason", "it burns", "--watch", "5s", "--flags", &flags];
        run(self.command(&[&arguments[..], &["--telemetry", &events]].concat())).await.ended(0);
    }
}

/// What is in an archive under this name.
fn content(bundle: &Path, name: &str) -> Vec<u8> {
    let mut archive = tar::Archive::new(GzDecoder::new(fs::File::open(bundle).expect("a bundle")));
    let mut bytes = Vec::new();
    for entry in archive.entries().expect("an archive") {
        let mut entry = entry.expect("a file");
        if entry.path().expect("a path").ends_with(name) {
            entry.read_to_end(&mut bytes).expect("read");
            return bytes;
        }
    }
    panic!("no {name} in {}", bundle.display());
}

#[tokio::test]
async fn the_stored_lines_are_in_it_and_it_is_sound() {
    let Some(mut server) = Postgres::start("t") else { return };
    let address = server.address("t");
    let (here, other) = (Operator::at(&address), Operator::at(&address));
    here.notes(&["begun", "größer 漢字"]).await;
    other.notes(&["of somebody else"]).await;
    here.rolls_back().await;
    let lines = stored(&address).await;
    let (path, made) = here.bundle("b.tar.gz", &["--json"]).await;
    let made = made.ended(0).json();
    assert_eq!((&made["audit"]["count"], &made["problems"]), (&json!(lines.len()), &json!([])), "{made}");
    assert_eq!(String::from_utf8(content(&path, "audit.ndjson")).expect("text"), lines.join("\n") + "\n");
    assert!(content(&path, "at-once/failing-events.ndjson").starts_with(b"{\"eventName\""));
    let verified = here.verify(&path).await.ended(0).answered("sound: ");
    verified.answered(&format!(
        "log    count {}, head {}",
        lines.len(),
        made["audit"]["hash"].as_str().expect("a hash")
    ));
    let mut all = Vec::new();
    GzDecoder::new(fs::File::open(&path).expect("a bundle")).read_to_end(&mut all).expect("read");
    assert!(!String::from_utf8_lossy(&all).contains("hunter2"), "no password is in it");

    // Another machine has the same log and not the evidence, and says so.
    let (elsewhere, made) = other.bundle("b.tar.gz", &[]).await;
    made.ended(0).told("not in it: evidence/rollback-");
    other.verify(&elsewhere).await.ended(0).answered("not in it: evidence/rollback-");

    // One byte of the log within, with every checksum around it as it should be for gzip and tar.
    let mut bytes = fs::read(&path).expect("a bundle");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).expect("written");
    here.verify(&path).await.ended(3).answered("NOT AS IT WAS MADE");

    server.stop();
    let (path, made) = here.bundle("none.tar.gz", &[]).await;
    made.ended(1).told("127.0.0.1");
    assert!(!path.exists(), "no log is no empty log");
}

#[tokio::test]
async fn a_log_that_was_tampered_with_is_told_when_it_is_bundled() {
    let Some(server) = Postgres::start("t") else { return };
    let address = server.address("t");
    let here = Operator::at(&address);
    here.notes(&["a", "b", "c", "d"]).await;
    sql(&address, "CREATE TABLE kept AS TABLE gonogo_audit").await;
    for (name, tampering, found) in [
        (
            "changed",
            "UPDATE gonogo_audit SET line = replace(line, '\"b\"', '\"x\"') WHERE seq = 2",
            "entry 2 was changed",
        ),
        ("gap", "DELETE FROM gonogo_audit WHERE seq = 2", "entry 3 does not follow"),
        // The rest is a whole log: only this machine knows that there was more.
        ("end", "DELETE FROM gonogo_audit WHERE seq = 4", "its end was cut off"),
    ] {
        sql(&address, tampering).await;
        let (path, made) = here.bundle(&format!("{name}.tar.gz"), &[]).await;
        made.ended(3).told("is not sound").told(found);
        let (_, made) = here.bundle(&format!("{name}-2.tar.gz"), &["--json"]).await;
        let problems = made.ended(3).json()["problems"].to_string();
        assert!(problems.contains(found), "{name}: {problems}");
        // Whoever looks at it later is told.
        here.verify(&path).await.ended(3).answered("the archive is as it was made").answered(found);
        sql(&address, "TRUNCATE gonogo_audit; INSERT INTO gonogo_audit TABLE kept").await;
    }
    let (path, made) = here.bundle("whole.tar.gz", &[]).await;
    made.ended(0);
    here.verify(&path).await.ended(0).answered("sound: ");
}
