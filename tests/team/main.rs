//! A team on one audit log in PostgreSQL and one Unleash, each with the real binary on a machine of its own: they race,
//! they see each other's decisions, the database goes away, one of them is killed. Nobody is ever served who was not to
//! be, and nothing is lost.

#[path = "../support/binary.rs"]
mod binary;
#[path = "../support/cache.rs"]
mod cache;
#[path = "../support/fault_proxy.rs"]
mod fault_proxy;
#[path = "../support/faulty.rs"]
mod faulty;
#[path = "../support/past.rs"]
mod past;
#[path = "../support/postgres.rs"]
mod postgres;
#[path = "../support/mod.rs"]
mod support;
#[path = "../fault_matrix/telemetry.rs"]
mod telemetry;
#[path = "../support/terminal.rs"]
mod terminal;
#[path = "../support/unleash.rs"]
mod unleash_server;
#[path = "../support/users.rs"]
mod users;

mod away;
mod killed;
mod members;
mod mixed;
mod race;
mod rollout;

use std::{future::Future, sync::Arc};

use reqwest::Method;
use serde_json::json;
use tokio::{sync::Semaphore, task::JoinHandle};

use self::{postgres::Postgres, rollout::Shared, unleash_server::Server};

/// Scenes that run side by side.
const SIDE_BY_SIDE: usize = 5;

/// One Unleash and one database for all of them, and each with a flag and a log of its own.
#[tokio::test]
async fn a_team_on_one_log_exposes_nobody_by_mistake_and_loses_nothing() {
    let started = tokio::task::spawn_blocking(|| (Server::start(), Postgres::start("team"))).await;
    let (Some(server), Some(database)) = started.expect("a start") else { return };
    let constraint = json!([{"contextName": "group", "operator": "IN", "values": ["internal"]}]);
    server.admin(Method::POST, "segments", json!({"name": "internal-users", "constraints": constraint})).await;
    let folder = tempfile::tempdir().expect("a folder");
    let events = telemetry::start(folder.path());
    let shared = Arc::new(Shared { server: Arc::new(server), database, events, room: Semaphore::new(SIDE_BY_SIDE) });

    let mut running: Vec<(String, JoinHandle<String>)> = Vec::new();
    scene(&mut running, "twenty advance", race::twenty(Arc::clone(&shared)));
    scene(&mut running, "twenty do different things", mixed::twenty(Arc::clone(&shared)));
    scene(&mut running, "members see each other", members::see_each_other(Arc::clone(&shared)));
    scene(&mut running, "a request falls", members::a_request_falls(Arc::clone(&shared)));
    scene(&mut running, "the database is away", away::rolling_back_goes_on(Arc::clone(&shared)));
    for cell in killed::CELLS {
        scene(&mut running, &format!("killed {cell:?}"), killed::cell(Arc::clone(&shared), cell));
    }
    let (mut failed, all) = (Vec::new(), running.len());
    for (name, scene) in running {
        match scene.await {
            Ok(told) => println!("{name}: {told}"),
            Err(_) => failed.push(name),
        }
    }
    assert!(failed.is_empty(), "{} of {all} failed: {failed:#?}", failed.len());
}

fn scene(
    running: &mut Vec<(String, JoinHandle<String>)>,
    name: &str,
    scene: impl Future<Output = String> + Send + 'static,
) {
    running.push((name.to_owned(), tokio::spawn(scene)));
}
