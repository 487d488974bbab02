//! `gonogo drift show`, `adopt` and `restore`.

use gonogo::runbook::Exposure;
use serde_json::{Value, json};

use super::rollout::Rollout;

const ADOPT: [&str; 5] = ["drift", "adopt", "--reason", "it is right", "--yes"];
const RESTORE: [&str; 5] = ["drift", "restore", "--reason", "nobody decided that", "--yes"];

impl Rollout {
    async fn drift(&self) -> Value {
        let before = (self.flag(), self.log().await.len());
        let told = self.gonogo(&["drift", "show", "--json"]).await.ended(0).json();
        assert_eq!((self.flag(), self.log().await.len()), before, "looking changes nothing");
        told
    }
}

#[tokio::test]
async fn where_nothing_drifted_there_is_nothing_to_do() {
    let rollout = Rollout::in_stage("internal-canary").await;
    let shown = rollout.gonogo(&["drift", "show"]).await.ended(0);
    assert_eq!(shown.out, "vfsSecureUpload is what stage internal-canary says: it serves internal\n");
    let told = rollout.drift().await;
    assert_eq!((&told["drift"], &told["adopt"]["allowed"]), (&Value::Null, &json!(false)));
    rollout.refuses(&ADOPT, "there is nothing to accept").await;
    rollout.refuses(&RESTORE, "there is nothing to restore").await;
    for way in ["adopt", "restore"] {
        rollout.is_no_use(&["drift", way, "--reason", " ", "--yes"], "give --reason in words").await;
    }
    // That the flag is gone is no answer to whether it drifted.
    std::fs::remove_file(rollout.home.path("flags.json")).expect("removed");
    rollout.gonogo(&["drift", "show"]).await.ended(0).answered("cannot be seen").told("flags.json");
}

#[tokio::test]
async fn more_than_was_decided_is_restored_and_never_adopted() {
    let rollout = Rollout::in_stage("internal-canary").await;
    rollout.serve(&Exposure::everyone()).await;
    let told = rollout.drift().await;
    assert_eq!(
        (&told["stage"], &told["serves"]["percent"], &told["says"]["percent"]),
        (&json!("internal-canary"), &json!(100), &json!(0))
    );
    let ways = (&told["adopt"]["allowed"], &told["restore"]["allowed"], &told["rollback"]["allowed"]);
    assert_eq!(ways, (&json!(false), &json!(true), &json!(true)));
    let shown = rollout.gonogo(&["drift", "show"]).await.ended(0);
    shown.answered("gonogo drift restore --reason TEXT").answered("adopt    no: the flag serves everyone");
    rollout.refuses(&ADOPT, "which no earlier stage says: restore it, or roll back").await;
    rollout.refuses(&["advance", "--to", "limited-external", "--reason", "x"], "drift: ").await;
    for arguments in [["drift", "restore", "--reason", "x"], ["drift", "adopt", "--reason", "x"]] {
        let before = rollout.flag();
        let ran = rollout.gonogo(&arguments).await;
        assert!(ran.code == 2 && arguments[1] == "restore" || ran.code == 6, "{ran:?}");
        assert_eq!(rollout.flag(), before);
    }
    rollout.refuses(&[&RESTORE[..], &["--read-only"]].concat(), "leave --read-only out").await;

    // Less is always right, even where somebody holds the rollout.
    rollout.gonogo(&["hold", "raise", "--reason", "a doubt", "--evidence", "ticket 7"]).await.ended(0);
    let ran = rollout.gonogo(&[&RESTORE[..], &["--json"]].concat()).await.ended(0);
    assert_eq!((&ran.json()["action"], &ran.json()["outcome"]), (&json!("restore"), &json!("verified")));
    rollout.serves(&rollout.exposure("internal-canary")).await;
    assert_eq!(rollout.drift().await["drift"], Value::Null);
}

#[tokio::test]
async fn more_people_are_not_given_it_again_while_somebody_holds_the_rollout() {
    let rollout = Rollout::in_stage("limited-external").await;
    rollout.serve(&rollout.internal_and(1)).await;
    rollout.gonogo(&["hold", "raise", "--reason", "a doubt", "--evidence", "ticket 7"]).await.ended(0);
    rollout.refuses(&RESTORE, "more people may get the feature again, and hold ").await;
    let list = rollout.gonogo(&["hold", "list", "--json"]).await.ended(0).json();
    let id = list[0]["key"].as_str().expect("an id").to_owned();
    rollout.gonogo(&["hold", "clear", "--hold", &id, "--evidence", "it was nothing"]).await.ended(0);
    let restored = "restored what limited-external says: the store, read again, serves";
    rollout.gonogo(&RESTORE).await.ended(0).answered(restored);
    rollout.serves(&rollout.exposure("limited-external")).await;
}

#[tokio::test]
async fn less_is_adopted_and_off_is_a_rollback() {
    let rollout = Rollout::in_stage("limited-external").await;
    rollout.serve(&rollout.exposure("internal-canary")).await;
    let before = rollout.flag();
    let ran = rollout.gonogo(&[&ADOPT[..], &["--json"]].concat()).await.ended(0);
    assert_eq!((&ran.json()["event"]["kind"], &ran.json()["operator"]), (&json!("adopted"), &json!("ann")));
    assert_eq!(rollout.drift().await["stage"], "internal-canary");

    rollout.serve(&Exposure::off()).await;
    let off = rollout.flag();
    rollout.gonogo(&ADOPT).await.ended(0).answered("stage dark-launch, serves off");
    assert_eq!((rollout.flag() == off, before == off), (true, false), "adopting writes into the log alone");
    rollout.refuses(&["advance", "--to", "internal-canary", "--reason", "x"], "interlock: ").await;
}
