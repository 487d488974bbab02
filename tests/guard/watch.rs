//! A rollout to guard, and the guard as a process.

use std::{
    fmt::Write as _,
    fs::OpenOptions,
    io::{BufRead, BufReader, Read, Write},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::{binary::Home, past};

/// A second stage of twenty minutes that goes well, and a runbook that marks `protocol-mismatch` automatic.
pub struct Rollout {
    pub home: Home,
    pub runbook: String,
    pub events: String,
    pub flags: String,
}

impl Rollout {
    pub async fn new() -> Self {
        Self::silent_for(0).await
    }

    /// The same with telemetry that ended so many minutes ago.
    pub async fn silent_for(minutes: i64) -> Self {
        let (home, now) = (Home::new(), Utc::now());
        let visits = [("dark-launch", 200), ("internal-canary", 130), ("limited-external", 20)]
            .map(|(stage, minutes)| (stage, now - TimeDelta::minutes(minutes)));
        past::entered(&home.data(), &visits).await;
        let text = std::fs::read_to_string(past::RUNBOOK).expect("the runbook");
        let marked = "key = \"protocol-mismatch\"\n";
        assert!(text.contains(marked));
        let runbook = home.write("runbook.toml", text.replace(marked, &format!("{marked}automatic = true\n")));
        let events = home.write("events.ndjson", healthy(minutes * 60));
        let flags = home.write("flags.json", flag_file());
        Self { home, runbook, events, flags }
    }

    /// An envelope that the API could not read: trips `protocol-mismatch`.
    pub fn mismatch(&self) {
        self.happens("vfs_envelope_mismatch", json!({"route": "register"}));
    }

    /// An object that is missing: trips `data-integrity`, which is not automatic.
    pub fn missing_object(&self) {
        self.happens("vfs_blob_storage_error", json!({"code": "NoSuchKey"}));
    }

    fn happens(&self, name: &str, detail: Value) {
        let line = record(Utc::now().timestamp_millis(), name, &detail, false);
        let mut file = OpenOptions::new().append(true).open(&self.events).expect("the events");
        file.write_all(line.as_bytes()).expect("written");
    }

    /// Whether anybody is served.
    pub fn serves(&self) -> bool {
        let text = std::fs::read_to_string(&self.flags).expect("the flags");
        let file: Value = serde_json::from_str(&text).expect("JSON");
        let flag = &file["flags"]["vfsSecureUpload"];
        flag["state"] != "DISABLED" && !(flag["defaultVariant"] == "off" && flag["targeting"].is_null())
    }

    /// Guards these files.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let (events, flags) = (format!("events:{}", self.events), format!("flagd:{}", self.flags));
        let mut command = self.home.command(&["guard", "--telemetry", &events, "--flags", &flags]);
        command.args(["--runbook", &self.runbook, "--interval", "200ms"]).args(arguments);
        command
    }

    pub fn guard(&self, arguments: &[&str]) -> Guarding {
        Guarding::start(&mut self.command(arguments))
    }
}

fn healthy(from: i64) -> String {
    let (mut text, now) = (String::new(), Utc::now().timestamp_millis());
    for second in (from..from + 25 * 60).rev() {
        let at = now - second * 1000;
        text += &record(at, "api_post_vfs_register", &json!({"path": "secure", "secureFlag": "on"}), true);
        text += &record(at, "vfs_blob_flush_operation", &json!({"operationKind": "attach"}), true);
        text += &record(at, "vfs_secure_upload", &json!({"fileSize": 1}), true);
    }
    text
}

fn record(at: i64, name: &str, detail: &Value, success: bool) -> String {
    let record = json!({"id": "x", "eventName": name, "durationMs": 5, "success": success, "timestamp": at,
        "detail": detail.to_string()});
    let mut line = String::new();
    writeln!(line, "{record}").expect("written");
    line
}

pub fn flag_file() -> String {
    let fractional = json!({"fractional": [["on", 5], ["off", 95]]});
    let targeting = json!({"if": [{"in": [{"var": "group"}, ["internal"]]}, "on", fractional]});
    json!({"flags": {"vfsSecureUpload": {"state": "ENABLED", "variants": {"on": true, "off": false},
        "defaultVariant": "off", "targeting": targeting}}})
    .to_string()
}

/// The guard, and what it has written so far. Each line of its stdout is JSON, or the test fails.
pub struct Guarding {
    child: Child,
    lines: Arc<Mutex<Vec<Value>>>,
    reader: Option<std::thread::JoinHandle<()>>,
}

impl Guarding {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("gonogo starts");
        let lines: Arc<Mutex<Vec<Value>>> = Arc::default();
        let (out, kept) = (child.stdout.take().expect("a pipe"), Arc::clone(&lines));
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(out).lines() {
                let line = line.expect("text");
                let value: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"));
                assert!(value["time"].is_string() && value["event"].is_string(), "{line}");
                assert!(value.get("call").is_some() && value.get("headline").is_some(), "{line}");
                kept.lock().expect("no poison").push(value);
            }
        });
        Self { child, lines, reader: Some(reader) }
    }

    pub fn lines(&self) -> Vec<Value> {
        self.lines.lock().expect("no poison").clone()
    }

    pub fn of(&self, event: &str) -> Vec<Value> {
        self.lines().into_iter().filter(|line| line["event"] == event).collect()
    }

    /// Waits for a line of this event, and gives the first.
    pub async fn says(&self, event: &str) -> Value {
        self.says_where(event, |_| true).await
    }

    pub async fn says_where(&self, event: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            if let Some(line) = self.of(event).into_iter().find(&holds) {
                return line;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "no {event} in: {:#?}", self.lines());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Some more polls.
    pub async fn goes_on(&self) {
        tokio::time::sleep(Duration::from_millis(1500)).await;
    }

    /// Ends it by this signal, and gives exit code and stderr.
    pub fn ends(mut self, signal: rustix::process::Signal) -> (i32, String) {
        let id = i32::try_from(self.child.id()).expect("a pid");
        let began = Instant::now();
        rustix::process::kill_process(rustix::process::Pid::from_raw(id).expect("a pid"), signal).expect("signalled");
        let status = self.child.wait().expect("it ends");
        assert!(began.elapsed() < Duration::from_secs(5), "it took {:?}", began.elapsed());
        self.reader.take().expect("once").join().expect("nothing but JSON lines");
        let mut told = String::new();
        self.child.stderr.take().expect("a pipe").read_to_string(&mut told).expect("text");
        (status.code().expect("an exit code"), told)
    }

    pub fn terminates(self) -> String {
        let (code, told) = self.ends(rustix::process::Signal::TERM);
        assert_eq!(code, 143, "{told}");
        told
    }
}

impl Drop for Guarding {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
