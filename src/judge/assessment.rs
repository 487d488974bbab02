//! The judge's answer: the one thing that the screen, the status, the report and the confirmation show.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{DeployedAssessment, Standing};
use crate::{
    fault::Fault,
    runbook::{Exposure, RateScope},
    snapshot::SourceStatus,
};

/// The call over everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Every gate passes, nothing stands against it.
    Go,
    /// Something failed: a gate, a hard stop, a tripped trigger, a drifted flag.
    NoGo,
    /// Evidence is pending, or something cannot be seen.
    Hold,
}

impl Call {
    /// As in `status --json`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::NoGo => "no-go",
            Self::Hold => "hold",
        }
    }

    /// As on the screen.
    pub fn banner(self) -> &'static str {
        match self {
            Self::Go => "GO",
            Self::NoGo => "NO-GO",
            Self::Hold => "HOLD",
        }
    }
}

/// A gate's verdict. Ordered from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It holds.
    Pass,
    /// Not enough evidence yet.
    Pending,
    /// It cannot be seen.
    Unknown,
    /// It does not hold.
    Fail,
}

impl Verdict {
    /// As in `status --json`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Pending => "pending",
            Self::Unknown => "unknown",
            Self::Fail => "fail",
        }
    }
}

/// What is judged of one gate.
#[derive(Debug, Clone, PartialEq)]
pub struct GateAssessment {
    /// Gate key.
    pub key: String,
    /// Name for people.
    pub title: String,
    /// Stage key.
    pub stage: String,
    /// The name of its kind, as written in a runbook.
    pub kind: &'static str,
    /// What it asks, in one sentence for somebody who knows no statistics.
    pub asks: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in one line for people: what was seen, what is missing, what is blind.
    pub reason: String,
    /// The few characters shown beside the title: `99.82 %`, `0 of 48,211`.
    pub brief: String,
    /// Its numbers, for machines; finite.
    pub evidence: BTreeMap<String, f64>,
    /// Age of the data it rests on.
    pub age: Option<TimeDelta>,
    /// The query behind it, if telemetry is.
    pub query: Option<String>,
    /// When a verdict can be there, from now, at the present rates.
    pub eta: Option<TimeDelta>,
    /// What it rests on begins here.
    pub since: Option<DateTime<Utc>>,
    /// When it failed, if it has: it stays failed until somebody resolves that.
    pub failed_at: Option<DateTime<Utc>>,
}

/// A success rate over a window.
#[derive(Debug, Clone, PartialEq)]
pub struct RateAssessment {
    /// `stage:KEY` for a rollout stage's own window, `step` for a step in the present stage's window.
    pub scope: String,
    /// What it speaks for.
    pub kind: RateScope,
    /// Rate key.
    pub key: String,
    /// Name for people.
    pub title: String,
    /// Attempts that succeeded.
    pub successes: u64,
    /// Attempts that ended.
    pub attempts: u64,
    /// successes / attempts; None without attempts.
    pub rate: Option<f64>,
    /// Lower end of the interval that is valid at any number of looks (95 %).
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The worst acceptable rate.
    pub slo: f64,
    /// The window.
    pub from: DateTime<Utc>,
    /// Its end, not included.
    pub to: DateTime<Utc>,
    /// Why the numbers are not to be relied on, if so.
    pub blind: Option<String>,
}

/// Windows in which occurrences are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WindowCounts {
    /// Last 15 minutes.
    pub m15: u64,
    /// Last hour.
    pub h1: u64,
    /// Last 24 hours.
    pub h24: u64,
    /// Since the present stage was entered.
    pub stage: u64,
}

impl WindowCounts {
    /// These and those.
    pub(super) fn add(&mut self, other: Self) {
        self.m15 = self.m15.saturating_add(other.m15);
        self.h1 = self.h1.saturating_add(other.h1);
        self.h24 = self.h24.saturating_add(other.h24);
        self.stage = self.stage.saturating_add(other.stage);
    }
}

