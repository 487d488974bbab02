//! A rollout in a stage that was watched for long enough, with a healthy product.

use std::{fs, path::PathBuf};

use chrono::{TimeDelta, Utc};
use gonogo::{
    audit::{AuditLog, Entry, Event},
    flags::{FlagStore, flagd::Flagd},
    runbook::{Exposure, Percent, Runbook, load},
};
use serde_json::{Value, json};

use super::{
    binary::{Home, Ran, run},
    past, telemetry,
};

/// A gate for which the product of the tests says too little.
const UNSEEN: &str = r#"[[stage.gate]]
key = "attach-steady"
title = "No error spike: attach"
kind = "success_rate"
rate = "attach"
"#;

/// What the runbook of the tests has, and what these commands need beside it.
const MORE: &str = r#"
[[trigger.when]]
kind = "raised"

[[rollback]]
key = "disable"
does = "disable"
title = "Disable the flag"
detail = "Disable it."

[[rollback]]
key = "confirm-legacy"
does = "confirm_legacy"
title = "Confirm the legacy path"
detail = "New uploads are on the old path."

[[rollback]]
key = "fix-first"
does = "fix_first"
title = "Fix before the next canary"
detail = "Land fix and tests."

[legacy]
gone = { signal = "upload_path", match = { path = "secure" } }
back = { signal = "upload_path", match = { path = "legacy" } }
sdk_poll = "40s"
"#;

pub struct Rollout {
    pub home: Home,
    pub runbook: Runbook,
    events: PathBuf,
}

impl Rollout {
    /// In this stage, which was entered 80 minutes ago; the flag is what it says.
    pub async fn in_stage(stage: &str) -> Self {
        let home = Home::new();
        let text = fs::read_to_string(past::RUNBOOK).expect("the runbook");
        let key = "key = \"default-on\"\n";
        assert!(text.contains(key) && text.contains(UNSEEN));
        let text = text.replace(UNSEEN, "").replace(key, &format!("{key}second_person = \"1h\"\n"));
        home.write("runbook.toml", text + MORE);
        let runbook = load(&home.path("runbook.toml")).expect("a runbook");
        let flag = json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"});
        home.write(
            "flags.json",
            json!({"flags": {"vfsSecureUpload": flag, "other": {"state": "ENABLED"}}}).to_string(),
        );
        let events = telemetry::start(home.path("flags.json").parent().expect("a folder"));
        let rollout = Self { home, runbook, events };
        rollout.serve(&rollout.exposure(stage)).await;
        let entered_at = Utc::now() - TimeDelta::minutes(80);
        let opened = Event::Opened {
            stage: stage.to_owned(),
            entered_at,
            flag: Some(rollout.store().read().await.expect("a flag")),
            candidate: None,
            runbook: Some(rollout.runbook.digest.clone()),
        };
        let log = past::log(&rollout.home.data(), "production");
        log.append(entered_at, "release-owner", opened).await.expect("written");
        rollout
    }

    fn store(&self) -> Flagd {
        Flagd::new(self.home.path("flags.json"), &self.runbook.flag, &self.runbook.cohorts)
    }

    pub fn exposure(&self, stage: &str) -> Exposure {
        self.runbook.stage(stage).expect("a stage").1.exposure.clone()
    }

    /// Internal users, and so many of all.
    pub fn internal_and(&self, percent: u8) -> Exposure {
        Exposure { percent: Percent::new(percent).expect("a percentage"), ..self.exposure("internal-canary") }
    }

    /// Somebody makes the flag serve this, past gonogo.
    pub async fn serve(&self, target: &Exposure) {
        let store = self.store();
        let plan = store.plan(&store.read().await.expect("a flag"), target).await.expect("a plan");
        for write in plan.writes {
            store.write(&write).await.expect("written");
        }
        self.serves(target).await;
    }

    /// The flag must serve just this.
    pub async fn serves(&self, target: &Exposure) {
        let flag = self.store().read().await.expect("a flag");
        assert!(flag.serves().same_as(target) && flag.foreign.is_empty(), "{flag:?} serves others than {target}");
    }

    /// The flag's file as it is.
    pub fn flag(&self) -> Vec<u8> {
        fs::read(self.home.path("flags.json")).expect("a file")
    }

    pub fn arguments(&self, arguments: &[&str]) -> Vec<String> {
        let mut all: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        all.extend(["--runbook".to_owned(), self.home.path("runbook.toml").display().to_string()]);
        all.extend(["--flags".to_owned(), format!("flagd:{}", self.home.path("flags.json").display())]);
        all.extend(["--telemetry".to_owned(), format!("events:{}", self.events.display())]);
        all
    }

    pub async fn gonogo(&self, arguments: &[&str]) -> Ran {
        let mut command = self.home.command(&[]);
        command.args(self.arguments(arguments));
        run(command).await
    }

    /// It must be refused for this reason, as a sentence and as JSON, and leave the flag as it is.
    pub async fn refuses(&self, arguments: &[&str], why: &str) {
        let before = self.flag();
        let ran = self.gonogo(arguments).await.ended(6).told("gonogo: refused").told(why);
        assert_eq!(ran.out, "");
        let mut all = arguments.to_vec();
        all.push("--json");
        let ran = self.gonogo(&all).await.ended(6).told("gonogo: refused").told(why);
        let answer = ran.json();
        assert_eq!(answer["outcome"], "refused");
        let reasons = answer["why"].as_array().expect("reasons");
        assert!(reasons.iter().any(|reason| reason.as_str().is_some_and(|reason| reason.contains(why))), "{answer}");
        assert_eq!(self.flag(), before, "{arguments:?} was refused and changed the flag");
    }

    /// It must be no use of the command, in one sentence on stderr, and leave the flag and the log as they are.
    pub async fn is_no_use(&self, arguments: &[&str], why: &str) {
        let (flag, log) = (self.flag(), self.log().await.len());
        let ran = self.gonogo(arguments).await.ended(2).told(why);
        assert_eq!(ran.out, "");
        assert_eq!((self.flag(), self.log().await.len()), (flag, log), "{arguments:?}");
    }

    pub async fn log(&self) -> Vec<Entry> {
        let record = past::log(&self.home.data(), "production").read().await.expect("a log");
        assert_eq!(record.damage, None);
        record.entries
    }

    pub async fn status(&self) -> Value {
        self.gonogo(&["status", "--json"]).await.json()
    }
}
