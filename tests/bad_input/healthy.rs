//! A rollout with nothing wrong, and what must be told once something is.

use std::{fmt::Write as _, time::Duration};

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::{
    binary::{Home, Ran, run},
    past,
};

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Side {
    Telemetry,
    Flags,
}

impl Side {
    pub fn name(self) -> &'static str {
        match self {
            Self::Telemetry => "telemetry",
            Self::Flags => "flags",
        }
    }

    pub fn other(self) -> Self {
        match self {
            Self::Telemetry => Self::Flags,
            Self::Flags => Self::Telemetry,
        }
    }

    pub fn program(self) -> &'static str {
        match self {
            Self::Telemetry => "prometheus",
            Self::Flags => "unleash",
        }
    }
}

/// An hour and more of a healthy second stage: its events, its flag, its log. With this alone every gate passes.
pub struct Healthy {
    pub home: Home,
    events: String,
    flags: String,
}

impl Healthy {
    pub async fn new() -> Self {
        let (home, now) = (Home::new(), Utc::now());
        let visits = [("dark-launch", 200), ("internal-canary", 130), ("limited-external", 65)]
            .map(|(stage, minutes)| (stage, now - TimeDelta::minutes(minutes)));
        past::entered(&home.data(), &visits).await;
        let events = format!("events:{}", home.write("events.ndjson", events(now.timestamp_millis())));
        let flags = format!("flagd:{}", home.write("flags.json", flag_file()));
        Self { home, events, flags }
    }

    /// Runs with these sources, as a configuration file says them.
    pub async fn run(&self, sources: &str, token: Option<(Side, &str)>, arguments: &[&str]) -> Ran {
        let config = self.home.write("config.toml", format!("profile = \"p\"\n[profiles.p]\n{sources}"));
        let mut command = self.home.command(arguments);
        command.args(["--config", &config, "--runbook", past::RUNBOOK]);
        if let Some((side, token)) = token {
            command.env(format!("GONOGO_{}_TOKEN", side.name().to_uppercase()), token);
        }
        run(command).await
    }

    pub fn source(&self, side: Side) -> String {
        let address = if side == Side::Telemetry { &self.events } else { &self.flags };
        source(side, address, "")
    }
}

pub fn source(side: Side, address: &str, rest: &str) -> String {
    format!("[profiles.p.{}]\naddress = {address:?}\n{rest}\n", side.name())
}

/// Sixty secure uploads a minute from 130 minutes ago on, each with its registration and its attach.
fn events(now: i64) -> String {
    let mut text = String::new();
    let mut line = |at: i64, name: &str, detail: Value| {
        let record = json!({"id": "x", "eventName": name, "durationMs": 5, "success": true, "timestamp": at,
            "detail": detail.to_string()});
        writeln!(text, "{record}").expect("written");
    };
    for second in (0..130 * 60).rev() {
        let at = now - second * 1000;
        line(at, "api_post_vfs_register", json!({"path": "secure", "secureFlag": "on"}));
        line(at, "vfs_blob_flush_operation", json!({"operationKind": "attach"}));
        line(at, "vfs_secure_upload", json!({"fileSize": 1}));
    }
    text
}

pub fn flag_file() -> String {
    let fractional = json!({"fractional": [["on", 5], ["off", 95]]});
    let targeting = json!({"if": [{"in": [{"var": "group"}, ["internal"]]}, "on", fractional]});
    json!({"flags": {"vfsSecureUpload": {"state": "ENABLED", "variants": {"on": true, "off": false},
        "defaultVariant": "off", "targeting": targeting}}})
    .to_string()
}

/// One line that names the thing and the next step, and no secret.
pub fn sentence(name: &str, told: &str, parts: &[&str]) {
    assert!(!told.contains('\n') && told.len() < 400, "{name}: {told:?}");
    assert!(!told.contains("hunter2"), "{name}: {told}");
    for part in parts {
        assert!(told.contains(part), "{name}: {part:?} is not in {told:?}");
    }
}

/// What a HOLD must be, whichever source is blind.
pub fn holds(name: &str, ran: &Ran) -> Value {
    assert_eq!(ran.code, 5, "{name}: {}\n{}", ran.out, ran.err);
    assert!(ran.took < Duration::from_secs(30), "{name}: {:?}", ran.took);
    assert!(!ran.err.contains("panicked"), "{name}: {}", ran.err);
    let status = ran.json();
    assert_eq!(status["call"], "hold", "{name}");
    assert_eq!(status["actions"]["advance"]["allowed"], false, "{name}");
    assert_eq!(status["actions"]["rollback"]["allowed"], true, "{name}");
    status
}

pub fn source_of(status: &Value, side: Side) -> &Value {
    let kind = side.name();
    status["sources"].as_array().expect("sources").iter().find(|source| source["kind"] == kind).expect("it")
}

pub fn verdicts(status: &Value) -> Vec<(&str, &str)> {
    let gates = status["gates"].as_array().expect("gates").iter();
    gates.map(|gate| (gate["key"].as_str().expect("a key"), gate["verdict"].as_str().expect("a verdict"))).collect()
}

pub fn nothing_passes(name: &str, status: &Value) {
    let passed: Vec<_> = verdicts(status).into_iter().filter(|(_, verdict)| *verdict == "pass").collect();
    assert!(passed.is_empty(), "{name}: {passed:?}");
}
