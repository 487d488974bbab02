//! Evidence of an incident: what is kept of it, and the folders that hold it, which nothing ever overwrites.

mod contents;
mod folder;
mod kept;

pub use contents::{Facts, SCHEMA, bundle};
pub use folder::{Written, verify, write};
pub use kept::keep;

use crate::audit::Phase;

/// The name of a phase's folder: `at-once`.
pub fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::AtOnce => "at-once",
        Phase::AtTheEnd => "at-the-end",
    }
}
