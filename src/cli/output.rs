//! stdout is for the answer, stderr for the rest. A reader that went away is no failure.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use super::{Exit, Failure};

/// Prints the answer.
pub(super) fn answer(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::CouldNotRun, format!("the answer could not be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints the answer as JSON.
pub(super) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::new(Exit::CouldNotRun, format!("the answer is no JSON: {error}")))?;
    answer(&format!("{text}\n"))
}

/// Tells something beside the answer.
pub(super) fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Tells what went wrong.
pub(super) fn complain(text: &str) {
    if !text.is_empty() {
        tell(&format!("gonogo: {text}"));
    }
}

/// Whether somebody can be asked.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks, and gives what was answered; nothing at the end of the input.
pub(super) fn ask(question: &str) -> String {
    let _ = write!(io::stderr(), "{question}");
    let _ = io::stderr().flush();
    let mut answer = String::new();
    let _ = io::stdin().read_line(&mut answer);
    answer.trim().to_owned()
}
