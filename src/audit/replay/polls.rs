//! Go/no-go polls, from their entries.
//!
//! Who may answer and who may decide is partly in operators' configurations, which the log does not know: it takes what
//! it cannot rule out, and the judge tells what counts.

use crate::{
    audit::{Entry, Event},
    judge::{Decision, History, PollRecord, Vote, same_person},
};

/// Takes an entry of a poll into the history; its words for the timeline. What is of a poll that nobody opened, or by
/// somebody who does not have the role by the log, is told and changes nothing.
pub(super) fn take(history: &mut History, entry: &Entry) -> String {
    let (at, operator) = (entry.at, entry.operator.clone());
    match entry.event.clone() {
        Event::PollOpened { poll, stage, candidate, runbook, roles, question } => {
            let text = format!("go/no-go poll {poll} on {stage} opened: {question}");
            // An entry that was tried again after a failing log may be there twice.
            let again =
                |known: &PollRecord| (&known.poll, known.at, &known.operator) == (&poll, entry.at, &entry.operator);
            if !history.polls.iter().any(again) {
                let (votes, decision, closings) = (Vec::new(), None, Vec::new());
                history.polls.push(PollRecord {
                    poll,
                    at,
                    operator,
                    stage,
                    candidate,
                    runbook,
                    roles,
                    question,
                    votes,
                    decision,
                    closings,
                });
            }
            text
        }
        Event::Voted { poll, role, answer, reason } => {
            let other = other_holder(history, &role, &operator);
            let asked = latest(history, &poll);
            let known = asked.as_ref().and_then(|asked| asked.roles.iter().find(|known| known.key == role));
            let title = known.map_or_else(|| role.clone(), |known| known.title.clone());
            let void = if known.is_some() { other } else { Some("no such poll asks".to_owned()) };
            let remark = match (&void, &asked) {
                (Some(why), _) => format!(", which counts for nothing: {why}"),
                (None, Some(asked)) if !asked.closings.is_empty() => ", after the poll was closed".to_owned(),
                _ => String::new(),
            };
            let text = format!("{title}: {}{}{remark}", answer.word(), because(&reason));
            if let Some(asked) = asked.filter(|_| void.is_none()) {
                asked.votes.push(Vote { at, role, operator, answer, reason });
            }
            text
        }
        Event::PollClosed { poll, decision, reason } => {
            let closed = latest(history, &poll);
            let remark = match &closed {
                None => ", which counts for nothing: there is no such poll",
                Some(closed) if !closed.closings.is_empty() => ", after it was closed before",
                Some(_) => "",
            };
            let text = format!("poll {poll} closed with {}{}{remark}", decision.word(), because(&reason));
            if let Some(closed) = closed {
                let decision = Decision { at, operator, answer: decision, reason };
                closed.decision.get_or_insert_with(|| decision.clone());
                closed.closings.push((closed.votes.len(), decision));
            }
            text
        }
        _ => String::new(),
    }
}

fn latest<'a>(history: &'a mut History, poll: &str) -> Option<&'a mut PollRecord> {
    history.polls.iter_mut().rfind(|known| known.poll == poll)
}

/// That somebody else has the role by the log, or nobody, if so. Of a role that the log does not name, it knows nothing.
fn other_holder(history: &History, role: &str, operator: &str) -> Option<String> {
    match &history.assigned.get(role)?.name {
        Some(name) if same_person(name, operator) => None,
        Some(name) => Some(format!("{role} is {name}")),
        None => Some(format!("nobody is {role}")),
    }
}

fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}
