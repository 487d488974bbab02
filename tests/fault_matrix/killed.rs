//! Killed with SIGKILL after each write of each action, before the answer arrives; then started afresh.

use std::{process::Stdio, sync::Arc, time::Duration};

use chrono::TimeDelta;
use gonogo::audit::{Event, Outcome, unfinished};
use serde_json::Value;
use tokio::sync::mpsc;

use super::{
    cell::{Cell, ENTER, Move, REDUCE, RESTORE, ROLL_BACK, Shared, WIDEN},
    fault_proxy::{Act, FaultProxy},
    past,
};

/// Each action, with each of its writes.
pub const CELLS: [(Move, usize); 10] = [
    (ENTER, 1),
    (ENTER, 2),
    (WIDEN, 1),
    (ROLL_BACK, 1),
    (REDUCE, 1),
    (REDUCE, 2),
    (REDUCE, 3),
    (RESTORE, 1),
    (RESTORE, 2),
    (RESTORE, 3),
];

/// Longer than an action without an end can still be under way elsewhere.
const LATER: TimeDelta = TimeDelta::minutes(4);

pub async fn cell(shared: Arc<Shared>, doing: Move, number: usize) -> String {
    let _room = shared.room.acquire().await.expect("room");
    let name = format!("killed-{:?}-{}-{number}", doing.action, doing.to);
    let cell = Cell::new(&shared, &name, doing).await;
    let (told, mut done) = mpsc::unbounded_channel();
    let proxy = FaultProxy::before(&shared.server.base, move |request| {
        if request.is_write(number) { Act::DoneAndTold(told.clone()) } else { Act::Pass }
    })
    .await;
    let mut command = cell.command(&proxy, Duration::from_secs(20), &doing.arguments());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("gonogo starts");
    let came = tokio::time::timeout(Duration::from_secs(60), done.recv()).await;
    child.kill().expect("killed");
    child.wait().expect("gone");
    assert!(came.is_ok_and(|told| told.is_some()), "{name}: it did not come so far");

    let ends = cell.ends(&name).await;
    let record = cell.record().await;
    let cut_off: Vec<String> = unfinished(&record).iter().map(|(_, begun)| begun.id.clone()).collect();
    assert_eq!(cut_off.len(), 1, "{name}: begun, and without an end");
    let id = &cut_off[0];

    // A fresh start finds it: by itself, or because the log still says so.
    cell.starts(&name).await;
    past::let_pass(&cell.home.data(), "production", LATER).await;
    cell.rolls_back(&name).await;
    cell.settles(&name, id).await;
    format!("{name}: {ends:?}")
}

impl Cell {
    /// gonogo starts, reads the flag, and says that something was begun and not ended, or how it ended.
    pub async fn starts(&self, name: &str) {
        let ran = self.gonogo(&["status", "--json"]).await;
        // Whatever the call is, and 5 where a gate of the stage cannot be seen by this telemetry.
        assert!([0, 3, 4, 5].contains(&ran.code), "{name}: exit {}\n{}{}", ran.code, ran.out, ran.err);
        let status = ran.json();
        assert!(status["flag"]["exposure"].is_object(), "{name}: the flag is not read: {status:#}");
        let ended = unfinished(&self.record().await).is_empty();
        let told = status["actions"]["advance"]["blockers"].to_string().contains("begun at");
        assert!(ended || told, "{name}: nothing is said of what was cut off: {status:#}");
        assert_eq!(status["actions"]["rollback"]["allowed"], Value::Bool(true), "{name}: {status:#}");
    }

    /// Rolling back works whatever was cut off.
    pub async fn rolls_back(&self, name: &str) {
        let ran = self.gonogo(&["rollback", "--reason", "to be safe", "--yes", "--no-watch"]).await;
        assert_eq!(ran.code, 0, "{name}: {}{}", ran.out, ran.err);
        assert!(ran.out.contains("the store, read again, says off"), "{name}: {}", ran.out);
        assert!(self.served().await.is_empty(), "{name}");
    }

    /// What was cut off has an end in the log once somebody wants to go on, and nothing is left open.
    pub async fn settles(&self, name: &str, id: &str) {
        let ran = self.gonogo(&["advance", "--to", "internal-canary", "--reason", "again", "--yes"]).await;
        assert_eq!(ran.code, 6, "{name}: {}{}", ran.out, ran.err);
        assert!(self.served().await.is_empty(), "{name}");
        let record = self.record().await;
        assert!(unfinished(&record).is_empty(), "{name}");
        assert_eq!(self.end_of(id).await.len(), 1, "{name}: how {id} ended is told once");
    }

    /// How the action of this id ended, each time that the log says so.
    pub async fn end_of(&self, id: &str) -> Vec<Outcome> {
        let ends = |event| match event {
            Event::Ended { id: of, outcome, .. } if of == id => Some(outcome),
            _ => None,
        };
        self.record().await.entries.into_iter().filter_map(|entry| ends(entry.event)).collect()
    }
}