/// A guardrail signature's tally.
#[derive(Debug, Clone, PartialEq)]
pub struct GuardrailAssessment {
    /// `stage:code`.
    pub signature: String,
    /// Whether the runbook lists it.
    pub listed: bool,
    /// Whether it stands as a hard stop now.
    pub hard_stop: bool,
    /// Occurrences.
    pub counts: WindowCounts,
    /// First occurrence known.
    pub first_seen: Option<DateTime<Utc>>,
    /// Latest occurrence.
    pub last_seen: Option<DateTime<Utc>>,
}

/// A monitored class of what happens.
#[derive(Debug, Clone, PartialEq)]
pub struct MonitorAssessment {
    /// Monitor key.
    pub key: String,
    /// Name for people.
    pub title: String,
    /// All of it.
    pub counts: WindowCounts,
    /// By the values of its label: seen in the stage or in 24 hours, most frequent first; then known codes never seen.
    pub rows: Vec<MonitorRow>,
    /// Why it cannot be seen, if so. Its zeros are then no zeros.
    pub blind: Option<String>,
}

/// What was seen of one code or message.
#[derive(Debug, Clone, PartialEq)]
pub struct MonitorRow {
    /// The value of the label: `SlowDown`, `409`, a message.
    pub value: String,
    /// Its class, where the runbook knows it: `transient`.
    pub class: Option<String>,
    /// Whether the runbook knows it: among its codes, or its failure messages.
    pub listed: bool,
    /// What it means, where the runbook says.
    pub meaning: Option<String>,
    /// Occurrences.
    pub counts: WindowCounts,
    /// First occurrence known.
    pub first_seen: Option<DateTime<Utc>>,
    /// Latest occurrence.
    pub last_seen: Option<DateTime<Utc>>,
}

/// A signal's tally in the present stage, by one combination of labels.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalAssessment {
    /// Signal key.
    pub key: String,
    /// Label name → value.
    pub by: BTreeMap<String, String>,
    /// Occurrences since the present stage was entered.
    pub count: u64,
    /// In the last 24 hours.
    pub h24: u64,
}

/// A rollback trigger's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TriggerState {
    /// Watching, nothing seen.
    Armed,
    /// It calls for a rollback.
    Tripped,
    /// It cannot see.
    Unknown,
}

impl TriggerState {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Armed => "armed",
            Self::Tripped => "tripped",
            Self::Unknown => "unknown",
        }
    }
}

/// A rollback trigger.
#[derive(Debug, Clone, PartialEq)]
pub struct TriggerAssessment {
    /// Trigger key.
    pub key: String,
    /// Name for people.
    pub title: String,
    /// Its state.
    pub state: TriggerState,
    /// Why, in one line.
    pub reason: String,
    /// The few characters shown beside the title.
    pub brief: String,
    /// Since when it is tripped.
    pub since: Option<DateTime<Utc>>,
    /// What tripped it: a signature, a code, a rate, an operator.
    pub by: Option<String>,
}

/// A violation that stops the rollout until it is resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct HardStop {
    /// `stage:code`.
    pub signature: String,
    /// Occurrences that are not resolved.
    pub count: u64,
    /// First of them.
    pub since: DateTime<Utc>,
    /// In one line.
    pub reason: String,
}

/// The stage the rollout is in.
#[derive(Debug, Clone, PartialEq)]
pub struct StageAssessment {
    /// Index in the runbook.
    pub index: usize,
    /// Stage key.
    pub key: String,
    /// Name for people.
    pub title: String,
    /// When it was entered, as recorded or as inferred.
    pub entered_at: Option<DateTime<Utc>>,
    /// Whether the stage was inferred from the flag because the audit log records none.
    pub inferred: bool,
    /// Where its evidence begins: later than the stage where something changed in it.
    pub evidence_from: DateTime<Utc>,
    /// Why evidence began again within the stage, if it did.
    pub restarted: Option<String>,
    /// How long it has been watched.
    pub observed: TimeDelta,
    /// How long it is to be watched at least.
    pub observe: TimeDelta,
}

/// The flag.
#[derive(Debug, Clone, PartialEq)]
pub struct FlagAssessment {
    /// Whether anybody can get the feature; None if never read.
    pub enabled: Option<bool>,
    /// Who gets it; None if never read.
    pub serves: Option<Exposure>,
    /// The configuration's version.
    pub version: Option<String>,
    /// How old the reading is.
    pub age: Option<TimeDelta>,
    /// How it differs from what the stage says, in words.
    pub drift: Option<String>,
    /// Why it cannot be relied on: unreadable, or too old.
    pub blind: Option<String>,
}

