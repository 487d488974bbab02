//! What does not change while a guard runs.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use super::{Said, past::Reader};
use crate::{
    audit::AuditLog, clock::Clock, judge::Assessment, notify::Notice, runbook::Runbook, snapshot::Snapshot, text::clean,
};

/// One rollout, and who guards it.
pub(super) struct Facts {
    pub runbook: Arc<Runbook>,
    pub environment: String,
    pub candidate: Option<String>,
    pub operator: String,
    pub host: String,
    pub clock: Clock,
    pub audit: Arc<dyn AuditLog>,
    pub read_only: bool,
}

impl Facts {
    /// What reads the log.
    pub(super) fn reader(&self, snapshots: watch::Receiver<Arc<Snapshot>>) -> Reader {
        Reader {
            audit: Arc::clone(&self.audit),
            runbook: Arc::clone(&self.runbook),
            candidate: self.candidate.clone(),
            operator: self.operator.clone(),
            clock: self.clock,
            read_only: self.read_only,
            snapshots,
        }
    }

    /// The notice of it.
    pub(super) fn notice(&self, said: &Said, assessment: Option<&Assessment>, at: DateTime<Utc>) -> Notice {
        Notice {
            schema: Notice::SCHEMA,
            event: said.event.to_owned(),
            at,
            rollout: self.runbook.key.clone(),
            environment: self.environment.clone(),
            stage: assessment.map(|assessment| assessment.stage.key.clone()).unwrap_or_default(),
            call: assessment.map(|assessment| assessment.call.word().to_owned()).unwrap_or_default(),
            what: clean(&said.what),
            reason: clean(&said.reason),
            since: said.since,
            operator: self.operator.clone(),
            host: self.host.clone(),
        }
    }
}
