//! Whether the automated gate is green on a candidate. The exit gate asks here, and so does whoever records a report.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{QaRan, QaReport, Tree, Verdict, candidate, words::shorten};
use crate::{
    runbook::QaGate,
    units::{duration, moment, plural},
};

/// How far a report's clock may be ahead of ours before its times mean nothing.
const MAX_SKEW: TimeDelta = TimeDelta::minutes(2);

/// The remark on a report that gonogo did not see come about.
pub(crate) const IMPORTED: &str = "imported: nothing is known of the tree";

/// What the reports say of one candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct QaStanding<'a> {
    /// Pass is green, and nothing else is.
    pub verdict: Verdict,
    /// The report that decides; none where there is none on the candidate.
    pub report: Option<&'a QaReport>,
    /// What keeps it from being green, each in a few words, the worst first; empty where it is green.
    pub missing: Vec<String>,
    /// What else there is to know of that report; nothing that keeps it from being green.
    pub remark: Option<&'static str>,
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
    let standing = |verdict, report: Option<&'a QaReport>, missing, passed| {
        let remark = report.and_then(|report| report.run.ran.is_none().then_some(IMPORTED));
        QaStanding { verdict, report, missing, remark, passed, needed: gate.checks.len() }
    };
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
/// gone on until then. One that gonogo made was recorded as soon as it ended, whatever the tool's clock says.
fn ended(report: &QaReport) -> DateTime<Utc> {
    if report.run.ran.is_some() {
        return report.at;
    }
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
        let mut failed: Vec<String> = Vec::new();
        for check in &report.run.checks {
            let id = gate.older.get(&check.id).map_or(check.id.as_str(), String::as_str);
            let known = by_id.entry(id).or_default();
            if is_failure(&check.status) && !known.iter().any(|status| is_failure(status)) {
                failed.push(shorten(id));
            }
            known.push(&check.status);
        }
        let mut look = Self { failed, untrue: Vec::new(), missing: Vec::new(), passed: 0 };
        look.check_times(report, now);
        look.check_command(gate, &report.run.command);
        if report.run.dry_run {
            look.missing.push("it was a dry run: nothing was really run".to_owned());
        }
        if let Some(ran) = &report.run.ran {
            look.check_ran(ran, &report.run.candidate);
        }
        let wrote = report.run.ran.as_ref().is_none_or(|ran| ran.report.is_some());
        if !report.run.all_passed && look.failed.is_empty() && wrote {
            look.untrue.push("it says that not everything passed, and names no check that failed".to_owned());
        }
        look.untrue.extend(report.run.odd.iter().map(|odd| shorten(odd)));
        if gate.checks.is_empty() {
            look.untrue.push("the runbook lists no check that a green run contains".to_owned());
        }
        for id in &gate.checks {
            let statuses = by_id.remove(id.as_str()).unwrap_or_default();
            // Without a report there is nothing to miss in it, check by check.
            if wrote || !statuses.is_empty() {
                look.check(&shorten(id), &statuses);
            }
        }
        for (id, statuses) in by_id {
            look.check_unlisted(&shorten(id), &statuses);
        }
        look
    }

    fn check_command(&mut self, gate: &QaGate, reported: &str) {
        let is = |command: &String| reported.split_whitespace().eq(command.split_whitespace());
        if !is(&gate.command) && !gate.reported_as.iter().any(is) {
            let (there, here) = (shorten(reported), shorten(&gate.command));
            self.missing.push(format!("it is of `{there}`, the runbook asks for `{here}`"));
        }
    }

    /// How it was run, as gonogo saw it.
    fn check_ran(&mut self, ran: &QaRan, candidate: &str) {
        let missing = &mut self.missing;
        if let Some(why) = &ran.killed {
            missing.push(format!("the run was killed: {}", shorten(why)));
        }
        match ran.exit {
            Some(0) => {}
            Some(code) => missing.push(format!("the command ended with exit code {code}")),
            None if ran.killed.is_some() => {}
            None => missing.push("a signal ended the command".to_owned()),
        }
        match &ran.head {
            None => missing.push("which commit was checked out is not known".to_owned()),
            Some(head) if candidate::same(Some(head), Some(candidate)) => {}
            Some(head) => {
                let (head, candidate) = (candidate::shown(head), candidate::shown(candidate));
                missing.push(format!("{head} was checked out, and the report is on {candidate}"));
            }
        }
        match &ran.tree {
            Tree::Clean => {}
            Tree::Dirty { files, count } => {
                let first = files.first().map_or(String::new(), |file| format!(", such as {}", shorten(file)));
                let differ = if *count == 1 { "differs" } else { "differ" };
                missing.push(format!("the tree was not the commit: {} {differ}{first}", plural(*count, "file")));
            }
            Tree::Unknown { why } => {
                missing.push(format!("whether the tree was the commit is not known: {}", shorten(why)));
            }
        }
        if ran.report.is_none() {
            missing.push("the command left no report that can be read".to_owned());
        }
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
                if !statuses.iter().any(|status| is_failure(status)) {
                    self.untrue.push(format!("check {id} is in it with several results"));
                }
            }
            ["pass", ..] => self.passed += 1,
            [failed, ..] if is_failure(failed) => {}
            ["skipped", ..] => self.missing.push(format!("check {id} was skipped")),
            [other, ..] => self.missing.push(format!("check {id} has the result `{}`, not pass", shorten(other))),
        }
    }

    /// One check that the runbook does not list. Nobody asked for it, but what went wrong in it did go wrong.
    fn check_unlisted(&mut self, id: &str, statuses: &[&str]) {
        let other = statuses.iter().find(|status| !matches!(**status, "pass" | "skipped") && !is_failure(status));
        if let Some(other) = other {
            self.missing.push(format!("check {id} has the result `{}`, not pass", shorten(other)));
        }
    }
}

/// Whether a status says that a check failed, however it is written. For a pass there is one way to write it.
fn is_failure(status: &str) -> bool {
    let status = status.trim();
    ["fail", "failed", "failure", "error"].iter().any(|word| status.eq_ignore_ascii_case(word))
}
