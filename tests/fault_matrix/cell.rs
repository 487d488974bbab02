//! One cell: a flag of its own in the stage before, a machine of its own, and what became of both.

use std::{collections::BTreeSet, path::PathBuf, process::Command, sync::Arc, time::Duration};

use chrono::{TimeDelta, Utc};
use gonogo::{
    audit::{AuditLog, Event, FileLog, Outcome, Record, unfinished},
    flags::{FlagStore, unleash::Unleash},
    runbook::{Exposure, Percent, Runbook, load},
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::{
    binary::{Home, Ran, run},
    fault_proxy::FaultProxy,
    past,
    unleash_server::{ADMIN_TOKEN, Server},
    users::{contexts, expected},
};

/// What all cells share.
pub struct Shared {
    pub server: Arc<Server>,
    pub events: PathBuf,
    /// So many cells run side by side.
    pub room: Semaphore,
}

/// What is done, from one stage to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Advance,
    RollBack,
    Reduce,
    /// Back to what the stage says, where somebody has changed the flag by hand.
    Restore,
}

/// An action between two stages, by their keys.
#[derive(Debug, Clone, Copy)]
pub struct Move {
    pub action: Action,
    pub from: &'static str,
    pub to: &'static str,
}

pub const ENTER: Move = Move { action: Action::Advance, from: "dark-launch", to: "internal-canary" };
pub const WIDEN: Move = Move { action: Action::Advance, from: "internal-canary", to: "limited-external" };
pub const ROLL_BACK: Move = Move { action: Action::RollBack, from: "limited-external", to: "dark-launch" };
pub const REDUCE: Move = Move { action: Action::Reduce, from: "limited-external", to: "internal-canary" };

pub const RESTORE: Move = Move { action: Action::Restore, from: "limited-external", to: "limited-external" };

/// What somebody has added by hand where the flag is to be restored.
const BY_HAND: u8 = 30;

impl Move {
    pub fn arguments(self) -> Vec<&'static str> {
        match self.action {
            Action::Advance => vec!["advance", "--to", self.to, "--reason", "all green", "--yes"],
            Action::RollBack => vec!["rollback", "--reason", "drill", "--yes", "--limit", "4s", "--watch", "1s"],
            Action::Reduce => vec!["reduce", "--to", self.to, "--reason", "drill", "--yes"],
            Action::Restore => vec!["drift", "restore", "--reason", "drill", "--yes"],
        }
    }

    /// Whether nobody is served on the way.
    pub fn goes_through_off(self) -> bool {
        matches!(self.action, Action::Reduce | Action::Restore)
    }
}

pub struct Cell {
    pub shared: Arc<Shared>,
    pub flag: String,
    pub doing: Move,
    pub home: Home,
    pub runbook: Runbook,
}

impl Cell {
    /// The flag as the stage before has it, and that stage watched for long enough.
    pub async fn new(shared: &Arc<Shared>, flag: &str, doing: Move) -> Self {
        let flag = flag.to_owned();
        shared.server.admin(Method::POST, "projects/default/features", json!({"name": flag, "type": "release"})).await;
        let home = Home::new();
        let text = std::fs::read_to_string(past::RUNBOOK).expect("the runbook");
        home.write("runbook.toml", text.replace("\"vfsSecureUpload\"", &format!("{flag:?}")));
        let runbook = load(&home.path("runbook.toml")).expect("a runbook");
        let cell = Self { shared: Arc::clone(shared), flag, doing, home, runbook };
        let store = cell.store();
        for write in
            store.plan(&store.read().await.expect("read"), &cell.exposure(doing.from)).await.expect("a plan").writes
        {
            store.write(&write).await.expect("written");
        }
        let entered_at = Utc::now() - TimeDelta::minutes(80);
        let opened = Event::Opened {
            stage: doing.from.to_owned(),
            entered_at,
            flag: Some(store.read().await.expect("read")),
            candidate: None,
            runbook: Some(cell.runbook.digest.clone()),
        };
        cell.log().append(entered_at, "release-owner", opened).await.expect("written");
        if doing.action == Action::Restore {
            let by_hand = by_hand(&cell.flag, BY_HAND);
            environment(&shared.server, &cell.flag, Method::POST, "/strategies", by_hand).await;
        }
        cell
    }

