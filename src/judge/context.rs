//! What everything in the judge looks at.

use chrono::{DateTime, Utc};

use super::{
    History, Trouble, evidence_limit,
    health::{Sight, sight},
    period::Period,
    select::Selected,
    stage::Present,
};
use crate::{
    runbook::{Gate, Runbook, Selection},
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

    /// What fails a gate counts from here: the stage's entry, or the latest resolution of its failure. A change of the
    /// candidate does not clear a failure, nor does any other change.
    pub fn fails_from(&self, gate: &Gate) -> DateTime<Utc> {
        self.resolved(gate).map_or(self.present.entered_at, |at| at.max(self.present.entered_at))
    }

    /// The stretch of time whose evidence can pass a gate: since the stage was entered, since what evidence is about
    /// last changed, and since the gate's failure was last resolved.
    pub fn passes_over(&self, gate: &Gate) -> Period {
        let period = self.present.period(self.now);
        Period { from: self.resolved(gate).map_or(period.from, |at| at.max(period.from)), ..period }
    }

    fn resolved(&self, gate: &Gate) -> Option<DateTime<Utc>> {
        let trouble = Trouble::Gate { stage: self.present.stage.key.clone(), gate: gate.key.clone() };
        self.history.resolved(&trouble, self.now)
    }

    /// The stay in the present stage, as far back as telemetry is asked for.
    pub fn stay(&self) -> Period {
        Period { from: self.present.entered_at.max(evidence_limit(self.now)), until: None }
    }

    /// Whether anybody can have the feature: the stage says so, or the flag serves somebody all the same.
    pub fn exposes(&self) -> bool {
        let flag = self.snapshot.flag.state.as_ref();
        !self.present.stage.exposure.is_off()
            || flag.is_some_and(|flag| !flag.serves().is_off() || (flag.enabled && !flag.foreign.is_empty()))
    }
}
