//! `gonogo man`: the manual, from the definitions of the command line.

use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_mangen::Man;

use super::{Cli, Exit, Failure, output};
use crate::text::clean;

#[derive(Debug, Args)]
pub(super) struct Manual {
    /// Write a page for each command into this folder; without it, the page of gonogo itself is printed
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Manual {
    pub(super) fn run(&self) -> Result<u8, Failure> {
        let Some(dir) = &self.dir else {
            let mut page = Vec::new();
            Man::new(Cli::command())
                .render(&mut page)
                .map_err(|error| Failure::new(Exit::CouldNotRun, format!("the page could not be made: {error}")))?;
            output::answer(&String::from_utf8_lossy(&page))?;
            return Ok(Exit::Done as u8);
        };
        let shown = clean(&dir.display().to_string());
        std::fs::create_dir_all(dir).and_then(|()| clap_mangen::generate_to(Cli::command(), dir)).map_err(|error| {
            Failure::new(Exit::CouldNotRun, format!("the pages could not be written into {shown}: {error}"))
        })?;
        output::answer(&format!("written into {shown}\nread one: man {shown}/gonogo.1\n"))?;
        Ok(Exit::Done as u8)
    }
}
