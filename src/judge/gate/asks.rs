//! What each gate asks, in one sentence for somebody who knows no statistics.

use crate::{
    judge::{context::Context, words::shorten},
    runbook::{Condition, Gate},
    units::{duration, percent, plural},
};
use chrono::TimeDelta;

/// The question that a gate answers.
pub(super) fn asks(cx: &Context<'_>, gate: &Gate) -> String {
    let rate = |key: &str| cx.runbook.rate(key).map(|rate| (rate.title.as_str(), percent(rate.slo)));
    match &gate.condition {
        Condition::SuccessRate { rate: key } => match rate(key) {
            Some((title, slo)) => format!("Does {title} succeed at least {slo} of the time, beyond luck?"),
            None => "Does it succeed often enough, beyond luck?".to_owned(),
        },
        Condition::ZeroTolerance { tolerated, .. } => {
            format!("Did nothing of this kind happen, over enough attempts to rule out even {}?", percent(*tolerated))
        }
        Condition::NoSustainedSpike { rates } => {
            let titles: Vec<&str> = rates.iter().filter_map(|key| Some(rate(key)?.0)).collect();
            format!(
                "Has none of these failed so fast, for so long, that its SLO could not bear it: {}?",
                titles.join(", ")
            )
        }
        Condition::CanaryControl { max_ratio, .. } => format!(
            "Does it happen to those who have the feature no more often, at most {max_ratio} times, than to those without, at the same time?"
        ),
        Condition::DeclaredMessages { .. } => {
            "Has every failure shown to a user been one that the runbook declares?".to_owned()
        }
        Condition::ObservationWindow => {
            let observe = TimeDelta::from_std(cx.present.stage.observe).unwrap_or(TimeDelta::MAX);
            format!("Has the stage been watched, without a break, for {}?", duration(observe))
        }
        Condition::QaReport => match &cx.runbook.qa {
            Some(qa) => format!("Is there a green run of `{}` on the candidate?", shorten(&qa.command)),
            None => "Is there a green run of the automated gate on the candidate?".to_owned(),
        },
        Condition::Checklist { environment } => {
            let checks = plural(cx.runbook.checklist.len(), "check");
            format!("Have people made the {checks} in {environment}, on the candidate, and all passed?")
        }
        Condition::Attestation { statement } => format!("Has somebody given their word: {}?", shorten(statement)),
        Condition::SignOff => "Has the release owner signed for the candidate?".to_owned(),
        Condition::Poll => "Was a go/no-go poll on the candidate closed with GO, in this stage?".to_owned(),
    }
}
