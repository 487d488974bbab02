//! Somebody changed the flag elsewhere: the ways out, and whom the real Unleash then serves.

use std::sync::Arc;

use gonogo::{
    audit::{Action, Event},
    runbook::Exposure,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{scene::Scene, stages::Rollout, unleash_server::Server, users::USERS};

impl Scene {
    /// The stage on record, and how the flag is not what it says.
    async fn drift(&self) -> (String, Option<String>) {
        let shown = self.gonogo(&["drift", "show", "--json"]).await.ended(0).json();
        (shown["stage"].as_str().expect("a stage").to_owned(), shown["drift"].as_str().map(str::to_owned))
    }
}

/// More than was decided is restored, less is adopted, and an adopted "off" is a rollback.
pub async fn restored_and_adopted(server: Arc<Server>) {
    let rollout = Rollout::in_stage(&server, "drifted", "limited-external").await;
    let scene = &rollout.scene;
    let (internal, limited) = (scene.exposure("internal-canary"), scene.exposure("limited-external"));
    rollout.serves(&limited).await;

    // Somebody gives it to everyone: nothing that could be adopted.
    let everyone = json!({"name": "flexibleRollout", "title": "for the demo on Friday",
        "parameters": {"rollout": "100", "stickiness": "default", "groupId": "drifted"}});
    rollout.environment(Method::POST, "/strategies", everyone).await;
    assert_eq!(rollout.served().await.len(), USERS);
    let (stage, drift) = scene.drift().await;
    assert!(stage == "limited-external" && drift.is_some_and(|drift| drift.contains("for the demo on Friday")));
    let adopt = ["drift", "adopt", "--reason", "it is fine", "--yes"];
    scene.gonogo(&adopt).await.ended(6).told("refused, nothing was sent").told("nobody knows who is served");
    assert_eq!(rollout.served().await.len(), USERS);
    scene.gonogo(&["reduce", "--reason", "less", "--yes"]).await.ended(6).told("restore what the stage says");

    let restore = ["drift", "restore", "--reason", "nobody decided that", "--yes"];
    let restored = "restored what limited-external says: the store, read again, serves";
    scene.gonogo(&restore).await.ended(0).answered(restored);
    rollout.serves(&limited).await;
    let strategies = rollout.environment(Method::GET, "/strategies", Value::Null).await;
    let titles: Vec<&str> =
        strategies.as_array().expect("strategies").iter().filter_map(|s| s["title"].as_str()).collect();
    assert!(!titles.contains(&"for the demo on Friday"), "{titles:?}");
    assert_eq!(scene.drift().await, ("limited-external".to_owned(), None));
    let entries = scene.log().await;
    let Event::Ended { action, .. } = &entries.last().expect("an entry").event else { panic!("{entries:?}") };
    assert_eq!(*action, Action::Restore);
    scene.gonogo(&restore).await.ended(6).told("there is nothing to restore");

    // Somebody takes the 5 % away: just what the stage before says.
    let percent = strategies.as_array().expect("strategies").iter();
    let percent = percent.filter(|strategy| strategy["segments"].as_array().is_none_or(Vec::is_empty));
    for strategy in percent {
        let id = strategy["id"].as_str().expect("an id");
        rollout.environment(Method::DELETE, &format!("/strategies/{id}"), Value::Null).await;
    }
    rollout.serves(&internal).await;
    scene.gonogo(&adopt).await.ended(0).answered("stage internal-canary");
    assert_eq!(scene.drift().await, ("internal-canary".to_owned(), None));
    rollout.serves(&internal).await;

    // Somebody switches it off: adopted, that is a rollback, and what needs to be fixed is asked for.
    rollout.environment(Method::POST, "/off", Value::Null).await;
    rollout.serves(&Exposure::off()).await;
    scene.gonogo(&adopt).await.ended(0).answered("stage dark-launch");
    assert_eq!(scene.drift().await, ("dark-launch".to_owned(), None));
    scene.advance("internal-canary").await.ended(6).told("interlock: ");
    rollout.serves(&Exposure::off()).await;
}
