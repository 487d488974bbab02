//! `gonogo advance --request`, `--confirm` and `--withdraw`, where the stage takes two people.

use gonogo::audit::Event;
use serde_json::json;

use super::rollout::Rollout;

const ADVANCE: [&str; 5] = ["advance", "--to", "default-on", "--reason", "a day without a spike"];

impl Rollout {
    /// Ann asks for it; the id of what she asked for.
    async fn request(&self) -> String {
        let before = self.flag();
        let told = self.gonogo(&[&ADVANCE[..], &["--request", "--json"]].concat()).await.ended(0).json();
        assert_eq!(self.flag(), before, "asking changes nothing");
        assert_eq!((&told["outcome"], &told["request"]["operator"]), (&json!("requested"), &json!("ann")));
        told["request"]["id"].as_str().expect("an id").to_owned()
    }

    async fn does_not_confirm(&self, request: &str, operator: &str, why: &str) {
        self.refuses(&[&ADVANCE[..], &["--confirm", request, "--operator", operator]].concat(), why).await;
    }
}

#[tokio::test]
async fn one_asks_and_another_confirms() {
    let rollout = Rollout::in_stage("limited-external").await;
    rollout.refuses(&ADVANCE, "takes two people: add --request").await;
    let ran = rollout.gonogo(&[&ADVANCE[..], &["--request"]].concat()).await.ended(0);
    ran.answered("to be confirmed by another operator until ").answered("gonogo advance --to default-on");
    let request = rollout.request().await;
    rollout.does_not_confirm(&request, "ann", "another operator confirms").await;
    rollout.does_not_confirm(&request, " ANN", "another operator confirms").await;
    rollout.does_not_confirm("00000000", "bob", "request 00000000 does not stand").await;
    rollout.serves(&rollout.exposure("limited-external")).await;

    let confirm = [&ADVANCE[..], &["--confirm", &request, "--operator", "bob"]].concat();
    rollout.gonogo(&confirm).await.ended(0).answered("advanced to default-on");
    rollout.serves(&rollout.exposure("default-on")).await;
    let log = rollout.log().await;
    let begun = log.iter().rev().find_map(|entry| match &entry.event {
        Event::Begun(begun) => Some((entry.operator.as_str(), begun.request.as_deref())),
        _ => None,
    });
    assert_eq!(begun, Some(("bob", Some(request.as_str()))));
    rollout.does_not_confirm(&request, "bob", "the rollout is in stage default-on already, after bob's advance").await;
}

#[tokio::test]
async fn what_was_taken_back_or_overtaken_is_not_confirmed() {
    let rollout = Rollout::in_stage("limited-external").await;
    let request = rollout.request().await;
    let withdraw = ["advance", "--withdraw", &request, "--reason", "not today"];
    rollout.gonogo(&withdraw).await.ended(0).answered(&format!("request {request} is withdrawn: not today"));
    rollout.does_not_confirm(&request, "bob", "request it anew").await;
    rollout.refuses(&withdraw, "does not stand any more").await;

    let request = rollout.request().await;
    rollout.gonogo(&["pause", "--reason", "a doubt"]).await.ended(0);
    rollout.gonogo(&["resume", "--reason", "none left"]).await.ended(0);
    rollout.does_not_confirm(&request, "bob", "request it anew").await;
    rollout.serves(&rollout.exposure("limited-external")).await;
}
