//! Whatever a server does.

use std::{
    fs,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use serde_json::Value;
use tokio::{sync::Semaphore, task::JoinSet};

use super::{
    binary::Home,
    faulty::{Faulty, Reply, certificate},
    healthy::{Healthy, Side, holds, nothing_passes, sentence, source, source_of},
    support,
};

pub const TOKEN: &str = "hunter2-hunter2";

/// What is at the address.
#[derive(Debug, Clone)]
pub enum Server {
    Answers(Reply),
    Nobody,
    ExpiredCertificate,
}

/// A server's fault, and what must be told of it: what, and what to do.
#[derive(Debug, Clone)]
pub struct Row {
    pub name: &'static str,
    pub server: Server,
    pub token: Option<&'static str>,
    what: &'static str,
    next: &'static str,
}

fn row(name: &'static str, reply: Reply, what: &'static str, next: &'static str) -> Row {
    Row { name, server: Server::Answers(reply), token: Some(TOKEN), what, next }
}

pub fn rows() -> Vec<Row> {
    let plain = |status| Reply::status(status, "text/plain", "no\n");
    let head = |rest: &str| format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{rest}").into_bytes();
    let page = "<!doctype html><html><body>Sign in</body></html>";
    let large = 200 << 20;
    let address = "check that the address is the API's own";
    vec![
        Row {
            token: None,
            ..row("missing token", plain(401), "wants a token, and none was given", "give a valid token")
        },
        row("wrong token", plain(401), "does not accept the token", "give a valid token"),
        row("403", plain(403), "does not allow this token to do this (403", "give a token that may"),
        row("404", plain(404), "does not know what was asked for (404", "check the address, its path and the names"),
        row("500", plain(500), "failed (500", "look at the server's log"),
        row("502", Reply::status(502, "text/html", page), "failed (502: an HTML page)", "look at the server's log"),
        row("503", plain(503), "failed (503", "look at the server's log"),
        row("HTML", Reply::status(200, "text/html", page), "with an HTML page instead of JSON", address),
        row("an empty body", Reply::json(""), "with an empty body instead of JSON", address),
        row("JSON cut off", Reply::json("{\"status\":\"succ"), "with JSON that is cut off after", address),
        row("other JSON", Reply::json("[1, 2]"), "with JSON of another shape than expected", address),
        row(
            "a body cut off",
            Reply::Raw(head("content-length: 900\r\n\r\n{\"st")),
            "broke its answer off",
            "try again",
        ),
        row("200 MB announced", Reply::Endless { announced: Some(large) }, "answered with more than 64 MB", "narrow"),
        row("200 MB and more", Reply::Endless { announced: None }, "answered with more than 64 MB", "narrow"),
        row("hanging", Reply::Hang(Vec::new()), "did not answer within", "check that it is up"),
        row("hanging midway", Reply::Hang(head("content-length: 9\r\n\r\n{")), "stopped in the middle", "check that"),
        row("closed at once", Reply::Raw(Vec::new()), "closed the connection without an HTTP answer", address),
        row("no HTTP", Reply::Raw(b"SSH-2.0-x\r\n".to_vec()), "without an HTTP answer", address),
        Row { server: Server::Nobody, ..row("refused", plain(500), "refused the connection", "check that it runs") },
        Row {
            server: Server::ExpiredCertificate,
            ..row("expired certificate", plain(500), "has an expired certificate", "renew the server's certificate")
        },
    ]
}

/// A server at an address, for as long as this is kept.
pub async fn serve(server: &Server, home: &Home) -> (String, String, Option<Faulty>) {
    match server {
        Server::Answers(reply) => {
            let faulty = Faulty::always(reply.clone()).await;
            (faulty.base(), String::new(), Some(faulty))
        }
        Server::Nobody => (format!("http://127.0.0.1:{}", support::free_port()), String::new(), None),
        Server::ExpiredCertificate => {
            let (config, authority) = certificate(&["localhost"], true);
            let faulty = Faulty::tls(config, Reply::json("{}")).await;
            let ca = home.write("ca.pem", authority);
            let base = format!("https://localhost:{}", faulty.address.port());
            (base, format!("ca_file = {ca:?}"), Some(faulty))
        }
    }
}

async fn check(mut row: Row, side: Side) {
    if (row.name, side) == ("404", Side::Flags) {
        // Unleash answers so for an unknown flag, and for any while its database is down.
        row.what = "does not find \"vfsSecureUpload\", or its database is down";
        row.next = "check project, flag and environment";
    }
    let name = format!("{} of {}", row.name, side.name());
    let healthy = Healthy::new().await;
    let (base, extra, server) = serve(&row.server, &healthy.home).await;
    let hangs = matches!(row.server, Server::Answers(Reply::Hang(_)));
    let timeout = if hangs { "700ms" } else { "20s" };
    let bad = source(side, &format!("{}+{base}", side.program()), &format!("timeout = {timeout:?}\n{extra}"));
    let other = side.other();
    let sources = bad + &healthy.source(other);
    let token = row.token.map(|token| (side, token));

    let status = holds(&name, &healthy.run(&sources, token, &["status", "--json", "--wait", "25s"]).await);
    let source = source_of(&status, side);
    assert_eq!(source["state"], "failed", "{name}");
    sentence(&name, source["error"].as_str().expect(&name), &[side.program(), &base, row.what, "; ", row.next]);
    assert_eq!(source_of(&status, other)["state"], "ok", "{name}");
    match side {
        Side::Telemetry => nothing_passes(&name, &status),
        // The gates rest on telemetry; what rests on the flag is everything else.
        Side::Flags => assert_eq!(status["flag"]["exposure"], Value::Null, "{name}"),
    }

    if let Some(server) = &server {
        // 64 MB is the limit; some more is on its way when it is reached.
        let (taken, requests) = (server.sent.load(Ordering::SeqCst) >> 20, server.requests().len());
        assert!(taken <= 80 * requests, "{name}: {taken} MB were read in {requests} requests");
    }

    let before = fs::read(healthy.home.path("flags.json")).expect("the flags");
    let arguments = ["advance", "--to", "default-on", "--reason", "x", "--yes", "--wait", "25s"];
    let ran = healthy.run(&sources, token, &arguments).await;
    assert_eq!((ran.code, ran.out.as_str()), (6, ""), "{name}: {}", ran.err);
    assert!(ran.err.contains(row.what) && ran.err.contains(row.next), "{name}: {}", ran.err);
    assert!(!ran.err.contains("hunter2"), "{name}: {}", ran.err);
    assert_eq!(fs::read(healthy.home.path("flags.json")).expect("the flags"), before, "{name}");
    if side == Side::Flags {
        let arguments = ["rollback", "--reason", "x", "--yes", "--limit", "2s"];
        let ran = healthy.run(&sources, token, &arguments).await;
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{name}: {}", ran.err);
        assert!(ran.err.contains("NOT CONFIRMED") && !ran.err.contains("hunter2"), "{name}: {}", ran.err);
        assert!(ran.took < Duration::from_secs(20), "{name}: {:?}", ran.took);
    }
}

/// Runs checks side by side, a few at a time, and tells every one that failed.
pub async fn all(checks: Vec<(String, impl Future<Output = ()> + Send + 'static)>) {
    let turns = Arc::new(Semaphore::new(4));
    let mut set = JoinSet::new();
    for (name, check) in checks {
        let turns = Arc::clone(&turns);
        set.spawn(async move {
            let _turn = turns.acquire().await;
            (name, tokio::spawn(check).await.is_err())
        });
    }
    let mut failed = Vec::new();
    while let Some(done) = set.join_next().await {
        let (name, bad) = done.expect("a check ends");
        failed.extend(bad.then_some(name));
    }
    assert!(failed.is_empty(), "failed: {failed:#?}");
}

#[tokio::test]
async fn whatever_a_server_does_it_is_one_sentence_and_a_hold() {
    let each = rows().into_iter().flat_map(|row| [Side::Telemetry, Side::Flags].map(|side| (row.clone(), side)));
    all(each.map(|(row, side)| (format!("{} of {}", row.name, side.name()), check(row, side))).collect()).await;
}

/// A server may be given more time than the person who asks has.
#[tokio::test]
async fn a_server_that_is_slower_than_one_waits_is_told_too() {
    for side in [Side::Telemetry, Side::Flags] {
        let healthy = Healthy::new().await;
        let server = Faulty::always(Reply::Hang(Vec::new())).await;
        let other = side.other();
        let address = format!("{}+{}", side.program(), server.base());
        let sources = source(side, &address, "timeout = \"30s\"") + &healthy.source(other);
        let ran = healthy.run(&sources, None, &["status", "--json", "--wait", "1500ms"]).await;
        let status = holds(side.name(), &ran);
        assert!(ran.took < Duration::from_secs(10), "{:?}", ran.took);
        let told = source_of(&status, side);
        assert_eq!(told["state"], "connecting");
        let parts = [&server.base(), "did not answer within 1s 500ms", "wait longer with --wait"];
        sentence(side.name(), told["error"].as_str().expect("an error"), &parts);
        let blockers = status["actions"]["advance"]["blockers"].to_string();
        assert!(blockers.contains("did not answer within 1s 500ms"), "{blockers}");
    }
}
