//! Every kind of bad input, at either source, as the person who runs gonogo sees it: one clear sentence that names the
//! thing and the next step, a HOLD, no gate that passes on what was not seen, and an end in bounded time.

#[path = "support/binary.rs"]
mod binary;
#[path = "support/faulty.rs"]
mod faulty;
#[path = "support/past.rs"]
mod past;
mod support;

use std::{
    fmt::Write as _,
    fs,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use binary::{Home, Ran, run};
use chrono::{TimeDelta, Utc};
use faulty::{Faulty, Reply};
use serde_json::{Value, json};
use tokio::{sync::Semaphore, task::JoinSet};

const TOKEN: &str = "hunter2-hunter2";

#[derive(Debug, Clone, Copy, PartialEq)]
enum Side {
    Telemetry,
    Flags,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Self::Telemetry => "telemetry",
            Self::Flags => "flags",
        }
    }

    fn program(self) -> &'static str {
        match self {
            Self::Telemetry => "prometheus",
            Self::Flags => "unleash",
        }
    }
}

/// What is at the address.
#[derive(Debug, Clone)]
enum Server {
    Answers(Reply),
    Nobody,
    ExpiredCertificate,
}

/// A server's fault, and what must be told of it: what, and what to do.
#[derive(Debug, Clone)]
struct Row {
    name: &'static str,
    server: Server,
    token: Option<&'static str>,
    what: &'static str,
    next: &'static str,
}

fn row(name: &'static str, reply: Reply, what: &'static str, next: &'static str) -> Row {
    Row { name, server: Server::Answers(reply), token: Some(TOKEN), what, next }
}

