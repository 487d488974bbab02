//! `gonogo status`: the call and why.

use std::time::Duration;

use clap::Args;

use super::{Failure, block_on, connect, gather::Look, options, options::Options, output};
use crate::{report, session::Session};

#[derive(Debug, Args)]
pub(super) struct Status {
    /// As JSON; its schema is assets/status.schema.json
    #[arg(long)]
    json: bool,
    /// How long to wait for the sources; what has not answered then is unknown
    #[arg(long, value_name = "TIME", default_value = "15s", value_parser = humantime::parse_duration)]
    wait: Duration,
}

impl Status {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        let settings = given.resolve()?;
        connect::require_sources(&settings)?;
        let runbook = options::load_runbook(&settings)?;
        let session = connect::session(settings, runbook)?;
        block_on(print(session, self.wait, self.json))
    }
}

/// Looks once, prints the status, and gives its exit code.
pub(super) async fn print(session: Session, wait: Duration, json: bool) -> Result<u8, Failure> {
    let look = Look::take(session, wait).await;
    let assessment = look.assess();
    let (environment, candidate) = (look.environment.as_str(), look.candidate.as_deref());
    if json {
        output::json(&report::Status::new(&look.runbook, environment, candidate, &assessment))?;
    } else {
        output::answer(&report::text(&look.runbook, environment, candidate, &assessment))?;
    }
    Ok(assessment.exit_code())
}
