//! Log lines of the items that come from logs.

use std::sync::Arc;

use chrono::TimeDelta;
use clap::Args;
use serde_json::{Value, json};

use super::{attach::attached, item};
use crate::{
    audit::Event,
    cli::{
        Exit, Failure,
        attaching::known_secrets,
        block_on,
        options::Options,
        output,
        recording::{Recording, required},
    },
    evidence::{MOST_LINES, excerpt},
    fault::{Fault, FaultKind},
    judge::Attachment,
    logs::{Logs, Meant, fill},
    runbook::{EvidenceFrom, LogRead},
    session::Session,
    text::clean,
    units::plural,
};

/// Nothing was found of an item: it is still open, as a status says it.
const OPEN: u8 = 4;

#[derive(Debug, Args)]
pub(in crate::cli) struct Fetch {
    /// Keys of items; all that come from logs if none is named
    items: Vec<String>,
    /// Print what became of each item as JSON
    #[arg(long)]
    json: bool,
}

/// What became of one item.
enum Became {
    /// Attached as this entry: so many lines.
    Attached(u64, usize),
    /// The query found nothing.
    Nothing,
    /// It could not be had or kept.
    Failed(String),
}

impl Fetch {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        let recording = Recording::open(given)?;
        let runbook = Arc::clone(&recording.runbook);
        let mut wanted: Vec<(&str, &LogRead)> = Vec::new();
        for key in &self.items {
            let item = item(&runbook, key)?;
            let EvidenceFrom::Logs(read) = &item.from else {
                let what = format!("{key} does not come from logs; attach it with gonogo evidence attach {key}");
                return Err(Failure::new(Exit::Usage, what));
            };
            if wanted.iter().all(|(known, _)| known != key) {
                wanted.push((&item.key, read));
            }
        }
        if self.items.is_empty() {
            wanted.extend(runbook.evidence.iter().filter_map(|item| match &item.from {
                EvidenceFrom::Logs(read) => Some((item.key.as_str(), read)),
                _ => None,
            }));
        }
        if wanted.is_empty() {
            return Err(Failure::new(Exit::Usage, "no item of the runbook comes from logs; attach an excerpt by hand"));
        }
        let mut session = recording.into_session();
        let candidate = required(session.candidate.as_deref())?;
        let none = || Err(Fault::new(FaultKind::Configuration, "logs are asked once", "start again"));
        let connect = std::mem::replace(&mut session.logs, Box::new(none));
        block_on(async {
            let logs = connect()?;
            let known = known_secrets(given);
            let mut all = Vec::new();
            for (key, read) in wanted {
                let became = one(&session, logs.as_ref(), key, read, &candidate, &known).await;
                all.push((key, became.unwrap_or_else(|failure| Became::Failed(failure.message))));
            }
            self.answer(&all)
        })
    }

    fn answer(&self, all: &[(&str, Became)]) -> Result<u8, Failure> {
        if self.json {
            output::json(&all.iter().map(facts).collect::<Vec<_>>())?;
        } else {
            output::answer(&all.iter().map(text).collect::<String>())?;
        }
        let failed: Vec<String> = all
            .iter()
            .filter_map(|(key, became)| match became {
                Became::Failed(why) => Some(format!("{key}: {why}")),
                _ => None,
            })
            .collect();
        if !failed.is_empty() {
            return Err(Failure::new(Exit::CouldNotRun, failed.join("\ngonogo: ")));
        }
        let nothing = all.iter().any(|(_, became)| matches!(became, Became::Nothing));
        Ok(if nothing { OPEN } else { Exit::Done as u8 })
    }
}

async fn one(
    session: &Session,
    logs: &dyn Logs,
    key: &str,
    read: &LogRead,
    candidate: &str,
    known: &[String],
) -> Result<Became, Failure> {
    let query = fill(&read.query, Meant { environment: &read.environment, candidate })?;
    let now = session.clock.now();
    let from = now - TimeDelta::from_std(read.within).unwrap_or(TimeDelta::days(30));
    let found = logs.read(&query, (from, now), MOST_LINES).await?;
    let lines: Vec<String> = found.lines.iter().map(|line| line.written()).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let found = excerpt(lines.iter().map(String::as_str), found.more, &known);
    if found.lines == 0 {
        return Ok(Became::Nothing);
    }
    let source = format!("{}: {}", clean(&logs.place()), clean(&query));
    let attached = attached(&session.data_dir, key, &found, source)?;
    let attachment =
        Attachment { item: key.to_owned(), candidate: Some(candidate.to_owned()), attached, note: String::new() };
    let event = Event::Attached(Box::new(attachment));
    let entry = session.audit.append(session.clock.now(), &session.operator, event).await?;
    Ok(Became::Attached(entry.seq, found.lines))
}

fn facts((key, became): &(&str, Became)) -> Value {
    match became {
        Became::Attached(entry, lines) => json!({"item": key, "outcome": "attached", "entry": entry, "lines": lines}),
        Became::Nothing => json!({"item": key, "outcome": "nothing-found", "lines": 0}),
        Became::Failed(why) => json!({"item": key, "outcome": "failed", "why": why}),
    }
}

fn text((key, became): &(&str, Became)) -> String {
    match became {
        Became::Attached(entry, lines) => {
            format!("recorded as entry {entry}: {key}: {}\n", plural(*lines, "log line"))
        }
        Became::Nothing => format!("{key}: the query found no line; nothing was attached\n"),
        // Told as what went wrong.
        Became::Failed(_) => String::new(),
    }
}
