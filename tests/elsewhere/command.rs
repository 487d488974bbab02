//! `gonogo check list`.

use serde_json::json;

use super::{Two, binary::run};

#[tokio::test]
async fn each_environment_is_asked_where_its_profile_says() {
    let Some(two) = Two::start() else { return };
    let listed = run(two.home.command(&two.with(&["check", "list"]))).await.ended(0);
    // Of staging nothing is taken from production's server, nor the other way.
    assert_eq!(
        listed.out,
        "restart  A restart recovers.\n  production: not made\n  staging: not made\n  \
         telemetry: seen in production: restart 7\n  telemetry: seen in staging: restart 41\n\
         both  Both sides see it.\n  production: not made\n  staging: not made\n  \
         telemetry: seen in production: restart 7, share 5\n"
            .to_owned()
            + listed.out.lines().nth(9).expect("a line of staging")
            + "\nby-eye  It looks right.\n  production: not made\n  staging: not made\n"
    );
    let part = listed.out.lines().nth(9).expect("a line of staging");
    assert!(
        part.starts_with("  telemetry: seen in part in staging ") && part.ends_with(": restart 41, share 0"),
        "{part}"
    );

    let json = run(two.home.command(&two.with(&["check", "list", "--json"]))).await.ended(0).json();
    assert!(!format!("{json}{}{}", listed.out, listed.err).contains("horse"), "no password is shown");
    let seen = |environment: &str, text: &str| json!({"environment": environment, "seen": "seen", "text": text});
    let want = [seen("production", "seen in production: restart 7"), seen("staging", "seen in staging: restart 41")];
    assert_eq!(json[0]["seen"], json!(want));
    assert_eq!((&json[1]["seen"][0]["seen"], &json[1]["seen"][1]["seen"]), (&json!("seen"), &json!("part")));
    assert_eq!(json[2]["seen"], json!([]));
    // Seen is not made: no check is confirmed by it.
    assert_eq!(
        (&json[0]["results"][1]["environment"], &json[0]["results"][1]["outcome"]),
        (&json!("staging"), &json!(null))
    );
    let environment = ["check", "list", "--json", "--environment", "staging", "--profile", "s"];
    let there = run(two.home.command(&two.with(&environment))).await.ended(0).json();
    assert_eq!(there[0]["seen"][1]["text"], "seen in staging: restart 41", "{there}");
}

#[tokio::test]
async fn a_server_that_hangs_hides_its_own_environment_alone() {
    let Some(two) = Two::start() else { return };
    two.staging.hang(true);
    let listed = run(two.home.command(&two.with(&["check", "list", "--wait", "2s"]))).await.ended(0);
    let listed = listed.answered("telemetry: seen in production: restart 7\n");
    listed.answered("telemetry: telemetry of staging cannot be asked: it did not answer within 2s");
    two.production.hang(true);
    let json = run(two.home.command(&two.with(&["check", "list", "--wait", "1s", "--json"]))).await.ended(0).json();
    let words: Vec<_> = json[0]["seen"].as_array().expect("two").iter().map(|seen| seen["seen"].clone()).collect();
    assert_eq!(words, ["unknown", "unknown"], "{json}");
}
