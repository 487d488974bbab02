//! Between the first write of a change and the last reading. Pure.

use std::time::Duration;

use super::bounds::Bounds;
use crate::{
    fault::{Fault, FaultKind},
    flags::Write,
    runbook::Exposure,
    snapshot::FlagState,
};

/// A write whose outcome is not clear is made again at most so often, and only if reading shows that it was not made.
pub(super) const ATTEMPTS: u32 = 3;

/// Waits between readings, and before a write is made again.
pub(super) const BACKOFF: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// How far it is.
#[derive(Debug, Clone)]
pub(super) struct Writing {
    pub(super) writes: Vec<Write>,
    /// The write under way.
    pub(super) index: usize,
    pub(super) attempt: u32,
    /// Why the write under way was not confirmed, if it was not.
    pub(super) unclear: Option<Fault>,
    /// Readings that failed in a row.
    pub(super) blind: usize,
    /// What was read before the write under way.
    pub(super) before: FlagState,
    pub(super) bounds: Bounds,
    /// What a wait is for.
    pub(super) next: Next,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Next {
    Write,
    Read,
}

impl Writing {
    pub(super) fn new(writes: Vec<Write>, before: FlagState, bounds: Bounds) -> Self {
        Self { writes, index: 0, attempt: 0, unclear: None, blind: 0, before, bounds, next: Next::Write }
    }

    /// The write under way.
    pub(super) fn present(&self) -> Option<&Write> {
        self.writes.get(self.index)
    }

    /// Its title.
    pub(super) fn title(&self) -> String {
        self.present().map(|write| write.title.clone()).unwrap_or_default()
    }
}

/// Whether a fault says that the write was not made.
pub(super) fn refused(kind: FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::Unauthorized
            | FaultKind::Forbidden
            | FaultKind::Hazard
            | FaultKind::Configuration
            | FaultKind::Changed
    )
}

pub(super) fn taken_away(state: &FlagState) -> Fault {
    Fault::new(
        FaultKind::Changed,
        format!("somebody else took the feature away meanwhile; the store serves {}", state.serves()),
        "find out why before you change it again",
    )
}

pub(super) fn short_of(state: &FlagState, target: &Exposure) -> Fault {
    Fault::new(
        FaultKind::Changed,
        format!("the store confirmed every change, and serves {} instead of {target}", state.serves()),
        "look at the flag in the store; roll back if in doubt",
    )
}
