//! What can be entered of the go/no-go poll and of the roles, by this operator now; and what comes of the answers.

use super::{
    Ask, Choice, Kind,
    choices::{choice, text},
};
use crate::{
    facts,
    judge::PollAnswer,
    operations::poll::{Meeting, Move, Refusal, against, question},
    runbook::Duty,
};

/// Nobody says GO by pressing Enter: an answer is chosen.
const NOT_SAID: &str = "not said";

/// The lines that this operator has now: the poll's as far as the rules allow, then each role.
pub fn polls(meeting: &Meeting<'_>) -> Vec<Choice> {
    let mut list: Vec<Choice> =
        [open(meeting), vote(meeting), close(meeting)].into_iter().filter_map(Result::ok).collect();
    for role in &meeting.runbook.roles {
        let has = facts::holder_of(meeting.runbook, meeting.history, &role.key);
        let has = has.map_or_else(|| "nobody has it".to_owned(), |name| format!("{name} has it"));
        let does = match role.duty {
            Some(Duty::RollbackOwner) => "rolls back when it is called for; needed before anybody is served",
            Some(Duty::ReleaseOwner) => "decides when a poll is closed, and signs",
            None => "answers in a go/no-go poll",
        };
        let detail = format!("{has}; {does}");
        let kind = Kind::Assign { role: role.key.clone() };
        let asks = vec![text("name", "an operator's name; empty for nobody")];
        list.push(choice(kind, format!("Assign {}", role.title), detail, asks));
    }
    list
}

/// Opening a poll.
///
/// # Errors
/// What stands against it.
pub fn open(meeting: &Meeting<'_>) -> Result<Choice, Refusal> {
    meeting.may_open()?;
    let asked = question(meeting.runbook, meeting.stage()?);
    let detail = format!("asks each role: {asked}");
    Ok(choice(Kind::OpenPoll, "Open a poll", detail, vec![text("question", "empty: whether to go on")]))
}

/// Answering for a role.
///
/// # Errors
/// Why this operator cannot.
pub fn vote(meeting: &Meeting<'_>) -> Result<Choice, Refusal> {
    let roles: Vec<_> = meeting.votes()?.into_iter().cloned().collect();
    let asks = vec![
        Ask::Pick { label: "role", options: roles.iter().map(|role| role.title.clone()).collect() },
        answers(),
        text("reason", "why; a NO-GO needs it"),
    ];
    let detail = meeting.history.polls.last().map_or("", |poll| poll.question.as_str());
    Ok(choice(Kind::Vote { roles }, "Vote", detail, asks))
}

/// Deciding, which closes the poll.
///
/// # Errors
/// Why this operator cannot.
pub fn close(meeting: &Meeting<'_>) -> Result<Choice, Refusal> {
    let poll = meeting.may_close()?;
    let against = against(poll);
    let stands = if against.is_empty() { "everybody says GO".to_owned() } else { against.join("; ") };
    Ok(choice(Kind::ClosePoll, "Decide, which closes the poll", stands, vec![answers(), text("reason", "why")]))
}

fn answers() -> Ask {
    let options = [NOT_SAID, PollAnswer::Go.word(), PollAnswer::NoGo.word()].map(str::to_owned).to_vec();
    Ask::Pick { label: "answer", options }
}

/// What the answers to one of these lines come to; none where the line is another.
///
/// # Errors
/// What is not said yet.
pub(super) fn step(kind: &Kind, answer: impl Fn(usize) -> String) -> Result<Option<Move>, String> {
    let said = |at: usize| {
        let found = [PollAnswer::Go, PollAnswer::NoGo].into_iter().find(|one| one.word() == answer(at));
        found.ok_or_else(|| "say GO or NO-GO: Left and Right choose".to_owned())
    };
    Ok(Some(match kind {
        Kind::OpenPoll => Move::Open { question: answer(0) },
        Kind::Vote { roles } => {
            let role = roles.iter().find(|role| role.title == answer(0)).ok_or("say for which role")?;
            let (answer, reason) = (said(1)?, answer(2));
            Move::Vote { role: role.key.clone(), answer, reason }
        }
        Kind::ClosePoll => Move::Close { decision: said(0)?, reason: answer(1) },
        Kind::Assign { role } => {
            let name = Some(answer(0)).filter(|name| !name.trim().is_empty());
            Move::Assign { role: role.clone(), name }
        }
        _ => return Ok(None),
    }))
}
