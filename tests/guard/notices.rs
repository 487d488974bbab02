//! Who is told, what, how often; and that no notice ever holds anything up.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{
    binary::run,
    faulty::{Faulty, Reply},
    watch::{Guarding, Rollout},
};

const SECRET: &str = "hunter2-of-the-webhook";
const HEADER: &str = "hunter2-of-the-header";

fn body(request: &str) -> Value {
    serde_json::from_str(request.split("\r\n\r\n").nth(1).expect("a body")).expect("JSON")
}

fn script(rollout: &Rollout, name: &str, text: &str) -> String {
    let path = rollout.home.write(name, format!("#!/bin/sh\n{text}\n"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("executable");
    path
}

fn nowhere(folder: &Path, secret: &str) {
    // A log that nothing was written to is not there.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            nowhere(&path, secret);
        } else if path.file_name().is_some_and(|name| name != "config.toml") {
            let text = String::from_utf8_lossy(&fs::read(&path).expect("a file")).into_owned();
            assert!(!text.contains(secret), "{secret} is in {}", path.display());
        }
    }
}

#[tokio::test]
async fn webhook_and_hook_are_told_once_each_and_secrets_stay_hidden() {
    let server = Faulty::always(Reply::json("{}")).await;
    let rollout = Rollout::new().await;
    let hook =
        script(&rollout, "hook", "read notice; echo \"$1 $notice\" >> \"$HOME/told\"; env >> \"$HOME/hook-env\"");
    let config = rollout.home.write(
        "config.toml",
        format!(
            "profile = \"p\"\n[profiles.p.notify]\n\
        webhook = {{ env = \"HOOK_URL\" }}\ncommand = [{hook:?}, \"an argument\"]\n\
        headers = {{ X-Token = {{ env = \"HOOK_TOKEN\" }} }}\n"
        ),
    );
    let mut command = rollout.command(&["--auto-rollback", "--config", &config]);
    command.env("HOOK_URL", format!("{}/{SECRET}?token={SECRET}", server.base())).env("HOOK_TOKEN", HEADER);
    command.env("GONOGO_FLAGS_TOKEN", "hunter2-of-the-store");
    let guard = Guarding::start(&mut command);
    assert_eq!(guard.says("start").await["notifies"], serde_json::json!(["webhook", "hook"]));
    rollout.mismatch();
    guard.says("rollback-verified").await;
    for target in ["webhook", "hook"] {
        guard.says_where("notified", |line| line["target"] == target && line["about"] == "rollback-verified").await;
    }
    guard.goes_on().await;
    let out = format!("{:?}", guard.lines());
    let told = guard.terminates();
    let expected = ["trigger-tripped", "rollback-begun", "rollback-verified"];
    let requests = server.requests();
    let posted: Vec<Value> = requests.iter().map(|request| body(request)).collect();
    assert_eq!(posted.iter().map(|notice| notice["event"].as_str().unwrap()).collect::<Vec<_>>(), expected);
    let notice = &posted[0];
    assert_eq!(notice["schema"], "gonogo.notice/1");
    for (key, value) in [
        ("rollout", "measurable"),
        ("environment", "production"),
        ("stage", "limited-external"),
        ("call", "no-go"),
        ("operator", "ann (guard)"),
    ] {
        assert_eq!(notice[key], value, "{notice}");
    }
    for key in ["what", "reason", "since", "host", "at"] {
        assert!(notice[key].as_str().is_some_and(|text| !text.is_empty()), "{key}: {notice}");
    }
    assert!(requests.iter().all(|request| request.starts_with(&format!("POST /{SECRET}")) && request.contains(HEADER)));
    let lines = fs::read_to_string(rollout.home.path("told")).expect("the hook was told");
    let hooked: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line.strip_prefix("an argument ").expect("its argument")).expect("JSON"))
        .collect();
    assert_eq!(hooked, posted);
    for secret in [SECRET, HEADER, "hunter2-of-the-store"] {
        assert!(!out.contains(secret) && !told.contains(secret), "{secret}");
        nowhere(&rollout.home.data(), secret);
        nowhere(&rollout.home.path(".local"), secret);
    }
    assert!(!fs::read_to_string(rollout.home.path("hook-env")).unwrap().contains("hunter2-of-the-store"));
    let mut shown = rollout.home.command(&["config", "--config", &config]);
    shown.env("HOOK_URL", format!("https://h/{SECRET}")).env("HOOK_TOKEN", HEADER);
    let shown = run(shown).await.ended(0).answered("set, from env HOOK_URL").answered("notify command");
    assert!(!shown.out.contains("hunter2"), "{}", shown.out);
}

