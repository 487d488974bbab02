//! One rollout, wired: the runbook and everything outside that it is run with.

use std::{path::PathBuf, sync::Arc, time::Duration};

use chrono::TimeDelta;
use tokio::sync::mpsc::UnboundedSender;

use crate::{
    audit::AuditLog, clock::Clock, config::AtHand, fault::Fault, flags::FlagStore, logs::Logs, recording::Tape,
    runbook::Runbook, snapshot::SourceStatus, telemetry::Telemetry,
};

/// Makes a source when it is first needed; an address or token that cannot be used is a fault of that source alone.
pub type Connect<T> = Box<dyn FnOnce() -> Result<T, Fault> + Send>;

/// A source that is not connected yet.
pub struct Pending<T> {
    /// What the header shows meanwhile.
    pub introduction: SourceStatus,
    /// Connects it. Slow (certificates): never before the first frame.
    pub connect: Connect<T>,
}

/// Telemetry of the same rollout in another environment; a fault where nobody says how that is asked.
pub type Elsewhere = Arc<dyn Fn(&str) -> Result<Pending<Box<dyn Telemetry>>, Fault> + Send + Sync>;

/// Everything the cockpit and the commands need for one rollout.
pub struct Session {
    /// What is rolled out.
    pub runbook: Arc<Runbook>,
    /// Where: `production`.
    pub environment: String,
    /// The commit under rollout.
    pub candidate: Option<String>,
    /// The product's checkout: where the automated gate runs.
    pub checkout: Option<PathBuf>,
    /// Where the gate's command is looked for before the PATH: the demo brings its own.
    pub qa_path: Option<PathBuf>,
    /// Tokens of the profile: none of them is kept with what the gate printed.
    pub at_hand: AtHand,
    /// Who acts.
    pub operator: String,
    /// Where the present comes from.
    pub clock: Clock,
    /// Time between polls, real time.
    pub interval: Duration,
    /// Where telemetry is read.
    pub telemetry: Pending<Box<dyn Telemetry>>,
    /// Where the flag is.
    pub flags: Pending<Arc<dyn FlagStore>>,
    /// Telemetry of other environments.
    pub elsewhere: Elsewhere,
    /// Where logs are read; asked by nobody but who fetches evidence.
    pub logs: Connect<Arc<dyn Logs>>,
    /// What happened so far.
    pub audit: Arc<dyn AuditLog>,
    /// Where this rollout's state is kept.
    pub data_dir: PathBuf,
    /// No acting key, no acting command.
    pub read_only: bool,
    /// Shown beside the environment: `demo`.
    pub label: Option<String>,
    /// What lets time pass at once; only where it is simulated.
    pub skip: Option<UnboundedSender<TimeDelta>>,
    /// The recording that is kept of it, or that it is.
    pub tape: Option<Tape>,
}
