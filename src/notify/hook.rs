//! The command hook: a program that gets the notice as JSON on its standard input. No shell is between.

use std::{io, process::Stdio, time::Duration};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::AsyncWriteExt,
    process::{Child, Command},
    time::timeout,
};

use super::Notice;
use crate::{
    fault::{Fault, FaultKind},
    qa::Secrets,
};

/// How long it may take.
const LIMIT: Duration = Duration::from_secs(10);

/// A program and its arguments. What it prints is dropped: it may be a secret.
#[derive(Debug, Clone)]
pub struct Hook {
    program: String,
    arguments: Vec<String>,
}

impl Hook {
    /// A hook of these words: the program, then its arguments.
    ///
    /// # Errors
    /// Where there is no word.
    pub fn new(words: &[String]) -> Result<Self, Fault> {
        match words {
            [program, arguments @ ..] if !program.is_empty() => {
                Ok(Self { program: program.clone(), arguments: arguments.to_vec() })
            }
            _ => Err(Fault::new(FaultKind::Configuration, "the hook names no program", "name one, and its arguments")),
        }
    }

    /// Runs it once, for this notice.
    pub(super) async fn run(&self, notice: &Notice) -> Result<(), Fault> {
        let json = serde_json::to_vec(notice).map_err(|error| self.fault(&format!("got no notice: {error}")))?;
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // A group of its own, so that what it starts ends with it.
        command.process_group(0).kill_on_drop(true);
        // What gonogo itself is known by is no business of a hook.
        for name in Secrets::of_this_process().names {
            command.env_remove(name);
        }
        let child = command.spawn().map_err(|error| self.fault(&format!("did not start: {error}")))?;
        let mut group = Group(child);
        match timeout(LIMIT, group.fed(&json)).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(self.fault(&format!("failed ({status})"))),
            Ok(Err(error)) => Err(self.fault(&format!("was lost: {error}"))),
            Err(_) => {
                let what = format!("did not end within {} s, and was killed", LIMIT.as_secs());
                Err(Fault { kind: FaultKind::Timeout, ..self.fault(&what) })
            }
        }
    }

    fn fault(&self, what: &str) -> Fault {
        let what = format!("the hook {} {what}", self.program);
        Fault::new(FaultKind::Configuration, what, "run it by hand with a notice on its standard input")
    }
}

/// A program and whatever it started. Dropped before it ended, all of it is killed.
struct Group(Child);

impl Group {
    async fn fed(&mut self, json: &[u8]) -> io::Result<std::process::ExitStatus> {
        if let Some(mut input) = self.0.stdin.take() {
            // One that does not read what it is told may do its work all the same.
            let _ = input.write_all(json).await;
            let _ = input.write_all(b"\n").await;
        }
        self.0.wait().await
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // It has an id for as long as it was not waited for to the end: until then the id is no other's.
        let id = self.0.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(group) = id {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
