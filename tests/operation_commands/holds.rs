//! `gonogo pause` and `resume`, `hold raise`, `clear` and `list`.

use serde_json::{Value, json};

use super::{binary::unwritable, rollout::Rollout};

const ADVANCE: [&str; 5] = ["advance", "--to", "limited-external", "--reason", "all green"];

impl Rollout {
    async fn stands(&self) -> Value {
        self.gonogo(&["hold", "list", "--json", "--read-only"]).await.ended(0).json()
    }
}

#[tokio::test]
async fn a_pause_freezes_promotions_until_somebody_lets_them_go_on() {
    let rollout = Rollout::in_stage("internal-canary").await;
    assert_eq!(rollout.status().await["call"], "go");
    let paused = rollout.gonogo(&["pause", "--reason", "the launch is today"]).await.ended(0);
    paused.answered("recorded as entry 2: promotions are frozen: the launch is today");
    rollout.refuses(&ADVANCE, "the launch is today").await;
    assert_eq!(rollout.status().await["call"], "hold");
    let list = rollout.stands().await;
    assert_eq!((&list[0]["kind"], &list[0]["reason"]), (&json!("pause"), &json!("the launch is today")));
    assert_eq!(list[0]["clear"], "gonogo resume --reason …");
    rollout.gonogo(&["hold", "list"]).await.ended(0).answered("by ann: the launch is today").answered("gonogo resume");
    // Who freezes them twice hears that they are frozen.
    rollout
        .gonogo(&["pause", "--reason", "still"])
        .await
        .ended(0)
        .told("frozen already, by ann")
        .told("launch is today");

    let resumed = rollout.gonogo(&["resume", "--reason", "it is over", "--json"]).await.ended(0).json();
    assert_eq!((&resumed["event"]["kind"], &resumed["event"]["reason"]), (&json!("unpaused"), &json!("it is over")));
    assert_eq!(rollout.stands().await, json!([]));
    rollout.gonogo(&["resume", "--reason", "again"]).await.ended(0).told("were not frozen");
    rollout.gonogo(&ADVANCE).await.ended(0);
    rollout.serves(&rollout.exposure("limited-external")).await;
}

#[tokio::test]
async fn a_hold_stands_until_it_is_cleared_by_its_id_with_evidence() {
    let rollout = Rollout::in_stage("internal-canary").await;
    let raise = ["hold", "raise", "--reason", "manifests differ", "--evidence", "ticket 7"];
    rollout.gonogo(&raise).await.ended(0).answered("raised: manifests differ\nclear it with gonogo hold clear --hold ");
    rollout.refuses(&ADVANCE, "manifests differ").await;
    let list = rollout.stands().await;
    assert_eq!((&list[0]["kind"], &list[0]["operator"]), (&json!("hold"), &json!("ann")));
    let id = list[0]["key"].as_str().expect("an id").to_owned();
    assert_eq!(list[0]["clear"], format!("gonogo hold clear --hold {id} --evidence …"));
    rollout
        .is_no_use(&["hold", "clear", "--hold", "nine", "--evidence", "x"], &format!("those that stand: {id}"))
        .await;
    rollout.is_no_use(&["hold", "clear", "--hold", &id, "--evidence", " "], "what was found and done").await;
    let clear = ["hold", "clear", "--hold", &id, "--evidence", "recounted"];
    rollout.gonogo(&clear).await.ended(0).answered(&format!("hold {id} is resolved up to now"));
    rollout.is_no_use(&clear, "is cleared already").await;
    assert_eq!(rollout.stands().await, json!([]));
    rollout.gonogo(&["hold", "list"]).await.ended(0).answered("nothing on record stands");
    // Another one has an id of its own.
    let again = rollout.gonogo(&[&raise[..], &["--json"]].concat()).await.ended(0).json();
    assert_ne!(again["event"]["hold"].as_str(), Some(id.as_str()));
}

#[tokio::test]
async fn a_raised_trigger_calls_for_a_rollback_and_stops_an_advance() {
    let rollout = Rollout::in_stage("internal-canary").await;
    let raise = ["hold", "raise", "--trigger", "data-integrity", "--reason", "manifests differ"];
    rollout.gonogo(&raise).await.ended(0).answered("rollback trigger data-integrity raised: manifests differ");
    assert_eq!(rollout.status().await["call"], "no-go");
    rollout.refuses(&ADVANCE, "Data integrity at risk").await;
    assert_eq!(rollout.stands().await[0]["clear"], "gonogo hold clear --trigger data-integrity --evidence …");
    rollout.gonogo(&["hold", "clear", "--trigger", "data-integrity", "--evidence", "they do not"]).await.ended(0);
    rollout.gonogo(&ADVANCE).await.ended(0);
}

#[tokio::test]
async fn bad_input_says_what_is_wrong_and_records_nothing() {
    let rollout = Rollout::in_stage("internal-canary").await;
    for (arguments, why) in [
        (vec!["pause", "--reason", " "], "give --reason in words"),
        (vec!["pause"], "--reason <TEXT>"),
        (vec!["resume", "--reason", "\u{200b}"], "give --reason in words"),
        (vec!["hold", "raise", "--reason", "x"], "--evidence <TEXT>"),
        (vec!["hold", "raise", "--reason", " ", "--evidence", "x"], "what is in doubt"),
        (vec!["hold", "raise", "--reason", "x", "--evidence", " "], "with links"),
        (vec!["hold", "raise", "--trigger", "failure-rate", "--reason", "x"], "nobody can raise it"),
        (vec!["hold", "raise", "--trigger", "data-integriti", "--reason", "x"], "did you mean `data-integrity`?"),
        (vec!["hold", "clear", "--evidence", "x"], "--signature"),
        (vec!["hold", "clear", "--rollback", "--evidence", "x"], "no rollback stands"),
        (vec!["hold", "clear", "--gate", "nothing", "--evidence", "x"], "no gate in stage internal-canary"),
    ] {
        rollout.is_no_use(&arguments, why).await;
    }
    let unwritable = unwritable(&rollout.home);
    for arguments in [
        vec!["pause", "--reason", "x"],
        vec!["resume", "--reason", "x"],
        vec!["hold", "raise", "--reason", "x", "--evidence", "x"],
        vec!["hold", "clear", "--trigger", "data-integrity", "--evidence", "x"],
    ] {
        rollout.refuses(&[&arguments[..], &["--read-only"]].concat(), "leave --read-only out").await;
        let ran = rollout.gonogo(&[&arguments[..], &["--data-dir", &unwritable]].concat()).await.ended(1);
        assert_eq!(ran.told(&unwritable).out, "");
    }
    assert_eq!(rollout.log().await.len(), 1);
}
