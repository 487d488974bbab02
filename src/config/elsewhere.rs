//! Where telemetry of other environments is read.

use std::{collections::BTreeMap, path::Path};

use super::{File, Origin, Profile, Role, Server, Setting, resolve::Layers};
use crate::fault::Fault;

/// Where telemetry of each other environment is read: as the first profile says, by name, that is of it and of the same
/// runbook. Variables of the environment belong to the profile that is in force, not to these.
pub(super) fn telemetry(
    file: &File,
    name: Option<&Setting<String>>,
    present: &Profile,
    environment: &str,
    folder: &Path,
) -> BTreeMap<String, Result<Server, Fault>> {
    let others = file
        .profiles
        .iter()
        .filter(|(other, profile)| name.is_none_or(|name| name.value != **other) && profile.runbook == present.runbook);
    let mut all = BTreeMap::new();
    for (other, profile) in others {
        let of = profile.environment.as_deref().unwrap_or("production");
        if of == environment || all.contains_key(of) {
            continue;
        }
        let name = Setting { value: other.clone(), origin: Origin::Default };
        let layers = Layers { variable: &|_| None, profile, name: Some(&name), folder };
        if let Some(server) = layers.server(None, Role::Telemetry).transpose() {
            all.insert(of.to_owned(), server);
        }
    }
    all
}
