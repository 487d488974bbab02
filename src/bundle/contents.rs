//! What a bundle is made of.

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::audit::{Entry, Head};

/// A file that is made for a bundle.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its name: `status.json`.
    pub name: String,
    /// What it is, in words.
    pub what: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// What a bundle is made of. There is no secret in any of it, and no configuration.
pub struct Contents<'a> {
    /// Key of the rollout.
    pub rollout: &'a str,
    /// Where.
    pub environment: &'a str,
    /// The commit under rollout.
    pub candidate: Option<&'a str>,
    /// When it is made.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: &'a str,
    /// On which machine.
    pub host: &'a str,
    /// Reports and whatever else is made for it.
    pub documents: Vec<Document>,
    /// The audit log, byte for byte.
    pub log: &'a [u8],
    /// The same, read.
    pub entries: &'a [Entry],
    /// Where it ends.
    pub head: Head,
    /// What is wrong with it.
    pub damage: Option<String>,
    /// How many events wait on this machine and are not in it yet.
    pub waiting: usize,
    /// The runbook's text.
    pub runbook: &'a [u8],
    /// The rollout's folder on this machine, with `evidence/` in it.
    pub data: &'a Path,
}
