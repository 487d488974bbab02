//! `gonogo hold`: what stands is cleared by a recorded resolution with evidence, and by nothing else; people raise what
//! telemetry cannot see, a rollback trigger or a hold of their own.

mod clear;
mod list;
mod raise;

use clap::Subcommand;

use super::{Failure, options::Options};

#[derive(Debug, Subcommand)]
pub(super) enum Hold {
    /// Record that a hard stop, a tripped trigger, a failed gate, a hold or what a rollback was called for is resolved
    Clear(clear::Clear),
    /// Hold the rollout, or raise a rollback trigger that telemetry cannot see
    Raise(raise::Raise),
    /// List what is on record and stands, and the command that clears each
    List(list::List),
}

impl Hold {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        match self {
            Self::Clear(clear) => clear.run(given),
            Self::Raise(raise) => raise.run(given),
            Self::List(list) => list.run(given),
        }
    }
}
