//! Names that only one operator's profile knows, put on record before what rests on them: an answer, a decision or a
//! signature stands for whoever reads the log, whichever profile they use.

use chrono::{DateTime, Utc};

use crate::{
    audit::{AuditLog, Entry, Event, Head},
    fault::Fault,
    judge::{History, holder},
    runbook::{Duty, Fill, Role, Runbook},
    text::clean,
};

/// The entries that come before `event`: who has each role that it rests on, where the configuration says so and the log
/// says nothing of that role. Where the log names somebody, or says that nobody has it, the log holds.
pub fn names_first(runbook: &Runbook, history: &History, event: &Event) -> Vec<Event> {
    let each = rests_on(runbook, event).into_iter().filter(|role| !history.assigned.contains_key(&role.key));
    let named = each.filter_map(|role| {
        let name = holder(history, role)?;
        Some(Event::Assigned { role: role.key.clone(), name: Some(name) })
    });
    named.collect()
}

/// The roles whose holders decide whether this counts, or whose names are in it.
fn rests_on<'a>(runbook: &'a Runbook, event: &Event) -> Vec<&'a Role> {
    let decides = runbook.on_duty(Duty::ReleaseOwner);
    match event {
        Event::PollOpened { roles, .. } => roles.iter().filter_map(|asked| runbook.role(&asked.key)).collect(),
        Event::Voted { role, .. } => runbook.role(role).into_iter().collect(),
        Event::PollClosed { .. } => decides.into_iter().collect(),
        Event::SignedOff { .. } => {
            let says = runbook.sign_off.iter().any(|field| field.fill == Fill::RollbackOwner);
            let rolls_back = runbook.on_duty(Duty::RollbackOwner).filter(|_| says);
            let mut roles: Vec<&Role> = decides.into_iter().chain(rolls_back).collect();
            roles.dedup_by_key(|role| &role.key);
            roles
        }
        _ => Vec::new(),
    }
}

/// Adds `event` if the log still ends at `head`, the names first on which it rests; `history` is the past up to there.
/// Whoever dies in between leaves names on record that were true, and nothing that rests on them.
///
/// # Errors
/// A fault of the log; [`crate::fault::FaultKind::Changed`] where somebody else has appended since. `names` then has what
/// is on record all the same.
pub async fn append_named(
    audit: &dyn AuditLog,
    (runbook, history): (&Runbook, &History),
    operator: &str,
    (head, now): (&Head, impl Fn() -> DateTime<Utc>),
    event: Event,
    names: &mut Vec<Entry>,
) -> Result<Entry, Fault> {
    let mut head = head.clone();
    for name in names_first(runbook, history, &event) {
        let entry = audit.append_after(&head, now(), operator, name).await?;
        head = Head { count: entry.seq, hash: entry.hash.clone() };
        names.push(entry);
    }
    audit.append_after(&head, now(), operator, event).await
}

/// A name that was put on record, in words: `recorded as entry 3: API is ann, as the configuration says`.
pub fn told(runbook: &Runbook, entry: &Entry) -> String {
    let Event::Assigned { role, name } = &entry.event else { return format!("recorded as entry {}", entry.seq) };
    let title = runbook.role(role).map_or_else(|| clean(role), |role| clean(&role.title));
    let who = name.as_deref().map_or_else(|| "nobody".to_owned(), clean);
    format!("recorded as entry {}: {title} is {who}, as the configuration says", entry.seq)
}
