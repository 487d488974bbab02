//! What the commands share that attach something: what is given becomes what is kept.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Exit, Failure, options::Options};
use crate::{
    config::AtHand,
    evidence::{keep, link, read},
    fault::{Fault, FaultKind},
    judge::{Attached, KeptFile},
    text::clean,
};

/// What shows something: an address, or a file.
#[derive(Debug, Args)]
pub(super) struct Shows {
    /// An address of the web that shows it
    #[arg(long, value_name = "URL")]
    pub(super) link: Option<String>,
    /// A file that shows it; it is copied into the rollout's folder
    #[arg(long, value_name = "PATH", conflicts_with = "link")]
    pub(super) file: Option<PathBuf>,
}

impl Shows {
    /// What is to be recorded, if anything was given. A file is copied below `data` first, into this folder.
    pub(super) fn attach(&self, data: &Path, folder: &str) -> Result<Option<Attached>, Failure> {
        if let Some(given) = &self.link {
            let url = link(given).map_err(|why| Failure::new(Exit::Usage, why))?;
            return Ok(Some(Attached::Link { url }));
        }
        let Some(path) = &self.file else { return Ok(None) };
        let source = read(path).map_err(|fault| Failure::new(Exit::Usage, fault.to_string()))?;
        let file = kept(data, folder, &source.name, &source.bytes)?;
        Ok(Some(Attached::File { file, name: source.name }))
    }
}

/// Keeps a file below `data`.
pub(super) fn kept(data: &Path, folder: &str, name: &str, bytes: &[u8]) -> Result<KeptFile, Failure> {
    let failed = |error: std::io::Error| {
        let (name, data) = (clean(name), clean(&data.display().to_string()));
        let what = format!("{name} could not be kept in {data}: {error}");
        Fault::new(FaultKind::File, what, "check the disk and who may write there; nothing was recorded")
    };
    Ok(keep(data, folder, name, bytes).map_err(failed)?)
}

/// The values of secrets that are at hand without running a command: what is kept holds none of them.
pub(super) fn known_secrets(given: &Options) -> Vec<String> {
    let mut secrets: Vec<String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| {
            name.starts_with("GONOGO_") && ["TOKEN", "PASSWORD", "WEBHOOK"].iter().any(|end| name.ends_with(end))
        })
        .map(|(_, value)| value.trim().to_owned())
        .collect();
    if let Ok(settings) = given.resolve() {
        secrets.extend(AtHand::of(&settings).values());
    }
    secrets
}
