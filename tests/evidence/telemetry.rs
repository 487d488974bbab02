//! What telemetry gives: raw answers, raw records, within limits, without tokens.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use chrono::{DateTime, Utc};
use gonogo::{
    http::{Auth, Endpoint, Http},
    runbook,
    telemetry::{Exhibit, Telemetry, events::Events, prometheus::Prometheus},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::{
    prometheus::{self, Known, Options},
    support,
};

const TOKEN: &str = "s3cret-T0ken-of-telemetry";

fn source(base: &str, timeout: Duration) -> Prometheus {
    let endpoint = Endpoint {
        name: "prometheus".to_owned(),
        base: base.to_owned(),
        auth: Auth::Bearer(TOKEN.to_owned().into()),
        headers: Vec::new(),
        ca_file: None,
        timeout,
        body_limit: 1 << 20,
    };
    Prometheus::new(Http::new(endpoint).unwrap(), runbook::built_in(), "production").unwrap()
}

async fn collect(source: &dyn Telemetry, since: i64, until: i64) -> Vec<Exhibit> {
    let instant = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
    source.diagnostics().expect("it keeps something").collect(instant(since), instant(until)).await
}

fn find<'a>(exhibits: &'a [Exhibit], begin: &str, end: &str) -> &'a Exhibit {
    let fits = |exhibit: &&Exhibit| exhibit.name.starts_with(begin) && exhibit.name.ends_with(end);
    exhibits.iter().find(fits).unwrap_or_else(|| panic!("no {begin}…{end}"))
}

/// The body of an answer, with nothing of gonogo's in between.
fn by_hand(base: &str, form: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(base.trim_start_matches("http://")).unwrap();
    let request = format!(
        "POST /api/v1/query HTTP/1.0\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let body = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a body") + 4;
    answer.split_off(body)
}

#[tokio::test]
async fn prometheus_answers_are_kept_byte_for_byte_beside_their_queries() {
    let now = Utc::now().timestamp();
    let samples = (0..40).map(|i| ((now - 1_200 + i * 15) * 1000, i as f64)).collect();
    let known = Known {
        metric: "vfs_secure_upload_total",
        labels: r#"environment="production",success="false",fail_stage="attach""#.to_owned(),
        samples,
    };
    let Some(server) = prometheus::start(&Options { history: &[known], ..Options::default() }) else {
        support::missing("Prometheus");
        return;
    };
    let exhibits = collect(&source(&server.base, Duration::from_secs(10)), now - 3_600, now).await;
    let question = find(&exhibits, "queries/01-", ".query.json");
    let question: Value = serde_json::from_slice(&question.bytes).unwrap();
    assert_eq!(question["status"], 200);
    assert_eq!(question["form"]["query"], r#"vfs_secure_upload_total{environment="production"}[3600s]"#);
    assert_eq!(question["left_out"], json!([]));
    let behind = question["behind"].to_string();
    assert!(
        behind.contains("gate ") && behind.contains("trigger ") && behind.contains("rate secure_upload"),
        "{behind}"
    );
    let answer = find(&exhibits, "queries/01-", ".answer");
    let time = question["form"]["time"].as_str().unwrap();
    let form = format!("query=vfs_secure_upload_total%7Benvironment%3D%22production%22%7D%5B3600s%5D&time={time}");
    let hand = by_hand(&server.base, &form);
    assert!(hand.len() > 500, "there is something to compare");
    assert_eq!(String::from_utf8_lossy(&answer.bytes), String::from_utf8_lossy(&hand));
    let built = find(&exhibits, "queries/buildinfo", ".answer");
    assert!(serde_json::from_slice::<Value>(&built.bytes).unwrap()["data"]["version"].is_string());
    // Each counter once, with its question.
    let answers = exhibits.iter().filter(|exhibit| exhibit.name.ends_with(".answer")).count();
    assert_eq!(exhibits.len(), answers * 2);
}

/// Answers each request with what `reply` makes of it.
async fn stand_in(reply: impl Fn(&str) -> (u16, Vec<u8>) + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let reply = reply.clone();
            tokio::spawn(async move {
                let mut request = vec![0; 16 << 10];
                let n = stream.read(&mut request).await.unwrap_or(0);
                let (status, body) = reply(&String::from_utf8_lossy(&request[..n]));
                let head =
                    format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
                let _ = stream.write_all(head.as_bytes()).await;
                let _ = stream.write_all(&body).await;
            });
        }
    });
    base
}

