//! Log lines from Loki.

use serde_json::json;

use super::{
    faulty::{Faulty, Reply},
    *,
};

fn lines(values: Value) -> Reply {
    let data = json!({"resultType": "streams", "result": [{"stream": {"app": "api"}, "values": values}]});
    Reply::json(json!({"status": "success", "data": data}).to_string())
}

async fn fetch(rollout: &Rollout, server: &Faulty, more: &[&str]) -> Ran {
    let address = format!("loki+{}", server.base());
    rollout.run(&[&["evidence", "fetch", "--logs", &address][..], more].concat()).await
}

#[tokio::test]
async fn lines_are_fetched_attached_and_named_with_their_query() {
    let rollout = Rollout::new();
    let at = "1770000000000000005";
    let server = Faulty::always(lines(json!([[at, "stored token=abc\u{1b}[31m"]]))).await;
    fetch(&rollout, &server, &[]).await.ended(0).answered("recorded as entry 1: api-logs: 1 log line\n");
    let request = server.requests().remove(0);
    let target = request.split(' ').nth(1).expect("a target").to_owned();
    let url = reqwest::Url::parse(&format!("http://h{target}")).expect("an address");
    let query = url.query_pairs().find(|(name, _)| name == "query").expect("a query").1.into_owned();
    assert_eq!(query, format!(r#"{{env="staging"}} |= "{SHA}""#));
    assert_eq!(rollout.kept(0), "2026-02-02T02:40:00.000000005Z {app=\"api\"} stored token=[redacted]\n");
    let attached = &rollout.audit()[0]["event"]["attached"];
    assert_eq!(attached["source"], format!("loki at {}: {query}", server.base()));
    let listed = rollout.run(&["evidence", "list"]).await.ended(4).answered("1 log line from loki at http://127.0.0.1");
    listed.answered("1 of 2 items open");
    rollout.bare(&["evidence", "verify"]).await.ended(0).answered("1 file on record: 1 whole");
}

#[tokio::test]
async fn nothing_found_is_no_evidence_and_a_fault_is_told() {
    let rollout = Rollout::new();
    let server = Faulty::always(lines(json!([]))).await;
    fetch(&rollout, &server, &[]).await.ended(4).answered("api-logs: the query found no line; nothing was attached");
    let told = fetch(&rollout, &server, &["api-logs", "--json"]).await.ended(4).json();
    assert_eq!(told, json!([{"item": "api-logs", "outcome": "nothing-found", "lines": 0}]));
    let server = Faulty::always(Reply::status(400, "text/plain", "parse error at line 1, col 2\n")).await;
    fetch(&rollout, &server, &[]).await.ended(1).told("parse error at line 1, col 2");
    let server = Faulty::always(lines(json!([]))).await;
    fetch(&rollout, &server, &["ci-run"]).await.ended(2).told("ci-run does not come from logs");
    rollout.run(&["evidence", "fetch"]).await.ended(2).told("no address of logs is named");
    let wrong = ["evidence", "fetch", "--logs", "loki+http://ann:hunter2@h"];
    let ran = rollout.run(&wrong).await.ended(2).told("has credentials in its URL");
    assert!(!ran.err.contains("hunter2"));
    assert_eq!(rollout.audit(), Vec::<Value>::new());
}

#[tokio::test]
async fn a_profile_says_who_asks() {
    let rollout = Rollout::new();
    let server = Faulty::always(lines(json!([["1", "x"]]))).await;
    rollout.home.write("token", "s3cret-of-logs\n");
    let token = rollout.home.path("token").display().to_string();
    let config = format!(
        "profile = \"p\"\n[profiles.p.logs]\naddress = \"loki+{}\"\nuser = \"4711\"\ntoken = {{ file = {token:?} }}\n\
         headers = {{ X-Scope-OrgID = \"uploads\" }}\n",
        server.base()
    );
    let config = rollout.home.write("config.toml", config);
    rollout.run(&["evidence", "fetch", "--config", &config]).await.ended(0);
    let request = server.requests().remove(0).to_lowercase();
    assert!(
        request.contains("authorization: basic ndcxmtpz") && request.contains("x-scope-orgid: uploads"),
        "{request}"
    );
    let shown = rollout.bare(&["config", "--config", &config]).await.ended(0).answered("logs token");
    assert!(!shown.out.contains("s3cret-of-logs"));
    // An address from elsewhere does not get the profile's token.
    let other = Faulty::always(lines(json!([["1", "x"]]))).await;
    fetch(&rollout, &other, &["--config", &config]).await.ended(0);
    assert!(!other.requests()[0].to_lowercase().contains("authorization"));
}
