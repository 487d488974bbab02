//! What stands against going on, and that nothing stands against going back.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{TimeDelta, Utc};
use gonogo::{audit::Event, runbook::Exposure};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    binary,
    fleet::{Fleet, GUARDRAILS, PATHS},
    prometheus::{self, Options},
    stages::Rollout,
    unleash_server::Server,
    users::USERS,
};

impl Rollout {
    /// An advance must be refused with these words, and leave Unleash and the log as they are.
    async fn is_refused(&self, arguments: &[&str], words: &str) {
        let scene = &self.scene;
        let (stored, entries) = (self.stored().await, self.actions().await);
        let mut all = vec!["advance", "--to", "limited-external", "--reason", "x", "--yes"];
        all.extend(arguments);
        let ran = scene.gonogo(&all).await.ended(6).told("refused, nothing was sent").told(words);
        assert_eq!(ran.out, "");
        assert_eq!(self.stored().await, stored);
        assert_eq!(self.actions().await, entries);
    }

    /// What is on record of actions; that the flag was found changed is recorded by whoever sees it.
    async fn actions(&self) -> usize {
        let log = self.scene.log().await;
        log.iter().filter(|entry| matches!(entry.event, Event::Begun(_) | Event::Ended { .. })).count()
    }

    /// Looks until the status says so.
    async fn until(&self, is_so: impl Fn(&Value) -> bool) -> (i32, Value) {
        let began = Instant::now();
        loop {
            let (code, status) = self.scene.status().await;
            if is_so(&status) {
                return (code, status);
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{status:#}");
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }
}

/// Telemetry hangs, or has stopped: unknown is not green.
pub async fn blind(server: Arc<Server>) {
    let mut rollout = Rollout::in_stage(&server, "blind", "internal-canary").await;
    let scene = &rollout.scene;
    assert_eq!(scene.status().await.0, 0);
    rollout.prometheus.as_ref().expect("it").hang(true);
    rollout.is_refused(&["--wait", "2s"], "no telemetry yet").await;
    let ran = scene.gonogo(&["status", "--json", "--wait", "2s"]).await.ended(5);
    assert!(ran.json()["gates"].as_array().expect("gates").iter().all(|gate| gate["verdict"] == "unknown"));
    assert!(ran.took < Duration::from_secs(15), "{:?}", ran.took);
    rollout.prometheus.as_ref().expect("it").hang(false);
    assert_eq!(scene.status().await.0, 0);

    // Another server, which has heard of nothing for ten minutes.
    let fleet = Fleet::until((Utc::now() - TimeDelta::minutes(10)).timestamp(), false).await;
    let options = Options { history: &fleet.history(), ..Options::default() };
    let quiet = prometheus::start(&options).expect("Prometheus was there a moment ago");
    rollout.scene.telemetry = format!("prometheus+{}", quiet.base);
    rollout.is_refused(&[], "no new data for").await;
    let scene = &rollout.scene;
    assert_eq!(scene.status().await.0, 5);
    rollout.serves(&scene.exposure("internal-canary")).await;
}

/// A guardrail, then a silent fallback.
pub async fn failing(server: Arc<Server>) {
    let rollout = Rollout::in_stage(&server, "failing", "internal-canary").await;
    let scene = &rollout.scene;
    assert_eq!(scene.status().await.0, 0);
    rollout.fleet.add(&[(GUARDRAILS, &[("stage", "pull"), ("code", "pullDuplicateOpReplay")], 1)]);
    let (code, status) = rollout.until(|status| status["hard_stops"] != json!([])).await;
    assert_eq!((code, &status["call"]), (3, &json!("no-go")));
    rollout.is_refused(&[], "hard stop: ").await;
    // It stands until it is resolved with evidence, and comes back with the next violation.
    let clear = ["hold", "clear", "--signature", "pull:pullDuplicateOpReplay", "--evidence", "fixed in 018e611"];
    scene.gonogo(&clear).await.ended(0);
    let (code, status) = scene.status().await;
    assert_eq!((code, &status["hard_stops"]), (0, &json!([])), "{status:#}");

    rollout.fleet.add(&[(PATHS, &[("path", "legacy"), ("secure_flag", "on")], 1)]);
    let failed = |status: &Value| {
        status["gates"]
            .as_array()
            .expect("gates")
            .iter()
            .any(|g| g["key"] == "no-silent-fallback" && g["verdict"] == "fail")
    };
    assert_eq!(rollout.until(failed).await.0, 3);
    rollout.is_refused(&[], "gate No silent fallback: 1 since ").await;
    rollout.serves(&scene.exposure("internal-canary")).await;
    scene.roll_back().await.ended(0);
    rollout.serves(&Exposure::off()).await;
}

/// Somebody else's strategy for everyone is drift; gonogo does not touch it, and switches off all the same.
pub async fn foreign(server: Arc<Server>) {
    let rollout = Rollout::in_stage(&server, "foreign", "internal-canary").await;
    let scene = &rollout.scene;
    let everyone = json!({"name": "flexibleRollout", "title": "for the demo on Friday",
        "parameters": {"rollout": "100", "stickiness": "default", "groupId": "foreign"}});
    let added = rollout.environment(Method::POST, "/strategies", everyone).await;
    assert_eq!(rollout.served().await.len(), USERS);
    let (code, status) = scene.status().await;
    assert_eq!((code, &status["call"]), (3, &json!("no-go")));
    assert!(status["flag"]["drift"].as_str().expect("drift").contains("for the demo on Friday"), "{status:#}");
    rollout.is_refused(&[], "drift: the flag other rules decide too").await;
    scene.roll_back().await.ended(0).answered("the store, read again, says off");
    rollout.serves(&Exposure::off()).await;
    let strategies = rollout.environment(Method::GET, "/strategies", Value::Null).await;
    assert!(strategies.as_array().expect("strategies").iter().any(|strategy| strategy["id"] == added["id"]));
    scene.roll_back().await.ended(0);
    // Nothing is built on it: the way back up is closed while it is there.
    rollout.watch().await;
    scene.advance("internal-canary").await.ended(6).told("for the demo on Friday");
    rollout.serves(&Exposure::off()).await;
}

/// A rollback needs the flag store and nothing else: no telemetry, no disk.
pub async fn alone(server: Arc<Server>) {
    let mut rollout = Rollout::in_stage(&server, "alone", "limited-external").await;
    rollout.prometheus = None;
    rollout.serves(&rollout.scene.exposure("limited-external")).await;
    let data = binary::unwritable(&rollout.scene.home);
    let arguments = ["rollback", "--reason", "3 a.m.", "--yes", "--data-dir", &data];
    let ran = rollout.scene.gonogo(&arguments).await.ended(0).answered("-> off; the store, read again, says off");
    assert!(ran.err.contains(&data) && ran.err.contains("keep these lines"), "{}", ran.err);
    // What could not be written is kept where the operator sees it: before and after, as JSON.
    let kept: Vec<Value> = ran.err.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert_eq!(kept.len(), 2, "{}", ran.err);
    rollout.serves(&Exposure::off()).await;
    rollout.scene.gonogo(&arguments).await.ended(0).answered("was off already");
}
