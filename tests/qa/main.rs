//! The automated gate: which reports are green, and how the command is run.
#![cfg(unix)]
#![allow(missing_docs)]

#[path = "../support/binary.rs"]
mod binary;
mod reports;
mod runs;
