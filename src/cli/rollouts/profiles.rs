//! Which profile of the configuration a runbook's addresses are from.

use std::path::{Path, PathBuf};

use super::files::real;
use crate::{
    config::{self, Origin, Settings},
    fault::Fault,
};

/// The profiles that name a runbook, with the file that each names.
pub(super) struct Profiles {
    naming: Vec<(String, PathBuf)>,
    /// The one that somebody asked for by name.
    asked: Option<String>,
}

impl Profiles {
    /// Those of the configuration that is in force.
    ///
    /// # Errors
    /// Where it cannot be read any more.
    pub(super) fn of(settings: &Settings) -> Result<Self, Fault> {
        let asked = settings.profile.as_ref().filter(|profile| !matches!(profile.origin, Origin::File(_)));
        let asked = asked.map(|profile| profile.value.clone());
        let file = settings.file.value.as_deref();
        let Some((path, read)) = file.map(|path| Ok((path, config::read(path, true)?))).transpose()? else {
            return Ok(Self { naming: Vec::new(), asked });
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        let profiles = read.unwrap_or_default().profiles.into_iter();
        let naming =
            profiles.filter_map(|(name, profile)| Some((name, real(&folder.join(profile.runbook?))))).collect();
        Ok(Self { naming, asked })
    }

    /// The profiles whose runbook this file is; of several, the one that was asked for. None where it is the profile or
    /// the options in force that count.
    pub(super) fn of_runbook(&self, path: &Path) -> Vec<&str> {
        let path = real(path);
        let naming = self.naming.iter().filter(|(_, runbook)| *runbook == path);
        let names: Vec<&str> = naming.map(|(name, _)| name.as_str()).collect();
        match self.asked.as_deref().filter(|asked| names.contains(asked)) {
            Some(asked) => vec![asked],
            None => names,
        }
    }

    /// Takes out of settings what a profile says of another runbook than this: which commit, where it is checked out, who
    /// has which role. Its addresses stay.
    pub(super) fn only_addresses(&self, settings: &mut Settings, path: &Path) {
        let Some(profile) = settings.profile.as_ref().map(|profile| profile.value.as_str()) else { return };
        let path = real(path);
        if !self.naming.iter().any(|(name, runbook)| name == profile && *runbook != path) {
            return;
        }
        let from_file = |origin: &Origin| matches!(origin, Origin::File(_));
        settings.candidate = settings.candidate.take().filter(|candidate| !from_file(&candidate.origin));
        settings.checkout = settings.checkout.take().filter(|checkout| !from_file(&checkout.origin));
        settings.roles.clear();
    }
}
