//! `gonogo check`: the checklist that people work through, what became of each check, and what telemetry saw of it.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde::Serialize;

use super::{
    Exit, Failure,
    attaching::Shows,
    block_on, connect,
    options::Options,
    output,
    recording::{Recording, unknown, words},
};
use crate::{
    audit::Event,
    facts::{checklist_environments, outcome_word},
    judge::{CheckOutcome, CheckResult, History, SeenCheck, candidate, described},
    runbook::Runbook,
    seen_in::seen_in,
    text::clean,
    units::moment,
};

#[derive(Debug, Subcommand)]
pub(super) enum Check {
    /// Each check, with its latest result in each environment
    List(List),
    /// Record that a check holds
    Pass(Made),
    /// Record that a check does not hold
    Fail(Made),
    /// Record that a check could not be made
    Blocked(Made),
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// How long to wait for telemetry, where it is named
    #[arg(long, value_name = "TIME", default_value = "15s", value_parser = humantime::parse_duration)]
    wait: Duration,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Made {
    /// The check's key
    check: String,
    /// Where it was made: staging, production
    // Not `environment`: that is the option of every command, and clap would take this for it.
    #[arg(long = "in", value_name = "ENVIRONMENT")]
    place: String,
    #[command(flatten)]
    shows: Shows,
    /// A remark
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
    /// Print the entry as JSON
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        match self {
            Self::List(list) => list.run(given),
            Self::Pass(made) => made.record(given, CheckOutcome::Pass),
            Self::Fail(made) => made.record(given, CheckOutcome::Fail),
            Self::Blocked(made) => made.record(given, CheckOutcome::Blocked),
        }
    }
}

impl Made {
    fn record(&self, given: &Options, outcome: CheckOutcome) -> Result<u8, Failure> {
        let recording = Recording::open(given)?;
        let runbook = &recording.runbook;
        let Some(check) = runbook.checklist.iter().find(|check| check.key == self.check) else {
            let known = runbook.checklist.iter().map(|check| check.key.as_str()).collect();
            return Err(unknown("check", &self.check, known));
        };
        let environment = words(&self.place, "a check is made somewhere; name the environment with --in")?;
        let candidate = recording.required_candidate()?;
        let asked = checklist_environments(runbook);
        if !asked.contains(environment.as_str()) {
            let asked: Vec<&str> = asked.into_iter().collect();
            let asked = if asked.is_empty() { "none".to_owned() } else { asked.join(", ") };
            output::tell(&format!("no gate asks for the checklist in {environment} (asked for: {asked}); recorded"));
        }
        let attached = self.shows.attach(recording.data_dir(), &format!("check-{}", check.key))?;
        let what = format!("check {} in {environment} on {candidate}: {}", check.key, outcome_word(outcome));
        let note = clean(self.note.trim());
        let event = Event::Checked {
            check: check.key.clone(),
            environment,
            outcome,
            candidate: Some(candidate),
            note,
            attached,
        };
        block_on(recording.answer(event, &what, self.json))
    }
}

/// One check as `--json` prints it.
#[derive(Serialize)]
struct Listed<'a> {
    key: &'a str,
    title: String,
    results: Vec<Latest>,
    /// What telemetry saw of it, where it was asked and can see it.
    seen: Vec<Seen>,
}

/// The latest result in an environment: on the candidate, else on whatever other.
#[derive(Serialize)]
struct Latest {
    environment: String,
    /// None where the check was never made there.
    outcome: Option<CheckOutcome>,
    /// Whether it is on the candidate, so that a gate counts it.
    counts: bool,
    candidate: Option<String>,
    at: Option<DateTime<Utc>>,
    operator: Option<String>,
    note: Option<String>,
    attached: Option<String>,
}

/// What telemetry of an environment saw of a check in the last 24 hours.
#[derive(Serialize)]
struct Seen {
    environment: String,
    seen: &'static str,
    text: String,
}

impl List {
    fn run(&self, given: &Options) -> Result<u8, Failure> {
        let recording = Recording::to_read(given)?;
        let history = block_on(recording.history())?;
        let seen = block_on(look(given, &recording.runbook, self.wait))?;
        print(&recording, &listed(&recording.runbook, &history, recording.candidate(), &seen), self.json)
    }
}