#[tokio::test]
async fn a_webhook_that_is_down_hangs_or_fails_delays_nothing() {
    let down = format!("http://127.0.0.1:{}/{SECRET}", {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address").port()
    });
    let (hanging, failing) =
        (Faulty::always(Reply::Hang(Vec::new())).await, Faulty::always(Reply::status(500, "text/plain", SECRET)).await);
    let urls = [
        (down, "cannot be reached"),
        (format!("{}/{SECRET}", hanging.base()), "did not answer within 5 s"),
        (format!("{}/{SECRET}", failing.base()), "answered 500"),
    ];
    for (url, expected) in urls {
        let rollout = Rollout::new().await;
        let mut command = rollout.command(&["--auto-rollback"]);
        let guard = Guarding::start(command.env("GONOGO_WEBHOOK", url));
        guard.says("call").await;
        rollout.mismatch();
        let began = Instant::now();
        let verified = guard.says("rollback-verified").await;
        assert!(began.elapsed() < Duration::from_secs(10), "{expected}: {:?}", began.elapsed());
        assert!(verified["elapsed_ms"].as_i64().is_some_and(|time| time < 3000), "{expected}: {verified}");
        let failed = guard.says("notification-failed").await;
        assert!(failed["reason"].as_str().unwrap().contains(expected), "{failed}");
        assert_eq!((&failed["about"], &failed["again"]), (&"trigger-tripped".into(), &true.into()));
        let out = format!("{:?}", guard.lines());
        assert!(!out.contains(SECRET) && !guard.terminates().contains(SECRET));
        assert!(!rollout.serves());
    }
    let attempts = failing.requests().len();
    assert!(attempts >= 1, "it was asked");
}

#[tokio::test]
async fn a_webhook_that_comes_back_is_told_what_it_missed_in_order() {
    let up = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&up);
    let server = Faulty::scripted(move |_| {
        let n = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        if n < 2 { Reply::status(503, "text/plain", "") } else { Reply::json("{}") }
    })
    .await;
    let rollout = Rollout::new().await;
    let guard = rollout.guard(&["--auto-rollback", "--webhook", &server.base()]);
    guard.says("call").await;
    rollout.mismatch();
    guard.says_where("notified", |line| line["about"] == "rollback-verified").await;
    guard.terminates();
    let events: Vec<String> =
        server.requests().iter().map(|request| body(request)["event"].as_str().unwrap().to_owned()).collect();
    let tripped = "trigger-tripped";
    assert_eq!(events, [tripped, tripped, tripped, "rollback-begun", "rollback-verified"]);
}

#[tokio::test]
async fn a_hook_that_hangs_is_killed_with_its_children_and_delays_nothing() {
    let rollout = Rollout::new().await;
    let hook = script(&rollout, "hook", "sleep 300 &\necho $! >> \"$HOME/pids\"\necho $$ >> \"$HOME/pids\"\nsleep 300");
    let guard = rollout.guard(&["--auto-rollback", "--hook", &hook]);
    guard.says("call").await;
    rollout.mismatch();
    guard.says("rollback-verified").await;
    assert!(guard.of("notification-failed").is_empty(), "the rollback did not wait for it");
    let failed = guard.says("notification-failed").await;
    assert!(failed["reason"].as_str().unwrap().contains("did not end within 10 s"), "{failed}");
    assert_eq!(failed["again"], false);
    let pids = fs::read_to_string(rollout.home.path("pids")).expect("they ran");
    for pid in pids.lines().take(2) {
        let gone = || {
            // One that nobody waited for yet is a zombie: it runs no more.
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_else(|_| "gone) Z".to_owned());
            stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('Z'))
        };
        let began = Instant::now();
        while !gone() {
            assert!(began.elapsed() < Duration::from_secs(5), "{pid} lives");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    guard.terminates();
}
