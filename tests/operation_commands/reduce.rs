//! `gonogo reduce`.

use serde_json::json;

use super::{binary::unwritable, rollout::Rollout};

#[tokio::test]
async fn it_goes_back_by_one_stage_and_never_all_the_way_off() {
    let rollout = Rollout::in_stage("limited-external").await;
    let ran = rollout.gonogo(&["reduce", "--reason", "support asks", "--yes", "--json"]).await.ended(0);
    let told = ran.json();
    assert_eq!(
        (&told["action"], &told["to_stage"], &told["gains"], &told["outcome"]),
        (&json!("reduce"), &json!("internal-canary"), &json!("nobody"), &json!("verified"))
    );
    rollout.serves(&rollout.exposure("internal-canary")).await;
    assert_eq!(rollout.status().await["stage"]["key"], "internal-canary");
    rollout.refuses(&["reduce", "--reason", "still", "--yes"], "the stage before exposes nobody: roll back").await;
}

#[tokio::test]
async fn neither_a_pause_nor_a_hold_stands_against_it() {
    let rollout = Rollout::in_stage("limited-external").await;
    rollout.gonogo(&["pause", "--reason", "a doubt"]).await.ended(0);
    rollout.gonogo(&["hold", "raise", "--reason", "a doubt", "--evidence", "ticket 7"]).await.ended(0);
    let reduce = ["reduce", "--to", "internal-canary", "--reason", "support asks", "--yes"];
    rollout.gonogo(&reduce).await.ended(0).answered("reduced to internal-canary: the store, read again, serves ");
    rollout.serves(&rollout.exposure("internal-canary")).await;
}

#[tokio::test]
async fn bad_input_says_what_is_wrong_and_changes_nothing() {
    let rollout = Rollout::in_stage("limited-external").await;
    rollout.is_no_use(&["reduce", "--reason", " ", "--yes"], "give --reason in words").await;
    rollout.is_no_use(&["reduce", "--reason", "x"], "there is no terminal to ask on; give --yes").await;
    rollout.is_no_use(&["reduce", "--to", "internl-canary", "--reason", "x", "--yes"], "did you mean").await;
    let reduce = |more: &[&'static str]| [&["reduce", "--reason", "x", "--yes"], more].concat();
    rollout.refuses(&reduce(&["--to", "dark-launch"]), "dark-launch is not the stage before limited-external").await;
    rollout.refuses(&reduce(&["--read-only"]), "leave --read-only out").await;
    let unwritable = unwritable(&rollout.home);
    let nowhere = ["reduce", "--reason", "x", "--yes", "--data-dir", &unwritable];
    rollout.refuses(&nowhere, "reducing waits for the audit log").await;
    assert_eq!(rollout.log().await.len(), 1);
    let dark = Rollout::in_stage("dark-launch").await;
    dark.refuses(&reduce(&[]), "this is the first stage").await;
}