fn rows() -> Vec<Row> {
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

/// An hour and more of a healthy second stage: its events, its flag, its log. With this alone every gate passes.
struct Healthy {
    home: Home,
    events: String,
    flags: String,
}

impl Healthy {
    async fn new() -> Self {
        let (home, now) = (Home::new(), Utc::now());
        let visits = [("dark-launch", 200), ("internal-canary", 130), ("limited-external", 65)]
            .map(|(stage, minutes)| (stage, now - TimeDelta::minutes(minutes)));
        past::entered(&home.data(), &visits).await;
        let events = format!("events:{}", home.write("events.ndjson", events(now.timestamp_millis())));
        let flags = format!("flagd:{}", home.write("flags.json", flag_file()));
        Self { home, events, flags }
    }

    /// Runs with these sources, as a configuration file says them.
    async fn run(&self, sources: &str, token: Option<(Side, &str)>, arguments: &[&str]) -> Ran {
        let config = self.home.write("config.toml", format!("profile = \"p\"\n[profiles.p]\n{sources}"));
        let mut command = self.home.command(arguments);
        command.args(["--config", &config, "--runbook", past::RUNBOOK]);
        if let Some((side, token)) = token {
            command.env(format!("GONOGO_{}_TOKEN", side.name().to_uppercase()), token);
        }
        run(command).await
    }

    fn source(&self, side: Side) -> String {
        let address = if side == Side::Telemetry { &self.events } else { &self.flags };
        source(side, address, "")
    }
}

fn source(side: Side, address: &str, rest: &str) -> String {
    format!("[profiles.p.{}]\naddress = {address:?}\n{rest}\n", side.name())
}

/// Sixty secure uploads a minute from 130 minutes ago on, each with its registration and its attach.
fn events(now: i64) -> String {
    let mut text = String::new();
    let mut line = |at: i64, name: &str, detail: Value| {
        let record = json!({"id": "x", "eventName": name, "durationMs": 5, "success": true, "timestamp": at,
            "detail": detail.to_string()});
        writeln!(text, "{record}").expect("written");
    };
    for second in (0..130 * 60).rev() {
        let at = now - second * 1000;
        line(at, "api_post_vfs_register", json!({"path": "secure", "secureFlag": "on"}));
        line(at, "vfs_blob_flush_operation", json!({"operationKind": "attach"}));
        line(at, "vfs_secure_upload", json!({"fileSize": 1}));
    }
    text
}

fn flag_file() -> String {
    let fractional = json!({"fractional": [["on", 5], ["off", 95]]});
    let targeting = json!({"if": [{"in": [{"var": "group"}, ["internal"]]}, "on", fractional]});
    json!({"flags": {"vfsSecureUpload": {"state": "ENABLED", "variants": {"on": true, "off": false},
        "defaultVariant": "off", "targeting": targeting}}})
    .to_string()
}

/// One line that names the thing and the next step, and no secret.
fn sentence(name: &str, told: &str, parts: &[&str]) {
    assert!(!told.contains('\n') && told.len() < 400, "{name}: {told:?}");
    assert!(!told.contains("hunter2"), "{name}: {told}");
    for part in parts {
        assert!(told.contains(part), "{name}: {part:?} is not in {told:?}");
    }
}

/// What a HOLD must be, whichever source is blind.
fn holds(name: &str, ran: &Ran) -> Value {
    assert_eq!(ran.code, 5, "{name}: {}\n{}", ran.out, ran.err);
    assert!(ran.took < Duration::from_secs(30), "{name}: {:?}", ran.took);
    assert!(!ran.err.contains("panicked"), "{name}: {}", ran.err);
    let status = ran.json();
    assert_eq!(status["call"], "hold", "{name}");
    assert_eq!(status["actions"]["advance"]["allowed"], false, "{name}");
    assert_eq!(status["actions"]["rollback"]["allowed"], true, "{name}");
    status
}

fn source_of(status: &Value, side: Side) -> &Value {
    let kind = side.name();
    status["sources"].as_array().expect("sources").iter().find(|source| source["kind"] == kind).expect("it")
}

fn verdicts(status: &Value) -> Vec<(&str, &str)> {
    let gates = status["gates"].as_array().expect("gates").iter();
    gates.map(|gate| (gate["key"].as_str().expect("a key"), gate["verdict"].as_str().expect("a verdict"))).collect()
}

fn nothing_passes(name: &str, status: &Value) {
    let passed: Vec<_> = verdicts(status).into_iter().filter(|(_, verdict)| *verdict == "pass").collect();
    assert!(passed.is_empty(), "{name}: {passed:?}");
}

#[tokio::test]
async fn with_nothing_wrong_every_gate_passes() {
    let healthy = Healthy::new().await;
    let sources = healthy.source(Side::Telemetry) + &healthy.source(Side::Flags);
    let ran = healthy.run(&sources, None, &["status", "--json"]).await.ended(0);
    let status = ran.json();
    assert_eq!(status["call"], "go");
    assert_eq!(status["stage"]["key"], "limited-external");
    assert_eq!(verdicts(&status).len(), 7);
    assert!(verdicts(&status).iter().all(|(_, verdict)| *verdict == "pass"), "{:?}", verdicts(&status));
}

/// A server at an address, for as long as this is kept.
async fn serve(server: &Server, home: &Home) -> (String, String, Option<Faulty>) {
    match server {
        Server::Answers(reply) => {
            let faulty = Faulty::always(reply.clone()).await;
            (faulty.base(), String::new(), Some(faulty))
        }
        Server::Nobody => (format!("http://127.0.0.1:{}", support::free_port()), String::new(), None),
        Server::ExpiredCertificate => {
            let (config, authority) = expired();
            let faulty = Faulty::tls(config, Reply::json("{}")).await;
            let ca = home.write("ca.pem", authority);
            let base = format!("https://localhost:{}", faulty.address.port());
            (base, format!("ca_file = {ca:?}"), Some(faulty))
        }
    }
}

/// A TLS server whose certificate ran out, and the authority that made it.
fn expired() -> (rustls::ServerConfig, String) {
    let authority_key = rcgen::KeyPair::generate().expect("a key");
    let mut authority = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let pem = authority.self_signed(&authority_key).expect("an authority").pem();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
    parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(2021, 1, 1);
    let certificate = parameters.signed_by(&key, &issuer).expect("a certificate");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("a TLS server");
    (config, pem)
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
    let other = if side == Side::Telemetry { Side::Flags } else { Side::Telemetry };
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
async fn all(checks: Vec<(String, impl Future<Output = ()> + Send + 'static)>) {
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
        let other = if side == Side::Telemetry { Side::Flags } else { Side::Telemetry };
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

// ---- answers that are whole, and hold nothing to rely on -----------------------------------------------------------

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

// ---- files ---------------------------------------------------------------------------------------------------------

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

// ---- runbook and tokens --------------------------------------------------------------------------------------------

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
            let other = if side == Side::Telemetry { Side::Flags } else { Side::Telemetry };
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
