//! A simulated fleet that really obeys the flag file and really writes events.
//!
//! It is the product's side of a rollout: gonogo reads its flag file and its events through the same sources as
//! anybody's. The same seed and opening give the same events byte for byte, as long as the flag is changed at the same
//! simulated times.

mod checkout;
mod evaluate;
mod fix;
mod fleet;
mod opening;
mod record;
mod recorded;
mod rollout;
mod scenario;
mod team;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

pub use checkout::{CANDIDATE, FIX, bin_path, checkout_path, make as make_checkout};
use chrono::TimeDelta;
pub use evaluate::{Context, FlagSet};
pub use fix::qa_report_path;
pub use fleet::Tally;
pub use opening::OPENS_IN;
pub use rollout::Demo;
pub use scenario::Scenario;
use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{MissedTickBehavior, interval},
};

use crate::{
    audit::AuditLog,
    clock::Clock,
    fault::{Fault, FaultKind},
};

/// Real time between two steps.
const STEP: Duration = Duration::from_millis(200);

/// The flagd file of a demo that lives in `dir`.
pub fn flag_path(dir: &Path) -> PathBuf {
    dir.join("flags.json")
}

/// The events of a demo that lives in `dir`.
pub fn events_path(dir: &Path) -> PathBuf {
    dir.join("events.ndjson")
}

/// Keeps the fleet alive by `clock` until it is dropped, and its team at work on this log. Each order lets the fleet live on
/// by so much at once.
pub async fn run(mut demo: Demo, clock: Clock, audit: Arc<dyn AuditLog>, mut orders: UnboundedReceiver<TimeDelta>) {
    let mut tick = interval(STEP);
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        let order = tokio::select! {
            _ = tick.tick() => None,
            Some(by) = orders.recv() => Some(by),
        };
        let step = tokio::task::spawn_blocking(move || {
            let lived = match order {
                Some(by) => demo.skip(clock, by),
                None => demo.advance_to(clock.now()),
            };
            (demo, lived)
        });
        let Ok((back, lived)) = step.await else { return };
        demo = back;
        if let Err(fault) = lived {
            tracing::warn!(%fault, "the demo's fleet could not go on");
        }
        if let Err(fault) = team::work(audit.as_ref(), demo.runbook, &demo.violations, &demo.owner, clock.now()).await {
            tracing::warn!(%fault, "the demo's team could not answer");
        }
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Fault {
    Fault::new(
        FaultKind::File,
        format!("the demo cannot write {}: {error}", path.display()),
        "free some space there, or name another folder",
    )
}
