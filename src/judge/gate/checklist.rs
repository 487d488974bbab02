//! The checklist is done in an environment, on the candidate.

use super::{Finding, recorded};
use crate::{
    judge::{CheckOutcome, CheckResult, Verdict, candidate, context::Context, words::shorten},
    runbook::Gate,
    units::plural,
};

/// The verdict on the checks. The latest result of each decides; one in another environment or on another candidate
/// says nothing.
pub(super) fn judge(cx: &Context<'_>, gate: &Gate, environment: &str) -> Finding {
    let checks = &cx.runbook.checklist;
    if checks.is_empty() {
        return Finding::new(Verdict::Unknown, "the runbook lists no check", "-");
    }
    let candidate = match recorded::candidate(cx) {
        Ok(candidate) => candidate,
        Err(found) => return *found,
    };
    let resolved = recorded::resolved(cx, gate);
    // A failure that was resolved fails no more, and the check is to be made again.
    let counts = |result: &CheckResult| {
        result.outcome != CheckOutcome::Fail || resolved.is_none_or(|resolved| result.at > resolved)
    };
    let (mut passed, mut failed, mut blocked, mut undone) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for check in checks {
        let result = cx.history.checks.iter().rfind(|result| {
            result.check == check.key
                && result.environment == environment
                && candidate::same(Some(candidate), result.candidate.as_deref())
        });
        match result.filter(|result| counts(result)) {
            None => undone.push(shorten(&check.key)),
            Some(result) => match result.outcome {
                CheckOutcome::Pass => passed.push(result),
                CheckOutcome::Fail => failed.push(result),
                CheckOutcome::Blocked => blocked.push(result),
            },
        }
    }
    let brief = format!("{} of {}", passed.len(), checks.len());
    let place = format!("in {} on {}", shorten(environment), candidate::shown(candidate));
    let found = if !failed.is_empty() {
        let reason = format!("{} {place}: {}", plural(failed.len(), "failed check"), named(&failed));
        let first = failed.iter().map(|result| result.at).min();
        Finding::new(Verdict::Fail, reason, format!("{} failed", failed.len())).failed_at(first)
    } else if !(blocked.is_empty() && undone.is_empty()) {
        let mut missing = Vec::new();
        if !blocked.is_empty() {
            missing.push(format!("{} {place}: {}", plural(blocked.len(), "blocked check"), named(&blocked)));
        }
        if let Some(first) = undone.first() {
            let checks = plural(undone.len(), "check");
            missing.push(format!("{checks} to be made {place}, the first {first}: gonogo check pass|fail|blocked"));
        }
        Finding::new(Verdict::Pending, missing.join("; "), brief)
    } else {
        Finding::new(Verdict::Pass, format!("{} passed {place}", plural(passed.len(), "check")), brief)
    };
    // As old as the oldest of what it rests on.
    let oldest = passed.iter().chain(&failed).chain(&blocked).map(|result| result.at).min();
    let found = found.evidence([
        ("checks_passed", passed.len() as f64),
        ("checks_needed", checks.len() as f64),
        ("checks_failed", failed.len() as f64),
        ("checks_blocked", blocked.len() as f64),
        ("age_s", oldest.map_or(f64::NAN, |at| recorded::seconds(recorded::age(cx, at)))),
    ]);
    match oldest {
        Some(at) => found.seen(recorded::seen(cx, at)),
        None => found,
    }
}

/// Checks by key, each with its remark.
fn named(results: &[&CheckResult]) -> String {
    let each = results.iter().map(|result| match result.note.trim() {
        "" => shorten(&result.check),
        note => format!("{} ({})", shorten(&result.check), shorten(note)),
    });
    recorded::first_of(&each.collect::<Vec<_>>())
}
