//! The rollback procedure: each step of the runbook, and how far it is.

use chrono::{DateTime, Utc};

use crate::{
    audit::Phase,
    judge::{
        InterlockAssessment, LegacyAssessment, LegacyEvidence, ProcedureAssessment, RollbackRecord, StepAssessment,
        StepState, context::Context, legacy, words::shorten,
    },
    runbook::StepKind,
    text::clean,
    units::clock,
};

/// What is done in any case, where a runbook has no procedure of its own.
const USUAL: [(&str, StepKind); 4] = [
    ("Disable the flag", StepKind::Disable),
    ("Confirm the old path", StepKind::ConfirmLegacy),
    ("Keep the evidence", StepKind::KeepDiagnostics),
    ("Fix before re-enabling", StepKind::FixFirst),
];

/// The procedure of this rollback.
pub(super) fn assess(
    cx: &Context<'_>,
    record: &RollbackRecord,
    interlock: Option<&InterlockAssessment>,
) -> ProcedureAssessment {
    let (off, off_found) = disable(cx, record);
    let by_telemetry = legacy::assess(cx, record, off);
    let own = cx.runbook.rollback.iter().map(|step| (step.title.as_str(), step.does));
    let steps: Vec<(&str, StepKind)> = if own.len() == 0 { USUAL.to_vec() } else { own.collect() };
    let found = |does| match does {
        StepKind::Disable => (off, off_found.clone()),
        StepKind::ConfirmLegacy => confirm_legacy(record, &by_telemetry),
        StepKind::KeepDiagnostics => keep_diagnostics(record),
        StepKind::FixFirst => fix_first(interlock),
        StepKind::ByHand => (StepState::ByHand, String::new()),
    };
    let done_at = done_at(record, off, steps.iter().map(|step| step.1));
    let steps = steps.iter().map(|&(title, does)| {
        let (state, found) = found(does);
        StepAssessment { title: clean(title), does, state, found }
    });
    ProcedureAssessment {
        rollback: record.id.clone(),
        at: record.at,
        operator: clean(&record.operator),
        host: clean(&record.host),
        reason: clean(&record.reason),
        from_stage: clean(&record.from_stage),
        before: record.before.clone(),
        joined: record.joined.iter().map(|who| clean(who)).collect(),
        steps: steps.collect(),
        legacy: by_telemetry,
        done_at,
    }
}

/// By the log, and by the flag as it was read since.
fn disable(cx: &Context<'_>, record: &RollbackRecord) -> (StepState, String) {
    let reading = &cx.snapshot.flag;
    let later = |than: DateTime<Utc>| reading.state.as_ref().filter(|_| reading.read_at.is_some_and(|at| at > than));
    let serves = |state: &crate::snapshot::FlagState| {
        let served = state.serves();
        if !served.is_off() {
            return Some(clean(&served.to_string()));
        }
        (state.enabled && !state.foreign.is_empty()).then(|| "somebody by other rules".to_owned())
    };
    let Some(verified_at) = record.verified_at else {
        let asked = format!("asked for at {}", clock(record.at));
        return match later(record.at).map(serves) {
            Some(Some(serves)) => (StepState::Requested, format!("{asked}; the flag serves {serves}")),
            Some(None) => (StepState::Converging, format!("{asked}; the flag reads off, which is not on record yet")),
            None => (StepState::Requested, format!("{asked}; the store has not said off yet")),
        };
    };
    match later(verified_at).and_then(serves) {
        Some(serves) => (StepState::Converging, format!("the flag serves {serves} again: roll back again")),
        None => (StepState::Verified, format!("the store, read again, said off at {}", clock(verified_at))),
    }
}

/// What is on record counts, and before that what telemetry shows.
fn confirm_legacy(record: &RollbackRecord, by_telemetry: &LegacyAssessment) -> (StepState, String) {
    match &record.legacy {
        Some((at, _, LegacyEvidence::Telemetry { found, .. })) => {
            (StepState::Verified, format!("{}, confirmed at {}", shorten(found), clock(*at)))
        }
        Some((at, who, LegacyEvidence::Attested { statement })) => {
            (StepState::Attested, format!("by {} at {}: {}", clean(who), clock(*at), shorten(statement)))
        }
        None => (by_telemetry.state, by_telemetry.found.clone()),
    }
}

fn keep_diagnostics(record: &RollbackRecord) -> (StepState, String) {
    let Some((at, phase, folder)) = record.kept.last() else {
        return (StepState::Waiting, "nothing is kept yet".to_owned());
    };
    let when = match phase {
        Phase::AtOnce => "so far what was there at once",
        Phase::AtTheEnd => "at once and at the end",
    };
    (StepState::Kept, format!("{when}, in {}, at {}", clean(folder), clock(*at)))
}

fn fix_first(interlock: Option<&InterlockAssessment>) -> (StepState, String) {
    let Some(interlock) = interlock else {
        return (StepState::Waiting, "it locks once the store says off".to_owned());
    };
    let unmet: Vec<&str> = interlock.needs.iter().filter(|need| !need.met).map(|need| need.title.as_str()).collect();
    match unmet.is_empty() {
        true => (StepState::Open, "everything that it needs is there".to_owned()),
        false => (StepState::Locked, format!("needed: {}", unmet.join(", "))),
    }
}

/// When the last of the steps was done that are done before the fix.
fn done_at(record: &RollbackRecord, off: StepState, steps: impl Iterator<Item = StepKind>) -> Option<DateTime<Utc>> {
    let mut done = record.verified_at.filter(|_| off == StepState::Verified)?;
    for does in steps {
        let at = match does {
            StepKind::ConfirmLegacy => record.legacy.as_ref().map(|(at, ..)| *at)?,
            StepKind::KeepDiagnostics => {
                let mut kept = record.kept.iter().filter(|(_, phase, _)| *phase == Phase::AtTheEnd);
                kept.next().map(|(at, ..)| *at)?
            }
            StepKind::Disable | StepKind::FixFirst | StepKind::ByHand => continue,
        };
        done = done.max(at);
    }
    Some(done)
}
