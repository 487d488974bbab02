//! Where the operations stand, for people: a line only for what stands.

use std::fmt::Write;

use super::text::Written;
use crate::{
    judge::{Assessment, ProcedureAssessment},
    text::clean,
    units::{self, moment},
};

/// Holds, a pause, a rollback's procedure and interlock, a request.
pub(super) fn standing(out: &mut String, assessment: &Assessment) -> Written {
    let standing = &assessment.standing;
    for hold in &standing.holds {
        let (id, who, why) = (clean(&hold.hold), clean(&hold.operator), clean(&hold.reason));
        writeln!(out, "\nHELD since {} by {who}: {why} ({})", moment(hold.at), clean(&hold.evidence))?;
        writeln!(out, "  clear it: `gonogo hold clear --hold {id} --evidence …`")?;
    }
    if let Some(paused) = &standing.paused {
        let (who, why) = (clean(&paused.operator), clean(&paused.reason));
        writeln!(out, "\nPAUSED since {} by {who}: {why}", moment(paused.at))?;
    }
    if let Some(procedure) = &standing.procedure {
        self::procedure(out, procedure)?;
    }
    for need in standing.interlock.iter().flat_map(|interlock| &interlock.needs).filter(|need| !need.met) {
        writeln!(out, "  interlock: {}: {}", need.title, need.found)?;
    }
    if let Some(request) = &standing.request {
        let (to, who) = (clean(&request.to), &request.operator);
        writeln!(out, "\nRequested by {who} at {}: {to}: {}", moment(request.at), request.reason)?;
        match request.fallen.as_slice() {
            [] => writeln!(out, "  a second person can confirm it until {}", moment(request.expires_at))?,
            fallen => writeln!(out, "  it fell: {}", fallen.join("; "))?,
        }
    }
    Ok(())
}

fn procedure(out: &mut String, procedure: &ProcedureAssessment) -> Written {
    let (from, at) = (&procedure.from_stage, moment(procedure.at));
    writeln!(out, "\nRolled back from {from} at {at} by {}: {}", procedure.operator, procedure.reason)?;
    if !procedure.joined.is_empty() {
        writeln!(out, "  together with {}", procedure.joined.join(", "))?;
    }
    for (step, number) in procedure.steps.iter().zip(1..) {
        let found = if step.found.is_empty() { String::new() } else { format!(": {}", step.found) };
        writeln!(out, "  {number}. {}, {}{found}", step.title, step.state.word())?;
    }
    Ok(())
}

/// That nobody has used the stage yet, where that can be told.
pub(super) fn serving(out: &mut String, assessment: &Assessment) -> Written {
    match &assessment.standing.serving {
        Some(serving) if serving.since.is_none() && serving.blind.is_none() => {
            writeln!(out, "  no attempt was counted in this stage yet")
        }
        _ => Ok(()),
    }
}

/// Who made the flag what it is, and the ways out, where it is not what the stage says.
pub(super) fn drift(out: &mut String, assessment: &Assessment) -> Written {
    let standing = &assessment.standing;
    if assessment.flag.drift.is_none() {
        return Ok(());
    }
    if let Some(changed) = &standing.changed {
        let by = changed.by.as_ref().map_or_else(String::new, |by| format!(" by {by}"));
        let at = changed.at.map_or_else(String::new, |at| format!(" at {}", units::moment(at)));
        let what = changed.what.as_ref().map_or_else(String::new, |what| format!(": {what}"));
        writeln!(out, "  changed{by}{at}{what}")?;
    }
    let adopt = standing.adopt.to.as_ref().filter(|_| standing.adopt.allowed);
    let adopt = adopt.map(|to| format!("accept it as stage {to}"));
    let restore = standing.restore.allowed.then(|| "restore what the stage says".to_owned());
    let ways: Vec<String> = adopt.into_iter().chain(restore).chain(["roll back".to_owned()]).collect();
    writeln!(out, "  ways out: {}", ways.join(", "))
}
