//! Ways to another exposure beside on and off: reduce, restore, adopt.

use super::Judged;
use crate::{
    judge::{ActionAssessment, RaisedHold, TriggerState, Verdict, context::Context},
    runbook::Stage,
    text::clean,
};

/// Back to the stage before, not all the way off. It asks no gate: fewer people get the feature.
pub(super) fn reduce(cx: &Context<'_>, judged: &Judged<'_>) -> ActionAssessment {
    let before = cx.present.index.checked_sub(1).and_then(|index| cx.runbook.stages.get(index));
    let Some(before) = before.filter(|before| !before.exposure.is_off()) else {
        let why = match before {
            Some(_) => "the stage before exposes nobody: roll back",
            None => "this is the first stage: there is none before it",
        };
        return ActionAssessment { allowed: false, to: None, blockers: vec![why.to_owned()] };
    };
    let mut blockers = unknown(cx, judged);
    if let Some(state) = &cx.snapshot.flag.state {
        if !state.foreign.is_empty() {
            blockers.push("other rules decide, too: restore what the stage says, or roll back".to_owned());
        }
        let serves = state.serves();
        if !serves.covers(&before.exposure) {
            let (serves, says) = (clean(&serves.to_string()), &before.exposure);
            blockers.push(format!("the flag serves {serves}: stage {} would expose more people ({says})", before.key));
        }
    }
    decided(Some(before), blockers)
}

/// The present stage's exposure written again. To fewer people that is always right; to more of them only where nothing
/// stands against exposing them.
pub(super) fn restore(cx: &Context<'_>, judged: &Judged<'_>, holds: &[RaisedHold]) -> ActionAssessment {
    let stage = cx.present.stage;
    if judged.flag.drift.is_none() {
        let why = "the flag is what the stage says: there is nothing to restore".to_owned();
        return decided(Some(stage), vec![why]);
    }
    let mut blockers = unknown(cx, judged);
    // Behind rules that are not gonogo's, nobody knows who is served: then it may be more people.
    let state = cx.snapshot.flag.state.as_ref();
    let shrinks = stage.exposure.is_off()
        || state.is_some_and(|state| state.foreign.is_empty() && state.serves().covers(&stage.exposure));
    if !shrinks {
        let tripped = judged.triggers.iter().filter(|trigger| trigger.state == TriggerState::Tripped);
        let failed = judged.gates.iter().filter(|gate| gate.verdict == Verdict::Fail);
        let more =
            |what: String| format!("more people may get the feature again, and {what}: roll back, or resolve it");
        blockers.extend(tripped.map(|trigger| more(format!("trigger {} is tripped", trigger.title))));
        blockers.extend(judged.hard_stops.iter().map(|stop| more(format!("hard stop {} stands", stop.signature))));
        blockers.extend(failed.map(|gate| more(format!("gate {} failed", gate.title))));
        blockers.extend(holds.iter().map(|raised| more(format!("hold {} stands", clean(&raised.hold)))));
    }
    decided(Some(stage), blockers)
}

/// What somebody else made of the flag is accepted, where it is just what an earlier stage says: that never grows what
/// was decided.
pub(super) fn adopt(cx: &Context<'_>, judged: &Judged<'_>) -> ActionAssessment {
    if judged.flag.drift.is_none() {
        let why = "the flag is what the stage says: there is nothing to accept".to_owned();
        return decided(None, vec![why]);
    }
    let mut blockers = unknown(cx, judged);
    let Some(state) = &cx.snapshot.flag.state else { return decided(None, blockers) };
    let serves = state.serves();
    let earlier = cx.runbook.stages.iter().take(cx.present.index);
    let same = earlier.rev().find(|stage| stage.exposure.same_as(&serves));
    if !state.foreign.is_empty() {
        blockers.push("other rules decide, too: nobody knows who is served".to_owned());
    } else if same.is_none() {
        let serves = clean(&serves.to_string());
        blockers.push(format!("the flag serves {serves}, which no earlier stage says: restore it, or roll back"));
    }
    decided(same, blockers)
}

/// What keeps anybody from telling what a write would change. The record is needed, too: what follows is decided by it.
fn unknown(cx: &Context<'_>, judged: &Judged<'_>) -> Vec<String> {
    let blind = cx.history.blind.as_ref().map(|blind| format!("what happened before is not known: {}", clean(blind)));
    let lost = cx.present.unknown_stage.as_ref();
    let lost = lost.map(|stage| format!("the audit log says stage `{stage}`, which this runbook does not have"));
    judged.flag.blind.iter().cloned().chain(blind).chain(lost).collect()
}

fn decided(to: Option<&Stage>, blockers: Vec<String>) -> ActionAssessment {
    ActionAssessment { allowed: blockers.is_empty() && to.is_some(), to: to.map(|to| to.key.clone()), blockers }
}
