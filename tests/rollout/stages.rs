//! From stage to stage and back, and whom the real Unleash then serves by its client API.

use std::{collections::BTreeSet, sync::Arc};

use chrono::TimeDelta;
use gonogo::{
    audit::{Action, Event, Outcome},
    runbook::Exposure,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    drift,
    fleet::Fleet,
    past,
    prometheus::{self, Options, Prometheus},
    refusals,
    scene::Scene,
    support, tokens,
    unleash_server::Server,
    users::{USERS, contexts, expected},
};

/// Longer than the observation window, and than the sixty minutes of traffic that a success rate takes.
const WATCHED: TimeDelta = TimeDelta::minutes(80);

/// A flag of a healthy rollout, and everything around it.
pub struct Rollout {
    pub server: Arc<Server>,
    pub flag: String,
    pub scene: Scene,
    pub fleet: Fleet,
    pub prometheus: Option<Prometheus>,
}

impl Rollout {
    /// Off, and not watched yet.
    pub async fn new(server: &Arc<Server>, flag: &str) -> Self {
        server.admin(Method::POST, "projects/default/features", json!({"name": flag, "type": "release"})).await;
        let fleet = Fleet::new(false).await;
        let options = Options { history: &fleet.history(), target: Some(fleet.target()), ..Options::default() };
        let prometheus = prometheus::start(&options).expect("Prometheus was there a moment ago");
        let scene = Scene::new(flag, &prometheus.base, &format!("unleash+{}", server.base));
        Self { server: Arc::clone(server), flag: flag.to_owned(), scene, fleet, prometheus: Some(prometheus) }
    }

    /// In this stage for longer than it is to be watched, by gonogo's own advances.
    pub async fn in_stage(server: &Arc<Server>, flag: &str, stage: &str) -> Self {
        let rollout = Self::new(server, flag).await;
        // The first look opens the log; the window has to pass from there on.
        rollout.scene.advance("internal-canary").await.ended(6).told("Observation window");
        rollout.watch().await;
        for next in ["internal-canary", "limited-external", "default-on"] {
            if rollout.scene.status().await.1["stage"]["key"] == stage {
                break;
            }
            rollout.scene.advance(next).await.ended(0);
            rollout.watch().await;
        }
        rollout
    }

    /// Lets the time pass that a stage is watched.
    pub async fn watch(&self) {
        past::let_pass(&self.scene.data(), "production", WATCHED).await;
    }

    pub async fn environment(&self, method: Method, rest: &str, body: Value) -> Value {
        let path = format!("projects/default/features/{}/environments/production{rest}", self.flag);
        self.server.admin(method, &path, body).await
    }

    /// Everything that Unleash has of the flag.
    pub async fn stored(&self) -> Value {
        let mut feature =
            self.server.admin(Method::GET, &format!("projects/default/features/{}", self.flag), Value::Null).await;
        // When the client API was last asked for it is no part of it.
        feature.as_object_mut().expect("a feature").retain(|key, _| !key.starts_with("lastSeen"));
        feature["environments"].as_array_mut().expect("environments").iter_mut().for_each(|environment| {
            environment.as_object_mut().expect("one").retain(|key, _| !key.starts_with("lastSeen"));
        });
        feature
    }

    pub async fn served(&self) -> BTreeSet<usize> {
        let answers = self.server.served(&self.flag, &contexts()).await;
        answers.iter().enumerate().filter(|(_, on)| **on).map(|(i, _)| i).collect()
    }

    pub async fn serves(&self, target: &Exposure) {
        assert_eq!(self.served().await, expected(&self.flag, target), "{} serves others than {target}", self.flag);
    }

    /// The last action on record was begun and verified, with the flag before and after. What was kept of a rollback is
    /// recorded beside it.
    async fn recorded(&self, action: Action, before: &Exposure, after: &Exposure) {
        let mut entries = self.scene.log().await;
        entries.retain(|entry| matches!(entry.event, Event::Begun(_) | Event::Ended { .. }));
        let [.., first, second] = entries.as_slice() else { panic!("{entries:?}") };
        let (Event::Begun(begun), Event::Ended { id, outcome, after: read, .. }) = (&first.event, &second.event) else {
            panic!("{first:?} {second:?}")
        };
        assert_eq!((begun.action, &begun.id, outcome), (action, id, &Outcome::Verified));
        assert_eq!((first.operator.as_str(), begun.digest.is_some()), ("ann", action == Action::Advance));
        assert!(begun.before.as_ref().expect("a flag").serves().same_as(before), "{begun:?}");
        assert!(begun.target.same_as(after) && read.as_ref().expect("a flag").serves().same_as(after), "{read:?}");
    }

    async fn advance(&self, from: &str, to: &str) {
        let (code, status) = self.scene.status().await;
        assert_eq!((code, &status["call"], &status["stage"]["key"]), (0, &json!("go"), &json!(from)), "{status:#}");
        assert_eq!(status["actions"]["advance"], json!({"allowed": true, "to": to, "blockers": []}));
        self.scene.advance(to).await.ended(0).answered(&format!("advanced to {to}: the store, read again, serves"));
        let (before, after) = (self.scene.exposure(from), self.scene.exposure(to));
        self.recorded(Action::Advance, &before, &after).await;
        self.serves(&after).await;
        // What was seen in the stage before says nothing of this one.
        let (code, status) = self.scene.status().await;
        assert_eq!((code, &status["call"], &status["stage"]["key"]), (4, &json!("hold"), &json!(to)), "{status:#}");
        assert_eq!(status["flag"]["drift"], Value::Null);
        let served = &status["flag"]["exposure"];
        assert_eq!(served["percent"].as_u64(), Some(u64::from(after.percent.get())));
        self.watch().await;
    }

