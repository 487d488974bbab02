//! Advancing: everything it was confirmed on is checked again, each write is read back, and what shows more than
//! was asked for is switched off. Pure.

use std::{mem, time::Duration};

use super::{
    Binding, Effect, Event, Progress,
    present::changes,
    rollback::{Rollback, serves_nobody},
};
use crate::{
    audit::Outcome,
    fault::{Fault, FaultKind},
    flags::{Plan, Write},
    runbook::Exposure,
    snapshot::FlagState,
};

/// A write whose outcome is not clear is made again at most so often, and only if reading shows that it was not made.
const ATTEMPTS: u32 = 3;

/// Waits between readings, and before a write is made again.
const BACKOFF: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// An advance in progress. Feed it events, do what it says.
#[derive(Debug, Clone)]
pub struct Advance {
    binding: Binding,
    target: Exposure,
    off: Write,
    state: State,
}

#[derive(Debug, Clone)]
enum State {
    Checking,
    Recording { plan: Plan, flag: FlagState },
    Writing(Writing),
    FailSafe { rollback: Rollback, fault: Fault },
    Over,
}

/// Between the first write and the last reading.
#[derive(Debug, Clone)]
struct Writing {
    writes: Vec<Write>,
    /// The write under way.
    index: usize,
    attempt: u32,
    /// Why the write under way was not confirmed, if it was not.
    unclear: Option<Fault>,
    /// Readings that failed in a row.
    blind: usize,
    /// What was read before the write under way.
    before: FlagState,
    /// What a wait is for.
    next: Next,
}

#[derive(Debug, Clone, Copy)]
enum Next {
    Write,
    Read,
}

impl Advance {
    /// An advance to `target`, confirmed on `binding`; `off` is the store's way to take the feature from everybody.
    pub fn new(binding: Binding, target: Exposure, off: Write) -> Self {
        Self { binding, target, off, state: State::Checking }
    }

    /// The first things to do.
    pub fn start(&self) -> Vec<Effect> {
        vec![Effect::Recheck]
    }

    /// What to do next.
    pub fn handle(&mut self, event: Event) -> Vec<Effect> {
        match mem::replace(&mut self.state, State::Over) {
            State::Checking => self.checked(event),
            State::Recording { plan, flag } => self.recorded(event, plan, flag),
            State::Writing(writing) => self.writing(event, writing),
            State::FailSafe { rollback, fault } => self.fail_safe(event, rollback, fault),
            State::Over => Vec::new(),
        }
    }

    fn checked(&mut self, event: Event) -> Vec<Effect> {
        let present = match event {
            Event::Rechecked(Ok(present)) => *present,
            Event::Rechecked(Err(fault)) => return refuse(vec![fault.to_string()]),
            _ => return refuse(vec!["there was no time to check it again".to_owned()]),
        };
        let mut why = changes(&self.binding, &present);
        match present.plan {
            Ok(plan) if why.is_empty() => {
                self.state = State::Recording { plan, flag: present.flag };
                vec![Effect::Record]
            }
            Ok(_) => refuse(why),
            Err(fault) => {
                why.push(fault.to_string());
                refuse(why)
            }
        }
    }

    fn recorded(&mut self, event: Event, plan: Plan, flag: FlagState) -> Vec<Effect> {
        match event {
            Event::Recorded(Ok(())) => {
                let writing = Writing {
                    writes: plan.writes,
                    index: 0,
                    attempt: 0,
                    unclear: None,
                    blind: 0,
                    before: flag,
                    next: Next::Write,
                };
                self.write(writing)
            }
            Event::Recorded(Err(fault)) => refuse(vec![format!("advancing waits for the audit log: {fault}")]),
            _ => refuse(vec!["advancing waits for the audit log, which did not answer in time".to_owned()]),
        }
    }

    fn writing(&mut self, event: Event, mut writing: Writing) -> Vec<Effect> {
        match event {
            Event::Answered(Ok(())) => {
                writing.unclear = None;
                let title = writing.writes.get(writing.index).map(|write| write.title.clone()).unwrap_or_default();
                let mut effects = vec![Effect::Report(Progress::Answered { title })];
                effects.extend(self.read(writing));
                effects
            }
            Event::Answered(Err(fault)) => {
                writing.unclear = Some(fault);
                self.read(writing)
            }
            Event::Read(Ok(state)) => {
                writing.blind = 0;
                let mut effects = vec![Effect::Report(Progress::ReadBack(state.clone()))];
                effects.extend(self.read_back(*state, writing));
                effects
            }
            Event::Read(Err(fault)) if writing.blind < BACKOFF.len() => {
                let wait = BACKOFF[writing.blind];
                writing.blind += 1;
                writing.unclear.get_or_insert(fault);
                writing.next = Next::Read;
                self.state = State::Writing(writing);
                vec![Effect::Wait(wait)]
            }
            Event::Read(Err(fault)) => not_confirmed(writing.unclear.unwrap_or(fault), None),
            Event::Waited => match writing.next {
                Next::Write => self.write(writing),
                Next::Read => self.read(writing),
            },
            _ => not_confirmed(
                writing.unclear.unwrap_or_else(|| {
                    Fault::new(FaultKind::Timeout, "the flag store did not confirm in time", "look at the flag")
                }),
                None,
            ),
        }
    }

