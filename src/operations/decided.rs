//! Adding to the log what was decided on all that it says: of many who decide at once, one acts, and the others decide anew.

use chrono::{DateTime, Utc};

use super::named::append_named;
use crate::{
    audit::{AuditLog, Entry, Event, replay},
    fault::{Fault, FaultKind},
    judge::History,
    runbook::Runbook,
};

/// Others may append at the same time so often.
const TRIES: usize = 20;

/// What was decided, and is on record.
#[derive(Debug, Clone)]
pub struct Decided {
    /// The past that it was decided on.
    pub before: History,
    /// The entry.
    pub entry: Entry,
}

/// Adds the event that `decide` makes of the log as it is read, if nobody has appended meanwhile; else it is read and
/// decided again. `names` gets the names that were put on record first, oldest first; see [`super::names_first`].
///
/// # Errors
/// What `decide` says against it; a fault of the log; [`FaultKind::Changed`] where others append without end. `names` then
/// has what is on record all the same, and so has it where nobody waits for the end.
pub async fn append_decided<E: From<Fault>>(
    audit: &dyn AuditLog,
    runbook: &Runbook,
    operator: &str,
    now: impl Fn() -> DateTime<Utc>,
    decide: impl Fn(&History) -> Result<Event, E>,
    names: &mut Vec<Entry>,
) -> Result<Decided, E> {
    let mut tries = 0;
    loop {
        tries += 1;
        let before = replay(&audit.read().await?);
        let event = decide(&before)?;
        match append_named(audit, (runbook, &before), operator, (&before.head, &now), event, names).await {
            Ok(entry) => return Ok(Decided { before, entry }),
            Err(fault) if fault.kind == FaultKind::Changed && tries < TRIES => {}
            Err(fault) => return Err(fault.into()),
        }
    }
}
