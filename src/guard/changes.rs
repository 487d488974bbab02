//! What is worth saying of an assessment after the one before. Pure.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Said, decision::Guard};
use crate::{
    judge::{Assessment, Call, History, TriggerState},
    snapshot::{SourceState, SourceStatus},
    units::{duration, moment},
};

/// Blindness that lasts longer is told.
const BLIND: TimeDelta = TimeDelta::minutes(5);

/// A flag that is not what the stage says may be somebody's action whose record is not read yet. It is drift after this.
const DRIFTED: TimeDelta = TimeDelta::seconds(3);

/// What was seen last.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    call: Option<(Call, String)>,
    /// Trips that stand, and since when.
    trips: BTreeMap<String, Option<DateTime<Utc>>>,
    /// Hard stops that stand, and since when.
    stops: BTreeMap<String, DateTime<Utc>>,
    /// How the flag is not what the stage says, since when that is seen, and whether it was said.
    drift: Option<(String, DateTime<Utc>, bool)>,
    failing: BTreeMap<String, bool>,
    /// Since when something cannot be seen, and whether that was told.
    blind: Option<(DateTime<Utc>, bool)>,
}

impl Changes {
    /// What is new. `acting`: an action is under way or its record is not read yet, and the flag is on its way.
    pub fn of(&mut self, assessment: &Assessment, history: &History, guard: &Guard, acting: bool) -> Vec<Said> {
        let mut said = Vec::new();
        let first = self.call.is_none();
        self.sources(&assessment.sources, &mut said);
        self.call(assessment, &mut said);
        self.triggers(assessment, history, guard, first, &mut said);
        self.hard_stops(assessment, &mut said);
        self.drift(assessment, acting || history.unfinished.is_some(), &mut said);
        self.blind(assessment, &mut said);
        said
    }

    fn sources(&mut self, sources: &[SourceStatus], said: &mut Vec<Said>) {
        for source in sources {
            let failing = match source.state {
                SourceState::Connecting => continue,
                SourceState::Ok => false,
                SourceState::Partial | SourceState::Failed => true,
            };
            let before = self.failing.insert(source.name.clone(), failing).unwrap_or(false);
            let (name, address) = (&source.name, &source.address);
            if failing && !before {
                let why = source.error.as_ref().map(ToString::to_string).unwrap_or_default();
                let what = format!("{name} at {address}: {}", source.state.word());
                said.push(Said::new("source-failing", what).because(why).with("source", name.as_str()));
            } else if before && !failing {
                let what = format!("{name} at {address} answers again");
                said.push(Said::new("source-back", what).with("source", name.as_str()));
            }
        }
    }

    fn call(&mut self, assessment: &Assessment, said: &mut Vec<Said>) {
        let now = (assessment.call, assessment.stage.key.clone());
        let before = self.call.replace(now.clone());
        if before.as_ref() != Some(&now) {
            let mut news = Said::new("call", format!("{}: {}", assessment.call.banner(), assessment.headline));
            if let Some((call, stage)) = before {
                news = news.with("before", call.word()).with("stage_before", stage);
            }
            said.push(news);
        }
    }

    fn triggers(&mut self, now: &Assessment, history: &History, guard: &Guard, first: bool, said: &mut Vec<Said>) {
        for trigger in &now.triggers {
            match trigger.state {
                TriggerState::Tripped => {
                    let known = self.trips.insert(trigger.key.clone(), trigger.since);
                    // One that was resolved and tripped again between two looks is another trip.
                    let again = known.is_some_and(|known| {
                        let (Some(known), Some(since)) = (known, trigger.since) else { return false };
                        since > known && history.resolutions.iter().any(|resolution| resolution.at >= known)
                    });
                    if known.is_some() && !again {
                        continue;
                    }
                    let why_not = guard.why_not(trigger, now, history);
                    let already = if first { " (already when the guard was started)" } else { "" };
                    let next = why_not.map_or("rolling back", |why| why.words());
                    let what = format!("rollback trigger {} tripped{already}; {next}", trigger.title);
                    let news = Said::new("trigger-tripped", what).because(&trigger.reason).since(trigger.since);
                    let news = news.with("trigger", trigger.key.as_str()).with("automatic", why_not.is_none());
                    said.push(news.with("already", first).told());
                }
                TriggerState::Armed if self.trips.remove(&trigger.key).is_some() => {
                    let what = format!("rollback trigger {} is no longer tripped", trigger.title);
                    let news = Said::new("trigger-cleared", what).because(&trigger.reason);
                    said.push(news.with("trigger", trigger.key.as_str()));
                }
                // What cannot be seen is not resolved by that.
                TriggerState::Armed | TriggerState::Unknown => {}
            }
        }
    }

