//! From the key that confirms a rollback to its request on the wire: through the cockpit's `update` and the driver, with
//! the audit log in a file, over a connection that is open; beside it, one bare POST over the same kind of connection.
#![allow(missing_docs)]

#[path = "../support/cockpit.rs"]
mod cockpit;

use std::{
    hint::black_box,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use criterion::{Criterion, criterion_group, criterion_main};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use gonogo::{
    audit::FileLog,
    clock::Clock,
    flags::{FlagStore, unleash::Unleash},
    http::{Auth, Body, Endpoint, Http},
    judge,
    operations::{Confirmed, Context, perform},
    tui::{
        model::Model,
        update::{Effect, Msg, update},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::{Builder, Runtime},
    sync::{mpsc::unbounded_channel, watch},
};

/// A stand-in for Unleash, on a thread of its own. It tells when each POST arrived, and the flag reads as off.
fn server() -> (String, mpsc::Receiver<Instant>) {
    let (arrived, arrivals) = mpsc::channel();
    let (ready, address) = mpsc::channel();
    std::thread::spawn(move || {
        Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            ready.send(listener.local_addr().expect("its address")).expect("told");
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                tokio::spawn(serve(stream, arrived.clone()));
            }
        });
    });
    (format!("http://{}", address.recv().expect("an address")), arrivals)
}

async fn serve(mut stream: TcpStream, arrived: mpsc::Sender<Instant>) {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(n) if n > 0 => bytes.extend_from_slice(&chunk[..n]),
            _ => return,
        }
        let now = Instant::now();
        // No request of this bench has a body.
        while let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head: Vec<u8> = bytes.drain(..end + 4).collect();
            let head = String::from_utf8_lossy(&head);
            if head.starts_with("POST") {
                let _ = arrived.send(now);
            }
            let body = match head.split(' ').nth(1).unwrap_or_default() {
                path if path.ends_with("/segments") => r#"{"segments":[]}"#.to_owned(),
                path if path.contains("/search/") => r#"{"events":[],"features":[]}"#.to_owned(),
                _ => r#"{"name":"vfsSecureUpload","archived":false,"environments":[{"name":"production","enabled":false,"strategies":[]}]}"#.to_owned(),
            };
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            if stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

fn http(base: &str) -> Http {
    Http::new(Endpoint {
        name: "unleash".to_owned(),
        base: base.to_owned(),
        auth: Auth::None,
        headers: Vec::new(),
        ca_file: None,
        timeout: Duration::from_secs(10),
        body_limit: 1 << 20,
    })
    .expect("a client")
}

fn press(model: &mut Model, code: KeyCode) -> Vec<Effect> {
    // Past the moment in which a key may have been on its way before the dialog was there.
    model.uptime += Duration::from_secs(1);
    update(model, Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

/// From the key that confirms to the arrival of the request.
fn confirmed(runtime: &Runtime, context: &Context, model: &mut Model, arrivals: &mpsc::Receiver<Instant>) -> Duration {
    model.operation = None;
    model.dialogs.clear();
    press(model, KeyCode::Char('R'));
    while arrivals.try_recv().is_ok() {}
    let pressed = Instant::now();
    let effects = press(model, KeyCode::Char('y'));
    let confirmed = effects.into_iter().find_map(|effect| match effect {
        Effect::Perform(_, confirmed @ Confirmed::Rollback { .. }) => Some(confirmed),
        _ => None,
    });
    runtime.block_on(async {
        let (updates, _progress) = unbounded_channel();
        let context = context.clone();
        // As the cockpit does: beside its loop.
        let driver = tokio::spawn(perform(confirmed.expect("the key confirms"), context, updates));
        black_box(driver.await.expect("it ends"));
    });
    arrivals.recv_timeout(Duration::from_secs(5)).expect("the request arrives") - pressed
}

fn bare(runtime: &Runtime, http: &Http, arrivals: &mpsc::Receiver<Instant>) -> Duration {
    while arrivals.try_recv().is_ok() {}
    let began = Instant::now();
    let path = "api/admin/projects/default/features/vfsSecureUpload/environments/production/off";
    let sent = runtime.block_on(http.send(reqwest::Method::POST, path, &[], Body::None));
    sent.expect("answered");
    arrivals.recv_timeout(Duration::from_secs(5)).expect("the request arrives") - began
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn wire(criterion: &mut Criterion) {
    let (base, arrivals) = server();
    let runtime = Builder::new_current_thread().enable_all().max_blocking_threads(8).build().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let facts = cockpit::facts();
    let store: Arc<dyn FlagStore> =
        Arc::new(Unleash::new(http(&base), "default", "production", &facts.runbook.flag, &facts.runbook.cohorts));
    runtime.block_on(store.read()).expect("the connection is open");
    let context = Context {
        runbook: Arc::clone(&facts.runbook),
        candidate: facts.candidate,
        operator: facts.operator,
        store,
        audit: Arc::new(FileLog::at(folder.path())),
        clock: Clock::System,
        latest: watch::channel(Arc::new(cockpit::snapshot())).1,
        assess: judge::assess,
        stage: "limited-external".to_owned(),
        limit: Some(Duration::from_secs(5)),
    };
    let mut model = cockpit::model(cockpit::hold(), (120, 36));
    let client = http(&base);
    bare(&runtime, &client, &arrivals);

    let mut whole = Vec::new();
    criterion.bench_function("wire/confirming key to request", |bencher| {
        bencher.iter_custom(|times| {
            let taken: Vec<Duration> =
                (0..times).map(|_| confirmed(&runtime, &context, &mut model, &arrivals)).collect();
            whole.extend_from_slice(&taken);
            taken.iter().sum()
        });
    });
    let mut alone = Vec::new();
    criterion.bench_function("wire/bare POST", |bencher| {
        bencher.iter_custom(|times| {
            let taken: Vec<Duration> = (0..times).map(|_| bare(&runtime, &client, &arrivals)).collect();
            alone.extend_from_slice(&taken);
            taken.iter().sum()
        });
    });
    if whole.is_empty() || alone.is_empty() {
        return;
    }
    let (whole, alone) = (median(whole), median(alone));
    println!(
        "median from the confirming key to the request: {whole:?}; of a bare POST: {alone:?}; beyond it: {:?}",
        whole.saturating_sub(alone)
    );
}

criterion_group! {
    name = benches;
    // The log grows with every round.
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1));
    targets = wire
}
criterion_main!(benches);