    async fn roll_back(&self, from: &str) {
        self.scene.roll_back().await.ended(0).answered("-> off; the store, read again, says off");
        self.recorded(Action::Rollback, &self.scene.exposure(from), &Exposure::off()).await;
        self.serves(&Exposure::off()).await;
        self.scene.roll_back().await.ended(0).answered("was off already; the store, read again, says off");
        self.watch().await;
    }

    /// Nobody gets it again before it is said what was fixed, and in which commit.
    async fn unlock(&self, fixed: &str) {
        let refused = self.scene.advance("internal-canary").await.ended(6);
        let refused = refused.told("interlock: another candidate").told("interlock: a resolution");
        assert_eq!(refused.out, "");
        let resolve = ["hold", "clear", "--rollback", "--evidence", "the drill is over"];
        self.scene.gonogo(&resolve).await.ended(0).answered("is resolved up to now");
        let refused = self.scene.advance("internal-canary").await.ended(6).told("interlock: another candidate");
        assert!(!refused.err.contains("interlock: a resolution"), "{}", refused.err);
        self.serves(&Exposure::off()).await;
        self.scene.rolls_out(fixed);
        // What was watched was another commit.
        let refused = self.scene.advance("internal-canary").await.ended(6).told("Observation window");
        assert!(!refused.err.contains("interlock"), "{}", refused.err);
        self.serves(&Exposure::off()).await;
        self.watch().await;
    }

    /// Back by one stage, whatever the gates say.
    async fn reduce(&self, from: &str, to: &str) {
        let reduce = ["reduce", "--reason", "a doubt", "--yes"];
        let reduced = format!("reduced to {to}: the store, read again, serves");
        self.scene.gonogo(&reduce).await.ended(0).answered(&reduced);
        let (before, after) = (self.scene.exposure(from), self.scene.exposure(to));
        self.recorded(Action::Reduce, &before, &after).await;
        self.serves(&after).await;
        let status = self.scene.status().await.1;
        assert_eq!((&status["stage"]["key"], &status["flag"]["drift"]), (&json!(to), &Value::Null));
        self.watch().await;
    }
}

/// 0 → 1 → 2 → 3, and back to 0 from each; from 3 back to 2 and up again, too.
async fn every_stage_and_back(server: Arc<Server>) {
    let rollout = Rollout::new(&server, "vfsSecureUpload").await;
    rollout.serves(&Exposure::off()).await;
    rollout.scene.roll_back().await.ended(0).answered("was off already");
    rollout.watch().await;
    let stages = ["dark-launch", "internal-canary", "limited-external", "default-on"];
    for last in 1..stages.len() {
        let mut before = BTreeSet::new();
        for pair in stages[..=last].windows(2) {
            rollout.advance(pair[0], pair[1]).await;
            let now = rollout.served().await;
            assert!(now.is_superset(&before), "{} took the feature from somebody", pair[1]);
            before = now;
        }
        assert_eq!(before.len() == USERS, last == 3);
        if last == 3 {
            rollout.reduce("default-on", "limited-external").await;
            rollout.advance("limited-external", "default-on").await;
        }
        rollout.roll_back(stages[last]).await;
        rollout.unlock(&format!("{last:x}").repeat(40)).await;
    }
}

/// One server for all of them: it takes longer to start than most of them take.
#[tokio::test]
async fn the_real_unleash_serves_whom_the_stage_says_and_nobody_else_whatever_happens() {
    if support::installed("prometheus").is_none() || support::installed("promtool").is_none() {
        return support::missing("Prometheus");
    }
    let Some(server) = tokio::task::spawn_blocking(Server::start).await.expect("a start") else { return };
    let server = Arc::new(server);
    let constraint = json!([{"contextName": "group", "operator": "IN", "values": ["internal"]}]);
    server.admin(Method::POST, "segments", json!({"name": "internal-users", "constraints": constraint})).await;
    let scenarios = [
        ("every stage and back", tokio::spawn(every_stage_and_back(Arc::clone(&server)))),
        ("blind", tokio::spawn(refusals::blind(Arc::clone(&server)))),
        ("failing", tokio::spawn(refusals::failing(Arc::clone(&server)))),
        ("foreign", tokio::spawn(refusals::foreign(Arc::clone(&server)))),
        ("drift", tokio::spawn(drift::restored_and_adopted(Arc::clone(&server)))),
        ("alone", tokio::spawn(refusals::alone(Arc::clone(&server)))),
        ("tokens", tokio::spawn(tokens::of_unleash(Arc::clone(&server)))),
    ];
    let mut failed = Vec::new();
    for (name, scenario) in scenarios {
        failed.extend(scenario.await.err().map(|_| name));
    }
    assert!(failed.is_empty(), "failed: {failed:?}");
}
