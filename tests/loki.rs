//! Loki against a stand-in that answers as its HTTP API says, and as servers do on bad days.

#[path = "support/faulty.rs"]
mod faulty;

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use faulty::{Faulty, Reply};
use gonogo::{
    evidence::redact,
    fault::{Fault, FaultKind},
    http::{Auth, Endpoint, Http},
    logs::{LogLines, Logs, loki::Loki},
};
use serde_json::{Value, json};

const SECRET: &str = "hunter2-very-secret";

fn endpoint(base: String) -> Endpoint {
    Endpoint {
        name: "loki".to_owned(),
        base,
        auth: Auth::Basic { user: "4711".to_owned(), password: SECRET.into() },
        headers: vec![("X-Scope-OrgID".to_owned(), "uploads".into())],
        ca_file: None,
        timeout: Duration::from_secs(5),
        body_limit: 1 << 20,
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_770_000_000, 5).expect("an instant")
}

async fn read(endpoint: Endpoint, most: usize) -> Result<LogLines, Fault> {
    let loki = Loki::new(Http::new(endpoint)?);
    loki.read(r#"{app="api"} |= "a b&c""#, (now() - TimeDelta::hours(1), now()), most).await
}

async fn answered(reply: Reply) -> Result<LogLines, Fault> {
    let server = Faulty::always(reply).await;
    read(endpoint(server.base()), 100).await
}

fn streams(result: Value) -> Reply {
    let data = json!({"resultType": "streams", "result": result, "stats": {"summary": {"execTime": 0.1}}});
    Reply::json(json!({"status": "success", "data": data}).to_string())
}

/// The fault, checked for what holds for all of them.
#[track_caller]
fn fault(answer: Result<LogLines, Fault>, kind: FaultKind, says: &str) {
    let fault = answer.expect_err("a fault");
    let text = fault.to_string();
    assert_eq!(fault.kind, kind, "{text}");
    assert!(text.contains(says), "{text:?} does not say {says:?}");
    assert!(text.starts_with("loki at http://127.0.0.1:"), "{text}");
    assert!(!text.contains("hunter2") && !text.contains("uploads") && !text.chars().any(char::is_control), "{text}");
    assert!(text.len() < 500, "{text}");
}

#[tokio::test]
async fn it_is_asked_for_the_newest_lines_of_the_span() {
    let server = Faulty::always(streams(json!([]))).await;
    assert_eq!(read(endpoint(server.base()), 7).await, Ok(LogLines::default()), "no lines are no fault");
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let (first, head) = requests[0].split_once("\r\n").expect("a request");
    let target = first.strip_prefix("GET ").and_then(|rest| rest.strip_suffix(" HTTP/1.1")).expect("a GET");
    let url = reqwest::Url::parse(&format!("http://h{target}")).expect("an address");
    assert_eq!(url.path(), "/loki/api/v1/query_range");
    let asked: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let want = [
        ("query", r#"{app="api"} |= "a b&c""#),
        ("start", "1769996400000000005"),
        ("end", "1770000000000000005"),
        ("limit", "7"),
        ("direction", "backward"),
    ];
    assert_eq!(asked, want.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let head = head.to_lowercase();
    assert!(head.contains("x-scope-orgid: uploads\r\n") && head.contains("authorization: basic ndcxmtpo"), "{head}");
}

#[tokio::test]
async fn streams_are_merged_by_time_and_a_line_counts_once() {
    let lines = answered(streams(json!([
        {"stream": {"app": "api", "pod": "a"}, "values": [["30", "third"], ["10", "first", {"trace_id": "7"}]]},
        {"stream": {"app": "api", "pod": "b"}, "values": [["40", "fourth"], ["20", "second"], ["20", "second"]]},
    ])))
    .await
    .expect("lines");
    let found: Vec<(i64, &str, &str)> =
        lines.lines.iter().map(|line| (line.at, line.labels["pod"].as_str(), line.text.as_str())).collect();
    assert_eq!(found, [(10, "a", "first"), (20, "b", "second"), (30, "a", "third"), (40, "b", "fourth")]);
    assert!(!lines.more);

    // The limit was reached; and a server that gives more than it was asked for is not believed.
    let reply = streams(json!([{"stream": {}, "values": [["3", "c"], ["2", "b"], ["1", "a"]]}]));
    let server = Faulty::always(reply).await;
    let lines = read(endpoint(server.base()), 2).await.expect("lines");
    assert_eq!(lines.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["b", "c"]);
    assert!(lines.more);
}

/// The lines of a private key, as they were written, within the lines around it.
const KEY: [&str; 6] =
    ["read:", "-----BEGIN PRIVATE KEY-----", "MIIEvQ", "AAzz+/", "-----END PRIVATE KEY-----", "AAA done"];

#[tokio::test]
async fn lines_of_one_instant_stay_in_the_order_in_which_they_were_written() {
    let at = |instant: &str, line: &str| json!([instant, line]);
    let newest_first: Vec<Value> = KEY.iter().rev().map(|line| at("20", line)).collect();
    // Oldest first is not what was asked for; its instants tell.
    let oldest_first: Vec<Value> =
        std::iter::once(at("10", "before")).chain(KEY.iter().map(|line| at("20", line))).collect();
    let again = [newest_first.clone(), newest_first.clone()].concat();
    for (values, before) in [(newest_first, 0), (oldest_first, 1), (again, 0)] {
        let other = json!({"stream": {"pod": "a"}, "values": [["20", "MIIEvQ"], ["20", "-----END PRIVATE KEY-----"]]});
        let streams = streams(json!([other, {"stream": {"pod": "b"}, "values": values}]));
        let lines = answered(streams).await.expect("lines").lines;
        let texts: Vec<&str> =
            lines.iter().filter(|line| line.labels["pod"] == "b").map(|line| line.text.as_str()).collect();
        assert_eq!(texts[before..], KEY);
        let own = lines.iter().filter(|line| line.labels["pod"] == "b");
        let written: Vec<String> = own.map(|line| line.written()).collect();
        let text = redact(&written.join("\n"), &[]);
        assert!(text.contains("read:") && text.contains("[redacted]") && text.contains("AAA done"), "{text}");
        assert!(!text.contains("MIIEvQ") && !text.contains("AAzz+/"), "{text}");
    }
}

#[tokio::test]
async fn each_status_has_its_sentence() {
    let parse = "parse error at line 1, col 2: syntax error: unexpected IDENTIFIER\n";
    for (status, body, kind, says) in [
        (400, parse, FaultKind::Server, "(400: parse error at line 1, col 2: syntax error: unexpected IDENTIFIER)"),
        (400, parse, FaultKind::Server, "correct the item's query in the runbook"),
        (
            400,
            "max entries limit per query exceeded, limit > max_entries_limit (2000 > 1000)",
            FaultKind::Server,
            "max entries limit",
        ),
        (401, r#"{"status":"error","error":"authentication error: invalid token"}"#, FaultKind::Unauthorized, "401"),
        (403, "no permission", FaultKind::Forbidden, "(403: no permission); give a token that may"),
        (404, "404 page not found\n", FaultKind::NotFound, "give Loki's own address, without /loki/api"),
        (500, "context deadline exceeded\n", FaultKind::Server, "failed (500: context deadline exceeded)"),
        (503, "<html>down</html>", FaultKind::Server, "failed (503: an HTML page)"),
    ] {
        fault(answered(Reply::status(status, "text/plain", body)).await, kind, says);
    }
    let too_many = Reply::status(429, "text/plain", "too many outstanding requests");
    fault(answered(too_many).await, FaultKind::Server, "(429: too many outstanding requests); wait a little");
}

fn later(status: u16, after: &str) -> Reply {
    let headers = format!("date: Wed, 21 Oct 2015 07:28:00 GMT\r\nretry-after: {after}\r\n");
    Reply::Whole(status, "text/plain", headers, b"too many outstanding requests".to_vec())
}

#[tokio::test]
async fn a_server_is_asked_again_when_it_says_if_that_is_soon() {
    let found = streams(json!([{"stream": {}, "values": [["1", "a"]]}]));
    for (status, soon) in [(429, "0"), (503, "0"), (429, "Wed, 21 Oct 2015 07:28:00 GMT")] {
        let (answers, found) = (AtomicUsize::new(0), found.clone());
        let server = Faulty::scripted(move |_| match answers.fetch_add(1, Ordering::Relaxed) {
            0 => later(status, soon),
            _ => found.clone(),
        });
        let server = server.await;
        let lines = read(endpoint(server.base()), 9).await.expect("lines");
        assert_eq!((lines.lines.len(), server.requests().len()), (1, 2), "{status} {soon}");
    }
    // Twice, and no more.
    let server = Faulty::always(later(429, "0")).await;
    let answer = read(endpoint(server.base()), 9).await;
    fault(answer, FaultKind::Server, "(429: too many outstanding requests); wait a little");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_server_that_wants_to_be_left_alone_is_and_says_for_how_long() {
    for (status, after, says) in [
        (429, "3600", "(429: too many outstanding requests); wait 1h, then ask again"),
        (503, "90", "failed (503: too many outstanding requests); wait 1m 30s, then ask again"),
        (429, "Wed, 21 Oct 2015 07:30:00 GMT", "; wait 2m, then ask again"),
        (429, "99999999999999999999999999", "; wait 7days, then ask again"),
        (429, "soon", "; wait a little, then fetch again"),
        (429, "-1", "; wait a little, then fetch again"),
        (500, "0", "look at the server's log"),
    ] {
        let server = Faulty::always(later(status, after)).await;
        fault(read(endpoint(server.base()), 9).await, FaultKind::Server, says);
        assert_eq!(server.requests().len(), 1, "{status} {after}");
    }
}

#[tokio::test]
async fn what_is_no_answer_is_told_from_one_without_lines() {
    for (reply, says) in [
        (Reply::status(200, "text/html", "<!doctype html><title>Sign in</title>"), "an HTML page instead of JSON"),
        (Reply::json(""), "an empty body instead of JSON"),
        (Reply::json(r#"{"status":"success","data":{"resultTy"#), "cut off"),
        (Reply::json(r#"{"status":"success"}"#), "without data"),
        (Reply::json("[1]"), "loki at"),
        (streams(json!([{"stream": {}, "values": [["soon", "x"]]}])), "a time is no number of nanoseconds"),
        (streams(json!([{"stream": {}, "values": [["99999999999999999999", "x"]]}])), "a time is no number"),
        (streams(json!([{"stream": {}, "values": [["1"]]}])), "a value has no line"),
        (streams(json!([{"stream": {}, "values": [[]]}])), "a value is empty"),
        (streams(json!([{"stream": {}, "values": [[1, "hunter2"]]}])), "what are no log lines"),
        (streams(json!([{"stream": {"a": {"b": 1}}, "values": []}])), "what are no log lines"),
        (streams(json!({"hunter2": 1})), "what are no log lines"),
        (
            Reply::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"status\"".to_vec()),
            "broke its answer off after 9 bytes",
        ),
    ] {
        fault(answered(reply).await, FaultKind::Malformed, says);
    }
    let null = answered(streams(Value::Null)).await;
    assert_eq!(null, Ok(LogLines::default()));
    let error = json!({"status": "error", "error": "ingester\u{1b}[2J gone"}).to_string();
    fault(answered(Reply::json(error)).await, FaultKind::Server, "answered with an error: ingester[2J gone");
}

#[tokio::test]
async fn a_query_for_numbers_is_refused() {
    for kind in ["matrix", "vector", "scalar"] {
        let data = json!({"resultType": kind, "result": [{"metric": {}, "values": [[1_770_000_000, "12"]]}]});
        let reply = Reply::json(json!({"status": "success", "data": data}).to_string());
        fault(answered(reply).await, FaultKind::Configuration, &format!("numbers ({kind}) instead of log lines"));
    }
}

#[tokio::test]
async fn an_answer_without_end_and_one_without_hurry_are_given_up() {
    for announced in [None, Some(1 << 40)] {
        fault(answered(Reply::Endless { announced }).await, FaultKind::TooLarge, "narrow the item's query");
    }
    for begun in [b"".to_vec(), b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_vec()] {
        let server = Faulty::always(Reply::Hang(begun)).await;
        let endpoint = Endpoint { timeout: Duration::from_millis(200), ..endpoint(server.base()) };
        fault(read(endpoint, 9).await, FaultKind::Timeout, "200ms");
    }
}

#[tokio::test]
async fn a_redirect_and_a_closed_port() {
    let location = "location: https://me:hunter2@sso.example/login\r\n".to_owned();
    fault(answered(Reply::Whole(302, "text/html", location, Vec::new())).await, FaultKind::Malformed, "redirects");
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("its address");
    fault(read(endpoint(format!("http://{closed}")), 9).await, FaultKind::Unreachable, "refused the connection");
}
