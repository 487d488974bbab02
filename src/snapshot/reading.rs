//! What telemetry said of one signal.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Counts, SourceStatus};
use crate::fault::Fault;

/// A stretch of time, its end not included.
pub type Span = (DateTime<Utc>, DateTime<Utc>);

/// All signals as of one poll.
#[derive(Debug, Clone, Default)]
pub struct Observation {
    /// The source's own time of evaluation.
    pub at: DateTime<Utc>,
    /// The source's clock minus gonogo's, where it tells.
    pub skew: Option<TimeDelta>,
    /// By signal key; every signal of the runbook that the source can read is here.
    pub readings: BTreeMap<String, Arc<Reading>>,
    /// Commits that run and how many instances run each; none where the source does not tell, or could not be asked.
    pub deployed: Option<BTreeMap<String, u64>>,
}

/// How far a reading can be relied on.
#[derive(Debug, Clone, PartialEq)]
pub enum Health {
    /// The source answered in full.
    Good,
    /// The source has never heard of it: no series, no event. Not the same as zero.
    Absent,
    /// The source says that its answer is incomplete, or it contradicts itself; in words.
    Partial(String),
    /// The last attempt to read it failed; the tallies are those from before.
    Failed(Fault),
    /// The runbook does not say how to read it from this kind of source.
    Unreadable,
}

/// One signal's tallies.
#[derive(Debug, Clone)]
pub struct Reading {
    /// By the values of the signal's labels, in the order of its `by`. An absent label is the empty string.
    pub tallies: BTreeMap<Vec<String>, Counts>,
    /// How far it can be relied on.
    pub health: Health,
    /// The query or file pattern, such that a person can repeat it.
    pub query: String,
    /// The tallies say nothing of the time before this.
    pub covered_from: DateTime<Utc>,
    /// The tallies are complete up to this instant: its newest sample or event. None if nothing was ever seen.
    pub newest: Option<DateTime<Utc>>,
    /// Stretches between `covered_from` and `newest` in which the source has no data, longer than two of its
    /// sampling steps; oldest first.
    pub gaps: Vec<Span>,
    /// The source's own sampling step (scrape interval), where it can be told; else a minute.
    pub step: TimeDelta,
    /// How long the answer took that gave it; one without news is not told, unless it was far slower. None where nothing
    /// was asked.
    pub latency: Option<TimeDelta>,
}

/// What a telemetry source gives for one poll.
#[derive(Debug, Clone)]
pub struct Poll {
    /// The tallies; those of a failed signal are the ones from before, with [`Health::Failed`].
    pub observation: Arc<Observation>,
    /// The source's state after this poll.
    pub status: SourceStatus,
}
