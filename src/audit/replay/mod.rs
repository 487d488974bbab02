//! Replaying the log: what happened so far, as verdicts and people need it. Pure.

mod actions;
mod places;
mod polls;
mod recorded;
mod rollback;
mod words;

pub use actions::unfinished;
use actions::{Actions, BegunIn};
use chrono::{DateTime, Utc};
use places::Clocks;
use rollback::Rollbacks;
pub use rollback::RolledBack;

use super::{Action, Begun, Ending, Entry, Event, Outcome, Record};
use crate::{
    judge::{Basis, History, LegacyEvidence, OpenRequest, Paused, RaisedHold, TimelineEntry, Visit},
    snapshot::FlagState,
};

/// The rollout's past, from its log.
pub fn replay(record: &Record) -> History {
    let mut replay = Replay::default();
    record.entries.iter().for_each(|entry| replay.pass(entry));
    replay.finish(Ending { damage: record.damage.clone(), head: record.head.clone() }).0
}

/// A log under replay, entry by entry: none of them need be kept.
#[derive(Default)]
pub struct Replay {
    history: History,
    actions: Actions,
    rollbacks: Rollbacks,
    clocks: Clocks,
    /// Whether the entry that is taken was appended late.
    late: bool,
}

impl Replay {
    /// Takes the next entry.
    pub fn pass(&mut self, entry: &Entry) {
        self.late = self.clocks.late(entry);
        self.take(entry);
    }

    /// What happened, once every entry was taken; and each rollback, oldest first.
    pub fn finish(mut self, ending: Ending) -> (History, Vec<RolledBack>) {
        let open: Vec<_> = self.actions.open().cloned().collect();
        for BegunIn { seq, at, operator, begun, .. } in open {
            let text = format!("{} begun, and how it ended is not known: {}", words::way(&begun), begun.reason);
            self.line_of((seq, at), begun.action.word(), Some(operator), &text);
        }
        let mut history = self.history;
        history.timeline.sort_by_key(|line| line.at);
        history.unfinished = self.actions.last_open();
        history.rollback = self.rollbacks.last(&history.visits);
        history.damage = ending.damage;
        history.head = ending.head;
        let rollbacks = self.rollbacks.all(&history.visits);
        (history, rollbacks)
    }

    fn take(&mut self, entry: &Entry) {
        if ends_request(&entry.event, self.history.request.as_ref()) {
            self.history.request = None;
        }
        match &entry.event {
            Event::Opened { stage, entered_at, flag, candidate, runbook } => {
                // A stage that was recorded is better known than one that was inferred.
                if self.history.visits.is_empty() {
                    self.history.visits.push(visit(stage, *entered_at, false));
                }
                self.rest_on(*entered_at, candidate.as_ref(), runbook.as_ref());
                self.found(*entered_at, flag.as_ref());
                self.line(entry, "opened", &words::opened(stage, flag.as_ref()));
            }
            Event::Begun(begun) => {
                if self.actions.begin(entry, begun) {
                    self.rollbacks.begin(&self.history, entry, begun);
                }
            }
            Event::Ended { id, outcome, after, action } => self.ended(entry, id, *action, outcome, after.as_ref()),
            Event::Basis { candidate, runbook } => {
                let before = self.history.bases.last().cloned();
                self.rest_on(entry.at, candidate.as_ref(), Some(runbook));
                self.line(entry, "basis", &words::basis(before.as_ref(), candidate.as_deref(), runbook));
            }
            Event::FlagFound { flag } => {
                let known = self.history.flags.last().map(|known| known.at);
                let told = flag.changed_at.filter(|at| known.is_none_or(|known| known < *at) && *at <= entry.at);
                self.found(told.unwrap_or(entry.at), Some(flag));
                self.line(entry, "flag", &words::flag_found(flag));
            }
            Event::Adopted { stage, flag, reason } => self.adopted(entry, stage, flag, reason),
            Event::Paused { .. } | Event::Unpaused { .. } | Event::HoldRaised { .. } => self.stopped(entry),
            Event::Requested(request) => {
                let (at, operator, request) = (entry.at, entry.operator.clone(), (**request).clone());
                let text = format!("{} is asked for, a second person confirms: {}", request.to_stage, request.reason);
                self.history.request = Some(OpenRequest { at, operator, request });
                self.line(entry, "request", &text);
            }
            Event::Withdrawn { why, .. } => self.line(entry, "request", &format!("the request was taken back: {why}")),
            Event::LegacyConfirmed { by, .. } => {
                self.rollbacks.note(entry);
                self.line(entry, "legacy", &words::legacy(by));
            }
            Event::DiagnosticsKept { phase, folder, files, .. } => {
                self.rollbacks.note(entry);
                self.line(entry, "evidence", &words::kept(*phase, folder, *files));
            }
            Event::Note { text } => self.line(entry, "note", text),
            Event::Moved { to } => self.line(entry, "moved", &format!("the log goes on in {to}")),
            Event::Resolved { .. }
            | Event::Raised { .. }
            | Event::Seen { .. }
            | Event::Attested { .. }
            | Event::QaReported(_)
            | Event::Checked { .. }
            | Event::Attached(_)
            | Event::Assigned { .. }
            | Event::PollOpened { .. }
            | Event::Voted { .. }
            | Event::PollClosed { .. }
            | Event::SignedOff { .. } => {
                self.rollbacks.note(entry);
                let (kind, text) = recorded::recorded(&mut self.history, entry);
                self.line(entry, kind, &text);
            }
        }
    }

