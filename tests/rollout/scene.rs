//! A rollout on a machine of its own: where its sources are, and what gonogo then says.

use std::{path::PathBuf, sync::Mutex};

use gonogo::{
    audit::{AuditLog, Entry},
    runbook::Exposure,
};
use serde_json::Value;

use super::{
    binary::{Home, Ran, run},
    past,
    unleash_server::ADMIN_TOKEN,
};

pub struct Scene {
    pub home: Home,
    pub telemetry: String,
    pub flags: String,
    runbook: String,
    /// The commit under rollout, once one is named.
    candidate: Mutex<Option<String>>,
}

impl Scene {
    /// The runbook of the tests for this flag, with these sources.
    pub fn new(flag: &str, telemetry: &str, flags: &str) -> Self {
        let home = Home::new();
        let text = std::fs::read_to_string(past::RUNBOOK).expect("the runbook");
        let runbook = home.write("measurable.toml", text.replace("\"vfsSecureUpload\"", &format!("{flag:?}")));
        let telemetry = format!("prometheus+{telemetry}");
        Self { home, telemetry, flags: flags.to_owned(), runbook, candidate: Mutex::default() }
    }

    pub fn data(&self) -> PathBuf {
        self.home.data()
    }

    /// From now on this commit is under rollout.
    pub fn rolls_out(&self, candidate: &str) {
        *self.candidate.lock().expect("a candidate") = Some(candidate.to_owned());
    }

    pub async fn gonogo(&self, arguments: &[&str]) -> Ran {
        self.gonogo_with(arguments, &[("GONOGO_FLAGS_TOKEN", ADMIN_TOKEN)]).await
    }

    pub async fn gonogo_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        let mut command = self.home.command(arguments);
        command.args(["--telemetry", &self.telemetry, "--flags", &self.flags, "--runbook", &self.runbook]);
        if let Some(candidate) = self.candidate.lock().expect("a candidate").as_deref() {
            command.args(["--candidate", candidate]);
        }
        command.envs(variables.iter().copied());
        run(command).await
    }

    pub async fn status(&self) -> (i32, Value) {
        let ran = self.gonogo(&["status", "--json"]).await;
        (ran.code, ran.json())
    }

    pub async fn advance(&self, to: &str) -> Ran {
        self.gonogo(&["advance", "--to", to, "--reason", "all green", "--yes"]).await
    }

    pub async fn roll_back(&self) -> Ran {
        self.gonogo(&["rollback", "--reason", "drill", "--yes"]).await
    }

    pub async fn log(&self) -> Vec<Entry> {
        let record = past::log(&self.data(), "production").read().await.expect("a log");
        assert_eq!(record.damage, None);
        record.entries
    }

    pub fn exposure(&self, stage: &str) -> Exposure {
        past::runbook().stage(stage).expect("a stage").1.exposure.clone()
    }
}
