//! Fix before re-enabling: what is needed before the stage that a rollback entered is left again.
//!
//! All of it is read from the log, so it stands across restarts and machines.

use crate::{
    judge::{
        InterlockAssessment, Need, RollbackRecord, Trouble,
        candidate::{self, shown},
        context::Context,
        qa::qa_standing,
        words::shorten,
    },
    runbook::{Condition, QaGate},
    text::clean,
    units::moment,
};

/// None while the rollout is not in a stage that exposes nobody: then the rollback has not got there yet.
pub(super) fn assess(cx: &Context<'_>, record: &RollbackRecord) -> Option<InterlockAssessment> {
    if !cx.present.stage.exposure.is_off() {
        return None;
    }
    let candidate = candidate_need(cx, record);
    let qa = cx.runbook.qa.as_ref().map(|gate| qa_need(cx, record, gate, candidate.met));
    Some(InterlockAssessment {
        rollback: record.id.clone(),
        rolled_back: record.candidate.as_deref().map(clean),
        needs: [Some(candidate), qa, Some(resolution_need(record))].into_iter().flatten().collect(),
    })
}

fn candidate_need(cx: &Context<'_>, record: &RollbackRecord) -> Need {
    const HOW: &str = "name the commit that has the fix with --candidate";
    let rolled_back = candidate::named(record.candidate.as_deref());
    let (met, found) = match (candidate::named(cx.candidate), rolled_back) {
        (None, _) => (false, format!("no candidate is named; {HOW}")),
        // Of a rollback whose commit nobody named, no more can be said.
        (Some(here), None) => (true, format!("{}; which commit was rolled back is not on record", shown(here))),
        (Some(here), Some(there)) if candidate::same(Some(here), Some(there)) => {
            (false, format!("{} is the commit that was rolled back; {HOW}", shown(here)))
        }
        (Some(here), Some(there)) if candidate::too_short(here, there) => {
            let (here, there) = (shown(here), shown(there));
            (
                false,
                format!("{here} is too short to say that it is not {there}: name 12 digits or more with --candidate"),
            )
        }
        (Some(here), Some(there)) => (true, format!("{}, not {}, which was rolled back", shown(here), shown(there))),
    };
    Need { key: "candidate", title: "another candidate".to_owned(), met, found }
}

fn qa_need(cx: &Context<'_>, record: &RollbackRecord, gate: &QaGate, another: bool) -> Need {
    let need = |met, found| Need { key: "qa", title: "a green automated gate on it".to_owned(), met, found };
    let command = shorten(&gate.command);
    let how = format!("run `{command}` on it: gonogo qa run, or record its report: gonogo qa import");
    let Some(candidate) = candidate::named(cx.candidate).filter(|_| another) else {
        return need(false, format!("it is asked of the other candidate; {how}"));
    };
    // The log is in order but for what was appended late.
    let reports = &cx.history.qa_reports;
    let first = reports.iter().position(|report| report.at > record.at).unwrap_or(reports.len());
    let is_it = |gate: &&crate::runbook::Gate| matches!(gate.condition, Condition::QaReport);
    let failure = cx
        .present
        .stage
        .gates
        .iter()
        .find(is_it)
        .map(|gate| Trouble::Gate { stage: cx.present.stage.key.clone(), gate: gate.key.clone() });
    let resolved = failure.and_then(|failure| cx.resolved(&failure));
    let standing = qa_standing(gate, &reports[first..], candidate, resolved, cx.now);
    match standing.report {
        Some(report) if standing.green() && report.at > record.at => {
            need(true, format!("green on {}, recorded {}", shown(candidate), moment(report.at)))
        }
        _ => {
            let missing = standing.missing.first().map_or("there is no report since the rollback", String::as_str);
            need(false, format!("{missing}; {how}"))
        }
    }
}

fn resolution_need(record: &RollbackRecord) -> Need {
    let found = match &record.resolved {
        Some(resolved) => {
            let (who, what) = (clean(&resolved.operator), shorten(&resolved.evidence));
            format!("written down by {who} at {}: {what}", moment(resolved.at))
        }
        None => "write down what was found and fixed: gonogo hold clear --rollback --evidence …".to_owned(),
    };
    Need { key: "resolution", title: "a resolution".to_owned(), met: record.resolved.is_some(), found }
}
