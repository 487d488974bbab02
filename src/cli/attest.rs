//! `gonogo attest`: somebody's word for what telemetry cannot see, bound to a gate and the candidate.

use clap::Args;

use super::{
    Exit, Failure, block_on,
    options::Options,
    recording::{Recording, unknown, words},
};
use crate::{audit::Event, facts, runbook::Stage};

#[derive(Debug, Args)]
pub(super) struct Attest {
    /// The gate's key
    gate: String,
    /// What it rests on, with links
    #[arg(long, value_name = "TEXT")]
    evidence: String,
    /// The gate's stage; the present one if none is named
    #[arg(long, value_name = "STAGE")]
    stage: Option<String>,
    /// Print the entry as JSON
    #[arg(long)]
    json: bool,
}

impl Attest {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        let recording = Recording::open(given)?;
        let evidence = words(&self.evidence, "a word rests on something; say with --evidence what was looked at")?;
        let candidate = recording.required_candidate()?;
        block_on(async {
            let stage = recording.stage(self.stage.as_deref()).await?;
            let statement = statement(stage, &self.gate)?;
            let what = format!("attested for {} of {} on {candidate}: {statement}", self.gate, stage.key);
            let event = Event::Attested {
                stage: stage.key.clone(),
                gate: self.gate.clone(),
                statement: statement.to_owned(),
                candidate: Some(candidate),
                evidence,
            };
            recording.answer(event, &what, self.json).await
        })
    }
}

/// What the gate of this key asks somebody to attest.
fn statement<'a>(stage: &'a Stage, gate: &str) -> Result<&'a str, Failure> {
    let attested = facts::attested(stage);
    if let Some((_, statement)) = attested.iter().find(|(key, _)| *key == gate) {
        return Ok(statement);
    }
    let known: Vec<&str> = attested.iter().map(|(key, _)| *key).collect();
    let there = stage.gates.iter().find(|known| known.key == gate);
    match there {
        _ if known.is_empty() => {
            let what = format!("no gate of stage {} asks for somebody's word; give --stage to name another", stage.key);
            Err(Failure::new(Exit::Usage, what))
        }
        Some(there) => {
            let (kind, known) = (there.condition.kind(), known.join(", "));
            let what = format!("gate {gate} of stage {} is a {kind} gate; those to attest: {known}", stage.key);
            Err(Failure::new(Exit::Usage, what))
        }
        None => Err(unknown(&format!("gate to attest in stage {},", stage.key), gate, known)),
    }
}
