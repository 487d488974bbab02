//! `gonogo rollback`: needs the flag store and nothing else.

use std::{path::Path, sync::Arc, time::Duration};

use clap::Args;
use tokio::{sync::watch, time::timeout};

use super::{Exit, Failure, block_on, connect, operation, options, options::Options, output};
use crate::{
    audit::{Outcome, replay},
    config::Settings,
    fault::{Fault, FaultKind},
    judge::{self, History},
    operations::{Confirmed, Context, serves_nobody},
    runbook::{self, Exposure, Flag, Runbook},
    session::Session,
    snapshot::{FlagReading, Snapshot},
};

/// How long the flag is read before it is asked about; a rollback does not wait for it.
const GLANCE: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(super) struct Rollback {
    /// Why; it goes into the audit log
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Do not ask. Needed where there is no terminal to ask on
    #[arg(long)]
    yes: bool,
    /// How long to try
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = humantime::parse_duration)]
    limit: Duration,
}

impl Rollback {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        if !self.yes && !output::can_ask() {
            let what = "rollback asks before it switches off, and there is no terminal to ask on; give --yes";
            return Err(Failure::new(Exit::Usage, what));
        }
        let settings = settings(given)?;
        if settings.read_only.value {
            return Err(Failure::new(Exit::Refused, "refused: this is read-only; leave --read-only out to act"));
        }
        if matches!(settings.flags, Ok(None)) {
            let what = "rollback needs the flag store; give --flags unleash+http://HOST:PORT or --flags flagd:PATH";
            return Err(Failure::new(Exit::Usage, what));
        }
        let runbook = runbook(&settings)?;
        block_on(self.roll_back(connect::session(settings, runbook)?))
    }

    async fn roll_back(&self, session: Session) -> Result<u8, Failure> {
        let introduction = session.flags.introduction.clone();
        let store = tokio::task::spawn_blocking(session.flags.connect).await.unwrap_or_else(|_| {
            Err(Fault::new(FaultKind::Configuration, "the flag store could not be set up", "see the log file"))
        })?;
        let (flag, history) = tokio::join!(timeout(GLANCE, store.read()), timeout(GLANCE, session.audit.read()));
        let history = history.ok().and_then(Result::ok).map_or_else(History::default, |record| replay(&record));
        let state = flag.ok().and_then(Result::ok);
        // With rules of others behind the switch it is asked about all the same.
        let was_off = state.as_ref().is_some_and(|state| serves_nobody(state) && state.foreign.is_empty());
        let name = &session.runbook.flag.key;
        let serves = match &state {
            Some(_) if was_off => "off".to_owned(),
            Some(state) => state.serves().to_string(),
            None => "unknown".to_owned(),
        };
        if was_off {
            output::tell(&format!("{name} is already off in {}", session.environment));
        }
        if !self.yes && !was_off {
            let question = format!("Roll back {name} in {}: {serves} -> off. Type y and Enter: ", session.environment);
            let answer = tokio::task::spawn_blocking(move || output::ask(&question)).await.unwrap_or_default();
            if !matches!(answer.as_str(), "y" | "Y" | "yes") {
                return Err(Failure::new(Exit::Refused, "not rolled back: nobody said y; nothing was sent"));
            }
        }
        let now = session.clock.now();
        let mut snapshot = Snapshot::empty(now, session.telemetry.introduction, introduction);
        let read_at = state.as_ref().map(|_| now);
        snapshot.flag = FlagReading { state, read_at, fault: None };
        let context = Context {
            stage: history.present().map_or_else(|| "unknown".to_owned(), |visit| visit.stage.clone()),
            runbook: Arc::clone(&session.runbook),
            candidate: session.candidate,
            operator: session.operator,
            store,
            audit: session.audit,
            clock: session.clock,
            latest: watch::channel(Arc::new(snapshot)).1,
            assess: judge::assess,
            limit: Some(self.limit),
        };
        let confirmed = Confirmed::Rollback { reason: crate::text::clean(&self.reason), resumes: None };
        match operation::run(confirmed, context).await? {
            Outcome::Verified if was_off => {
                output::answer(&format!("{name} was off already; the store, read again, says off\n"))?;
            }
            Outcome::Verified => {
                output::answer(&format!("rolled back: {serves} -> off; the store, read again, says off\n"))?;
            }
            Outcome::NotConfirmed { fault } => {
                let what = format!("NOT CONFIRMED: {fault}\nrun it again, or switch {name} off in the store itself");
                return Err(Failure::new(Exit::CouldNotRun, what));
            }
            Outcome::Refused { why } => return Err(Failure::new(Exit::Refused, why.join("\n"))),
        }
        Ok(Exit::Done as u8)
    }
}

/// The settings, whatever is wrong with those that a rollback does not need.
fn settings(given: &Options) -> Result<Settings, Failure> {
    let mut settings = match given.resolve() {
        Ok(settings) => settings,
        Err(failure) if given.flags.is_some() => {
            output::complain(&failure.message);
            output::complain("going on without the configuration file, with --flags alone");
            given.resolve_without_file()?
        }
        Err(failure) => return Err(failure),
    };
    if settings.telemetry.is_err() {
        settings.telemetry = Ok(None);
    }
    Ok(settings)
}

/// The runbook; of one that does not hold together, what a rollback needs of it: the flag's name.
fn runbook(settings: &Settings) -> Result<Arc<Runbook>, Failure> {
    let failure = match options::load_runbook(settings) {
        Ok(runbook) => return Ok(runbook),
        Err(failure) => failure,
    };
    let Some(rest) = settings.runbook.as_ref().and_then(|path| salvage(&path.value)) else { return Err(failure) };
    output::complain(&failure.message);
    output::complain(&format!("going on with the flag that it names, {}", rest.flag.key));
    Ok(Arc::new(rest))
}

/// A runbook of no more than a name, a flag and a first stage, from a file that says at least which flag it is about.
fn salvage(path: &Path) -> Option<Runbook> {
    let table: toml::Table = std::fs::read_to_string(path).ok()?.parse().ok()?;
    let text = |value: &toml::Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let key = table.get("key").and_then(text).filter(|key| key.chars().all(|c| c.is_alphanumeric() || c == '-'))?;
    let flag = text(table.get("flag")?.get("key")?)?;
    let first = table.get("stage").and_then(|stages| text(stages.get(0)?.get("key")?));
    let mut runbook = Runbook { key, ..runbook::built_in().clone() };
    runbook.flag = Flag { key: flag, legacy: None };
    runbook.stages.truncate(1);
    for stage in &mut runbook.stages {
        stage.key = first.clone().unwrap_or_else(|| "off".to_owned());
        stage.exposure = Exposure::off();
    }
    // Nothing of the built-in rollout is to be taken for this one's.
    (runbook.cohorts, runbook.signals, runbook.rates, runbook.guardrails) = (vec![], vec![], vec![], None);
    Some(runbook)
}
