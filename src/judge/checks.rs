//! The checklist as it stands: where it is asked for, and what became of each check there.

use super::{CheckResult, History, candidate};
use crate::runbook::{Condition, Runbook};

/// The latest result of a check in one environment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CheckMade<'a> {
    /// The result: the latest on the candidate; where there is none, the latest on whatever other commit.
    pub result: &'a CheckResult,
    /// Whether it is on the candidate. On another one it counts for nothing.
    pub counts: bool,
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

#[cfg(test)]
mod tests {
    use chrono::DateTime;

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
}
