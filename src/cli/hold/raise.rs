//! `gonogo hold raise`: a hold for a doubt that no gate knows, or a rollback trigger that only people can see.

use clap::Args;

use crate::{
    audit::Event,
    cli::{
        Exit, Failure, block_on,
        options::Options,
        output,
        recording::{Recording, unknown, words},
    },
    facts,
    fault::FaultKind,
    judge::next_hold,
    runbook::Runbook,
    text::clean,
};

/// Others may append at the same time so often.
const TRIES: usize = 20;

#[derive(Debug, Args)]
pub(in crate::cli) struct Raise {
    /// The key of the trigger to raise; without it, the rollout is held, and nothing calls for a rollback
    #[arg(long, value_name = "KEY")]
    trigger: Option<String>,
    /// What was seen
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// What it rests on, with links; a hold needs it
    #[arg(long, value_name = "TEXT", required_unless_present = "trigger", conflicts_with = "trigger")]
    evidence: Option<String>,
    /// Print the entry as JSON
    #[arg(long)]
    json: bool,
}

impl Raise {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        let recording = Recording::open(given)?;
        let Some(trigger) = &self.trigger else { return block_on(self.hold(&recording)) };
        let reason = words(&self.reason, "a trigger is raised for a reason; say with --reason what was seen")?;
        raisable(&recording.runbook, trigger)?;
        let what = format!("rollback trigger {trigger} raised: {reason}");
        block_on(recording.answer(Event::Raised { trigger: trigger.clone(), reason }, &what, self.json))
    }

    /// Its id is the next one on record, so it is recorded only where nobody has appended since.
    async fn hold(&self, recording: &Recording) -> Result<u8, Failure> {
        let reason = words(&self.reason, "a hold is raised for a reason; say with --reason what is in doubt")?;
        let given = self.evidence.as_deref().unwrap_or_default();
        let evidence = words(given, "a hold rests on something; say with --evidence on what, with links")?;
        let mut tries = 0;
        let (hold, entry) = loop {
            tries += 1;
            let history = recording.history().await?;
            let hold = next_hold(&history);
            let event = Event::HoldRaised { hold: hold.clone(), reason: reason.clone(), evidence: evidence.clone() };
            match recording.append_after(&history.head, event).await {
                Ok(entry) => break (hold, entry),
                Err(fault) if fault.kind == FaultKind::Changed && tries < TRIES => {}
                Err(fault) => return Err(fault.into()),
            }
        };
        if self.json {
            output::json(&entry)?;
        } else {
            let (seq, reason) = (entry.seq, clean(&reason));
            let clear = format!("gonogo hold clear --hold {hold} --evidence …");
            output::answer(&format!("recorded as entry {seq}: hold {hold} raised: {reason}\nclear it with {clear}\n"))?;
        }
        Ok(Exit::Done as u8)
    }
}

/// That people can raise this trigger; which they can, if not this one.
fn raisable(runbook: &Runbook, key: &str) -> Result<(), Failure> {
    let can = facts::raisable(runbook);
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
            let Failure { exit, message, .. } = unknown("trigger", key, known);
            Failure::new(exit, format!("{message}; to be raised, {which}"))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::{Trigger, TripWire, built_in};

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
