//! `gonogo role`: who answers for what, by the shared log.

use std::fmt::Write as _;

use chrono::SecondsFormat;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::{Exit, Failure, block_on, options::Options, output, recording::Recording};
use crate::{
    facts,
    judge::History,
    operations::{Decided, poll::Move},
    runbook::{Duty, Role as RunbookRole},
    text::clean,
};

#[derive(Debug, Subcommand)]
pub(super) enum Role {
    /// List the roles and who has each
    List(List),
    /// Give a role to somebody
    Assign(Assign),
    /// Take a role from whoever has it
    Clear(Clear),
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Assign {
    /// The role's key
    role: String,
    /// Who has it from here on: an operator's name
    name: String,
    /// Print the entry as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Clear {
    /// The role's key
    role: String,
    /// Print the entry as JSON
    #[arg(long)]
    json: bool,
}

impl Role {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        match self {
            Self::List(list) => list.run(given),
            Self::Assign(assign) => record(given, &assign.role, Some(&assign.name), assign.json),
            Self::Clear(clear) => record(given, &clear.role, None, clear.json),
        }
    }
}

fn record(given: &Options, role: &str, name: Option<&str>, json: bool) -> Result<u8, Failure> {
    let recording = Recording::open(given)?;
    let step = Move::Assign { role: role.to_owned(), name: name.map(str::to_owned) };
    block_on(async {
        let Decided { before, entry } = recording.make(&step, json).await?;
        if json {
            output::json(&entry)?;
            return Ok(Exit::Done as u8);
        }
        let title = recording.runbook.role(role).map_or_else(|| clean(role), |role| clean(&role.title));
        let who = name.map_or_else(|| "nobody".to_owned(), |name| clean(name).trim().to_owned());
        let mut what = format!("{title} is {who}");
        for remark in step.remarks(&recording.meeting(&before)) {
            // Writing to a String does not fail.
            let _ = write!(what, "; {remark}");
        }
        output::answer(&format!("recorded as entry {}: {what}\n", entry.seq))?;
        Ok(Exit::Done as u8)
    })
}

/// A role, and who has it.
#[derive(Debug, Serialize)]
struct Listed {
    key: String,
    title: String,
    duty: Option<Duty>,
    /// None where nobody has it.
    name: Option<String>,
    /// `log`, `configuration`; none where neither names anybody.
    from: Option<&'static str>,
    /// Since when, where the log says so.
    since: Option<String>,
}

impl List {
    fn run(&self, given: &Options) -> Result<u8, Failure> {
        let recording = Recording::to_read(given)?;
        block_on(async {
            let history = recording.history().await?;
            let roles: Vec<Listed> =
                recording.runbook.roles.iter().map(|role| listed(&recording, &history, role)).collect();
            if self.json {
                output::json(&roles)?;
            } else {
                output::answer(&text(&roles))?;
            }
            Ok(Exit::Done as u8)
        })
    }
}

fn listed(recording: &Recording, history: &History, role: &RunbookRole) -> Listed {
    let name = facts::holder_of(&recording.runbook, history, &role.key);
    let on_record = history.assigned.get(&role.key);
    Listed {
        key: clean(&role.key),
        title: clean(&role.title),
        duty: role.duty,
        from: name.as_ref().map(|_| if on_record.is_some() { "log" } else { "configuration" }),
        since: on_record.map(|assigned| assigned.at.to_rfc3339_opts(SecondsFormat::Millis, true)),
        name,
    }
}

fn text(roles: &[Listed]) -> String {
    if roles.is_empty() {
        return "the runbook has no roles: list each [[role]] in it\n".to_owned();
    }
    let width = |of: fn(&Listed) -> &str| roles.iter().map(|role| of(role).chars().count()).max().unwrap_or(0);
    let (keys, titles) = (width(|role| &role.key), width(|role| &role.title));
    let mut out = String::new();
    for role in roles {
        let from = if role.from == Some("configuration") { " (by the configuration)" } else { "" };
        let who = role.name.as_deref().unwrap_or("nobody");
        // Writing to a String does not fail.
        let _ = writeln!(out, "{:<keys$}  {:<titles$}  {who}{from}", role.key, role.title);
    }
    out
}
