//! `gonogo audit show` and `verify`.

use std::fs;

use serde_json::json;

use super::rollout::Rollout;

#[tokio::test]
async fn it_shows_what_happened_and_tells_a_log_that_is_not_as_it_was_written() {
    let rollout = Rollout::in_stage("internal-canary").await;
    for reason in ["one", "two", "three"] {
        rollout.gonogo(&["pause", "--reason", reason]).await.ended(0);
    }
    let shown = rollout.gonogo(&["audit", "show"]).await.ended(0);
    assert_eq!(shown.out.lines().count(), 4, "{}", shown.out);
    let last = shown.out.lines().last().expect("a line");
    assert!(last.contains("ann") && last.contains("three"), "{last}");
    let shown = rollout.gonogo(&["audit", "show", "--json", "--limit", "2"]).await.ended(0).json();
    let each = shown.as_array().expect("entries").iter().map(|entry| (&entry["seq"], &entry["event"]["reason"]));
    assert_eq!(each.collect::<Vec<_>>(), [(&json!(3), &json!("two")), (&json!(4), &json!("three"))]);

    let sound = rollout.gonogo(&["audit", "verify", "--json"]).await.ended(0).json();
    assert_eq!((&sound["sound"], &sound["count"], &sound["problems"]), (&json!(true), &json!(4), &json!([])));
    let head = sound["head"].as_str().expect("a hash").to_owned();
    let words = rollout.gonogo(&["audit", "verify"]).await.ended(0).answered("sound: ").answered("count 4\n");
    words.answered(&head);
    let against = ["audit", "verify", "--count", "4", "--head", &head];
    rollout.gonogo(&against).await.ended(0);
    rollout.is_no_use(&["audit", "verify", "--count", "4"], "--head <HASH>").await;
    rollout.gonogo(&["audit", "verify", "--count", "4", "--head", &"0".repeat(64)]).await.ended(3).answered("DAMAGED");

    let path = rollout.home.data().join("measurable/production/audit.ndjson");
    let written = fs::read_to_string(&path).expect("the log");
    let lines: Vec<&str> = written.lines().collect();
    let damages = [
        ("edited", written.replace("\"two\"", "\"tow\"")),
        ("removed", [lines[0], lines[1], lines[3], ""].join("\n")),
        ("reordered", [lines[0], lines[2], lines[1], lines[3], ""].join("\n")),
        ("cut off", [lines[0], lines[1], lines[2], ""].join("\n")),
    ];
    for (how, text) in damages {
        fs::write(&path, text).expect("written");
        let ran = rollout.gonogo(&[&against[..], &["--json"]].concat()).await.ended(3);
        let told = ran.json();
        assert!(told["sound"] == json!(false) && !told["problems"].as_array().unwrap().is_empty(), "{how}: {told}");
        rollout.gonogo(&["audit", "verify"]).await.ended(3).answered("DAMAGED: ");
        // Nothing is built on it.
        let advance = ["advance", "--to", "limited-external", "--reason", "x"];
        let before = rollout.flag();
        rollout.gonogo(&advance).await.ended(6).told("refused, nothing was sent");
        assert_eq!(rollout.flag(), before, "{how}");
    }
    fs::write(&path, written).expect("written");
    rollout.gonogo(&against).await.ended(0);
}
