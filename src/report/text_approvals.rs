//! Roles, the poll, the deployment and the signature, for people: a line only for what there is to say.

use std::fmt::Write;

use super::text::Written;
use crate::{
    judge::{Assessment, PollAssessment},
    runbook::Duty,
    units::moment,
};

/// What a promotion rests on beside telemetry.
pub(super) fn approvals(out: &mut String, assessment: &Assessment) -> Written {
    let standing = &assessment.standing;
    if let Some(why) = standing.deployed.as_ref().and_then(|deployed| deployed.why.as_ref()) {
        writeln!(out, "\nDeployed: {why}")?;
    }
    let named: Vec<String> = standing
        .roles
        .iter()
        .filter_map(|role| match (&role.name, role.duty) {
            (Some(name), _) => Some(format!("{} {name}", role.title)),
            // Who has a duty is needed; who else answers is asked for by a poll.
            (None, Some(Duty::ReleaseOwner | Duty::RollbackOwner)) => Some(format!("{} nobody", role.title)),
            (None, None) => None,
        })
        .collect();
    if !named.is_empty() {
        writeln!(out, "\nRoles: {}", named.join(", "))?;
    }
    if let Some(poll) = &standing.poll {
        self::poll(out, poll)?;
    }
    if let Some(signed) = &standing.signature {
        writeln!(out, "\nSigned by {} at {}: {}", signed.operator, moment(signed.at), signed.statement)?;
    }
    Ok(())
}

fn poll(out: &mut String, poll: &PollAssessment) -> Written {
    let record = &poll.record;
    write!(out, "\nPoll {} of {}: {}", record.poll, moment(record.at), record.question)?;
    match (&poll.fell, &record.decision) {
        (Some(fell), _) => writeln!(out, "; it counts no more: {fell}")?,
        (None, None) => writeln!(out, "; open, {} of {} have answered", poll.answered(), poll.answers.len())?,
        (None, Some(decision)) => {
            let (word, who) = (decision.answer.word(), &decision.operator);
            writeln!(out, "; {word} by {who} at {}{}", moment(decision.at), because(&decision.reason))?;
        }
    }
    for answer in &poll.answers {
        let name = answer.name.as_deref().unwrap_or("nobody");
        match &answer.vote {
            Some(vote) => {
                writeln!(out, "  {:<6}  {} ({name}){}", vote.answer.word(), answer.title, because(&vote.reason))?;
            }
            None => writeln!(out, "  {:<6}  {} ({name})", "-", answer.title)?,
        }
    }
    Ok(())
}

fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}
