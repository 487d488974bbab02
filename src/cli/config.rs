//! `gonogo config`: what is in force and where each value came from.

use std::collections::BTreeMap;

use clap::Args;

use super::{Exit, Failure, candidate, options, options::Options, output};
use crate::{
    colour::Rgb,
    config::{self, Setting, Settings},
    fault::Fault,
    tui::theme::{Depth, Palette},
};

#[derive(Debug, Args)]
pub(super) struct Config {
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Config {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        let settings = given.resolve_as_given()?;
        let commit = candidate::found(&settings);
        if self.json {
            let lines = lines(&settings, commit.as_ref()).into_iter();
            let facts: BTreeMap<String, BTreeMap<&str, String>> = lines
                .map(|(name, value, origin)| (name, BTreeMap::from([("value", value), ("from", origin)])))
                .collect();
            output::json(&facts)?;
        } else {
            output::answer(&config::show(&lines(&settings, commit.as_ref())))?;
            if let (None, Some(folders)) = (&settings.file.value, options::folders()) {
                let path = folders.config_dir().join("config.toml");
                output::tell(&format!("the configuration file would be {}", path.display()));
            }
        }
        for remark in remarks(&settings) {
            output::tell(&remark);
        }
        // Told after what is in force: both are needed to set it right. A broken runbook is another command's matter.
        if let Ok(runbook) = options::load_runbook_whatever_roles(&settings) {
            options::refuse_unknown_roles(&settings, &runbook)?;
        }
        match commit {
            Some(Err(fault)) => Err(candidate::not_known(&settings, &fault)),
            _ => Ok(Exit::Done as u8),
        }
    }
}

/// What is to be said of the operator's own colours: which of them are hard to read.
fn remarks(settings: &Settings) -> impl Iterator<Item = String> {
    let depth = match Depth::find(settings.screen.colours, &|name| std::env::var(name).ok()) {
        Depth::TwoFiftySix => Depth::TwoFiftySix,
        // Where they are not drawn as numbers, they are still wanted for a terminal that does.
        Depth::True | Depth::Sixteen | Depth::None => Depth::True,
    };
    let palette = move |(name, said): (&String, &config::Palette<Rgb>)| Palette::own(said).remark(name, depth);
    settings.palettes.iter().filter_map(palette)
}

/// Everything that is in force, and what the candidate's name stands for beside it.
fn lines(settings: &Settings, commit: Option<&Result<Setting<String>, Fault>>) -> Vec<config::Line> {
    let mut lines = config::lines(settings);
    let line = commit.map(|commit| match commit {
        Ok(commit) => ("candidate commit".to_owned(), commit.value.clone(), "git".to_owned()),
        Err(fault) => ("candidate commit".to_owned(), format!("not known: {fault}"), "git".to_owned()),
    });
    let at = lines.iter().position(|(name, ..)| name == "candidate").map_or(lines.len(), |at| at + 1);
    lines.splice(at..at, line);
    lines
}
