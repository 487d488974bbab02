//! What the log must learn on a start: how an action ended that was cut off, and where the rollout stood. Pure.

use chrono::{DateTime, TimeDelta, Utc};

use super::others::begun_after;
use crate::{
    audit::{Action, Begun, Entry, Event, Outcome, Record, unfinished},
    fault::{Fault, FaultKind},
    judge::{Assessment, Basis, History, Unfinished},
    runbook::Runbook,
    snapshot::FlagState,
};

/// An action without an end may still be under way for so long, where it cannot be told whether its process still runs.
const UNDER_WAY: TimeDelta = TimeDelta::minutes(3);

/// No change of exposure takes longer, each write and each reading tried as often as it may be. Its end was then lost, or
/// the process that runs is another one that was given the same number.
const LONGEST: TimeDelta = TimeDelta::minutes(15);

/// A reading of the flag may take so long. One that arrived sooner after an action may have been begun before it.
const SETTLED: TimeDelta = TimeDelta::seconds(15);

/// Whether an action without an end was cut off, and is not under way.
fn cut_off(entry: &Entry, begun: &Begun, now: DateTime<Utc>, runs: &impl Fn(&str, u32) -> Option<bool>) -> bool {
    let age = now - entry.at;
    match begun.process.and_then(|process| runs(&entry.host, process)) {
        Some(false) => true,
        // Taking a rollback up that is under way does no harm: both send the same.
        Some(true) if begun.action != Action::Rollback => age >= LONGEST,
        Some(true) | None => age >= UNDER_WAY,
    }
}

/// The ends of actions that were cut off, as the flag tells them now. To be appended to the log. A rollback is not over
/// while the flag is on: it is [`interrupted`]. `runs` tells whether a process of a host still runs, None where it cannot.
pub fn settle(
    record: &Record,
    flag: &FlagState,
    now: DateTime<Utc>,
    runs: impl Fn(&str, u32) -> Option<bool>,
) -> Vec<Event> {
    let cut_off = |(entry, begun): &(&Entry, &Begun)| left(record, entry, begun) || cut_off(entry, begun, now, &runs);
    let ends = unfinished(record).into_iter().filter(cut_off).filter_map(|(_, begun)| {
        let outcome = match begun.action {
            _ if overtaken(record, begun) => not_confirmed("a later action went on from there", flag),
            Action::Rollback if flag.serves_nobody() => Outcome::Verified,
            Action::Rollback => return None,
            _ if flag.foreign.is_empty() && flag.serves().same_as(&begun.target) => Outcome::Verified,
            _ => not_confirmed("gonogo ended before the store confirmed", flag),
        };
        Some(Event::Ended { id: begun.id.clone(), action: begun.action, outcome, after: Some(flag.clone()) })
    });
    ends.collect()
}

/// The rollback to take up again: it is the last action whose end is not on record, was cut off, and the flag is still on,
/// or cannot be read. `runs` as for [`settle`].
pub fn interrupted<'a>(
    history: &'a History,
    flag: Option<&FlagState>,
    now: DateTime<Utc>,
    runs: impl Fn(&str, u32) -> Option<bool>,
) -> Option<&'a Unfinished> {
    let action = history.unfinished.as_ref().filter(|action| action.action == Action::Rollback.word())?;
    let runs = action.process.and_then(|process| runs(&action.host, process));
    let takes_up = !flag.is_some_and(FlagState::serves_nobody) && (runs == Some(false) || now - action.at >= UNDER_WAY);
    takes_up.then_some(action)
}

/// Whether the process that began it has begun another since: it does one at a time, and a rollback overtakes.
fn left(record: &Record, entry: &Entry, begun: &Begun) -> bool {
    let same = |other: &Entry, later: &Begun| other.host == entry.host && later.process == begun.process;
    begun.process.is_some() && begun_after(record, &begun.id).any(|(other, later)| same(other, later))
}

/// Whether what the flag serves now says nothing of this action any more. Rollbacks join each other.
fn overtaken(record: &Record, begun: &Begun) -> bool {
    begun_after(record, &begun.id)
        .any(|(_, later)| begun.action != Action::Rollback || later.action != Action::Rollback)
}

fn not_confirmed(why: &str, flag: &FlagState) -> Outcome {
    let what = format!("{why}; the flag now serves {}", flag.serves());
    Outcome::NotConfirmed { fault: Fault::new(FaultKind::Changed, what, "look at the flag") }
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
