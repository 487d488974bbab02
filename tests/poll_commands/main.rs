//! `gonogo poll` and `gonogo role` through the binary: two people, two machines, one log.

#[path = "../support/binary.rs"]
mod binary;

use binary::{Home, Ran, run, unwritable};
use serde_json::{Value, json};

const SHA: &str = "018e611abc1234567890abcdef1234567890abcd";

/// A rollout that nothing is known of but its log.
struct Rollout(Home);

impl Rollout {
    fn new() -> Self {
        Self(Home::new())
    }

    async fn gonogo(&self, operator: &str, arguments: &[&str]) -> Ran {
        let mut command = self.0.command(arguments);
        command.args(["--operator", operator]);
        run(command).await
    }

    async fn opened(&self) {
        self.gonogo("ann", &["poll", "open", "--candidate", SHA]).await.ended(0).answered("poll p1 on dark-launch");
    }

    async fn poll(&self) -> Value {
        self.gonogo("ann", &["poll", "show", "--json"]).await.ended(0).json()
    }

    async fn refuses(&self, operator: &str, arguments: &[&str], why: &str) {
        let before = self.entries().await;
        let ran = self.gonogo(operator, arguments).await.ended(6).told("refused, nothing was recorded: ").told(why);
        assert_eq!(ran.out, "");
        assert_eq!(self.entries().await, before);
    }

    async fn entries(&self) -> usize {
        let shown = self.gonogo("ann", &["audit", "show", "--json"]).await.ended(0).json();
        shown.as_array().map_or_else(|| shown["entries"].as_array().expect("entries").len(), Vec::len)
    }
}

#[tokio::test]
async fn a_meeting_from_its_roles_to_its_decision() {
    let rollout = Rollout::new();
    rollout.gonogo("ann", &["role", "list"]).await.ended(0).answered("release-owner   Release owner   nobody");
    for (role, name) in [("release-owner", "ann"), ("api", "bob"), ("storage", "Cy")] {
        let title = format!(" is {name}");
        rollout.gonogo("ann", &["role", "assign", role, name]).await.ended(0).answered(&title);
    }
    let roles = rollout.gonogo("bob", &["role", "list", "--json"]).await.ended(0).json();
    assert_eq!((&roles[3]["key"], &roles[3]["name"], &roles[3]["from"]), (&json!("api"), &json!("bob"), &json!("log")));
    assert_eq!((&roles[0]["duty"], &roles[2]["name"]), (&json!("release_owner"), &Value::Null));

    rollout.gonogo("ann", &["poll", "show"]).await.ended(0).answered("no poll was held: gonogo poll open");
    assert_eq!(rollout.poll().await, Value::Null);
    rollout.refuses("bob", &["poll", "vote", "api", "go"], "no poll is open").await;
    rollout.gonogo("ann", &["poll", "open"]).await.ended(2).told("this counts for one commit; name it");
    rollout.opened().await;
    rollout
        .refuses("bob", &["poll", "open", "--candidate", SHA], "close it first with gonogo poll close go|no-go")
        .await;

    rollout.gonogo("bob", &["poll", "vote", "api", "no-go"]).await.ended(2).told("a NO-GO has a reason");
    rollout.refuses("cy", &["poll", "vote", "api", "go"], "API is bob, who answers for it, and you are cy").await;
    rollout.refuses("cy", &["poll", "vote", "client", "go"], "nobody is named as Client").await;
    let args = ["poll", "vote", "api", "no-go", "--reason", "waits for the divergence gate"];
    rollout.gonogo("bob", &args).await.ended(0).answered("API: NO-GO; 1 of 5 have answered");
    rollout.gonogo(" CY ", &["poll", "vote", "storage", "go"]).await.ended(0).answered("2 of 5");
    let shown = rollout.gonogo("ann", &["poll", "show", "--read-only"]).await.ended(0);
    shown.answered("Go on to 1 ").answered("NO-GO  waits for the divergence gate").answered("open: 2 of 5");
    let poll = rollout.poll().await;
    assert_eq!((&poll["open"], &poll["poll"], &poll["candidate"]), (&json!(true), &json!("p1"), &json!(SHA)));
    assert_eq!((&poll["answers"][3]["answer"], &poll["answers"][3]["by"]), (&json!("no-go"), &json!("bob")));
    assert_eq!((&poll["answers"][0]["answer"], &poll["answers"][0]["name"]), (&Value::Null, &json!("ann")));

    rollout
        .refuses("bob", &["poll", "close", "go", "--reason", "x"], "Release owner is ann, who decides, and you are bob")
        .await;
    rollout.gonogo("ann", &["poll", "close", "go"]).await.ended(2).told("--reason <TEXT>");
    let closed = rollout.gonogo("ann", &["poll", "close", "go", "--reason", "it is about another path"]).await;
    let closed = closed.ended(0).answered("poll p1 closed with GO");
    closed.answered("\n  API said NO-GO: waits for the divergence gate\n").answered("\n  no answer from Client\n");
    let poll = rollout.poll().await;
    assert_eq!((&poll["open"], &poll["decision"]["answer"]), (&json!(false), &json!("go")));
    rollout.gonogo("cy", &["poll", "show"]).await.ended(0).answered("closed with GO by ann at ");
    // Another one has an id of its own.
    let again = ["poll", "open", "--question", "And now?", "--candidate", SHA, "--json"];
    let again = rollout.gonogo("bob", &again).await.ended(0).json();
    assert_eq!((&again["event"]["poll"], &again["event"]["question"]), (&json!("p2"), &json!("And now?")));
    rollout.gonogo("ann", &["role", "clear", "api"]).await.ended(0).answered("API is nobody; before: bob");
    rollout.refuses("bob", &["poll", "vote", "api", "go"], "nobody is named as API").await;
    rollout.gonogo("ann", &["audit", "verify"]).await.ended(0);
}

