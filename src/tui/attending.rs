//! The attendant behind the cockpit: what is due of a rollback is done while people look.

use std::{path::PathBuf, sync::Arc};

use tokio::sync::mpsc::UnboundedSender;

use super::{model::Facts, update::Msg};
use crate::{
    audit::AuditLog,
    clock::Clock,
    operations::{Attendant, AttendantContext, this_host},
    poller::Poller,
};

/// Begins to attend; not where nothing may be done. What it does and cannot do goes into the log file, and to the screen.
pub(super) fn attending(
    facts: &Facts,
    poller: &Poller,
    clock: Clock,
    audit: &Arc<dyn AuditLog>,
    data_dir: PathBuf,
    news: UnboundedSender<Msg>,
) -> Option<Attendant> {
    if facts.read_only {
        return None;
    }
    let (attendant, mut reports) = Attendant::new(AttendantContext {
        runbook: Arc::clone(&facts.runbook),
        environment: facts.environment.clone(),
        candidate: facts.candidate.clone(),
        operator: facts.operator.clone(),
        host: this_host(),
        clock,
        audit: Arc::clone(audit),
        diagnostics: poller.diagnostics.clone(),
        store: poller.store.clone(),
        data_dir,
    });
    tokio::spawn(async move {
        while let Some(report) = reports.recv().await {
            match report.is_trouble() {
                true => tracing::error!("{}", report.text()),
                false => tracing::info!("{}", report.text()),
            }
            // Nobody listens any more once the cockpit is left.
            let _ = news.send(Msg::Attended(report));
        }
    });
    Some(attendant)
}
