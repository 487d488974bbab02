//! One rollout of a team: a flag and a log of its own, and machines on which its members run gonogo.

use std::{collections::BTreeSet, path::PathBuf, process::Command, sync::Arc};

use chrono::{TimeDelta, Utc};
use gonogo::{
    audit::{Action, AuditLog, Entry, Event, FileLog, Outcome, PostgresLog, Record, postgres::Address},
    flags::{FlagStore, unleash::Unleash},
    runbook::{Runbook, load},
};
use reqwest::Method;
use serde_json::json;
use tokio::sync::Semaphore;

use super::{
    binary::{Home, Ran, run},
    past,
    postgres::Postgres,
    unleash_server::{ADMIN_TOKEN, Server},
    users::{contexts, expected},
};

/// What all scenes share.
pub struct Shared {
    pub server: Arc<Server>,
    pub database: Postgres,
    pub events: PathBuf,
    /// So many scenes run side by side.
    pub room: Semaphore,
}

/// One rollout, on a log in a database.
pub struct Rollout {
    pub shared: Arc<Shared>,
    /// Key of the rollout and of its flag.
    pub key: String,
    pub runbook: Runbook,
    text: String,
    /// Address of the log.
    pub log_at: String,
}

impl Rollout {
    /// A rollout in this stage whose gates pass, by a log in a file, which is then moved to where `log_at` says.
    /// `change` makes the runbook of the tests that of this rollout.
    pub async fn moved(
        shared: &Arc<Shared>,
        key: &str,
        stage: &str,
        log_at: String,
        change: impl Fn(String) -> String,
    ) -> Self {
        shared.server.admin(Method::POST, "projects/default/features", json!({"name": key, "type": "release"})).await;
        let text = std::fs::read_to_string(past::RUNBOOK).expect("the runbook");
        let text = text.replace("\"vfsSecureUpload\"", &format!("{key:?}"));
        let text = change(text.replace("key = \"measurable\"", &format!("key = {key:?}")));
        let founder = Home::new();
        let runbook = load(founder.write("runbook.toml", &text).as_ref()).expect("a runbook");
        let this = Self { shared: Arc::clone(shared), key: key.to_owned(), runbook, text, log_at };
        let founder = Machine::with(&this, founder, "founder");
        this.serve(stage).await;
        let entered_at = Utc::now() - TimeDelta::minutes(80);
        let opened = Event::Opened {
            stage: stage.to_owned(),
            entered_at,
            flag: Some(this.store().read().await.expect("read")),
            candidate: None,
            runbook: Some(this.runbook.digest.clone()),
        };
        let log = FileLog::at(&founder.home.data().join(key).join("production"));
        log.append(entered_at, "founder", opened).await.expect("written");
        founder.ran_on("file", &["status"]).await.ended(0).answered("GO");
        let moved = founder.ran_on("file", &["audit", "move", "--to", &this.log_at]).await.ended(0);
        let count = this.record().await.head.count;
        assert!(count >= 2 && moved.out.contains(&format!("{count} entries")), "{}", moved.out);
        this
    }

    /// The same in the database of all.
    pub async fn new(shared: &Arc<Shared>, key: &str, stage: &str) -> Self {
        Self::moved(shared, key, stage, shared.database.address("team"), |text| text).await
    }

    pub fn store(&self) -> Unleash {
        let (flag, cohorts) = (&self.runbook.flag, &self.runbook.cohorts);
        Unleash::new(self.shared.server.http(ADMIN_TOKEN), "default", "production", flag, cohorts)
    }

    /// Has the flag serve what this stage says.
    async fn serve(&self, stage: &str) {
        let (store, target) = (self.store(), self.runbook.stage(stage).expect("a stage").1.exposure.clone());
        for write in store.plan(&store.read().await.expect("read"), &target).await.expect("a plan").writes {
            store.write(&write).await.expect("written");
        }
    }

    /// Whom a stage is to serve.
    pub fn users_of(&self, stage: &str) -> BTreeSet<usize> {
        expected(&self.key, &self.runbook.stage(stage).expect("a stage").1.exposure)
    }

    /// Whom the real SDK serves by the client API.
    pub async fn served(&self) -> BTreeSet<usize> {
        let answers = self.shared.server.served(&self.key, &contexts()).await;
        answers.iter().enumerate().filter(|(_, on)| **on).map(|(i, _)| i).collect()
    }

