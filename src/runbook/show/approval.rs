//! What a promotion rests on beside telemetry: evidence, sign-off, roles.

use super::words::{named, span};
use crate::runbook::{Duty, EvidenceFrom, Fill, Runbook, page::Page};

pub(super) fn approval(page: &mut Page, runbook: &Runbook) {
    if !runbook.evidence.is_empty() {
        page.heading("Evidence to capture");
        page.dashes(
            2,
            runbook.evidence.iter().map(|item| format!("{}: {}", named(&item.title, &item.key), from(&item.from))),
        );
    }
    if !runbook.sign_off.is_empty() {
        page.heading("Sign-off");
        page.dashes(2, runbook.sign_off.iter().map(|field| format!("{}: {}", field.title, fill(&field.fill))));
    }
    if !runbook.roles.is_empty() {
        page.heading("Roles, in the order in which a poll asks them");
        page.dashes(
            2,
            runbook.roles.iter().map(|role| {
                let duty = match role.duty {
                    Some(Duty::ReleaseOwner) => ": decides, and signs",
                    Some(Duty::RollbackOwner) => ": rolls back; named before anybody is served",
                    None => "",
                };
                format!("{}{duty}", named(&role.title, &role.key))
            }),
        );
    }
}

fn from(from: &EvidenceFrom) -> String {
    match from {
        EvidenceFrom::ByHand => "attached by hand".to_owned(),
        EvidenceFrom::QaReport => "the report of the automated gate".to_owned(),
        EvidenceFrom::QaOutput => "the output of the automated gate".to_owned(),
        EvidenceFrom::SignOff => "the decision and the signature".to_owned(),
        EvidenceFrom::Logs(logs) => {
            format!("log lines of {} of the last {}: {}", logs.environment, span(logs.within), logs.query)
        }
    }
}

fn fill(fill: &Fill) -> String {
    match fill {
        Fill::Candidate => "the candidate".to_owned(),
        Fill::GateCommand => "the command of the automated gate".to_owned(),
        Fill::GateResult => "the result of the automated gate".to_owned(),
        Fill::Evidence(item) => format!("the evidence {item}"),
        Fill::RollbackOwner => "the rollback owner".to_owned(),
        Fill::Decision => "who signs, and when".to_owned(),
        Fill::ByHand => "filled in by the one who signs".to_owned(),
    }
}
