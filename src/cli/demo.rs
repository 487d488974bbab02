//! `gonogo demo`: a simulated fleet.

use super::{Exit, Failure, options::Options};

#[derive(Debug, clap::Args)]
pub(super) struct Demo {}

impl Demo {
    pub(super) fn run(&self, _given: &Options) -> Result<u8, Failure> {
        Err(Failure::new(Exit::CouldNotRun, "the demo is not built in yet"))
    }
}
