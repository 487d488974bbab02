//! `gonogo hold`: what stands is cleared by a recorded resolution with evidence, and by nothing else; a rollback trigger
//! that only people can see is raised by one.

use clap::{ArgGroup, Args, Subcommand};

use super::{
    Exit, Failure, block_on,
    options::Options,
    output,
    recording::{Recording, unknown, words},
};
use crate::{
    audit::Event,
    judge::Trouble,
    runbook::{Runbook, Stage, TripWire},
};

#[derive(Debug, Subcommand)]
pub(super) enum Hold {
    /// Record that a hard stop, a tripped trigger or a failed gate is resolved, and how
    Clear(Clear),
    /// Raise a rollback trigger that telemetry cannot see
    Raise(Raise),
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("trouble").required(true).multiple(true).args(["signature", "trigger", "gate"])))]
pub(super) struct Clear {
    /// A hard stop, by its signature, stage:code
    #[arg(long, value_name = "SIGNATURE")]
    signature: Vec<String>,
    /// A tripped rollback trigger, by its key
    #[arg(long, value_name = "KEY")]
    trigger: Vec<String>,
    /// A failed gate, by its key
    #[arg(long, value_name = "KEY")]
    gate: Vec<String>,
    /// The gate's stage; the present one if none is named
    #[arg(long, value_name = "STAGE", requires = "gate")]
    stage: Option<String>,
    /// What was found and done, with links
    #[arg(long, value_name = "TEXT")]
    evidence: String,
    /// Print the entries as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Raise {
    /// The trigger's key
    #[arg(long, value_name = "KEY")]
    trigger: String,
    /// What was seen, with links
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Print the entry as JSON
    #[arg(long)]
    json: bool,
}

impl Hold {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        match self {
            Self::Clear(clear) => clear.run(given),
            Self::Raise(raise) => raise.run(given),
        }
    }
}

impl Clear {
    fn run(&self, given: &Options) -> Result<u8, Failure> {
        let recording = Recording::open(given)?;
        let needed = "a hard stop is cleared by evidence; say with --evidence what was found and done";
        let evidence = words(&self.evidence, needed)?;
        block_on(async {
            let stage = match self.gate.is_empty() {
                true => None,
                false => Some(recording.stage(self.stage.as_deref()).await?),
            };
            // All of it is checked before any of it is recorded.
            let troubles = self.troubles(&recording.runbook, stage)?;
            let mut entries = Vec::new();
            for (name, trouble) in troubles {
                let appended = recording.append(Event::Resolved { trouble, evidence: evidence.clone() }).await;
                match appended {
                    Ok(entry) if self.json => entries.push(entry),
                    Ok(entry) => {
                        output::answer(&format!("recorded as entry {}: {name} is resolved up to now\n", entry.seq))?;
                    }
                    Err(failure) => {
                        entries.iter().for_each(|entry| output::tell(&format!("recorded: entry {}", entry.seq)));
                        return Err(failure);
                    }
                }
            }
            if self.json {
                output::json(&entries)?;
            }
            Ok(Exit::Done as u8)
        })
    }

