//! What a rollout ends with, well or not: rollback, checks, sign-off.

use super::{
    approval,
    words::{named, percent, selection, span},
};
use crate::runbook::{Repetition, Runbook, StepKind, TripWire, page::Page};

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
        if trigger.automatic {
            page.line(4, "", "automatic: a guard that was armed for it rolls back by itself");
        }
    }
    if !runbook.rollback.is_empty() {
        page.heading("Rollback procedure");
    }
    for (index, step) in runbook.rollback.iter().enumerate() {
        let text = format!("{}: {}", named(&step.title, &step.key), step.detail);
        page.line(2, &format!("{:>2}. ", index + 1), &text);
        page.line(6, "", does(step.does));
    }
    if let Some(legacy) = &runbook.legacy {
        page.gap();
        page.line(2, "", "Users are back on the old path once, and for long enough, there is");
        page.dashes(
            4,
            [format!("none of {}", selection(&legacy.gone)), format!("some of {}", selection(&legacy.back))],
        );
        page.line(
            2,
            "",
            &format!(
                "counted from {} after the store says off: then every SDK has asked it again.",
                span(legacy.sdk_poll)
            ),
        );
    }
    approval::approval(page, runbook);
}

/// The name of a kind of step, as written in a runbook, and what it means.
fn does(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Disable => "disable: gonogo takes the feature away, until the store, read again, says off",
        StepKind::ConfirmLegacy => "confirm_legacy: gonogo watches for users to be back on the old path",
        StepKind::KeepDiagnostics => "keep_diagnostics: gonogo keeps diagnostics, at once and at the end",
        StepKind::FixFirst => "fix_first: gonogo lets nobody leave the first stage again before the fix",
        StepKind::ByHand => "by_hand: people do it",
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
