//! Adding to the log what was decided on all that it says: of many who decide at once, one acts, and the others decide anew.

use chrono::{DateTime, Utc};

use crate::{
    audit::{AuditLog, Entry, Event, replay},
    fault::{Fault, FaultKind},
    judge::History,
};

/// Others may append at the same time so often.
const TRIES: usize = 20;

/// Adds the event that `decide` makes of the log as it is read, if nobody has appended meanwhile; else it is read and
/// decided again. Gives the past that it was decided on, too.
///
/// # Errors
/// What `decide` says against it; a fault of the log; [`FaultKind::Changed`] where others append without end.
pub async fn append_decided<E: From<Fault>>(
    audit: &dyn AuditLog,
    operator: &str,
    now: impl Fn() -> DateTime<Utc>,
    decide: impl Fn(&History) -> Result<Event, E>,
) -> Result<(Entry, History), E> {
    let mut tries = 0;
    loop {
        tries += 1;
        let history = replay(&audit.read().await?);
        let event = decide(&history)?;
        match audit.append_after(&history.head, now(), operator, event).await {
            Ok(entry) => return Ok((entry, history)),
            Err(fault) if fault.kind == FaultKind::Changed && tries < TRIES => {}
            Err(fault) => return Err(fault.into()),
        }
    }
}
