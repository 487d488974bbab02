//! From the key that confirms a rollback to its request on the wire, over a connection that is open: through the cockpit's
//! `update` and the driver with each kind of audit log, and the whole way from a terminal; beside it, one bare POST over
//! the same kind of connection.
#![allow(missing_docs)]

#[path = "../support/cockpit.rs"]
mod cockpit;
mod logs;
#[path = "../support/postgres.rs"]
mod postgres;
mod store;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/terminal.rs"]
mod terminal;
mod typed;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use criterion::{Criterion, criterion_group, criterion_main};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use gonogo::{
    audit::AuditLog,
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
use store::Store;
use tokio::{
    runtime::{Builder, Runtime},
    sync::{mpsc::unbounded_channel, watch},
};

/// A rollback that goes on for longer after its request went out waits for a log that hangs.
const ENDS: Duration = Duration::from_millis(300);

/// So often the real program is started and typed into.
const TYPED: usize = 12;

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

struct Bench {
    runtime: Runtime,
    store: Store,
    model: Model,
    context: Context,
    client: Http,
}

impl Bench {
    fn new(log: Arc<dyn AuditLog>) -> Self {
        // As the cockpit's own.
        let runtime = Builder::new_current_thread().enable_all().max_blocking_threads(8).build().expect("a runtime");
        let (store, facts) = (Store::start(), cockpit::facts());
        let client = http(&store.base);
        let (flag, cohorts) = (&facts.runbook.flag, &facts.runbook.cohorts);
        let unleash: Arc<dyn FlagStore> =
            Arc::new(Unleash::new(http(&store.base), "default", "production", flag, cohorts));
        runtime.block_on(unleash.read()).expect("the connection is open");
        let context = Context {
            runbook: Arc::clone(&facts.runbook),
            candidate: facts.candidate,
            operator: facts.operator,
            store: unleash,
            audit: log,
            clock: Clock::System,
            latest: watch::channel(Arc::new(cockpit::snapshot())).1,
            assess: judge::assess,
            stage: "limited-external".to_owned(),
            limit: Some(Duration::from_secs(5)),
        };
        let model = cockpit::model(cockpit::hold(), (120, 36));
        let mut bench = Self { runtime, store, model, context, client };
        bench.bare();
        bench
    }

    /// From the key that confirms to the arrival of the request.
    fn confirmed(&mut self) -> Duration {
        self.model.operation = None;
        self.model.dialogs.clear();
        press(&mut self.model, KeyCode::Char('R'));
        self.store.forget();
        let pressed = Instant::now();
        let effects = press(&mut self.model, KeyCode::Char('y'));
        let confirmed = effects.into_iter().find_map(|effect| match effect {
            Effect::Perform(_, confirmed @ Confirmed::Rollback { .. }) => Some(confirmed),
            _ => None,
        });
        let arrived = self.runtime.block_on(async {
            let (updates, _progress) = unbounded_channel();
            let context = self.context.clone();
            // As the cockpit does: beside its loop.
            let mut driver = tokio::spawn(perform(confirmed.expect("the key confirms"), context, updates));
            let arrived = self.store.arrival().await;
            if tokio::time::timeout(ENDS, &mut driver).await.is_err() {
                driver.abort();
            }
            arrived
        });
        arrived - pressed
    }

    fn bare(&mut self) -> Duration {
        self.store.forget();
        let began = Instant::now();
        let path = "api/admin/projects/default/features/vfsSecureUpload/environments/production/off";
        let arrived = self.runtime.block_on(async {
            let sent = self.client.send(reqwest::Method::POST, path, &[], Body::None).await;
            sent.expect("answered");
            self.store.arrival().await
        });
        arrived - began
    }
}

/// Middle and spread, in words; gives the middle.
fn told(what: &str, mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
    let median = at(0.5);
    println!(
        "{what}: median {median:?}, 10 % below {:?}, 90 % below {:?}, worst {:?}, of {}",
        at(0.1),
        at(0.9),
        at(1.0),
        times.len()
    );
    median
}

fn measured(criterion: &mut Criterion, what: &str, mut once: impl FnMut() -> Duration) -> Option<Duration> {
    let mut all = Vec::new();
    criterion.bench_function(&format!("wire/{what}"), |bencher| {
        bencher.iter_custom(|times| {
            let taken: Vec<Duration> = (0..times).map(|_| once()).collect();
            all.extend_from_slice(&taken);
            taken.iter().sum()
        });
    });
    (!all.is_empty()).then(|| told(what, all))
}

fn wire(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let database = postgres::Postgres::start("bench");
    let mut logs = vec![
        ("key to request, log in a file", logs::file(&at("file"))),
        ("key to request, log on a disk that hangs", logs::hanging(&at("disk"), true)),
        ("key to request, log in a database that hangs", logs::hanging(&at("hanging"), false)),
    ];
    if let Some(database) = &database {
        logs.push(("key to request, log in PostgreSQL", logs::postgres(&at("postgres"), &database.address("bench"))));
    }
    let mut medians = Vec::new();
    for (what, log) in logs {
        let mut bench = Bench::new(log);
        let whole = measured(criterion, what, || bench.confirmed());
        let alone = measured(criterion, &format!("bare POST beside {what}"), || bench.bare());
        medians.extend(whole.zip(alone).map(|(whole, alone)| (what, whole, alone)));
    }
    for (what, whole, alone) in &medians {
        println!("{what}: {:?} beyond the bare POST", whole.saturating_sub(*alone));
    }
    // One round of cargo test leaves the terminal out.
    if medians.is_empty() {
        return;
    }
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut store = Store::start();
    told("key typed into a terminal to request", (0..TYPED).map(|_| typed::once(&runtime, &mut store)).collect());
}

criterion_group! {
    name = benches;
    // The log grows with every round.
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1));
    targets = wire
}
criterion_main!(benches);
