//! Snapshots and the log made lines: each says what changed since the one before. Pure.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{
    counts,
    line::{About, At, Candidate, Deployed, Flag, Line, Log, Observed, Poll, Signal},
    wire,
};
use crate::{
    audit::{Entry, Head, Record},
    fault::Fault,
    snapshot::{FlagReading, Observation, Reading, Snapshot},
};

/// Makes lines. Each rests on those before it.
#[derive(Debug, Default)]
pub struct Encoder {
    told: Option<(Arc<Snapshot>, Option<String>)>,
    log: Told,
}

/// What was said of the log.
#[derive(Debug, Default)]
struct Told {
    entries: usize,
    /// The hash of the last of them.
    last: Option<String>,
    head: Head,
    damage: Option<String>,
    fault: Option<Fault>,
    read: bool,
}

impl Encoder {
    /// Nothing that was said of snapshots is relied on any more: the next line says everything.
    pub fn say_all(&mut self) {
        self.told = None;
    }

    /// The line for a snapshot, judged for this candidate; `missed` snapshots before it are not recorded. None where it
    /// is the one that was recorded last.
    pub fn poll(&mut self, snapshot: &Arc<Snapshot>, candidate: Option<&str>, missed: u64) -> Option<Line> {
        let told = self.told.replace((Arc::clone(snapshot), candidate.map(str::to_owned)));
        let before = told.as_ref().filter(|(before, _)| leads_to(before, snapshot));
        let Some((before, named)) = before else {
            return Some(Line::Full(Box::new(poll(None, snapshot, Some(candidate), missed))));
        };
        let renamed = (named.as_deref() != candidate).then_some(candidate);
        if Arc::ptr_eq(before, snapshot) && renamed.is_none() {
            return None;
        }
        Some(Line::Poll(Box::new(poll(Some(before), snapshot, renamed, missed))))
    }

    /// The line for the log as it was read; None where nothing in it is new.
    pub fn log(&mut self, at: DateTime<Utc>, record: &Record) -> Option<Line> {
        let told = &self.log;
        if told.read && told.fault.is_none() && told.head == record.head && told.damage == record.damage {
            return None;
        }
        let goes_on = match told.entries.checked_sub(1) {
            None => true,
            Some(last) => record.entries.get(last).map(|last| &last.hash) == told.last.as_ref(),
        };
        let known = if goes_on { told.entries } else { 0 };
        let entries = record.entries[known..].iter().filter_map(without_raw).collect();
        let line = Log {
            at: At::new(at),
            fresh: !goes_on,
            entries,
            damage: record.damage.clone(),
            head: record.head.clone(),
            fault: None,
        };
        self.log = Told {
            entries: record.entries.len(),
            last: record.entries.last().map(|last| last.hash.clone()),
            head: record.head.clone(),
            damage: record.damage.clone(),
            fault: None,
            read: true,
        };
        Some(Line::Log(Box::new(line)))
    }

    /// The line for a log that cannot be read; None where that was said already.
    pub fn no_log(&mut self, at: DateTime<Utc>, fault: &Fault) -> Option<Line> {
        if self.log.fault.as_ref() == Some(fault) {
            return None;
        }
        self.log.fault = Some(fault.clone());
        Some(Line::Log(Box::new(Log {
            at: At::new(at),
            fresh: false,
            entries: Vec::new(),
            damage: None,
            head: Head::default(),
            fault: Some(wire::fault(fault)),
        })))
    }
}

/// Whether changes can lead from one to the other: nothing that was there is gone altogether.
fn leads_to(before: &Snapshot, now: &Snapshot) -> bool {
    let observed = before.telemetry.is_none() || now.telemetry.is_some();
    let read = before.flag.state.is_none() || now.flag.state.is_some();
    observed && read
}

