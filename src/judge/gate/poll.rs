//! A go/no-go poll was closed with GO.

use super::{Finding, recorded};
use crate::{
    judge::{PollAnswer, Verdict, context::Context, standing, words::shorten},
    runbook::Gate,
    units::moment,
};

/// The verdict on the poll of this stage: the release owner decided it, with GO, and nothing that it was about has
/// changed. A NO-GO never fails the gate: that stands until it is resolved, and a poll is held again.
pub(super) fn judge(cx: &Context<'_>, _gate: &Gate) -> Finding {
    if let Err(found) = recorded::candidate(cx) {
        return *found;
    }
    let pending = |why: String, brief: &str| Finding::new(Verdict::Pending, why, brief);
    let Some(poll) = standing::poll(cx) else {
        return pending("no poll was held in this stage: gonogo poll open".to_owned(), "no poll");
    };
    if let Some(fell) = &poll.fell {
        return pending(format!("the poll of {} counts no more: {fell}", moment(poll.record.at)), "fallen");
    }
    let count = [("answered", poll.answered() as f64), ("asked", poll.answers.len() as f64)];
    let Some(decision) = &poll.record.decision else {
        let (answered, asked) = (poll.answered(), poll.answers.len());
        let why = format!("the poll is open, {answered} of {asked} have answered: gonogo poll close");
        return pending(why, "open").evidence(count);
    };
    let against: Vec<&str> = poll.dissent().map(|role| role.title.as_str()).collect();
    let against = match (decision.answer, against.is_empty()) {
        (PollAnswer::Go, false) => format!(" (against the NO-GO of {})", against.join(", ")),
        _ => String::new(),
    };
    let (who, why) = (shorten(&decision.operator), shorten(&decision.reason));
    let why = if why.is_empty() { why } else { format!(": {why}") };
    let verdict = match decision.answer {
        PollAnswer::Go => Verdict::Pass,
        PollAnswer::NoGo => Verdict::Pending,
    };
    let word = decision.answer.word();
    Finding::new(verdict, format!("{word} by {who} at {}{against}{why}", moment(decision.at)), word)
        .evidence(count)
        .seen(recorded::seen(cx, decision.at))
}
