//! The flag: what it serves, whether that is what the stage says, and whether it is known at all.

use chrono::{DateTime, TimeDelta, Utc};

use super::{FlagAssessment, stage::Present};
use crate::{
    runbook::{Exposure, Stage},
    snapshot::{FlagReading, FlagState},
    text::clean,
    units::duration,
};

/// A reading that is older says nothing of the present.
const MAX_AGE: TimeDelta = TimeDelta::seconds(60);

/// The flag beside the stage. Drift that was read stays drift, however old the reading: nobody has seen it go.
pub(super) fn assess(reading: &FlagReading, present: &Present<'_>, now: DateTime<Utc>) -> FlagAssessment {
    let state = reading.state.as_ref();
    let age = reading.read_at.map(|at| now - at);
    FlagAssessment {
        enabled: state.map(|state| state.enabled),
        serves: state.map(|state| cleaned(&state.serves())),
        version: state.map(|state| clean(&state.version)),
        age: age.map(|age| age.max(TimeDelta::zero())),
        drift: drift(state, present),
        blind: blind(reading, age).map(|blind| clean(&blind)),
    }
}

fn blind(reading: &FlagReading, age: Option<TimeDelta>) -> Option<String> {
    let because = reading.fault.as_ref().map_or(String::new(), |fault| format!(": {}", fault.what));
    match (&reading.state, age) {
        (None, _) | (_, None) => Some(format!("the flag was never read{because}")),
        (Some(_), Some(age)) if age > MAX_AGE => Some(format!("the flag was last read {} ago{because}", duration(age))),
        (Some(_), Some(age)) if age < -MAX_AGE => {
            Some(format!("the flag was read {} in the future: the clock was set back", duration(-age)))
        }
        _ => None,
    }
}

fn drift(state: Option<&FlagState>, present: &Present<'_>) -> Option<String> {
    let lost = present
        .unknown_stage
        .as_ref()
        .map(|stage| format!("the audit log says stage `{stage}`, which this runbook does not have"));
    let differs = state.and_then(|state| differs(state, present.stage));
    let all: Vec<String> = lost.into_iter().chain(differs).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// How the flag is not what the stage says.
fn differs(state: &FlagState, stage: &Stage) -> Option<String> {
    let says = &stage.exposure;
    let serves = state.serves();
    if !state.foreign.is_empty() {
        let rules: Vec<String> = state.foreign.iter().map(|rule| clean(rule)).collect();
        return Some(format!("other rules decide too ({}), the stage says {says}", rules.join(", ")));
    }
    if !state.enabled && !says.is_off() {
        return Some(format!("is switched off, the stage says {says}"));
    }
    (!says.same_as(&serves)).then(|| format!("serves {}, the stage says {says}", cleaned(&serves)))
}

fn cleaned(exposure: &Exposure) -> Exposure {
    Exposure { cohorts: exposure.cohorts.iter().map(|cohort| clean(cohort)).collect(), percent: exposure.percent }
}