    fn write(&mut self, mut writing: Writing) -> Vec<Effect> {
        let Some(write) = writing.writes.get(writing.index).cloned() else {
            return self.read(writing);
        };
        writing.attempt += 1;
        writing.next = Next::Write;
        let sent = Progress::Sent { title: write.title.clone(), attempt: writing.attempt };
        self.state = State::Writing(writing);
        vec![Effect::Report(sent), Effect::Write(write)]
    }

    fn read(&mut self, writing: Writing) -> Vec<Effect> {
        self.state = State::Writing(writing);
        vec![Effect::Read]
    }

    /// Decides on what was read after a write, confirmed or not.
    fn read_back(&mut self, state: FlagState, mut writing: Writing) -> Vec<Effect> {
        if shows_more(&state, &self.target) {
            return self.switch_off(&state);
        }
        let last = writing.index + 1 >= writing.writes.len();
        let reached = state.enabled != self.target.is_off() && state.serves().same_as(&self.target);
        if last && reached {
            let outcome = Outcome::Verified;
            return vec![Effect::Finish { outcome, after: Some(Box::new(state)) }];
        }
        let gone = serves_nobody(&state) && !serves_nobody(&writing.before);
        let unmade = state.version == writing.before.version;
        match writing.unclear.take() {
            _ if gone => not_confirmed(taken_away(&state), Some(state)),
            None if last => not_confirmed(short_of(&state, &self.target), Some(state)),
            // What was refused was not made, and would be refused again.
            Some(fault) if refused(fault.kind) => not_confirmed(fault, Some(state)),
            Some(fault) if unmade && writing.attempt < ATTEMPTS => {
                let wait = BACKOFF[(writing.attempt as usize).clamp(1, BACKOFF.len()) - 1];
                let title = writing.writes.get(writing.index).map(|write| write.title.clone()).unwrap_or_default();
                let retrying = Progress::Retrying { title, fault, attempts: writing.attempt };
                writing.next = Next::Write;
                self.state = State::Writing(writing);
                vec![Effect::Report(retrying), Effect::Wait(wait)]
            }
            Some(fault) if unmade || last => not_confirmed(fault, Some(state)),
            // Confirmed, or made in spite of the error: on to the next.
            _ => {
                writing.index += 1;
                writing.attempt = 0;
                writing.before = state;
                self.write(writing)
            }
        }
    }

    fn switch_off(&mut self, state: &FlagState) -> Vec<Effect> {
        let shown = if state.foreign.is_empty() {
            format!("served {}", state.serves())
        } else {
            format!("served by rules of others ({})", state.foreign.join(", "))
        };
        let fault = Fault::new(
            FaultKind::Hazard,
            format!("the store {shown}, more than {}, so that the flag was switched off", self.target),
            "find out who else changes the flag before you advance again",
        );
        let mut rollback = Rollback::new(self.off.clone());
        let effects = rollback.send();
        self.state = State::FailSafe { rollback, fault };
        effects
    }

    fn fail_safe(&mut self, event: Event, mut rollback: Rollback, fault: Fault) -> Vec<Effect> {
        let mut effects = rollback.handle(event);
        if let Some(Effect::Finish { outcome, .. }) = effects.last_mut() {
            let fault = match outcome {
                Outcome::NotConfirmed { fault: off } => Fault::new(
                    FaultKind::Hazard,
                    format!("the store serves more than {}, and switching it off failed: {}", self.target, off.what),
                    "roll back now",
                ),
                _ => fault,
            };
            *outcome = Outcome::NotConfirmed { fault };
        } else {
            self.state = State::FailSafe { rollback, fault };
        }
        effects
    }
}

fn shows_more(state: &FlagState, target: &Exposure) -> bool {
    state.enabled && (!state.foreign.is_empty() || !target.covers(&state.configured))
}

fn refused(kind: FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::Unauthorized
            | FaultKind::Forbidden
            | FaultKind::Hazard
            | FaultKind::Configuration
            | FaultKind::Changed
    )
}

fn refuse(why: Vec<String>) -> Vec<Effect> {
    vec![Effect::Finish { outcome: Outcome::Refused { why }, after: None }]
}

fn not_confirmed(fault: Fault, after: Option<FlagState>) -> Vec<Effect> {
    vec![Effect::Finish { outcome: Outcome::NotConfirmed { fault }, after: after.map(Box::new) }]
}

fn taken_away(state: &FlagState) -> Fault {
    Fault::new(
        FaultKind::Changed,
        format!("somebody else took the feature away meanwhile; the store serves {}", state.serves()),
        "find out why before you advance again",
    )
}

fn short_of(state: &FlagState, target: &Exposure) -> Fault {
    Fault::new(
        FaultKind::Changed,
        format!("the store confirmed every change, and serves {} instead of {target}", state.serves()),
        "look at the flag in the store; roll back if in doubt",
    )
}