fn poll(before: Option<&Arc<Snapshot>>, now: &Snapshot, candidate: Option<Option<&str>>, missed: u64) -> Poll {
    let changed = |is_same: fn(&Snapshot, &Snapshot) -> bool| before.is_none_or(|before| !is_same(before, now));
    let telemetry = now.telemetry.as_ref().filter(|observation| {
        let known = before.and_then(|before| before.telemetry.as_ref());
        known.is_none_or(|known| !Arc::ptr_eq(known, observation))
    });
    Poll {
        at: At::new(now.at),
        generation: now.generation,
        missed,
        candidate: candidate.map(|commit| Candidate { commit: commit.map(str::to_owned) }),
        telemetry: telemetry.map(|now| observed(before.and_then(|before| before.telemetry.as_deref()), now)),
        telemetry_source: changed(|before, now| before.telemetry_source == now.telemetry_source)
            .then(|| wire::source(&now.telemetry_source)),
        flag: changed(|before, now| before.flag == now.flag)
            .then(|| flag(before.map(|before| &before.flag), &now.flag)),
        flag_source: changed(|before, now| before.flag_source == now.flag_source)
            .then(|| wire::source(&now.flag_source)),
    }
}

fn flag(before: Option<&FlagReading>, now: &FlagReading) -> Flag {
    let known = before.and_then(|before| before.state.as_ref());
    Flag {
        state: now.state.as_ref().filter(|state| known != Some(state)).map(wire::flag),
        read_at: now.read_at.map(At::new),
        fault: now.fault.as_ref().map(wire::fault),
    }
}

fn observed(before: Option<&Observation>, now: &Observation) -> Observed {
    let nothing = BTreeMap::new();
    let known = before.map_or(&nothing, |before| &before.readings);
    let signals = now.readings.iter().filter_map(|(key, reading)| {
        let before = known.get(key);
        let same = before.is_some_and(|before| Arc::ptr_eq(before, reading));
        let change = (!same).then(|| signal(before.map(Arc::as_ref), reading)).flatten();
        Some((key.clone(), change?))
    });
    let deployed = before.is_none_or(|before| before.deployed != now.deployed);
    Observed {
        at: At::new(now.at),
        skew: now.skew.map(super::line::Nanos::new),
        signals: signals.collect(),
        gone: known.keys().filter(|key| !now.readings.contains_key(*key)).cloned().collect(),
        deployed: deployed.then(|| Deployed { commits: now.deployed.clone() }),
    }
}

/// What leads from one reading to the other; None where nothing does.
fn signal(before: Option<&Reading>, now: &Reading) -> Option<Signal> {
    let about: Option<About> = Some(wire::about(now)).filter(|about| before.map(wire::about).as_ref() != Some(about));
    let known = |labels| before.and_then(|before| before.tallies.get(labels));
    let tallies = now.tallies.iter().filter_map(|(labels, tally)| {
        let mut change = counts::change(known(labels), tally)?;
        change.of.clone_from(labels);
        Some(change)
    });
    let tallies: Vec<_> = tallies.collect();
    let gone = before.into_iter().flat_map(|before| before.tallies.keys());
    let gone: Vec<_> = gone.filter(|labels| !now.tallies.contains_key(*labels)).cloned().collect();
    let ms = now.latency.map(wire::took);
    let same = before.is_some_and(|before| before.newest == now.newest && before.latency.map(wire::took) == ms);
    let nothing = same && about.is_none() && tallies.is_empty() && gone.is_empty();
    (!nothing).then(|| Signal { about, newest: now.newest.map(At::new), ms, tallies, gone })
}

/// An entry as its log has it, but for what a store said of the flag in its own words: nothing is judged by that.
fn without_raw(entry: &Entry) -> Option<Value> {
    let mut value = serde_json::to_value(entry).ok()?;
    take_raw(value.get_mut("event")?);
    Some(value)
}

/// Where an event holds a flag, under any name.
fn take_raw(event: &mut Value) {
    for name in ["flag", "before", "after"] {
        if let Some(raw) = event.get_mut(name).and_then(|flag| flag.get_mut("raw")) {
            *raw = Value::Null;
        }
    }
}
