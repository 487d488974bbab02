//! `gonogo advance`.

use gonogo::audit::{Event, Outcome};
use serde_json::json;

use super::{binary::unwritable, rollout::Rollout};

#[tokio::test]
async fn it_tells_what_it_planned_and_did_and_the_flag_is_what_it_says() {
    let rollout = Rollout::in_stage("dark-launch").await;
    let advance = ["advance", "--to", "internal-canary", "--reason", "all green", "--json"];
    let ran = rollout.gonogo(&advance).await.ended(0).told("sent: ").told("read back: serves ");
    let told = ran.json();
    for (fact, value) in [
        ("action", json!("advance")),
        ("from_stage", json!("dark-launch")),
        ("to_stage", json!("internal-canary")),
        ("gains", json!("Internal users")),
        ("before", json!({"cohorts": [], "percent": 0})),
        ("after", json!({"cohorts": ["internal"], "percent": 0})),
        ("outcome", json!("verified")),
    ] {
        assert_eq!(told[fact], value, "{told:#}");
    }
    assert!(!told["writes"].as_array().expect("writes").is_empty() && told["digest"].is_string(), "{told:#}");
    rollout.serves(&rollout.exposure("internal-canary")).await;
    let log = rollout.log().await;
    let [.., begun, ended] = log.as_slice() else { panic!("{log:?}") };
    let (Event::Begun(begun), Event::Ended { outcome, .. }) = (&begun.event, &ended.event) else { panic!("{log:?}") };
    assert_eq!((begun.reason.as_str(), outcome), ("all green", &Outcome::Verified));
    assert_eq!(begun.digest.as_deref(), told["digest"].as_str());

    // What was seen before says nothing of this stage.
    rollout.refuses(&["advance", "--to", "limited-external", "--reason", "more"], "Observation window").await;
}

#[tokio::test]
async fn in_words_it_is_one_sentence() {
    let rollout = Rollout::in_stage("internal-canary").await;
    let ran = rollout.gonogo(&["advance", "--to", "limited-external", "--reason", "all green"]).await.ended(0);
    let serves = rollout.exposure("limited-external");
    assert_eq!(ran.out, format!("advanced to limited-external: the store, read again, serves {serves}\n"));
    rollout.serves(&serves).await;
}

#[tokio::test]
async fn bad_input_says_what_is_wrong_and_changes_nothing() {
    let rollout = Rollout::in_stage("dark-launch").await;
    for (arguments, why) in [
        (vec!["advance", "--to", "internal-canary", "--reason", " \u{7}"], "give --reason in words"),
        (vec!["advance", "--to", "internal-canary"], "--reason <TEXT>"),
        (vec!["advance", "--reason", "x"], "--to <STAGE>"),
        (vec!["advance", "--to", "internal-canry", "--reason", "x"], "did you mean `internal-canary`?"),
        (
            vec!["advance", "--to", "internal-canary", "--reason", "x", "--request"],
            "does not take two people; leave --request out",
        ),
        (vec!["advance", "--to", "internal-canary", "--reason", "x", "--request", "--confirm", "1"], "cannot be used"),
        (vec!["advance", "--withdraw", "nothing", "--reason", "x"], "the audit log has no request \"nothing\""),
        (vec!["advance", "--withdraw", "nothing", "--reason", " "], "give --reason in words"),
    ] {
        rollout.is_no_use(&arguments, why).await;
    }
    let to = |stage| vec!["advance", "--to", stage, "--reason", "x"];
    rollout.refuses(&to("limited-external"), "is not the stage after dark-launch; the next is internal-canary").await;
    rollout.refuses(&to("dark-launch"), "the rollout is in stage dark-launch already").await;
    rollout.refuses(&[to("internal-canary"), vec!["--read-only"]].concat(), "leave --read-only out").await;
    let unwritable = unwritable(&rollout.home);
    let nowhere = [to("internal-canary"), vec!["--data-dir", &unwritable]].concat();
    rollout.refuses(&nowhere, "advancing waits for the audit log").await;
    assert_eq!(rollout.log().await.len(), 1);
}
