//! `gonogo hold list`: what is on record and stands, and how it is cleared. No telemetry is asked.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;
use serde::Serialize;

use crate::{
    cli::{Exit, Failure, block_on, options::Options, output, recording::Recording},
    judge::{History, RaisedHold, Trouble, on_record},
    text::clean,
    units::moment,
};

#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// One thing that stands.
#[derive(Debug, Serialize)]
struct Standing {
    /// `hold`, `pause`, `hard-stop`, `trigger`, `gate`, `rollback`.
    kind: &'static str,
    /// Which one: an id, a signature, a key.
    key: Option<String>,
    /// Since when.
    at: String,
    /// Who raised it, where a person did.
    operator: Option<String>,
    /// Why.
    reason: String,
    /// How it is cleared.
    clear: String,
}

impl List {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        let recording = Recording::to_read(given)?;
        block_on(async {
            let history = recording.history().await?;
            let standing = standing(&recording, &history);
            if self.json {
                output::json(&standing)?;
            } else {
                output::answer(&text(&standing))?;
            }
            Ok(Exit::Done as u8)
        })
    }
}

/// Holds that nobody cleared, oldest first.
pub(super) fn standing_holds(history: &History) -> impl Iterator<Item = &RaisedHold> {
    let cleared = |raised: &RaisedHold| {
        let is_it = |trouble: &Trouble| matches!(trouble, Trouble::Hold { hold } if *hold == raised.hold);
        history.resolutions.iter().any(|resolution| is_it(&resolution.trouble))
    };
    history.holds.iter().filter(move |raised| !cleared(raised))
}

fn standing(recording: &Recording, history: &History) -> Vec<Standing> {
    let holds = standing_holds(history).map(|raised| Standing {
        kind: "hold",
        key: Some(clean(&raised.hold)),
        at: time(raised.at),
        operator: Some(clean(&raised.operator)),
        reason: clean(&format!("{} ({})", raised.reason, raised.evidence)),
        clear: clear(&format!("--hold {}", shell_quoted(&raised.hold))),
    });
    let paused = history.paused.iter().map(|paused| Standing {
        kind: "pause",
        key: None,
        at: time(paused.at),
        operator: Some(clean(&paused.operator)),
        reason: clean(&paused.reason),
        clear: "gonogo resume --reason …".to_owned(),
    });
    let unresolved = |record: &&crate::judge::RollbackRecord| record.left_at.is_none() && record.resolved.is_none();
    let rollback = history.rollback.iter().filter(unresolved).map(|record| Standing {
        kind: "rollback",
        key: Some(clean(&record.id)),
        at: time(record.at),
        operator: Some(clean(&record.operator)),
        reason: clean(&format!("from {}: {}", record.from_stage, record.reason)),
        clear: clear("--rollback"),
    });
    let seen = on_record(&recording.runbook, history, recording.now()).into_iter().filter_map(|found| {
        let (kind, key, how) = match found.trouble {
            Trouble::Guardrail { signature } => {
                let how = format!("--signature {}", shell_quoted(&signature));
                ("hard-stop", signature, how)
            }
            Trouble::Trigger { trigger } => {
                let how = format!("--trigger {}", shell_quoted(&trigger));
                ("trigger", trigger, how)
            }
            Trouble::Gate { stage, gate } => {
                let how = format!("--stage {} --gate {}", shell_quoted(&stage), shell_quoted(&gate));
                ("gate", gate, how)
            }
            Trouble::Hold { .. } | Trouble::Rollback { .. } => return None,
        };
        let (key, operator) = (Some(clean(&key)), found.operator.as_deref().map(clean));
        Some(Standing { kind, key, at: time(found.at), operator, reason: clean(&found.reason), clear: clear(&how) })
    });
    holds.chain(paused).chain(rollback).chain(seen).collect()
}

/// As an argument to be pasted into a shell.
fn shell_quoted(text: &str) -> String {
    let text = clean(text);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':' | '.' | '/');
    if !text.is_empty() && text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

fn clear(how: &str) -> String {
    format!("gonogo hold clear {how} --evidence …")
}

fn text(standing: &[Standing]) -> String {
    if standing.is_empty() {
        return "nothing on record stands; what telemetry shows now: gonogo status\n".to_owned();
    }
    let mut out = String::new();
    for one in standing {
        let key = one.key.as_ref().map_or_else(String::new, |key| format!(" {key}"));
        let who = one.operator.as_ref().map_or_else(String::new, |who| format!(" by {who}"));
        let at = one.at.parse::<DateTime<Utc>>().map_or_else(|_| one.at.clone(), moment);
        // Writing to a String does not fail.
        let _ = writeln!(out, "{}{key}, {at}{who}: {}\n  {}", one.kind, one.reason, one.clear);
    }
    out
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
