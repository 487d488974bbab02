//! `gonogo hold clear`: a resolution, with evidence.

use clap::{ArgGroup, Args};

use super::list;
use crate::{
    audit::Event,
    cli::{
        Exit, Failure, block_on,
        options::Options,
        output,
        recording::{Recording, unknown, words},
    },
    judge::{History, Trouble},
    runbook::{Runbook, Stage},
    text::clean,
};

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("trouble").required(true).multiple(true).args(["signature", "trigger", "gate", "hold", "rollback"])))]
pub(in crate::cli) struct Clear {
    /// A hard stop, by its signature, stage:code
    #[arg(long, value_name = "SIGNATURE")]
    signature: Vec<String>,
    /// A tripped rollback trigger, by its key
    #[arg(long, value_name = "KEY")]
    trigger: Vec<String>,
    /// A failed gate, by its key
    #[arg(long, value_name = "KEY")]
    gate: Vec<String>,
    /// A hold that somebody raised, by its id
    #[arg(long, value_name = "ID")]
    hold: Vec<String>,
    /// What the last rollback was called for
    #[arg(long)]
    rollback: bool,
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

impl Clear {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        let recording = Recording::open(given)?;
        let needed = "what stands is cleared by evidence; say with --evidence what was found and done";
        let evidence = words(&self.evidence, needed)?;
        block_on(async {
            let stage = match self.gate.is_empty() {
                true => None,
                false => Some(recording.stage(self.stage.as_deref()).await?),
            };
            // All of it is checked before any of it is recorded.
            let mut troubles = self.troubles(&recording.runbook, stage)?;
            if self.rollback || !self.hold.is_empty() {
                troubles.extend(self.on_record(&recording.history().await?)?);
            }
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

    /// Holds and the rollback, which only the log knows.
    fn on_record(&self, history: &History) -> Result<Vec<(String, Trouble)>, Failure> {
        let mut troubles: Vec<(String, Trouble)> = Vec::new();
        for id in &self.hold {
            let id = id.trim();
            let trouble = Trouble::Hold { hold: id.to_owned() };
            let standing: Vec<&str> = list::standing_holds(history).map(|raised| raised.hold.as_str()).collect();
            if !standing.contains(&id) {
                let known = history.holds.iter().any(|raised| raised.hold == id);
                let what = if known { "is cleared already" } else { "is not on record" };
                let which = if standing.is_empty() { "none stands".to_owned() } else { standing.join(", ") };
                let what = format!("hold {:?} {what}; those that stand: {}", clean(id), clean(&which));
                return Err(Failure::new(Exit::Usage, what));
            }
            let named = (format!("hold {}", clean(id)), trouble);
            if !troubles.contains(&named) {
                troubles.push(named);
            }
        }
        if self.rollback {
            let Some(record) = history.rollback.as_ref().filter(|record| record.left_at.is_none()) else {
                return Err(Failure::new(Exit::Usage, "no rollback stands: there is nothing to resolve"));
            };
            let name = format!("what the rollback from {} was called for", clean(&record.from_stage));
            troubles.push((name, Trouble::Rollback { rollback: record.id.clone() }));
        }
        Ok(troubles)
    }

    /// What is to be resolved, by the names that it goes by, each once.
    fn troubles(&self, runbook: &Runbook, stage: Option<&Stage>) -> Result<Vec<(String, Trouble)>, Failure> {
        let mut troubles: Vec<(String, Trouble)> = Vec::new();
        for given in &self.signature {
            let signature = clean(given.trim());
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
