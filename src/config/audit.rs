//! Where the audit log is: in a file, unless a database is named.

use std::path::PathBuf;

use serde::Deserialize;

use super::{Setting, TokenSource};
use crate::audit::postgres;

/// The audit log of a profile.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditSource {
    /// As on the command line.
    pub address: String,
    /// Where the password comes from.
    pub password: Option<TokenSource>,
    /// PEM file with the only certificate authorities to trust, from the folder of the configuration file.
    pub ca_file: Option<PathBuf>,
}

/// Where the audit log is.
#[derive(Debug, Clone, PartialEq)]
pub enum AuditPlace {
    /// In the rollout's data folder.
    File,
    /// In a database.
    Postgres(Box<Database>),
}

/// How a database is reached.
#[derive(Debug, Clone, PartialEq)]
pub struct Database {
    /// Where it is.
    pub address: postgres::Address,
    /// The password, if it takes one.
    pub password: Option<Setting<TokenSource>>,
    /// The only certificate authorities to trust.
    pub ca_file: Option<PathBuf>,
}
