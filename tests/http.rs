//! HTTP against servers that misbehave: each fault is one clear sentence, without a secret.

#[path = "support/faulty.rs"]
mod faulty;

use std::{io::Write, sync::atomic::Ordering, time::Duration};

use faulty::{Faulty, Reply};
use gonogo::{
    fault::{Fault, FaultKind},
    http::{Answer, Auth, Body, Endpoint, Http},
};
use reqwest::Method;

const SECRET: &str = "hunter2-very-secret";

fn endpoint(base: impl Into<String>) -> Endpoint {
    Endpoint {
        name: "prometheus".to_owned(),
        base: base.into(),
        auth: Auth::Bearer(SECRET.into()),
        headers: vec![("X-Scope-OrgID".to_owned(), "tenant-secret".into())],
        ca_file: None,
        timeout: Duration::from_secs(5),
        body_limit: 1 << 20,
    }
}

async fn get(endpoint: Endpoint) -> Result<Answer, Fault> {
    Http::new(endpoint)?.send(Method::GET, "/api/v1/query", &[("query", "up".to_owned())], Body::None).await
}

/// The fault, checked for what holds for all of them.
fn fault<T: std::fmt::Debug>(answer: Result<T, Fault>, kind: FaultKind, says: &str) -> Fault {
    let fault = answer.expect_err("a fault");
    let text = fault.to_string();
    assert_eq!(fault.kind, kind, "{text}");
    assert!(text.contains(says), "{text:?} does not say {says:?}");
    assert!(
        text.starts_with("prometheus at ") || text.contains("of prometheus") || text.starts_with("prometheus answered"),
        "{text}"
    );
    assert!(!fault.next.is_empty() && text.len() < 500, "{text}");
    assert!(!text.chars().any(char::is_control), "{text:?}");
    for secret in [SECRET, "tenant-secret", "hunter2"] {
        assert!(!text.contains(secret) && !format!("{fault:?}").contains(secret), "{text}");
    }
    fault
}

