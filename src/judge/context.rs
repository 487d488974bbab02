//! What everything in the judge looks at.

use chrono::{DateTime, Utc};

use super::{
    History, Resolution, Trouble, evidence_limit,
    health::{Sight, sight},
    period::Period,
    select::Selected,
    stage::{Present, Start},
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
    /// What was resolved, guardrails aside: there may be a thousand of those, and no gate asks for them.
    resolutions: Vec<&'a Resolution>,
}

impl<'a> Context<'a> {
    /// The inputs, and the present stage among them. None for a runbook without stages.
    pub fn new(
        runbook: &'a Runbook,
        snapshot: &'a Snapshot,
        history: &'a History,
        candidate: Option<&'a str>,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let candidate = history.candidate(candidate);
        let present = Present::find(runbook, history, &snapshot.flag, candidate, now)?;
        let of_gates = |resolution: &&Resolution| !matches!(resolution.trouble, Trouble::Guardrail { .. });
        let resolutions = history.resolutions.iter().filter(of_gates).collect();
        Some(Self { runbook, snapshot, history, candidate, now, present, resolutions })
    }

    /// The tallies that a selection picks.
    pub fn select(&self, selection: &'a Selection) -> Selected<'a> {
        Selected::new(self.runbook, self.snapshot, selection)
    }

    /// How well a signal is seen over a period.
    pub fn sight(&self, signal: &str, period: Period) -> Sight {
        sight(self.runbook, self.snapshot, signal, period, self.now)
    }

    /// What makes a trouble counts from here: the stage's entry, or the latest resolution. A change of the candidate does
    /// not clear it, nor does any other change.
    pub fn stands_from(&self, trouble: &Trouble) -> DateTime<Utc> {
        let resolved = self.resolved(trouble);
        resolved.map_or(self.present.entered_at, |at| at.max(self.present.entered_at))
    }

    /// Up to when a trouble is resolved, if it ever was. A resolution cannot reach into the future.
    pub fn resolved(&self, trouble: &Trouble) -> Option<DateTime<Utc>> {
        let resolutions = self.resolutions.iter().filter(|resolution| resolution.trouble == *trouble);
        resolutions.map(|resolution| resolution.at.min(self.now)).max()
    }

    /// The stretch of time whose evidence clears it: since the stage was entered, since what evidence is about last
    /// changed, and since the trouble was last resolved.
    pub fn cleared_over(&self, trouble: &Trouble) -> Period {
        let period = self.present.period(self.now);
        Period { from: period.from.max(self.stands_from(trouble)), ..period }
    }

    /// What fails a gate counts from here.
    pub fn fails_from(&self, gate: &Gate) -> DateTime<Utc> {
        self.stands_from(&self.failure_of(gate))
    }

    /// The stretch of time whose evidence can pass a gate.
    pub fn passes_over(&self, gate: &Gate) -> Period {
        self.cleared_over(&self.failure_of(gate))
    }

    fn failure_of(&self, gate: &Gate) -> Trouble {
        Trouble::Gate { stage: self.present.stage.key.clone(), gate: gate.key.clone() }
    }

    /// The stretches of this stay from `from` on, as far back as telemetry is asked for, and why each begins; oldest first.
    /// Never empty: the last is the one that goes on.
    pub fn stretches_from(&self, from: DateTime<Utc>) -> impl Iterator<Item = (Period, Start)> {
        let limit = from.max(evidence_limit(self.now));
        let stretches = &self.present.stretches;
        let ends = stretches.iter().skip(1).map(|next| Some(next.from)).chain([None]);
        let kept = stretches.iter().zip(ends).filter(move |(_, until)| until.is_none_or(|until| until > limit));
        kept.map(move |(stretch, until)| (Period { from: stretch.from.max(limit), until }, stretch.start))
    }

    /// Those of them that are over.
    pub fn stretches_before(&self, from: DateTime<Utc>) -> impl Iterator<Item = Period> {
        self.stretches_from(from).map(|(period, _)| period).filter(|period| period.until.is_some())
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
