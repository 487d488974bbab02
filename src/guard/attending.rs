//! The attendant behind the guard: what is due of a rollback, and what is seen, is recorded while nobody looks.

use std::{path::PathBuf, sync::Arc};

use tokio::sync::mpsc::UnboundedSender;

use super::{Said, act::News, facts::Facts};
use crate::{
    operations::{Attendant, AttendantContext, AttendantReport},
    poller::Poller,
};

/// Begins to attend; not where nothing may be done. What it does and cannot do comes back as news.
pub(super) fn attending(
    facts: &Facts,
    poller: &Poller,
    data_dir: PathBuf,
    news: UnboundedSender<News>,
) -> Option<Attendant> {
    if facts.read_only {
        return None;
    }
    let (attendant, mut reports) = Attendant::new(AttendantContext {
        runbook: Arc::clone(&facts.runbook),
        environment: facts.environment.clone(),
        candidate: facts.candidate.clone(),
        operator: facts.operator.clone(),
        host: facts.host.clone(),
        clock: facts.clock,
        audit: Arc::clone(&facts.audit),
        diagnostics: poller.diagnostics.clone(),
        store: poller.store.clone(),
        data_dir,
    });
    tokio::spawn(async move {
        while let Some(report) = reports.recv().await {
            if news.send(News::Attended(report)).is_err() {
                return;
            }
        }
    });
    Some(attendant)
}

/// What the attendant did, in a line of the log.
pub(super) fn said(report: &AttendantReport) -> Said {
    let event = if report.is_trouble() { "procedure-failing" } else { "procedure" };
    Said::new(event, report.text())
}
