//! `gonogo status`: the call and why.

use std::time::Duration;

use clap::Args;

use super::{
    Exit, Failure, block_on, connect,
    gather::Look,
    instant::{instant, whole_minute},
    options::{self, Options},
    output,
    past::{self, Past, Stay},
};
use crate::{clock::Clock, judge::Assessment, report, runbook::Runbook, session::Session};

#[derive(Debug, Args)]
pub(super) struct Status {
    /// As JSON; its schema is assets/status.schema.json
    #[arg(long)]
    json: bool,
    /// How long to wait for the sources; what has not answered then is unknown
    #[arg(long, value_name = "TIME", default_value = "15s", value_parser = humantime::parse_duration)]
    wait: Duration,
    /// As of then, by telemetry's own history: 2026-03-01T11:12:00Z, or 6h for six hours ago
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    #[command(flatten)]
    stay: Stay,
}

impl Status {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        if let Some(at) = &self.at {
            return self.of_the_past(given, at);
        }
        if self.stay.stage.is_some() {
            let what = "--stage and --entered say which stage it was in the past; give --at as well";
            return Err(Failure::new(Exit::Usage, what));
        }
        let settings = given.resolve()?;
        connect::require_sources(&settings)?;
        let runbook = options::load_runbook(&settings)?;
        let session = connect::session(settings, runbook)?;
        block_on(print(session, self.wait, self.json))
    }

    /// What was known at an instant of the past, as far as it is known now.
    fn of_the_past(&self, given: &Options, at: &str) -> Result<u8, Failure> {
        let now = Clock::System.now();
        let (at, rounded) = whole_minute("--at", at, instant("--at", at, now)?);
        if self.stay.stage.is_some() && self.stay.entered.is_none() {
            let what = "--stage needs --entered here: since when the rollout was in that stage";
            return Err(Failure::new(Exit::Usage, what));
        }
        let settings = given.resolve()?;
        let runbook = options::load_runbook(&settings)?;
        let source = past::telemetry(&settings, &runbook, now)?;
        block_on(async {
            let mut past = Past::of(&settings, runbook, &self.stay, at, now).await?;
            let since = past.evidence_since(at);
            past.read(source, since, at, self.wait).await;
            let assessment = past.assess(at, 0);
            let candidate = past.candidate(at);
            rounded.into_iter().chain(past.notes()).for_each(|note| output::tell(&format!("note: {note}")));
            tell(&past.runbook, &past.environment, candidate.as_deref(), &assessment, self.json)
        })
    }
}

/// Looks once, prints the status, and gives its exit code.
pub(super) async fn print(session: Session, wait: Duration, json: bool) -> Result<u8, Failure> {
    let look = Look::take(session, wait).await;
    let assessment = look.assess();
    tell(&look.runbook, &look.environment, look.candidate.as_deref(), &assessment, json)
}

fn tell(
    runbook: &Runbook,
    environment: &str,
    candidate: Option<&str>,
    assessment: &Assessment,
    json: bool,
) -> Result<u8, Failure> {
    if json {
        output::json(&report::Status::new(runbook, environment, candidate, assessment))?;
    } else {
        output::answer(&report::text(runbook, environment, candidate, assessment))?;
    }
    Ok(assessment.exit_code())
}
