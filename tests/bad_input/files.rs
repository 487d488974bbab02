//! Whatever files hold: events, flags, the audit log, the runbook, tokens.

use std::fs;

use serde_json::Value;

use super::{
    binary::{self, Home, run},
    faulty::{Faulty, Reply},
    healthy::{Healthy, Side, flag_file, holds, nothing_passes, sentence, source, source_of},
    past,
};

/// Makes something bad of a path.
type Spoil = fn(&Home) -> String;

/// A file of 200 MB that takes no room.
fn vast(home: &Home) -> String {
    let path = home.write("vast", "{");
    fs::File::options().write(true).open(&path).and_then(|file| file.set_len(200 << 20)).expect("a vast file");
    path
}

#[tokio::test]
async fn whatever_a_file_holds_it_is_one_sentence_and_a_hold() {
    const PAGE: &str = "<!doctype html>\n<html>\n<body>Sign in</body>\n</html>\n";
    let rows: [(&str, Side, Spoil, &str, &str); 10] = [
        (
            "no events",
            Side::Telemetry,
            |home| home.path("gone").display().to_string(),
            "are not there",
            "check the path",
        ),
        (
            "HTML for events",
            Side::Telemetry,
            |home| home.write("page", PAGE),
            "4 of 4 lines cannot be read",
            "check that each",
        ),
        ("vast events", Side::Telemetry, vast, "1 of 1 lines cannot be read", "check that each"),
        ("no flags", Side::Flags, |home| home.path("gone").display().to_string(), "gone", "; "),
        ("HTML for flags", Side::Flags, |home| home.write("page", PAGE), "is not a flagd file", "correct the file"),
        (
            "flags cut off",
            Side::Flags,
            |home| home.write("cut", "{\"flags\": {\"vfs"),
            "is not a flagd file",
            "correct",
        ),
        ("empty flags", Side::Flags, |home| home.write("empty", ""), "is not a flagd file", "correct the file"),
        ("another flag", Side::Flags, |home| home.write("other", "{\"flags\": {}}"), "vfsSecureUpload", "; "),
        ("vast flags", Side::Flags, vast, "is larger than", "name the flagd JSON file"),
        ("a folder for flags", Side::Flags, |home| unwritten(home), "folder", "name the flagd JSON file"),
    ];
    let check = async |(name, side, spoil, what, next): (&str, Side, Spoil, &str, &str)| {
        let healthy = Healthy::new().await;
        let path = spoil(&healthy.home);
        let (scheme, other) = match side {
            Side::Telemetry => ("events", Side::Flags),
            Side::Flags => ("flagd", Side::Telemetry),
        };
        let sources = source(side, &format!("{scheme}:{path}"), "") + &healthy.source(other);
        let status = holds(name, &healthy.run(&sources, None, &["status", "--json"]).await);
        let told = source_of(&status, side);
        sentence(name, told["error"].as_str().expect(name), &[&path, what, next]);
        match side {
            Side::Telemetry => nothing_passes(name, &status),
            Side::Flags => assert_eq!(status["flag"]["exposure"], Value::Null, "{name}"),
        }
        let arguments = ["advance", "--to", "default-on", "--reason", "x", "--yes"];
        healthy.run(&sources, None, &arguments).await.ended(6);
    };
    for row in rows {
        eprintln!("{}", row.0);
        check(row).await;
    }
}

fn unwritten(home: &Home) -> String {
    fs::create_dir_all(home.path("folder")).expect("a folder");
    home.path("folder").display().to_string()
}

#[tokio::test]
async fn an_audit_log_that_cannot_be_read_or_written_holds_and_does_not_hinder_a_rollback() {
    let healthy = Healthy::new().await;
    let data = binary::unwritable(&healthy.home);
    let sources = healthy.source(Side::Telemetry) + &healthy.source(Side::Flags);
    let status = holds("status", &healthy.run(&sources, None, &["status", "--json", "--data-dir", &data]).await);
    let blockers = status["actions"]["advance"]["blockers"].as_array().expect("blockers");
    let parts = ["what happened before is not known", &data, "could not be read", "make its folder writable"];
    sentence("status", blockers[0].as_str().expect("a reason"), &parts);
    let arguments = ["advance", "--to", "default-on", "--reason", "x", "--yes", "--data-dir", &data];
    healthy.run(&sources, None, &arguments).await.ended(6).told("advancing waits for the audit log").told(&data);
    let arguments = ["rollback", "--reason", "x", "--yes", "--data-dir", &data];
    let ran = healthy.run(&sources, None, &arguments).await.ended(0).answered("the store, read again, says off");
    assert!(ran.err.contains("not in the audit log"), "{}", ran.err);
}

#[tokio::test]
async fn a_runbook_that_is_missing_or_broken_is_told_with_its_place() {
    let home = Home::new();
    let flags = format!("flagd:{}", home.write("flags.json", flag_file()));
    let text = fs::read_to_string(past::RUNBOOK).expect("the runbook");
    let (cut, _) = text.split_at(text.len() / 2);
    for (name, runbook, parts) in [
        ("missing", home.path("gone.toml").display().to_string(), ["gone.toml", "check the path"]),
        ("a folder", unwritten(&home), ["folder", "; "]),
        ("HTML", home.write("page.toml", "<html>\n"), ["page.toml:1:1", "expected"]),
        ("cut off", home.write("cut.toml", cut), ["cut.toml:", "expected"]),
        ("bytes", home.write("bytes.toml", [0xff, 0xfe, 0x00]), ["bytes.toml", "; "]),
    ] {
        let ran = run(home.command(&["status", "--json", "--flags", &flags, "--runbook", &runbook])).await;
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{name}: {}", ran.err);
        for part in parts {
            assert!(ran.err.contains(part), "{name}: {part:?} is not in {}", ran.err);
        }
    }
}

#[tokio::test]
async fn a_token_that_cannot_be_had_is_that_sources_fault_alone() {
    for side in [Side::Telemetry, Side::Flags] {
        for (token, part) in [
            ("{ file = \"/nowhere/token\" }", "the token file /nowhere/token cannot be read"),
            ("{ env = \"NOT_SET\" }", "the variable NOT_SET is not set"),
            ("{ command = [\"false\"] }", "the token's command false failed"),
        ] {
            let healthy = Healthy::new().await;
            let server = Faulty::always(Reply::json("{}")).await;
            let address = format!("{}+{}", side.program(), server.base());
            let other = side.other();
            let sources = source(side, &address, &format!("token = {token}")) + &healthy.source(other);
            let status = holds(part, &healthy.run(&sources, None, &["status", "--json"]).await);
            let told = source_of(&status, side);
            assert_eq!(told["state"], "failed", "{part}");
            sentence(part, told["error"].as_str().expect("an error"), &[part, "give the token, or correct where"]);
            assert_eq!(server.requests().len(), 0, "nothing is asked without the token");
            if side == Side::Telemetry {
                nothing_passes(part, &status);
            }
        }
    }
}
