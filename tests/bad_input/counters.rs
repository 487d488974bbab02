//! Answers that are whole, and hold nothing to rely on.

use chrono::Utc;
use serde_json::{Value, json};

use super::{
    faulty::{Faulty, Reply},
    healthy::{Healthy, Side, holds, nothing_passes, sentence, source, source_of},
};

/// A Prometheus that knows the time, and answers any other question with this result.
async fn prometheus(result: Value) -> Faulty {
    Faulty::scripted(move |request| {
        let now = Utc::now().timestamp();
        let data = if request.contains("query=time%28%29") {
            json!({"resultType": "scalar", "result": [now, now.to_string()]})
        } else if request.contains("%5B") && !request.contains("last_over_time") {
            json!({"resultType": "matrix", "result": result})
        } else {
            json!({"resultType": "vector", "result": []})
        };
        Reply::json(json!({"status": "success", "data": data}).to_string())
    })
    .await
}

#[tokio::test]
async fn a_counter_that_is_absent_or_no_number_lets_no_gate_pass() {
    let now = Utc::now().timestamp();
    let nan = json!([{"metric": {"__name__": "x", "success": "true"}, "values": [[now - 60, "NaN"], [now, "NaN"]]}]);
    for (name, result, state, error, reason) in [
        ("absent", json!([]), "ok", None, "no data for `secure_upload`: the source has never heard of it; check"),
        ("NaN", nan, "partial", Some("holds NaN; look at the server and at what exports"), "holds NaN"),
    ] {
        let healthy = Healthy::new().await;
        let server = prometheus(result).await;
        let address = format!("prometheus+{}", server.base());
        let sources = source(Side::Telemetry, &address, "") + &healthy.source(Side::Flags);
        let status = holds(name, &healthy.run(&sources, None, &["status", "--json"]).await);
        nothing_passes(name, &status);
        let telemetry = source_of(&status, Side::Telemetry);
        assert_eq!(telemetry["state"], state, "{name}: {telemetry}");
        match error {
            Some(part) => sentence(name, telemetry["error"].as_str().expect(name), &[&server.base(), part]),
            None => assert_eq!(telemetry["error"], Value::Null, "{name}"),
        }
        let gate = status["gates"].as_array().expect("gates").iter().find(|gate| gate["key"] == "success-rate");
        sentence(name, gate.expect("it")["reason"].as_str().expect("a reason"), &["cannot be seen", reason]);
        let arguments = ["advance", "--to", "default-on", "--reason", "x", "--yes"];
        healthy.run(&sources, None, &arguments).await.ended(6);
    }
}
