//! What an operation is done with.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use crate::{
    audit::AuditLog,
    clock::Clock,
    flags::FlagStore,
    judge::{Assessment, History},
    runbook::Runbook,
    snapshot::Snapshot,
};

/// The judge, as the driver calls it.
pub type Assess = fn(&Runbook, &Snapshot, &History, Option<&str>, DateTime<Utc>) -> Assessment;

/// Everything that an operation is done with.
#[derive(Clone)]
pub struct Context {
    /// What is rolled out.
    pub runbook: Arc<Runbook>,
    /// The commit under rollout.
    pub candidate: Option<String>,
    /// Who acts.
    pub operator: String,
    /// The flag store.
    pub store: Arc<dyn FlagStore>,
    /// The audit log.
    pub audit: Arc<dyn AuditLog>,
    /// Where the present comes from.
    pub clock: Clock,
    /// The latest snapshot.
    pub latest: watch::Receiver<Arc<Snapshot>>,
    /// The judge.
    pub assess: Assess,
    /// Key of the present stage.
    pub stage: String,
    /// How long a rollback is tried; without one, until it is done.
    pub limit: Option<Duration>,
}
