//! `gonogo config`: what is in force and where each value came from.

use std::collections::BTreeMap;

use clap::Args;

use super::{Exit, Failure, options, options::Options, output};
use crate::config;

#[derive(Debug, Args)]
pub(super) struct Config {
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Config {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        let settings = given.resolve()?;
        if self.json {
            let lines = config::lines(&settings).into_iter();
            let facts: BTreeMap<String, BTreeMap<&str, String>> = lines
                .map(|(name, value, origin)| (name, BTreeMap::from([("value", value), ("from", origin)])))
                .collect();
            output::json(&facts)?;
        } else {
            output::answer(&config::show(&settings))?;
            if let (None, Some(folders)) = (&settings.file.value, options::folders()) {
                let path = folders.config_dir().join("config.toml");
                output::tell(&format!("the configuration file would be {}", path.display()));
            }
        }
        Ok(Exit::Done as u8)
    }
}
