//! Whether the automated gate is green on a candidate. The exit gate asks here, and so does whoever records a report.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{QaReport, Verdict, candidate, words::shorten};
use crate::{
    runbook::QaGate,
    units::{duration, moment},
};

/// How far a report's clock may be ahead of ours before its times mean nothing.
const MAX_SKEW: TimeDelta = TimeDelta::minutes(2);

/// What the reports say of one candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct QaStanding<'a> {
    /// Pass is green, and nothing else is.
    pub verdict: Verdict,
    /// The report that decides; none where there is none on the candidate.
    pub report: Option<&'a QaReport>,
    /// What keeps it from being green, each in a few words, the worst first; empty where it is green.
    pub missing: Vec<String>,
    /// Checks of the runbook that passed in that report.
    pub passed: usize,
    /// Checks that the runbook lists.
    pub needed: usize,
}

impl QaStanding<'_> {
    /// Whether there is a green run.
    pub fn green(&self) -> bool {
        self.verdict == Verdict::Pass
    }
}

/// What these reports, in the order of the audit log, say of `candidate` at the instant `now`.
///
/// The latest run on exactly this candidate decides, and what ran last is told by when it ended, not by when it was
/// recorded: a green report from before a failure, recorded after it, takes nothing back. A check that failed stands
/// until a later run passes them all, or up to `resolved`, where somebody resolved the gate's failure; then a new run
/// is needed.
pub fn qa_standing<'a>(
    gate: &QaGate,
    reports: &'a [QaReport],
    candidate: &str,
    resolved: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> QaStanding<'a> {
    let standing =
        |verdict, report, missing, passed| QaStanding { verdict, report, missing, passed, needed: gate.checks.len() };
    let mut runs: Vec<&QaReport> =
        reports.iter().filter(|report| candidate::same(Some(candidate), Some(&report.run.candidate))).collect();
    runs.sort_by_key(|report| ended(report));
    let Some(&latest) = runs.last() else {
        return standing(Verdict::Pending, None, vec![no_report(reports, candidate)], 0);
    };

    let stands = |report: &QaReport| resolved.is_none_or(|resolved| report.at > resolved);
    for &report in runs.iter().rev() {
        let look = Look::at(gate, report, now);
        if !look.failed.is_empty() && stands(report) {
            let mut missing: Vec<String> = look.failed.iter().map(|id| format!("check {id} failed")).collect();
            if report != latest {
                let when = moment(ended(report));
                missing.push(format!("no later run has passed them all since the failure of {when}"));
            }
            missing.extend(look.untrue.into_iter().chain(look.missing));
            return standing(Verdict::Fail, Some(report), missing, look.passed);
        }
        if look.failed.is_empty() && look.untrue.is_empty() && look.missing.is_empty() {
            break;
        }
    }

    let mut look = Look::at(gate, latest, now);
    look.missing.extend(look.failed.iter().map(|id| format!("check {id} failed, which was resolved: run it again")));
    look.missing.extend(stale(gate, latest, now));
    let verdict = match () {
        () if !look.untrue.is_empty() => Verdict::Unknown,
        () if !look.missing.is_empty() => Verdict::Pending,
        () => Verdict::Pass,
    };
    standing(verdict, Some(latest), look.untrue.into_iter().chain(look.missing).collect(), look.passed)
}

/// How old the run of a report is; none where it was cut off. A clock that is ahead makes no negative age.
pub(super) fn age(report: &QaReport, now: DateTime<Utc>) -> Option<TimeDelta> {
    report.run.completed_at.map(|completed| (now - completed).max(TimeDelta::zero()))
}

/// When a run ended. It cannot have ended after it was recorded, whatever it says, and one that was cut off may have
/// gone on until then.
fn ended(report: &QaReport) -> DateTime<Utc> {
    report.run.completed_at.map_or(report.at, |completed| completed.min(report.at))
}

