//! One look at everything, for commands that answer and end.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time::timeout};

use crate::{
    audit::{AuditLog, replay},
    clock::Clock,
    fault::{Fault, FaultKind},
    flags::FlagStore,
    judge::{self, Assessment, History},
    poller::{self, Poller},
    runbook::Runbook,
    session::Session,
    snapshot::{Snapshot, SourceState, SourceStatus},
};

/// A session that polls, after its first look.
pub(super) struct Look {
    pub(super) runbook: Arc<Runbook>,
    pub(super) environment: String,
    pub(super) candidate: Option<String>,
    pub(super) operator: String,
    pub(super) clock: Clock,
    pub(super) audit: Arc<dyn AuditLog>,
    pub(super) history: History,
    poller: Poller,
    /// How long the sources were waited for.
    wait: Duration,
}

impl Look {
    /// Polls both sources until each has answered once, or failed to, or `wait` is over.
    pub(super) async fn take(session: Session, wait: Duration) -> Self {
        let history = match session.audit.read().await {
            Ok(record) => replay(&record),
            // What happened before is then not known, and nothing goes on without it.
            Err(fault) => History { blind: Some(fault.to_string()), ..History::default() },
        };
        Self::with(session, history, wait).await
    }

    /// The same, where the past is known already.
    pub(super) async fn with(session: Session, history: History, wait: Duration) -> Self {
        let now = session.clock.now();
        let since = judge::evidence_since(&history, now);
        let mut poller = poller::start(session.telemetry, session.flags, session.clock, session.interval, since);
        let both = |snapshot: &Arc<Snapshot>| {
            let heard = |state| state != SourceState::Connecting;
            heard(snapshot.telemetry_source.state) && heard(snapshot.flag_source.state)
        };
        let _ = timeout(wait, poller.snapshots.wait_for(both)).await;
        Self {
            runbook: session.runbook,
            environment: session.environment,
            candidate: history.candidate(session.candidate.as_deref()).map(str::to_owned),
            operator: session.operator,
            clock: session.clock,
            audit: session.audit,
            history,
            poller,
            wait,
        }
    }

    /// The latest snapshot, and those to come.
    pub(super) fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.poller.snapshots.clone()
    }

    /// The flag store, if it is connected.
    pub(super) fn store(&self) -> Option<Result<Arc<dyn FlagStore>, Fault>> {
        self.poller.store.borrow().clone()
    }

    /// The latest snapshot, judged.
    pub(super) fn assess(&self) -> Assessment {
        let mut snapshot = Snapshot::clone(&self.poller.snapshots.borrow());
        let telemetry = self.unheard(&snapshot.telemetry_source);
        snapshot.telemetry_source.error = telemetry.or(snapshot.telemetry_source.error);
        if let Some(fault) = self.unheard(&snapshot.flag_source) {
            snapshot.flag_source.error = Some(fault.clone());
            snapshot.flag.fault = Some(fault);
        }
        judge::assess(&self.runbook, &snapshot, &self.history, self.candidate.as_deref(), self.clock.now())
    }

    /// That a source was not heard of while it was waited for.
    fn unheard(&self, source: &SourceStatus) -> Option<Fault> {
        (source.state == SourceState::Connecting).then(|| {
            let wait = humantime::format_duration(self.wait);
            let what = format!("{} at {} did not answer within {wait}", source.name, source.address);
            Fault::new(FaultKind::Timeout, what, "check that it is up, or wait longer with --wait")
        })
    }
}
