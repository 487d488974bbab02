//! Inner types made wire types and back. Text that comes back is cleaned; labels are what the judge compares, and are not.

use chrono::TimeDelta;
use serde_json::Value;

use super::line;
use crate::{
    fault::Fault,
    snapshot::{FlagState, Health, Reading, SourceKind, SourceState, SourceStatus},
    text::cleaned,
};

pub(super) fn fault(fault: &Fault) -> line::Fault {
    line::Fault { kind: fault.kind, what: fault.what.clone(), next: fault.next.clone() }
}

pub(super) fn read_fault(fault: line::Fault) -> Fault {
    Fault::new(fault.kind, fault.what, fault.next)
}

pub(super) fn about(reading: &Reading) -> line::About {
    line::About {
        health: match &reading.health {
            Health::Good => line::Health::Good,
            Health::Absent => line::Health::Absent,
            Health::Partial(why) => line::Health::Partial(why.clone()),
            Health::Failed(why) => line::Health::Failed(fault(why)),
            Health::Unreadable => line::Health::Unreadable,
        },
        query: reading.query.clone(),
        covered_from: line::At::new(reading.covered_from),
        gaps: reading.gaps.iter().map(|gap| (line::At::new(gap.0), line::At::new(gap.1))).collect(),
        step: line::Nanos::new(reading.step),
    }
}

/// A reading without tallies, and without what is said at each change: up to when it is complete, how long it took.
pub(super) fn read_about(about: line::About) -> Reading {
    Reading {
        tallies: Default::default(),
        health: match about.health {
            line::Health::Good => Health::Good,
            line::Health::Absent => Health::Absent,
            line::Health::Partial(why) => Health::Partial(cleaned(why)),
            line::Health::Failed(why) => Health::Failed(read_fault(why)),
            line::Health::Unreadable => Health::Unreadable,
        },
        query: about.query,
        covered_from: about.covered_from.get(),
        newest: None,
        gaps: about.gaps.into_iter().map(|(from, to)| (from.get(), to.get())).collect(),
        step: about.step.get(),
        latency: None,
    }
}

/// How long an answer took, in the whole milliseconds that the screen shows.
pub(super) fn took(latency: TimeDelta) -> u32 {
    u32::try_from(latency.num_milliseconds().max(0)).unwrap_or(u32::MAX)
}

pub(super) fn source(status: &SourceStatus) -> line::Source {
    line::Source {
        name: status.name.clone(),
        address: status.address.clone(),
        state: match status.state {
            SourceState::Connecting => line::SourceState::Connecting,
            SourceState::Ok => line::SourceState::Ok,
            SourceState::Partial => line::SourceState::Partial,
            SourceState::Failed => line::SourceState::Failed,
        },
        last_ok: status.last_ok.map(line::At::new),
        error: status.error.as_ref().map(fault),
        latency: status.latency.map(line::Nanos::new),
        failures: status.failures,
        note: status.note.clone(),
    }
}

pub(super) fn read_source(source: line::Source, kind: SourceKind) -> SourceStatus {
    SourceStatus {
        name: cleaned(source.name),
        kind,
        address: cleaned(source.address),
        state: match source.state {
            line::SourceState::Connecting => SourceState::Connecting,
            line::SourceState::Ok => SourceState::Ok,
            line::SourceState::Partial => SourceState::Partial,
            line::SourceState::Failed => SourceState::Failed,
        },
        last_ok: source.last_ok.map(line::At::get),
        error: source.error.map(read_fault),
        latency: source.latency.map(line::Nanos::get),
        failures: source.failures,
        note: source.note.map(cleaned),
    }
}

pub(super) fn flag(flag: &FlagState) -> line::FlagState {
    line::FlagState {
        enabled: flag.enabled,
        configured: flag.configured.clone(),
        foreign: flag.foreign.clone(),
        version: flag.version.clone(),
        changed_at: flag.changed_at.map(line::At::new),
        changed_by: flag.changed_by.clone(),
        changed_what: flag.changed_what.clone(),
    }
}

pub(super) fn read_flag(flag: line::FlagState) -> FlagState {
    FlagState {
        enabled: flag.enabled,
        configured: flag.configured,
        foreign: flag.foreign.into_iter().map(cleaned).collect(),
        version: flag.version,
        changed_at: flag.changed_at.map(line::At::get),
        changed_by: flag.changed_by.map(cleaned),
        changed_what: flag.changed_what.map(cleaned),
        raw: Value::Null,
    }
}
