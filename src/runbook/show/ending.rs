//! What a rollout ends with, well or not: rollback, checks, sign-off.

use super::{
    listed,
    words::{named, percent, selection, span},
};
use crate::runbook::{Repetition, Runbook, TripWire, page::Page};

pub(super) fn ending(page: &mut Page, runbook: &Runbook) {
    if !runbook.triggers.is_empty() {
        page.heading("Rollback triggers");
        page.line(2, "", "Roll back if any of these is observed.");
    }
    for trigger in &runbook.triggers {
        page.gap();
        page.line(2, "", &named(&trigger.title, &trigger.key));
        if let Some(requirement) = &trigger.requirement {
            page.line(4, "", &format!("\"{requirement}\""));
        }
        page.dashes(4, trigger.when.iter().map(|wire| trip_wire(runbook, wire)));
    }
    if !runbook.rollback.is_empty() {
        page.heading("Rollback procedure");
        page.numbers(
            2,
            runbook.rollback.iter().map(|step| format!("{}: {}", named(&step.title, &step.key), step.detail)),
        );
    }
    if !runbook.checklist.is_empty() {
        page.heading("Checklist");
        page.numbers(2, runbook.checklist.iter().map(|check| named(&check.title, &check.key)));
    }
    if let Some(qa) = &runbook.qa {
        page.heading("Required automated gate");
        page.fact(2, "command", &qa.command);
        page.fact(2, "checks", &qa.checks.join(", "));
        page.fact(2, "valid for", &span(qa.max_age));
        page.fact(2, "covers", "");
        page.dashes(4, &qa.covers);
    }
    listed(page, "Evidence to capture", &runbook.evidence);
    if !runbook.sign_off.is_empty() {
        page.heading("Sign-off");
        page.dashes(2, runbook.sign_off.iter().map(|field| format!("{field}:")));
    }
}

fn trip_wire(runbook: &Runbook, wire: &TripWire) -> String {
    match wire {
        TripWire::FailureRate { rate } => {
            let slo = runbook.rate(rate).map(|rate| percent(rate.slo)).unwrap_or_default();
            format!("failure_rate: rate {rate} is shown to be below its SLO of {slo}")
        }
        TripWire::Repeated { events, threshold, within } => {
            let times = match threshold {
                Repetition::AtLeast(n) => format!("{n} or more"),
                Repetition::BackgroundPerDay(n) => format!("more than is coincidence where {n} a day are usual"),
            };
            format!("repeated: {times}, alike, within {} of {}", span(*within), selection(events))
        }
        TripWire::Raised => "raised: an operator raises it".to_owned(),
        TripWire::Any { events } => format!("any: even one of {}", selection(events)),
    }
}
