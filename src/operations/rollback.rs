//! Rolling back: the same write until the store, read again, says off. Pure.

use std::time::Duration;

use super::{Effect, Event, Progress};
use crate::{
    audit::Outcome,
    fault::{Fault, FaultKind},
    flags::Write,
    snapshot::FlagState,
};

/// Waits between attempts; the last one for ever after.
const BACKOFF: [Duration; 5] = [
    Duration::from_millis(200),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
];

/// The wait after a refusal that only a person can lift: a token, a name.
const REFUSED: Duration = Duration::from_secs(10);

/// A rollback in progress. Feed it events, do what it says.
#[derive(Debug, Clone)]
pub struct Rollback {
    off: Write,
    attempts: u32,
    /// Whether the store ever confirmed the write.
    confirmed: bool,
    /// What the store said to the last write that it did not confirm.
    refused: Option<Fault>,
    /// Why it is not over yet.
    last: Option<Fault>,
    after: Option<FlagState>,
}

impl Rollback {
    /// A rollback by this write, which takes the feature from everybody.
    pub fn new(off: Write) -> Self {
        Self { off, attempts: 0, confirmed: false, refused: None, last: None, after: None }
    }

    /// The first things to do.
    pub fn start(&self) -> Vec<Effect> {
        vec![Effect::Record]
    }

    /// What to do next.
    pub fn handle(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Recorded(Ok(())) => self.send(),
            // The log is for later. Switching off is for now.
            Event::Recorded(Err(fault)) => {
                let mut effects = vec![Effect::Report(Progress::NotRecorded(fault))];
                effects.extend(self.send());
                effects
            }
            Event::Answered(Ok(())) => {
                self.refused = None;
                self.confirmed = true;
                vec![Effect::Report(Progress::Answered { title: self.off.title.clone() }), Effect::Read]
            }
            // It may have done its work all the same: only reading tells.
            Event::Answered(Err(fault)) => {
                self.refused = Some(fault);
                vec![Effect::Read]
            }
            Event::Read(Ok(state)) => self.read_back(*state),
            Event::Read(Err(fault)) => {
                // Why the write failed says more than why the reading did.
                let why = self.refused.take().unwrap_or(fault);
                self.again(why)
            }
            Event::Waited => self.send(),
            Event::OutOfTime => self.give_up(),
            Event::Rechecked(_) | Event::Overtaken(_) => Vec::new(),
        }
    }

    /// Sends without recording first, for a rollback within another operation.
    pub(super) fn send(&mut self) -> Vec<Effect> {
        self.attempts += 1;
        let sent = Progress::Sent { title: self.off.title.clone(), attempt: self.attempts };
        vec![Effect::Report(sent), Effect::Write(self.off.clone())]
    }

    fn read_back(&mut self, state: FlagState) -> Vec<Effect> {
        let report = Effect::Report(Progress::ReadBack(Box::new(state.clone())));
        if state.serves_nobody() {
            return vec![report, Effect::Finish { outcome: Outcome::Verified, after: Some(Box::new(state)) }];
        }
        let still_on = still_on(&state);
        let mut effects = vec![report];
        if self.confirmed {
            effects.push(Effect::Report(Progress::Converging(Box::new(state.clone()))));
        }
        self.after = Some(state);
        let why = self.refused.take().unwrap_or(still_on);
        effects.extend(self.again(why));
        effects
    }

    fn again(&mut self, fault: Fault) -> Vec<Effect> {
        self.last = Some(fault.clone());
        let wait = match fault.kind {
            FaultKind::Unauthorized | FaultKind::Forbidden | FaultKind::Configuration => REFUSED,
            _ => BACKOFF[(self.attempts as usize).clamp(1, BACKOFF.len()) - 1],
        };
        let retrying = Progress::Retrying { title: self.off.title.clone(), fault, attempts: self.attempts };
        vec![Effect::Report(retrying), Effect::Wait(wait)]
    }

    fn give_up(&mut self) -> Vec<Effect> {
        let fault = self.last.take().unwrap_or_else(|| {
            Fault::new(FaultKind::Timeout, "the flag store answered nothing", "switch the flag off in the store itself")
        });
        let outcome = Outcome::NotConfirmed { fault };
        vec![Effect::Finish { outcome, after: self.after.take().map(Box::new) }]
    }
}

