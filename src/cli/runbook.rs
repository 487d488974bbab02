//! `gonogo runbook`: the rollout as data, shown and checked.

use std::path::PathBuf;

use clap::Subcommand;

use super::{
    Exit, Failure,
    options::{self, Options},
    output,
};
use crate::{runbook, units};

#[derive(Debug, Subcommand)]
pub(super) enum Runbook {
    /// Print it for people
    Show {
        /// The runbook; without one, the one in force
        file: Option<PathBuf>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Name everything that is wrong with it, with its place
    Validate {
        /// The runbook; without one, the one in force
        file: Option<PathBuf>,
    },
}

impl Runbook {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        match self {
            Self::Show { file, json } => {
                let runbook = load(file.as_ref(), given)?;
                match json {
                    true => output::json(&*runbook)?,
                    false => output::answer(&runbook::show(&runbook))?,
                }
            }
            Self::Validate { file } => {
                let runbook = load(file.as_ref(), given)?;
                let gates: usize = runbook.stages.iter().map(|stage| stage.gates.len()).sum();
                output::answer(&format!(
                    "{} holds together: {}, {}, {}\n",
                    runbook.key,
                    units::plural(runbook.stages.len(), "stage"),
                    units::plural(gates, "exit gate"),
                    units::plural(runbook.signals.len(), "signal"),
                ))?;
            }
        }
        Ok(Exit::Done as u8)
    }
}

fn load(file: Option<&PathBuf>, given: &Options) -> Result<std::sync::Arc<runbook::Runbook>, Failure> {
    match file {
        Some(path) => runbook::load(path).map(std::sync::Arc::new).map_err(|error| options::broken(&error)),
        None => options::load_runbook(&given.resolve_as_given()?),
    }
}
