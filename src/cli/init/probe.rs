//! Both sources asked once, live: whether they answer, and what they know of the rollout.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::timeout;

use crate::{
    fault::{Fault, FaultKind},
    flags::FlagStore,
    runbook::Runbook,
    session::{Connect, Pending},
    snapshot::{Health, Reading, SourceState},
    telemetry::Telemetry,
    text::clean,
    units::count,
};

/// No source is waited for any longer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How far back telemetry is asked.
const BACK: TimeDelta = TimeDelta::hours(1);

/// What telemetry says: a line for each signal.
///
/// # Errors
/// Where it does not answer.
pub(super) async fn telemetry(
    pending: Pending<Box<dyn Telemetry>>,
    runbook: &Runbook,
    now: DateTime<Utc>,
) -> Result<Vec<String>, Fault> {
    let name = pending.introduction.name;
    let mut source = connected(pending.connect).await?;
    let poll = timeout(PATIENCE, source.poll(now - BACK, now)).await.map_err(|_| silent(&name))?;
    if let (SourceState::Failed, Some(fault)) = (poll.status.state, poll.status.error) {
        return Err(fault);
    }
    let readings = &poll.observation.readings;
    let each = runbook.signals.iter().map(|signal| {
        let title = clean(&signal.title);
        format!("{title}: {}", readings.get(&signal.key).map_or_else(|| "not read here".to_owned(), |r| said(r, now)))
    });
    let answered = poll.status.latency.map_or_else(String::new, |took| format!(" in {} ms", took.num_milliseconds()));
    Ok([format!("{name} answered{answered}")].into_iter().chain(each).collect())
}

fn said(reading: &Reading, now: DateTime<Utc>) -> String {
    match &reading.health {
        Health::Good | Health::Partial(_) => {
            let from = crate::snapshot::minute_of(now - BACK);
            let seen: u64 = reading.tallies.values().map(|counts| counts.between(from, i64::MAX)).sum();
            let part =
                if let Health::Partial(why) = &reading.health { format!("; {}", clean(why)) } else { String::new() };
            format!("{} in the last hour{part}", count(seen))
        }
        Health::Absent => "never heard of there; that is not zero, and its gates will be Unknown".to_owned(),
        Health::Failed(fault) => fault.to_string(),
        Health::Unreadable => "the runbook does not say how it is read there".to_owned(),
    }
}

/// What the flag store says.
///
/// # Errors
/// Where it does not answer, or does not know the flag.
pub(super) async fn flags(pending: Pending<std::sync::Arc<dyn FlagStore>>) -> Result<Vec<String>, Fault> {
    let name = pending.introduction.name;
    let store = connected(pending.connect).await?;
    let state = timeout(PATIENCE, store.read()).await.map_err(|_| silent(&name))??;
    Ok(vec![format!("{name} answered; exposure now: {}", state.serves())])
}

async fn connected<T: Send + 'static>(connect: Connect<T>) -> Result<T, Fault> {
    tokio::task::spawn_blocking(connect).await.unwrap_or_else(|_| {
        let what = "the source could not be set up: its set-up crashed";
        Err(Fault::new(FaultKind::Configuration, what, "see the log file"))
    })
}

fn silent(name: &str) -> Fault {
    let what = format!("{name} did not answer within {} s", PATIENCE.as_secs());
    Fault::new(FaultKind::Timeout, what, "check that it is up and reachable")
}