#[tokio::test]
async fn of_many_who_open_at_once_one_does_and_the_others_hear_who() {
    let rollout = Rollout::new();
    rollout.gonogo("ann", &["role", "assign", "api", "bob"]).await.ended(0);
    let names: Vec<String> = (0..6).map(|n| format!("person-{n}")).collect();
    let all = names.iter().map(|name| {
        let mut command = rollout.0.command(&["poll", "open", "--candidate", SHA, "--json"]);
        command.args(["--operator", name]);
        tokio::spawn(run(command))
    });
    let all: Vec<_> = all.collect();
    let mut won = Vec::new();
    let mut told = Vec::new();
    for (name, ran) in names.iter().zip(all) {
        let ran = ran.await.expect("a run");
        match ran.code {
            0 => won.push(name),
            _ => told.push(ran.ended(6).json()["why"][0].as_str().expect("why").to_owned()),
        }
    }
    assert_eq!((won.len(), told.len()), (1, 5));
    assert!(told.iter().all(|why| why.contains(&format!("poll p1 is open, by {} since", won[0]))), "{told:?}");
    assert_eq!(rollout.entries().await, 2);
}

#[tokio::test]
async fn who_only_looks_changes_nothing_and_a_log_that_takes_nothing_says_so() {
    let rollout = Rollout::new();
    rollout.opened().await;
    let unwritable = unwritable(&rollout.0);
    for arguments in [
        vec!["poll", "open", "--candidate", SHA],
        vec!["poll", "close", "no-go", "--reason", "x"],
        vec!["role", "assign", "api", "ann"],
    ] {
        let read_only = [&arguments[..], &["--read-only"]].concat();
        rollout.gonogo("ann", &read_only).await.ended(6).told("leave --read-only out");
        if arguments[1] == "close" {
            continue;
        }
        let elsewhere = [&arguments[..], &["--data-dir", &unwritable]].concat();
        rollout.gonogo("ann", &elsewhere).await.ended(1).told(&unwritable);
    }
    for (arguments, why) in [
        (vec!["role", "assign", "apy", "x"], "did you mean `api`?"),
        (vec!["role", "assign", "api", " "], "give a name"),
        (vec!["poll", "vote", "apy", "go"], "did you mean `api`?"),
        (vec!["poll", "vote", "api", "perhaps"], "no-go"),
        (vec!["poll", "close", "go", "--reason", " "], "a decision has a reason"),
    ] {
        let ran = rollout.gonogo("ann", &arguments).await.ended(2).told(why);
        assert_eq!(ran.out, "");
    }
    assert_eq!(rollout.entries().await, 1);
}

