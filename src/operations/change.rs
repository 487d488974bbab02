//! Every change of exposure that is not a rollback: what it was confirmed on is checked again, each write is read back, and
//! what shows more than was asked for is switched off. Pure.

use std::mem;

use super::{
    Binding, Context, Effect, Event, Progress,
    bounds::Bounds,
    present::changes,
    rollback::Rollback,
    writing::{ATTEMPTS, BACKOFF, LATE, Next, Writing, came_between, made_late, refused, short_of, taken_away},
};
use crate::{
    audit::{Action, Outcome},
    fault::{Fault, FaultKind},
    flags::{Plan, Write},
    runbook::Exposure,
    snapshot::FlagState,
};

/// So often all is checked again because somebody wrote into the log between the check and the send.
const RECHECKS: u32 = 5;

/// What was confirmed, and by whom.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Advance, reduce or restore.
    pub action: Action,
    /// What it was confirmed on.
    pub binding: Binding,
    /// Who confirmed it.
    pub operator: String,
    /// Whether the stage to be entered takes two people. Only an advance asks.
    pub two_people: bool,
    /// Id of the request that is confirmed.
    pub request: Option<String>,
}

impl Asked {
    /// What `context`'s operator confirmed.
    pub fn new(action: Action, binding: Binding, request: Option<String>, context: &Context) -> Self {
        let stage = context.runbook.stage(&binding.to_stage).map(|(_, stage)| stage);
        let two_people = action == Action::Advance && stage.is_some_and(|stage| stage.second_person.is_some());
        Self { action, operator: context.operator.clone(), two_people, request, binding }
    }
}

/// A change of exposure in progress. Feed it events, do what it says.
#[derive(Debug, Clone)]
pub struct Change {
    asked: Asked,
    target: Exposure,
    off: Write,
    /// How often it was checked.
    checks: u32,
    state: State,
}

#[derive(Debug, Clone)]
enum State {
    Checking,
    Recording {
        plan: Plan,
        flag: FlagState,
    },
    Writing(Writing),
    /// All is written and read back: unless somebody has rolled back meanwhile, that is the end.
    Reached {
        flag: FlagState,
    },
    FailSafe {
        rollback: Rollback,
        fault: Fault,
    },
    Over,
}

impl Change {
    /// A change to `target`; `off` is the store's way to take the feature from everybody.
    pub fn new(asked: Asked, target: Exposure, off: Write) -> Self {
        Self { asked, target, off, checks: 0, state: State::Checking }
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
            State::Reached { flag } => self.reached(event, flag),
            State::FailSafe { rollback, fault } => self.fail_safe(event, rollback, fault),
            State::Over => Vec::new(),
        }
    }

    fn checked(&mut self, event: Event) -> Vec<Effect> {
        self.checks += 1;
        let present = match event {
            Event::Rechecked(Ok(present)) => *present,
            Event::Rechecked(Err(fault)) => return refuse(vec![fault.to_string()]),
            _ => return refuse(vec!["there was no time to check it again".to_owned()]),
        };
        let mut why = changes(&self.asked, &present);
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
        let doing = self.asked.action.doing();
        match event {
            Event::Recorded(Ok(())) => {
                let bounds = Bounds::new(self.asked.action, flag.clone(), self.target.clone());
                self.send(Writing::new(plan.writes, flag, bounds))
            }
            // Somebody wrote into the log since: what that was may stand against it.
            Event::Recorded(Err(fault)) if fault.kind == FaultKind::Changed && self.checks < RECHECKS => {
                self.state = State::Checking;
                vec![Effect::Recheck]
            }
            Event::Recorded(Err(fault)) => refuse(vec![format!("{doing} waits for the audit log: {fault}")]),
            _ => refuse(vec![format!("{doing} waits for the audit log, which did not answer in time")]),
        }
    }

    fn writing(&mut self, event: Event, mut writing: Writing) -> Vec<Effect> {
        match event {
            Event::Answered(Ok(())) => {
                writing.unclear = None;
                let mut effects = vec![Effect::Report(Progress::Answered { title: writing.title() })];
                effects.extend(self.read(writing));
                effects
            }
            Event::Answered(Err(fault)) => {
                writing.failed(fault);
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
            Event::Overtaken(Ok(None)) => self.send(writing),
            Event::Overtaken(Ok(Some(other))) => not_confirmed(came_between(&other), Some(writing.before)),
            Event::Overtaken(Err(fault)) => not_confirmed(fault, Some(writing.before)),
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

    /// Every write but the first comes so late that somebody may have rolled back meanwhile: the log is asked first.
    fn write(&mut self, writing: Writing) -> Vec<Effect> {
        self.state = State::Writing(writing);
        vec![Effect::Look]
    }

    fn send(&mut self, mut writing: Writing) -> Vec<Effect> {
        let Some(write) = writing.present().cloned() else {
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
        let last = writing.index + 1 >= writing.writes.len();
        let ours = !last && writing.bounds.off_is_ours(&state);
        if writing.bounds.exceeded(&state) {
            let shown = if state.foreign.is_empty() {
                format!("served {}", state.serves())
            } else {
                format!("served by rules of others ({})", state.foreign.join(", "))
            };
            let what = format!("the store {shown}, more than {}, so that the flag was switched off", self.target);
            return self.switch_off(what, "find out who else changes the flag before you change it again");
        }
        if last && state.enabled != self.target.is_off() && state.serves().same_as(&self.target) {
            if writing.awaits_late() {
                self.state = State::Writing(writing);
                return vec![Effect::Wait(LATE)];
            }
            self.state = State::Reached { flag: state };
            return vec![Effect::Look];
        }
        if writing.waited_for_late() {
            return not_confirmed(made_late(&state, &self.target), Some(state));
        }
        let gone = state.serves_nobody() && !writing.before.serves_nobody() && !ours;
        let unmade = state.version == writing.before.version;
        match writing.unclear.take() {
            _ if gone => not_confirmed(taken_away(&state), Some(state)),
            None if last => not_confirmed(short_of(&state, &self.target), Some(state)),
            // What was refused was not made, and would be refused again.
            Some(fault) if refused(fault.kind) => not_confirmed(fault, Some(state)),
            Some(fault) if unmade && writing.attempt < ATTEMPTS => {
                let wait = BACKOFF[(writing.attempt as usize).clamp(1, BACKOFF.len()) - 1];
                let retrying = Progress::Retrying { title: writing.title(), fault, attempts: writing.attempt };
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

    /// Whoever rolled back may have read off before the last write switched on: then off it is.
    fn reached(&mut self, event: Event, flag: FlagState) -> Vec<Effect> {
        match event {
            Event::Overtaken(Ok(Some(other))) if !flag.serves_nobody() => {
                let what = format!("{other} came between, so that the flag was switched off");
                self.switch_off(what, "find out why before you change it again")
            }
            _ => vec![Effect::Finish { outcome: Outcome::Verified, after: Some(Box::new(flag)) }],
        }
    }

    fn switch_off(&mut self, what: String, next: &str) -> Vec<Effect> {
        let fault = Fault::new(FaultKind::Hazard, what, next);
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
                    format!("the store serves who should not be, and switching it off failed: {}", off.what),
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

fn refuse(why: Vec<String>) -> Vec<Effect> {
    vec![Effect::Finish { outcome: Outcome::Refused { why }, after: None }]
}

fn not_confirmed(fault: Fault, after: Option<FlagState>) -> Vec<Effect> {
    vec![Effect::Finish { outcome: Outcome::NotConfirmed { fault }, after: after.map(Box::new) }]
}