fn no_report(reports: &[QaReport], candidate: &str) -> String {
    let here = candidate::shown(candidate);
    let Some(latest) = reports.iter().max_by_key(|report| ended(report)) else {
        return format!("there is no report yet on {here}");
    };
    match candidate::named(Some(&latest.run.candidate)) {
        None => format!("the latest report does not say on which commit it ran, the candidate is {here}"),
        Some(there) if candidate::too_short(candidate.trim(), there) => format!(
            "the latest report is on {}, and {here} is too short to say that it is the same: name 12 digits or more",
            candidate::shown(there)
        ),
        Some(there) => format!("the latest report is on {}, the candidate is {here}", candidate::shown(there)),
    }
}

fn stale(gate: &QaGate, report: &QaReport, now: DateTime<Utc>) -> Option<String> {
    let (age, most) = (age(report, now)?, TimeDelta::from_std(gate.max_age).unwrap_or(TimeDelta::MAX));
    (age > most).then(|| format!("the run is {} old, at most {} is allowed", duration(age), duration(most)))
}

/// What one report says, whatever its age.
struct Look {
    /// Ids of checks that failed, listed or not: a run with a failure in it is not green.
    failed: Vec<String>,
    /// How it contradicts itself or the clock.
    untrue: Vec<String>,
    /// What is not in it.
    missing: Vec<String>,
    passed: usize,
}

impl Look {
    fn at(gate: &QaGate, report: &QaReport, now: DateTime<Utc>) -> Self {
        let mut by_id: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut failed = Vec::new();
        for check in &report.run.checks {
            let known = by_id.entry(check.id.as_str()).or_default();
            if check.status == "fail" && !known.contains(&"fail") {
                failed.push(shorten(&check.id));
            }
            known.push(&check.status);
        }
        let mut look = Self { failed, untrue: Vec::new(), missing: Vec::new(), passed: 0 };
        look.check_times(report, now);
        if !report.run.all_passed && look.failed.is_empty() {
            look.untrue.push("it says that not everything passed, and names no check that failed".to_owned());
        }
        if gate.checks.is_empty() {
            look.untrue.push("the runbook lists no check that a green run contains".to_owned());
        }
        if report.run.dry_run {
            look.missing.push("it was a dry run: nothing was really run".to_owned());
        }
        if !report.run.command.split_whitespace().eq(gate.command.split_whitespace()) {
            let (there, here) = (shorten(&report.run.command), shorten(&gate.command));
            look.missing.push(format!("it is of `{there}`, the runbook asks for `{here}`"));
        }
        for id in &gate.checks {
            let statuses = by_id.get(id.as_str()).map_or(&[] as &[&str], Vec::as_slice);
            look.check(&shorten(id), statuses);
        }
        look
    }

    fn check_times(&mut self, report: &QaReport, now: DateTime<Utc>) {
        let Some(completed) = report.run.completed_at else {
            self.missing.push("the run was not completed".to_owned());
            return;
        };
        // What lay in the future when it was recorded does not become true by waiting.
        let known = now.min(report.at);
        if completed > known + MAX_SKEW {
            let ahead = duration(completed - known);
            self.untrue.push(format!("it says that it ended {ahead} after it was recorded"));
        }
        if report.run.started_at > completed {
            self.untrue.push("it says that it began after it ended".to_owned());
        }
    }

    /// One check that the runbook lists, by the statuses that the report has for it.
    fn check(&mut self, id: &str, statuses: &[&str]) {
        match statuses {
            [] => self.missing.push(format!("check {id} is not in it")),
            [first, rest @ ..] if rest.iter().any(|other| other != first) => {
                // One that also failed is told as failed.
                if !statuses.contains(&"fail") {
                    self.untrue.push(format!("check {id} is in it with several results"));
                }
            }
            ["pass", ..] => self.passed += 1,
            ["fail", ..] => {}
            ["skipped", ..] => self.missing.push(format!("check {id} was skipped")),
            [other, ..] => self.missing.push(format!("check {id} has the result `{}`, not pass", shorten(other))),
        }
    }
}
