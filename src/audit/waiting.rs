//! What waits for the log, by where it is kept until then.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::Event;

/// One event that is not in the log yet: when, who, what.
pub type Kept = (DateTime<Utc>, String, Event);

/// What is not in the log yet, oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Waiting {
    /// The file that holds what is durable on this machine, if there is such a file.
    pub file: Option<PathBuf>,
    /// In that file: it goes to the log whenever a gonogo of this machine can reach it.
    pub on_disk: Vec<Kept>,
    /// In this process alone: it is lost when that ends.
    pub in_memory: Vec<Kept>,
}

impl Waiting {
    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.on_disk.is_empty() && self.in_memory.is_empty()
    }
}