/// Whether an action may be taken.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ActionAssessment {
    /// Whether it is allowed.
    pub allowed: bool,
    /// The stage key it leads to, if there is one.
    pub to: Option<String>,
    /// Why not, worst reason first.
    pub blockers: Vec<String>,
}

/// One minute of the primary rate, for the chart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChartPoint {
    /// Minute, as [`crate::snapshot::minute_of`] counts.
    pub minute: i64,
    /// Attempts that succeeded in it.
    pub successes: u64,
    /// Attempts that ended in it.
    pub attempts: u64,
}

/// Everything judged at one instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// The instant judged.
    pub at: DateTime<Utc>,
    /// The snapshot's generation.
    pub generation: u64,
    /// The call.
    pub call: Call,
    /// Why, in one line, the worst first.
    pub headline: String,
    /// The present stage.
    pub stage: StageAssessment,
    /// The flag.
    pub flag: FlagAssessment,
    /// The sources: telemetry, flags.
    pub sources: Vec<SourceStatus>,
    /// The exit gates of the present stage, in the runbook's order.
    pub gates: Vec<GateAssessment>,
    /// Success rates: each stage entered, oldest first, then each step.
    pub rates: Vec<RateAssessment>,
    /// Guardrail signatures: seen ones first, latest first; then listed ones that were never seen.
    pub guardrails: Vec<GuardrailAssessment>,
    /// Why the guardrails cannot be seen, if so. Their zeros are then no zeros.
    pub guardrails_blind: Option<String>,
    /// Why what happened before is not known, if so. The stage is then a guess, and no hard stop can be ruled out.
    pub history_blind: Option<String>,
    /// Monitored classes, in the runbook's order.
    pub monitors: Vec<MonitorAssessment>,
    /// Every other tally.
    pub signals: Vec<SignalAssessment>,
    /// Rollback triggers, tripped ones first.
    pub triggers: Vec<TriggerAssessment>,
    /// Hard stops that stand.
    pub hard_stops: Vec<HardStop>,
    /// Whether the rollout may advance.
    pub advance: ActionAssessment,
    /// Whether it may be rolled back: always, short of a store that was never configured.
    pub rollback: ActionAssessment,
    /// Where the operations stand: what else may be done, what is frozen, held, asked for, rolled back.
    pub standing: Standing,
    /// Why a rollback is called for, worst reason first; empty where none is.
    pub rollback_called_for: Vec<String>,
    /// Whether the rollout is complete: the last stage, and every gate of it passes.
    pub complete: bool,
    /// The primary rate by minute since the stage was entered, gaps left out, oldest first.
    pub chart: Vec<ChartPoint>,
    /// SHA-256 over what a confirmation rests on: stage, candidate, runbook, flag version, each verdict, hard stops,
    /// triggers, drift. Lower-case hex.
    pub digest: String,
    /// SHA-256 over what a signature approves: the same, without the gates that are approvals themselves, and with what
    /// was resolved so far. A signature does not stand while this is another one. Lower-case hex.
    pub approval: String,
    /// The commit under rollout, whole and harmless: as it was named, else as it is on record.
    pub candidate: Option<String>,
    /// Faults of the audit log or of other local things, to show.
    pub warnings: Vec<Fault>,
}

impl Assessment {
    /// The exit code of `status`: 0 GO, 3 NO-GO, 4 HOLD with evidence pending, 5 HOLD with something unknown.
    pub fn exit_code(&self) -> u8 {
        match self.call {
            Call::Go => 0,
            Call::NoGo => 3,
            Call::Hold => {
                let blind = self.flag.blind.is_some()
                    || self.history_blind.is_some()
                    || self.guardrails_blind.is_some()
                    || self.standing.deployed.as_ref().is_some_and(DeployedAssessment::unknown)
                    || self.gates.iter().any(|gate| gate.verdict == Verdict::Unknown)
                    || self.triggers.iter().any(|trigger| trigger.state == TriggerState::Unknown);
                if blind { 5 } else { 4 }
            }
        }
    }
}
