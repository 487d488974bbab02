//! Links, files and excerpts that people attach.

use super::*;

#[tokio::test]
async fn an_item_is_open_until_something_is_attached_on_that_candidate() {
    let rollout = Rollout::new();
    let ran = rollout.run(&["evidence", "list"]).await.ended(4);
    ran.answered("ci-run  The CI run\n  open: nothing is attached").answered("2 of 2 items open");
    rollout
        .run(&["evidence", "attach", "ci-run", "--link", "https://ci.example/7"])
        .await
        .ended(0)
        .answered("ci-run of ");
    let picture = rollout.home.write("graph.png", b"\x89PNG");
    rollout.run(&["evidence", "attach", "api-logs", "--file", &picture, "--note", "by eye"]).await.ended(0);
    let ran = rollout.run(&["evidence", "list"]).await.ended(0).answered("  ann at ");
    ran.answered(": https://ci.example/7\n")
        .answered("graph.png (sha256 ")
        .answered("): by eye\n")
        .answered("all there");
    let listed = rollout.run(&["evidence", "list", "--json"]).await.ended(0).json();
    assert_eq!((&listed["open"], &listed["items"][0]["from"]), (&0.into(), &"by-hand".into()));
    assert_eq!(listed["items"][0]["shown"][0]["text"], "https://ci.example/7");
    rollout.bare(&["evidence", "list", "--candidate", &"b".repeat(40)]).await.ended(4).answered("2 of 2 items open");
    rollout.bare(&["evidence", "list"]).await.ended(2).told("name it with --candidate");
}

#[tokio::test]
async fn an_excerpt_is_kept_without_secrets_and_control_sequences() {
    let rollout = Rollout::new();
    let input =
        "\u{1b}[31mPOST /vfs/register\u{1b}[0m Authorization: Bearer abc.def123\npassword=p4ss ok open-sesame\n";
    rollout.piped(&["evidence", "attach", "api-logs", "--log", "-"], input).ended(0).answered("2 log lines");
    let want = "POST /vfs/register Authorization: Bearer [redacted]\npassword=[redacted] ok [redacted]\n";
    assert_eq!(rollout.kept(0), want);
    let entry = &rollout.audit()[0]["event"]["attached"];
    assert_eq!((&entry["what"], &entry["lines"], &entry["source"]), (&"logs".into(), &2.into(), &"by hand".into()));

    let long: String = (0..2100).map(|i| format!("line {i}\n")).collect();
    let log = rollout.home.write("long.log", long);
    let ran = rollout.run(&["evidence", "attach", "api-logs", "--log", &log]).await.ended(0);
    ran.told("100 lines before these left out");
    assert!(rollout.kept(1).starts_with("[100 lines before these left out]\nline 100\n"));
    assert_eq!(rollout.audit()[1]["event"]["attached"]["file"]["cut"], true);
    rollout.piped(&["evidence", "attach", "api-logs", "--log", "-"], " \n\n").ended(2).told("no line in the log");
}

#[tokio::test]
async fn what_is_no_evidence_is_refused_and_leaves_nothing() {
    let rollout = Rollout::new();
    let folder = rollout.home.path("").display().to_string();
    for (arguments, told) in [
        (vec!["ci-rnu", "--link", "https://h"], "did you mean `ci-run`?"),
        (vec!["ci-run"], "--link <URL>|--file <PATH>|--log <FILE|->"),
        (vec!["ci-run", "--link", "https://h", "--log", "-"], "cannot be used with"),
        (vec!["ci-run", "--link", "https://ann:hunter2@h/"], "the link has credentials in it"),
        (vec!["ci-run", "--link", "javascript:alert(1)"], "a link is of http or https"),
        (vec!["ci-run", "--link", "https://h/\u{1b}[2J"], "control characters"),
        (vec!["ci-run", "--file", &folder], "is a folder"),
        (vec!["ci-run", "--file", "/dev/zero"], "is a pipe or a device"),
        (vec!["ci-run", "--log", "/dev/zero"], "is a pipe or a device"),
    ] {
        let ran = rollout.run(&[&["evidence", "attach"][..], &arguments].concat()).await.ended(2).told(told);
        assert!(ran.out.is_empty() && !ran.err.contains("hunter2") && !ran.err.contains('\u{1b}'), "{ran:?}");
    }
    let link = ["evidence", "attach", "ci-run", "--link", "https://h"];
    rollout.bare(&link).await.ended(2).told("name it with --candidate");
    for acts in [&link[..], &["evidence", "fetch"]] {
        rollout.run(&[acts, &["--read-only"]].concat()).await.ended(6).told("this is read-only");
    }
    assert_eq!(rollout.audit(), Vec::<Value>::new());
    rollout.run(&["evidence", "verify", "--read-only"]).await.ended(0).answered("no evidence was kept yet");
}

#[tokio::test]
async fn what_another_machine_kept_is_named_as_such() {
    let rollout = Rollout::new();
    let log = gonogo::audit::FileLog::at(&rollout.folder());
    let file = |path: &str| gonogo::judge::KeptFile { path: path.into(), bytes: 1, digest: "0".repeat(64), cut: false };
    for path in ["../../secret", "/etc/passwd", "evidence/x/gone"] {
        let attached = gonogo::judge::Attached::File { file: file(path), name: "x".into() };
        let (item, candidate) = ("ci-run".to_owned(), Some(SHA.to_owned()));
        let attachment = gonogo::judge::Attachment { item, candidate, attached, note: String::new() };
        let event = gonogo::audit::Event::Attached(Box::new(attachment));
        gonogo::audit::AuditLog::append(&log, chrono::Utc::now(), "ann", event).await.expect("written");
    }
    let found = rollout.bare(&["evidence", "verify", "--json"]).await.ended(3).json();
    assert_eq!((&found["broken"], &found["elsewhere"]), (&3.into(), &0.into()));
    assert_eq!(found["files"][0]["why"], "its path leads out of the rollout's folder");
    assert_eq!(found["files"][2]["why"], "it is missing");

    let entries = gonogo::audit::AuditLog::read(&log).await.expect("a log").entries;
    let elsewhere = gonogo::evidence::verify_all(&rollout.folder(), &entries[2..], "another-machine");
    assert_eq!(elsewhere[0].state, gonogo::evidence::State::Elsewhere);
}
