//! `gonogo note`: a remark for whoever reads the timeline.

use clap::Args;

use super::{
    Failure, block_on,
    options::Options,
    recording::{Recording, words},
};
use crate::audit::Event;

#[derive(Debug, Args)]
pub(super) struct Note {
    /// The remark
    text: String,
    /// Print the entry as JSON
    #[arg(long)]
    json: bool,
}

impl Note {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        let recording = Recording::open(given)?;
        let text = words(&self.text, "a note says something; give it in words")?;
        let what = format!("note: {text}");
        block_on(recording.answer(Event::Note { text }, &what, self.json))
    }
}
