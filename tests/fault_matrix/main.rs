//! Everything that goes wrong between gonogo and a flag store, in each action: a real Unleash behind a proxy that makes it
//! go wrong, the real binary, and whom the real SDK then serves of 2,000 users. Nobody is ever served who was not to be,
//! before or after.

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
#[path = "../support/unleash.rs"]
mod unleash_server;
#[path = "../support/users.rs"]
mod users;

mod cell;
mod clock;
mod disk;
mod faults;
mod killed;
mod matrix;
mod telemetry;
mod together;
mod verdict;

use std::{future::Future, sync::Arc};

use reqwest::Method;
use serde_json::json;
use tokio::{sync::Semaphore, task::JoinHandle};

use self::{cell::Shared, unleash_server::Server};

/// Cells that run side by side.
const SIDE_BY_SIDE: usize = 8;

/// A cell under way, and its name.
type Running = (String, JoinHandle<String>);

fn start(name: String, cell: impl Future<Output = String> + Send + 'static) -> Running {
    (name, tokio::spawn(cell))
}

/// One server for all of them, and each cell with a flag and a machine of its own.
#[tokio::test]
async fn whatever_goes_wrong_nobody_is_served_who_was_not_to_be() {
    let Some(server) = tokio::task::spawn_blocking(Server::start).await.expect("a start") else { return };
    let constraint = json!([{"contextName": "group", "operator": "IN", "values": ["internal"]}]);
    server.admin(Method::POST, "segments", json!({"name": "internal-users", "constraints": constraint})).await;
    let folder = tempfile::tempdir().expect("a folder");
    let events = telemetry::start(folder.path());
    let shared = Arc::new(Shared { server: Arc::new(server), events, room: Semaphore::new(SIDE_BY_SIDE) });
    let mut running = Vec::new();
    for (fault, doing, number) in matrix::cells() {
        let name = format!("{fault:?}, write {number} of {doing:?}");
        running.push(start(name, matrix::cell(Arc::clone(&shared), fault, doing, number)));
    }
    for (doing, number) in killed::CELLS {
        let name = format!("killed after write {number} of {doing:?}");
        running.push(start(name, killed::cell(Arc::clone(&shared), doing, number)));
    }
    for (full, doing) in disk::cells() {
        running.push(start(format!("disk full, {full:?}, {doing:?}"), disk::cell(Arc::clone(&shared), full, doing)));
    }
    for (jump, doing) in clock::cells() {
        running.push(start(format!("clock {jump:?}, {doing:?}"), clock::cell(Arc::clone(&shared), jump, doing)));
    }
    running.push(start("rolled back by two at once".to_owned(), together::cell(Arc::clone(&shared))));
    let (mut failed, all) = (Vec::new(), running.len());
    for (name, cell) in running {
        match cell.await {
            Ok(told) => println!("{told}"),
            Err(_) => failed.push(name),
        }
    }
    assert!(failed.is_empty(), "{} of {all} failed: {failed:#?}", failed.len());
}
