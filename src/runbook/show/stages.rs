//! The stages, and what their exit gates ask for.

use std::time::Duration;

use super::words::{named, percent, selection, span};
use crate::runbook::{Arm, Condition, Runbook, page::Page};

pub(super) fn stages(page: &mut Page, runbook: &Runbook) {
    page.heading("Stages");
    for (index, stage) in runbook.stages.iter().enumerate() {
        if index > 0 {
            page.gap();
        }
        page.line(2, &format!("{index}  "), &named(&stage.title, &stage.key));
        page.fact(5, "exposure", &stage.exposure.to_string());
        page.fact(5, "observed for", &format!("{} at least", span(stage.observe)));
        if let Some(within) = stage.second_person {
            let text = format!("one person requests it, another confirms within {}", span(within));
            page.fact(5, "two people", &text);
        }
        page.dashes(5, &stage.actions);
        page.gap();
        page.line(5, "", "Exit gates");
        for gate in &stage.gates {
            page.line(5, "[ ] ", &named(&gate.title, &gate.key));
            page.line(9, "", &condition(runbook, &gate.condition, stage.observe));
            if let Some(requirement) = &gate.requirement {
                page.line(9, "", &format!("\"{requirement}\""));
            }
        }
    }
}

/// What a gate asks for, in words.
fn condition(runbook: &Runbook, condition: &Condition, observe: Duration) -> String {
    let kind = condition.kind();
    match condition {
        Condition::SuccessRate { rate } => format!("{kind}: {}", above_slo(runbook, rate)),
        Condition::ZeroTolerance { events, exposure, tolerated } => format!(
            "{kind}: not one {}; passes once enough of {} was seen to show a rate below {}",
            selection(events),
            selection(exposure),
            percent(*tolerated)
        ),
        Condition::NoSustainedSpike { rates } => format!(
            "{kind}: none of these rates fails so fast for so long that it spends the error budget of its SLO, or drops \
             below it for good: {}",
            rates.iter().map(|key| with_slo(runbook, key)).collect::<Vec<_>>().join(", ")
        ),
        Condition::CanaryControl { canary, control, max_ratio, tolerated } => format!(
            "{kind}: {} beside {}, at the same time; passes once more than {max_ratio} times as often is ruled out, or, \
             where neither is seen, a rate of the first above {}",
            arm(canary),
            arm(control),
            percent(*tolerated)
        ),
        Condition::DeclaredMessages { events, label } => {
            format!("{kind}: each {label} of {} is a declared failure message", selection(events))
        }
        Condition::ObservationWindow => format!("{kind}: the stage was watched for {}", span(observe)),
        Condition::QaReport => format!("{kind}: the automated gate is green on the candidate"),
        Condition::Checklist { environment } => format!("{kind}: every check is done in {environment}"),
        Condition::Attestation { statement } => format!("{kind}: somebody attests \"{statement}\""),
        Condition::SignOff => format!("{kind}: the release owner has signed"),
        Condition::Poll => format!("{kind}: a go/no-go poll was closed with GO"),
    }
}

fn with_slo(runbook: &Runbook, key: &str) -> String {
    let slo = runbook.rate(key).map(|rate| percent(rate.slo)).unwrap_or_default();
    format!("{key} (SLO {slo})")
}

fn above_slo(runbook: &Runbook, key: &str) -> String {
    let slo = runbook.rate(key).map(|rate| percent(rate.slo)).unwrap_or_default();
    format!("rate {key} is shown to be above its SLO of {slo}")
}

fn arm(arm: &Arm) -> String {
    format!("{} in {}", selection(&arm.events), selection(&arm.exposure))
}
