//! Between the first write of a change and the last reading. Pure.

use std::time::Duration;

use super::{bounds::Bounds, others::Acted};
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

/// So long after the last write the flag is read once more, where a write was given up on that nobody had answered: the
/// store may still make it. It is as long as the longest wait before a write is made again.
pub(super) const LATE: Duration = Duration::from_secs(2);

/// Whether a write that was given up on may still be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Overdue {
    /// Every write was answered.
    No,
    /// One was not, and it may.
    Yes,
    /// It was waited for.
    WaitedFor,
}

/// How far it is.
#[derive(Debug, Clone)]
pub(super) struct Writing {
    pub(super) writes: Vec<Write>,
    /// The write under way.
    pub(super) index: usize,
    pub(super) attempt: u32,
    /// Why the write under way was not confirmed, if it was not.
    pub(super) unclear: Option<Fault>,
    /// Whether a write may come after those that follow it.
    overdue: Overdue,
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
        let (unclear, overdue) = (None, Overdue::No);
        Self { writes, index: 0, attempt: 0, unclear, overdue, blind: 0, before, bounds, next: Next::Write }
    }

    /// The write under way.
    pub(super) fn present(&self) -> Option<&Write> {
        self.writes.get(self.index)
    }

    /// Notes that the write under way was not confirmed. Of one that nobody answered, none can say that it is over.
    pub(super) fn failed(&mut self, fault: Fault) {
        if fault.kind == FaultKind::Timeout && self.overdue == Overdue::No {
            self.overdue = Overdue::Yes;
        }
        self.unclear = Some(fault);
    }

    /// Whether a write may still be made late, and was not waited for yet. From then on it was; a reading is next.
    pub(super) fn awaits_late(&mut self) -> bool {
        let awaits = self.overdue == Overdue::Yes;
        if awaits {
            (self.overdue, self.next) = (Overdue::WaitedFor, Next::Read);
        }
        awaits
    }

    /// Whether what is read now is read after such a wait.
    pub(super) fn waited_for_late(&self) -> bool {
        self.overdue == Overdue::WaitedFor
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

pub(super) fn came_between(other: &Acted) -> Fault {
    Fault::new(
        FaultKind::Changed,
        format!("{other} came between; nothing more was sent"),
        "find out why before you change it again",
    )
}

pub(super) fn taken_away(state: &FlagState) -> Fault {
    Fault::new(
        FaultKind::Changed,
        format!("somebody else took the feature away meanwhile; the store serves {}", state.serves()),
        "find out why before you change it again",
    )
}

/// What was asked for was read, and is no longer there.
pub(super) fn made_late(state: &FlagState, target: &Exposure) -> Fault {
    Fault::new(
        FaultKind::Changed,
        format!(
            "the store served {target} and now serves {}: a change that it had not answered in time was made late, or \
             somebody else made one",
            state.serves()
        ),
        "look at the flag in the store before you change it again",
    )
}

pub(super) fn short_of(state: &FlagState, target: &Exposure) -> Fault {
    Fault::new(
        FaultKind::Changed,
        format!("the store confirmed every change, and serves {} instead of {target}", state.serves()),
        "look at the flag in the store; roll back if in doubt",
    )
}