    fn ended(&mut self, entry: &Entry, id: &str, action: Action, outcome: &Outcome, after: Option<&FlagState>) {
        let known = self.actions.end(id, outcome);
        let begun = known.as_ref().map(|known| &known.begun);
        if known.is_some() {
            self.rollbacks.end(entry, id, outcome);
        }
        if let (Outcome::Verified, Some(BegunIn { at: begun_at, begun, .. })) = (outcome, &known) {
            match begun.action {
                // Where it is put, what was read back is put as well.
                Action::Advance | Action::Rollback | Action::Reduce => self.late = self.enter(entry, begun),
                // It stays in its stage; what it found there was somebody else's, recorded or not.
                Action::Restore => self.found(*begun_at, begun.before.as_ref()),
            }
            // Who acted without the log may not have known what evidence is about by then.
            if !self.late {
                self.rest_on(entry.at, begun.candidate.as_ref(), begun.runbook.as_ref());
            }
        }
        self.found(entry.at, after);
        let joined = self.rollbacks.joined(id).map(|record| record.operator.clone());
        self.line(entry, action.word(), &words::ended(action, begun, outcome, after, joined.as_deref()));
    }

    /// The stage was entered when its exposure was read back. Who rolls back where the rollout is off enters nothing.
    fn enter(&mut self, entry: &Entry, begun: &Begun) -> bool {
        let by_rollback = begun.action == Action::Rollback;
        let entered = visit(&begun.to_stage, entry.at, by_rollback);
        let present = self.history.present().is_some_and(|present| present.stage == begun.to_stage);
        if !by_rollback && present {
            // An advance or a reduction that ends where the log has the rollout already is a stay of its own.
            if let Some(present) = self.history.visits.last_mut() {
                present.left_at = Some(entry.at);
            }
            self.history.visits.push(entered);
            return false;
        }
        places::enter(&mut self.history.visits, entered, Some(&begun.from_stage), self.late)
    }

    fn adopted(&mut self, entry: &Entry, stage: &str, flag: &FlagState, reason: &str) {
        let by_rollback = self.rollbacks.adopt(&self.history, entry, stage, flag, reason);
        let from = self.history.present().map(|present| present.stage.clone());
        let entered = visit(stage, entry.at, by_rollback);
        self.late = places::enter(&mut self.history.visits, entered, from.as_deref(), self.late);
        self.found(entry.at, Some(flag));
        let text =
            format!("what somebody else made of the flag ({}) is accepted as stage {stage}: {reason}", flag.serves());
        self.line(entry, "adopt", &text);
    }

    /// Somebody stopped the promotions, or let them go on.
    fn stopped(&mut self, entry: &Entry) {
        let (at, operator) = (entry.at, entry.operator.clone());
        match entry.event.clone() {
            Event::Paused { reason } => {
                self.line(entry, "pause", &format!("promotions are paused: {reason}"));
                self.history.paused = Some(Paused { at, operator, reason });
            }
            Event::Unpaused { reason } => {
                self.line(entry, "pause", &format!("promotions go on: {reason}"));
                self.history.paused = None;
            }
            Event::HoldRaised { hold, reason, evidence } => {
                self.line(entry, "hold", &format!("hold {hold} raised: {reason} ({evidence})"));
                self.history.holds.push(RaisedHold { at, hold, operator, reason, evidence });
            }
            _ => {}
        }
    }

    /// Notes what evidence is about, where that is told.
    fn rest_on(&mut self, since: DateTime<Utc>, candidate: Option<&String>, runbook: Option<&String>) {
        let Some(runbook) = runbook else { return };
        // Where none was named, it went on with the one on record.
        let candidate = self.history.candidate(candidate.map(String::as_str)).map(str::to_owned);
        places::rest_on(&mut self.history.bases, Basis { since, candidate, runbook: runbook.clone() });
    }

    fn found(&mut self, at: DateTime<Utc>, flag: Option<&FlagState>) {
        places::found(&mut self.history.flags, at, flag, self.late);
    }

    fn line(&mut self, entry: &Entry, kind: &str, text: &str) {
        let operator = is_of_a_person(&entry.event).then(|| entry.operator.clone());
        self.line_of((entry.seq, entry.at), kind, operator, text);
    }

    fn line_of(&mut self, (seq, at): (u64, DateTime<Utc>), kind: &str, operator: Option<String>, text: &str) {
        let (kind, text, operator) = (kind.to_owned(), crate::text::clean(text), operator.map(crate::text::cleaned));
        self.history.timeline.push(TimelineEntry { seq, at, kind, operator, text });
    }
}

/// Whether somebody did it, and did not merely run the gonogo that saw it.
fn is_of_a_person(event: &Event) -> bool {
    !matches!(
        event,
        Event::FlagFound { .. }
            | Event::Seen { .. }
            | Event::DiagnosticsKept { .. }
            | Event::LegacyConfirmed { by: LegacyEvidence::Telemetry { .. }, .. }
    )
}

/// Whether this makes a request fall: something began, was stopped, or is not what it rests on any more.
fn ends_request(event: &Event, request: Option<&OpenRequest>) -> bool {
    match event {
        Event::Begun(_)
        | Event::Paused { .. }
        | Event::HoldRaised { .. }
        | Event::FlagFound { .. }
        | Event::Basis { .. }
        | Event::Adopted { .. } => true,
        Event::Withdrawn { request: id, .. } => request.is_some_and(|open| open.request.id == *id),
        _ => false,
    }
}

fn visit(stage: &str, entered_at: DateTime<Utc>, by_rollback: bool) -> Visit {
    Visit { stage: stage.to_owned(), entered_at, left_at: None, by_rollback }
}
