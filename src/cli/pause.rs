//! `gonogo pause`, `gonogo resume`: promotions are frozen, and go on. Rolling back and reducing are not.

use clap::Args;

use super::{
    Failure, block_on,
    options::Options,
    output,
    recording::{Recording, words},
};
use crate::{audit::Event, text::clean, units::moment};

#[derive(Debug, Args)]
pub(super) struct Reasoned {
    /// Why; it goes into the audit log
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Print the entry as JSON
    #[arg(long)]
    json: bool,
}

impl Reasoned {
    pub(super) fn pause(&self, given: &Options) -> Result<u8, Failure> {
        let recording = Recording::open(given)?;
        let reason = words(&self.reason, "promotions are frozen for a reason; give --reason in words")?;
        block_on(async {
            if let Some(paused) = recording.history().await?.paused {
                let (who, at, why) = (clean(&paused.operator), moment(paused.at), clean(&paused.reason));
                output::tell(&format!("promotions were frozen already, by {who} at {at}: {why}"));
            }
            let what = format!("promotions are frozen: {reason}");
            recording.answer(Event::Paused { reason }, &what, self.json).await
        })
    }

    pub(super) fn resume(&self, given: &Options) -> Result<u8, Failure> {
        let recording = Recording::open(given)?;
        let reason = words(&self.reason, "promotions go on for a reason; give --reason in words")?;
        block_on(async {
            if recording.history().await?.paused.is_none() {
                output::tell("promotions were not frozen; recorded all the same");
            }
            let what = format!("promotions go on: {reason}");
            recording.answer(Event::Unpaused { reason }, &what, self.json).await
        })
    }
}
