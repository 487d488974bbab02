//! What one member decided holds for another on another machine: a pause, a hold, a request, an interlock.

use std::sync::Arc;

use gonogo::audit::{Action, Event};
use reqwest::Method;
use serde_json::json;

use super::rollout::{Machine, Rollout, Shared, begun};

const TO: &str = "limited-external";

/// Entering the third stage takes two people.
fn by_two(text: String) -> String {
    let second = format!("key = {TO:?}\n");
    text.replace(&second, &format!("{second}second_person = \"30m\"\n"))
}

async fn rollout(shared: &Arc<Shared>, key: &str) -> (Rollout, Machine, Machine) {
    let rollout = Rollout::moved(shared, key, "internal-canary", shared.database.address("team"), by_two).await;
    let (ann, bob) = (Machine::new(&rollout, "ann"), Machine::new(&rollout, "bob"));
    (rollout, ann, bob)
}

/// The id under which this member's request is on record.
async fn requests(machine: &Machine) -> String {
    let asked = ["advance", "--to", TO, "--reason", "all green", "--request", "--yes", "--json"];
    let facts = machine.ran(&asked).await.ended(0).json();
    facts["request"]["id"].as_str().expect("an id").to_owned()
}

fn confirms(id: &str) -> [&str; 8] {
    ["advance", "--to", TO, "--reason", "all green", "--yes", "--confirm", id]
}

pub async fn see_each_other(shared: Arc<Shared>) -> String {
    let _room = shared.room.acquire().await.expect("room");
    let (rollout, ann, bob) = rollout(&shared, "members").await;
    let before = rollout.served().await;
    let alone = bob.advances(TO).await.ended(6).told("entering limited-external takes two people");
    assert!(!alone.err.contains("paused"), "{}", alone.err);

    ann.ran(&["pause", "--reason", "the weekend"]).await.ended(0);
    bob.ran(&confirms("00000000")).await.ended(6).told("ann").told("the weekend");
    ann.ran(&["resume", "--reason", "monday"]).await.ended(0);

    let held = ["hold", "raise", "--reason", "a checksum differs", "--evidence", "file 17", "--json"];
    let held = ann.ran(&held).await.ended(0).json();
    let hold = held["event"]["hold"].as_str().expect("a hold").to_owned();
    bob.ran(&confirms("00000000")).await.ended(6).told("a checksum differs").told("ann");
    bob.ran(&["hold", "clear", "--hold", &hold, "--evidence", "file 17 was read again"]).await.ended(0);

    let request = requests(&ann).await;
    ann.ran(&confirms(&request)).await.ended(6).told("ann requested it: another operator confirms");
    assert_eq!(rollout.served().await, before, "nobody but the one who may confirm has changed anything");
    bob.ran(&confirms(&request)).await.ended(0).answered("advanced to limited-external");
    assert_eq!(rollout.served().await, rollout.users_of(TO));
    let record = rollout.record().await;
    assert_eq!(begun(&record, Action::Advance).iter().map(|(who, _)| *who).collect::<Vec<_>>(), ["bob"]);
    let confirmed = |event: &Event| matches!(event, Event::Begun(begun) if begun.request.as_ref() == Some(&request));
    assert!(record.entries.iter().any(|entry| confirmed(&entry.event)), "{:#?}", record.entries);

    ann.rolls_back().await.ended(0).answered("the store, read again, says off");
    assert!(rollout.served().await.is_empty());
    bob.advances("internal-canary").await.ended(6).told("interlock: ");
    let found = bob.ran(&["status", "--json"]).await.json();
    assert_eq!(found["standing"]["procedure"]["operator"], "ann", "{:#}", found["standing"]);
    assert!(rollout.served().await.is_empty());
    let count = rollout.record().await.head.count;
    bob.verifies(count).await;
    format!("{count} entries of two, one advance, one rollback")
}

pub async fn a_request_falls(shared: Arc<Shared>) -> String {
    let _room = shared.room.acquire().await.expect("room");
    let (rollout, ann, bob) = rollout(&shared, "falls").await;
    let request = requests(&ann).await;
    let switch = |to: &str| format!("projects/default/features/{}/environments/production/{to}", rollout.key);
    shared.server.admin(Method::POST, &switch("off"), json!({})).await;
    shared.server.admin(Method::POST, &switch("on"), json!({})).await;
    let strategies = switch("strategies");
    let strategy =
        json!({"name": "flexibleRollout", "parameters": {"rollout": "1", "stickiness": "default", "groupId": "x"}});
    shared.server.admin(Method::POST, &strategies, strategy).await;
    let before = rollout.served().await;
    let told = bob.ran(&confirms(&request)).await.ended(6).told(&format!("no request {request} stands"));
    assert_eq!(rollout.served().await, before, "nothing was sent");
    let record = rollout.record().await;
    assert!(begun(&record, Action::Advance).is_empty(), "{:#?}", record.entries);
    bob.verifies(record.head.count).await;
    told.err.lines().find(|line| line.contains("no request")).unwrap_or_default().trim().to_owned()
}
