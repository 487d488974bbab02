//! A word of the cockpit about itself, in the footer for a while.

use std::time::Duration;

/// How long it stands there.
const FOR: Duration = Duration::from_secs(5);

/// A word of the cockpit about itself: which theme it is now, what was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The sentence.
    pub text: String,
    /// Since when, on the model's monotonic clock.
    pub at: Duration,
    /// How long it stands there.
    pub stands: Duration,
}

impl Hint {
    /// A sentence from now on.
    pub fn new(text: impl Into<String>, at: Duration) -> Self {
        Self { text: text.into(), at, stands: FOR }
    }

    /// Whether it still stands there.
    pub fn stands(&self, uptime: Duration) -> bool {
        uptime.saturating_sub(self.at) < self.stands
    }
}
