//! What is worth ringing for: a trigger that trips, a hard stop that stands, once per trouble until it is gone; and, for
//! who asked for it, each change of the call while another window has the focus.

use std::collections::BTreeSet;

use super::Effect;
use crate::{
    config::Alerts,
    judge::{Assessment, TriggerState},
    text::clean,
    tui::model::{Focus, Model},
};

/// Longest alert, in characters: it is one line of somebody's desktop.
const LONGEST: usize = 200;

/// The alert for what stands now and did not before.
pub(super) fn alerts(model: &mut Model) -> Vec<Effect> {
    // What a recording shows is over: nobody is to be called to it.
    let Some(assessment) = model.assessment.clone().filter(|_| !model.facts.replay) else { return Vec::new() };
    let troubles = troubles(&assessment);
    let fresh: Vec<&str> =
        troubles.iter().filter(|(key, _)| !model.alerted.contains(key)).map(|(_, text)| text.as_str()).collect();
    let more = match fresh.len() {
        0 | 1 => String::new(),
        n => format!(" (+{} more)", n - 1),
    };
    let trouble = fresh.first().map(|first| format!("{first}{more}"));
    let changed = changed(model, &assessment);
    let text = match model.alerts {
        Alerts::None => None,
        Alerts::Trouble => trouble,
        Alerts::Call => match (changed, trouble) {
            (Some(changed), Some(trouble)) => Some(format!("{changed}; {trouble}")),
            (changed, trouble) => changed.or(trouble),
        },
    };
    let whose = match model.facts.several {
        true => format!("{}, {}", model.facts.runbook.title, model.facts.environment),
        false => model.facts.environment.clone(),
    };
    let text = text.map(|text| format!("gonogo {whose}: {text}"));
    let standing: BTreeSet<String> = troubles.into_iter().map(|(key, _)| key).collect();
    // What cannot be seen now has not gone.
    model.alerted.retain(|key| standing.contains(key) || unseen(&assessment, key));
    model.alerted.extend(standing);
    text.map(|text| Effect::Alert(clean(&text).chars().take(LONGEST).collect())).into_iter().collect()
}

/// The call, where it is another one than before and nobody sees it on the screen. The first one is no change.
fn changed(model: &mut Model, assessment: &Assessment) -> Option<String> {
    let call = assessment.call;
    let before = model.called.replace(call).filter(|before| *before != call)?;
    (model.focus != Focus::Here).then(|| format!("{}, was {}", call.banner(), before.banner()))
}

/// Each trouble by a name of its own, and in words.
fn troubles(assessment: &Assessment) -> Vec<(String, String)> {
    let tripped = assessment.triggers.iter().filter(|trigger| trigger.state == TriggerState::Tripped);
    let tripped = tripped.map(|trigger| {
        let text = format!("rollback trigger tripped: {}: {}", trigger.title, trigger.reason);
        (format!("trigger {}", trigger.key), text)
    });
    let stops = assessment
        .hard_stops
        .iter()
        .map(|stop| (format!("stop {}", stop.signature), format!("hard stop {}: {}", stop.signature, stop.reason)));
    tripped.chain(stops).collect()
}

fn unseen(assessment: &Assessment, key: &str) -> bool {
    let blind = |trigger: &crate::judge::TriggerAssessment| {
        trigger.state == TriggerState::Unknown && key.strip_prefix("trigger ") == Some(trigger.key.as_str())
    };
    assessment.triggers.iter().any(blind)
        || (key.starts_with("stop ") && (assessment.guardrails_blind.is_some() || assessment.history_blind.is_some()))
}
