//! `gonogo qa`: the automated gate is run, or what it reported elsewhere is recorded; and the log's reports are judged.

use std::{io::IsTerminal, path::PathBuf, time::Duration};

use chrono::TimeDelta;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::{Exit, Failure, block_on, operation::signalled, options::Options, output, recording::Recording};
use crate::{
    audit::Event,
    facts,
    judge::{QaRun, candidate},
    qa::{Done, NotRun, Order, Progress, Ready, Secrets, prepare, read_qa_file, took_before},
    runbook::QaGate,
    units::duration,
};

#[derive(Debug, Subcommand)]
pub(super) enum Qa {
    /// Run the gate on the candidate, record the run with all it printed, and say whether it is green
    Run(Run),
    /// Record the JSON report of a run, and say whether the gate is green on the candidate
    Import(Import),
}

#[derive(Debug, Args)]
pub(super) struct Run {
    /// As JSON: green, candidate, missing
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Import {
    /// The report
    #[arg(value_name = "REPORT.json")]
    report: PathBuf,
    /// As JSON: green, candidate, missing
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Green<'a> {
    green: bool,
    candidate: &'a str,
    missing: &'a [String],
}

impl Qa {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        let recording = Recording::open(given)?;
        let Some(gate) = recording.runbook.qa.clone() else {
            let what = match self {
                Self::Run(_) => "the runbook has no automated gate, so there is nothing to run",
                Self::Import(_) => "the runbook has no automated gate, so there is nothing to import",
            };
            return Err(Failure::new(Exit::Usage, what));
        };
        match self {
            Self::Run(run) => block_on(run.run(&recording, &gate)),
            Self::Import(import) => {
                let report = read_qa_file(&import.report)?;
                block_on(record(&recording, &gate, report, import.json))
            }
        }
    }
}

impl Run {
    async fn run(&self, recording: &Recording, gate: &QaGate) -> Result<u8, Failure> {
        let session = recording.session();
        let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        let order = Order {
            gate: gate.clone(),
            checkout: session.checkout.clone().unwrap_or(here),
            candidate: session.candidate.clone(),
            data_dir: session.data_dir.clone(),
            clock: session.clock,
            path: session.qa_path.clone(),
            secrets: Secrets::of_this_process().and(session.at_hand.values()),
        };
        let ready = prepare(order).await.map_err(|not_run| match not_run {
            NotRun::Refused(why) => Failure::refused("nothing was run", vec![why]),
            NotRun::Fault(fault) => fault.into(),
        })?;
        // It only tells how long it may take.
        let before = recording.history().await.ok();
        let before = before.and_then(|history| took_before(&history.qa_reports, Some(&ready.head)));
        let on = candidate::shown(&ready.head);
        let last = before.map_or(String::new(), |took| format!("; the last run took {}", shown(took)));
        output::tell(&format!("running `{}` on {on}{last}", gate.command));

        let (done, signal) = self.watched(ready, gate).await?;
        done.remarks.iter().for_each(|remark| output::tell(remark));
        let kept: Vec<String> = done
            .run
            .ran
            .iter()
            .flat_map(|ran| [&ran.output, &ran.report])
            .flatten()
            .map(|kept| session.data_dir.join(&kept.path).display().to_string())
            .collect();
        kept.iter().for_each(|kept| output::tell(&format!("kept {kept}")));
        let code = record(recording, gate, done.run, self.json).await.map_err(|failure| {
            let kept = if kept.is_empty() {
                "nothing of it was kept".to_owned()
            } else {
                format!("kept of it: {}", kept.join(", "))
            };
            Failure::new(Exit::CouldNotRun, format!("the gate ran, and is not on record: {}; {kept}", failure.message))
        })?;
        Ok(signal.map_or(code, |signal| signal as u8))
    }

    /// Runs it while its output is told, until it is done or a signal ends it.
    async fn watched(&self, ready: Ready, gate: &QaGate) -> Result<(Done, Option<Exit>), Failure> {
        let mut signal = None;
        let stop = async {
            let exit = signalled().await;
            signal = Some(exit);
            output::tell("ending the gate and all that it started ...");
            match exit {
                Exit::HungUp => "the terminal hung up".to_owned(),
                Exit::Terminated => "gonogo was asked to end".to_owned(),
                _ => "interrupted from the keyboard".to_owned(),
            }
        };
        let mut progress = Progress::new(gate);
        let shows = std::io::stdout().is_terminal() && !self.json;
        let tell = |lines: Vec<String>, elapsed: Duration| {
            for line in lines {
                output::tell(&line);
                if progress.line(&line, elapsed) && shows {
                    let at = progress.running().map_or(String::new(), |id| format!(", at {id}"));
                    let (passed, all) = (progress.passed(), progress.checks.len());
                    let elapsed = shown(elapsed);
                    // Nothing rests on it.
                    let _ = output::answer(&format!("{passed} of {all} checks passed{at}, {elapsed}\n"));
                }
            }
        };
        let done = ready.run(stop, tell).await?;
        Ok((done, signal))
    }
}

/// Records a run, and answers whether the gate is green.
async fn record(recording: &Recording, gate: &QaGate, report: QaRun, json: bool) -> Result<u8, Failure> {
    let ran_on = report.candidate.clone();
    let remark = facts::qa_remark(&report);
    let entry = recording.append(Event::QaReported(Box::new(report))).await?;
    let history = recording.history().await?;
    let missing = facts::qa_missing(gate, &history.qa_reports, recording.candidate(), &ran_on, recording.now());
    let green = missing.is_empty();
    if json {
        output::json(&Green { green, candidate: &ran_on, missing: &missing })?;
    } else {
        let on = candidate::shown(&ran_on);
        let mut text = format!("recorded as entry {}: ", entry.seq);
        match green {
            true => text.push_str(&format!("green on {on}: all {} checks passed\n", gate.checks.len())),
            false => text.push_str(&format!("a run on {on}, not green:\n  {}\n", missing.join("\n  "))),
        }
        text.extend(remark.map(|remark| format!("  {remark}\n")));
        output::answer(&text)?;
    }
    Ok(if green { Exit::Done as u8 } else { Exit::Refused as u8 })
}

fn shown(took: Duration) -> String {
    duration(TimeDelta::from_std(took).unwrap_or(TimeDelta::MAX))
}
