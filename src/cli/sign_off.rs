//! `gonogo sign-off`: the release owner's signature, bound to stage, candidate and runbook.

use clap::Args;

use super::{
    Failure, block_on,
    options::Options,
    output,
    recording::{Recording, words},
};
use crate::{audit::Event, facts};

#[derive(Debug, Args)]
pub(super) struct SignOff {
    /// The stage that is signed for; the present one if none is named
    #[arg(long, value_name = "STAGE")]
    stage: Option<String>,
    /// What was decided, in words
    #[arg(long, value_name = "TEXT")]
    statement: String,
    /// Print the entry as JSON
    #[arg(long)]
    json: bool,
}

impl SignOff {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        let recording = Recording::open(given)?;
        let statement = words(&self.statement, "a signature says what was decided; give --statement in words")?;
        let candidate = recording.required_candidate()?;
        block_on(async {
            let stage = recording.stage(self.stage.as_deref()).await?;
            if !facts::asks_for_signature(stage) {
                output::tell(&format!("no gate of stage {} asks for a signature; recorded all the same", stage.key));
            }
            let what = format!("signed off {} for {candidate}: {statement}", stage.key);
            let event = Event::SignedOff {
                stage: stage.key.clone(),
                candidate: Some(candidate),
                runbook: recording.runbook.digest.clone(),
                statement,
                approval: None,
                block: Vec::new(),
            };
            recording.answer(event, &what, self.json).await
        })
    }
}
