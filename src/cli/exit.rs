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
    /// Of a refusal: each thing that stands against it.
    pub why: Vec<String>,
}

impl Failure {
    /// A failure in words.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), why: Vec::new() }
    }

    /// A blocked action, with all that stands against it; `undone` says what did not happen, such as "nothing was sent".
    pub fn refused(undone: &str, why: Vec<String>) -> Self {
        let message = match why.as_slice() {
            [one] => format!("refused, {undone}: {one}"),
            _ => format!("refused, {undone}:\n  {}", why.join("\n  ")),
        };
        Self { exit: Exit::Refused, message, why }
    }

    /// A blocked action: whoever started this said that it is only to look.
    pub fn read_only() -> Self {
        let why = "this is read-only; leave --read-only out to act".to_owned();
        Self { exit: Exit::Refused, message: format!("refused: {why}"), why: vec![why] }
    }

    /// The same for tools, where it is a refusal. Other failures have no facts to tell.
    pub fn facts(&self) -> Option<serde_json::Value> {
        (self.exit == Exit::Refused).then(|| serde_json::json!({"outcome": "refused", "why": self.why}))
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
