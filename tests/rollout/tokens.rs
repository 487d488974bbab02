//! Tokens from the environment: the right one lets gonogo see, any other is one sentence and a HOLD.

use std::sync::Arc;

use serde_json::Value;

use super::{
    faulty::{Faulty, Reply},
    fleet::Fleet,
    prometheus::{self, Options},
    scene::Scene,
    stages::Rollout,
    support,
    unleash_server::{ADMIN_TOKEN, CLIENT_TOKEN, Server},
};

/// What a source tells of its failure, on a HOLD.
#[track_caller]
fn error_of(status: &Value, kind: &str) -> String {
    assert_eq!(status["call"], "hold", "{status:#}");
    assert_eq!(status["actions"]["advance"]["allowed"], false);
    let source = status["sources"].as_array().expect("sources").iter().find(|source| source["kind"] == kind);
    source.expect("it")["error"].as_str().unwrap_or_else(|| panic!("no error: {status:#}")).to_owned()
}

#[track_caller]
fn nothing_passes(status: &Value) {
    assert!(status["gates"].as_array().expect("gates").iter().all(|gate| gate["verdict"] != "pass"), "{status:#}");
}

/// Unleash's admin API, by `GONOGO_FLAGS_TOKEN`.
pub async fn of_unleash(server: Arc<Server>) {
    let rollout = Rollout::in_stage(&server, "tokens", "internal-canary").await;
    let (scene, stored) = (&rollout.scene, rollout.stored().await);
    for (token, what, next) in [
        (None, "wants a token, and none was given (401", "give a valid token"),
        (Some(""), "wants a token, and none was given (401", "give a valid token"),
        (Some("*:*.wrong-token"), "does not accept the token (401", "this one may be wrong or expired"),
        (Some(CLIENT_TOKEN), "does not allow this token to do this (403", "give a token that may"),
    ] {
        let variables: Vec<(&str, &str)> = token.map(|token| ("GONOGO_FLAGS_TOKEN", token)).into_iter().collect();
        let ran = scene.gonogo_with(&["status", "--json"], &variables).await.ended(5);
        let error = error_of(&ran.json(), "flags");
        assert!(error.contains(&format!("unleash at {} {what}", server.base)) && error.contains(next), "{error}");
        assert_eq!(ran.json()["flag"]["exposure"], Value::Null);
        let arguments = ["advance", "--to", "limited-external", "--reason", "x", "--yes"];
        let refused = scene.gonogo_with(&arguments, &variables).await.ended(6).told(what);
        let arguments = ["rollback", "--reason", "x", "--yes", "--limit", "3s"];
        let failed = scene.gonogo_with(&arguments, &variables).await.ended(1).told("NOT CONFIRMED").told(what);
        for told in [&error, &refused.err, &failed.err] {
            assert!(!told.contains("wrong-token") && !told.contains("client-token"), "{told}");
        }
        assert_eq!(rollout.stored().await, stored);
    }
    assert_eq!(scene.gonogo_with(&["status", "--json"], &[("GONOGO_FLAGS_TOKEN", ADMIN_TOKEN)]).await.code, 0);
}

/// A real Prometheus behind basic authentication, the password by `GONOGO_TELEMETRY_TOKEN`.
#[tokio::test]
async fn basic_authentication_of_prometheus() {
    // bcrypt of "correct horse", at the lowest cost.
    let web = "basic_auth_users:\n  me: $2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e\n";
    let fleet = Fleet::new(false).await;
    let options = Options {
        history: &fleet.history(),
        every: None,
        target: Some(fleet.target()),
        web_config: Some(web),
        authorization: Some("Basic bWU6Y29ycmVjdCBob3JzZQ=="),
    };
    let Some(server) = prometheus::start(&options) else { return support::missing("Prometheus") };
    let mut scene = Scene::new("vfsSecureUpload", &server.base, "");
    let flag = r#"{"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"}"#;
    scene.flags =
        format!("flagd:{}", scene.home.write("flags.json", format!(r#"{{"flags": {{"vfsSecureUpload": {flag}}}}}"#)));
    let profile = format!("profile = \"p\"\n[profiles.p.telemetry]\naddress = {:?}\nuser = \"me\"\n", scene.telemetry);
    let config = scene.home.write("config.toml", profile);
    let status = ["status", "--json", "--config", config.as_str()];
    for (token, what) in
        [(None, "wants a token, and none was given"), (Some("wrong horse"), "does not accept the token")]
    {
        let variables: Vec<(&str, &str)> = token.map(|token| ("GONOGO_TELEMETRY_TOKEN", token)).into_iter().collect();
        let ran = scene.gonogo_with(&status, &variables).await.ended(5);
        let error = error_of(&ran.json(), "telemetry");
        assert!(error.contains(&format!("prometheus at {} {what}", server.base)), "{error}");
        assert!(error.contains("; give a valid token") && !ran.out.contains("horse") && !ran.err.contains("horse"));
        nothing_passes(&ran.json());
    }
    let ran = scene.gonogo_with(&status, &[("GONOGO_TELEMETRY_TOKEN", "correct horse")]).await.ended(4);
    let secure = |signal: &&Value| signal["key"] == "secure_upload";
    assert!(ran.json()["signals"].as_array().expect("signals").iter().any(|signal| secure(&signal)), "{}", ran.out);
}

/// Without a user in the profile the token is a bearer token.
#[tokio::test]
async fn bearer_token_of_whatever_stands_before_prometheus() {
    let gate = Faulty::scripted(|request| {
        if !request.to_lowercase().contains("authorization: bearer s3cret-token\r\n") {
            return Reply::status(401, "text/plain", "who are you?\n");
        }
        let now = chrono::Utc::now().timestamp();
        let scalar = format!(r#"{{"status":"success","data":{{"resultType":"scalar","result":[{now},"{now}"]}}}}"#);
        let nothing = r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#;
        Reply::json(if request.contains("query=time%28%29") { scalar } else { nothing.to_owned() })
    })
    .await;
    let scene = Scene::new("vfsSecureUpload", &gate.base(), "flagd:/nowhere/flags.json");
    for (token, what) in [("wrong-token", Some("does not accept the token (401")), ("s3cret-token", None)] {
        let ran = scene.gonogo_with(&["status", "--json"], &[("GONOGO_TELEMETRY_TOKEN", token)]).await.ended(5);
        nothing_passes(&ran.json());
        match what {
            Some(what) => assert!(error_of(&ran.json(), "telemetry").contains(what), "{}", ran.out),
            None => assert_eq!(ran.json()["sources"][0]["state"], "ok", "{}", ran.out),
        }
        assert!(!ran.out.contains(token) && !ran.err.contains(token), "{} {}", ran.out, ran.err);
    }
}