/// What telemetry saw, where it is named: in each environment in which the checklist is asked for.
async fn look(given: &Options, runbook: &Arc<Runbook>, wait: Duration) -> Result<Vec<SeenCheck>, Failure> {
    let mut settings = given.resolve()?;
    let named = !matches!(settings.telemetry, Ok(None)) || !settings.elsewhere.is_empty();
    if !named || runbook.checklist.iter().all(|check| check.seen.is_empty()) {
        return Ok(Vec::new());
    }
    // The list is there, whatever is wrong with the address of a source.
    if let Err(fault) = &settings.telemetry {
        output::complain(&fault.to_string());
        settings.telemetry = Ok(None);
    }
    settings.flags = Ok(None);
    let session = connect::session(settings, Arc::clone(runbook))?;
    let environments = checklist_environments(runbook);
    let asked = environments
        .into_iter()
        .map(|environment| seen_in(runbook, &session.elsewhere, environment, session.clock, wait));
    Ok(futures_util::future::join_all(asked).await.into_iter().flatten().collect())
}

fn print(recording: &Recording, listed: &[Listed<'_>], json: bool) -> Result<u8, Failure> {
    if json {
        output::json(&listed)?;
    } else if listed.is_empty() {
        output::answer("the runbook has no checklist\n")?;
    } else {
        output::answer(&text(listed, recording.candidate()))?;
    }
    Ok(Exit::Done as u8)
}

fn listed<'a>(runbook: &'a Runbook, history: &History, candidate: Option<&str>, seen: &[SeenCheck]) -> Vec<Listed<'a>> {
    let mut environments: BTreeSet<&str> = checklist_environments(runbook);
    environments.extend(history.checks.iter().map(|result| result.environment.as_str()));
    let each = runbook.checklist.iter().map(|check| {
        let in_each = environments.iter().map(|&environment| {
            let made = |result: &&CheckResult| result.check == check.key && result.environment == environment;
            let on = |result: &&CheckResult| candidate::same(candidate, result.candidate.as_deref());
            let all = || history.checks.iter().filter(made);
            let counts = all().rfind(on);
            let latest = counts.or_else(|| all().next_back());
            Latest {
                environment: clean(environment),
                outcome: latest.map(|result| result.outcome),
                counts: counts.is_some(),
                candidate: latest.and_then(|result| result.candidate.as_deref()).map(clean),
                at: latest.map(|result| result.at),
                operator: latest.map(|result| clean(&result.operator)),
                note: latest.map(|result| clean(&result.note)),
                attached: latest.and_then(|result| result.attached.as_ref()).map(described),
            }
        });
        let seen = seen.iter().filter(|seen| seen.check == check.key).map(|seen| Seen {
            environment: seen.environment.clone(),
            seen: seen.how().word(),
            text: seen.words(),
        });
        Listed { key: &check.key, title: clean(&check.title), results: in_each.collect(), seen: seen.collect() }
    });
    each.collect()
}

fn text(listed: &[Listed<'_>], candidate: Option<&str>) -> String {
    let mut text = String::new();
    for check in listed {
        text.push_str(&format!("{}  {}\n", check.key, check.title));
        for result in &check.results {
            let (Some(outcome), Some(at)) = (result.outcome, result.at) else {
                text.push_str(&format!("  {}: not made\n", result.environment));
                continue;
            };
            let on = result.candidate.as_deref().map_or_else(|| "no candidate".to_owned(), candidate::shown);
            let void = if candidate.is_some() && !result.counts { ", not the candidate: does not count" } else { "" };
            let who = result.operator.as_deref().unwrap_or_default();
            let note = result.note.as_deref().filter(|note| !note.is_empty());
            let note = note.map_or_else(String::new, |note| format!(": {note}"));
            let (environment, word, at) = (&result.environment, outcome_word(outcome), moment(at));
            text.push_str(&format!("  {environment}: {word} on {on}{void}, {who} at {at}{note}\n"));
            if let Some(attached) = &result.attached {
                text.push_str(&format!("    {attached}\n"));
            }
        }
        for seen in &check.seen {
            text.push_str(&format!("  telemetry: {}\n", seen.text));
        }
    }
    text
}
