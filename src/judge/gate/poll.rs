//! A go/no-go poll was closed with GO.

use super::{Finding, recorded};
use crate::{
    judge::{PollAnswer, Verdict, context::Context, standing::latest_poll, words::shorten},
    runbook::Gate,
    units::moment,
};

/// The verdict on the latest poll of this stage: it was decided, with GO, and nothing that it was about has changed.
pub(super) fn judge(cx: &Context<'_>, _gate: &Gate) -> Finding {
    if let Err(found) = recorded::candidate(cx) {
        return *found;
    }
    let pending = |why: String, brief: &str| Finding::new(Verdict::Pending, why, brief);
    let Some((poll, fell)) = latest_poll(cx) else {
        return pending("no poll was held in this stage: gonogo poll open".to_owned(), "no poll");
    };
    if let Some(fell) = fell {
        return pending(format!("the poll of {} counts no more: {fell}", moment(poll.at)), "fallen");
    }
    let Some(decision) = &poll.decision else {
        return pending("the poll is open: gonogo poll close".to_owned(), "open");
    };
    let (who, why) = (shorten(&decision.operator), shorten(&decision.reason));
    let verdict = match decision.answer {
        PollAnswer::Go => Verdict::Pass,
        PollAnswer::NoGo => Verdict::Pending,
    };
    let word = decision.answer.word();
    Finding::new(verdict, format!("{word} by {who} at {}: {why}", moment(decision.at)), word)
        .seen(recorded::seen(cx, decision.at))
}
