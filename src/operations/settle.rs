//! What the log must learn on a start: how an action ended that was cut off, and where the rollout stood. Pure.

use chrono::{DateTime, TimeDelta, Utc};

use super::serves_nobody;
use crate::{
    audit::{Action, Entry, Event, Outcome, Record, unfinished},
    fault::{Fault, FaultKind},
    judge::{Assessment, Basis, History},
    runbook::Runbook,
    snapshot::FlagState,
};

/// An action without an end may still be under way elsewhere for so long.
const UNDER_WAY: TimeDelta = TimeDelta::minutes(3);

/// A reading of the flag may take so long. One that arrived sooner after an action may have been begun before it.
const SETTLED: TimeDelta = TimeDelta::seconds(15);

/// The ends of actions that were cut off, as the flag tells them now. To be appended to the log.
pub fn settle(record: &Record, flag: &FlagState, now: DateTime<Utc>) -> Vec<Event> {
    unfinished(record)
        .into_iter()
        .filter(|(entry, _)| now - entry.at >= UNDER_WAY)
        .map(|(_, begun)| {
            let reached = match begun.action {
                Action::Rollback => serves_nobody(flag),
                Action::Advance | Action::Reduce | Action::Restore => {
                    flag.foreign.is_empty() && flag.serves().same_as(&begun.target)
                }
            };
            let outcome = if reached {
                Outcome::Verified
            } else {
                let what = format!("gonogo ended before the store confirmed; the flag now serves {}", flag.serves());
                Outcome::NotConfirmed { fault: Fault::new(FaultKind::Changed, what, "look at the flag") }
            };
            Event::Ended { id: begun.id.clone(), action: begun.action, outcome, after: Some(flag.clone()) }
        })
        .collect()
}

/// The entry that says where the rollout stood when it was first watched, and what was judged of it; none where that is
/// recorded or not known.
pub fn opening(
    history: &History,
    assessment: &Assessment,
    flag: Option<&FlagState>,
    candidate: Option<&str>,
    runbook: &Runbook,
) -> Option<Event> {
    let known = assessment.flag.blind.is_none() && assessment.flag.drift.is_none();
    let flag = flag.filter(|_| known && history.visits.is_empty())?;
    Some(Event::Opened {
        stage: assessment.stage.key.clone(),
        entered_at: assessment.stage.entered_at.unwrap_or(assessment.at),
        flag: Some(flag.clone()),
        candidate: candidate.map(str::to_owned),
        runbook: Some(runbook.digest.clone()),
    })
}

/// What is judged from here on, where that is not what is on record: evidence about it begins with this entry.
pub fn basis(history: &History, candidate: Option<&str>, runbook: &Runbook) -> Option<Event> {
    let candidate = history.candidate(candidate);
    let same = |basis: &Basis| basis.candidate.as_deref() == candidate && basis.runbook == runbook.digest;
    let known = history.visits.is_empty() || history.bases.last().is_some_and(same);
    (!known).then(|| Event::Basis { candidate: candidate.map(str::to_owned), runbook: runbook.digest.clone() })
}

/// That somebody else changed the flag: what was read at `read_at` is not what is on record, and no action of gonogo's is
/// under way or so fresh that the reading may be from before it.
pub fn flag_found(record: &Record, history: &History, flag: &FlagState, read_at: DateTime<Utc>) -> Option<Event> {
    let changed = history.flags.last().is_none_or(|known| known.version != flag.version);
    let told = |entry: &&Entry| matches!(entry.event, Event::Begun(_) | Event::Ended { .. } | Event::FlagFound { .. });
    let settled = record.entries.iter().rev().find(told).is_none_or(|entry| read_at - entry.at >= SETTLED);
    let idle = unfinished(record).is_empty() && !history.visits.is_empty();
    (changed && idle && settled).then(|| Event::FlagFound { flag: flag.clone() })
}
