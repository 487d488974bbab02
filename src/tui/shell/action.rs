//! The driver of a confirmed action, beside the loop.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::Shell;
use crate::{
    audit::Outcome,
    judge,
    operations::{Confirmed, Context, Progress, perform},
    tui::update::Msg,
};

/// What helps where the store could not be set up at all.
const RESTART: &str = "put this right, then quit and start gonogo again, or run `gonogo rollback`: the flag store is set up \
    once, at the start";

impl Shell {
    /// Whether an action is driven now.
    pub(super) fn acting(&self) -> bool {
        self.driver.as_ref().is_some_and(|driver| !driver.is_finished())
    }

    /// Starts the driver of a confirmed action. A rollback overtakes an advance that is still under way.
    pub(super) fn perform(&mut self, number: u64, confirmed: Confirmed) {
        if let Some(driver) = self.driver.take() {
            driver.abort();
        }
        let (updates, mut reports) = mpsc::unbounded_channel();
        let facts = &self.model.facts;
        let recorded = self.model.history.as_ref().and_then(|history| history.present());
        let stage = match (&self.model.assessment, recorded) {
            (Some(assessment), _) => assessment.stage.key.clone(),
            (None, Some(visit)) => visit.stage.clone(),
            (None, None) => "unknown".to_owned(),
        };
        let context = {
            let (runbook, candidate, operator) =
                (Arc::clone(&facts.runbook), facts.candidate.clone(), facts.operator.clone());
            let (audit, clock, latest) = (Arc::clone(&self.audit), self.clock, self.poller.snapshots.clone());
            move |store| Context {
                runbook,
                candidate,
                operator,
                store,
                audit,
                clock,
                latest,
                assess: judge::assess,
                stage,
                // Until it is done, or the cockpit is left.
                limit: None,
            }
        };
        let mut store = self.poller.store.clone();
        self.driver = Some(tokio::spawn(async move {
            let connected = match store.wait_for(Option::is_some).await {
                Ok(connected) => connected.clone(),
                Err(_) => None,
            };
            match connected {
                Some(Ok(store)) => drop(perform(confirmed, context(store), updates).await),
                Some(Err(fault)) => {
                    let why = vec![fault.to_string(), RESTART.to_owned()];
                    let outcome = Outcome::Refused { why };
                    let _ = updates.send(Progress::Ended { outcome, after: None });
                }
                // The poller is gone: the end is near.
                None => {}
            }
        }));
        let news = self.news.clone();
        tokio::spawn(async move {
            while let Some(progress) = reports.recv().await {
                let _ = news.send(Msg::Progress(number, progress));
            }
            let _ = news.send(Msg::Lost(number));
        });
    }
}
