//! Go/no-go polls, from their entries.

use crate::{
    audit::{Entry, Event},
    judge::{Decision, History, PollRecord, Vote},
};

/// Takes an entry of a poll into the history; its words for the timeline. What comes after the decision, or of a poll that
/// nobody opened, is told and changes nothing.
pub(super) fn take(history: &mut History, entry: &Entry) -> String {
    let (at, operator) = (entry.at, entry.operator.clone());
    match entry.event.clone() {
        Event::PollOpened { poll, stage, candidate, runbook, roles, question } => {
            let text = format!("go/no-go poll {poll} on {stage} opened: {question}");
            let (votes, decision) = (Vec::new(), None);
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
            });
            text
        }
        Event::Voted { poll, role, answer, reason } => {
            let open = open(history, &poll);
            let known = open.as_ref().and_then(|open| open.roles.iter().find(|known| known.key == role));
            let title = known.map_or_else(|| role.clone(), |known| known.title.clone());
            let counts = known.is_some();
            if let Some(open) = open.filter(|_| counts) {
                open.votes.push(Vote { at, role, operator, answer, reason: reason.clone() });
            }
            let void = if counts { "" } else { ", which counts for nothing: no open poll asks" };
            format!("{title}: {}{}{void}", answer.word(), because(&reason))
        }
        Event::PollClosed { poll, decision, reason } => {
            let open = open(history, &poll);
            let void = if open.is_some() { "" } else { ", which counts for nothing: no such poll is open" };
            if let Some(open) = open {
                open.decision = Some(Decision { at, operator, answer: decision, reason: reason.clone() });
            }
            format!("poll {poll} closed with {}{}{void}", decision.word(), because(&reason))
        }
        _ => String::new(),
    }
}

fn open<'a>(history: &'a mut History, poll: &str) -> Option<&'a mut PollRecord> {
    history.polls.iter_mut().rfind(|known| known.poll == poll && known.decision.is_none())
}

fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}