    /// What is to be resolved, by the names that it goes by, each once.
    fn troubles(&self, runbook: &Runbook, stage: Option<&Stage>) -> Result<Vec<(String, Trouble)>, Failure> {
        let mut troubles: Vec<(String, Trouble)> = Vec::new();
        for given in &self.signature {
            let signature = crate::text::clean(given.trim());
            if !signature.contains(':') {
                let what = format!("{signature:?} is no signature; write it like pull:pullCursorRegression");
                return Err(Failure::new(Exit::Usage, what));
            }
            let listed = runbook.guardrails.iter().flat_map(|guardrails| &guardrails.listed);
            if !listed.into_iter().any(|known| known.signature == signature) {
                output::tell(&format!("the runbook does not list {signature}; recorded all the same"));
            }
            troubles.push((signature.clone(), Trouble::Guardrail { signature }));
        }
        for trigger in &self.trigger {
            let known: Vec<&str> = runbook.triggers.iter().map(|trigger| trigger.key.as_str()).collect();
            if !known.contains(&trigger.as_str()) {
                return Err(unknown("trigger", trigger, known));
            }
            troubles.push((format!("trigger {trigger}"), Trouble::Trigger { trigger: trigger.clone() }));
        }
        for (gate, stage) in self.gate.iter().filter_map(|gate| Some((gate, stage?))) {
            let known: Vec<&str> = stage.gates.iter().map(|gate| gate.key.as_str()).collect();
            if !known.contains(&gate.as_str()) {
                return Err(unknown(&format!("gate in stage {},", stage.key), gate, known));
            }
            let trouble = Trouble::Gate { stage: stage.key.clone(), gate: gate.clone() };
            troubles.push((format!("gate {gate} of {}", stage.key), trouble));
        }
        let mut once = Vec::new();
        for trouble in troubles {
            if !once.contains(&trouble) {
                once.push(trouble);
            }
        }
        Ok(once)
    }
}

impl Raise {
    fn run(&self, given: &Options) -> Result<u8, Failure> {
        let recording = Recording::open(given)?;
        let reason = words(&self.reason, "a trigger is raised for a reason; say with --reason what was seen")?;
        raisable(&recording.runbook, &self.trigger)?;
        let what = format!("rollback trigger {} raised: {reason}", self.trigger);
        block_on(recording.answer(Event::Raised { trigger: self.trigger.clone(), reason }, &what, self.json))
    }
}

/// That people can raise this trigger; which they can, if not this one.
fn raisable(runbook: &Runbook, key: &str) -> Result<(), Failure> {
    let can = runbook.triggers.iter().filter(|trigger| trigger.when.contains(&TripWire::Raised));
    let can: Vec<&str> = can.map(|trigger| trigger.key.as_str()).collect();
    if can.contains(&key) {
        return Ok(());
    }
    let which = if can.is_empty() { "none can".to_owned() } else { format!("those that can: {}", can.join(", ")) };
    let known: Vec<&str> = runbook.triggers.iter().map(|trigger| trigger.key.as_str()).collect();
    Err(match known.contains(&key) {
        true => {
            Failure::new(Exit::Usage, format!("trigger {key} is tripped by telemetry, nobody can raise it; {which}"))
        }
        false => {
            let Failure { exit, message } = unknown("trigger", key, known);
            Failure::new(exit, format!("{message}; to be raised, {which}"))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::{Trigger, built_in};

    #[test]
    fn only_a_trigger_that_people_can_see_is_raised() {
        let mut runbook = built_in().clone();
        for trigger in &mut runbook.triggers {
            trigger.when.retain(|wire| *wire != TripWire::Raised);
        }
        let told = |runbook: &Runbook, key| raisable(runbook, key).map_err(|failure| (failure.exit, failure.message));
        let (exit, message) = told(&runbook, "data-integrity").unwrap_err();
        assert_eq!(exit, Exit::Usage);
        assert_eq!(message, "trigger data-integrity is tripped by telemetry, nobody can raise it; none can");

        runbook.triggers.push(Trigger {
            key: "by-hand".to_owned(),
            title: "By hand".to_owned(),
            requirement: None,
            automatic: false,
            when: vec![TripWire::FailureRate { rate: "secure_upload".to_owned() }, TripWire::Raised],
        });
        assert_eq!(told(&runbook, "by-hand"), Ok(()));
        assert!(told(&runbook, "data-integrity").unwrap_err().1.ends_with("those that can: by-hand"));
        let (exit, message) = told(&runbook, "by-hnad").unwrap_err();
        assert_eq!(exit, Exit::Usage);
        assert!(message.contains("did you mean `by-hand`?; to be raised, those that can: by-hand"), "{message}");
    }
}
