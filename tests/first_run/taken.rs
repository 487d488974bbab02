//! `init --yes`: everything by options, nobody is asked.

use std::fs;

use super::{binary::run, *};

#[tokio::test]
async fn alone_it_names_init() {
    let ran = run(Home::new().command(&[])).await.ended(2).told("gonogo init").told("gonogo demo");
    assert!(ran.err.lines().count() <= 24, "one screen: {}", ran.err);
}

#[tokio::test]
async fn what_is_written_is_what_is_used() {
    let home = Home::new();
    let (_, flags) = files(&home);
    let events = home.write("events.ndjson", "");
    let (telemetry, flags) = (format!("events:{events}"), format!("flagd:{flags}"));
    let given = ["init", "--yes", "--telemetry", &telemetry, "--flags", &flags, "--environment", "staging"];
    let ran =
        run(home.command(&given)).await.ended(0).told("events answered").told("flagd answered; exposure now: off");
    let path = configuration(&home);
    assert!(ran.out.contains(&path.display().to_string()) && ran.out.contains("open it: gonogo\n"), "{}", ran.out);
    is_private(&path);
    let told = run(home.command(&["config"])).await.ended(0);
    for fact in ["profile production, environment", "profile production, telemetry.address", &telemetry, &flags] {
        assert!(told.out.contains(fact), "{fact}: {}", told.out);
    }
    let status = run(home.command(&["status", "--json"])).await;
    assert_eq!(status.json()["rollout"]["environment"], "staging");

    // What is there is left alone.
    let before = fs::read_to_string(&path).unwrap();
    run(home.command(&given)).await.ended(2).told("there is a profile production already");
    assert_eq!(fs::read_to_string(&path).unwrap(), before);
    let second: Vec<&str> = given.into_iter().chain(["--profile", "second"]).collect();
    run(home.command(&second)).await.ended(0).answered("gonogo --profile second");
    let after = fs::read_to_string(&path).unwrap();
    assert!(after.starts_with(&before) && after.contains("[profiles.second]"), "{after}");
}

#[tokio::test]
async fn a_source_that_does_not_answer_is_not_written_down_unless_asked() {
    let home = Home::new();
    let dead = format!("unleash+http://127.0.0.1:{}", support::free_port());
    let given = ["init", "--yes", "--flags", &dead];
    let mut command = home.command(&given);
    command.env("GONOGO_FLAGS_TOKEN", "s3cret-token");
    let ran = run(command).await.ended(1).told("nothing was written");
    assert!(!ran.err.contains("s3cret") && !configuration(&home).exists());
    let mut command = home.command(&["init", "--yes", "--untested", "--flags", &dead]);
    command.env("GONOGO_FLAGS_TOKEN", "s3cret-token");
    run(command).await.ended(0).told("not answered");
    let text = fs::read_to_string(configuration(&home)).unwrap();
    assert!(text.contains("env = \"GONOGO_FLAGS_TOKEN\"") && !text.contains("s3cret"), "{text}");
}

#[tokio::test]
async fn what_cannot_be_is_refused_before_anything_is_written() {
    let home = Home::new();
    for (given, why) in [
        (&["init"][..], "nobody can be asked here"),
        (&["init", "--yes"], "name a source"),
        (&["init", "--yes", "--flags", "flags.json"], "is no address of a source"),
        (&["init", "--yes", "--flags", "flagd:/nowhere", "--runbook", "/nowhere.toml"], "/nowhere.toml"),
    ] {
        run(home.command(given)).await.ended(2).told(why);
    }
    let broken = home.write("broken.toml", "profile = [");
    run(home.command(&["init", "--yes", "--flags", "flagd:x", "--config", &broken]))
        .await
        .ended(2)
        .told("broken.toml:1:");
    assert_eq!(fs::read_to_string(broken).unwrap(), "profile = [");
    assert!(!configuration(&home).exists());
}

#[tokio::test]
async fn the_manual_has_a_page_for_each_command() {
    let home = Home::new();
    let page = run(home.command(&["man"])).await.ended(0).out;
    assert!(page.contains(".TH") && page.contains("gonogo"), "{page}");
    let dir = home.path("man1");
    run(home.command(&["man", "--dir", &dir.display().to_string()])).await.ended(0).answered("gonogo.1");
    for page in ["gonogo.1", "gonogo-rollback.1", "gonogo-init.1", "gonogo-evidence-attach.1"] {
        let text = fs::read_to_string(dir.join(page)).unwrap();
        assert!(text.contains(".SH NAME"), "{page}");
    }
    let rollback = fs::read_to_string(dir.join("gonogo-rollback.1")).unwrap();
    assert!(rollback.contains("reason"), "{rollback}");
}
