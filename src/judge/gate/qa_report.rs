//! The automated gate is green on the candidate.

use super::{Finding, recorded};
use crate::{
    judge::{Verdict, candidate::shown, context::Context, qa, words::shorten},
    runbook::Gate,
    units::{moment, plural},
};

/// The verdict on the reports. What a tool says of itself is not asked: each check that the runbook lists must have
/// passed, in the latest run, on this candidate.
pub(super) fn judge(cx: &Context<'_>, gate: &Gate) -> Finding {
    let Some(wanted) = &cx.runbook.qa else {
        return Finding::new(Verdict::Unknown, "the runbook does not say which automated gate", "-");
    };
    let candidate = match recorded::candidate(cx) {
        Ok(candidate) => candidate,
        Err(found) => return *found,
    };
    let resolved = recorded::resolved(cx, gate);
    let standing = qa::qa_standing(wanted, &cx.history.qa_reports, candidate, resolved, cx.now);
    let brief = format!("{} of {}", standing.passed, standing.needed);
    let Some(report) = standing.report else {
        let command = shorten(&wanted.command);
        let reason = format!(
            "{}; run `{command}` on the candidate: gonogo qa run, or record its report: gonogo qa import",
            recorded::first_of(&standing.missing)
        );
        let found = Finding::new(standing.verdict, reason, "no report");
        return found.evidence([("checks_passed", 0.0), ("checks_needed", standing.needed as f64)]);
    };
    let ended = report.run.completed_at.unwrap_or(report.at);
    let on = shown(&report.run.candidate);
    let reason = match standing.green() {
        true => {
            let remark = standing.remark.map_or(String::new(), |remark| format!(" ({remark})"));
            format!(
                "{} passed on {on}, in the run that ended {}{remark}",
                plural(standing.needed, "check"),
                moment(ended)
            )
        }
        false => {
            format!("the run of {} on {on} is not green: {}", moment(ended), recorded::first_of(&standing.missing))
        }
    };
    let age = qa::age(report, cx.now);
    Finding::new(standing.verdict, reason, brief)
        .failed_at((standing.verdict == Verdict::Fail).then(|| ended.min(report.at)))
        .evidence([
            ("checks_passed", standing.passed as f64),
            ("checks_needed", standing.needed as f64),
            ("age_s", age.map_or(f64::NAN, recorded::seconds)),
            ("max_age_s", wanted.max_age.as_secs_f64()),
        ])
        .seen(recorded::seen(cx, ended.min(cx.now)))
}
