//! Incidents as a report has them: every step in its place, those that are not on record with a word why.

use chrono::TimeDelta;

use super::{facts::Look, incident, model::*};
use crate::text::clean;

/// Those that the period has something of.
pub(super) fn incidents(look: &Look<'_>) -> Vec<Incident> {
    let all = look.log.incidents(look.runbook);
    let told = all.into_iter().filter(|incident| {
        let first = incident.detected.as_ref().unwrap_or(&incident.requested).at;
        let last = incident.left.as_ref().map(|left| left.at);
        look.to.is_none_or(|to| first <= to) && look.from.is_none_or(|from| last.is_none_or(|last| from <= last))
    });
    told.map(|incident| told_of(&incident)).collect()
}

fn told_of(incident: &incident::Incident) -> Incident {
    let seconds = |span: Option<TimeDelta>| span.map(|span| span.num_seconds());
    let requested = incident.requested.at;
    let step = |step, found: Option<&incident::Step>, missing: &str| Step {
        step,
        at: found.map(|found| found.at),
        after_s: found.map(|found| (found.at - requested).num_seconds()),
        by: found.and_then(|found| found.by.as_deref()).map(clean),
        what: found.map_or_else(|| missing.to_owned(), |found| clean(&found.what)),
    };
    let mut steps = vec![
        step("detected", incident.detected.as_ref(), "nothing that it was called for is on record"),
        step("tripped", incident.tripped.as_ref(), "no rollback trigger was on record"),
        step("requested", Some(&incident.requested), ""),
        step("written", incident.written.as_ref(), "the store does not say when it changed the flag"),
        step("confirmed", incident.confirmed.as_ref(), "the store did not confirm it"),
        step("legacy", incident.legacy.as_ref(), "not confirmed"),
    ];
    match incident.kept.as_slice() {
        [] => steps.push(step("kept", None, "no diagnostics are on record")),
        kept => steps.extend(kept.iter().map(|kept| step("kept", Some(kept), ""))),
    }
    steps.extend([
        step("resolved", incident.resolved.as_ref(), "not resolved"),
        step("fixed", incident.fixed.as_ref(), "no other candidate was named"),
        step("green", incident.green.as_ref(), "no green run of the automated gate on another candidate"),
        step("left", incident.left.as_ref(), "the rollout has not gone on"),
    ]);
    Incident {
        rollback: clean(&incident.rollback),
        from_stage: clean(&incident.from_stage),
        candidate: incident.candidate.as_deref().map(clean),
        before: incident.before.as_deref().map(clean),
        steps,
        called_for: incident
            .called_for
            .iter()
            .map(|mark| Mark { at: mark.at, by: mark.by.as_deref().map(clean), what: clean(&mark.what) })
            .collect(),
        attempts: incident
            .attempts
            .iter()
            .map(|attempt| Attempt {
                id: clean(&attempt.id),
                at: attempt.at,
                by: clean(&attempt.by),
                reason: clean(&attempt.reason),
                ended_at: attempt.ended_at,
                ended: clean(&attempt.ended),
                confirmed: attempt.confirmed,
            })
            .collect(),
        detection_to_request_s: seconds(incident.to_request()),
        request_to_confirmed_s: seconds(incident.to_confirmed()),
        request_to_legacy_s: seconds(incident.to_legacy()),
        total_s: seconds(incident.total()),
    }
}
