//! Who may have the feature while a change of exposure is under way. Pure.

use crate::{audit::Action, runbook::Exposure, snapshot::FlagState};

/// What must not be exceeded, and whether the feature has been off since the change began.
#[derive(Debug, Clone)]
pub(super) struct Bounds {
    before: FlagState,
    target: Exposure,
    /// Until the first off, what was served before is no more than what was there.
    before_counts: bool,
}

impl Bounds {
    /// Of an action that leads from `before` to `target`. An advance grows, so that its target is the bound throughout.
    pub(super) fn new(action: Action, before: FlagState, target: Exposure) -> Self {
        let before_counts = action != Action::Advance && !before.serves_nobody();
        Self { before, target, before_counts }
    }

    /// Whether anybody can have the feature who should not. Notes that it was off.
    pub(super) fn exceeded(&mut self, state: &FlagState) -> bool {
        if state.serves_nobody() {
            self.before_counts = false;
            return false;
        }
        let known = |rule: &String| self.before_counts && self.before.foreign.contains(rule);
        let covered = self.target.covers(&state.configured)
            || (self.before_counts && self.before.serves().covers(&state.configured));
        !covered || !state.foreign.iter().all(known)
    }

    /// Whether the store being off now is what the change itself may have made: the way down leads through off.
    pub(super) fn off_is_ours(&self, state: &FlagState) -> bool {
        self.before_counts && state.serves_nobody()
    }
}
