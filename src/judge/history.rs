//! What the audit log says happened so far.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Assignment, AttachmentRecord, Attestation, CheckResult, PollRecord, QaReport, SignOff};

use crate::{
    audit::{Head, Phase},
    runbook::Exposure,
};

/// The rollout's past, as far as verdicts depend on it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// Stages entered, oldest first; the last is the present one. Empty before anything was recorded.
    pub visits: Vec<Visit>,
    /// What evidence was about, each time it changed, oldest first.
    pub bases: Vec<Basis>,
    /// The flag's configurations that are on record, oldest first: as found, as written, as changed elsewhere.
    pub flags: Vec<FlagChange>,
    /// Troubles that were resolved, oldest first.
    pub resolutions: Vec<Resolution>,
    /// Rollback triggers that an operator raised, oldest first.
    pub raised: Vec<Raised>,
    /// What people attested, oldest first.
    pub attestations: Vec<Attestation>,
    /// Reports of the automated gate, oldest first.
    pub qa_reports: Vec<QaReport>,
    /// Checks of the checklist that were made, oldest first.
    pub checks: Vec<CheckResult>,
    /// Signatures, oldest first.
    pub sign_offs: Vec<SignOff>,
    /// Evidence that was attached, oldest first.
    pub attachments: Vec<AttachmentRecord>,
    /// Who has which role by the log, by role key; none where the log says that nobody has.
    pub assigned: BTreeMap<String, Assignment>,
    /// Go/no-go polls, oldest first.
    pub polls: Vec<PollRecord>,
    /// An action that was begun and of whose end nothing is known.
    pub unfinished: Option<Unfinished>,
    /// Troubles that were seen and recorded, oldest first.
    pub seen: Vec<Seen>,
    /// Who froze promotions, if they are frozen.
    pub paused: Option<Paused>,
    /// Holds that were raised, oldest first; resolved ones, too.
    pub holds: Vec<RaisedHold>,
    /// The request that stands, short of its time and of what it rests on: nothing on record has made it fall.
    pub request: Option<OpenRequest>,
    /// The last rollback that took the feature from somebody, and how far its procedure is.
    pub rollback: Option<RollbackRecord>,
    /// Where the log ends.
    pub head: Head,
    /// What is shown as the timeline, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// Why nothing of the past is known, if so: there is a log, and it cannot be read.
    pub blind: Option<String>,
    /// Entries that could not be read, in words.
    pub damage: Option<String>,
}

impl History {
    /// The commit under rollout: the one that is named, else the one on record. Who merely looks need not name it, and
    /// changes nothing by that.
    pub fn candidate<'a>(&'a self, named: Option<&'a str>) -> Option<&'a str> {
        named.or_else(|| self.bases.last()?.candidate.as_deref())
    }

    /// The present stage, if one was recorded.
    pub fn present(&self) -> Option<&Visit> {
        self.visits.last()
    }
}

/// A stay in a stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Visit {
    /// Stage key.
    pub stage: String,
    /// When it was entered (its exposure was read back).
    pub entered_at: DateTime<Utc>,
    /// When it was left.
    pub left_at: Option<DateTime<Utc>>,
    /// Whether it was entered by a rollback.
    pub by_rollback: bool,
}

/// What evidence is about. It begins again when that changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Basis {
    /// From when on.
    pub since: DateTime<Utc>,
    /// The commit under rollout.
    pub candidate: Option<String>,
    /// The runbook's digest.
    pub runbook: String,
}

/// A configuration of the flag that is on record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlagChange {
    /// Since when, as far as is known.
    pub at: DateTime<Utc>,
    /// Its version, as the store's adapter gives it.
    pub version: String,
}

/// Something that stands until somebody resolves it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Trouble {
    /// A hard stop.
    Guardrail {
        /// `stage:code`.
        signature: String,
    },
    /// A tripped rollback trigger.
    Trigger {
        /// Its key.
        trigger: String,
    },
    /// A failed gate of a stage.
    Gate {
        /// Stage key.
        stage: String,
        /// Gate key.
        gate: String,
    },
    /// A hold that somebody raised.
    Hold {
        /// Its id.
        hold: String,
    },
    /// What a rollback was called for.
    Rollback {
        /// Id of the rollback.
        rollback: String,
    },
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Guardrail { signature } => write!(f, "hard stop {signature}"),
            Self::Trigger { trigger } => write!(f, "rollback trigger {trigger}"),
            Self::Gate { stage, gate } => write!(f, "failed gate {gate} of stage {stage}"),
            Self::Hold { hold } => write!(f, "hold {hold}"),
            Self::Rollback { rollback } => write!(f, "what rollback {rollback} was called for"),
        }
    }
}

