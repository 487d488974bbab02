//! The candidate by its name in the product's checkout, and roles of a profile: the real binary, real repositories.

#[path = "support/binary.rs"]
mod binary;
#[path = "support/mod.rs"]
mod support;

use std::{fs, path::Path, process::Command};

use binary::{Home, Ran, run};
use serde_json::{Value, json};

/// A git that is the same on every machine.
fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]).args(arguments);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let output = command.output().expect("git runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

/// A home with a product of two commits, the first of them tagged `v1`, and a flag that is off.
struct Scene {
    home: Home,
    first: String,
    second: String,
}

impl Scene {
    /// None where there is no git to make it with.
    fn new() -> Option<Self> {
        if support::installed("git").is_none() {
            support::missing("git");
            return None;
        }
        let home = Home::new();
        home.write("product/code", "one");
        let product = home.path("product");
        git(&product, &["init", "-q", "-b", "main", "."]);
        let commit = |text: &str| {
            home.write("product/code", text);
            git(&product, &["add", "-A"]);
            git(&product, &["commit", "-q", "-m", text]);
            git(&product, &["rev-parse", "HEAD"])
        };
        let first = commit("one");
        git(&product, &["tag", "v1"]);
        let second = commit("two");
        home.write("events.ndjson", "");
        let flag = json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"});
        home.write("flags.json", json!({"flags": {"vfsSecureUpload": flag}}).to_string());
        Some(Self { home, first, second })
    }

    fn product(&self) -> String {
        self.home.path("product").display().to_string()
    }

    fn sources(&self) -> [String; 4] {
        let place = |kind: &str, name: &str| format!("{kind}:{}", self.home.path(name).display());
        ["--telemetry".into(), place("events", "events.ndjson"), "--flags".into(), place("flagd", "flags.json")]
    }

    /// With the git that is installed.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.command(arguments);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        command
    }

    async fn gonogo(&self, arguments: &[&str]) -> Ran {
        run(self.command(arguments)).await
    }

    async fn looking(&self, arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        command.args(self.sources());
        run(command).await
    }

    /// A git that leaves word that it was run, and then ends as told.
    #[cfg(unix)]
    fn false_git(&self, ends: &str) -> String {
        use std::os::unix::fs::PermissionsExt;

        let run = self.home.path("git was run");
        let path = self.home.write("bin/git", format!("#!/bin/sh\n: > '{}'\n{ends}\n", run.display()));
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("executable");
        self.home.path("bin").display().to_string()
    }
}

fn candidate(ran: &Ran) -> Value {
    ran.json()["rollout"]["candidate"].clone()
}

#[tokio::test]
async fn config_shows_the_name_where_it_came_from_and_the_commit_it_stands_for() {
    let Some(scene) = Scene::new() else { return };
    let product = scene.product();
    let line = |ran: &Ran, name: &str| {
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        ran.out.lines().map(words).find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{}", ran.out))
    };
    let ran = scene.gonogo(&["config", "--candidate", "v1", "--checkout", &product]).await.ended(0);
    assert_eq!(line(&ran, "candidate v1"), "candidate v1 (--candidate)");
    assert_eq!(line(&ran, "candidate commit"), format!("candidate commit {} (git)", scene.first));
    assert_eq!(line(&ran, "checkout"), format!("checkout {product} (--checkout)"));

    let file = "[profiles.p]\ncandidate = \"git\"\ncheckout = \"product\"\n";
    let config = scene.home.write("config.toml", file);
    let ran = scene.gonogo(&["config", "--json", "--config", &config, "--profile", "p"]).await.ended(0).json();
    assert_eq!(ran["candidate"], json!({"value": "git", "from": "file, profile p, candidate"}));
    assert_eq!(ran["candidate commit"], json!({"value": scene.second, "from": "git"}));

    // Without a checkout a name stays what it is.
    let ran = scene.gonogo(&["config", "--candidate", "v1"]).await.ended(0);
    assert!(!ran.out.contains("candidate commit"), "{}", ran.out);

    // What is in force is shown even where it cannot be used, and the exit code says so.
    let ran = scene.gonogo(&["config", "--candidate", "v9", "--checkout", &product]).await.ended(2);
    assert!(line(&ran, "candidate commit").starts_with("candidate commit not known: v9 is no commit in"));
    ran.answered("data folder").told("the candidate \"v9\" (--candidate) is not known");
}

#[tokio::test]
async fn what_is_judged_is_judged_of_the_whole_sha() {
    let Some(scene) = Scene::new() else { return };
    let product = scene.product();
    for (name, want) in [
        ("git", &scene.second),
        ("main", &scene.second),
        ("v1", &scene.first),
        (&scene.first[..8], &scene.first),
        // Not fetched, and what it says all the same.
        ("018e611abc1234567890abcdef1234567890abcd", &"018e611abc1234567890abcdef1234567890abcd".to_owned()),
    ] {
        let ran = scene.looking(&["status", "--json", "--candidate", name, "--checkout", &product]).await;
        assert_eq!(candidate(&ran), json!(want), "{name}: {}", ran.err);
    }
    // The working directory is the checkout where none is named; so it is by the environment.
    let mut command = scene.command(&["status", "--json"]);
    command.args(scene.sources()).env("GONOGO_CANDIDATE", "git").current_dir(&product);
    assert_eq!(candidate(&run(command).await), json!(scene.second));
    let mut command = scene.command(&["status", "--json", "--candidate", "git"]);
    command.args(scene.sources()).env("GONOGO_CHECKOUT", &product);
    assert_eq!(candidate(&run(command).await), json!(scene.second));
    // A hook of git's own would have every git look at its repository.
    let mut command = scene.command(&["status", "--json", "--candidate", "git", "--checkout", &product]);
    command.args(scene.sources()).env("GIT_DIR", scene.home.path("nowhere"));
    assert_eq!(candidate(&run(command).await), json!(scene.second));
}

