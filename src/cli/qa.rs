//! `gonogo qa`: what the automated gate reported goes into the audit log, and the log's reports are judged.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use serde::Serialize;

use super::{Exit, Failure, block_on, options::Options, output, recording::Recording};
use crate::{
    audit::{Event, QaTotals, read_qa_report},
    judge::{QaRun, candidate, qa_standing},
    runbook::QaGate,
    text::clean,
};

/// Largest report that is read.
const LARGEST: u64 = 16 << 20;

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
        let (report, QaTotals(odd)) = read(&import.report)?;
        odd.iter().for_each(|odd| output::tell(odd));
        block_on(import.record(&recording, &gate, report))
    }
}

impl Import {
    async fn record(&self, recording: &Recording, gate: &QaGate, report: QaRun) -> Result<u8, Failure> {
        let ran_on = report.candidate.clone();
        let entry = recording.append(Event::QaReported(Box::new(report))).await?;
        let history = recording.history().await?;
        let green = match recording.candidate().or(candidate::named(Some(&ran_on))) {
            Some(candidate) => {
                let standing = qa_standing(gate, &history.qa_reports, candidate, None, recording.now());
                (standing.green(), standing.missing)
            }
            None => (false, vec!["the report does not say on which commit it ran".to_owned()]),
        };
        let (green, missing) = green;
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

/// The report in a file. Whatever keeps it from being one is one sentence.
fn read(path: &Path) -> Result<(QaRun, QaTotals), Failure> {
    let name = clean(&path.display().to_string());
    let refused = |why: &str, next: &str| Failure::new(Exit::Usage, format!("the QA report {name} {why}; {next}"));
    let unreadable = |error: io::Error| refused(&format!("cannot be read: {error}"), "check the path");
    // Before it is opened: opening a pipe would wait for a writer.
    let found = fs::metadata(path).map_err(unreadable)?;
    if found.is_dir() {
        return Err(refused("is a folder", "name the JSON file in it"));
    }
    if !found.is_file() {
        return Err(refused("is not a regular file", "name a JSON file"));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(refused("is larger than 16 MiB", "check that it is the right file"));
    }
    let read = read_qa_report(&bytes);
    read.map_err(|why| refused(&format!("is no report of the automated gate: {why}"), "nothing was recorded"))
}