    fn store(&self) -> Unleash {
        let (flag, cohorts) = (&self.runbook.flag, &self.runbook.cohorts);
        Unleash::new(self.shared.server.http(ADMIN_TOKEN), "default", "production", flag, cohorts)
    }

    pub fn log(&self) -> FileLog {
        past::log(&self.home.data(), "production")
    }

    fn exposure(&self, stage: &str) -> Exposure {
        self.runbook.stage(stage).expect("a stage").1.exposure.clone()
    }

    pub fn old(&self) -> Exposure {
        let mut old = self.exposure(self.doing.from);
        if self.doing.action == Action::Restore {
            old.percent = Percent::new(BY_HAND).expect("a percentage");
        }
        old
    }

    pub fn new_exposure(&self) -> Exposure {
        self.exposure(self.doing.to)
    }

    pub fn users_of(&self, exposure: &Exposure) -> BTreeSet<usize> {
        expected(&self.flag, exposure)
    }

    /// gonogo on this machine, its flag store behind `proxy`.
    pub fn command(&self, proxy: &FaultProxy, timeout: Duration, arguments: &[&str]) -> Command {
        let address = format!("unleash+{}", proxy.base);
        let timeout = humantime::format_duration(timeout);
        let config = format!("profile = \"p\"\n[profiles.p.flags]\naddress = {address:?}\ntimeout = \"{timeout}\"\n");
        let config = self.home.write(&format!("{}.toml", proxy.base.replace([':', '/'], "-")), config);
        let mut command = self.home.command(arguments);
        command.args(["--config", &config, "--telemetry", &format!("events:{}", self.shared.events.display())]);
        command.args(["--runbook", &self.home.path("runbook.toml").display().to_string()]);
        command.env("GONOGO_FLAGS_TOKEN", ADMIN_TOKEN);
        command
    }

    /// gonogo without anything between it and Unleash.
    pub async fn gonogo(&self, arguments: &[&str]) -> Ran {
        let proxy = FaultProxy::before(&self.shared.server.base, |_| super::fault_proxy::Act::Pass).await;
        run(self.command(&proxy, Duration::from_secs(10), arguments)).await
    }

    /// Whom the real SDK serves by the client API, asked directly.
    pub async fn served(&self) -> BTreeSet<usize> {
        let answers = self.shared.server.served(&self.flag, &contexts()).await;
        answers.iter().enumerate().filter(|(_, on)| **on).map(|(i, _)| i).collect()
    }

    /// The log must open undamaged.
    pub async fn record(&self) -> Record {
        let record = self.log().read().await.expect("a log");
        assert_eq!(record.damage, None, "{}", self.flag);
        record
    }

    /// How the last action ended, by the log; none where it has no end there.
    pub async fn last_end(&self) -> Option<Outcome> {
        let record = self.record().await;
        if !unfinished(&record).is_empty() {
            return None;
        }
        record.entries.into_iter().rev().find_map(|entry| match entry.event {
            Event::Ended { outcome, .. } => Some(outcome),
            _ => None,
        })
    }
}

/// A strategy that is not gonogo's, for so many percent of all.
pub fn by_hand(flag: &str, percent: u8) -> Value {
    let parameters = json!({"rollout": percent.to_string(), "stickiness": "default", "groupId": flag});
    json!({"name": "flexibleRollout", "title": "by hand", "parameters": parameters})
}

/// A call of the admin API about a flag in production.
pub async fn environment(server: &Server, flag: &str, method: Method, rest: &str, body: Value) -> Value {
    server.admin(method, &format!("projects/default/features/{flag}/environments/production{rest}"), body).await
}
