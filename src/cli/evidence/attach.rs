//! A link, a file or an excerpt of a log, attached to an item.

use std::{io::Read, path::Path};

use clap::{ArgGroup, Args};

use super::item;
use crate::{
    audit::Event,
    cli::{
        Exit, Failure,
        attaching::{Shows, kept, known_secrets},
        block_on,
        options::Options,
        output,
        recording::Recording,
    },
    evidence::{self, Excerpt, excerpt},
    judge::{Attached, Attachment},
    text::clean,
    units::plural,
};

/// No longer log is read for an excerpt, in bytes.
const LONGEST_LOG: u64 = 16 << 20;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["link", "file", "log"]))]
pub(in crate::cli) struct Attach {
    /// The item's key
    item: String,
    #[command(flatten)]
    shows: Shows,
    /// Lines of a log, from a file or from standard input; secrets are taken out
    // Not `logs`: that is the option of every command, and clap would take this for it.
    #[arg(long, value_name = "FILE|-")]
    log: Option<String>,
    /// A remark
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
    /// Print the entry as JSON
    #[arg(long)]
    json: bool,
}

impl Attach {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        let recording = Recording::open(given)?;
        let item = item(&recording.runbook, &self.item)?;
        let candidate = recording.required_candidate()?;
        let attached = match &self.log {
            Some(from) => lines(given, recording.data_dir(), &item.key, from)?,
            None => {
                let nothing = || Failure::new(Exit::Usage, "nothing is attached; give --link, --file or --log");
                self.shows.attach(recording.data_dir(), &item.key)?.ok_or_else(nothing)?
            }
        };
        let what = format!("{} of {candidate}: {}", item.key, told(&attached));
        let note = clean(self.note.trim());
        let attachment = Attachment { item: item.key.clone(), candidate: Some(candidate), attached, note };
        block_on(recording.answer(Event::Attached(Box::new(attachment)), &what, self.json))
    }
}

fn told(attached: &Attached) -> String {
    match attached {
        Attached::Link { url } => url.clone(),
        Attached::File { file, name } => format!("{name} (sha256 {})", file.digest),
        Attached::Logs { file, lines, .. } => format!("{} (sha256 {})", plural(*lines, "log line"), file.digest),
    }
}

/// The lines of a log that somebody gives by hand.
fn lines(given: &Options, data: &Path, folder: &str, from: &str) -> Result<Attached, Failure> {
    let usage = |what: String| Failure::new(Exit::Usage, what);
    let too_long = || usage(format!("the log has more than {} MiB; attach the part that shows it", LONGEST_LOG >> 20));
    let bytes = if from == "-" {
        let mut bytes = Vec::new();
        let read = std::io::stdin().take(LONGEST_LOG + 1).read_to_end(&mut bytes);
        read.map_err(|error| usage(format!("the log cannot be read from standard input: {error}")))?;
        bytes
    } else {
        evidence::read(Path::new(from)).map_err(|fault| usage(fault.to_string()))?.bytes
    };
    if bytes.len() as u64 > LONGEST_LOG {
        return Err(too_long());
    }
    let known = known_secrets(given);
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let found = excerpt(String::from_utf8_lossy(&bytes).lines(), false, &known);
    if found.lines == 0 {
        return Err(usage("there is no line in the log; nothing was attached".to_owned()));
    }
    attached(data, folder, &found, "by hand".to_owned())
}

/// An excerpt, kept.
pub(super) fn attached(data: &Path, folder: &str, found: &Excerpt, source: String) -> Result<Attached, Failure> {
    if let Some(cut) = &found.cut {
        output::tell(&format!("of the log, not all is kept: {cut}"));
    }
    let mut file = kept(data, folder, "excerpt.log", found.text.as_bytes())?;
    file.cut = found.cut.is_some();
    Ok(Attached::Logs { file, lines: found.lines, source })
}
