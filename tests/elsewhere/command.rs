//! `gonogo check list`.

use serde_json::json;

use super::{Two, binary::run};

/// The same without from when on was counted.
fn undated(text: &str) -> String {
    let mut parts = text.split(" since ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.get("2026-11-22 15:11 UTC".len()..).expect("an instant"))
}

#[tokio::test]
async fn each_environment_is_asked_where_its_profile_says() {
    let Some(two) = Two::start() else { return };
    let listed = run(two.home.command(&two.with(&["check", "list"]))).await.ended(0);
    // Of staging nothing is taken from production's server, nor the other way.
    assert_eq!(
        undated(&listed.out),
        "restart  A restart recovers.\n  production: not made\n  staging: not made\n  \
         telemetry: seen in production: Work done 7\n  telemetry: seen in staging: Work done 41\n\
         both  Both sides see it.\n  production: not made\n  staging: not made\n  \
         telemetry: seen in production: restart 7, share 5\n"
            .to_owned()
            + &undated(listed.out.lines().nth(9).expect("a line of staging"))
            + "\nby-eye  It looks right.\n  production: not made\n  staging: not made\n"
    );
    let part = listed.out.lines().nth(9).expect("a line of staging");
    assert!(
        // What has not been counted yet may have been there before telemetry begins.
        part.starts_with("  telemetry: cannot be seen in staging ")
            && part.contains(": restart 41, share 0; telemetry begins "),
        "{part}"
    );

    let json = run(two.home.command(&two.with(&["check", "list", "--json"]))).await.ended(0).json();
    assert!(!format!("{json}{}{}", listed.out, listed.err).contains("horse"), "no password is shown");
    let seen = |environment: &str, text: &str| json!({"environment": environment, "seen": "seen", "text": text});
    let want =
        [seen("production", "seen in production: Work done 7"), seen("staging", "seen in staging: Work done 41")];
    assert_eq!(undated(&json[0]["seen"].to_string()), json!(want).to_string());
    assert_eq!((&json[1]["seen"][0]["seen"], &json[1]["seen"][1]["seen"]), (&json!("seen"), &json!("unknown")));
    assert_eq!(json[2]["seen"], json!([]));
    // Seen is not made: no check is confirmed by it.
    assert_eq!(
        (&json[0]["results"][1]["environment"], &json[0]["results"][1]["outcome"]),
        (&json!("staging"), &json!(null))
    );
    let environment = ["check", "list", "--json", "--environment", "staging", "--profile", "s"];
    let there = run(two.home.command(&two.with(&environment))).await.ended(0).json();
    let text = there[0]["seen"][1]["text"].as_str().expect("text");
    assert_eq!(undated(text), "seen in staging: Work done 41", "{there}");
}

#[tokio::test]
async fn a_server_that_hangs_hides_its_own_environment_alone() {
    let Some(two) = Two::start() else { return };
    two.staging.hang(true);
    let listed = run(two.home.command(&two.with(&["check", "list", "--wait", "2s"]))).await.ended(0);
    assert!(undated(&listed.out).contains("telemetry: seen in production: Work done 7\n"), "{}", listed.out);
    listed.answered("telemetry: cannot be seen in staging: it did not answer within 2s");
    two.production.hang(true);
    let json = run(two.home.command(&two.with(&["check", "list", "--wait", "1s", "--json"]))).await.ended(0).json();
    let words: Vec<_> = json[0]["seen"].as_array().expect("two").iter().map(|seen| seen["seen"].clone()).collect();
    assert_eq!(words, ["unknown", "unknown"], "{json}");
}
