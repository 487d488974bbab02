//! The checklist as it stands: where it is asked for, what became of each check there, and what telemetry saw of it.

use chrono::{DateTime, Utc};

use super::{CheckResult, History, candidate, health::sight, period::Period, select::Selected};
use crate::{
    runbook::{Check, Condition, MatchOp, Runbook, Selection},
    snapshot::Snapshot,
    text::clean,
};

/// The latest result of a check in one environment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CheckMade<'a> {
    /// The result: the latest on the candidate; where there is none, the latest on whatever other commit.
    pub result: &'a CheckResult,
    /// Whether it is on the candidate. On another one it counts for nothing.
    pub counts: bool,
}

/// What telemetry saw of a check where it is made. It is shown beside the check, and decides nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckSeen {
    /// From when on it was counted.
    pub since: DateTime<Utc>,
    /// What must be seen, in words, and how often it was.
    pub counts: Vec<(String, u64)>,
    /// Why a zero is no zero, if so.
    pub blind: Option<String>,
}

impl CheckSeen {
    /// Whether each of what must be seen was. What was seen was seen, whatever cannot be seen now.
    pub fn all(&self) -> bool {
        self.counts.iter().all(|(_, n)| *n > 0)
    }
}

/// Environments in which a gate asks for the checklist, in the order in which the stages ask.
pub fn check_places(runbook: &Runbook) -> Vec<&str> {
    let mut places = Vec::new();
    for gate in runbook.stages.iter().flat_map(|stage| &stage.gates) {
        if let Condition::Checklist { environment } = &gate.condition
            && !places.contains(&environment.as_str())
        {
            places.push(environment.as_str());
        }
    }
    places
}

/// What became of the check of this key in an environment, for a candidate; none where it was never made there.
pub fn check_made<'a>(
    history: &'a History,
    named: Option<&str>,
    check: &str,
    environment: &str,
) -> Option<CheckMade<'a>> {
    let named = history.candidate(named);
    let made = || history.checks.iter().filter(|result| result.check == check && result.environment == environment);
    let on = made().rfind(|result| candidate::same(named, result.candidate.as_deref()));
    match on {
        Some(result) => Some(CheckMade { result, counts: true }),
        None => made().next_back().map(|result| CheckMade { result, counts: false }),
    }
}

/// What this snapshot has of a check from `since` on, at the instant `now`; none where telemetry cannot tell.
pub fn check_seen(
    runbook: &Runbook,
    snapshot: &Snapshot,
    check: &Check,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Option<CheckSeen> {
    if check.seen.is_empty() {
        return None;
    }
    let counts = check
        .seen
        .iter()
        .map(|selection| (named(runbook, check, selection), Selected::new(runbook, snapshot, selection).since(since)));
    let period = Period { from: since, until: None };
    let sights = check.seen.iter().map(|selection| sight(runbook, snapshot, &selection.signal, period, now));
    let blind = sights.reduce(super::health::Sight::with).and_then(|sight| sight.blind);
    Some(CheckSeen { since, counts: counts.collect(), blind: blind.map(|blind| blind.why) })
}

/// A selection in words: of several of one signal what tells them apart, else the signal's title.
fn named(runbook: &Runbook, check: &Check, selection: &Selection) -> String {
    let others: Vec<&Selection> =
        check.seen.iter().filter(|other| other.signal == selection.signal && *other != selection).collect();
    let own = selection.matchers.iter().filter(|matcher| others.iter().any(|other| !other.matchers.contains(matcher)));
    let values = own.filter_map(|matcher| match &matcher.op {
        MatchOp::In(values) => Some(values.join("|")),
        MatchOp::NotIn(_) => None,
    });
    let values = clean(&values.collect::<Vec<_>>().join(" "));
    if !values.trim().is_empty() {
        return values;
    }
    let signal = runbook.signal(&selection.signal);
    clean(signal.map_or(&selection.signal, |signal| &signal.title))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{judge::CheckOutcome, runbook::built_in};

    const CANDIDATE: &str = "018e611abc1234567890abcdef1234567890abcd";

    fn result(check: &str, environment: &str, candidate: &str, outcome: CheckOutcome) -> CheckResult {
        CheckResult {
            at: DateTime::UNIX_EPOCH,
            check: check.into(),
            environment: environment.into(),
            outcome,
            candidate: Some(candidate.into()),
            operator: "alice".into(),
            note: String::new(),
            attached: None,
        }
    }

    #[test]
    fn places_are_in_the_order_of_the_stages() {
        assert_eq!(check_places(built_in()), ["staging", "production"]);
    }

    #[test]
    fn only_a_result_on_the_candidate_counts_and_the_latest_of_them() {
        use CheckOutcome::{Fail, Pass};
        let mut history = History::default();
        assert_eq!(check_made(&history, Some(CANDIDATE), "rekey", "staging"), None);
        history.checks.push(result("rekey", "staging", "another", Fail));
        let made = check_made(&history, Some(CANDIDATE), "rekey", "staging");
        assert!(made.is_some_and(|made| !made.counts && made.result.outcome == Fail));
        history.checks.push(result("rekey", "staging", CANDIDATE, Fail));
        history.checks.push(result("rekey", "staging", CANDIDATE, Pass));
        history.checks.push(result("rekey", "staging", "another", Fail));
        let made = check_made(&history, Some(CANDIDATE), "rekey", "staging");
        assert!(made.is_some_and(|made| made.counts && made.result.outcome == Pass));
        assert_eq!(check_made(&history, Some(CANDIDATE), "rekey", "production"), None);
    }

    #[test]
    fn what_was_never_heard_cannot_be_seen_and_is_named() {
        use crate::snapshot::{SourceKind, SourceStatus};
        let runbook = built_in();
        let source = |kind| SourceStatus::connecting("source", kind, String::new());
        let now = DateTime::UNIX_EPOCH;
        let snapshot = Snapshot::empty(now, source(SourceKind::Telemetry), source(SourceKind::Flags));
        let check = |key: &str| runbook.checklist.iter().find(|check| check.key == key).unwrap();
        assert_eq!(check_seen(runbook, &snapshot, check("rekey"), now, now), None);
        let seen = check_seen(runbook, &snapshot, check("full-sequence"), now, now).unwrap();
        assert!(seen.blind.is_some() && !seen.all());
        let words: Vec<&str> = seen.counts.iter().map(|(words, _)| words.as_str()).collect();
        assert_eq!(words, ["stage", "commit", "attach", "Secure uploads that ended"]);
    }
}