/// A trouble that somebody resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resolution {
    /// What happened up to here is resolved.
    pub at: DateTime<Utc>,
    /// What was resolved.
    #[serde(flatten)]
    pub trouble: Trouble,
    /// By whom.
    pub operator: String,
    /// How, with evidence.
    pub evidence: String,
}

/// A rollback trigger that an operator raised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Raised {
    /// When.
    pub at: DateTime<Utc>,
    /// Trigger key.
    pub trigger: String,
    /// By whom.
    pub operator: String,
    /// Why.
    pub reason: String,
}

/// A trouble that was seen and recorded. It stands, whatever telemetry forgets, until it is resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// When.
    pub at: DateTime<Utc>,
    /// Which.
    #[serde(flatten)]
    pub trouble: Trouble,
    /// What was seen, in one line.
    pub reason: String,
}

/// Promotions are frozen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Paused {
    /// Since when.
    pub at: DateTime<Utc>,
    /// By whom.
    pub operator: String,
    /// Why.
    pub reason: String,
}

/// A hold that somebody raised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RaisedHold {
    /// When.
    pub at: DateTime<Utc>,
    /// Its id.
    pub hold: String,
    /// By whom.
    pub operator: String,
    /// Why.
    pub reason: String,
    /// What it rests on.
    pub evidence: String,
}

/// The id of the next hold: `h1`, `h2`, ..., short enough to be said over a telephone. It is another than any on record;
/// whoever records it makes sure that nobody else has meanwhile.
pub fn next_hold(history: &History) -> String {
    let numbers = history.holds.iter().filter_map(|raised| raised.hold.strip_prefix('h')?.parse::<u32>().ok());
    format!("h{}", numbers.max().unwrap_or(0).saturating_add(1))
}

/// A request that stands on record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenRequest {
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub operator: String,
    /// What is asked for, and on what it rests.
    #[serde(flatten)]
    pub request: crate::audit::Request,
}

/// What says that uploads are on the legacy path again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum LegacyEvidence {
    /// Telemetry.
    Telemetry {
        /// When the last of what must go was counted; none where none was after the rollback.
        last_gone: Option<DateTime<Utc>>,
        /// How many of what must come back were counted since then.
        back: u64,
        /// In words.
        found: String,
    },
    /// The word of the operator of the entry, telemetry being blind.
    Attested {
        /// What was looked at.
        statement: String,
    },
}

/// A rollback that took the feature from somebody, and how far its procedure is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RollbackRecord {
    /// Its id.
    pub id: String,
    /// When it was confirmed.
    pub at: DateTime<Utc>,
    /// By whom.
    pub operator: String,
    /// On which machine.
    pub host: String,
    /// Why.
    pub reason: String,
    /// The stage that it left.
    pub from_stage: String,
    /// The commit that was rolled back.
    pub candidate: Option<String>,
    /// Who was served before, where it was known.
    pub before: Option<Exposure>,
    /// Others who rolled back while this one ran or after it: it stays one rollback.
    pub joined: Vec<String>,
    /// When the store, read again, said off. None: that is not known.
    pub verified_at: Option<DateTime<Utc>>,
    /// When and on what the legacy path was confirmed.
    pub legacy: Option<(DateTime<Utc>, String, LegacyEvidence)>,
    /// Diagnostics that were kept: when, at which phase, where (`host:folder`).
    pub kept: Vec<(DateTime<Utc>, Phase, String)>,
    /// When and how what it was called for was resolved, and by whom.
    pub resolved: Option<Resolution>,
    /// When the stage that exposes nobody was left again; none while the interlock can still stand.
    pub left_at: Option<DateTime<Utc>>,
}

/// An action whose end is not known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unfinished {
    /// Its id.
    pub id: String,
    /// Who began it.
    pub operator: String,
    /// On which machine.
    pub host: String,
    /// By which process.
    pub process: Option<u32>,
    /// Why.
    pub reason: String,
    /// `advance`, `rollback`.
    pub action: String,
    /// When it was begun.
    pub at: DateTime<Utc>,
    /// What it was to serve.
    pub target: Exposure,
    /// The stage it was to enter.
    pub stage: String,
}

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// Number of the entry in the log that it tells of.
    pub seq: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// `advance`, `rollback`, `note`, `resolution`, `opened`, ...
    pub kind: String,
    /// Who, if a person.
    pub operator: Option<String>,
    /// What, in one line.
    pub text: String,
}
