//! One look at telemetry of another environment, for what is shown beside the checklist.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::{Instant, sleep, timeout_at};

use crate::{
    clock::Clock,
    fault::{Fault, FaultKind},
    judge::{SeenCheck, seen_checks},
    runbook::Runbook,
    session::Elsewhere,
    snapshot::{Poll, Snapshot, SourceKind, SourceState, SourceStatus},
};

/// Between two polls of a source that reads on.
const PAUSE: Duration = Duration::from_millis(100);

/// How far back it is looked.
const WITHIN: TimeDelta = TimeDelta::hours(24);

/// What telemetry of `environment` saw of each check in the last 24 hours; where it cannot be asked within `limit`, why.
/// Connects, asks and forgets: slow, so beside whatever is drawn.
pub async fn seen_in(
    runbook: &Arc<Runbook>,
    elsewhere: &Elsewhere,
    environment: &str,
    clock: Clock,
    limit: Duration,
) -> Vec<SeenCheck> {
    let since = clock.now() - WITHIN;
    let observed = observed(elsewhere, environment, clock, since, limit).await.map_err(|fault| fault.to_string());
    seen_checks(runbook, environment, observed.as_ref().map_err(String::as_str), since, clock.now())
}

async fn observed(
    elsewhere: &Elsewhere,
    environment: &str,
    clock: Clock,
    since: DateTime<Utc>,
    limit: Duration,
) -> Result<Snapshot, Fault> {
    let late = || {
        let what = format!("it did not answer within {}", humantime::format_duration(limit));
        Fault::new(FaultKind::Timeout, what, "check that it is up and reachable")
    };
    let until = Instant::now() + limit;
    let pending = elsewhere(environment)?;
    let connecting = tokio::task::spawn_blocking(pending.connect);
    let mut source = timeout_at(until, connecting).await.map_err(|_| late())?.unwrap_or_else(|_| {
        Err(Fault::new(FaultKind::Configuration, "it could not be set up: its set-up crashed", "see the log file"))
    })?;
    loop {
        let now = clock.now();
        let poll = timeout_at(until, source.poll(since, now)).await.map_err(|_| late())?;
        if !source.is_loading() {
            // Nothing at all was read: what is missing is then not what was not seen.
            let Poll { observation, status } = poll;
            return match (status.state, &status.error) {
                (SourceState::Failed, Some(fault)) => Err(fault.clone()),
                _ => {
                    let flag = SourceStatus::connecting("flag", SourceKind::Flags, "not asked".to_owned());
                    Ok(Snapshot { telemetry: Some(observation), ..Snapshot::empty(now, status, flag) })
                }
            };
        }
        timeout_at(until, sleep(PAUSE)).await.map_err(|_| late())?;
    }
}