fn still_on(state: &FlagState) -> Fault {
    let what = if state.foreign.is_empty() {
        format!("the store confirmed, and still serves {}", state.serves())
    } else {
        format!("the store confirmed, and still serves by rules of others: {}", state.foreign.join(", "))
    };
    Fault::new(FaultKind::Changed, what, "see who else changes the flag; gonogo keeps switching it off")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::Exposure;

    fn machine() -> Rollback {
        Rollback::new(Write { title: "switch off".to_owned(), request: serde_json::json!({"off": true}) })
    }

    fn state(enabled: bool, foreign: &[&str]) -> FlagState {
        FlagState {
            enabled,
            configured: Exposure::everyone(),
            foreign: foreign.iter().map(|f| (*f).to_owned()).collect(),
            version: "v".to_owned(),
            changed_at: None,
            changed_by: None,
            changed_what: None,
            raw: serde_json::Value::Null,
        }
    }

    fn read(state: FlagState) -> Event {
        Event::Read(Ok(Box::new(state)))
    }

    fn fault(kind: FaultKind) -> Fault {
        Fault::new(kind, "it failed", "look")
    }

    fn writes(effects: &[Effect]) -> usize {
        effects.iter().filter(|e| matches!(e, Effect::Write(_))).count()
    }

    fn verified(effects: &[Effect]) -> bool {
        matches!(effects.last(), Some(Effect::Finish { outcome: Outcome::Verified, .. }))
    }

    #[test]
    fn a_log_that_fails_is_told_and_does_not_keep_it() {
        let mut machine = machine();
        assert_eq!(machine.start(), [Effect::Record]);
        let effects = machine.handle(Event::Recorded(Err(fault(FaultKind::File))));
        assert!(matches!(effects[0], Effect::Report(Progress::NotRecorded(_))));
        assert_eq!(writes(&effects), 1);
    }

    #[test]
    fn a_confirmed_write_is_not_the_end_and_reading_off_is() {
        let mut machine = machine();
        machine.handle(Event::Recorded(Ok(())));
        assert_eq!(machine.handle(Event::Answered(Ok(()))).last(), Some(&Effect::Read));
        let effects = machine.handle(read(state(true, &[])));
        assert!(matches!(effects.last(), Some(Effect::Wait(_))), "answered, and still on: again");
        assert_eq!(writes(&machine.handle(Event::Waited)), 1);
        machine.handle(Event::Answered(Ok(())));
        assert!(verified(&machine.handle(read(state(false, &["somebody's rule"])))), "off is off, whatever the rules");
    }

    #[test]
    fn a_failed_write_that_did_its_work_is_found_by_reading() {
        let mut machine = machine();
        machine.handle(Event::Recorded(Ok(())));
        assert_eq!(machine.handle(Event::Answered(Err(fault(FaultKind::Server)))), [Effect::Read]);
        assert!(verified(&machine.handle(read(state(false, &[])))));
    }

    #[test]
    fn rules_of_others_under_an_empty_one_are_not_off() {
        let mut machine = machine();
        machine.handle(Event::Recorded(Ok(())));
        machine.handle(Event::Answered(Ok(())));
        let mut foreign = state(true, &["100 % elsewhere"]);
        foreign.configured = Exposure::off();
        let effects = machine.handle(read(foreign));
        assert!(matches!(&effects[1], Effect::Report(Progress::Converging(flag)) if !flag.foreign.is_empty()));
        let Effect::Report(Progress::Retrying { fault, .. }) = &effects[2] else { panic!("{effects:?}") };
        assert!(fault.what.contains("100 % elsewhere"));
    }

    #[test]
    fn each_attempt_sends_the_same_and_waits_longer() {
        let mut machine = machine();
        let mut sent = machine.handle(Event::Recorded(Ok(())));
        let mut waits = Vec::new();
        for _ in 0..7 {
            let Some(Effect::Write(write)) = sent.last() else { panic!("{sent:?}") };
            assert_eq!(write, &self::machine().off);
            machine.handle(Event::Answered(Err(fault(FaultKind::Timeout))));
            let effects = machine.handle(Event::Read(Err(fault(FaultKind::Timeout))));
            let Some(Effect::Wait(wait)) = effects.last() else { panic!("{effects:?}") };
            waits.push(wait.as_millis());
            sent = machine.handle(Event::Waited);
        }
        assert_eq!(waits, [200, 500, 1000, 2000, 5000, 5000, 5000]);
    }

    #[test]
    fn a_bad_token_is_told_at_once_and_tried_slowly() {
        let mut machine = machine();
        machine.handle(Event::Recorded(Ok(())));
        machine.handle(Event::Answered(Err(fault(FaultKind::Unauthorized))));
        let effects = machine.handle(Event::Read(Err(fault(FaultKind::Timeout))));
        assert!(matches!(&effects[0], Effect::Report(Progress::Retrying { fault, attempts: 1, .. })
            if fault.kind == FaultKind::Unauthorized));
        assert_eq!(effects[1], Effect::Wait(REFUSED));
    }

    #[test]
    fn out_of_time_it_says_why_and_what_was_read_last() {
        let mut machine = machine();
        machine.handle(Event::Recorded(Ok(())));
        machine.handle(Event::Answered(Ok(())));
        machine.handle(read(state(true, &[])));
        let effects = machine.handle(Event::OutOfTime);
        let [Effect::Finish { outcome: Outcome::NotConfirmed { fault }, after: Some(_) }] = &effects[..] else {
            panic!("{effects:?}")
        };
        assert_eq!(fault.kind, FaultKind::Changed);
    }
}
