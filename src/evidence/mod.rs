//! Evidence of an incident: what is kept of it, and the folders that hold it, which nothing ever overwrites.

mod contents;
mod excerpt;
mod folder;
mod kept;
mod link;
mod redact;
mod source;
mod whole;
mod within;

pub use contents::{Facts, SCHEMA, bundle};
pub use excerpt::{Excerpt, MOST_LINES, excerpt};
use folder::SUMS;
pub use folder::{Written, verify, write};
pub use kept::{keep, keep_file};
pub use link::{is_link, link};
pub use redact::{REDACTED, redact};
pub use source::{MOST_BYTES, Source, read};
pub use whole::{Checked, State, verify_all};

use crate::audit::Phase;

/// The name of a phase's folder: `at-once`.
pub fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::AtOnce => "at-once",
        Phase::AtTheEnd => "at-the-end",
    }
}
