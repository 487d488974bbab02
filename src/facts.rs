//! What people tell the audit log, checked before it is recorded: the same checks at the command line and in the
//! cockpit. Pure. What is wrong is one sentence.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::{
    judge::{self, CheckOutcome, History, QaReport, QaRun, candidate, holder, qa_standing, same_person},
    runbook::{Condition, Duty, QaGate, Role, Runbook, Stage, TripWire, nearest},
    text::clean,
};

/// Words that were given, on one line and without control characters.
///
/// # Errors
/// `needed`, where there are none.
pub fn words(given: &str, needed: &str) -> Result<String, String> {
    let words = clean(given).trim().to_owned();
    if words.is_empty() { Err(needed.to_owned()) } else { Ok(words) }
}

/// The commit of this name, as a fact is bound to it.
///
/// # Errors
/// Where it names none.
pub fn commit(given: &str) -> Result<String, String> {
    let Some(named) = candidate::named(Some(given)) else {
        return Err("this counts for one commit; name it".to_owned());
    };
    if clean(named) != named || named.contains(char::is_whitespace) {
        return Err(format!("{:?} names no commit; give its SHA", clean(named)));
    }
    Ok(named.to_owned())
}

/// What to know about a commit that is named by too few digits, if it is.
pub fn abbreviated(commit: &str) -> Option<String> {
    candidate::abbreviated(commit)
        .then(|| format!("{commit} is abbreviated: it counts only where the candidate is written the same way"))
}

/// The gates of a stage that ask for somebody's word: key and statement, in the runbook's order.
pub fn attested(stage: &Stage) -> Vec<(&str, &str)> {
    let attested = stage.gates.iter().filter_map(|gate| match &gate.condition {
        Condition::Attestation { statement } => Some((gate.key.as_str(), statement.as_str())),
        _ => None,
    });
    attested.collect()
}

/// The keys of the rollback triggers that people can raise.
pub fn raisable(runbook: &Runbook) -> Vec<&str> {
    let can = runbook.triggers.iter().filter(|trigger| trigger.when.contains(&TripWire::Raised));
    can.map(|trigger| trigger.key.as_str()).collect()
}

/// Whether a gate of this stage asks for a signature.
pub fn asks_for_signature(stage: &Stage) -> bool {
    stage.gates.iter().any(|gate| gate.condition == Condition::SignOff)
}

/// Whether that is who answers for a role in a poll.
///
/// # Errors
/// Where the runbook has no such role, nobody has it, or somebody else has.
pub fn may_vote(runbook: &Runbook, history: &History, role: &str, operator: &str) -> Result<(), String> {
    let Some(role) = runbook.role(role) else {
        let known: Vec<&str> = runbook.roles.iter().map(|role| role.key.as_str()).collect();
        return Err(format!("the runbook has no role {:?}; {}", clean(role), nearest::choice(&clean(role), known)));
    };
    has(history, role, operator, "answers for it")
}

/// Whether that is who decides a poll: the release owner, or anybody where the runbook has no such duty.
///
/// # Errors
/// Where nobody is the release owner, or somebody else is.
pub fn may_decide(runbook: &Runbook, history: &History, operator: &str) -> Result<(), String> {
    runbook.on_duty(Duty::ReleaseOwner).map_or(Ok(()), |role| has(history, role, operator, "decides"))
}

/// Whether that is who signs: the release owner, or anybody where the runbook has no such duty.
///
/// # Errors
/// Where nobody is the release owner, or somebody else is.
pub fn may_sign(runbook: &Runbook, history: &History, operator: &str) -> Result<(), String> {
    runbook.on_duty(Duty::ReleaseOwner).map_or(Ok(()), |role| has(history, role, operator, "signs"))
}

fn has(history: &History, role: &Role, operator: &str, does: &str) -> Result<(), String> {
    let (title, key) = (clean(&role.title), &role.key);
    match holder(history, role) {
        Some(name) if same_person(&name, operator) => Ok(()),
        Some(name) => {
            let you = clean(operator);
            Err(format!("{title} is {name}, who {does}, and you are {you}: gonogo role assign {key}, if that changed"))
        }
        None => Err(format!("nobody is named as {title}, who {does}: gonogo role assign {key}")),
    }
}

/// Environments in which a gate asks for the checklist.
pub fn checklist_environments(runbook: &Runbook) -> BTreeSet<&str> {
    let gates = runbook.stages.iter().flat_map(|stage| &stage.gates);
    let asked = gates.filter_map(|gate| match &gate.condition {
        Condition::Checklist { environment } => Some(environment.as_str()),
        _ => None,
    });
    asked.collect()
}