    fn hard_stops(&mut self, assessment: &Assessment, said: &mut Vec<Said>) {
        for stop in &assessment.hard_stops {
            if self.stops.insert(stop.signature.clone(), stop.since).is_none() {
                let news = Said::new("hard-stop", format!("hard stop {}", stop.signature)).because(&stop.reason);
                said.push(news.since(Some(stop.since)).with("signature", stop.signature.as_str()).told());
            }
        }
        let stands = |signature: &str| assessment.hard_stops.iter().any(|stop| stop.signature == signature);
        let gone: Vec<String> = self.stops.keys().filter(|signature| !stands(signature)).cloned().collect();
        for signature in gone {
            self.stops.remove(&signature);
            let news = Said::new("hard-stop-cleared", format!("hard stop {signature} no longer stands"));
            said.push(news.with("signature", signature));
        }
    }

    fn drift(&mut self, assessment: &Assessment, acting: bool, said: &mut Vec<Said>) {
        let at = assessment.at;
        match assessment.flag.drift.as_ref() {
            // Whether this is drift shows when the action is over.
            _ if acting => self.drift = self.drift.take().filter(|(.., told)| *told),
            Some(drift) => match &mut self.drift {
                Some((known, since, told)) if known == drift => {
                    if !*told && at - *since >= DRIFTED {
                        *told = true;
                        let by = "somebody changed the flag without gonogo, or an action was cut off";
                        said.push(
                            Said::new("drift", format!("the flag {drift}")).because(by).since(Some(*since)).told(),
                        );
                    }
                }
                _ => self.drift = Some((drift.clone(), at, false)),
            },
            None => {
                if self.drift.take().is_some_and(|(.., told)| told) {
                    said.push(Said::new("drift-gone", "the flag is what the stage says again"));
                }
            }
        }
    }

    fn blind(&mut self, assessment: &Assessment, said: &mut Vec<Said>) {
        let Some(why) = blindness(assessment) else {
            if self.blind.take().is_some_and(|(_, told)| told) {
                said.push(Said::new("sight-back", "everything can be seen again"));
            }
            return;
        };
        let (since, told) = self.blind.get_or_insert((assessment.at, false));
        if !*told && assessment.at - *since > BLIND {
            *told = true;
            let lasting = duration(assessment.at - *since);
            let what = format!("blind for {lasting}, since {}: nothing can be ruled out", moment(*since));
            said.push(Said::new("blind", what).because(why).since(Some(*since)).told());
        }
    }
}

/// Why something that matters cannot be seen, if so.
fn blindness(assessment: &Assessment) -> Option<String> {
    let unknown = assessment.triggers.iter().find(|trigger| trigger.state == TriggerState::Unknown);
    let trigger = || unknown.map(|trigger| format!("rollback trigger {}: {}", trigger.title, trigger.reason));
    let guardrails = || assessment.guardrails_blind.as_ref().map(|why| format!("guardrails cannot be seen: {why}"));
    let past = || assessment.history_blind.as_ref().map(|why| format!("what happened before is not known: {why}"));
    assessment.flag.blind.clone().or_else(past).or_else(guardrails).or_else(trigger)
}
