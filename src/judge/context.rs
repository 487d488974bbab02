//! What everything in the judge looks at.

use chrono::{DateTime, Utc};

use super::{
    History,
    health::{Sight, sight},
    period::Period,
    select::Selected,
    stage::Present,
};
use crate::{
    runbook::{Runbook, Selection},
    snapshot::Snapshot,
};

/// The inputs of one judgement, and the stage it is about.
pub(super) struct Context<'a> {
    /// The rollout as its team wrote it.
    pub runbook: &'a Runbook,
    /// What is known now.
    pub snapshot: &'a Snapshot,
    /// What happened before.
    pub history: &'a History,
    /// The commit under rollout.
    pub candidate: Option<&'a str>,
    /// The instant judged.
    pub now: DateTime<Utc>,
    /// The present stage.
    pub present: Present<'a>,
}

impl<'a> Context<'a> {
    /// The tallies that a selection picks.
    pub fn select(&self, selection: &'a Selection) -> Selected<'a> {
        Selected::new(self.runbook, self.snapshot, selection)
    }

    /// How well a signal is seen over a period.
    pub fn sight(&self, signal: &str, period: Period) -> Sight {
        sight(self.runbook, self.snapshot, signal, period, self.now)
    }

    /// Whether anybody can have the feature: the stage says so, or the flag serves somebody all the same.
    pub fn exposes(&self) -> bool {
        let flag = self.snapshot.flag.state.as_ref();
        !self.present.stage.exposure.is_off()
            || flag.is_some_and(|flag| !flag.serves().is_off() || (flag.enabled && !flag.foreign.is_empty()))
    }
}