#[tokio::test]
async fn what_is_recorded_is_bound_to_the_whole_sha() {
    let Some(scene) = Scene::new() else { return };
    let attest = ["attest", "fail-closed-staging", "--evidence", "https://ci.example/1", "--stage", "dark-launch"];
    let product = scene.product();
    let named = [&attest[..], &["--candidate", "v1", "--checkout", &product, "--json"]].concat();
    let entry = scene.gonogo(&named).await.ended(0);
    assert!(entry.out.contains(&scene.first), "{}", entry.out);
}

#[tokio::test]
async fn a_name_that_stands_for_nothing_is_no_use_to_whatever_judges_or_records() {
    let Some(scene) = Scene::new() else { return };
    let product = scene.product();
    let cannot = ["--candidate", "v9", "--checkout", &product];
    for command in [
        &["status"][..],
        &["status", "--at", "1h"],
        &["guard"],
        &["replay", "--from", "2h", "--to", "1h"],
        &["watch"],
        &["advance", "--to", "internal-canary", "--reason", "r"],
        &["note", "a remark"],
        &["check", "list"],
        &["attest", "fail-closed-staging", "--evidence", "e"],
    ] {
        let ran = scene.looking(&[command, &cannot[..]].concat()).await.ended(2);
        let ran = ran.told("the candidate \"v9\" (--candidate) is not known: v9 is no commit in");
        assert!(ran.err.contains("fetch it, or give another one"), "{command:?}: {}", ran.err);
        assert_eq!(ran.out, "", "{command:?}");
    }
    let nowhere = scene.looking(&["status", "--candidate", "git", "--checkout", "/nowhere"]).await.ended(2);
    nowhere.told("the candidate \"git\" (--candidate) is not known");
    assert!(!scene.home.data().exists(), "nothing was recorded");
    for hostile in ["--help", "main\nmain", "a\u{1b}[2J"] {
        let name = format!("--candidate={hostile}");
        let ran = scene.looking(&["status", &name, "--checkout", &product]).await.ended(2);
        assert!(ran.err.contains("names no commit") && !ran.err.contains('\u{1b}'), "{}", ran.err);
    }
}

#[tokio::test]
async fn without_git_a_whole_sha_is_enough_and_a_name_is_told_what_to_do() {
    let Some(scene) = Scene::new() else { return };
    let product = scene.product();
    let without = |candidate: &str| {
        let mut command = scene.home.command(&["status", "--json", "--candidate", candidate, "--checkout", &product]);
        command.args(scene.sources()).env("PATH", scene.home.path("no programs"));
        command
    };
    run(without("git")).await.ended(2).told("git could not be run").told("install git, or give a SHA");
    assert_eq!(candidate(&run(without(&scene.first)).await), json!(scene.first));
}

#[cfg(unix)]
#[tokio::test]
async fn a_rollback_does_not_ask_git() {
    let Some(scene) = Scene::new() else { return };
    let product = scene.product();
    let rollback = ["rollback", "--yes", "--no-watch", "--reason", "it burns"];
    for ends in ["exit 1", "exec sleep 600"] {
        for name in ["git", "v1"] {
            let mut command = scene.home.command(&rollback);
            command.args(["--candidate", name, "--checkout", &product]).args(scene.sources());
            command.env("PATH", scene.false_git(ends));
            run(command).await.ended(0);
            assert!(!scene.home.path("git was run").exists(), "{name}, {ends}");
        }
    }
    // It is one that would have been run.
    let mut command = scene.home.command(&["status", "--candidate", "git", "--checkout", &product]);
    command.args(scene.sources()).env("PATH", scene.false_git("exit 1"));
    run(command).await.ended(2);
    assert!(scene.home.path("git was run").exists());
    let log = fs::read_to_string(scene.home.data().join("vfs-secure-upload/production/audit.ndjson"));
    let log = log.expect("the audit log");
    assert!(!log.contains("\"candidate\":\"git\""), "{log}");
}

#[tokio::test]
async fn a_role_that_the_runbook_does_not_have_is_told_and_keeps_nobody_from_rolling_back() {
    let Some(scene) = Scene::new() else { return };
    let config = scene.home.write(
        "config.toml",
        "[profiles.good.roles]\nrollback-owner = \"bea\"\n[profiles.bad.roles]\nrollbackowner = \"bea\"\n",
    );
    let with = |profile: &'static str| ["--config", config.as_str(), "--profile", profile];
    let ran = scene.gonogo(&[&["config"][..], &with("good")].concat()).await.ended(0);
    ran.answered("role rollback-owner").answered("bea");
    // Nothing was signed for yet.
    scene.looking(&[&["status"][..], &with("good")].concat()).await.ended(4);

    let told =
        "the profile names a role `rollbackowner` that the runbook does not have; did you mean `rollback-owner`?";
    for command in [&["config"][..], &["status"], &["note", "a remark"], &["guard"]] {
        scene.looking(&[command, &with("bad")].concat()).await.ended(2).told(told);
    }
    let rollback = ["rollback", "--yes", "--no-watch", "--reason", "it burns"];
    scene.looking(&[&rollback[..], &with("bad")].concat()).await.ended(0);
}