/// Who has the role of this key, harmless; none where nobody has, or where there is no such role.
pub fn holder_of(runbook: &Runbook, history: &History, role: &str) -> Option<String> {
    runbook.role(role).and_then(|role| holder(history, role))
}

/// The word for how a check went: `pass`.
pub fn outcome_word(outcome: CheckOutcome) -> &'static str {
    match outcome {
        CheckOutcome::Pass => "pass",
        CheckOutcome::Fail => "fail",
        CheckOutcome::Blocked => "blocked",
    }
}

/// What keeps the automated gate from being green on the candidate after a report on `ran_on`; empty where it is green.
/// Where no candidate is named, the report's own is meant.
pub fn qa_missing(
    gate: &QaGate,
    reports: &[QaReport],
    named: Option<&str>,
    ran_on: &str,
    now: DateTime<Utc>,
) -> Vec<String> {
    match candidate::named(named).or(candidate::named(Some(ran_on))) {
        Some(candidate) => qa_standing(gate, reports, candidate, None, now).missing,
        None => vec!["the report does not say on which commit it ran".to_owned()],
    }
}

/// What there is to know of a run beside whether it is green; nothing where gonogo saw it come about.
pub fn qa_remark(run: &QaRun) -> Option<&'static str> {
    run.ran.is_none().then_some(judge::IMPORTED)
}

/// A report that was recorded, in words: `green on 018e611: all 4 checks passed`.
pub fn qa_answer(gate: &QaGate, ran_on: &str, missing: &[String]) -> String {
    let on = candidate::shown(ran_on);
    match missing {
        [] => format!("green on {on}: all {} checks passed", gate.checks.len()),
        missing => format!("a run on {on}, not green: {}", missing.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::built_in;

    #[test]
    fn a_commit_is_one_word_and_no_placeholder() {
        assert_eq!(commit(" 018e611 "), Ok("018e611".to_owned()));
        for given in ["", "  ", "unknown", "two words", "018e\u{202e}611"] {
            assert!(commit(given).is_err(), "{given:?}");
        }
        assert!(abbreviated("018e611").is_some() && abbreviated("018e611abc123").is_none());
    }

    #[test]
    fn words_are_one_harmless_line() {
        assert_eq!(words(" a\nb\x1b[2J ", "say it"), Ok("a b[2J".to_owned()));
        assert_eq!(words(" \t", "say it"), Err("say it".to_owned()));
    }

    #[test]
    fn a_role_speaks_by_whoever_has_it_and_the_log_comes_first() {
        let mut runbook = built_in().clone();
        let mut history = History::default();
        let assigned = |name: Option<&str>| crate::judge::Assignment {
            at: DateTime::UNIX_EPOCH,
            operator: "ann".to_owned(),
            name: name.map(str::to_owned),
        };
        let nobody = may_vote(&runbook, &history, "api", "ann").unwrap_err();
        assert_eq!(nobody, "nobody is named as API, who answers for it: gonogo role assign api");
        assert!(may_decide(&runbook, &history, "whoever").is_err(), "nobody has that duty yet");

        for role in &mut runbook.roles {
            role.configured = Some(" Ann ".to_owned());
        }
        assert_eq!(holder_of(&runbook, &history, "api").as_deref(), Some("Ann"));
        assert_eq!(may_vote(&runbook, &history, "api", "aNN\t"), Ok(()));
        assert_eq!(may_decide(&runbook, &history, "ann"), Ok(()));
        let told = may_decide(&runbook, &history, "bob").unwrap_err();
        assert_eq!(
            told,
            "Release owner is Ann, who decides, and you are bob: gonogo role assign release-owner, if that changed"
        );

        history.assigned.insert("api".to_owned(), assigned(Some("b\x1b[2Job")));
        assert_eq!(holder_of(&runbook, &history, "api").as_deref(), Some("b[2Job"));
        let told = may_vote(&runbook, &history, "api", "ann").unwrap_err();
        assert_eq!(told, "API is b[2Job, who answers for it, and you are ann: gonogo role assign api, if that changed");
        for nobody in [None, Some(" ")] {
            history.assigned.insert("api".to_owned(), assigned(nobody));
            assert_eq!(holder_of(&runbook, &history, "api"), None, "the log says that nobody has it any more");
        }
        assert!(may_vote(&runbook, &history, "apy", "ann").unwrap_err().contains("did you mean `api`?"));
    }

    #[test]
    fn the_built_in_runbook_can_be_told_of() {
        let runbook = built_in();
        assert!(!raisable(runbook).is_empty());
        assert!(runbook.stages.iter().any(|stage| !attested(stage).is_empty()));
    }
}
