//! `gonogo evidence`: what there is of the evidence that the runbook lists, attach some, fetch log lines, and whether what
//! was kept is still there.

mod attach;
mod fetch;
mod list;
mod verify;

use clap::{Args, Subcommand};

use super::{Failure, options::Options, recording::unknown};
use crate::runbook::{EvidenceItem, Runbook};

#[derive(Debug, Subcommand)]
pub(super) enum Evidence {
    /// Each item of the runbook and what there is of it on the candidate; ends with 4 while something is open
    List(AsJson),
    /// Attach a link, a file or an excerpt of a log to an item
    Attach(attach::Attach),
    /// Fetch the log lines of items that come from logs, and attach them
    Fetch(fetch::Fetch),
    /// Whether every file that the audit log names is there, as it was kept; ends with 3 where one is not
    Verify(AsJson),
}

#[derive(Debug, Args)]
pub(super) struct AsJson {
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Evidence {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        match self {
            Self::List(AsJson { json }) => list::run(given, *json),
            Self::Attach(attach) => attach.run(given),
            Self::Fetch(fetch) => fetch.run(given),
            Self::Verify(AsJson { json }) => verify::run(given, *json),
        }
    }
}

/// The item of this key.
fn item<'a>(runbook: &'a Runbook, key: &str) -> Result<&'a EvidenceItem, Failure> {
    let known = || runbook.evidence.iter().map(|item| item.key.as_str()).collect();
    runbook.evidence.iter().find(|item| item.key == key).ok_or_else(|| unknown("item of evidence", key, known()))
}
