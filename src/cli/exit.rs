//! How a command ends.

use crate::fault::{Fault, FaultKind};

/// Exit codes. A status ends with [`crate::judge::Assessment::exit_code`], which are among these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, or GO.
    Done = 0,
    /// It could not run.
    CouldNotRun = 1,
    /// Usage or configuration.
    Usage = 2,
    /// A blocked action.
    Refused = 6,
    /// The terminal hung up.
    HungUp = 129,
    /// Interrupted from the keyboard.
    Interrupted = 130,
    /// Asked to end.
    Terminated = 143,
}

/// Why a command did not do what it was asked for.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// For people: what and what next. Empty where it was told already.
    pub message: String,
}

impl Failure {
    /// A failure in words.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        let exit = match fault.kind {
            FaultKind::Configuration => Exit::Usage,
            _ => Exit::CouldNotRun,
        };
        Self::new(exit, fault.to_string())
    }
}
