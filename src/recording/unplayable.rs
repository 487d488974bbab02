//! Why there is nothing to play.

use std::io;

use super::SCHEMA;

/// Why a file cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum Unplayable {
    /// It cannot be read.
    #[error("the recording {path} cannot be read: {error}; check the path, and who may read it")]
    File {
        /// Where it is.
        path: String,
        /// Why.
        error: io::Error,
    },
    /// It is no recording.
    #[error("{path} is no recording of gonogo: {why}; make one with gonogo --record FILE")]
    NotOne {
        /// Where it is.
        path: String,
        /// Why.
        why: String,
    },
    /// It is one of another version.
    #[error("the recording {path} has schema {found}, and this gonogo plays schema {SCHEMA}; play it with gonogo {by}")]
    Schema {
        /// Where it is.
        path: String,
        /// Its schema.
        found: u32,
        /// The version of gonogo that made it.
        by: String,
    },
    /// The runbook in it is none that this version can read.
    #[error("the runbook in the recording {path} cannot be read: {why}; play it with gonogo {by}")]
    Runbook {
        /// Where it is.
        path: String,
        /// What is wrong with it.
        why: String,
        /// The version of gonogo that made it.
        by: String,
    },
    /// Nothing was recorded.
    #[error("nothing was recorded in {path}: it ends before the first poll")]
    Empty {
        /// Where it is.
        path: String,
    },
}
