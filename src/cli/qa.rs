//! `gonogo qa`: what the automated gate reported goes into the audit log, and the log's reports are judged.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::{Exit, Failure, block_on, options::Options, output, recording::Recording};
use crate::{
    audit::{Event, QaTotals, read_qa_file},
    facts,
    judge::{QaRun, candidate},
    runbook::QaGate,
};

#[derive(Debug, Subcommand)]
pub(super) enum Qa {
    /// Record the JSON report of a run, and say whether the gate is green on the candidate
    Import(Import),
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
        let Self::Import(import) = self;
        let recording = Recording::open(given)?;
        let Some(gate) = recording.runbook.qa.clone() else {
            return Err(Failure::new(Exit::Usage, "the runbook has no automated gate, so there is nothing to import"));
        };
        let (report, QaTotals(odd)) = read_qa_file(&import.report)?;
        odd.iter().for_each(|odd| output::tell(odd));
        block_on(import.record(&recording, &gate, report))
    }
}

impl Import {
    async fn record(&self, recording: &Recording, gate: &QaGate, report: QaRun) -> Result<u8, Failure> {
        let ran_on = report.candidate.clone();
        let entry = recording.append(Event::QaReported(Box::new(report))).await?;
        let history = recording.history().await?;
        let missing = facts::qa_missing(gate, &history.qa_reports, recording.candidate(), &ran_on, recording.now());
        let green = missing.is_empty();
        if self.json {
            output::json(&Green { green, candidate: &ran_on, missing: &missing })?;
        } else {
            let on = candidate::shown(&ran_on);
            let mut text = format!("recorded as entry {}: ", entry.seq);
            match green {
                true => text.push_str(&format!("green on {on}: all {} checks passed\n", gate.checks.len())),
                false => text.push_str(&format!("a run on {on}, not green:\n  {}\n", missing.join("\n  "))),
            }
            output::answer(&text)?;
        }
        Ok(if green { Exit::Done as u8 } else { Exit::Refused as u8 })
    }
}