    /// The log as another program reads it, which must be whole.
    pub async fn record(&self) -> Record {
        let address = Address::parse(&self.log_at).expect("an address");
        let record = PostgresLog::new(address, None, None, &self.key, "production").read().await.expect("a log");
        assert_eq!(record.damage, None, "{}", self.key);
        assert_eq!(record.entries.len() as u64, record.head.count, "{}: each entry is of this version", self.key);
        record
    }
}

/// A member's machine: a home and a data folder of its own.
pub struct Machine {
    pub home: Home,
    operator: String,
    arguments: Vec<String>,
    log_at: String,
}

impl Machine {
    pub fn new(rollout: &Rollout, operator: &str) -> Self {
        Self::with(rollout, Home::new(), operator)
    }

    fn with(rollout: &Rollout, home: Home, operator: &str) -> Self {
        let mut this =
            Self { operator: operator.to_owned(), arguments: Vec::new(), log_at: rollout.log_at.clone(), home };
        this.asks(rollout, &rollout.shared.server.base);
        this
    }

    /// From here on the flag store is asked at `base`.
    pub fn asks(&mut self, rollout: &Rollout, base: &str) {
        let runbook = self.home.write("runbook.toml", &rollout.text);
        let address = format!("unleash+{base}");
        let config = format!("profile = \"p\"\n[profiles.p.flags]\naddress = {address:?}\ntimeout = \"20s\"\n");
        let config = self.home.write("config.toml", config);
        let (events, data) = (format!("events:{}", rollout.shared.events.display()), self.home.data());
        let (data, operator) = (data.display().to_string(), self.operator.clone());
        let options = [("config", config), ("runbook", runbook), ("telemetry", events), ("data-dir", data)];
        let options = options.into_iter().chain([("operator", operator)]);
        self.arguments = options.flat_map(|(name, value)| [format!("--{name}"), value]).collect();
    }

    /// All arguments of a run on the team's log.
    pub fn arguments(&self, arguments: &[&str]) -> Vec<String> {
        let audit = ["--audit".to_owned(), self.log_at.clone()];
        arguments.iter().map(|a| (*a).to_owned()).chain(audit).chain(self.arguments.iter().cloned()).collect()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let all = self.arguments(arguments);
        let mut command = self.home.command(&all.iter().map(String::as_str).collect::<Vec<_>>());
        command.env("GONOGO_FLAGS_TOKEN", ADMIN_TOKEN);
        command
    }

    /// Runs gonogo on the team's log to its end.
    pub async fn ran(&self, arguments: &[&str]) -> Ran {
        run(self.command(arguments)).await
    }

    async fn ran_on(&self, log: &str, arguments: &[&str]) -> Ran {
        let mut all = arguments.to_vec();
        all.extend(["--audit", log]);
        all.extend(self.arguments.iter().map(String::as_str));
        let mut command = self.home.command(&all);
        command.env("GONOGO_FLAGS_TOKEN", ADMIN_TOKEN);
        run(command).await
    }

    pub async fn advances(&self, to: &str) -> Ran {
        self.ran(&["advance", "--to", to, "--reason", "all green", "--yes"]).await
    }

    pub async fn rolls_back(&self) -> Ran {
        self.ran(&["rollback", "--reason", "drill", "--yes", "--no-watch"]).await
    }

    /// The log is sound, and as long as it is.
    pub async fn verifies(&self, count: u64) {
        let found = self.ran(&["audit", "verify", "--json"]).await.ended(0).json();
        assert_eq!((found["sound"].as_bool(), found["count"].as_u64()), (Some(true), Some(count)), "{found:#}");
        assert_eq!(found["waiting"].as_u64(), Some(0), "{found:#}");
    }
}

/// Those who began such an action, and its id, oldest first.
pub fn begun(record: &Record, action: Action) -> Vec<(&str, &str)> {
    let begun = record.entries.iter().filter_map(|entry| match &entry.event {
        Event::Begun(begun) if begun.action == action => Some((entry.operator.as_str(), begun.id.as_str())),
        _ => None,
    });
    begun.collect()
}

/// The ends of such an action: entry, its id, how.
pub fn ended(record: &Record, of: Action) -> Vec<(&Entry, &str, &Outcome)> {
    let ends = record.entries.iter().filter_map(|entry| match &entry.event {
        Event::Ended { id, action, outcome, .. } if *action == of => Some((entry, id.as_str(), outcome)),
        _ => None,
    });
    ends.collect()
}
