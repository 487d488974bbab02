//! Who has which role, and what only they can do.
//!
//! A role is its holder's at the moment that is judged: whoever hands it on takes answers, decisions and signatures along,
//! and the next one gives their own.

use super::{History, RoleAssessment};
use crate::{
    runbook::{Duty, Role, Runbook},
    text::clean,
};

/// Who has which role, in the order of the runbook.
pub fn roles(runbook: &Runbook, history: &History) -> Vec<RoleAssessment> {
    let each = runbook.roles.iter().map(|role| RoleAssessment {
        key: role.key.clone(),
        title: clean(&role.title),
        duty: role.duty,
        name: holder(history, role),
    });
    each.collect()
}

/// Who has a role, harmless: who the log says, else who the configuration says. None where nobody has.
pub fn holder(history: &History, role: &Role) -> Option<String> {
    let name = match history.assigned.get(&role.key) {
        Some(assigned) => assigned.name.as_deref(),
        None => role.configured.as_deref(),
    };
    name.map(|name| clean(name).trim().to_owned()).filter(|name| !name.is_empty())
}

/// Whether that is who has the role.
pub(super) fn has(history: &History, role: &Role, operator: &str) -> bool {
    holder(history, role).is_some_and(|name| same_person(&name, operator))
}

/// Whether that is who decides polls and signs: the release owner, or anybody where the runbook has no such duty.
pub(super) fn releases(runbook: &Runbook, history: &History, operator: &str) -> bool {
    runbook.on_duty(Duty::ReleaseOwner).is_none_or(|role| has(history, role, operator))
}

/// Whether two names are one person's.
pub(crate) fn same_person(one: &str, other: &str) -> bool {
    clean(one).trim().to_lowercase() == clean(other).trim().to_lowercase()
}