#[tokio::test]
async fn a_name_that_one_profile_knows_is_on_record_before_what_rests_on_it() {
    let rollout = Rollout::new();
    let profile = |file: &str, roles: &str| {
        rollout.0.write(file, format!("profile = \"p\"\n[profiles.p]\nroles = {{ {roles} }}\n"))
    };
    let here = profile("here.toml", r#"release-owner = "ann", api = "bob""#);
    let there = profile("there.toml", r#"release-owner = "eve", api = "mallory", client = "cy""#);
    rollout.opened().await;

    let go = ["poll", "vote", "api", "go", "--config", &here];
    let voted = rollout.gonogo("bob", &go).await.ended(0);
    assert_eq!(
        voted.out,
        "recorded as entry 2: API is bob, as the configuration says\nrecorded as entry 3: API: GO; 1 of 5 have answered\n"
    );
    // Once is enough; and of an answer that is refused nothing is on record, no name either.
    let again = rollout.gonogo("bob", &go).await.ended(0);
    assert_eq!(again.out, "recorded as entry 4: API: GO; 1 of 5 have answered\n");
    rollout.refuses("ann", &["poll", "vote", "client", "go", "--config", &there], "Client is cy, who answers").await;
    let entry = ["poll", "vote", "client", "go", "--json", "--config", &there];
    let entry =
        rollout.gonogo("cy", &entry).await.ended(0).told("recorded as entry 5: Client is cy, as the configuration");
    assert_eq!((&entry.json()["seq"], &entry.json()["event"]["role"]), (&json!(6), &json!("client")));

    let close = ["poll", "close", "go", "--reason", "all agree", "--config", &here];
    let closed = rollout.gonogo("ann", &close).await.ended(0);
    let closed = closed.answered("recorded as entry 7: Release owner is ann, as the configuration says\n");
    closed.answered("recorded as entry 8: poll p1 closed with GO");

    // Where another profile names others, the log holds: for who has a role, and for who may speak for it.
    for config in [&here, &there] {
        let roles = rollout.gonogo("eve", &["role", "list", "--json", "--config", config]).await.ended(0).json();
        let of = |key: &str| {
            let role = roles.as_array().expect("roles").iter().find(|role| role["key"] == key).expect("a role");
            (role["name"].clone(), role["from"].clone())
        };
        for (key, name) in [("release-owner", "ann"), ("api", "bob"), ("client", "cy")] {
            assert_eq!(of(key), (json!(name), json!("log")), "{key} by {config}");
        }
    }
    // Who opens asks by name: what the profile says of roles that nobody named yet is on record for all.
    let storage = profile("storage.toml", r#"storage = "dan", api = "mallory""#);
    let open = ["poll", "open", "--candidate", SHA, "--config", &storage];
    let opened = rollout.gonogo("ann", &open).await.ended(0).answered("recorded as entry 9: Storage is dan, as the");
    opened.answered("recorded as entry 10: poll p2 on dark-launch");
    rollout
        .refuses("mallory", &["poll", "vote", "api", "go", "--config", &there], "API is bob, who answers for it")
        .await;
    // Whom the log has taken a role from does not get it back by a profile.
    rollout.gonogo("ann", &["role", "clear", "api"]).await.ended(0);
    rollout.refuses("bob", &["poll", "vote", "api", "go", "--config", &here], "nobody is named as API").await;
    rollout.gonogo("ann", &["audit", "verify"]).await.ended(0);
}

#[tokio::test]
async fn nothing_that_was_typed_reaches_a_terminal_raw() {
    let rollout = Rollout::new();
    rollout.gonogo("ann", &["role", "assign", "api", "b\u{1b}[2Job"]).await.ended(0);
    let open = ["poll", "open", "--candidate", SHA, "--question", "go\u{1b}]0;x\u{7} on?"];
    rollout.gonogo("ann", &open).await.ended(0);
    for arguments in [vec!["poll", "show"], vec!["poll", "show", "--json"], vec!["role", "list"]] {
        let ran = rollout.gonogo("ann", &arguments).await.ended(0);
        assert!(!ran.out.contains(['\u{1b}', '\u{7}']), "{}", ran.out);
    }
}
