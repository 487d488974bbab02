//! What a rollback goes on with where the configuration or the runbook is broken.

use std::{path::Path, sync::Arc};

use crate::{
    cli::{Failure, candidate, options, options::Options, output},
    config::Settings,
    runbook::{self, Exposure, Flag, Runbook},
};

/// The settings, whatever is wrong with those that a rollback does not need.
pub(super) fn settings(given: &Options) -> Result<Settings, Failure> {
    let mut settings = match given.resolve_as_given() {
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
    candidate::without_git(&mut settings);
    Ok(settings)
}

/// The runbook; of one that does not hold together, what a rollback needs of it: the flag's name.
pub(super) fn runbook(settings: &Settings) -> Result<Arc<Runbook>, Failure> {
    let failure = match options::load_runbook_whatever_roles(settings) {
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
    (runbook.roles, runbook.deployed) = (vec![], None);
    Some(runbook)
}
