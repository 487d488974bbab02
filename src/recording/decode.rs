//! Lines made snapshots again, one after the other. Pure, and bounded whatever the lines say.

use std::{collections::BTreeMap, sync::Arc};

use chrono::TimeDelta;

use super::{
    counts,
    line::{Observed, Poll, Signal},
    wire,
};
use crate::{
    snapshot::{FlagReading, Observation, Reading, Snapshot, SourceKind},
    text::cleaned,
};

/// No more minutes and tallies are kept: a month of a hundred tallies.
const MOST_KEPT: usize = 5_000_000;

/// What a tally or a signal takes, in minutes.
const A_TALLY: usize = 16;

/// Why a line is none of a recording.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// It says what changed, and nothing was said before.
    #[error("it begins with a change")]
    NothingBefore,
    /// It says only a part of what is known.
    #[error("what should say everything does not")]
    NotWhole,
    /// A tally changed in a way in which none does.
    #[error("a tally of {signal} is out of order")]
    Tally {
        /// Key of the signal.
        signal: String,
    },
    /// More is known than a recording can hold.
    #[error("it holds more than any recording does")]
    TooMuch,
}

/// What was known after the lines so far.
#[derive(Debug, Clone, Default)]
pub struct Decoder {
    snapshot: Option<Arc<Snapshot>>,
    candidate: Option<String>,
    kept: usize,
}

impl Decoder {
    /// The snapshot after the last line; none before the first.
    pub fn snapshot(&self) -> Option<&Arc<Snapshot>> {
        self.snapshot.as_ref()
    }

    /// The commit that it was judged for.
    pub fn candidate(&self) -> Option<&str> {
        self.candidate.as_deref()
    }

    /// Takes a line that says everything.
    ///
    /// # Errors
    /// Where it does not, or is out of bounds. Then nothing is known any more.
    pub fn full(&mut self, poll: Poll) -> Result<(), Broken> {
        *self = Self::default();
        let (Some(telemetry), Some(flags)) = (poll.telemetry_source.clone(), poll.flag_source.clone()) else {
            return Err(Broken::NotWhole);
        };
        let telemetry = wire::read_source(telemetry, SourceKind::Telemetry);
        let flags = wire::read_source(flags, SourceKind::Flags);
        self.take(Snapshot::empty(poll.at.get(), telemetry, flags), poll)
    }

    /// Takes a line that says what changed.
    ///
    /// # Errors
    /// Where nothing was said before, or it is out of bounds. Then nothing is known any more.
    pub fn change(&mut self, poll: Poll) -> Result<(), Broken> {
        let before = self.snapshot.take().ok_or(Broken::NothingBefore)?;
        // Nothing is copied where nobody looks at what was before.
        self.take(Arc::unwrap_or_clone(before), poll)
    }

    fn take(&mut self, mut snapshot: Snapshot, poll: Poll) -> Result<(), Broken> {
        (snapshot.at, snapshot.generation) = (poll.at.get(), poll.generation);
        if let Some(candidate) = poll.candidate {
            self.candidate = candidate.commit.map(cleaned);
        }
        if let Some(source) = poll.telemetry_source {
            snapshot.telemetry_source = wire::read_source(source, SourceKind::Telemetry);
        }
        if let Some(source) = poll.flag_source {
            snapshot.flag_source = wire::read_source(source, SourceKind::Flags);
        }
        if let Some(flag) = poll.flag {
            let state = flag.state.map(wire::read_flag).or_else(|| snapshot.flag.state.take());
            let (read_at, fault) = (flag.read_at.map(|at| at.get()), flag.fault.map(wire::read_fault));
            snapshot.flag = FlagReading { state, read_at, fault };
        }
        if let Some(observed) = poll.telemetry {
            let before = snapshot.telemetry.take().map(Arc::unwrap_or_clone).unwrap_or_default();
            snapshot.telemetry = Some(Arc::new(self.observation(before, observed)?));
        }
        self.snapshot = Some(Arc::new(snapshot));
        Ok(())
    }

    fn observation(&mut self, before: Observation, observed: Observed) -> Result<Observation, Broken> {
        let mut readings = before.readings;
        for key in &observed.gone {
            if let Some(gone) = readings.remove(key) {
                self.kept = self.kept.saturating_sub(size(&gone));
            }
        }
        for (key, signal) in observed.signals {
            let before = readings.remove(&key).map(Arc::unwrap_or_clone);
            self.kept = self.kept.saturating_sub(before.as_ref().map_or(0, size));
            let reading = reading(&key, before, signal)?;
            self.kept = self.kept.saturating_add(size(&reading));
            if self.kept > MOST_KEPT {
                return Err(Broken::TooMuch);
            }
            readings.insert(key, Arc::new(reading));
        }
        let counted = |commits: BTreeMap<String, u64>| {
            commits.into_iter().map(|(commit, n)| (cleaned(commit), n.min(u64::from(u32::MAX)))).collect()
        };
        let deployed = match observed.deployed {
            Some(deployed) => deployed.commits.map(counted),
            None => before.deployed,
        };
        Ok(Observation { at: observed.at.get(), skew: observed.skew.map(|skew| skew.get()), readings, deployed })
    }
}

/// What a reading takes, in minutes.
fn size(reading: &Reading) -> usize {
    let tallies = reading.tallies.values().map(|tally| tally.range(i64::MIN, i64::MAX).len() + A_TALLY);
    tallies.sum::<usize>() + reading.gaps.len() + A_TALLY
}

fn reading(key: &str, mut before: Option<Reading>, signal: Signal) -> Result<Reading, Broken> {
    let mut tallies = before.as_mut().map(|before| std::mem::take(&mut before.tallies)).unwrap_or_default();
    for labels in &signal.gone {
        tallies.remove(labels);
    }
    for tally in signal.tallies {
        let out_of_order = || Broken::Tally { signal: crate::text::clean(key) };
        let changed = counts::changed(tallies.get(&tally.of), &tally).ok_or_else(out_of_order)?;
        tallies.insert(tally.of, changed);
    }
    let about = signal.about.map(wire::read_about).or(before).ok_or(Broken::NotWhole)?;
    let latency = signal.ms.map(|ms| TimeDelta::milliseconds(ms.into()));
    Ok(Reading { tallies, newest: signal.newest.map(|at| at.get()), latency, ..about })
}