#[tokio::test]
async fn failures_are_kept_as_they_came_and_a_repeated_token_is_not() {
    let base = stand_in(|request| {
        assert!(request.contains(TOKEN), "the token is sent: {request}");
        (503, format!("<html>down; you sent {request}</html>").into_bytes())
    })
    .await;
    let exhibits = collect(&source(&base, Duration::from_secs(5)), 1_700_000_000, 1_700_003_600).await;
    let answer = find(&exhibits, "queries/01-", ".answer");
    assert!(answer.bytes.starts_with(b"<html>down; you sent "), "an error page is evidence, too");
    assert!(answer.note.contains("HTTP 503") && answer.note.contains("replaced by ***"), "{}", answer.note);
    for exhibit in &exhibits {
        let text = String::from_utf8_lossy(&exhibit.bytes);
        assert!(!text.contains(TOKEN) && !exhibit.note.contains(TOKEN), "{}", exhibit.name);
        assert!(!exhibit.note.contains('\n'));
    }
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_asked_for_again_over_less_and_says_so() {
    let base = stand_in(|request| match request.contains("3600s") {
        true => (200, b"{\"short\": true}".to_vec()),
        // Over 16 MiB, where a whole day is asked for.
        false if request.contains("86400s") => (200, vec![b' '; (16 << 20) + 1]),
        false => (200, b"{}".to_vec()),
    })
    .await;
    let exhibits = collect(&source(&base, Duration::from_secs(15)), 1_700_000_000, 1_700_086_400).await;
    let answer = find(&exhibits, "queries/01-", ".answer");
    assert_eq!(answer.bytes, b"{\"short\": true}");
    assert!(answer.note.contains("this is the last hour"), "{}", answer.note);
}

#[tokio::test]
async fn a_server_that_is_down_leaves_the_queries_and_why() {
    let base = format!("http://127.0.0.1:{}", support::free_port());
    let exhibits = collect(&source(&base, Duration::from_secs(5)), 1_700_000_000, 1_700_003_600).await;
    let question: Value = serde_json::from_slice(&find(&exhibits, "queries/01-", ".query.json").bytes).unwrap();
    assert!(question["failed"].as_str().unwrap().contains("refused the connection"), "{question}");
    assert!(question["form"]["query"].as_str().unwrap().starts_with("vfs_secure_upload_total{"));
}

#[tokio::test]
async fn failing_events_are_kept_as_they_came_and_others_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let now = Utc::now().timestamp();
    let record =
        |name: &str, at: i64, rest: &str| format!(r#"{{"eventName":"{name}", "timestamp":{},{rest}}}"#, at * 1000);
    let failed = record("vfs_secure_upload", now - 60, r#" "success" : false, "user":"u-1","detail":{"x":"é\u0000"}"#);
    let numbered = record("vfs_secure_upload", now - 50, r#""success":0"#);
    let good = record("vfs_secure_upload", now - 60, r#""success":true"#);
    let old = record("vfs_secure_upload", now - 90_000, r#""success":false"#);
    let later = record("vfs_secure_upload", now + 90_000, r#""success":false"#);
    let other = record("page_view", now - 60, r#""success":false"#);
    let lines = [&good, &failed, &other, "no json", &old, &later, &numbered];
    std::fs::write(folder.path().join("a.ndjson"), lines.join("\n")).unwrap();
    let events = Events::new(folder.path().to_owned(), runbook::built_in(), "production");
    let exhibits = collect(&events, now - 3_600, now).await;
    let kept = find(&exhibits, "failing-events", ".ndjson");
    assert_eq!(String::from_utf8(kept.bytes.clone()).unwrap(), format!("{failed}\n{numbered}\n"));
    let note: Value = serde_json::from_slice(&find(&exhibits, "failing-events.note", ".json").bytes).unwrap();
    assert_eq!(note["files"][0]["records"], 7);
    assert_eq!(note["files"][0]["not_json"], 1);
    assert_eq!((&note["kept"], &note["left_out"]), (&json!(2), &json!(0)));

    let nowhere = Events::new(folder.path().join("gone"), runbook::built_in(), "production");
    let exhibits = collect(&nowhere, now - 3_600, now).await;
    let note: Value = serde_json::from_slice(&find(&exhibits, "failing-events.note", ".json").bytes).unwrap();
    assert!(note["failed"].as_str().unwrap().contains("are not there"), "{note}");
}
