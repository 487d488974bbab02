//! Everything of a rollout in one archive, and the proof that it still is what was put in.
//!
//! ```text
//! gonogo-ROLLOUT-ENVIRONMENT-TIME/
//!   status.json ...    what was judged when it was made
//!   audit.ndjson       the audit log, byte for byte; audit.head says where it ends
//!   runbook.toml       what it was judged by
//!   evidence/...       what was kept on the machine that made it
//!   missing.txt        what the log speaks of and is not here, and why
//!   MANIFEST.json      each file: size, SHA-256, what it is, which entry speaks of it
//!   SHA256SUMS         the same for `sha256sum -c`
//! ```
//!
//! A gzip of a plain `ustar` archive. The same content at the same instant is the same archive.

mod archive;
mod check;
mod contents;
mod evidence;
mod manifest;
mod named;
mod path;
mod read;
mod write;

pub use check::{Checked, check};
pub use contents::{Contents, Document};
pub use manifest::{Item, Manifest, Missing};
pub use read::{Problem, Unreadable};
pub use write::{Made, make};

/// Names this form of `MANIFEST.json`. It changes when a name or a meaning does.
pub const SCHEMA: &str = "gonogo/bundle/1";

const MANIFEST: &str = "MANIFEST.json";
const SUMS: &str = "SHA256SUMS";
const LOG: &str = "audit.ndjson";
const HEAD: &str = "audit.head";
const RUNBOOK: &str = "runbook.toml";
const MISSING: &str = "missing.txt";