#[tokio::test]
async fn each_status_has_its_sentence() {
    let prometheus = r#"{"status":"error","errorType":"bad_data","error":"parse error: unexpected end"}"#;
    for (status, body, kind, says) in [
        (401, "Unauthorized\n", FaultKind::Unauthorized, "does not accept the token (401: Unauthorized); give a valid"),
        (403, r#"{"message":"no permission"}"#, FaultKind::Forbidden, "(403: no permission); give a token that may"),
        (404, "404 page not found\n", FaultKind::NotFound, "(404: 404 page not found); check the address"),
        (400, prometheus, FaultKind::Server, "refused the request (400: parse error: unexpected end)"),
        (422, r#"{"status":"error","errorType":"422","error":"bad"}"#, FaultKind::Server, "(422: bad)"),
        (429, "", FaultKind::Server, "asked too often (429); poll less often"),
        (
            500,
            "<html><body>Oops</body></html>",
            FaultKind::Server,
            "failed (500: an HTML page); look at the server's log",
        ),
        (
            503,
            r#"{"status":"error","errorType":"timeout","error":"query timed out"}"#,
            FaultKind::Server,
            "(503: query timed out)",
        ),
    ] {
        let server = Faulty::always(Reply::status(status, "text/plain", body)).await;
        fault(get(endpoint(server.base())).await, kind, says);
    }
}

#[tokio::test]
async fn a_missing_token_is_told_from_a_wrong_one() {
    let server = Faulty::always(Reply::status(401, "text/plain", "")).await;
    fault(
        get(Endpoint { auth: Auth::None, ..endpoint(server.base()) }).await,
        FaultKind::Unauthorized,
        "wants a token, and none was given (401)",
    );
}

#[tokio::test]
async fn a_secret_that_the_server_repeats_is_not_shown() {
    let server = Faulty::scripted(|request| Reply::status(500, "text/plain", request.replace("\r\n", " | "))).await;
    let text = fault(get(endpoint(server.base())).await, FaultKind::Server, "***").to_string();
    assert!(!text.contains(SECRET));
    let basic = Auth::Basic { user: "me".to_owned(), password: SECRET.into() };
    let text =
        fault(get(Endpoint { auth: basic, ..endpoint(server.base()) }).await, FaultKind::Server, "***").to_string();
    assert!(!text.contains("bWU6aHVudGVyMi12ZXJ5LXNlY3JldA"), "{text}");
}

#[tokio::test]
async fn html_and_other_things_that_are_no_json() {
    for (body, says) in [
        ("<!doctype html><title>Sign in</title>", "with an HTML page instead of JSON"),
        ("", "an empty body instead of JSON"),
        (r#"{"status":"suc"#, "JSON that is cut off after 14 bytes"),
        (r#"{"other":1}"#, "missing field `status`"),
        (r#"{"status":{"hunter2":1}}"#, "expected a string"),
        ("hello", "something that is not JSON"),
    ] {
        #[derive(Debug, serde::Deserialize)]
        struct Shape {
            #[expect(dead_code)]
            status: String,
        }
        let server = Faulty::always(Reply::status(200, "text/html", body)).await;
        let answer = get(endpoint(server.base())).await.expect("a 200");
        fault(answer.json::<Shape>("prometheus"), FaultKind::Malformed, says);
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let location = "location: https://me:hunter2@sso.example/login?token=hunter2\r\n".to_owned();
    let server = Faulty::always(Reply::Whole(302, "text/html", location, Vec::new())).await;
    fault(get(endpoint(server.base())).await, FaultKind::Malformed, r#"redirects to "https://sso.example/login""#);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_cut_off_body() {
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"status\"".to_vec();
    let server = Faulty::always(Reply::Raw(cut)).await;
    fault(get(endpoint(server.base())).await, FaultKind::Malformed, "broke its answer off after 9 bytes");
    let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n".to_vec();
    let server = Faulty::always(Reply::Raw(chunked)).await;
    fault(get(endpoint(server.base())).await, FaultKind::Malformed, "broke its answer off after 5 bytes");
}

#[tokio::test]
async fn no_answer_and_no_http() {
    for bytes in [b"".to_vec(), b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()] {
        let server = Faulty::always(Reply::Raw(bytes)).await;
        fault(get(endpoint(server.base())).await, FaultKind::Malformed, "closed the connection without an HTTP answer");
    }
}

#[tokio::test]
async fn a_huge_body_is_not_read() {
    for (announced, most) in [(Some(200 << 20), 16 << 20), (None, 32 << 20)] {
        let server = Faulty::always(Reply::Endless { announced }).await;
        let fault = fault(get(endpoint(server.base())).await, FaultKind::TooLarge, "answered with more than 1 MB");
        assert!(fault.next.contains("narrow"));
        let sent = server.sent.load(Ordering::SeqCst);
        assert!(sent <= most, "{sent} bytes were taken");
    }
}

#[tokio::test]
async fn a_huge_error_still_says_which_error() {
    let server = Faulty::always(Reply::status(500, "text/plain", "x".repeat(2 << 20))).await;
    fault(get(endpoint(server.base())).await, FaultKind::Server, "failed (500: xxx");
}

#[tokio::test]
async fn a_hanging_server() {
    let short = |server: &Faulty| Endpoint { timeout: Duration::from_millis(200), ..endpoint(server.base()) };
    let server = Faulty::always(Reply::Hang(Vec::new())).await;
    fault(get(short(&server)).await, FaultKind::Timeout, "did not answer within 200ms");
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"status\"".to_vec();
    let server = Faulty::always(Reply::Hang(half)).await;
    fault(get(short(&server)).await, FaultKind::Timeout, "stopped in the middle of its answer: 9 bytes within 200ms");
    let half = b"HTTP/1.1 503 X\r\ncontent-length: 100\r\n\r\nbroken".to_vec();
    let server = Faulty::always(Reply::Hang(half)).await;
    fault(get(short(&server)).await, FaultKind::Server, "failed (503: broken)");
}

#[tokio::test]
async fn nobody_there() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    drop(listener);
    fault(get(endpoint(format!("http://{address}"))).await, FaultKind::Unreachable, "refused the connection");
    // A label of more than 63 characters is refused before any name server is asked.
    let host = "x".repeat(64);
    fault(
        get(endpoint(format!("http://{host}.invalid:1"))).await,
        FaultKind::Unreachable,
        &format!("the host {host}.invalid is not known; check the spelling"),
    );
}

#[test]
fn addresses_that_are_none() {
    for (base, says) in [
        ("", "is no URL"),
        ("not a url", "is no URL"),
        ("http://", "is no URL: empty host"),
        ("http://host:99999", "is no URL: invalid port number"),
        ("localhost:9090", "has no scheme; write it as http://HOST:PORT"),
        ("ftp://host/", "has the unsupported scheme"),
        ("http://host/?token=hunter2", "has something behind a ? or #"),
        ("http://me:hunter2@", "is no URL"),
        ("http://me:hunter2 @ho st", "is no URL"),
    ] {
        fault(Http::new(endpoint(base)), FaultKind::Configuration, says);
    }
}

#[test]
fn tokens_that_cannot_be_sent() {
    for (auth, says) in [
        (Auth::Bearer("hunter2\n".into()), "the token of prometheus cannot be sent: a line break"),
        (Auth::Verbatim("hunter2\r\nX-Evil: 1".into()), "a line break"),
        (Auth::Bearer(String::new().into()), "the token of prometheus is empty"),
    ] {
        fault(Http::new(Endpoint { auth, ..endpoint("http://host") }), FaultKind::Configuration, says);
    }
    let headers = vec![("X-Scope-OrgID".to_owned(), "hunter2\n".into())];
    fault(
        Http::new(Endpoint { headers, ..endpoint("http://host") }),
        FaultKind::Configuration,
        "the header X-Scope-OrgID of prometheus cannot be sent",
    );
    let headers = vec![("X Scope".to_owned(), "hunter2".into())];
    fault(Http::new(Endpoint { headers, ..endpoint("http://host") }), FaultKind::Configuration, "is no header name");
}

#[test]
fn ca_files_that_are_none() {
    let file = |content: &str| {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(content.as_bytes()).expect("written");
        file
    };
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (content, says) in [
        ("", "it is empty"),
        ("hello", "there is no certificate in it"),
        (broken, "one of its certificates is not valid"),
        ("-----BEGIN CERTIFICATE-----\nAA", "cannot be used"),
    ] {
        let file = file(content);
        let ca_file = Some(file.path().to_owned());
        fault(Http::new(Endpoint { ca_file, ..endpoint("https://host") }), FaultKind::File, says);
    }
    let ca_file = Some("/nowhere/ca.pem".into());
    fault(
        Http::new(Endpoint { ca_file, ..endpoint("https://host") }),
        FaultKind::File,
        "the CA file /nowhere/ca.pem of prometheus cannot be used: No such file",
    );
}

#[tokio::test]
async fn certificates_are_checked() {
    let trusting = |pem: &str, server: &Faulty| {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(pem.as_bytes()).expect("written");
        let base = format!("https://localhost:{}", server.address.port());
        let endpoint = Endpoint { ca_file: Some(file.path().to_owned()), ..endpoint(base) };
        (endpoint, file)
    };
    let (config, pem) = faulty::certificate(&["localhost"], false);
    let good = Faulty::tls(config, Reply::json("{}")).await;
    let (endpoint_, _file) = trusting(&pem, &good);
    assert_eq!(get(endpoint_).await.expect("an answer").body, b"{}");

    let (_, stranger) = faulty::certificate(&["localhost"], false);
    let (endpoint_, _file) = trusting(&stranger, &good);
    fault(
        get(endpoint_).await,
        FaultKind::Tls,
        "of an issuer that is not trusted here; name its certificate authority",
    );

    let (config, pem) = faulty::certificate(&["localhost"], true);
    let expired = Faulty::tls(config, Reply::json("{}")).await;
    let (endpoint_, _file) = trusting(&pem, &expired);
    fault(get(endpoint_).await, FaultKind::Tls, "has an expired certificate; renew");

    let (config, pem) = faulty::certificate(&["elsewhere.example"], false);
    let other = Faulty::tls(config, Reply::json("{}")).await;
    let (endpoint_, _file) = trusting(&pem, &other);
    fault(get(endpoint_).await, FaultKind::Tls, "has a certificate that is not for localhost");

    // Plain HTTP where TLS is expected: it answers whatever is sent.
    let plain = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("https://localhost:{}", plain.local_addr().expect("its address").port());
    tokio::spawn(async move {
        let (mut stream, _) = plain.accept().await.expect("a connection");
        let answer = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
        tokio::io::AsyncWriteExt::write_all(&mut stream, answer).await.expect("sent");
        tokio::time::sleep(Duration::from_secs(60)).await;
    });
    let (endpoint_, _file) = trusting(&pem, &other);
    fault(get(Endpoint { base, ..endpoint_ }).await, FaultKind::Tls, "does not speak TLS there; check the port");
}

#[tokio::test]
async fn credentials_in_the_address_are_used_and_not_shown() {
    let server = Faulty::always(Reply::status(500, "text/plain", "")).await;
    let base = format!("http://me:hunter2%40@{}/prom/", server.address);
    let http = Http::new(Endpoint { auth: Auth::None, ..endpoint(base) }).expect("a client");
    assert_eq!(http.endpoint().base, format!("http://{}/prom", server.address));
    assert!(!format!("{http:?}").contains("hunter2"));
    let answer = http.send(Method::GET, "api/v1/query", &[], Body::None).await;
    fault(answer, FaultKind::Server, &format!("prometheus at http://{}/prom failed (500)", server.address));
    let request = server.requests().remove(0);
    assert!(request.starts_with("GET /prom/api/v1/query HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("authorization: Basic bWU6aHVudGVyMkA="), "{request}");
    assert!(request.contains("x-scope-orgid: tenant-secret"), "{request}");
}

#[tokio::test]
async fn connections_are_kept_open() {
    let server = Faulty::always(Reply::json("{}")).await;
    let http = Http::new(endpoint(server.base())).expect("a client");
    for _ in 0..5 {
        http.send(Method::POST, "/x", &[], Body::Form(&[("query", "up".to_owned())])).await.expect("an answer");
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_connection_that_the_server_just_closed_fails_no_reading() {
    let dropping = || {
        let asked = std::sync::atomic::AtomicUsize::new(0);
        // The second request finds the connection closed.
        Faulty::scripted(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
            1 => Reply::Raw(Vec::new()),
            _ => Reply::json("{}"),
        })
    };
    let server = dropping().await;
    let http = Http::new(endpoint(server.base())).expect("a client");
    for _ in 0..2 {
        http.send(Method::GET, "/x", &[], Body::None).await.expect("an answer");
    }
    // What may change something is for the caller to send again.
    let server = dropping().await;
    let http = Http::new(endpoint(server.base())).expect("a client");
    http.send(Method::PUT, "/x", &[], Body::None).await.expect("an answer");
    let second = http.send(Method::PUT, "/x", &[], Body::None).await;
    fault(second, FaultKind::Malformed, "closed the connection without an HTTP answer");
    assert_eq!(server.requests().len(), 2);
}
