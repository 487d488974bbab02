//! Keeps diagnostics: reads them, writes them, and holds on to them while they cannot be written.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use tokio::{
    sync::{mpsc, watch},
    time::{sleep, timeout},
};

use super::{AGAIN, AttendantContext, AttendantReport, Known, recording};
use crate::{
    audit::{Event, Phase},
    evidence::{self, Facts, Written},
    fault::{Fault, FaultKind},
    judge::RollbackRecord,
    operations::procedure::{Task, recorded},
    snapshot::{FlagState, SourceState},
    telemetry::Exhibit,
};

/// How long a source is waited for that is not connected yet.
const CONNECTED_BY: Duration = Duration::from_secs(5);
/// How long telemetry may take; it has its own limit, below this.
const COLLECTED_BY: Duration = Duration::from_secs(30);
/// How long the flag store is waited for.
const FLAG_BY: Duration = Duration::from_secs(10);

/// One phase of one rollback.
pub(super) struct Keeping<'a> {
    pub(super) context: &'a AttendantContext,
    pub(super) rollback: &'a RollbackRecord,
    pub(super) phase: Phase,
    /// From when on telemetry is kept.
    pub(super) since: DateTime<Utc>,
    pub(super) reports: &'a mpsc::UnboundedSender<AttendantReport>,
}

/// What is known; where telemetry was just connected, what is known once it was heard.
async fn heard(mut news: watch::Receiver<Known>) -> Known {
    let settled = |known: &Known| {
        let sources = known.assessment.iter().flat_map(|assessment| &assessment.sources);
        sources.into_iter().all(|source| source.state != SourceState::Connecting)
    };
    // In time or not: what there is, is kept.
    let _ = timeout(CONNECTED_BY, news.wait_for(settled)).await;
    news.borrow().clone()
}

impl Keeping<'_> {
    /// Until they are on the disk, or somebody else kept them.
    pub(super) async fn keep(&self, task: Task, news: watch::Receiver<Known>) {
        let (rollback, phase) = (self.rollback.id.clone(), self.phase);
        self.report(AttendantReport::Keeping { rollback: rollback.clone(), phase });
        let (exhibits, no_telemetry) = match self.collect().await {
            Ok(exhibits) => (exhibits, None),
            Err(why) => (Vec::new(), Some(why)),
        };
        // After that, so that it is the flag as it is after the rollback, as far as that has come.
        let after = self.flag().await;
        let record = recording::read(self.context).await;
        if let Ok(record) = &record
            && recorded(&task, record.entries.iter().map(|entry| &entry.event))
        {
            self.report(AttendantReport::KeptElsewhere { rollback, phase });
            return;
        }
        let kept = self.context.audit.kept();
        let known = heard(news).await;
        let entries = record.as_ref().map(|record| record.entries.as_slice()).map_err(Clone::clone);
        let in_log = entries.iter().flat_map(|entries| entries.iter()).map(|entry| &entry.event);
        let before = in_log.chain(kept.iter().map(|(_, _, event)| event)).find_map(|event| self.before(event));
        let context = self.context;
        let files = evidence::bundle(
            &Facts {
                rollback: self.rollback,
                phase,
                at: context.clock.now(),
                since: self.since,
                operator: &context.operator,
                host: &context.host,
                runbook: &context.runbook,
                environment: &context.environment,
                candidate: known.history.candidate(context.candidate.as_deref()),
                assessment: known.assessment.as_deref(),
                before,
                after: after.as_ref().map(|(flag, at)| (flag, *at)).map_err(Clone::clone),
                timeline: entries,
                not_in_the_log: &kept,
                no_telemetry: no_telemetry.as_deref(),
            },
            exhibits,
        );
        let written = self.write(files).await;
        let folder = crate::text::clean(&written.folder.display().to_string());
        let report =
            AttendantReport::Kept { rollback: rollback.clone(), phase, folder: folder.clone(), files: written.files };
        self.report(report.clone());
        let event = Event::DiagnosticsKept { rollback, phase, folder, files: written.files, digest: written.digest };
        recording::tell(self.context, self.context.clock.now(), event, &report.text(), self.reports).await;
    }

    /// What telemetry gives, or why it gives nothing.
    async fn collect(&self) -> Result<Vec<Exhibit>, String> {
        let mut diagnostics = self.context.diagnostics.clone();
        let connected = match timeout(CONNECTED_BY, diagnostics.wait_for(Option::is_some)).await {
            Ok(Ok(connected)) => connected.clone(),
            // It keeps nothing, or could not be set up.
            Ok(Err(_)) => None,
            Err(_) => return Err("telemetry was not connected in time".to_owned()),
        };
        let Some(diagnostics) = connected else { return Err("no telemetry is connected".to_owned()) };
        let now = self.context.clock.now();
        let collected = timeout(COLLECTED_BY, diagnostics.collect(self.since, now)).await;
        collected.map_err(|_| format!("telemetry did not answer within {} s", COLLECTED_BY.as_secs()))
    }

    async fn flag(&self) -> Result<(FlagState, DateTime<Utc>), Fault> {
        let mut store = self.context.store.clone();
        let away = |what: &str| Fault::new(FaultKind::Timeout, what, "check that it is up and reachable");
        let connected = match timeout(CONNECTED_BY, store.wait_for(Option::is_some)).await {
            Ok(Ok(connected)) => connected.clone(),
            _ => None,
        };
        let Some(store) = connected else { return Err(away("the flag store was not connected in time")) };
        let read = timeout(FLAG_BY, store?.read()).await;
        let flag = read.unwrap_or_else(|_| Err(away("the flag store did not answer in time")))?;
        Ok((flag, self.context.clock.now()))
    }

    /// The flag before the rollback, where this entry says that it begins.
    fn before<'e>(&self, event: &'e Event) -> Option<&'e FlagState> {
        match event {
            Event::Begun(begun) if begun.id == self.rollback.id => begun.before.as_ref(),
            _ => None,
        }
    }

    /// Writes them, as often as it takes. Until then they are in memory: bounded, as what each source gives is.
    async fn write(&self, files: Vec<Exhibit>) -> Written {
        let files: Arc<[Exhibit]> = files.into();
        let bytes = files.iter().map(|file| file.bytes.len()).sum();
        let mut told = None;
        loop {
            let (data, id, phase) = (self.context.data_dir.clone(), self.rollback.id.clone(), self.phase);
            let these = Arc::clone(&files);
            let writing = tokio::task::spawn_blocking(move || evidence::write(&data, &id, phase, &these));
            let error = match writing.await {
                Ok(Ok(written)) => return written,
                Ok(Err(error)) => error.to_string(),
                Err(_) => "writing them crashed; see the log file".to_owned(),
            };
            if told.as_ref() != Some(&error) {
                let what = format!("the evidence in {} could not be written: {error}", self.context.data_dir.display());
                let fault =
                    Fault::new(FaultKind::File, what, "make the folder writable, or free space; leave gonogo open");
                let (rollback, phase) = (self.rollback.id.clone(), self.phase);
                self.report(AttendantReport::InMemory { rollback, phase, bytes, fault });
                told = Some(error);
            }
            sleep(AGAIN).await;
        }
    }

    fn report(&self, report: AttendantReport) {
        // Nobody needs to listen.
        let _ = self.reports.send(report);
    }
}
