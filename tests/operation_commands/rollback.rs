//! `gonogo rollback` and `rollback confirm`, and the interlock behind them.

use gonogo::{audit::Event, runbook::Exposure};
use serde_json::json;

use super::{binary::unwritable, rollout::Rollout};

const ROLLBACK: [&str; 5] = ["rollback", "--reason", "it burns", "--yes", "--no-watch"];
const CONFIRM: [&str; 4] = ["rollback", "confirm", "--statement", "no secure upload in the access log"];
const ADVANCE: [&str; 5] = ["advance", "--to", "internal-canary", "--reason", "fixed"];

#[tokio::test]
async fn it_says_what_it_did_and_what_is_left_and_what_is_left_can_be_done() {
    let rollout = Rollout::in_stage("limited-external").await;
    rollout.refuses(&CONFIRM, "knows of no rollback that stands").await;
    let ran = rollout.gonogo(&[&ROLLBACK[..], &["--json"]].concat()).await.ended(0);
    let told = ran.json();
    assert_eq!((&told["outcome"], &told["already_off"]), (&json!("verified"), &json!(false)));
    assert_eq!(told["served_before"], rollout.exposure("limited-external").to_string());
    let steps: Vec<&str> =
        told["steps"].as_array().expect("steps").iter().map(|step| step["does"].as_str().unwrap()).collect();
    assert_eq!(steps, ["disable", "confirm_legacy", "fix_first"]);
    let open = told["open"].as_array().expect("what is left");
    assert!(
        open.iter().any(|open| open.as_str().is_some_and(|open| open.contains("gonogo rollback confirm"))),
        "{told}"
    );
    rollout.serves(&Exposure::off()).await;
    assert_eq!(rollout.status().await["stage"]["key"], "dark-launch");

    let off = rollout.flag();
    let again = rollout.gonogo(&ROLLBACK).await.ended(0).told("is already off in production");
    again.answered("was off already; the store, read again, says off");
    assert_eq!(rollout.flag(), off);

    rollout.is_no_use(&["rollback", "confirm", "--statement", " "], "say what you looked at").await;
    rollout.refuses(&[&CONFIRM[..], &["--read-only"]].concat(), "leave --read-only out").await;
    let confirmed = rollout.gonogo(&CONFIRM).await.ended(0);
    confirmed.answered("legacy path confirmed after the rollback: no secure upload in the access log");
    rollout.refuses(&CONFIRM, "ann confirmed it already").await;

    // The way up is closed until it is said what was fixed, and in which commit.
    rollout.refuses(&ADVANCE, "interlock: another candidate").await;
    rollout.refuses(&ADVANCE, "interlock: a resolution").await;
    let standing = rollout.gonogo(&["hold", "list", "--json"]).await.ended(0).json();
    assert_eq!((&standing[0]["kind"], &standing[0]["operator"]), (&json!("rollback"), &json!("ann")));
    assert_eq!(standing[0]["clear"], "gonogo hold clear --rollback --evidence …");
    rollout.gonogo(&["hold", "clear", "--rollback", "--evidence", "fixed in #812"]).await.ended(0);
    rollout.refuses(&ADVANCE, "interlock: another candidate").await;
    let fixed = [&ADVANCE[..], &["--candidate", "018e611abc1234567890abcdef1234567890abcd"]].concat();
    // Another commit has not been watched yet.
    let refused = rollout.gonogo(&fixed).await.ended(6).told("Observation window");
    assert!(!refused.err.contains("interlock"), "{}", refused.err);
    rollout.serves(&Exposure::off()).await;
}

#[tokio::test]
async fn a_pause_a_hold_and_a_log_that_cannot_be_written_do_not_keep_it_from_switching_off() {
    let rollout = Rollout::in_stage("internal-canary").await;
    rollout.gonogo(&["pause", "--reason", "a doubt"]).await.ended(0);
    rollout.gonogo(&["hold", "raise", "--reason", "a doubt", "--evidence", "ticket 7"]).await.ended(0);
    let unwritable = unwritable(&rollout.home);
    let ran = rollout.gonogo(&[&ROLLBACK[..], &["--data-dir", &unwritable]].concat()).await.ended(0);
    ran.answered("internal -> off; the store, read again, says off").told("keep these lines");
    rollout.serves(&Exposure::off()).await;
}

#[tokio::test]
async fn before_any_stage_is_on_record_off_stays_off_and_nothing_has_to_be_fixed() {
    let rollout = Rollout::in_stage("dark-launch").await;
    std::fs::remove_dir_all(rollout.home.data()).expect("removed");
    let off = rollout.flag();
    rollout.gonogo(&ROLLBACK).await.ended(0).told("is already off in production");
    assert_eq!(rollout.flag(), off);
    assert_eq!(rollout.gonogo(&["hold", "list", "--json"]).await.ended(0).json(), json!([]));
    rollout.refuses(&CONFIRM, "knows of no rollback that stands").await;
}

#[tokio::test]
async fn a_script_whose_reason_is_empty_rolls_back_all_the_same() {
    let rollout = Rollout::in_stage("internal-canary").await;
    let arguments = ["rollback", "--reason", " \u{7}", "--yes", "--no-watch"];
    rollout.gonogo(&arguments).await.ended(0).told("no reason was given");
    rollout.serves(&Exposure::off()).await;
    let log = rollout.log().await;
    let reasons = log.iter().filter_map(|entry| match &entry.event {
        Event::Begun(begun) => Some(begun.reason.as_str()),
        _ => None,
    });
    assert_eq!(reasons.collect::<Vec<_>>(), ["no reason was given"]);
}

#[tokio::test]
async fn bad_input_says_what_is_wrong_and_changes_nothing() {
    let rollout = Rollout::in_stage("internal-canary").await;
    rollout.is_no_use(&["rollback", "--yes"], "--reason <TEXT>").await;
    rollout.is_no_use(&["rollback", "--reason", "x"], "there is no terminal to ask on; give --yes").await;
    rollout.refuses(&[&ROLLBACK[..], &["--read-only"]].concat(), "leave --read-only out").await;
    assert_eq!(rollout.log().await.len(), 1);
    rollout.serves(&rollout.exposure("internal-canary")).await;
}
