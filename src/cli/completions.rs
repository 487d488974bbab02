//! `gonogo completions`: for a shell to load.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Exit, Failure, output};

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self) -> Result<u8, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "gonogo", &mut script);
        output::answer(&String::from_utf8_lossy(&script))?;
        Ok(Exit::Done as u8)
    }
}
