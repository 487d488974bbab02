//! The lines of a recording, as they are written. Names are short where there are many.

use std::collections::BTreeMap;

pub use super::when::{At, Nanos};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{audit::Head, fault::FaultKind, runbook::Exposure};

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Line {
    /// The first one: what was recorded.
    Header(Box<Header>),
    /// All that was known after a poll, whatever came before.
    Full(Box<Poll>),
    /// What a poll changed.
    Poll(Box<Poll>),
    /// What became of the audit log.
    Log(Box<Log>),
}

/// What was recorded, by whom, since when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// [`super::SCHEMA`].
    pub schema: u32,
    /// The version of gonogo.
    pub gonogo: String,
    /// Key of the runbook.
    pub rollout: String,
    /// Where: `production`.
    pub environment: String,
    /// The commit under rollout at the beginning.
    pub candidate: Option<String>,
    /// Who looked.
    pub operator: String,
    /// What was shown beside the environment: `demo`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// When it began.
    pub started_at: At,
    /// Time between polls, ms.
    pub interval_ms: u64,
    /// The runbook as it was, TOML.
    pub runbook: String,
    /// Who had which role by the configuration.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<String, String>,
}

/// What is known after a poll. Where it is a change, what is absent is as it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Poll {
    /// When, by gonogo's clock.
    pub at: At,
    /// The snapshot's number.
    pub generation: u64,
    /// How many snapshots before it are not here, because the disk was too slow.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub missed: u64,
    /// The commit under rollout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<Candidate>,
    /// Telemetry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telemetry: Option<Observed>,
    /// The telemetry source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telemetry_source: Option<Source>,
    /// The flag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flag: Option<Flag>,
    /// The flag store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flag_source: Option<Source>,
}

/// The commit under rollout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// None where nobody named one.
    pub commit: Option<String>,
}

/// What telemetry said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// The source's own time of evaluation.
    pub at: At,
    /// Its clock minus gonogo's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skew: Option<Nanos>,
    /// What changed of which signal.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub signals: BTreeMap<String, Signal>,
    /// Signals that are not there any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<String>,
    /// What runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployed: Option<Deployed>,
}

/// Commits that run, and how many instances of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployed {
    /// None where the source does not tell.
    pub commits: Option<BTreeMap<String, u64>>,
}

/// What changed of one signal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// How it is read and how far it can be relied on, where that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
    /// Complete up to then; always said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<At>,
    /// How long the answer took that gave it, ms; always said where that is known. The first recordings never say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u32>,
    /// Tallies that changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tallies: Vec<Tally>,
    /// Label values of tallies that are not there any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<Vec<String>>,
}

/// How a signal is read and how far it can be relied on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// How far.
    pub health: Health,
    /// The query or file pattern.
    pub query: String,
    /// The tallies say nothing of the time before this.
    pub covered_from: At,
    /// Stretches without data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<(At, At)>,
    /// The source's sampling step.
    pub step: Nanos,
}

/// How far a signal can be relied on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// In full.
    Good,
    /// The source never heard of it.
    Absent,
    /// In part; in words.
    Partial(String),
    /// Not read at the last attempt.
    Failed(Fault),
    /// The runbook does not say how.
    Unreadable,
}

/// What changed of one tally.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Its label values.
    pub of: Vec<String>,
    /// Nothing of it was known before.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub fresh: bool,
    /// Minutes before this one are forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    /// Runs of minutes: the first minute since 1970, then the occurrences in it and in those that follow it. Zero: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub n: Vec<Vec<i64>>,
    /// The first occurrence, where that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<At>,
    /// The latest, where that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<At>,
}

/// A source's state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// `prometheus`.
    pub name: String,
    /// Address or path, as it was shown.
    pub address: String,
    /// Where the connection stood.
    pub state: SourceState,
    /// The last poll that succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_ok: Option<At>,
    /// Why the last one failed or is partial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Fault>,
    /// How long the last answer took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Nanos>,
    /// Polls that failed in a row.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub failures: u32,
    /// Something worth knowing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Where a connection stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceState {
    /// Nothing heard yet.
    Connecting,
    /// In full.
    Ok,
    /// In part.
    Partial,
    /// Not.
    Failed,
}

/// The flag as last read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flag {
    /// Its configuration, where that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<FlagState>,
    /// When it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<At>,
    /// Why the latest reading failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
}

/// The flag's configuration, without the store's own text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlagState {
    /// Whether anybody can get the feature.
    pub enabled: bool,
    /// Whom gonogo's own rules would serve.
    pub configured: Exposure,
    /// Rules of others, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub foreign: Vec<String>,
    /// Names this very configuration.
    pub version: String,
    /// When the store says that it was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<At>,
    /// Who changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<String>,
    /// What was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_what: Option<String>,
}

/// What became of the audit log since it was last read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Log {
    /// When it was read.
    pub at: At,
    /// It is another one: nothing of what was known of it holds.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub fresh: bool,
    /// Its new entries, as the log has them, without the flag's own text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Value>,
    /// What could not be read in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub damage: Option<String>,
    /// Where it ends.
    #[serde(default)]
    pub head: Head,
    /// Why it could not be read at all; then the rest is as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Its class.
    pub kind: FaultKind,
    /// What, on what.
    pub what: String,
    /// What to do next.
    pub next: String,
}

/// Whether nothing is said by it: then it is not written.
fn is_nothing<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
